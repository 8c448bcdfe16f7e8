"""Currencies and their dated rates to the US dollar."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from babel.core import get_global
from babel.numbers import get_currency_precision

from unmet.catalogue.models import ExchangeRate

USD: Final = "USD"
# A rate of one day is taken for days near it; further away, whoever states the money says which rate was used.
HOLDS: Final = timedelta(days=31)


@lru_cache(maxsize=1)
def currencies() -> tuple[str, ...]:
    """ISO 4217 codes of the currencies that are legal tender somewhere today, in the order of the alphabet."""
    tender = get_global("territory_currencies").values()
    return tuple(
        sorted({code for used in tender for code, _since, until, is_tender in used if is_tender and not until})
    )


def digits(currency: str) -> int:
    """How many decimals the amounts of a currency have (CLDR): yen 0, dollar 2, Kuwaiti dinar 3."""
    return get_currency_precision(currency)


def rate_for(currency: str, *, on: date) -> ExchangeRate | None:
    """The rate of a currency for a day: the newest that is not after it and still holds; None where there is none.

    Of two for one day the one entered last is taken.
    """
    newest = ExchangeRate.objects.filter(currency=currency, dated_on__lte=on).order_by("-dated_on", "-pk").first()
    if newest is None or newest.fixed or on - newest.dated_on <= HOLDS:
        return newest
    return None
