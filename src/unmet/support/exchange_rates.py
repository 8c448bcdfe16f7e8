"""Coordination enters published exchange rates, and takes out its own. Stated money keeps the rate it copied."""

from datetime import datetime

from django.db import IntegrityError, transaction

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.catalogue import rates
from unmet.catalogue.models import ExchangeRate
from unmet.parties.models import Person
from unmet.support.flow_rules import FlowRefused, Rate, check_day, exact_rate


@transaction.atomic
def add(currency: str, said: Rate, *, fixed: bool, by: Person, at: datetime) -> ExchangeRate:
    """Enter a rate as its source quotes it. It counts for money that is stated from now on.

    Raises:
        NotAllowed: `by` is not of coordination.
        FlowRefused: `currency` (the US dollar has no rate), `rate_wrong`, `rate_source`, `too_long`, `future`, or
            `known`: this source has a rate of that day already.
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    if currency not in rates.currencies() or currency == rates.USD:
        raise FlowRefused("currency")
    read = exact_rate(said)
    check_day(read.dated_on, at=at)
    try:
        with transaction.atomic():
            made = ExchangeRate.objects.create(
                currency=currency, dated_on=read.dated_on, rate=read.rate, quoted=read.quoted, fixed=fixed,
                source=read.source, edited_here=True,
            )  # fmt: skip
    except IntegrityError:
        raise FlowRefused("known") from None
    _record("catalogue.rate_added", made, at)
    return made


@transaction.atomic
def drop(rate: ExchangeRate, *, by: Person, at: datetime) -> None:
    """Take out a rate that was entered here. What was stated with it keeps it.

    Raises:
        NotAllowed: `by` is not of coordination.
        FlowRefused: `shipped`: it came with the product.
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = ExchangeRate.objects.select_for_update().filter(pk=rate.pk, edition="").first()
    if standing is None:
        raise FlowRefused("shipped")
    _record("catalogue.rate_dropped", standing, at)
    standing.delete()


def _record(event: str, rate: ExchangeRate, at: datetime) -> None:
    access.record(
        event=event, at=at, role=Role.COORDINATION, subject_kind="rate", subject=rate.currency,
        detail={
            "rate": rate.rate, "quoted": str(rate.quoted), "dated_on": rate.dated_on.isoformat(), "fixed": rate.fixed,
            "source": rate.source,
        },
    )  # fmt: skip
