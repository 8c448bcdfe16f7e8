"""Quantities as the API writes and reads them: decimal text in base units, US dollars for money."""

from decimal import Decimal

from django.utils.translation import gettext as _

from unmet.api.problems import Problem
from unmet.catalogue import rates
from unmet.catalogue.models import Item
from unmet.exchange import flow_refusals
from unmet.exchange.download import number_text


def told(thousandths: int, item: Item | None) -> str:
    """A quantity of the books as text: base units, or US dollars for money."""
    return number_text(Decimal(thousandths) / _factor(item))


def told_or_none(thousandths: int | None, item: Item | None) -> str | None:
    """The same; None is not known, which is not zero."""
    return None if thousandths is None else told(thousandths, item)


def usd(cents: int) -> str:
    """A value in US dollars."""
    return number_text(Decimal(cents) / 100)


def in_currency(minor: int, currency: str) -> str:
    """An amount in the smallest units of its currency, as text in that currency."""
    return number_text(Decimal(minor).scaleb(-rates.digits(currency)))


def in_smallest(amount: Decimal, currency: str) -> int:
    """An amount in the smallest units of its currency.

    Raises:
        Problem: it has more decimals than the currency.
    """
    scaled = amount.scaleb(rates.digits(currency))
    if scaled != int(scaled):
        raise Problem("refused", flow_refusals.too_fine(currency))
    return int(scaled)


def in_thousandths(amount: Decimal, item: Item | None) -> int:
    """A quantity as the books keep it.

    Raises:
        Problem: a part of something that is counted whole, or of a cent.
    """
    smallest = Decimal("0.01") if _is_money(item) else Decimal(1) if item is not None and item.whole else None
    if smallest is not None and amount % smallest:
        raise Problem("refused", _("This item is counted in whole units. Write a quantity without decimals."))
    return int(amount * _factor(item))


def _is_money(item: Item | None) -> bool:
    return item is not None and item.kind == Item.Kind.FINANCE


def _factor(item: Item | None) -> int:
    return 100_000 if _is_money(item) else 1000


def unit(item: Item | None) -> str:
    """The code of the unit: that of the item, USD for money."""
    if item is None:
        return ""
    return "USD" if _is_money(item) else item.base_unit.code
