"""Numbers that a page carries in its forms: the version that was read, the row that is meant. Nobody types them."""

from typing import Final

VERSION: Final = 8  # digits
ROW: Final = 18  # digits; a longer number fits in no column


def number(text: str, *, digits: int) -> int | None:
    """A whole number of at most so many digits as our pages write them; None for every other text, however long."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
