"""Yes or no, as people write it in a cell in any of our languages."""

from functools import lru_cache
from typing import Final

from django.utils.translation import gettext_lazy as _

from unmet.exchange.cells import clean
from unmet.exchange.table import CellValue
from unmet.methods.fold import fold
from unmet.support import receipt_words

YES: Final = _("Yes")
_YES_WORDS: Final = frozenset(map(fold, "yes,y,x,1,true,oui,o,sí,s,نعم,✓,✔".split(","))) | {"✓", "✔"}
_NO_WORDS: Final = frozenset(map(fold, "no,n,0,false,non,لا".split(",")))


def read(cell: CellValue) -> bool | None:
    """What a cell says; a blank one says no. None: neither.

    >>> read("oui"), read(None), read("perhaps")
    (True, False, None)
    """
    if isinstance(cell, bool):
        return cell
    text = "" if cell is None else clean(cell)
    word = fold(text) or text
    if word in _NO_WORDS or not word:
        return False
    return True if word in _YES_WORDS or word in _yes() else None


@lru_cache(maxsize=1)
def _yes() -> frozenset[str]:
    return frozenset(map(fold, receipt_words.in_each_language(YES)))
