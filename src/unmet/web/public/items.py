"""Items A to Z, and the page of one: unit, packs, price, gap, and every member that has made its need public."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from unmet.catalogue.models import Item, KitContent
from unmet.exchange.download import Column, Value
from unmet.figures import risk, totals
from unmet.figures.totals import Totals
from unmet.support import flow_queries as queries
from unmet.web import funding
from unmet.web.public import keys
from unmet.web.public.chosen import Chosen, found
from unmet.web.public.item_lists import lists
from unmet.web.public.lines import Line, Names, measure_columns, measures
from unmet.web.public.overview import gap_lines
from unmet.web.public.pages import Answer, Pages, Table, public
from unmet.web.requests import PageRequest


def flag_words(flag: str) -> str:
    """What a flag of the catalogue says about handling an item, in words."""
    known = {
        "CC2-8": _("Cold chain, 2 to 8 °C"),
        "CC-20": _("Cold chain, −20 °C"),
        "CC-70": _("Cold chain, −70 °C"),
        "DG": _("Dangerous goods: papers for transport"),
        "CTRL": _("Internationally controlled: import permit"),
        "REG": _("Needs registration or a waiver"),
        "EXP": _("Export control is checked"),
        "PWR": _("Needs power: state voltage, frequency, plug"),
        "FIT": _("State the gas fitting and its standard"),
        "PLAT": _("Fits one installed platform: state which"),
        "KIT": _("Kit: contents by edition"),
        "ICG": _("The global stockpile has its own form of request"),
        "SENS": _("Sensitive: never shown by place"),
        "POLICY": _("National policy decides"),
    }
    return known.get(flag, flag)


# ── all of them ──────────────────────────────────────────────────────────────
@public
def items(request: PageRequest) -> Answer:
    """Every item, A to Z, or those with the largest value not covered first."""
    names = Names()
    by_gap = request.GET.get("sort") == "gap"

    def lines() -> list[Line]:
        sums = totals.by("item", Chosen().scope, goods=None)
        ordered = [
            (names.items[pk], sums.get(pk, Totals()))
            for pk in names.items_in_order
            if names.items[pk].retired_on is None or (pk in sums and sums[pk].anything)
        ]
        if by_gap:
            ordered.sort(key=lambda row: -row[1]["value_not_covered"])
        return gap_lines(request, Chosen(), ordered)

    def context() -> dict[str, Any]:
        rows = lines()
        with_figures = sum(line.m.anything for line in rows)  # type: ignore[union-attr]
        return {"lines": rows, "by_gap": by_gap, "with_figures": with_figures, "lists": lists()}

    def rows() -> Iterator[list[Value]]:
        for line in lines():
            item = line.item
            yield [
                item.code, item.name, item.get_kind_display(), line.unit, item.sector.code, item.flags, line.members,
                *measures(line),
            ]  # fmt: skip

    def table() -> Table:
        named = [
            Column("item", _("Item, code"), "text"),
            Column("item_name", _("Item"), "text"),
            Column("kind", _("Kind"), "text"),
            Column("unit", _("Unit"), "text"),
            Column("sector", _("Sector"), "text"),
            Column("flags", _("Flags"), "text"),
            Column("members", _("Members"), "integer"),
            *measure_columns(),
        ]
        return Table("unmet-items", _("Items A–Z"), named, rows)

    return Answer("web/public/items.html", context, table)


# ── one of them ──────────────────────────────────────────────────────────────
def _contents(kit: Item) -> dict[str, list[KitContent]]:
    """What a kit holds, by edition."""
    found: dict[str, list[KitContent]] = {}
    for row in kit.contents.select_related("item__base_unit").order_by("edition", "pk"):
        found.setdefault(row.edition, []).append(row)
    return found


@public
def item(request: PageRequest, code: str) -> Answer:
    """One item, and the members that need it, A to Z."""
    thing = found(Item.objects.select_related("base_unit", "sector", "successor"), code)
    chosen, names = Chosen(item=thing), Names()

    def lines() -> list[Line]:
        sums = totals.by("member", chosen.scope, goods=None)
        late = risk.summed(risk.late(chosen.scope, on=request.at.date()), lambda row: row.member)
        return [
            Line(
                sums[pk],
                thing,
                late.get(pk, 0),
                names.parties[pk],
                scope={"item": thing.code, "member": names.parties[pk].code},
            )
            for pk in names.members_in_order
            if pk in sums and sums[pk].anything
        ]

    def context() -> dict[str, Any]:
        rows = lines()
        pages = Pages.of(request, len(rows))
        together = totals.add(line.m for line in rows)  # type: ignore[misc]
        return {
            "item": thing,
            "sum": Line(together, thing, sum(line.at_risk for line in rows), scope={"item": thing.code}),
            "lines": rows[pages.start : pages.stop],
            "pages": pages,
            "members": len(rows),
            "packs": thing.packs.order_by("factor", "pk"),
            "price": thing.prices.order_by("-dated_on").first(),
            "codes": thing.codes.order_by("system", "code"),
            "contents": _contents(thing),
            "flags": [flag_words(flag) for flag in thing.flags.split()],
            "funded": funding.of(queries.public().filter(item=thing), thing),
            "value": keys.key("value_not_covered", together["value_not_covered"], chosen),
        }

    def rows() -> Iterator[list[Value]]:
        for line in lines():
            assert line.member is not None
            yield [line.member.code, line.member.name, thing.code, thing.name, line.unit, *measures(line)]

    def table() -> Table:
        named = [
            Column("member", _("Member, code"), "text"),
            Column("member_name", _("Member"), "text"),
            Column("item", _("Item, code"), "text"),
            Column("item_name", _("Item"), "text"),
            Column("unit", _("Unit"), "text"),
            *measure_columns(),
        ]
        return Table(f"unmet-{thing.code}", thing.name, named, rows, {"scope": ", ".join(chosen.words)})

    return Answer("web/public/item.html", context, table)
