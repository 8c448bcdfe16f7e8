"""Where a giver can help: the largest gaps that its parties may see, and who has them; as the page shows them."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from typing import Annotated

from pydantic import BaseModel, Field

from unmet.access import may
from unmet.access.may import Deed
from unmet.api import amounts, found, gap_schemas, lists
from unmet.api.door import ApiRequest, Operations
from unmet.api.lists import Cursor, Limit, Listing, Rows
from unmet.api.problems import Problem
from unmet.api.values import Code, Day
from unmet.catalogue.models import Item, Sector
from unmet.exchange.download import number_text
from unmet.parties import sets
from unmet.support import gaps_asked, queries
from unmet.support.gaps_asked import GapsAsked, Measure

operations = Operations("gaps", "/gaps")
Words = Annotated[str, Field(max_length=100, description="Items by code, name, other name, or code in other systems.")]
Set = Annotated[
    str | None,
    Field(max_length=100, description="A regional group or a named set of members, by the code that /parties shows."),
]
Severe = Annotated[int | None, Field(ge=1, le=5, description="The lowest category of the INFORM Severity Index.")]
Ready = Annotated[bool, Field(description="Only what is ready to ship, where you may read the delivery profile.")]
NeededBy = Annotated[Day | None, Field(description="Only needs in detail, needed by that day.")]
By = Annotated[Measure, Field(description="The figure that makes a gap, and by which the list is ordered.")]


@operations.listing("", gap_schemas.ItemGap, scope="read")
def gaps(
    request: ApiRequest, q: Words = "", sector: Code | None = None, members: Set = None, severity: Severe = None,
    ready: Ready = False, needed_by: NeededBy = None, by: By = "not_covered", limit: Limit = lists.DEFAULT,
    cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """What is open now by item, as far as your parties may see it: the largest value first, then without a price.

    For those who may give. What your own parties need is not in it.
    """
    own = _own(request)
    asked = _asked(request, q, sector, members, severity, ready, needed_by, by)
    return Listing(gap_schemas.ItemGap, _whole(lambda: _items(asked, own)), limit, cursor)


@operations.listing("/members", gap_schemas.MemberGap, scope="read")
def gap_members(
    request: ApiRequest, item: Code, members: Set = None, severity: Severe = None, ready: Ready = False,
    needed_by: NeededBy = None, by: By = "not_covered", limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """Which members need an item, A to Z, as far as your parties may see it. For those who may give."""
    own = _own(request)
    of = found.by_code(Item.objects.select_related("base_unit"), item)
    asked = _asked(request, "", None, members, severity, ready, needed_by, by)
    return Listing(gap_schemas.MemberGap, _whole(lambda: _members(of, asked, own)), limit, cursor)


def _own(request: ApiRequest) -> frozenset[int]:
    """The person's parties.

    Raises:
        Problem: `not-allowed`: it may give for none of them.
    """
    own = request.actor.all_parties
    if not any(may.may(request.actor, Deed.STATE_SUPPORT, party) for party in own):
        raise Problem("not-allowed")
    return own


def _asked(
    request: ApiRequest, q: str, sector: str | None, members: str | None, severity: int | None, ready: bool,
    needed_by: date | None, by: Measure,
) -> GapsAsked:  # fmt: skip
    if sector is not None:
        found.by_code(Sector.objects.all(), sector)
    if members is not None and sets.find(members) is None:
        raise Problem("not-found")
    return GapsAsked(
        on=request.at.date(), q=q.strip(), sector=sector or "", region=members or "", severity=severity or 0,
        ready=ready, day=needed_by, measure=by,
    )  # fmt: skip


def _whole(read: Callable[[], Sequence[BaseModel]]) -> Callable[[str, int], Rows]:
    """Rows that are computed all at once, in an order of their own: the cursor is a place in it."""
    every = cache(read)

    def fetch(after: str, limit: int) -> Rows:
        start = int(after or 0)
        return [(str(start + number + 1), row) for number, row in enumerate(every()[start : start + limit])]

    return fetch


def _items(asked: GapsAsked, own: frozenset[int]) -> list[gap_schemas.ItemGap]:
    found_ones = queries.gaps_by_item(but_of=own, wanted=asked.wanted)
    items = Item.objects.select_related("base_unit", "sector").in_bulk([gap.item for gap in found_ones])
    told = []
    for gap in found_ones:
        item = items[gap.item]
        priced = gap.value and item.kind != Item.Kind.FINANCE
        told.append(
            gap_schemas.ItemGap(
                item=item.code, sector=item.sector.code, unit=amounts.unit(item),
                not_covered=amounts.told(gap.not_covered, item), not_in_country=amounts.told(gap.not_in_country, item),
                pledged=amounts.told(gap.pledged, item), value_usd=amounts.usd(gap.value) if priced else None,
                members=gap.members,
            )
        )  # fmt: skip
    return told


def _members(item: Item, asked: GapsAsked, own: frozenset[int]) -> list[gap_schemas.MemberGap]:
    return [
        gap_schemas.MemberGap(
            item=item.code, unit=amounts.unit(item), member=row.member.code,
            not_covered=amounts.told(row.gap.not_covered, item),
            not_in_country=amounts.told(row.gap.not_in_country, item), pledged=amounts.told(row.gap.pledged, item),
            ready=row.ready, severity=row.severity.level if row.severity else None,
            severity_value=number_text(row.severity.value) if row.severity else None,
            severity_month=row.severity.month_on if row.severity else None,
            severity_source=row.severity.source if row.severity else None,
        )
        for row in gaps_asked.members(item, asked, but_of=own)
    ]  # fmt: skip
