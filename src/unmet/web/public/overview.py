"""The first page: what is needed, what is unmet, where, and what happened last."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from unmet.catalogue.models import Emergency, Item, Round, Sector
from unmet.exchange.download import Column, Value
from unmet.figures import reporting, risk, timeline, totals
from unmet.figures.order import by_name
from unmet.figures.totals import Totals
from unmet.parties.models import Party
from unmet.web import map as maps
from unmet.web.public import keys, texts
from unmet.web.public.chosen import Chosen
from unmet.web.public.lines import Line, Names, measure_columns, measures
from unmet.web.public.pages import Answer, Table, public
from unmet.web.requests import PageRequest

LARGEST, UNPRICED, LAST = 10, 5, 6


@dataclass(frozen=True, slots=True)
class DomainSums:
    """One domain of sectors: its value, as a row of the table beside the bar."""

    name: str
    sums: Totals

    @property
    def bar(self) -> "ValueBar":
        """Its bar."""
        return ValueBar.of(self.sums)


@dataclass(frozen=True, slots=True)
class ValueBar:
    """Values in US cents under the names that the bars read. In transit and committed are one: what is on its way."""

    approved: int
    received: int
    in_transit: int
    not_covered: int
    not_in_country: int
    committed: int = 0
    pledged: int = 0

    @classmethod
    def of(cls, sums: Totals) -> "ValueBar":
        """The bar of a scope."""
        approved, open_, outside = (
            sums[name] for name in ("value_approved", "value_not_covered", "value_not_in_country")
        )
        return cls(approved, approved - outside, outside - open_, open_, outside)


@public
def overview(request: PageRequest) -> Answer:
    """All members together, of one emergency or of all."""
    chosen = Chosen.of(request)
    chosen = Chosen(emergency=chosen.emergency)
    return Answer("web/public/overview.html", lambda: _context(request, chosen), lambda: _table(request, chosen))


def _context(request: PageRequest, chosen: Chosen) -> dict[str, Any]:
    names, at = Names(), request.at
    sums = [(names.items[pk], total) for pk, total in totals.by("item", chosen.scope, goods=None).items()]
    goods, money = keys.split(sums)
    all_goods, all_money = totals.add(t for _, t in goods), totals.add(t for _, t in money)
    shown = keys.key_figures(chosen, all_goods, all_money, counts=totals.add(t for _, t in sums))
    if shown:
        shown.append(keys.members_public(chosen, at=at))
    return {
        "chosen": chosen,
        "emergencies": by_name(Emergency.objects.all()),
        "keys": shown,
        "bar": ValueBar.of(all_goods),
        "domains": _domains(goods),
        "gaps": _gaps(request, chosen, goods, names),
        "unpriced": _unpriced(request, chosen, sums),
        "answers": _answers(request),
        "open_rounds": Round.objects.open().select_related("emergency").order_by("window_until_on"),
        "news": [_told(news, names) for news in timeline.latest(LAST)],
        **_map(request, chosen),
    }


def _domains(goods: Iterable[tuple[Item, Totals]]) -> list[DomainSums]:
    found: dict[str, list[Totals]] = {domain: [] for domain in Sector.Domain.values}
    for item, sums in goods:
        found[item.sector.domain].append(sums)
    return [DomainSums(str(Sector.Domain(domain).label), totals.add(parts)) for domain, parts in found.items() if parts]


def gap_lines(request: PageRequest, chosen: Chosen, sums: Iterable[tuple[Item, Totals]]) -> list[Line]:
    """Rows by item of a scope: what is at risk and how many members, in two queries."""
    rows = list(sums)
    late = risk.summed(risk.late(chosen.scope, on=request.at.date()), lambda row: row.item)
    counts = totals.members_by_item(chosen.scope, [item.pk for item, _ in rows])
    scope = {"emergency": chosen.emergency.code} if chosen.emergency else {}
    return [
        Line(m, item, late.get(item.pk, 0), members=counts.get(item.pk, 0), scope={"item": item.code, **scope})
        for item, m in rows
    ]


def _gaps(request: PageRequest, chosen: Chosen, goods: list[tuple[Item, Totals]], names: Names) -> list[Line]:
    """The items with the largest value not covered."""
    valued = [(item, m) for item, m in goods if m["value_not_covered"] > 0]
    rank = {pk: place for place, pk in enumerate(names.items_in_order)}
    valued.sort(key=lambda row: (-row[1]["value_not_covered"], rank[row[0].pk]))
    return gap_lines(request, chosen, valued[:LARGEST])


def _unpriced(request: PageRequest, chosen: Chosen, sums: list[tuple[Item, Totals]]) -> list[Line]:
    """Items without a price, the least covered first: nothing else compares pieces with months."""
    without = [
        (item, m) for item, m in sums if not m["value_approved"] and m["not_covered"] > 0 and m.coverage is not None
    ]
    without.sort(key=lambda row: (row[1].coverage, -row[1]["needs_open"], row[0].code))
    return gap_lines(request, chosen, without[:UNPRICED])


def _answers(request: PageRequest) -> list[reporting.Reporting]:
    at = request.at
    given = (reporting.answered(round_, at=at) for round_ in reporting.closed_rounds(at=at)[:3])
    return [one for one in given if one is not None]


def _told(news: timeline.News, names: Names) -> dict[str, Any]:
    item = names.items[news.item] if news.item is not None else None
    return {
        "on": news.on, "kind": news.kind, "needs": news.needs, "quantity": news.quantity, "item": item,
        "member": names.parties[news.member], "finance": item is not None and item.kind == Item.Kind.FINANCE,
    }  # fmt: skip


def _map(request: PageRequest, chosen: Chosen) -> dict[str, Any]:
    by_member = totals.by("member", chosen.scope, goods=None)
    nothing = Totals()
    classes = {}
    for party in Party.objects.members(on=request.at.date()):
        sums = by_member.get(party.pk, nothing)
        classes[party.iso3] = maps.classify(
            sums.gap_by_value, anything_public=sums.anything, anything_open=sums["needs_open"] > 0
        )
    table = reverse("members")
    return maps.context(classes, table_url=table, disclaimer=texts.own("disclaimer"))


def _table(request: PageRequest, chosen: Chosen) -> Table:
    """Every item with public figures, A to Z, as a file."""
    names = Names()
    columns = [
        Column("item", _("Item, code"), "text"),
        Column("item_name", _("Item"), "text"),
        Column("unit", _("Unit"), "text"),
        Column("sector", _("Sector"), "text"),
        Column("members", _("Members"), "integer"),
        *measure_columns(),
    ]

    def rows() -> Iterable[list[Value]]:
        sums = totals.by("item", chosen.scope, goods=None)
        ordered = [(names.items[pk], sums[pk]) for pk in names.items_in_order if pk in sums and sums[pk].anything]
        for line in gap_lines(request, chosen, ordered):
            yield [line.item.code, line.item.name, line.unit, line.item.sector.code, line.members, *measures(line)]

    about = {"scope": ", ".join(chosen.words)}
    return Table("unmet-overview", _("Needs by item, all members together"), columns, rows, about)
