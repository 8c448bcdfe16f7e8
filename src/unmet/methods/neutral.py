"""Text in a table that a spreadsheet will not run."""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def neutralised(text: str) -> str:
    """Text that a spreadsheet will not run: an apostrophe before = + - @ TAB CR, also behind apostrophes of its own.

    The import takes exactly one apostrophe off again, so any text comes back as it was.

    >>> neutralised("=1+1"), neutralised("'=1+1"), neutralised("O'Neill")
    ("'=1+1", "''=1+1", "O'Neill")
    """
    return "'" + text if _FORMULA.match(text) else text
