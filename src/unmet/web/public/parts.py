"""Sectors and emergencies: parts of the public book with their key figures and items."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from unmet.catalogue.models import Emergency, Sector
from unmet.exchange.download import Column, Value
from unmet.figures import reporting, totals
from unmet.figures.totals import Totals
from unmet.web.public import keys
from unmet.web.public.chosen import Chosen, found
from unmet.web.public.lines import Names, measure_columns, measures, usd
from unmet.web.public.overview import gap_lines
from unmet.web.public.pages import Answer, Table, public
from unmet.web.requests import PageRequest


@public
def sectors(request: PageRequest) -> Answer:
    """All sectors by domain, with their values."""

    def sums() -> list[tuple[Sector, Totals]]:
        found_ = totals.by("sector", Chosen().scope, goods=None)
        domains = list(Sector.Domain.values)
        ordered = sorted(Sector.objects.all(), key=lambda sector: (domains.index(sector.domain), sector.pk))
        return [(sector, found_.get(sector.pk, Totals())) for sector in ordered]

    def rows() -> Iterator[list[Value]]:
        for sector, m in sums():
            values: list[Value] = [sector.code, sector.name, sector.domain, sector.who_pillar, sector.iasc_cluster]
            counts: list[Value] = [
                m[name] if m.anything else None for name in ("needs_open", "needs_met", "needs_unpriced")
            ]
            yield [*values, *counts, *_values(m)]

    def table() -> Table:
        named = [
            Column("sector", _("Sector, code"), "text"),
            Column("sector_name", _("Sector"), "text"),
            Column("domain", _("Domain"), "text"),
            Column("who_pillar", _("WHO pillar"), "text"),
            Column("iasc_cluster", _("IASC cluster"), "text"),
            Column("needs_open", _("Needs open"), "integer"),
            Column("needs_met", _("Needs met"), "integer"),
            Column("needs_unpriced", _("Needs unpriced"), "integer"),
            Column("value_approved_usd", _("Value approved, US$"), "money"),
            Column("value_not_covered_usd", _("Value not covered, US$"), "money"),
            Column("value_not_in_country_usd", _("Value not yet in the country, US$"), "money"),
        ]
        return Table("unmet-sectors", _("Sectors"), named, rows)

    return Answer("web/public/sectors.html", lambda: {"rows": sums()}, table)


def _values(m: Totals) -> list[Value]:
    return [usd(m[f"value_{name}"]) if m.anything else None for name in ("approved", "not_covered", "not_in_country")]


@public
def sector(request: PageRequest, code: str) -> Answer:
    """One sector: its key figures and its items."""
    thing = found(Sector, code)
    chosen = Chosen(sector=thing)
    return Answer(
        "web/public/sector.html",
        lambda: {"sector": thing, **part(request, chosen)},
        lambda: part_table(request, chosen, f"unmet-{thing.code}", thing.name),
    )


@public
def emergency(request: PageRequest, code: str) -> Answer:
    """One emergency: its rounds, how many members answered each, its key figures and items."""
    thing = found(Emergency, code)
    chosen = Chosen(emergency=thing)

    def context() -> dict[str, Any]:
        at = request.at
        rounds = thing.rounds.exclude(state="planned").order_by("-window_from_on", "code")
        answers = [(round_, reporting.answered(round_, at=at)) for round_ in rounds]
        return {"emergency": thing, "rounds": answers, **part(request, chosen)}

    return Answer(
        "web/public/emergency.html", context, lambda: part_table(request, chosen, f"unmet-{thing.code}", thing.name)
    )


def part(request: PageRequest, chosen: Chosen) -> dict[str, Any]:
    """Key figures and items of a part of the public book: a sector or an emergency."""
    names = Names()
    sums = totals.by("item", chosen.scope, goods=None)
    ordered = [(names.items[pk], sums[pk]) for pk in names.items_in_order if pk in sums and sums[pk].anything]
    goods, money = keys.split(ordered)
    shown = keys.key_figures(
        chosen,
        totals.add(m for _, m in goods),
        totals.add(m for _, m in money),
        counts=totals.add(m for _, m in ordered),
    )
    if shown:
        shown.append(keys.members_public(chosen, at=request.at))
    return {"chosen": chosen, "keys": shown, "lines": gap_lines(request, chosen, ordered)}


def part_table(request: PageRequest, chosen: Chosen, name: str, title: str) -> Table:
    """The items of a part of the public book as a file."""
    named = [
        Column("item", _("Item, code"), "text"),
        Column("item_name", _("Item"), "text"),
        Column("unit", _("Unit"), "text"),
        Column("sector", _("Sector"), "text"),
        Column("members", _("Members"), "integer"),
        *measure_columns(),
    ]

    def rows() -> Iterator[list[Value]]:
        for line in part(request, chosen)["lines"]:
            yield [line.item.code, line.item.name, line.unit, line.item.sector.code, line.members, *measures(line)]

    return Table(name, title, named, rows, {"scope": ", ".join(chosen.words)})
