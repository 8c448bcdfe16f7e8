"""Numbers, dates and money as the reader's language writes them (CLDR), with the official forms of this house."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from unmet.catalogue import rates
from unmet.figures.ledger import Row

NO_BREAK = "\u00a0"
LEFT_TO_RIGHT = "\u200e"
# Western digits in output in every language; each digit form is accepted as input.
_LOCALES = {"ar": "ar@numbers=latn", "en": "en", "es": "es", "fr": "fr"}
# UN documents in Arabic give both names of a month.
_ARABIC_MONTHS = (
    "كانون الثاني/يناير", "شباط/فبراير", "آذار/مارس", "نيسان/أبريل", "أيار/مايو", "حزيران/يونيه",
    "تموز/يوليه", "آب/أغسطس", "أيلول/سبتمبر", "تشرين الأول/أكتوبر", "تشرين الثاني/نوفمبر", "كانون الأول/ديسمبر",
)  # fmt: skip


def _language() -> str:
    return (get_language() or "en")[:2]


def number(value: Decimal | int, *, decimals: int | None = None) -> str:
    """A number with the group and decimal marks of the language, in Western digits.

    >>> number(Decimal("1234.500"))
    '1,234.5'
    """
    locale = "en" if _language() == "ar" else _LOCALES[_language()]
    return _number(value, decimals, locale)


# A page shows many numbers again and again, zero above all; CLDR's patterns are slow to apply.
@lru_cache(maxsize=20_000)
def _number(value: Decimal | int, decimals: int | None, locale: str) -> str:
    pattern = "#,##0.###" if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=locale)


def quantity(thousandths: int | None) -> str:
    """A quantity in base units; a dash for blank. A blank is not zero."""
    if thousandths is None:
        return "–"
    return number(Decimal(thousandths) / 1000)


def amount(thousandths: int | None, *, finance: bool = False) -> str:
    """A quantity of an item as it is shown: money in US dollars, though the books keep thousandths of a cent."""
    if thousandths is None or not finance:
        return quantity(thousandths)
    return dollars(thousandths // 1000)


def signed(thousandths: int, *, finance: bool = False) -> str:
    """A change: with its sign, a true minus sign."""
    return with_sign(amount(abs(thousandths), finance=finance), thousandths)


def with_sign(text: str, of: int) -> str:
    """A written amount behind the sign of what it is the amount of.

    Between Arabic words a sign before Western digits would be moved behind them ("450+"): a mark holds it, as in CLDR.
    """
    if not of:
        return text
    return f"{LEFT_TO_RIGHT if get_language_bidi() else ''}{'+' if of > 0 else '−'}{text}"


def dollars(cents: int) -> str:
    """US dollars, exact to the cent."""
    return number(Decimal(cents) / 100, decimals=2 if cents % 100 else 0)


def minor(units: int, currency: str) -> str:
    """An amount in the smallest units of a currency, with as many decimals as it has: 1,250.50."""
    places = rates.digits(currency)
    return number(Decimal(units).scaleb(-places), decimals=places if units % 10**places else 0)


def apart(code: str) -> str:
    """A code or a lot in its own direction, for words that are no markup: in Arabic no number beside it joins it."""
    return f"\u2068{code}\u2069"


def listed(names: Sequence[str]) -> str:
    """Names one after the other, with the marks and the “and” of the language.

    >>> listed(["A", "B", "C"])
    'A, B, and C'
    """
    return format_list(names, locale=_LOCALES[_language()])


def short_dollars(cents: int) -> tuple[str, str]:
    """US dollars for a key figure: the number and its unit, such as ("13.4", "million US$")."""
    amount = Decimal(cents) / 100
    for size, unit in ((10**9, _("billion US$")), (10**6, _("million US$"))):
        if abs(amount) >= size:
            return number((amount / size).quantize(Decimal("0.01"), ROUND_HALF_UP)), unit
    return number(amount.quantize(Decimal(1), ROUND_HALF_UP)), _("US$")


def percent(share: Fraction | None) -> str:
    """A share as per cent, with a no-break space; a dash where there is none. 99.6 is not shown as 100."""
    if share is None:
        return "–"
    value = int(share * 100 + Fraction(1, 2))
    if value == 100 and share < 1:
        value = 99
    if value == 0 and share > 0:
        value = 1
    return f"{number(value)}{NO_BREAK}%"


def day(value: date | datetime | None) -> str:
    """A date with the month in words: 30 June 2021."""
    if value is None:
        return "–"
    if _language() == "ar":
        return f"{value.day}{NO_BREAK}{_ARABIC_MONTHS[value.month - 1]}{NO_BREAK}{value.year}"
    words = _day(value, "d MMMM y")
    # 26 de noviembre de 2026 is longer than half a phone: it may go on in the next line before its year.
    day_and_month, de, year = words.rpartition(f"{NO_BREAK}de{NO_BREAK}")
    return f"{day_and_month} de{NO_BREAK}{year}" if de else words


def month(value: date) -> str:
    """A month in words: June 2021."""
    if _language() == "ar":
        return f"{_ARABIC_MONTHS[value.month - 1]}{NO_BREAK}{value.year}"
    return _day(value, "LLLL y")


def _day(value: date, pattern: str) -> str:
    if _language() == "es":  # 30 de junio de 2021
        pattern = pattern.replace(" ", " 'de' ")
    return format_date(value, format=pattern, locale=_LOCALES[_language()]).replace(" ", NO_BREAK)


def moment(value: datetime) -> str:
    """A moment in UTC: 30 June 2021, 14:20 UTC."""
    return _("%(day)s, %(time)s UTC") % {"day": day(value), "time": f"{value:%H:%M}"}


def movement(row: Row) -> str:
    """Why a row stands in the public book."""
    if row.withdrawn:
        return _("Withdrawn since")
    if row.movement is None:
        return _("Under way: sums without dates until it is received")
    return str(row.movement.label)
