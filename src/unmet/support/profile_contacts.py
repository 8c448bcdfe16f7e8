"""The contact office of a member: who reads it, until when, and when it is purged.

A giver or channel reads it while the member has accepted something of it that has not arrived. Six months after the
last of this arrived, from whomever, the words are deleted in all versions; every read compares with the moment too, so
that a late job shows nothing. What the member states after that moment is new and stays.
"""

import calendar
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from unmet.access import services as access
from unmet.access.actors import Actor, acting, current
from unmet.jobs import services as jobs
from unmet.parties.models import Party
from unmet.support.models import DeliveryContact, DeliveryProfile, Line, Stage, Step
from unmet.support.profile_form import Value

JOB: Final = "support.contact_purge"
KEPT_MONTHS: Final = 6
UNDER_WAY: Final = Q(committed__gt=0) | Q(in_transit__gt=0)
_ACCEPTED: Final = (Stage.COMMITTED, Stage.IN_TRANSIT, Stage.RECEIVED, Stage.REJECTED, Stage.MISSING)


def kept_until(closed_at: datetime) -> datetime:
    """Six months later, at the same time of day; the last day of the month where it has no such day.

    >>> kept_until(datetime(2020, 8, 31, 9, tzinfo=UTC)).isoformat()
    '2021-02-28T09:00:00+00:00'
    """
    months = closed_at.month - 1 + KEPT_MONTHS
    year, month = closed_at.year + months // 12, months % 12 + 1
    return closed_at.replace(year=year, month=month, day=min(closed_at.day, calendar.monthrange(year, month)[1]))


def under_way(*, of: Iterable[int]) -> QuerySet[Line]:
    """Lines that these parties give or carry, of which the member has accepted something that has not arrived."""
    parties = list(of)
    return Line.objects.filter(UNDER_WAY, Q(giver__in=parties) | Q(channel__in=parties))


def closed_at(members: Iterable[int]) -> Mapping[int, datetime]:
    """Member -> when the last of what it had accepted arrived or ended; those with something under way are left out."""
    wanted = set(members)
    wanted -= set(Line.objects.filter(UNDER_WAY, member__in=wanted).values_list("member", flat=True).distinct())
    steps = Step.objects.filter(Q(to_stage__in=_ACCEPTED) | Q(from_stage__in=_ACCEPTED), line__member__in=wanted)
    return dict(steps.order_by().values_list("line__member").annotate(last=Max("at")))


def _is_due(contact: DeliveryContact, closed: datetime | None, *, at: datetime) -> bool:
    return closed is not None and contact.stated_at <= closed and kept_until(closed) <= at


def standing(profiles: Iterable[DeliveryProfile], *, at: datetime) -> Mapping[int, DeliveryContact]:
    """Profile -> its contact office, where one is stated and not purged or due to be. The caller says who reads it."""
    shown = list(profiles)
    found = list(DeliveryContact.objects.filter(profile__in=shown, purged_at=None).select_related("profile"))
    closed = closed_at({one.profile.member_id for one in found})
    return {
        one.profile_id: one
        for one in found
        if one.answers and not _is_due(one, closed.get(one.profile.member_id), at=at)
    }


def opens(member: Party) -> bool:
    """Whether the acting person reads the contact office of what a member has confirmed: its own people do, and givers
    and channels while the member has accepted something of theirs that has not arrived."""
    actor = current()
    return member.pk in actor.own_parties or under_way(of=actor.all_parties).filter(member=member).exists()


def readable(profile: DeliveryProfile) -> DeliveryContact | None:
    """The contact office of a version, as far as the acting person may read it now; of a draft only its own people."""
    actor = current()
    own = profile.member_id in actor.own_parties
    accepted = profile.state == DeliveryProfile.State.CONFIRMED and opens(profile.member)
    return standing([profile], at=actor.at).get(profile.pk) if own or accepted else None


def keep(profile: DeliveryProfile, answers: Mapping[str, Value], *, at: datetime) -> None:
    """State the contact office of a draft; the same words as in an earlier version keep the moment they were stated."""
    before = DeliveryProfile.objects.filter(member=profile.member_id).order_by("-version")[:2]
    same = [one.stated_at for one in standing(before, at=at).values() if one.answers == dict(answers)]
    if answers:
        DeliveryContact.objects.update_or_create(
            profile=profile,
            defaults={"answers": dict(answers), "stated_at": min(same, default=at), "purged_at": None},
        )
    else:
        DeliveryContact.objects.filter(profile=profile).delete()


# ── the end of it ────────────────────────────────────────────────────────────
def follow(line: Line, source: str, target: str, *, at: datetime) -> None:
    """After a step of a line: where nothing of it is under way any more, see that the contact office is purged.

    One job for all lines of a member that end on a day, due when the last of them is six months old.
    """
    if line.committed or line.in_transit or not (target in _ACCEPTED or source in _ACCEPTED):
        return
    if DeliveryContact.objects.filter(profile__member=line.member_id, purged_at=None).exists():
        day = at.astimezone(UTC).date()
        ends_at = datetime.combine(day + timedelta(days=1), time(), UTC)
        payload = {"member": line.member_id}
        jobs.ask(handler=JOB, key=f"{line.member_id} {day.isoformat()}", due_at=kept_until(ends_at), payload=payload)


@jobs.handles(JOB)
def purge_due(payload: dict[str, Any], at: datetime) -> None:
    """Purge the contact office of a member; what is under way again, or ended later, has a job of its own."""
    with acting(Actor.for_system(at=at)):
        purge(Party.objects.get(pk=payload["member"]), at=at)


@transaction.atomic
def purge(member: Party, *, at: datetime) -> int:
    """Delete the words of a member's contact office that are due to go; from how many versions."""
    closed = closed_at([member.pk]).get(member.pk)
    if closed is None or kept_until(closed) > at:
        return 0
    due = DeliveryContact.objects.filter(profile__member=member, purged_at=None, stated_at__lte=closed)
    count = due.update(answers={}, purged_at=at)
    if count:
        access.record(
            event="support.contact_purged", at=at, party=member, subject_kind="party", subject=member.uuid,
            versions=count,
        )  # fmt: skip
    return count
