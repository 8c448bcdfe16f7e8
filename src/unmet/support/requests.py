"""Requests for assistance: a member asks named parties, or everyone, for help with some of its needs.

A request moves nothing in the books. Each line shows one need in detail, so sending it releases, by the approver, what
those that are asked do not see yet. They answer (`support.answers`); the member presses *stop sending* at any time,
lifts it, withdraws or closes the request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from django.db import transaction

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.access.models import HoldBack, Release, Role
from unmet.access.visible import standing_releases
from unmet.books.models import Account
from unmet.methods.plain import plain
from unmet.needs import services as needs
from unmet.needs.models import Need
from unmet.parties.models import Party, Person
from unmet.support import request_telling as tell
from unmet.support.models import AssistanceRequest, RequestLine

LONGEST: Final = 2000  # characters of what a request is for
LONGEST_REASON: Final = 500
MOST_LINES: Final = 200

Reason = Literal[
    "changed", "not_sent", "nothing", "too_many", "twice", "nobody", "itself", "need", "quantity", "more_than_approved",
    "too_long", "held_back", "stopped", "not_stopped", "why", "more_than_asked", "part_is_all", "referred_to", "order",
    "line_withdrawn", "kind", "no_quantity", "not_all", "asked_already",
]  # fmt: skip
State = AssistanceRequest.State


class RequestRefused(Exception):
    """Nothing was written; `reason` is one of `Reason`, `need` the need that it is about, where it is about one."""

    def __init__(self, reason: Reason, need: Need | None = None) -> None:
        super().__init__(reason)
        self.reason, self.need = reason, need


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request is to say. `lines` are (need, quantity in thousandths of the base unit)."""

    lines: Sequence[tuple[Need, int]]
    addressees: Sequence[Party] = ()
    to_everyone: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Lacking:
    """A need that some of those asked do not see in detail yet; `parties` is empty where it is everyone."""

    need: Need
    parties: tuple[Party, ...]


# ── the draft ────────────────────────────────────────────────────────────────
@transaction.atomic
def save(
    wanted: Wanted, *, member: Party, by: Person, at: datetime, draft: AssistanceRequest | None = None, version: int = 0
) -> AssistanceRequest:
    """Keep a draft: a new one, or another version of `draft` for whoever has read its `version`.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        RequestRefused: `nobody`, `itself`, `nothing`, `too_many`, `twice`, `need` (no open need of the member),
            `quantity`, `more_than_approved`, `too_long`, or `changed` (somebody saved or sent it meanwhile).
    """
    may.require(Deed.ASK, by=by, party=member)
    text = plain(wanted.text.replace("\r\n", "\n"))
    _check(wanted, member, text)
    if draft is None:
        draft = AssistanceRequest.objects.create(
            member=member, to_everyone=wanted.to_everyone, text=text, saved_by=by, saved_at=at
        )
    else:
        found = AssistanceRequest.objects.filter(pk=draft.pk, member=member, state=State.DRAFT, version=version)
        changed = found.update(version=version + 1, to_everyone=wanted.to_everyone, text=text, saved_by=by, saved_at=at)
        if not changed:
            raise RequestRefused("changed")
        draft.refresh_from_db()
        draft.lines.all().delete()
    draft.addressees.set([] if wanted.to_everyone else wanted.addressees)
    RequestLine.objects.bulk_create(
        RequestLine(request=draft, need=need, quantity=quantity) for need, quantity in wanted.lines
    )
    _record("support.request_saved", draft, at, version=draft.version, lines=len(wanted.lines))
    return draft


def _check(wanted: Wanted, member: Party, text: str) -> None:
    if not wanted.to_everyone and not wanted.addressees:
        raise RequestRefused("nobody")
    if member in wanted.addressees:
        raise RequestRefused("itself")
    if not wanted.lines:
        raise RequestRefused("nothing")
    if len(wanted.lines) > MOST_LINES:
        raise RequestRefused("too_many")
    if len({need.pk for need, _ in wanted.lines}) < len(wanted.lines):
        raise RequestRefused("twice")
    if len(text) > LONGEST:
        raise RequestRefused("too_long")
    _check_lines(wanted.lines, member)


def _check_lines(lines: Sequence[tuple[Need, int]], member: Party) -> None:
    accounts = Account.objects.filter(
        member=member, kind=Account.Kind.NEED, closed=False, subject__in=[need.uuid for need, _ in lines]
    )
    approved = dict(accounts.values_list("subject", "approved"))
    for need, quantity in lines:
        if not approved.get(need.uuid):
            raise RequestRefused("need", need)
        if quantity <= 0:
            raise RequestRefused("quantity", need)
        if quantity > approved[need.uuid]:
            raise RequestRefused("more_than_approved", need)


@transaction.atomic
def discard(draft: AssistanceRequest, *, by: Person, at: datetime) -> None:
    """Throw a draft away; nobody else has seen it.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        RequestRefused: `changed`: it was sent or thrown away meanwhile.
    """
    may.require(Deed.ASK, by=by, party=draft.member)
    standing = AssistanceRequest.objects.select_for_update().filter(pk=draft.pk, state=State.DRAFT).first()
    if standing is None:
        raise RequestRefused("changed")
    _record("support.request_discarded", draft, at)
    standing.delete()


# ── sending ──────────────────────────────────────────────────────────────────
def lacking(request: AssistanceRequest, *, at: datetime) -> list[Lacking]:
    """What sending a request releases: its needs that those asked do not see in detail now."""
    lines = list(request.lines.select_related("need__item__sector").order_by("pk"))
    subjects = {line.need.uuid for line in lines} | {
        line.need.item.sector.uuid for line in lines if line.need.item is not None
    }
    releases = list(
        standing_releases(at=at)
        .filter(member=request.member_id, level=Release.Level.DETAIL, subject__in=subjects)
        .prefetch_related("named")
    )
    asked = list(request.addressees.in_reading_order())
    members = set(Party.objects.filter(pk__in=[party.pk for party in asked]).members(on=at.date()).values_list("pk"))
    found = []
    for line in lines:
        own = {line.need.uuid, line.need.item.sector.uuid if line.need.item else None}
        covering = [release for release in releases if release.subject in own]
        if any(release.audience == Release.Audience.EVERYONE for release in covering):
            continue
        seeing = {
            party.pk
            for release in covering
            if release.audience == Release.Audience.NAMED
            for party in release.named.all()
        }
        if any(release.audience == Release.Audience.MEMBERS for release in covering):
            seeing |= {pk for (pk,) in members}
        missing = tuple(party for party in asked if party.pk not in seeing)
        if missing or request.to_everyone:
            found.append(Lacking(line.need, missing))
    return found


@transaction.atomic
def send(request: AssistanceRequest, *, version: int, until_on: date | None, by: Person, at: datetime) -> list[Release]:
    """Send a draft: those asked see each line in detail from now on, until a day. Returns what was released for it.

    Raises:
        NotAllowed: `by` is no approver of the member.
        RequestRefused: `changed`; `held_back`; or what is asked for no longer stands so (`need`, `more_than_approved`).
        access.ReleaseRefused: `past`: the last day has passed.
    """
    may.require(Deed.SEND_REQUEST, by=by, party=request.member)
    granted: list[Release] = []
    missing = lacking(request, at=at)
    for parties in sorted({one.parties for one in missing}, key=lambda found: [party.code for party in found]):
        granted += needs.release(
            member=request.member, subjects=[("need", one.need.uuid) for one in missing if one.parties == parties],
            level=Release.Level.DETAIL, named=parties, until_on=until_on, by=by, at=at,
            audience=Release.Audience.EVERYONE if request.to_everyone else Release.Audience.NAMED,
        )  # fmt: skip
    lines = list(request.lines.select_related("need"))
    held = set(HoldBack.objects.filter(member=request.member, lifted_at=None).values_list("need", flat=True))
    for line in lines:
        if line.need.uuid in held:
            raise RequestRefused("held_back", line.need)
    _check_lines([(line.need, line.quantity) for line in lines], request.member)
    found = AssistanceRequest.objects.filter(pk=request.pk, state=State.DRAFT, version=version)
    if not found.update(state=State.SENT, sent_by=by, sent_at=at):
        raise RequestRefused("changed")
    _record(
        "support.request_sent", request, at, role=Role.APPROVER, lines=len(lines), everyone=request.to_everyone,
        to=sorted(request.addressees.values_list("code", flat=True)),
    )  # fmt: skip
    tell.sent(request, lines=len(lines), by=by, at=at)
    return granted


# ── stop, lift, withdraw, close ──────────────────────────────────────────────
@transaction.atomic
def stop(request: AssistanceRequest, *, reason: str, by: Person, at: datetime) -> None:
    """Stop sending: whoever could ship for it reads so from now on. Nothing in the books moves.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        RequestRefused: `why` is missing or `too_long`; `not_sent`; or `stopped` already.
    """
    may.require(Deed.ASK, by=by, party=request.member)
    _change(request, {"stopped_at": None}, {"stopped_at": at, "reason": reason_said(reason)}, "stopped")
    _record("support.request_stopped", request, at, reason=reason_said(reason))
    tell.stopped(request, lifted=False, by=by, at=at)


@transaction.atomic
def lift(request: AssistanceRequest, *, by: Person, at: datetime) -> None:
    """Lift *stop sending*: the request asks again as it did. After its end it says no more that nothing be sent.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        RequestRefused: `not_stopped`; or `not_sent` (a draft, or ended without it).
    """
    may.require(Deed.ASK, by=by, party=request.member)
    ended = AssistanceRequest.objects.filter(pk=request.pk, state__in=(State.WITHDRAWN, State.CLOSED))
    # The reason of a request that has ended may be that of its end: it stays.
    if not ended.filter(stopped_at__isnull=False).update(stopped_at=None):
        _change(request, {"stopped_at__isnull": False}, {"stopped_at": None, "reason": ""}, "not_stopped")
    _record("support.request_lifted", request, at)
    tell.stopped(request, lifted=True, by=by, at=at)


@transaction.atomic
def withdraw(request: AssistanceRequest, *, reason: str, by: Person, at: datetime) -> None:
    """Take a request back. What was released for it stays released until the member withdraws that too.

    Raises:
        NotAllowed: `by` is no approver of the member.
        RequestRefused: `why` is missing or `too_long`, or it is `not_sent`.
    """
    may.require(Deed.SEND_REQUEST, by=by, party=request.member)
    _change(request, {}, {"state": State.WITHDRAWN, "ended_at": at, "reason": reason_said(reason)}, "not_sent")
    _record("support.request_withdrawn", request, at, role=Role.APPROVER, reason=reason_said(reason))
    tell.ended(request, withdrawn=True, by=by, at=at)


@transaction.atomic
def close(request: AssistanceRequest, *, by: Person, at: datetime) -> None:
    """The member has what it asked for, or will not get it: nobody is asked any more.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        RequestRefused: it is `not_sent`.
    """
    may.require(Deed.ASK, by=by, party=request.member)
    _change(request, {}, {"state": State.CLOSED, "ended_at": at}, "not_sent")
    _record("support.request_closed", request, at)
    tell.ended(request, withdrawn=False, by=by, at=at)


def _change(request: AssistanceRequest, where: dict[str, object], to: dict[str, object], otherwise: Reason) -> None:
    sent = AssistanceRequest.objects.filter(pk=request.pk, state=State.SENT)
    if not sent.filter(**where).update(**to):
        raise RequestRefused(otherwise if sent.exists() else "not_sent")


def reason_said(reason: str) -> str:
    """Why something is done to a request, as it is kept.

    Raises:
        RequestRefused: `why` is missing, or it is `too_long`.
    """
    said = plain(reason)
    if not said:
        raise RequestRefused("why")
    if len(said) > LONGEST_REASON:
        raise RequestRefused("too_long")
    return said


def _record(
    event: str, request: AssistanceRequest, at: datetime, *, role: str = "", reason: str = "", **detail: object
) -> None:
    access.record(
        event=event, at=at, party=request.member, role=role, subject_kind="request", subject=request.uuid,
        reason=reason, detail=detail,
    )  # fmt: skip
