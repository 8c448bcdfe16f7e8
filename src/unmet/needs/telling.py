"""Who is told of what happens to needs. Called by the services, in their transactions."""

from datetime import datetime

from unmet.access import telling
from unmet.access.models import Role
from unmet.access.telling import OWN
from unmet.needs.models import Return
from unmet.notices.services import Link
from unmet.parties.models import Person


# ── returns ──────────────────────────────────────────────────────────────────
def submitted(return_: Return, *, by: Person, at: datetime) -> None:
    """The member's approvers: a return waits for them."""
    telling.tell(
        "needs.submitted", telling.people_of([return_.member], [Role.APPROVER], at=at), by=by, at=at,
        link=Link("approve", [str(return_.uuid)]), data=_of(return_),
    )  # fmt: skip


def sent_back(return_: Return, *, by: Person, at: datetime) -> None:
    """Whoever submitted it: there is something to correct."""
    telling.tell(
        "needs.sent_back", telling.person(return_.submitted_by, return_.member, OWN, at=at), by=by, at=at,
        link=Link("return", [return_.member.code, return_.round.code]), data=_of(return_),
    )  # fmt: skip


def approved(return_: Return, *, changed: int, by: Person, at: datetime) -> None:
    """Whoever submitted it: it is approved; `changed` lines have a quantity of the approver's own."""
    telling.tell(
        "needs.approved", telling.person(return_.submitted_by, return_.member, OWN, at=at), by=by, at=at,
        link=Link("return", [return_.member.code, return_.round.code]), data=_of(return_) | {"changed": changed},
    )  # fmt: skip


def _of(return_: Return) -> dict[str, str | int]:
    return {"member": return_.member.code, "round": return_.round.code, "version": return_.revision}
