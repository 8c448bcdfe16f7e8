"""Whether the needs of your own members stand: paused, resumed, confirmed again, or ended by name."""

import uuid
from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from unmet.api import amounts, found, lists, problems, versions
from unmet.api import standing_schemas as said
from unmet.api.door import ApiRequest, One, Operations, require_version
from unmet.api.lists import Cursor, Limit, Listing
from unmet.api.problems import Problem
from unmet.api.values import Code
from unmet.books.measures import STAGES, over_covered
from unmet.books.models import Account
from unmet.exchange import standing_refusals
from unmet.figures import own
from unmet.needs import standing as services
from unmet.needs.models import Need, StandingChange
from unmet.needs.standing import StandingRefused
from unmet.support import signs
from unmet.support.models import NeedStop

operations = Operations("needs", "/own-needs")
# Refused because of how things stand, not because of what was said.
_STATES = {"not_standing", "not_paused", "not_to_confirm", "ended"}


# ── reading ──────────────────────────────────────────────────────────────────
@operations.listing("", said.OwnNeed, scope="read")
def own_needs(
    request: ApiRequest, member: Code | None = None, to_confirm: bool = False, limit: Limit = lists.DEFAULT,
    cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """The needs of your own members with their ids; with `to_confirm` those that lapsed, or lapse within a month."""
    rows = _own(request)
    if member is not None:
        rows = rows.filter(member=found.own_party(request, member))
    if to_confirm:
        waiting = [own.to_confirm(member=pk, at=request.at) for pk in sorted(request.actor.own_parties)]
        rows = rows.filter(reduce(or_, (Q(uuid__in=one.order_by().values("subject")) for one in waiting), Q(pk=None)))
    return Listing(said.OwnNeed, lists.by_age_together(rows, _tell), limit, cursor)


# Before the addresses of single needs, of which this would else be taken for one.
@operations.post("/confirmation", said.Confirmed, scope="approve")
def confirm_needs(request: ApiRequest, body: said.ConfirmingNeeds) -> One:
    """Confirm needs as they were approved last, all or none: what lapsed stands again, and all are fresh from now."""
    member = found.own_party(request, body.member)
    wanted = set(body.needs)
    needs = list(_own(request).filter(member=member, uuid__in=wanted))
    if missing := sorted(wanted - {str(need.uuid) for need in needs}):
        raise Problem("not-found", more={"codes": missing})
    lapsed = services.confirm(needs, member=member, by=request.person, at=request.at)
    return One(said.Confirmed(confirmed=len(needs), lapsed=lapsed))


@operations.one("/{id}", said.OwnNeed, scope="read", tagged=True)
def own_need(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002 - the name in the address
    """One need of your own members; its `ETag` is the version that you pause, resume or end."""
    return _now(request, id)


def _own(request: ApiRequest) -> QuerySet[Need]:
    rows = Need.objects.filter(member__in=request.actor.own_parties, item__isnull=False)
    return rows.select_related("member", "item__base_unit", "emergency", "place", "group")


def _now(request: ApiRequest, id_: uuid.UUID) -> One:
    [told] = _tell([found.one(_own(request).filter(uuid=id_))])
    return One(told, etag=versions.tag(id_, told))


def _tell(shown: Sequence[Need]) -> list[said.OwnNeed]:
    """Needs as they stand in the books, with what was said of them last."""
    accounts = Account.objects.filter(subject__in=[need.uuid for need in shown], kind=Account.Kind.NEED, closed=False)
    open_ones = {account.subject: account for account in accounts.select_related("round")}
    last, stops = services.reasons(shown), signs.standing_of(shown)
    return [_need(need, open_ones.get(need.uuid), last.get(need.pk), stops.get(need.pk)) for need in shown]


def _over_covered(account: Account | None) -> int:
    """In thousandths of the base unit; nothing where the need stands beside the totals."""
    if account is None or account.last_stated:
        return 0
    return over_covered([getattr(account, name) for name in STAGES])


def _need(
    need: Need, account: Account | None, last: StandingChange | None, stop: NeedStop | None
) -> said.OwnNeed:  # fmt: skip
    item = need.item
    assert item is not None  # others are words of the member's own, which stand in no book
    out = last if last and account and account.out_by is not None else None
    return said.OwnNeed(
        id=need.uuid, member=need.member.code, item=item.code, unit=amounts.unit(item), emergency=need.emergency.code,
        round=account.round.code if account else None, place=need.place.code, group=need.group.code,
        needed_by=account.needed_by_on if account else None, state=services.state(account),
        approved=amounts.told(account.approved if account else 0, item),
        over_covered=amounts.told(_over_covered(account), item),
        last_stated=amounts.told(account.last_stated if account else 0, item),
        lapses_at=account.lapses_at if account else None, reason=out.reason if out else "",
        same_as=out.same_as.uuid if out and out.same_as else None, stopped_at=stop.stopped_at if stop else None,
        stop_reason=stop.reason if stop else "",
    )  # fmt: skip


# ── changing ─────────────────────────────────────────────────────────────────
@operations.post("/{id}/pause", said.OwnNeed, scope="approve", changes=True, tagged=True)
def pause_need(request: ApiRequest, id: uuid.UUID, body: said.Pausing) -> One:  # noqa: A002
    """Let a need wait: it leaves the totals, and what was last stated stands beside them until it is resumed."""
    services.pause(_read(request, id), reason=body.reason, by=request.person, at=request.at)
    return _now(request, id)


@operations.post("/{id}/resumption", said.OwnNeed, scope="approve", body="", changes=True, tagged=True)
def resume_need(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002
    """Let a paused need stand again with the quantity that was last stated."""
    services.resume(_read(request, id), by=request.person, at=request.at)
    return _now(request, id)


@operations.post("/{id}/stopping", said.OwnNeed, scope="support", tagged=True)
def stop_need(request: ApiRequest, id: uuid.UUID, body: said.StoppingNeed) -> One:  # noqa: A002
    """Stop sending for a need, whether or not a request asks for it: whoever could ship for it reads so from now on."""
    # Whichever version stands: it must never be too late.
    signs.stop(found.one(_own(request).filter(uuid=id)), reason=body.reason, by=request.person, at=request.at)
    return _now(request, id)


@operations.post("/{id}/lifting", said.OwnNeed, scope="support", body="", changes=True, tagged=True)
def lift_need(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002
    """Let sending for a need go on."""
    signs.lift(_read(request, id), by=request.person, at=request.at)
    return _now(request, id)


@operations.post("/{id}/ending", said.OwnNeed, scope="approve", changes=True, tagged=True)
def end_need(request: ApiRequest, id: uuid.UUID, body: said.Ending) -> One:  # noqa: A002
    """End a need by name. What is booked on one that is the same as another goes to that other."""
    need = _read(request, id)
    other = None
    if body.same_as is not None:
        other = _own(request).filter(uuid=body.same_as).first()
        if other is None:
            raise StandingRefused("same_as", need)
    services.end(
        need, covered_nationally=body.covered_nationally, same_as=other, reason=body.reason, by=request.person,
        at=request.at,
    )  # fmt: skip
    return _now(request, id)


def _read(request: ApiRequest, id_: uuid.UUID) -> Need:
    """A need as the client has read it."""
    require_version(request, _now(request, id_).etag)
    return found.one(_own(request).filter(uuid=id_))


# ── refusals ─────────────────────────────────────────────────────────────────
@problems.tells(StandingRefused)
def _of_standing(refused: StandingRefused) -> Problem:
    """The problem that a refusal of the service is, with its `reason` and the `need`, where it is about one."""
    more = {"reason": refused.reason} | ({"need": str(refused.need.uuid)} if refused.need else {})
    code = "state" if refused.reason in _STATES else "refused"
    return Problem(code, standing_refusals.sentence(refused), more=more)
