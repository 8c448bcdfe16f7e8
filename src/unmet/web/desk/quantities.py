"""A quantity that a person types in a field of its own, as thousandths of the item's base unit."""

from decimal import Decimal

from django.utils.translation import gettext as _

from unmet.catalogue.lookup import FINANCE
from unmet.catalogue.models import Item
from unmet.exchange.typed import Ambiguous, NotANumber, parse_number


def read(text: str, item: Item | None) -> int | str:
    """The quantity in thousandths of the base unit (money: US cents × 1,000), or why it cannot be read."""
    number = parse_number(text, decimal=None)
    if isinstance(number, Ambiguous):
        return _("“%(value)s” can be read in two ways. Write it without marks between the digits.") % {"value": text}
    if isinstance(number, NotANumber) or number < 0:
        return _("“%(value)s” is not a quantity. Write one number, zero or more.") % {"value": text}
    scaled = number * (100_000 if item and item.kind == FINANCE else 1000)
    if scaled != int(scaled):
        return _("“%(value)s” has too many decimals.") % {"value": text}
    if item and item.whole and int(scaled) % 1000:
        return _("“%(item)s” is counted in whole units.") % {"item": item.name}
    return int(scaled)


def written(thousandths: int, item: Item | None) -> str:
    """A quantity as a field is filled with it: plain digits, which every language reads back as the same number."""
    number = Decimal(thousandths) / (100_000 if item and item.kind == FINANCE else 1000)
    return f"{number.normalize():f}"
