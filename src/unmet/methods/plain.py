"""Text that reads in the order in which it is stored.

Whoever types a direction override can make "12" read as "21" in front of the person who approves it. No language
needs these signs in a line of text: direction comes from the letters. The marks that Arabic and Persian do need
(LRM, RLM, ALM, joiners) stay.
"""

from typing import Final

TURNING: Final = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Code points of the embeddings, overrides and isolates of Unicode Standard Annex 9."""
_CONTROLS: Final = (*range(9), 11, 12, *range(14, 32), 127)
_DROPPED: Final = dict.fromkeys((*TURNING, *_CONTROLS))


def plain(text: str) -> str:
    """What somebody wrote, without signs that turn the reading order, control characters and outer space.

    Tabs and new lines stay.

    >>> plain("  quantity \\u202e12\\u202c ")
    'quantity 12'
    """
    return text.translate(_DROPPED).strip()
