"""Days that people write: it is tomorrow already for members at UTC+14."""

from datetime import date, datetime, timedelta
from typing import Final

_AHEAD: Final = timedelta(hours=14)


def newest(at: datetime) -> date:
    """The latest day that has begun somewhere on earth at a moment.

    >>> from datetime import UTC
    >>> newest(datetime(2021, 2, 1, 9, 59, tzinfo=UTC)), newest(datetime(2021, 2, 1, 10, 0, tzinfo=UTC))
    (datetime.date(2021, 2, 1), datetime.date(2021, 2, 2))
    """
    return (at + _AHEAD).date()


def has_not_begun(day: date, *, at: datetime) -> bool:
    """Whether a day has begun nowhere on earth, so that nothing can have happened on it."""
    return day > newest(at)
