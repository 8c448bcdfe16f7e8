"""The value of a figure: exact in a file, in words on a page; and its column."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from unmet.catalogue.models import Item
from unmet.exchange.download import Column, Value
from unmet.figures.definitions import FIGURES, Figure
from unmet.web import formats
from unmet.web.public.lines import exact, usd


def measure_column(measure: str) -> Column:
    """The column of a measure."""
    return value_column(FIGURES[measure])


def value_column(figure: Figure) -> Column:
    """The column of a figure, with its unit in the key where it is money."""
    kinds: dict[str, Any] = {
        "count": "integer", "base_unit": "quantity", "usd_cents": "money", "usd": "money", "share": "percent",
    }  # fmt: skip
    suffix = "_usd" if figure.unit in {"usd_cents", "usd"} else ""
    return Column(f"{figure.code}{suffix}", str(figure.title), kinds[figure.unit])


def in_file(figure: Figure, value: Any, item: Item | None) -> Value:
    """A figure for a file: exact, a share with as many digits as a spreadsheet keeps."""
    if value is None:
        return None
    if isinstance(value, Fraction):
        return round(Decimal(value.numerator) / Decimal(value.denominator), 12)
    if figure.unit == "usd_cents":
        return usd(value)
    if figure.unit == "usd":
        return Decimal(value) / 100_000
    return exact(value, item) if figure.unit == "base_unit" else int(value)


def on_page(figure: Figure, value: Any, *, finance: bool) -> str:
    """A figure as it is read on a page; a dash where it cannot be known."""
    if value is None:
        return "–"
    if isinstance(value, Fraction):
        return formats.percent(value)
    if figure.unit == "usd_cents":
        return formats.dollars(value)
    if figure.unit == "count":
        return formats.number(value)
    return formats.amount(value, finance=finance or figure.unit == "usd")


def change_on_page(figure: Figure, value: int, *, finance: bool) -> str:
    """A change of a figure, with its sign."""
    if figure.unit == "usd_cents":
        return formats.signed(value * 1000, finance=True)
    if figure.unit == "count":
        return formats.signed(value * 1000)
    return formats.signed(value, finance=finance)
