"""A date as people type it, in forms: 30 June 2021, 30/06/2021, 2021-06-30. What has two readings is asked about."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from unmet.exchange.typed_dates import NotADate, OtherCalendar, parse_date
from unmet.exchange.typed_numbers import Ambiguous
from unmet.web import formats

_YEARS_AHEAD = 10


class DayField(forms.CharField):
    """One day. Dates more than so many years back, or ten ahead, are taken for slips or other calendars."""

    def __init__(self, *, years_back: int = 2, **kwargs: Any) -> None:
        self.years_back = years_back
        kwargs.setdefault("max_length", 80)
        kwargs.setdefault("help_text", gettext_lazy("For example 30 June 2021"))
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off"}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A date in words; what was typed stays as typed."""
        return formats.day(value) if isinstance(value, date) else value

    def clean(self, value: Any) -> date | None:
        """The day, or a sentence with the likely answer."""
        text = super().clean(value)
        if not text:
            return None
        today = timezone.now().date()
        window = (today - timedelta(days=366 * self.years_back), today + timedelta(days=366 * _YEARS_AHEAD))
        read = parse_date(text, order=None, window=window)
        if isinstance(read, date):
            return read
        outside = _outside(text, read, window)
        raise forms.ValidationError(outside or _why_not(text, read))


def _outside(text: str, read: Ambiguous | NotADate | OtherCalendar, window: tuple[date, date]) -> str:
    """What to say of a day that can be read, but lies too far back or ahead; "" for everything else."""
    any_day = parse_date(text, order=None, window=(date.min, date.max))
    # A year like 1448 or 2569 is hardly meant as one of ours: the other calendar alone is named.
    if not isinstance(any_day, date) or (isinstance(read, OtherCalendar) and not 1900 <= any_day.year <= 2100):
        return ""
    words = {"typed": text, "first": formats.day(window[0]), "last": formats.day(window[1])}
    if isinstance(read, OtherCalendar):
        return _(
            "“%(typed)s” lies outside the days taken here: from %(first)s to %(last)s. If it is a day of another "
            "calendar and means %(day)s, write that."
        ) % {**words, "day": formats.day(read.gregorian)}
    return _("“%(typed)s” lies outside the days taken here: from %(first)s to %(last)s.") % words


def _why_not(text: str, read: Ambiguous | NotADate | OtherCalendar) -> str:
    if isinstance(read, Ambiguous):
        days = [formats.day(reading.value) if isinstance(reading.value, date) else "" for reading in read.readings]
        return _("“%(typed)s” may mean %(one)s or %(other)s. Write the month in words.") % {
            "typed": text, "one": days[0], "other": days[-1],
        }  # fmt: skip
    if isinstance(read, OtherCalendar):
        return _("“%(typed)s” looks like another calendar. If you mean %(day)s, write that.") % {
            "typed": text, "day": formats.day(read.gregorian),
        }  # fmt: skip
    if read.likely:
        return _("“%(typed)s” is not a day we can use. Did you mean %(day)s?") % {
            "typed": text, "day": formats.day(read.likely),
        }  # fmt: skip
    return _("“%(typed)s” is not a day we can read. Write it like this: %(day)s.") % {
        "typed": text, "day": formats.day(timezone.now().date()),
    }  # fmt: skip
