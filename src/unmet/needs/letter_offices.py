"""Who may type the letters of a member: coordination, and the people of parties that the member named, until a day."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from unmet.access import may
from unmet.access import services as access
from unmet.access.actors import Actor
from unmet.access.may import Deed, NotAllowed
from unmet.access.models import Role
from unmet.access.services import COORDINATION_BODY
from unmet.catalogue.windows import day_still_running, end_of_day
from unmet.needs.models import LetterOffice
from unmet.parties.models import Party, PartyQuerySet, Person


class OfficeRefused(Exception):
    """The party cannot be named: `past` (the last day has passed), `own_party`, `coordination` (it may already)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def standing_offices(*, at: datetime) -> QuerySet[LetterOffice]:
    """Permissions that stand at a moment. Compared with `at` here, so that a late job never lets anybody in."""
    return LetterOffice.objects.filter(revoked_at=None, named_at__lte=at, until_on__gte=day_still_running(at))


@transaction.atomic
def name_office(*, member: Party, office: Party, until_on: date, by: Person, at: datetime) -> LetterOffice:
    """An approver lets people of another party type the member's letters as proposals, until a day.

    Raises:
        NotAllowed: `by` is no approver of the member.
        OfficeRefused: see there.
    """
    may.require(Deed.NAME_LETTER_OFFICE, by=by, party=member)
    if end_of_day(until_on) <= at:
        raise OfficeRefused("past")
    if office.pk == member.pk:
        raise OfficeRefused("own_party")
    if office.code == COORDINATION_BODY:
        raise OfficeRefused("coordination")
    LetterOffice.objects.filter(member=member, office=office, revoked_at=None).update(revoked_at=at, revoked_by=by)
    named = LetterOffice.objects.create(member=member, office=office, until_on=until_on, named_by=by, named_at=at)
    access.record(
        event="needs.letter_office_named", at=at, party=member, role=Role.APPROVER, subject_kind="letter_office",
        subject=named.uuid, office=office.code, until=until_on.isoformat(),
    )  # fmt: skip
    return named


@transaction.atomic
def revoke_office(named: LetterOffice, *, by: Person, at: datetime) -> None:
    """End the permission at once: from now on that party sees and types nothing of the member's letters.

    Raises:
        NotAllowed: `by` is no approver of the member.
        OfficeRefused: it was revoked already (`past`).
    """
    may.require(Deed.NAME_LETTER_OFFICE, by=by, party=named.member)
    if not LetterOffice.objects.filter(pk=named.pk, revoked_at=None).update(revoked_at=at, revoked_by=by):
        raise OfficeRefused("past")
    access.record(
        event="needs.letter_office_revoked", at=at, party=named.member, role=Role.APPROVER,
        subject_kind="letter_office", subject=named.uuid, office=named.office.code,
    )  # fmt: skip


def offices_of(actor: Actor) -> QuerySet[Party]:
    """The parties in whose name this person may type letters: coordination, and those a member named."""
    named = standing_offices(at=actor.at).values("office")
    allowed = Q(code=COORDINATION_BODY) if actor.is_coordination else Q(pk__in=[])
    return Party.objects.filter(allowed | Q(pk__in=named), pk__in=actor.all_parties)


def members_for(actor: Actor) -> PartyQuerySet:
    """The members whose letters this person may type."""
    members = Party.objects.members(on=actor.at.date()).exclude(pk__in=actor.all_parties)
    if actor.is_coordination:
        return members
    return members.filter(pk__in=standing_offices(at=actor.at).filter(office__in=actor.all_parties).values("member"))


def office_for(actor: Actor, member: Party) -> Party | None:
    """The party in whose name this person types letters of a member; None where it may not."""
    named = standing_offices(at=actor.at).filter(member=member).values("office")
    return offices_of(actor).filter(Q(code=COORDINATION_BODY) | Q(pk__in=named)).order_by("code").first()


def require_typist(*, member: Party, office: Party, by: Person) -> None:
    """Refuse whoever may not type letters of a member in the name of a party.

    Raises:
        NotAllowed: `by` is not of coordination, nor of a party that the member has named for this.
    """
    actor = may.require(Deed.PROPOSE_RETURN, by=by, party=office)
    if not members_for(actor).filter(pk=member.pk).exists() or not _may_type(actor, member, office):
        raise NotAllowed(Deed.PROPOSE_RETURN, office.code)


def _may_type(actor: Actor, member: Party, office: Party) -> bool:
    if office.code == COORDINATION_BODY:
        return actor.is_coordination
    return standing_offices(at=actor.at).filter(member=member, office=office).exists()
