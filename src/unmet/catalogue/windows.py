"""Windows close at 24:00 UTC−12, so that a last day is a whole day everywhere on earth."""

from datetime import UTC, date, datetime, time, timedelta


def end_of_day(last_day: date) -> datetime:
    """The moment a window with this last day closes: 24:00 UTC−12, which is 12:00 UTC of the next day."""
    return datetime.combine(last_day + timedelta(days=1), time(12), tzinfo=UTC)


def day_still_running(at: datetime) -> date:
    """The earliest last day whose window is still open at a moment."""
    return (at.astimezone(UTC) - timedelta(hours=12)).date()
