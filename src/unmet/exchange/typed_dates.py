"""Dates as people type them: read when there is one reading, asked about when there are two."""

import calendar as months
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

from unmet.exchange.calendars import BUDDHIST, CALENDARS, MONTHS, OTHER_MONTHS, gregorian
from unmet.exchange.typed_numbers import Ambiguous, Reading
from unmet.methods.fold import fold

DayOrder = Literal["dmy", "mdy"]
Window = tuple[date, date]

DMY: Final = "dmy"
MDY: Final = "mdy"
_LONGEST: Final = 80  # characters
# Day 0 of spreadsheets; it makes 1 March 1900 and later right, which is all that falls into a window.
_EXCEL_EPOCH: Final = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class NotADate:
    """Refused. `reason` is a code of `unmet.exchange.faults`; `likely` may be offered, never used."""

    reason: str
    likely: date | None = None
    month_days: int | None = None  # with `date_no_such_day`: how many days that month has


@dataclass(frozen=True, slots=True)
class OtherCalendar:
    """Outside the round as a Gregorian date, but inside it in the calendar `name`: to be confirmed once per column."""

    name: str
    gregorian: date


DateAnswer = date | Ambiguous | NotADate | OtherCalendar

_NUMERIC: Final = re.compile(r"(\d{1,4})\s*[-/.\s،]\s*(\d{1,2})\s*[-/.\s،]\s*(\d{1,4})(?:[ t]\s*[\d:.]+\s*z?)?")
_ERA: Final = re.compile(r"\s*(?:هـ|ه|م|هجري|ميلادي|a\.?[hd]\.?)$")  # "of the Hijra", "of our era"
_PIECES: Final = re.compile(r"\d+|\D+")  # 1er, 30th and 2021م are a number and a word
# Words that stand in a written date without saying anything about it.
_FILLER_WORDS: Final = """
of the on by st nd rd th er ero de del el la le du a al ad ah م ه في يوم من لسنة عام
monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun
lundi mardi mercredi jeudi vendredi samedi dimanche
lunes martes miércoles jueves viernes sábado domingo
الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد
"""
_FILLERS: Final = frozenset(fold(_FILLER_WORDS).split())
_FOLDED_DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


def parse_date(value: object, *, order: DayOrder | None, window: Window, calendar: str | None = None) -> DateAnswer:
    """The Gregorian date that a person typed, or a spreadsheet holds.

    `window` holds the first and last acceptable day. `order` is what a person said about the
    column: day or month first. `calendar` is a calendar confirmed for the column; it is
    used only for dates outside the window as they stand, so that one Hijri cell among others
    does not change the others.

    >>> window = date(2019, 1, 1), date(2032, 1, 1)
    >>> parse_date("30 de junio de 2021", order=None, window=window)
    datetime.date(2021, 6, 30)
    >>> parse_date("14/09/1442", order=None, window=window)
    OtherCalendar(name='hijri', gregorian=datetime.date(2021, 4, 26))
    """
    if isinstance(value, date):  # a datetime is one too
        return _placed(value.year, value.month, value.day, window, calendar)
    if isinstance(value, bool) or value is None:
        return NotADate("date_unclear")
    if isinstance(value, int | Decimal):
        return _from_number(value, window)
    return _from_text(str(value), order, window, calendar)


def _from_text(text: str, order: DayOrder | None, window: Window, calendar: str | None) -> DateAnswer:
    if len(text) > _LONGEST:
        return NotADate("date_unclear")
    plain = " ".join(text.translate(_FOLDED_DIGITS).casefold().replace("\u200f", "").replace("\u200e", "").split())
    if plain.isascii() and plain.isdigit():
        return _from_number(int(plain), window)
    numeric = _NUMERIC.fullmatch(_ERA.sub("", plain))
    if numeric is None:
        return _from_words(fold(text), window, calendar)
    first, second, third = numeric.groups()
    if len(first) >= 3:
        return _placed(int(first), int(second), int(third), window, calendar) if len(third) <= 2 else _unclear()
    if len(third) < 3:
        return _two_digit_year(int(first), int(second), third, order, window)
    return _ordered(int(first), int(second), int(third), order, window, calendar)


def _unclear() -> NotADate:
    return NotADate("date_unclear")


def _ordered(
    first: int, second: int, year: int, order: DayOrder | None, window: Window, calendar: str | None
) -> DateAnswer:
    """Day and month by the answer about the column, or by the only reading there is."""
    as_dmy = _placed(year, second, first, window, calendar)
    as_mdy = _placed(year, first, second, window, calendar)
    if first == second or (not _is_day(as_mdy) and first > 12):
        return as_dmy if order != MDY or first == second else _against(as_dmy)
    if not _is_day(as_dmy) and second > 12 >= first:
        return as_mdy if order != DMY else _against(as_mdy)
    if order is not None:
        return as_dmy if order == DMY else as_mdy
    days = [(answer, _day_of(read)) for answer, read in ((DMY, as_dmy), (MDY, as_mdy))]
    readings = tuple(Reading(answer, day) for answer, day in days if day is not None)
    return Ambiguous(readings) if readings else as_dmy


def _is_day(read: DateAnswer) -> bool:
    return _day_of(read) is not None


def _day_of(read: DateAnswer) -> date | None:
    return read if isinstance(read, date) else read.gregorian if isinstance(read, OtherCalendar) else None


def _against(read: DateAnswer) -> DateAnswer:
    """A date with one reading, which is not the one that was said of the column: perhaps a slip, so not taken."""
    return NotADate("date_against_answer", likely=read) if isinstance(read, date) else read


def _placed(year: int, month: int, day: int, window: Window, calendar: str | None) -> DateAnswer:
    """A day of the calendar inside the window; else the calendar in which it is; else why not."""
    try:
        as_gregorian = date(year, month, day)
    except ValueError:
        as_gregorian = None
    inside = as_gregorian is not None and window[0] <= as_gregorian <= window[1]
    if calendar is not None:
        converted = gregorian(calendar, year, month, day)
        if converted is not None and window[0] <= converted <= window[1]:
            return NotADate("date_two_calendars") if inside else converted
    if inside and as_gregorian is not None:
        return as_gregorian
    return _elsewhere(year, month, day, window) or _no_such_day(year, month, day, as_gregorian, window)


def _elsewhere(year: int, month: int, day: int, window: Window) -> OtherCalendar | None:
    """The calendar in which this is a day of the round. Their years lie so far apart that at most one fits."""
    if window[0].year <= year <= window[1].year:
        return None
    for name in CALENDARS:
        converted = gregorian(name, year, month, day)
        if converted is not None and window[0] <= converted <= window[1]:
            return OtherCalendar(name, converted)
    return None


def _no_such_day(year: int, month: int, day: int, as_gregorian: date | None, window: Window) -> NotADate:
    if as_gregorian is not None:
        return NotADate("date_outside")
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= 31):
        return NotADate("date_unclear")
    longest = months.monthrange(year, month)[1]
    last = date(year, month, longest)
    return NotADate("date_no_such_day", likely=last if window[0] <= last <= window[1] else None, month_days=longest)


def _two_digit_year(first: int, second: int, third: str, order: DayOrder | None, window: Window) -> NotADate:
    """30/06/21 is refused: 21 may be a year or a day. The likely date is offered where there is one."""
    read = _ordered(first, second, 2000 + int(third), order, window, None)
    return NotADate("date_two_digit_year", likely=read if isinstance(read, date) else None)


def _from_number(number: int | Decimal, window: Window) -> NotADate:
    """A bare number is no date; 44377 is offered as the day it is in a spreadsheet, 20210630 as what it says."""
    try:
        whole = int(number)
    except (ValueError, OverflowError):
        return _unclear()
    if 10_000 <= whole <= 99_999:
        day = _EXCEL_EPOCH + timedelta(days=whole)
        return NotADate("date_is_number", likely=day) if window[0] <= day <= window[1] else NotADate("date_unclear")
    if 10_000_000 <= whole <= 99_999_999:
        read = _placed(whole // 10_000, whole // 100 % 100, whole % 100, window, None)
        return NotADate("date_is_number", likely=read) if isinstance(read, date) else NotADate("date_unclear")
    if window[0].year <= whole <= window[1].year:
        return NotADate("date_no_day", likely=_inside(date(whole, 12, 31), window))
    return _unclear()


def _inside(day: date, window: Window) -> date | None:
    return day if window[0] <= day <= window[1] else None


def _from_words(folded: str, window: Window, calendar: str | None) -> DateAnswer:
    """A date with the month in letters, in any of our languages or in the months of another calendar."""
    read = _named_month(folded, MONTHS)
    named_calendar = None
    for name, names in OTHER_MONTHS.items():
        if read is None and (read := _named_month(folded, names)) is not None:
            named_calendar = name
    if read is None:
        return _unclear()
    month, numbers = read
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2]
    if len(years) == 1 and len(days) == 1 and len(numbers) == 2:
        year, day = int(years[0]), int(days[0])
        if named_calendar is None:
            placed = _placed(year, month, day, window, calendar)
            # Of the other calendars only the Buddhist has these months: "1 January 2020" is never an Ethiopian day.
            elsewhere = isinstance(placed, OtherCalendar) and placed.name != BUDDHIST
            return NotADate("date_outside") if elsewhere else placed
        return _confirmed(named_calendar, gregorian(named_calendar, year, month, day), window, calendar)
    if named_calendar is not None:
        return _unclear()
    if len(years) == 1 and len(numbers) == 1:
        year = int(years[0])
        last = date(year, month, months.monthrange(year, month)[1]) if year else None
        return NotADate("date_no_day", likely=last and _inside(last, window))
    if len(days) == 2 and len(numbers) == 2:
        return NotADate("date_two_digit_year", likely=_likely_year(month, *days, window=window))
    return _unclear()


def _likely_year(month: int, first: str, second: str, *, window: Window) -> date | None:
    """What 30 June 21 probably is: the day comes first in each of our languages, or after the month."""
    read = _placed(2000 + int(second), month, int(first), window, None)
    return read if isinstance(read, date) else None


def _confirmed(name: str, day: date | None, window: Window, calendar: str | None) -> DateAnswer:
    """A day with a month of another calendar in letters: certain about the calendar, still shown once."""
    if day is None:
        return _unclear()
    if not window[0] <= day <= window[1]:
        return NotADate("date_outside")
    return day if calendar == name else OtherCalendar(name, day)


def _named_month(folded: str, names: Mapping[str, int]) -> tuple[int, list[str]] | None:
    """The one month that the words name and the numbers beside it; None when any other word is left."""
    words = [piece for word in folded.split() for piece in _PIECES.findall(word)]
    found: set[int] = set()
    numbers: list[str] = []
    position = 0
    while position < len(words):
        word, pair = words[position], " ".join(words[position : position + 2])
        position += 1
        if pair in names and pair != word:
            found.add(names[pair])
            position += 1
        elif word in names:
            found.add(names[word])
        elif word.isdigit():
            numbers.append(word)
        elif word not in _FILLERS:
            return None
    return (found.pop(), numbers) if len(found) == 1 else None
