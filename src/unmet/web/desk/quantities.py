"""A quantity that a person types in a field of its own, as thousandths of the item's base unit."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from unmet.catalogue.lookup import FINANCE, ItemWord
from unmet.catalogue.models import Item
from unmet.exchange.cells import Problem
from unmet.exchange.typed import Ambiguous, NotANumber, parse_number
from unmet.exchange.units import find_unit, in_base_units
from unmet.web import formats


@dataclass(frozen=True, slots=True)
class Refused:
    """What cannot be read: the quantity, or its unit; and why."""

    field: str
    why: str


def read(text: str, item: Item | None) -> int | str:
    """The quantity in thousandths of the base unit (money: US cents × 1,000), or why it cannot be read."""
    number = parse_number(text, decimal=None)
    if isinstance(number, Ambiguous):
        return _("“%(value)s” can be read in two ways. Write it without marks between the digits.") % {"value": text}
    if isinstance(number, NotANumber) and number.reason == "number_too_large":
        return _("“%(value)s” is too large to be one quantity. Please check it.") % {"value": text}
    if isinstance(number, NotANumber) or number < 0:
        return _("“%(value)s” is not a quantity. Write one number, zero or more.") % {"value": text}
    scaled = number * (100_000 if item and item.kind == FINANCE else 1000)
    if scaled != int(scaled):
        return _("“%(value)s” has too many decimals.") % {"value": text}
    if item and item.whole and int(scaled) % 1000:
        return _("“%(item)s” is counted in whole units.") % {"item": item.name}
    return int(scaled)


def read_in(text: str, unit: str, item: Item, word: ItemWord) -> int | Refused:
    """A quantity typed in a unit or a pack of an item, in thousandths of its base unit (money: US cents × 1,000).

    Without a unit it is in base units, money in US$. `word` is the item with its units.
    """
    in_base = read(text, item) if not unit.strip() else None
    if in_base is not None:
        return Refused("quantity", in_base) if isinstance(in_base, str) else in_base
    meant = find_unit(unit.strip(), word, {})
    if isinstance(meant, Problem):
        known = units_of(word)
        words = {"value": unit, "item": item.name, "units": formats.listed(known)}
        return Refused(
            "unit", _("“%(value)s” is not a unit or a pack of “%(item)s” that we know. Known: %(units)s.") % words
        )
    number = parse_number(text, decimal=None)
    if isinstance(number, Ambiguous | NotANumber) or number < 0:
        return Refused("quantity", str(read(text, item)))
    scaled = in_base_units(number, meant, word)
    if not isinstance(scaled, Problem):
        return scaled
    if scaled.reason == "number_too_large":
        return Refused("quantity", _("“%(value)s” is larger than a quantity may be.") % {"value": text})
    words = {"value": text, "unit": meant.name, "item": item.name, "base": word.base_unit}
    return Refused(
        "quantity",
        _("“%(value)s” × %(unit)s makes no whole quantity of “%(item)s”, which is counted in: %(base)s.") % words,
    )


def units_of(word: ItemWord) -> list[str]:
    """The names of the units and packs of an item, each once, the base unit first."""
    if word.kind == FINANCE:
        return ["US$"]
    return list(dict.fromkeys(unit.name for unit in word.units.values()))


def written(thousandths: int, item: Item | None) -> str:
    """A quantity as a field is filled with it: plain digits, which every language reads back as the same number."""
    number = Decimal(thousandths) / (100_000 if item and item.kind == FINANCE else 1000)
    return f"{number.normalize():f}"
