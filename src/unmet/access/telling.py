"""Who is told: the people of a party who hold a role for it now, except whoever did the deed."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from unmet.access import may
from unmet.access.actors import standing_appointments
from unmet.access.may import Deed
from unmet.access.models import Appointment, Role
from unmet.notices import following, gates, suppressing
from unmet.notices import services as notices
from unmet.notices.models import Notice
from unmet.notices.services import Link, Recipient
from unmet.parties.models import Party, Person

YOURS_ENDED, ANOTHERS_ENDED = "access.appointment_ended", "access.appointment_of_another_ended"
OWN = (Role.FOCAL_POINT, Role.APPROVER)
# Whoever may state what a party gives.
GIVING = (Role.FOCAL_POINT, Role.APPROVER, Role.RESPONDER)
# Whoever may comment, or type a letter for a member.
COMMENTING = (*GIVING, Role.COORDINATION)


def people_of(parties: Iterable[Party | int], roles: Iterable[str], *, at: datetime) -> list[Recipient]:
    """The people who hold one of the roles for one of the parties at a moment, once for each party."""
    roles = tuple(str(role) for role in roles)
    ids = [party.pk if isinstance(party, Party) else party for party in parties]
    standing = standing_appointments(at=at).filter(party__in=ids, role__in=roles, person__is_active=True)
    pairs = standing.values_list("party_id", "person_id").order_by("party_id", "person_id").distinct()
    return [Recipient(person, party, roles) for party, person in pairs]


def tell(
    kind: str, people: Iterable[Recipient], *, by: Person | None, at: datetime, link: Link, data: Mapping[str, Any],
    rest: timedelta = timedelta(),
) -> int:  # fmt: skip
    """Tell people what `by` did, in the same transaction; never `by`. Letters at once go out after `rest`.

    Returns how many are told.
    """
    others = [one for one in people if by is None or one.person != by.pk]
    return notices.tell(kind=kind, people=others, at=at, link=link, data=data, rest=rest)


def person(who: Person, party: Party, roles: Iterable[str], *, at: datetime) -> list[Recipient]:
    """One person, as long as he or she speaks for the party in one of the roles."""
    return [one for one in people_of([party], roles, at=at) if one.person == who.pk]


def lift(address: str, *, by: Person, at: datetime) -> bool:
    """An operator lets letters go to an address again that had come back; False when nothing stood against it.

    Raises:
        NotAllowed: `by` is no operator.
    """
    actor = may.require(Deed.LIFT_SUPPRESSION, by=by)
    return suppressing.lift(address, by=by, at=at, via=actor.via)


def appointment_ended(appointment: Appointment, *, by: Person, at: datetime) -> None:
    """Whoever it was, by letter, since the desk may be closed now; and the party's approvers."""
    party = appointment.party
    who = Recipient(appointment.person_id, party.pk, (appointment.role,))
    tell(YOURS_ENDED, [who], by=by, at=at, link=Link("desk"), data={"party": party.code})
    others = [one for one in people_of([party], [Role.APPROVER], at=at) if one.person != appointment.person_id]
    tell(ANOTHERS_ENDED, others, by=by, at=at, link=Link("people"), data={"party": party.code})


@gates.gate()
def _is_appointed(notice: Notice, at: datetime) -> bool:
    """Whether the person still holds one of the roles in which he or she is told.

    That it ended is told to whoever held it: the notice names the party and nothing else.
    """
    if notice.kind == YOURS_ENDED:
        return notice.person.is_active
    held = Q(person=notice.person_id, party=notice.party_id, role__in=notice.roles.split())
    return standing_appointments(at=at).filter(held, person__is_active=True).exists()


@following.capacity
def _capacities(people: Iterable[int], at: datetime) -> dict[int, Recipient]:
    """In what capacity followers are told: in all their roles for the first of their parties; none without a role."""
    roles: dict[tuple[int, int], set[str]] = {}
    standing = standing_appointments(at=at).filter(person__in=list(people), person__is_active=True)
    for person_, party, role in standing.order_by("party_id").values_list("person_id", "party_id", "role"):
        roles.setdefault((person_, party), set()).add(role)
    found: dict[int, Recipient] = {}
    for (person_, party), held in roles.items():
        found.setdefault(person_, Recipient(person_, party, tuple(sorted(held))))
    return found
