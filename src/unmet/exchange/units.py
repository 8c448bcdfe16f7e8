"""What a unit or pack means for an item, and how much a typed number of it comes to.

Quantities leave here as whole thousandths of the item's base unit. Finance items have the US cent
as base unit and are typed in US$.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from typing import Final

from unmet.catalogue.lookup import FINANCE, ItemWord, UnitWord
from unmet.exchange.cells import Problem
from unmet.exchange.typed_numbers import LARGEST
from unmet.methods.fold import fold

PIECE: Final = 1000  # thousandths of the base unit in one base unit
_MOST: Final = int(LARGEST) * PIECE
_US_DOLLAR: Final = UnitWord("US$", 100 * PIECE)
_US_MILLION: Final = UnitWord("US$ million", 100 * PIECE * 1_000_000)
_DOLLAR_WORDS: Final = (
    "US$,USD,US dollar,US dollars,dollar,dollars,United States dollar,United States dollars,"
    "dólar,dólares,dólares de los EE UU,dólares estadounidenses,dólar estadounidense,"
    "dollar américain,dollars américains,dollar des États-Unis,dollars des États-Unis,"
    "دولار,دولارات,دولار أمريكي,دولار أميركي,دولار الولايات المتحدة"
)
_MILLION_WORDS: Final = (
    "US$ million,million US$,millions US$,million USD,USD million,million dollars,"
    "millions de dollars,millones de dólares,millones de US$,مليون دولار,ملايين الدولارات"
)
_MONEY: Final[Mapping[str, UnitWord]] = {
    **{fold(word): _US_DOLLAR for word in _DOLLAR_WORDS.split(",")},
    **{fold(word): _US_MILLION for word in _MILLION_WORDS.split(",")},
}
_LINKS: Final = frozenset(fold("of de d des du x with من ذات").split())
_VARIED: Final = 5  # words of a unit that may be plurals; more would only cost time


def find_unit(text: str, item: ItemWord, packs: Mapping[tuple[int, str], int]) -> UnitWord | Problem:
    """The unit that the words mean for this item; no words mean the base unit (US$ for money).

    `packs` holds what the person told us about unknown packs: (item id, folded words) -> factor.
    """
    folded = fold(text)
    if item.kind == FINANCE:
        # Other signs of money fold to nothing as well, so the bare sign is compared as it is.
        money = _US_DOLLAR if text in ("", "$", "＄") else _MONEY.get(folded)
        return money or item.units.get(folded) or Problem("unit_not_money")
    if not text:
        return UnitWord(item.base_unit, PIECE)
    told = packs.get((item.id, folded))
    if told is not None:
        return UnitWord(text, told)
    return item.units.get(folded) or _inflected(folded, item) or _unknown(item)


def _inflected(folded: str, item: ItemWord) -> UnitWord | None:
    """The unit behind a plural or another link word: `boxes of 50` and `box 50` are the `box of 50`."""
    meant = {unit for form in _forms(folded) if (unit := item.units.get(form))}
    if not meant:
        linkless = {_without_links(word): unit for word, unit in item.units.items()}
        meant = {unit for form in _forms(_without_links(folded)) if (unit := linkless.get(form))}
    return meant.pop() if len({unit.factor for unit in meant}) == 1 else None


def _without_links(folded: str) -> str:
    return " ".join(word for word in folded.split() if word not in _LINKS)


def _forms(folded: str) -> Iterator[str]:
    """The words as typed, and with each plural ending of English, French and Spanish taken off."""
    words = folded.split()
    choices = [
        [word, *([word[:-1]] if word.endswith("s") else []), *([word[:-2]] if word.endswith("es") else [])]
        if position < _VARIED
        else [word]
        for position, word in enumerate(words)
    ]
    for form in product(*choices):
        yield " ".join(form)


def _unknown(item: ItemWord) -> Problem:
    names = tuple(dict.fromkeys(unit.name for unit in item.units.values()))[:4] or (item.base_unit,)
    return Problem("unit_unknown", {"item": item.name, "item_id": item.id, "unit": item.base_unit, "likely": names})


def plain_up_to(unit: UnitWord) -> int:
    """The largest whole number of units that is number × factor for `in_base_units`, whatever the item; -1 if none is.

    A unit of whole base units: nothing can be too fine, and nothing up to here is too large.
    """
    return min(int(LARGEST), _MOST // unit.factor) if unit.factor > 0 and unit.factor % PIECE == 0 else -1


def in_base_units(number: Decimal, unit: UnitWord, item: ItemWord | None) -> int | Problem:
    """A number of units in whole thousandths of the base unit. `item` is None for an item in own words."""
    # Both factors are whole: no digit is lost below 10^12 * 1000 thousandths * the factor's digits.
    scaled = int(number * PIECE) * unit.factor
    quantity, rest = divmod(scaled, PIECE)
    if quantity > _MOST and quantity > _MOST * (100 if item is not None and item.kind == FINANCE else 1):
        return Problem("number_too_large")
    if rest:
        return Problem("number_too_fine", {"unit": item.base_unit if item else unit.name})
    if item is not None and item.whole and quantity % PIECE:
        facts = {"amount": Decimal(quantity) / PIECE, "unit": item.base_unit, "item": item.name}
        return Problem("number_not_whole", facts)
    return quantity
