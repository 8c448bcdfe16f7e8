"""Numbers and dates as people type them: one reading is taken, two are asked about, none is guessed."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unmet.exchange.calendars import BUDDHIST, ETHIOPIAN, HIJRI, SOLAR_HIJRI, gregorian
from unmet.exchange.typed import (
    LARGEST,
    Ambiguous,
    NotADate,
    NotANumber,
    OtherCalendar,
    exact_number,
    is_estimate,
    parse_date,
    parse_number,
)

WINDOW = date(2019, 1, 1), date(2031, 12, 31)


# ── numbers ──────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 250,5", "1250.5"),
        ("1\u00a0250,5", "1250.5"),
        ("1\u202f250,5", "1250.5"),
        ("1\u2009250", "1250"),
        ("1.250,5", "1250.5"),
        ("1,250.5", "1250.5"),
        ("1,250.500", "1250.5"),
        ("1’250", "1250"),
        ("1'250", "1250"),
        ("1’250,500", "1250.5"),
        ("١٢٫٥", "12.5"),
        ("١٬٢٥٠٫٥", "1250.5"),
        ("١٫٢٥٠", "1.25"),
        ("۱۲٬۵۰۰", "12500"),
        ("12,34,567", "1234567"),
        ("1,00,000.50", "100000.5"),
        ("1,250,000", "1250000"),
        ("1.250.000", "1250000"),
        ("1 250 000", "1250000"),
        ("1,25", "1.25"),
        ("1.25", "1.25"),
        ("1.5000", "1.5"),
        ("0,500", "0.5"),
        ("0.125", "0.125"),
        (".5", "0.5"),
        ("1234,500", "1234.5"),
        ("12500", "12500"),
        ("0", "0"),
        ("007", "7"),
        ("  12 ", "12"),
        ("\u200f12\u200e", "12"),
        ("+300", "300"),
        ("１２", "12"),
        ("1000000000000", "1000000000000"),
    ],
)
def test_a_number_with_one_reading(text, number):
    read = parse_number(text)
    assert read == Decimal(number)
    assert "E" not in str(read)


@pytest.mark.parametrize("text", ["1,250", "1.250", "12,500", "250.125", "١،٢٥٠", "+1,250"])
def test_a_number_with_two_readings_is_asked_about(text):
    read = parse_number(text)
    assert isinstance(read, Ambiguous)
    assert {reading.answer for reading in read.readings} == {".", ","}
    assert [parse_number(text, decimal=reading.answer) for reading in read.readings] == [
        reading.value for reading in read.readings
    ]
    smaller, larger = sorted(reading.value for reading in read.readings)
    assert larger == smaller * 1000


@pytest.mark.parametrize(
    ("text", "reason", "likely"),
    [
        ("about 300", "number_words", 300),
        ("حوالي ٣٠٠", "number_words", 300),
        ("300 boxes", "number_words", 300),
        ("3 million", "number_words", 3_000_000),
        ("12 ألف", "number_words", 12_000),
        ("300-400", "number_words", None),
        ("1 25", "number_words", None),
        ("1,2,3", "number_words", None),
        ("1..2", "number_words", None),
        ("1,250,5", "number_words", None),
        ("10²", "number_words", None),
        ("1½", "number_words", None),
        ("n/a", "number_words", None),
        ("NaN", "number_words", None),
        ("Infinity", "number_words", None),
        ("-300", "number_negative", 300),
        ("−300", "number_negative", 300),
        ("(300)", "number_negative", 300),
        ("300-", "number_negative", 300),
        ("50 %", "number_percent", 50),
        ("٥٠٪", "number_percent", 50),
        ("1E+05", "number_exponent", 100_000),
        ("1,5e3", "number_exponent", 1500),
        ("1e999", "number_exponent", None),
        ("1.2345", "number_decimals", Decimal("1.234")),
        ("0.0000000000000000000000000000000000001", "number_decimals", 0),
        ("1000000000001", "number_too_large", None),
        ("9" * 59, "number_too_large", None),
        ("9" * 61, "number_words", None),
        ("", "number_blank", None),
        (" \u00a0", "number_blank", None),
    ],
)
def test_what_is_not_a_number_is_refused_with_the_likely_one(text, reason, likely):
    read = parse_number(text)
    assert isinstance(read, NotANumber)
    assert (read.reason, read.likely) == (reason, likely)


def test_an_answer_that_a_cell_contradicts_is_not_forced_upon_it():
    assert parse_number("1,25", decimal=",") == Decimal("1.25")
    assert parse_number("1,25", decimal=".") == NotANumber("number_against_answer", likely=Decimal("1.25"))
    assert parse_number("1.250,5", decimal=".") == Decimal("1250.5"), "it has one reading, whatever was answered"
    assert parse_number("0,250", decimal=".") == Decimal("0.25")


@pytest.mark.parametrize(("words", "estimate"), [("about", True), ("~", True), ("تقريبا", True), ("boxes", False)])
def test_words_that_only_say_that_a_number_is_an_estimate(words, estimate):
    assert is_estimate(words) is estimate


def test_native_numbers_are_never_ambiguous():
    assert exact_number(1250) == Decimal(1250)
    assert exact_number(Decimal("1.250")) == Decimal("1.25")
    assert exact_number(Decimal(0.1 + 0.2)) == Decimal("0.3"), "binary noise of a spreadsheet"
    assert exact_number(Decimal("1E+5")) == 100_000
    assert exact_number(Decimal("1.2345")) == NotANumber("number_decimals", likely=Decimal("1.234"))
    assert exact_number(-3) == NotANumber("number_negative", likely=Decimal(3))
    assert exact_number(Decimal("NaN")).reason == "number_words"
    assert exact_number(10**13) == NotANumber("number_too_large")


MARKS = {
    "en": (",", "."),
    "fr": ("\u202f", ","),
    "es": (".", ","),
    "ar": ("٬", "٫"),
    "ch": ("’", "."),
    "plain": ("", "."),
}


def _written(number: Decimal, group: str, mark: str, *, arabic: bool) -> str:
    whole, _, part = f"{number:f}".partition(".")
    grouped = f"{int(whole):,}".replace(",", group) + (mark + part if part else "")
    return grouped.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")) if arabic else grouped


@given(
    st.decimals(min_value=0, max_value=LARGEST, places=3),
    st.integers(0, 3),
    st.sampled_from(sorted(MARKS)),
    st.booleans(),
)
def test_a_number_written_in_any_country_is_read_back(number, places, country, arabic):
    number = round(number, places) if places else number.to_integral_value()
    group, mark = MARKS[country]
    text = _written(number, group, mark, arabic=arabic)
    read = parse_number(text, decimal="," if mark == "," else ".")
    assert read == number
    unaided = parse_number(text)
    assert unaided == number or (isinstance(unaided, Ambiguous) and number in [r.value for r in unaided.readings])


@given(st.text(), st.sampled_from([None, ".", ","]))
def test_any_text_gets_an_answer(text, decimal):
    read = parse_number(text, decimal=decimal)
    if isinstance(read, Decimal):
        assert 0 <= read <= LARGEST
        assert read == round(read, 3)
    elif isinstance(read, Ambiguous):
        assert decimal is None
    else:
        assert read.likely is None or 0 <= read.likely <= LARGEST


@given(st.from_regex(r"[-+(]?[0-9٠-٩ .,'’٫٬%eE]{1,20}\)?", fullmatch=True))
def test_texts_like_numbers_get_an_answer_too(text):
    read = parse_number(text)
    assert not isinstance(read, Decimal) or 0 <= read <= LARGEST


# ── dates ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "text",
    [
        "2021-06-30",
        "2021/6/30",
        "2021.06.30",
        "2021-06-30T00:00:00Z",
        "30/06/2021",
        "06/30/2021",
        "30.6.2021",
        "30-06-2021",
        "30 06 2021",
        "٣٠/٠٦/٢٠٢١",
        "۲۰۲۱/۰۶/۳۰",
        "30 June 2021",
        "June 30, 2021",
        "30th of June 2021",
        "Wed 30 Jun 2021",
        "30-JUN-2021",
        "30 juin 2021",
        "le mercredi 30 juin 2021",
        "30 de junio de 2021",
        "miércoles, 30 jun 2021",
        "30 يونيو 2021",
        "٣٠ يونيه ٢٠٢١",
        "30 حزيران 2021",
        "30 حزيران/يونيه 2021",
        "الأربعاء 30 حزيران 2021م",
        "30 جوان 2021",
    ],
)
def test_a_date_with_one_reading(text):
    assert parse_date(text, order=None, window=WINDOW) == date(2021, 6, 30)


def test_first_days_and_months_of_two_words():
    assert parse_date("1er juin 2021", order=None, window=WINDOW) == date(2021, 6, 1)
    assert parse_date("1 كانون الثاني/يناير 2021", order=None, window=WINDOW) == date(2021, 1, 1)
    assert parse_date("2 تشرين الأول 2021", order=None, window=WINDOW) == date(2021, 10, 2)
    assert parse_date("30 حزيران/يوليو 2021", order=None, window=WINDOW) == NotADate("date_unclear"), "June and July"


@pytest.mark.parametrize("value", [date(2021, 6, 30), datetime(2021, 6, 30, 14, 5)])  # noqa: DTZ001
def test_native_dates(value):
    assert parse_date(value, order=None, window=WINDOW) == date(2021, 6, 30)


def test_day_or_month_first_is_asked_unless_it_is_plain():
    read = parse_date("01/06/2026", order=None, window=WINDOW)
    assert isinstance(read, Ambiguous)
    assert [(r.answer, r.value) for r in read.readings] == [("dmy", date(2026, 6, 1)), ("mdy", date(2026, 1, 6))]
    assert parse_date("01/06/2026", order="dmy", window=WINDOW) == date(2026, 6, 1)
    assert parse_date("01/06/2026", order="mdy", window=WINDOW) == date(2026, 1, 6)
    assert parse_date("06/06/2026", order=None, window=WINDOW) == date(2026, 6, 6)
    assert parse_date("13/06/2026", order=None, window=WINDOW) == date(2026, 6, 13)
    assert parse_date("06/13/2026", order="dmy", window=WINDOW) == NotADate(
        "date_against_answer", likely=date(2026, 6, 13)
    )


@pytest.mark.parametrize(
    ("value", "reason", "likely"),
    [
        ("31/06/2021", "date_no_such_day", date(2021, 6, 30)),
        ("31 février 2021", "date_no_such_day", date(2021, 2, 28)),
        ("30/06/21", "date_two_digit_year", date(2021, 6, 30)),
        ("01/06/21", "date_two_digit_year", None),
        ("30 June 21", "date_two_digit_year", date(2021, 6, 30)),
        (44377, "date_is_number", date(2021, 6, 30)),
        ("44377", "date_is_number", date(2021, 6, 30)),
        (Decimal("44377.5"), "date_is_number", date(2021, 6, 30)),
        (20210630, "date_is_number", date(2021, 6, 30)),
        (12, "date_unclear", None),
        (Decimal("NaN"), "date_unclear", None),
        (True, "date_unclear", None),
        (None, "date_unclear", None),
        ("June 2021", "date_no_day", date(2021, 6, 30)),
        ("2021", "date_no_day", date(2021, 12, 31)),
        ("as soon as possible", "date_unclear", None),
        ("99/99/9999", "date_unclear", None),
        ("0000-00-00", "date_unclear", None),
        ("30/06/1950", "date_outside", None),
        (date(1950, 6, 30), "date_outside", None),
        ("2021-06-30 or later", "date_unclear", None),
    ],
)
def test_what_is_not_a_date_is_refused_with_the_likely_one(value, reason, likely):
    read = parse_date(value, order=None, window=WINDOW)
    assert isinstance(read, NotADate)
    assert (read.reason, read.likely) == (reason, likely)


# Days that correspond, from the tables of the calendars: New Year's days and a day of each.
@pytest.mark.parametrize(
    ("calendar", "other", "day"),
    [
        (HIJRI, (1442, 9, 14), date(2021, 4, 26)),
        (HIJRI, (1443, 1, 1), date(2021, 8, 10)),
        (SOLAR_HIJRI, (1400, 1, 1), date(2021, 3, 21)),
        (SOLAR_HIJRI, (1399, 12, 30), date(2021, 3, 20)),  # a leap year
        (BUDDHIST, (2564, 6, 30), date(2021, 6, 30)),
        (ETHIOPIAN, (2013, 1, 1), date(2020, 9, 11)),
        (ETHIOPIAN, (2012, 1, 1), date(2019, 9, 12)),  # after a leap year
        (ETHIOPIAN, (2011, 13, 6), date(2019, 9, 11)),
        (ETHIOPIAN, (2000, 1, 1), date(2007, 9, 12)),
        (ETHIOPIAN, (2013, 4, 29), date(2021, 1, 7)),  # Genna
    ],
)
def test_days_of_other_calendars(calendar, other, day):
    assert gregorian(calendar, *other) == day


@pytest.mark.parametrize(
    ("calendar", "other"),
    [(HIJRI, (1442, 2, 30)), (SOLAR_HIJRI, (1400, 12, 30)), (ETHIOPIAN, (2013, 13, 6)), (BUDDHIST, (2564, 2, 29)),
     (HIJRI, (1442, 13, 1)), (BUDDHIST, (400, 1, 1)), (ETHIOPIAN, (9999, 1, 1))],
)  # fmt: skip
def test_days_that_other_calendars_do_not_have(calendar, other):
    assert gregorian(calendar, *other) is None


@given(st.dates(date(1900, 3, 1), date(2100, 1, 1)))
def test_ethiopian_days_follow_one_another(day):
    """Walking through the Ethiopian calendar day by day never skips or repeats a Gregorian day."""
    year = day.year - 8
    days = [gregorian(ETHIOPIAN, year, month, d) for month in range(1, 14) for d in range(1, 31)]
    known = [d for d in days if d is not None]
    assert len(known) in (365, 366)
    assert known == [known[0] + timedelta(days=n) for n in range(len(known))]
    assert gregorian(ETHIOPIAN, year + 1, 1, 1) == known[-1] + timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "calendar", "day"),
    [
        ("14/09/1442", HIJRI, date(2021, 4, 26)),
        ("14/09/1442هـ", HIJRI, date(2021, 4, 26)),
        ("1442-09-14", HIJRI, date(2021, 4, 26)),
        ("14 رمضان 1442 هـ", HIJRI, date(2021, 4, 26)),
        ("۱۴۰۰/۰۱/۱۵", SOLAR_HIJRI, date(2021, 4, 4)),
        ("15 حمل 1400", SOLAR_HIJRI, date(2021, 4, 4)),
        ("15 فروردین 1400", SOLAR_HIJRI, date(2021, 4, 4)),
        ("30/06/2564", BUDDHIST, date(2021, 6, 30)),
        ("30 June 2564", BUDDHIST, date(2021, 6, 30)),
        (date(2564, 6, 30), BUDDHIST, date(2021, 6, 30)),
        ("29/04/2013", ETHIOPIAN, date(2021, 1, 7)),
        ("06/13/2011", ETHIOPIAN, date(2019, 9, 11)),
        ("29 Tahsas 2013", ETHIOPIAN, date(2021, 1, 7)),
    ],
)
def test_a_date_of_another_calendar_is_named_and_taken_once_confirmed(text, calendar, day):
    assert parse_date(text, order="dmy", window=WINDOW) == OtherCalendar(calendar, day)
    assert parse_date(text, order="dmy", window=WINDOW, calendar=calendar) == day


def test_a_month_of_ours_in_words_is_taken_for_no_calendar_without_it():
    """2013 is a year of the round in the Ethiopian calendar, which has no January."""
    assert parse_date("20/01/2013", order=None, window=WINDOW) == OtherCalendar(ETHIOPIAN, date(2020, 9, 30))
    assert parse_date("20 January 2013", order=None, window=WINDOW) == NotADate("date_outside")
    assert parse_date("20 January 2564", order=None, window=WINDOW) == OtherCalendar(BUDDHIST, date(2021, 1, 20))


def test_a_confirmed_calendar_leaves_gregorian_dates_of_the_round_alone():
    assert parse_date("30/06/2021", order=None, window=WINDOW, calendar=HIJRI) == date(2021, 6, 30)
    # 2022 is a year of the round in both calendars, so no answer about the column helps.
    assert parse_date("30/04/2022", order=None, window=WINDOW, calendar=ETHIOPIAN) == NotADate("date_two_calendars")


def test_order_is_asked_before_the_calendar_is():
    read = parse_date("04/09/1442", order=None, window=WINDOW)
    assert isinstance(read, Ambiguous)
    assert parse_date("04/09/1442", order="dmy", window=WINDOW) == OtherCalendar(HIJRI, date(2021, 4, 16))


@given(st.dates(*WINDOW), st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %m %Y"]))
def test_a_date_written_day_first_is_read_back(day, pattern):
    assert parse_date(day.strftime(pattern), order="dmy", window=WINDOW) == day
    unaided = parse_date(day.strftime(pattern), order=None, window=WINDOW)
    assert unaided == day or (isinstance(unaided, Ambiguous) and day in [reading.value for reading in unaided.readings])


@given(st.text() | st.integers() | st.decimals() | st.dates() | st.booleans(), st.sampled_from([None, "dmy", "mdy"]),
       st.sampled_from([None, HIJRI, SOLAR_HIJRI, BUDDHIST, ETHIOPIAN]))  # fmt: skip
def test_any_value_gets_an_answer_about_a_date(value, order, calendar):
    read = parse_date(value, order=order, window=WINDOW, calendar=calendar)
    if isinstance(read, date):
        assert WINDOW[0] <= read <= WINDOW[1]
    elif isinstance(read, OtherCalendar):
        assert WINDOW[0] <= read.gregorian <= WINDOW[1]
    elif isinstance(read, Ambiguous):
        assert order is None


@given(st.from_regex(r"[0-9٠-٩]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}", fullmatch=True))
def test_texts_like_dates_get_an_answer_too(text):
    read = parse_date(text, order=None, window=WINDOW)
    assert not isinstance(read, date) or WINDOW[0] <= read <= WINDOW[1]
