"""Single values that clients send where goods move: names of rows, quantities that fit the books, days within reach."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final

from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field, WithJsonSchema

from unmet.api.problems import Problem
from unmet.api.values import LINES, Amount

# The same bounds as those of the tables and the pages.
_LARGEST: Final = 10**12  # base units, or US dollars
_YEAR: Final = timedelta(days=366)
_AHEAD: Final = 10 * _YEAR

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description="The `id` of a row.")]
Words = Annotated[str, Field(pattern=LINES)]  # every use says how long it may be


def _fits(amount: Decimal) -> Decimal:
    if amount >= _LARGEST:
        raise ValueError("below 10^12")
    return amount


_MEASURE: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,3})?$"},
        {"type": "integer", "minimum": 0, "maximum": _LARGEST - 1},
    ],
    "description": 'A text such as "1250.5", or a whole number; at most three decimals, below 10^12.',
}
Measure = Annotated[Amount, AfterValidator(_fits), WithJsonSchema(_MEASURE)]


def near(day: date, *, at: datetime, years_back: int = 2) -> date:
    """A day that was sent, if it lies within reach: so many years back, ten ahead. Others are slips or other calendars.

    Raises:
        Problem: it does not.
    """
    first, last = at.date() - years_back * _YEAR, at.date() + _AHEAD
    if first <= day <= last:
        return day
    raise Problem("refused", outside(day, first, last), more={"reason": "day"})


def outside(day: date, first: date, last: date) -> str:
    """Why a day is refused, and which are taken."""
    return _("“%(typed)s” lies outside the days taken here: from %(first)s to %(last)s.") % {
        "typed": day.isoformat(), "first": first.isoformat(), "last": last.isoformat(),
    }  # fmt: skip


def near_if(day: date | None, *, at: datetime) -> date | None:
    """The same of a day that may be missing.

    Raises:
        Problem: see `near`.
    """
    return None if day is None else near(day, at=at)
