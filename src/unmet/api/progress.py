"""What stands where: asked and answered, given, changed, and the lists of progress; all of it as the pages show it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from unmet.api import amounts, found, lists, taken
from unmet.api import progress_schemas as said
from unmet.api.door import ApiRequest, Operations
from unmet.api.lists import Cursor, Limit, Listing, Rows
from unmet.api.problems import Problem
from unmet.api.values import Code
from unmet.books import services as books
from unmet.catalogue.models import Item, Sector
from unmet.exchange.download import number_text
from unmet.figures import asking, changes
from unmet.parties.models import Group, Party, Place
from unmet.support import progress
from unmet.support.progress_held import Held, HeldRow
from unmet.support.progress_lines import AtRisk, LineRow, NotReceived, NotSent, SumRow
from unmet.support.progress_lots import LotRow, Lots
from unmet.support.progress_offers import OfferRow, Offers
from unmet.support.progress_requests import RequestRow, Requests

operations = Operations("progress", "")
Since = Annotated[date, Field(description="Changes from the beginning of that day (UTC) until now.")]


def _in_order(rows: Callable[[int, int], Sequence[BaseModel]]) -> Callable[[str, int], Rows]:
    """A list in an order of its own, such as the oldest first: its cursor is a place in it, not a row."""

    def fetch(after: str, limit: int) -> Rows:
        start = int(after or 0)
        return [(str(start + number + 1), row) for number, row in enumerate(rows(start, start + limit))]

    return fetch


def _whole(read: Callable[[], Sequence[BaseModel]]) -> Callable[[str, int], Rows]:
    """The same of rows that are computed all at once."""
    every = cache(read)
    return _in_order(lambda start, stop: every()[start:stop])


def _by_key(
    read: Callable[[], Sequence[BaseModel]], key: Callable[[Any], Sequence[str]], *, newest_first: bool = False
) -> Callable[[str, int], Rows]:  # fmt: skip
    """The same of rows that have a key of their own, in its order: a row that comes in between moves no other."""
    every = cache(lambda: sorted(((tuple(key(row)), row) for row in read()), key=_first, reverse=newest_first))

    def fetch(after: str, limit: int) -> Rows:
        last = tuple(json.loads(after)) if after else None
        rest = (
            (one, row) for one, row in every() if last is None or (one < last if newest_first else one > last)
        )  # fmt: skip
        return [(json.dumps(one), row) for one, row in islice(rest, limit)]

    return fetch


def _first(pair: tuple[tuple[str, ...], BaseModel]) -> tuple[str, ...]:
    return pair[0]


def _code(party: Party | None) -> str | None:
    return party.code if party is not None else None


# ── asked, answered, closed ──────────────────────────────────────────────────
@operations.listing("/asked", said.AskedCell)
def asked(request: ApiRequest, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """What members asked everyone for, by sector and quarter; no number stands on fewer than three members."""
    return Listing(said.AskedCell, _whole(lambda: _cells(asking.published())), limit, cursor)


@operations.listing("/own-asked", said.AskedCell, scope="read")
def own_asked(request: ApiRequest, member: Code, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """The same of all requests of one of your own members."""
    party = found.by_code(Party.objects.filter(pk__in=request.actor.own_parties), member)
    return Listing(said.AskedCell, _whole(lambda: _cells(asking.of_member(party.pk))), limit, cursor)


def _cells(report: asking.Report) -> list[said.AskedCell]:
    sectors = dict(Sector.objects.values_list("pk", "code"))
    return [
        said.AskedCell(
            sector=sectors[cell.sector], quarter=cell.name, asked=cell.asked, answered_in_full=cell.in_full,
            answered_in_part=cell.in_part, closed=cell.closed,
            **{f"days_to_{step}": _days(cell.medians[step]) for step in asking.STEPS},
        )
        for cell in report.cells
    ]  # fmt: skip


def _days(median: Decimal | None) -> str | None:
    return None if median is None else number_text(median)


# ── changed ──────────────────────────────────────────────────────────────────
@operations.listing("/changes", said.ChangeRow, scope="read")
def needs_changed(request: ApiRequest, since: Since, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """What changed of the needs of others that you may see, since a day."""
    then, after = _since(request, since)
    rows = _by_key(lambda: _changes(then, after, request.at), _change_key)
    return Listing(said.ChangeRow, rows, limit, cursor)


@operations.listing("/changes/requests", said.RequestChangeRow, scope="read")
def requests_changed(request: ApiRequest, since: Since, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """What happened since a day to the requests that ask your parties; the newest first."""
    then, _after = _since(request, since)

    def rows() -> list[said.RequestChangeRow]:
        return [
            said.RequestChangeRow(at=one.at, what=one.what, request=one.request.uuid, member=one.request.member.code)
            for one in changes.of_requests(after=then)
        ]

    return Listing(said.RequestChangeRow, _by_key(rows, _moment_key, newest_first=True), limit, cursor)


def _since(request: ApiRequest, since: date) -> tuple[datetime, int]:
    """The moment at which a day began, and the last sequence of the books before it."""
    first, last = date(1990, 1, 1), request.at.date()
    if not first <= since <= last:
        reason = "to_come" if since > last else "day"
        raise Problem("refused", taken.outside(since, first, last), more={"reason": reason})
    return datetime.combine(since, time(), UTC), books.last_sequence(on=since - timedelta(days=1))


def _changes(then: datetime, after: int, at: datetime) -> list[said.ChangeRow]:
    rows = changes.Changes(then, after, at, books.last_sequence()).rows
    codes = dict(Party.objects.values_list("pk", "code"))
    items = Item.objects.select_related("base_unit").in_bulk({row.item for row in rows})
    places = Place.objects.in_bulk({row.place for row in rows if row.place is not None})
    groups = dict(Group.objects.values_list("pk", "code"))
    measures = ("approved_before", "approved", "not_covered_before", "not_covered")
    told = []
    for row in rows:
        item = items[row.item]
        told.append(
            said.ChangeRow(
                member=codes[row.member],
                item=item.code,
                unit=amounts.unit(item),
                need=row.subject,
                place=places[row.place].name if row.place is not None else None,
                group=groups[row.group] if row.group is not None else None,
                what=list(row.what),
                received=amounts.told(row.received, item),
                **{name: amounts.told_or_none(getattr(row, name), item) for name in measures},
            )
        )
    return told


def _change_key(row: said.ChangeRow) -> Sequence[str]:
    return row.member, row.item, row.place or "", row.group or "", str(row.need)


def _moment_key(row: said.RequestChangeRow) -> Sequence[str]:
    return f"{row.at.timestamp():020.6f}", str(row.request), row.what


# ── progress: what is told of a row of each list ─────────────────────────────
def _offer(row: OfferRow) -> said.OfferStands:
    made = row.offer
    return said.OfferStands(
        offer=made.uuid, code=made.code, giver=made.giver.code, member=_code(made.member), aim=made.aim,
        kind=made.kind, stands=row.tab, since=row.since, days=row.days, held_until=made.held_until_on,
        items=[line.item.code for line in row.lines],
    )  # fmt: skip


def _line(row: LineRow) -> said.LineStands:
    one = row.line
    return said.LineStands(
        support=one.uuid, reference=one.reference, giver=one.giver.code, channel=_code(one.channel),
        member=one.member.code, item=one.item.code, unit=amounts.unit(one.item),
        quantity=amounts.told(row.quantity, one.item), since=row.since, days=row.days, expected_on=row.expected_on,
        at_risk=row.late, days_late=row.late_days,
    )  # fmt: skip


def _sum(row: SumRow) -> said.AtRiskSum:
    return said.AtRiskSum(
        member=row.member.code, item=row.item.code, unit=amounts.unit(row.item),
        quantity=amounts.told(row.quantity, row.item),
    )  # fmt: skip


def _held(row: HeldRow) -> said.HeldBox:
    box = row.box
    return said.HeldBox(
        consignment=box.uuid, waybill=box.waybill, giver=box.giver.code, channel=_code(box.channel),
        carrier=_code(box.carrier) or box.carrier_name or None, member=box.member.code, to=box.to_place.name,
        why=box.held_why, words=box.held_text, since=row.since, days=row.days, seen_at=row.place, seen_on=row.seen_on,
    )  # fmt: skip


def _lot(row: LotRow) -> said.ExpiringLot:
    return said.ExpiringLot(
        offer=row.offer.uuid if row.offer else None, consignment=row.box.uuid if row.box else None,
        giver=row.giver.code, member=_code(row.member), item=row.item.code, unit=amounts.unit(row.item),
        quantity=amounts.told(row.quantity, row.item), lot=row.lot, expires_on=row.expires_on, days_left=row.days,
        arrives_on=row.arrives_on, months_wanted=_days(row.months),
        too_short=None if row.months is None else row.short,
    )  # fmt: skip


def _request(row: RequestRow) -> said.OpenRequest:
    one = row.request
    return said.OpenRequest(
        request=one.uuid, member=one.member.code, sent_at=one.sent_at, days=row.days, answered_at=row.answered_at,
        days_since_answer=row.answered_days, stopped_at=one.stopped_at, lines=row.summary.lines,
        lines_answered=row.summary.answered,
    )  # fmt: skip


# ── progress: the lists ──────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class _Progress:
    """A list of what stands where: its address, what it says to clients, its rows, and who may read it."""

    name: str
    says: str
    of: type[BaseModel]
    rows: type[progress.Listing[Any]]
    tell: Callable[[Any], BaseModel]
    for_coordination: bool = False


_PROGRESS: Final = (
    _Progress(
        "offers", "Where each offer of your parties, or to your members, stands; the longest in its state first.",
        said.OfferStands, Offers, _offer,
    ),
    _Progress(
        "not-sent", "Accepted by the member and not sent yet; what is at risk first, then the oldest.",
        said.LineStands, NotSent, _line,
    ),
    _Progress(
        "not-received", "Sent and not received yet; what is at risk first, then the oldest.",
        said.LineStands, NotReceived, _line,
    ),
    _Progress(
        "at-risk",
        "Sums of what is committed and past its expected arrival, of what you may see as figures. For coordination.",
        said.AtRiskSum, AtRisk, _sum, for_coordination=True,
    ),
    _Progress(
        "held",
        "Consignments that are held, of those that your parties give, pass on, carry or await; the longest held first.",
        said.HeldBox, Held, _held,
    ),
    _Progress(
        "lots", "Lots that you may see and that expire within nine months; the first to expire first.",
        said.ExpiringLot, Lots, _lot,
    ),
    _Progress(
        "requests",
        "Requests of your members, and those that ask your parties, by age; never answered first, then the oldest.",
        said.OpenRequest, Requests, _request,
    ),
)  # fmt: skip


def _declare(one: _Progress) -> None:
    def view(request: ApiRequest, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
        if one.for_coordination and not request.actor.is_coordination:
            raise Problem("not-allowed")
        listing = one.rows(at=request.at)
        rows = _in_order(lambda start, stop: [one.tell(row) for row in listing.rows(start, stop)])
        return Listing(one.of, rows, limit, cursor)

    # The door and the description read the name and the words of the function.
    view.__name__, view.__doc__ = f"progress_{one.name.replace('-', '_')}", one.says
    operations.listing(f"/progress/{one.name}", one.of, scope="read")(view)


for _one in _PROGRESS:
    _declare(_one)
