"""How quantities, money, dates and stages are shown."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from unmet.figures.ledger import Row
from unmet.web import formats

register = template.Library()


@register.filter
def quantity(value: int | None) -> str:
    """Thousandths of the base unit, as base units."""
    return formats.quantity(value)


@register.filter
def amount(value: int | None, finance: bool = False) -> str:
    """A quantity of an item: base units, or US dollars when the item is money."""
    return formats.amount(value, finance=finance)


@register.filter
def signed(value: int) -> str:
    """A change of a quantity with its sign."""
    return formats.signed(value)


@register.filter
def number(value: int) -> str:
    """A count."""
    return formats.number(value)


@register.filter
def days(value: Decimal | None) -> str:
    """A median of days; a dash where none is shown."""
    return "–" if value is None else formats.number(value)


@register.filter
def dollars(value: int) -> str:
    """US cents, as US dollars."""
    return formats.dollars(value)


@register.filter
def whole_dollars(value: int) -> str:
    """US cents in a table of many: whole US dollars, to the cent below a hundred."""
    return formats.dollars(value if abs(value) < 100_00 else (value + 50) // 100 * 100)


@register.filter
def short_dollars(value: int) -> SafeString:
    """US cents as a key figure: 13.4 and, smaller, million US$."""
    return format_html("{} <small>{}</small>", *formats.short_dollars(value))


@register.filter
def listed(things: Iterable[Any], attribute: str = "") -> SafeString:
    """Names (of things with that attribute) in one sentence, each in its own direction."""
    names = [getattr(thing, attribute) if attribute else thing for thing in things]
    return mark_safe(formats.listed([format_html("<bdi>{}</bdi>", name) for name in names]))  # noqa: S308 - escaped


@register.filter
def percent(value: Fraction | None) -> str:
    """A share, as per cent."""
    return formats.percent(value)


@register.filter
def unit_price(value: Decimal) -> str:
    """US dollars for one unit, with as many decimals as the price has, at least two."""
    decimals = max(2, -int(value.normalize().as_tuple().exponent))
    return formats.number(value, decimals=decimals)


@register.filter
def regional_group(value: str) -> str:
    """A regional group of the Movement in the reader's language."""
    known = {
        "Africa": _("Africa"),
        "Asia": _("Asia"),
        "Europe": _("Europe"),
        "Latin America and the Caribbean": _("Latin America and the Caribbean"),
    }
    return known.get(value, value)


@register.filter
def movement(row: Row) -> str:
    """Why a row stands in the public book."""
    return formats.movement(row)


@register.simple_tag
def figure_address(code: str, query: str) -> str:
    """Where a figure is opened; `query` says of what."""
    address = reverse("figure", args=[code])
    return f"{address}?{query}" if query else address


@register.filter
def day(value: date | datetime | None) -> str:
    """A date in words."""
    return formats.day(value)


@register.filter
def large_day(value: date | datetime | None) -> str:
    """A date in words, in large letters: where it does not fit one line, it goes on in the next."""
    return formats.day(value).replace(formats.NO_BREAK, " ")


@register.filter
def month(value: date) -> str:
    """A month in words."""
    return formats.month(value)


@register.filter
def moment(value: datetime) -> str:
    """A moment in UTC."""
    return formats.moment(value)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """The value of a mapping under a key that is itself a variable."""
    return mapping.get(key)


@register.simple_tag
def stage_bar(of: Any, at_risk: int = 0) -> SafeString:
    """The small bar of a table row: received, in transit, committed (at risk hatched), then the open slot.

    `of` is anything with the measures as attributes. The numbers stand in the row, so the bar is hidden from readers.
    """
    total, parts = _parts(of, at_risk)
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}%" y="0" width="{}%" height="12"/>',
        ((css, _share(start, total), _share(value, total)) for css, start, value in parts),
    )
    return format_html(
        '<svg class="bar" aria-hidden="true"><rect class="b-o" x="0" y="0" width="100%" height="12"/>{}</svg>', bars
    )


@register.simple_tag
def gap_bar(of: Any, at_risk: int = 0) -> SafeString:
    """The large bar of a gap, with the ochre line of *not covered* and the double line of *not yet in the country*."""
    total, parts = _parts(of, at_risk)
    rows = [("b-o", "0", "100", 0, 22)]
    rows += [(css, _share(start, total), _share(value, total), 0, 22) for css, start, value in parts]
    if of.pledged and of.not_covered:
        rows.append(
            ("b-p", _share(total - of.not_covered, total), _share(min(of.pledged, of.not_covered), total), 27, 8)
        )
    if of.not_covered:
        rows.append(("b-n", _share(total - of.not_covered, total), _share(of.not_covered, total), 41, 5))
    if of.not_in_country:
        rows.append(("b-y", _share(total - of.not_in_country, total), _share(of.not_in_country, total), 52, 4))
    bars = format_html_join("", '<rect class="{}" x="{}%" width="{}%" y="{}" height="{}"/>', rows)
    return format_html('<svg class="bar" aria-hidden="true">{}</svg>', bars)


def _parts(of: Any, at_risk: int) -> tuple[int, list[tuple[str, int, int]]]:
    """The length of a bar and its filled parts (class, start, length).

    What covers one need more than whole, or is assigned to none, does not fill the gap of another one: the parts
    never reach into what is not covered.
    """
    total = of.approved or max(of.received + of.in_transit + of.committed, 1)
    room = total - of.not_covered
    safe = max(of.committed - at_risk, 0)
    parts, start = [], 0
    for css, value in (("b-r", of.received), ("b-t", of.in_transit), ("b-c", safe), ("b-k", of.committed - safe)):
        length = min(value, room - start)
        if length > 0:
            parts.append((css, start, length))
            start += length
    return total, parts


def _share(value: int, total: int) -> str:
    """Per cent with two decimals, for a coordinate: always a point."""
    return f"{value * 100 / total:.2f}".rstrip("0").rstrip(".")


_ICONS = {
    "all": '<circle cx="8" cy="8" r="6.5"/><path d="M1.5 8h13M8 1.5c-4 4-4 9 0 13c4-4 4-9 0-13"/>',
    "some": '<circle cx="6" cy="5.5" r="2.5"/>'
    '<path d="M1.5 14c0-6 9-6 9 0M11 3.2a2.5 2.5 0 0 1 0 4.6M12 10c1.8.6 2.6 2 2.6 4"/>',
    "own": '<path d="M3 7.5h10v7H3zM5 7.5V5a3 3 0 0 1 6 0v2.5"/>',
}


@register.simple_tag
def audience(kind: str, words: str) -> SafeString:
    """The badge that says who sees a block. `kind` is all, some or own; `words` say it in full."""
    icon = mark_safe(_ICONS[kind])  # noqa: S308 - one of three constants above
    return format_html(
        '<span class="aud {}"><svg aria-hidden="true" viewBox="0 0 16 16">{}</svg>{}</span>', kind, icon, words
    )
