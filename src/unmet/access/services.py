"""Appoint people, release to others, hold back."""

import hashlib
import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from unmet.access import may, telling
from unmet.access.actors import current, standing_appointments
from unmet.access.may import Deed, NotAllowed
from unmet.access.models import Appointment, HoldBack, Installation, Release, Role, SignInLink
from unmet.audit.models import AuditRow
from unmet.catalogue.windows import end_of_day
from unmet.files.models import StoredFile
from unmet.jobs import services as jobs
from unmet.notices.services import Link
from unmet.parties.models import Party, Person

LONGEST_APPOINTMENT = timedelta(days=2 * 366)
COORDINATION_BODY = "COORD"  # the party whose people are coordination and operators
_COORDINATING = frozenset({Role.COORDINATION, Role.OPERATOR})


class AppointmentRefused(Exception):
    """The appointment cannot be made; `reason` says why.

    `past`, `too_long`, `letter`, `same_person`, `standing`, `role` (`RoleDoesNotFit`).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RoleDoesNotFit(AppointmentRefused):
    """People of the coordinating body are coordination or operators, and nobody else is (`role`)."""

    def __init__(self) -> None:
        super().__init__("role")


class ReleaseRefused(Exception):
    """The release cannot be made; `reason` says why: `past`, `no_party`, `own_party`, `nothing`, `withdrawn`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def record(
    *,
    event: str,
    at: datetime,
    party: Party | None = None,
    role: str = "",
    subject_kind: str = "",
    subject: uuid.UUID | str = "",
    reason: str = "",
    detail: Mapping[str, object] | None = None,
    **more: object,
) -> None:
    """Write one audit row about what the acting actor does, in the caller's transaction."""
    actor = current()
    AuditRow.objects.create(
        at=at,
        event=event,
        person=str(actor.person.uuid) if actor.person else "",
        role=role,
        via=actor.via,
        party=party.code if party else "",
        subject_kind=subject_kind,
        subject=str(subject),
        reason=reason,
        detail={**(detail or {}), **more},
    )


# ── appointments ─────────────────────────────────────────────────────────────
def _check_term(until_on: date, at: datetime) -> None:
    if end_of_day(until_on) <= at:
        raise AppointmentRefused("past")
    if end_of_day(until_on) > at + LONGEST_APPOINTMENT:
        raise AppointmentRefused("too_long")


def roles_of(party: Party) -> tuple[Role, ...]:
    """The roles that people of a party may have. Every party may ask and give, so all but the chair's have the same."""
    return tuple(role for role in Role if (role in _COORDINATING) == (party.code == COORDINATION_BODY))


def require_fit(role: str, *, party: Party) -> None:
    """Refuse a role that people of the party may not have.

    Raises:
        RoleDoesNotFit: see there.
    """
    if role not in roles_of(party):
        raise RoleDoesNotFit


@transaction.atomic
def appoint(*, person: Person, party: Party, role: str, until_on: date, by: Person, at: datetime) -> Appointment:
    """An approver of a party appoints one of its people; it stands at once.

    Raises:
        NotAllowed: `by` is no approver of the party, or the role is not one a party gives.
        AppointmentRefused: see there.
    """
    may.require(Deed.APPOINT, by=by, party=party)
    if role in _COORDINATING:
        raise NotAllowed(Deed.APPOINT, party.code)
    _check_term(until_on, at)
    if standing_appointments(at=at).filter(person=person, party=party, role=role).exists():
        raise AppointmentRefused("standing")
    Appointment.objects.filter(person=person, party=party, role=role, ended_at=None).update(ended_at=at)
    made = Appointment.objects.create(
        person=person, party=party, role=role, until_on=until_on,
        proposed_by=by, proposed_at=at, confirmed_by=by, confirmed_at=at,
    )  # fmt: skip
    record(
        event="access.appointed", at=at, party=party, role=Role.APPROVER, subject_kind="appointment",
        subject=made.uuid, appointed=role, until=until_on.isoformat(),
    )  # fmt: skip
    return made


@transaction.atomic
def propose_appointment(
    *, person: Person, party: Party, role: str, until_on: date, letter: StoredFile | None, by: Person, at: datetime
) -> Appointment:
    """Coordination proposes the first appointment of a party, on the letter that the party sent.

    Raises:
        NotAllowed: `by` is not of coordination.
        RoleDoesNotFit: see there.
        AppointmentRefused: see there; `letter` when none is attached.
    """
    may.require(Deed.PROPOSE_APPOINTMENT, by=by)
    require_fit(role, party=party)
    _check_term(until_on, at)
    if letter is None:
        raise AppointmentRefused("letter")
    if standing_appointments(at=at).filter(person=person, party=party, role=role).exists():
        raise AppointmentRefused("standing")
    Appointment.objects.filter(person=person, party=party, role=role, ended_at=None).update(ended_at=at)
    made = Appointment.objects.create(
        person=person, party=party, role=role, until_on=until_on, letter=letter, proposed_by=by, proposed_at=at
    )
    record(
        event="access.appointment_proposed", at=at, party=party, role=Role.COORDINATION, subject_kind="appointment",
        subject=made.uuid, appointed=role, until=until_on.isoformat(), letter=letter.sha256,
    )  # fmt: skip
    chair = telling.people_of(Party.objects.filter(code=COORDINATION_BODY), [Role.COORDINATION], at=at)
    telling.tell(
        "access.appointment_proposed", chair, by=by, at=at, link=Link("appointments"), data={"party": party.code}
    )
    return made


@transaction.atomic
def confirm_appointment(appointment: Appointment, *, by: Person, at: datetime) -> None:
    """A second person of coordination confirms a proposed appointment.

    Raises:
        NotAllowed: `by` is not of coordination.
        AppointmentRefused: `same_person` proposed it, or it was confirmed or ended meanwhile (`standing`).
    """
    may.require(Deed.PROPOSE_APPOINTMENT, by=by)
    if appointment.proposed_by_id == by.pk:
        raise AppointmentRefused("same_person")
    open_ones = Appointment.objects.filter(pk=appointment.pk, confirmed_at=None, ended_at=None)
    if not open_ones.update(confirmed_by=by, confirmed_at=at):
        raise AppointmentRefused("standing")
    record(
        event="access.appointment_confirmed", at=at, party=appointment.party, role=Role.COORDINATION,
        subject_kind="appointment", subject=appointment.uuid,
    )  # fmt: skip


@transaction.atomic
def end_appointment(appointment: Appointment, *, by: Person, at: datetime) -> None:
    """An approver of the party, or coordination, ends an appointment before its last day.

    Raises:
        NotAllowed: neither.
        AppointmentRefused: it had ended (`standing`).
    """
    actor = current()
    if actor.person != by or not (
        may.may(actor, Deed.APPOINT, appointment.party) or may.may(actor, Deed.PROPOSE_APPOINTMENT)
    ):
        raise NotAllowed(Deed.APPOINT, appointment.party.code)
    if not Appointment.objects.filter(pk=appointment.pk, ended_at=None).update(ended_at=at):
        raise AppointmentRefused("standing")
    record(
        event="access.appointment_ended", at=at, party=appointment.party, subject_kind="appointment",
        subject=appointment.uuid,
    )  # fmt: skip
    if appointment.confirmed_at is not None:  # a proposal that was dropped was never told to anybody it is about
        telling.appointment_ended(appointment, by=by, at=at)


# ── releases: the permission only; `needs.release` posts what becomes public ──
def grant(
    *, member: Party, subject_kind: str, subject: uuid.UUID, level: str, audience: str, named: Sequence[Party],
    until_on: date | None, by: Person, at: datetime,
) -> Release:  # fmt: skip
    """Keep a member's permission. Called inside the transaction of `needs.release`, which posts to the books.

    Raises:
        NotAllowed: `by` is no approver of the member.
        ReleaseRefused: see there.
    """
    may.require(Deed.RELEASE, by=by, party=member)
    if until_on is not None and end_of_day(until_on) <= at:
        raise ReleaseRefused("past")
    if audience == Release.Audience.NAMED and not named:
        raise ReleaseRefused("no_party")
    if member in named:
        raise ReleaseRefused("own_party")
    ends_at = end_of_day(until_on) if until_on else None
    release = Release.objects.create(
        member=member, subject_kind=subject_kind, subject=subject, level=level, audience=audience,
        until_on=until_on, ends_at=ends_at, granted_by=by, granted_at=at,
    )  # fmt: skip
    if audience == Release.Audience.NAMED:
        release.named.set(named)
    if ends_at:
        jobs.ask(handler="books.settle", key=f"release {release.uuid}", due_at=ends_at)
    record(
        event="access.released", at=at, party=member, role=Role.APPROVER, subject_kind=subject_kind, subject=subject,
        release=str(release.uuid), audience=audience, level=level, until=until_on.isoformat() if until_on else None,
        named=sorted(party.code for party in named) if audience == Release.Audience.NAMED else [],
    )  # fmt: skip
    return release


def withdraw(release: Release, *, by: Person, at: datetime) -> None:
    """Take a permission back. Called inside the transaction of `needs.withdraw_release`.

    Raises:
        NotAllowed: `by` is no approver of the member.
        ReleaseRefused: it was withdrawn already (`withdrawn`).
    """
    may.require(Deed.RELEASE, by=by, party=release.member)
    if not Release.objects.filter(pk=release.pk, withdrawn_at=None).update(withdrawn_by=by, withdrawn_at=at):
        raise ReleaseRefused("withdrawn")
    record(
        event="access.release_withdrawn", at=at, party=release.member, role=Role.APPROVER,
        subject_kind=release.subject_kind, subject=release.subject, release=str(release.uuid),
    )  # fmt: skip


def hold_back(*, member: Party, need: uuid.UUID, by: Person, at: datetime) -> None:
    """Keep one need from everybody else at once. Twice is once.

    Raises:
        NotAllowed: `by` is no approver of the member.
    """
    may.require(Deed.RELEASE, by=by, party=member)
    _, made = HoldBack.objects.get_or_create(
        member=member, need=need, lifted_at=None, defaults={"put_by": by, "put_at": at}
    )
    if made:
        record(event="access.held_back", at=at, party=member, role=Role.APPROVER, subject_kind="need", subject=need)


def lift_hold_back(*, member: Party, need: uuid.UUID, by: Person, at: datetime) -> None:
    """Let the standing releases cover a need again.

    Raises:
        NotAllowed: `by` is no approver of the member.
    """
    may.require(Deed.RELEASE, by=by, party=member)
    if HoldBack.objects.filter(member=member, need=need, lifted_at=None).update(lifted_at=at):
        record(
            event="access.hold_back_lifted", at=at, party=member, role=Role.APPROVER, subject_kind="need", subject=need
        )


def public_subjects(
    *, members: Iterable[int], at: datetime, detail: bool = False
) -> tuple[set[tuple[int, uuid.UUID]], set[uuid.UUID]]:
    """What stands released to everyone: (member id, uuid of need or sector) pairs, and needs held back.

    With `detail`, only what is released with place, group, needed-by and rank.
    """
    standing = Release.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=at), member__in=members, audience=Release.Audience.EVERYONE, withdrawn_at=None
    )
    if detail:
        standing = standing.filter(level=Release.Level.DETAIL)
    held = HoldBack.objects.filter(member__in=members, lifted_at=None)
    return set(standing.values_list("member_id", "subject")), set(held.values_list("need", flat=True))


# ── demonstration ────────────────────────────────────────────────────────────
def is_demonstration() -> bool:
    """Whether this database is marked DEMONSTRATION."""
    return Installation.objects.filter(demonstration=True).exists()


def make_sign_in_link(person: Person, *, at: datetime) -> str:
    """The secret of a one-time sign-in link. Only a database marked DEMONSTRATION has such links.

    Raises:
        NotAllowed: this is no demonstration.
    """
    if not is_demonstration():
        raise NotAllowed(Deed.APPOINT)
    secret = secrets.token_urlsafe(32)
    SignInLink.objects.create(person=person, digest=_digest(secret), made_at=at)
    return secret


def find_sign_in_link(secret: str) -> SignInLink | None:
    """The unused link with this secret, made within the last seven days."""
    if not is_demonstration():
        return None
    return SignInLink.objects.filter(
        digest=_digest(secret), used_at=None, made_at__gte=timezone.now() - timedelta(days=7)
    ).first()


def use_sign_in_link(secret: str, *, at: datetime) -> Person | None:
    """The person of a link, which is used up; None when it is unknown, old or used."""
    link = find_sign_in_link(secret)
    if link is None or not SignInLink.objects.filter(pk=link.pk, used_at=None).update(used_at=at):
        return None
    return link.person


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
