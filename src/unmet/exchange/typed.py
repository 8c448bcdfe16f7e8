"""Numbers and dates as people type them.

Nothing here guesses. An answer is the value; or `Ambiguous` with every reading, asked about once
per column; or a refusal with a reason code of `unmet.exchange.faults` and the likely
value, so that a sentence can offer it.
"""

from unmet.exchange.typed_dates import NotADate, OtherCalendar, parse_date
from unmet.exchange.typed_numbers import (
    DECIMALS,
    LARGEST,
    Ambiguous,
    NotANumber,
    Reading,
    exact_number,
    is_estimate,
    parse_number,
)

__all__ = [
    "DECIMALS",
    "LARGEST",
    "Ambiguous",
    "NotADate",
    "NotANumber",
    "OtherCalendar",
    "Reading",
    "exact_number",
    "is_estimate",
    "parse_date",
    "parse_number",
]
