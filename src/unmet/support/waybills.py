"""How waybills are compared: one box is known by its number, however it is written."""

import re
from typing import Final

from unmet.methods.fold import fold

LONGEST_WAYBILL: Final = 80


def folded(waybill: str) -> str:
    """A waybill as it is compared: without case, spaces and marks, digits of every script alike.

    >>> folded("157-1234 5675") == folded("15712345675")
    True
    """
    return re.sub(r"\s", "", fold(waybill))[:LONGEST_WAYBILL]
