"""What the tests of letters share: one notice for one person, and the worker."""

from datetime import datetime
from typing import Any

from tests import make
from unmet.access.actors import Actor, acting
from unmet.access.models import Role
from unmet.jobs import services as jobs
from unmet.notices import services as notices
from unmet.notices.models import Notice
from unmet.notices.services import Link, Recipient
from unmet.parties.models import Person

DATA: dict[str, dict[str, Any]] = {
    "needs.approved": {"member": "ZMB", "round": "r1", "version": 2},
}


def tell(who: Person, kind: str = "needs.approved", *, at: datetime = make.AT, of: str = "ZMB") -> Notice:
    """Tell one person, in all roles for a party."""
    notices.tell(
        kind=kind, people=[Recipient(who.pk, make.party(of).pk, tuple(Role.values))], at=at, link=Link("desk"),
        data=DATA[kind],
    )  # fmt: skip
    return Notice.objects.filter(person=who).order_by("-pk")[0]


def work(at: datetime = make.AT) -> int:
    """The worker does what is due at a moment."""
    with acting(Actor.for_system(at=at)):
        return jobs.run_due(at=at)
