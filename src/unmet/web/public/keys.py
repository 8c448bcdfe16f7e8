"""Key figures: each with its unit, what is left out of it, and the link that opens it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unmet.catalogue.models import Item
from unmet.figures.definitions import FIGURES, Figure, Value
from unmet.figures.published import publish
from unmet.figures.totals import Totals
from unmet.web import formats
from unmet.web.public.chosen import Chosen
from unmet.web.public.lines import is_finance, unit_of


@dataclass(frozen=True, slots=True)
class Key:
    """One key figure as it is shown."""

    title: str
    number: str
    unit: str
    note: str
    address: str
    gap: bool = False


def in_words(figure: Figure, value: Value, item: Item | None = None) -> tuple[str, str]:
    """A figure's value as number and unit, such as ("13.4", "million US$"); a dash where there is none."""
    if value is None:
        return "–", ""
    if isinstance(value, Fraction):
        return formats.percent(value), ""
    if figure.unit == "usd_cents":
        return formats.short_dollars(value)
    if figure.unit == "usd":
        return formats.short_dollars(value // 1000)
    if figure.unit == "base_unit":
        finance = item is not None and is_finance(item)
        return formats.amount(value, finance=finance), unit_of(item) if item is not None else ""
    return formats.number(value), ""


def address(figure: str, query: str) -> str:
    """Where a figure is opened."""
    here = reverse("figure", args=[figure])
    return f"{here}?{query}" if query else here


def key(code: str, value: Value, chosen: Chosen, *, note: str = "", gap: bool = False, of: int | None = None) -> Key:
    """One key figure of a scope."""
    number, unit = in_words(FIGURES[code], value)
    if of is not None:
        unit = _("of %(count)s") % {"count": formats.number(of)}
    return Key(str(FIGURES[code].title), number, unit, note, address(code, chosen.query), gap)


def key_figures(chosen: Chosen, goods: Totals, finance: Totals, *, counts: Totals) -> list[Key]:
    """The key figures of a scope. `counts` are over goods and money: a need is a need.

    Finance is shown beside the value of goods, and only where there is any.
    """
    if not counts.anything:
        return []
    unpriced = counts["needs_unpriced"]
    note = (
        ngettext("%(n)s need unpriced, not in it", "%(n)s needs unpriced, not in it", unpriced)
        % {"n": formats.number(unpriced)}
        if unpriced
        else ""
    )
    found = [
        key("needs_open", counts["needs_open"], chosen),
        key("needs_met", counts["needs_met"], chosen),
        key("coverage_by_value", goods.coverage_by_value, chosen),
        key("value_not_covered", goods["value_not_covered"], chosen, note=note, gap=True),
    ]
    if finance["approved"]:
        beside = _("beside the value of goods, not in it")
        found.append(key("finance_not_covered", finance["not_covered"], chosen, note=beside))
    return found


def members_public(chosen: Chosen, *, at: datetime) -> Key:
    """How many members have public figures, of all members of today."""
    published = publish(FIGURES["members_public"], chosen.scope, at=at)
    return key("members_public", published.value, chosen, of=published.sums["members_of_date"])


def split(sums: Iterable[tuple[Item, Totals]]) -> tuple[list[tuple[Item, Totals]], list[tuple[Item, Totals]]]:
    """Goods and money apart."""
    goods: list[tuple[Item, Totals]] = []
    money: list[tuple[Item, Totals]] = []
    for item, totals in sums:
        (money if is_finance(item) else goods).append((item, totals))
    return goods, money
