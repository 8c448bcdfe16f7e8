"""What whoever could ship reads of a need: that its member says *stop sending*, or lets the need wait.

*Stop sending* is said of a request (`support.requests`), or beside a need itself, whether or not a request asks for it:
here. It moves nothing in the books. Pausing is the approver's (`needs.standing`), and leaves the totals; its reason is
the member's own. Both are shown to those only who see the need in detail, and to those who give, pass on or carry
something for it.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from unmet.access import may, visible
from unmet.access import services as access
from unmet.access.actors import current
from unmet.access.may import Deed
from unmet.books.models import Account, Movement
from unmet.needs.models import Need, StandingChange
from unmet.parties.models import Person
from unmet.support import request_queries, signs_telling
from unmet.support.models import AssistanceRequest, Consignment, ConsignmentLine, Line, NeedStop, RequestLine
from unmet.support.request_queries import Sign
from unmet.support.requests import RequestRefused, reason_said

UNDER_WAY = Q(pledged__gt=0) | Q(allocated__gt=0) | Q(committed__gt=0) | Q(in_transit__gt=0)


# ── what pages show ──────────────────────────────────────────────────────────
def shown(subjects: Iterable[uuid.UUID]) -> list[Sign]:
    """What is said of those of some needs that concern the acting person: see the head of this file."""
    return of(concerning(set(subjects)))


def of(subjects: Iterable[uuid.UUID]) -> list[Sign]:
    """What is said of some needs. For rules, and for whoever is known to see the needs."""
    needs = list(subjects)
    return [*request_queries.stopped(needs), *paused(needs)] if needs else []


def by_need(subjects: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Sign]]:
    """The same as `shown`, beside each need of a list."""
    found: dict[uuid.UUID, list[Sign]] = {}
    for sign in shown(subjects):
        for need in sign.needs:
            found.setdefault(need, []).append(sign)
    return found


def of_lines(lines: Iterable[Line]) -> list[Sign]:
    """What is said of the needs that lines of support are for. The caller has made sure that they are the person's."""
    accounts = {line.account_id for line in lines}
    found = Account.objects.filter(pk__in=accounts, kind=Account.Kind.NEED)
    return of(found.values_list("subject", flat=True).distinct())


def of_request(request: AssistanceRequest, lines: Iterable[RequestLine]) -> list[Sign]:
    """What is said of some lines of a request: by itself, beside their needs, and which of these wait.

    The caller has made sure that the person sees the lines.
    """
    shown_ones = list(lines)
    needs = {line.need.uuid for line in shown_ones}
    beside = [*request_queries.stopped_beside(needs), *paused(needs)]
    return [*request_queries.stopping(request, shown_ones), *beside]


def paused(subjects: Iterable[uuid.UUID]) -> list[Sign]:
    """Which of some needs their members let wait, and since when. The reason is the member's own."""
    accounts = Account.objects.filter(
        subject__in=list(subjects), kind=Account.Kind.NEED, closed=False, out_by=Movement.PAUSED
    )
    waiting = list(accounts.select_related("member", "item").order_by("pk"))
    said = StandingChange.objects.filter(
        need__uuid__in=[account.subject for account in waiting], kind=StandingChange.Kind.PAUSED
    )
    since = dict(said.order_by("pk").values_list("need__uuid", "at"))
    return [
        Sign("paused", one.member, (one.item,), since.get(one.subject), frozenset({one.subject})) for one in waiting
    ]


def concerning(subjects: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those of some needs that the acting person sees in detail, or gives, passes on or carries something for."""
    if not subjects:
        return set()
    mine = current().all_parties
    seen = visible.rows(Need.objects.filter(uuid__in=subjects), visible.NEED, detail=True)
    lines = Line.objects.filter(UNDER_WAY, account__subject__in=subjects)
    given = lines.filter(Q(giver__in=mine) | Q(channel__in=mine))
    carried = ConsignmentLine.objects.filter(
        line__account__subject__in=subjects, consignment__carrier__in=mine,
        consignment__state__in=(Consignment.State.PLANNED, *Consignment.UNDER_WAY),
    )  # fmt: skip
    return {
        *seen.values_list("uuid", flat=True), *given.values_list("account__subject", flat=True),
        *carried.values_list("line__account__subject", flat=True),
    }  # fmt: skip


# ── stop sending, beside the need ────────────────────────────────────────────
def standing(need: Need) -> NeedStop | None:
    """What the member says beside the need itself now; for its own people."""
    return NeedStop.objects.filter(need=need, lifted_at=None).first()


def standing_of(needs: Iterable[Need]) -> dict[int, NeedStop]:
    """The same of several needs, by their ids."""
    return {stop.need_id: stop for stop in NeedStop.objects.filter(need__in=list(needs), lifted_at=None)}


@transaction.atomic
def stop(need: Need, *, reason: str, by: Person, at: datetime) -> NeedStop:
    """Stop sending for a need: whoever could ship for it reads so from now on. Nothing in the books moves.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        RequestRefused: `why` is missing or `too_long`; `need` (nothing of it was ever approved); `stopped` already.
    """
    may.require(Deed.ASK, by=by, party=need.member)
    why = reason_said(reason)
    if not Account.objects.filter(subject=need.uuid, kind=Account.Kind.NEED).exists():
        raise RequestRefused("need", need)
    # The constraint lets one stand: of two who press at once, the second finds that of the first.
    made, new = NeedStop.objects.get_or_create(
        need=need, lifted_at=None, defaults={"reason": why, "stopped_by": by, "stopped_at": at}
    )
    if not new:
        raise RequestRefused("stopped", need)
    _record("support.need_stopped", need, at, reason=why)
    signs_telling.of_need(need, signs_telling.STOPPED, by=by, at=at)
    return made


@transaction.atomic
def lift(need: Need, *, by: Person, at: datetime) -> None:
    """Let sending for a need go on. What a request says stays until it is lifted there.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        RequestRefused: `not_stopped`.
    """
    may.require(Deed.ASK, by=by, party=need.member)
    if not NeedStop.objects.filter(need=need, lifted_at=None).update(lifted_at=at, lifted_by=by):
        raise RequestRefused("not_stopped", need)
    _record("support.need_lifted", need, at)
    signs_telling.of_need(need, signs_telling.LIFTED, by=by, at=at)


def _record(event: str, need: Need, at: datetime, *, reason: str = "") -> None:
    access.record(event=event, at=at, party=need.member, subject_kind="need", subject=need.uuid, reason=reason)
