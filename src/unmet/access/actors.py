"""Who is acting. Every entry point runs `with acting(actor):`; without one nothing is visible, nothing may be done."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.db.models import Exists, OuterRef, Q, QuerySet

from unmet.access.models import Appointment, Role
from unmet.catalogue.windows import day_still_running
from unmet.parties.models import Membership, Person

Via = Literal["page", "console", "api", "job"]


class NoActor(Exception):
    """Something was read or done outside `with acting(actor):`."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person with the appointments that stand at this moment, or nobody, or the system doing a due job.

    `roles` holds (role, party id) pairs. `deeds` narrows what the appointments allow to some deeds, for a program that
    comes with a token; None narrows nothing.
    """

    person: Person | None
    at: datetime
    via: Via
    roles: frozenset[tuple[str, int]] = field(default_factory=frozenset)
    member_parties: frozenset[int] = field(default_factory=frozenset)
    system: bool = False
    deeds: frozenset[str] | None = None

    @classmethod
    def of(cls, person: Person | None, *, at: datetime, via: Via) -> "Actor":
        """The actor that a person is at a moment; `None` is the public."""
        if person is None or not person.is_active:
            return cls(None, at, via)
        member = Exists(
            Membership.objects.standing(Membership.Status.MEMBER, on=at.date()).filter(party=OuterRef("party"))
        )
        found = standing_appointments(at=at).filter(person=person).annotate(is_member=Exists(member))
        standing = list(found.values_list("role", "party_id", "is_member"))
        members = frozenset(party for _role, party, is_member in standing if is_member)
        return cls(person, at, via, frozenset((role, party) for role, party, _member in standing), members)

    @classmethod
    def for_system(cls, *, at: datetime) -> "Actor":
        """The system doing something that came due. It may do what time does: expire and lapse."""
        return cls(None, at, "job", system=True)

    def parties_as(self, *roles: str) -> frozenset[int]:
        """Ids of the parties for which this actor holds one of the roles."""
        return frozenset(party for role, party in self.roles if role in roles)

    def is_(self, *roles: str) -> bool:
        """Whether this actor holds one of the roles for any party."""
        return any(role in roles for role, _ in self.roles)

    @property
    def own_parties(self) -> frozenset[int]:
        """Parties whose own rows this actor works on: as focal point or approver."""
        return self.parties_as(Role.FOCAL_POINT, Role.APPROVER)

    @property
    def all_parties(self) -> frozenset[int]:
        """Every party this actor speaks for in any role."""
        return frozenset(party for _, party in self.roles)

    @property
    def is_coordination(self) -> bool:
        """Whether this is the chair's team."""
        return self.is_(Role.COORDINATION)


_current: ContextVar[Actor | None] = ContextVar("unmet_actor", default=None)


@contextmanager
def acting(actor: Actor) -> Iterator[Actor]:
    """Run a block as an actor."""
    token = _current.set(actor)
    try:
        yield actor
    finally:
        _current.reset(token)


def current() -> Actor:
    """The actor of this block.

    Raises:
        NoActor: there is none.
    """
    actor = _current.get()
    if actor is None:
        raise NoActor
    return actor


def standing_appointments(*, at: datetime) -> QuerySet[Appointment]:
    """Appointments that are confirmed, not ended and not past their last day."""
    return Appointment.objects.filter(Q(confirmed_at__lte=at), ended_at=None, until_on__gte=day_still_running(at))
