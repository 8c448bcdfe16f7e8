"""The list of gaps as a file, whole and with the same filters: by item; with `?item=CODE` the members that need it."""

from collections.abc import Iterator, Sequence

from django.http import FileResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from unmet.access.services import is_demonstration
from unmet.books import services as books
from unmet.catalogue.models import Item
from unmet.exchange import download
from unmet.exchange.download import Column, Value
from unmet.exchange.spooled import TYPES, spooled
from unmet.support import gaps_asked, queries
from unmet.web.public.lines import exact, is_finance, unit_of, usd
from unmet.web.requests import PersonRequest
from unmet.web.respond import filters
from unmet.web.respond.filters import Filters


@require_GET
def file(request: PersonRequest, form: str) -> FileResponse:
    """All of it, in the order of the page."""
    chosen = filters.door(request)
    books.settle(at=request.at)
    asked = filters.read(request)
    notes = {
        "at": request.at.isoformat(),
        "asked": asked.query.removeprefix("&"),
        "audience": _("Only what your parties may see. Do not pass on what is not public."),
    }
    if asked.problem:
        notes["left_out"] = asked.problem
    if is_demonstration():
        notes = {download.MARK: download.demonstration_words(), **notes}
    own = request.actor.all_parties
    columns, rows = _of_members(chosen, asked, own) if chosen else _of_items(asked, own)
    spool = spooled(form, columns, rows, title=_("Gaps you can close"), language=get_language() or "en", notes=notes)
    return FileResponse(spool, content_type=TYPES[form], as_attachment=True, filename=f"unmet-gaps.{form}")


def _sums() -> list[Column]:
    return [
        Column("not_covered", _("Not covered"), "quantity"),
        Column("not_in_country", _("Not yet in the country"), "quantity"),
        Column("pledged", _("Pledged"), "quantity"),
    ]


def _of_items(asked: Filters, own: frozenset[int]) -> tuple[Sequence[Column], Iterator[list[Value]]]:
    value = _("Value not covered, US$")
    if asked.measure == "not_in_country":
        value = _("Value not yet in the country, US$")
    columns = [
        Column("item", _("Item, code"), "text"),
        Column("item_name", _("Item"), "text"),
        Column("sector", _("Sector, code"), "text"),
        Column("sector_name", _("Sector"), "text"),
        Column("unit", _("Unit"), "text"),
        *_sums(),
        Column(f"value_{asked.measure}", value, "money"),
        Column("members", _("Members"), "integer"),
    ]
    return columns, _item_rows(asked, own)


def _item_rows(asked: Filters, own: frozenset[int]) -> Iterator[list[Value]]:
    gaps = queries.gaps_by_item(but_of=own, wanted=asked.wanted)
    items = Item.objects.select_related("base_unit", "sector").in_bulk([gap.item for gap in gaps])
    for gap in gaps:
        item = items[gap.item]
        sums = (gap.not_covered, gap.not_in_country, gap.pledged)
        # Nothing without a price is worth nothing; and money is its own value.
        value = usd(gap.value) if gap.value and not is_finance(item) else None
        yield [
            item.code, item.name, item.sector.code, item.sector.name, unit_of(item),
            *(exact(quantity, item) for quantity in sums), value, gap.members,
        ]  # fmt: skip


def _of_members(item: Item, asked: Filters, own: frozenset[int]) -> tuple[Sequence[Column], Iterator[list[Value]]]:
    columns = [
        Column("item", _("Item, code"), "text"),
        Column("unit", _("Unit"), "text"),
        Column("member", _("Member, code"), "text"),
        Column("member_name", _("Member"), "text"),
        *_sums(),
        Column("ready", _("Ready to ship"), "text"),
        Column("severity", _("Severity, INFORM, 1 to 5"), "integer"),
        Column("severity_month", _("Severity, month"), "date"),
        Column("severity_source", _("Severity, source"), "text"),
    ]
    return columns, _member_rows(item, asked, own)


def _member_rows(item: Item, asked: Filters, own: frozenset[int]) -> Iterator[list[Value]]:
    for row in gaps_asked.members(item, asked, but_of=own):
        sums = (row.gap.not_covered, row.gap.not_in_country, row.gap.pledged)
        severe = row.severity
        yield [
            item.code, unit_of(item), row.member.code, row.member.name, *(exact(quantity, item) for quantity in sums),
            "yes" if row.ready else "", int(severe.level) if severe else None, severe.month_on if severe else None,
            severe.source if severe else "",
        ]  # fmt: skip
