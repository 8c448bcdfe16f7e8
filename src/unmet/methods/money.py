"""Money in other currencies: what an amount is in whole US cents at a dated rate. Exact, and rounded once, here."""

from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

Quoted = Literal["usd_per_unit", "units_per_usd"]
# How a rate is written where it is published: a euro costs so many dollars; a dollar costs so many riyals.
USD_PER_UNIT: Final = "usd_per_unit"
UNITS_PER_USD: Final = "units_per_usd"


def us_cents(minor: int, *, digits: int, rate: Decimal, quoted: str) -> int:
    """An amount in whole US cents, rounded half up from the exact value.

    `minor` counts the smallest units of its currency, of which 10 ** `digits` are one unit (yen 0, dollar 2, Kuwaiti
    dinar 3). `rate` is above zero and stands as its source quotes it: no rate is turned over, which would round it.

    Raises:
        ValueError: a rate that is not above zero, or an unknown way to quote one.

    >>> us_cents(100_00, digits=2, rate=Decimal("1.0824"), quoted="usd_per_unit")  # 100 euros
    10824
    >>> us_cents(1_000, digits=0, rate=Decimal("105"), quoted="units_per_usd")  # 1,000 yen: 9.5238… dollars
    952
    >>> us_cents(1_500, digits=3, rate=Decimal("3.25"), quoted="usd_per_unit")  # 1.5 dinars: 4.875 dollars
    488
    """
    if not rate.is_finite() or rate <= 0:
        raise ValueError(rate)
    units = Fraction(minor, 10**digits)
    if quoted == USD_PER_UNIT:
        return half_up(units * Fraction(rate) * 100)
    if quoted == UNITS_PER_USD:
        return half_up(units / Fraction(rate) * 100)
    raise ValueError(quoted)


def share_of(cents: int, *, part: int, whole: int) -> int:
    """How many of the US cents that stand for a whole leave with a part of it; with all of it, all of them.

    An amount may have been counted at several rates; what leaves takes its share of what they came to.

    >>> share_of(1000, part=1, whole=3), share_of(1000, part=3, whole=3)
    (333, 1000)
    """
    return half_up(Fraction(cents * part, whole))


def half_up(exact: Fraction) -> int:
    """A whole number: halves go up.

    >>> half_up(Fraction(5, 2)), half_up(Fraction(12, 5))
    (3, 2)
    """
    return int((exact + Fraction(1, 2)) // 1)
