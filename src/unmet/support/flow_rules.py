"""What may be stated of money: its ends, the boundary it crosses, its channel, its need, and what it comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from unmet.catalogue import rates
from unmet.catalogue.models import Emergency, ExchangeRate, Item, Sector
from unmet.methods import money
from unmet.methods.plain import plain
from unmet.needs import comments
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.support import dated
from unmet.support.models import Flow, FlowStep

LONGEST: Final = 2000  # characters of what it is for
LONGEST_REASON: Final = 500
LONGEST_RATE_SOURCE: Final = 300
MOST: Final = 10**17  # in the smallest units of a currency, and 10**15 US cents: sums of them stay within 64 bits
MOST_CENTS: Final = 10**15

Reason = Literal[
    "reference", "known", "nobody", "itself", "outside", "mixed", "channel", "passes_on", "need", "currency", "amount",
    "too_large", "rate", "rate_wrong", "rate_source", "future", "stage", "more_than_stands", "move_on", "changed",
    "why", "too_long", "not_paid", "not_money", "shipped", "public", "not_public", "named", "channel_kind", "before",
    "taken_back",
]  # fmt: skip


class FlowRefused(Exception):
    """Nothing was written; `reason` is one of `Reason`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rate:
    """The rate that whoever states the money used, as its source quotes it (`ExchangeRate.Quoted`)."""

    rate: str
    quoted: str
    dated_on: date
    source: str


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in the smallest units of the flow's currency, for a day; without a rate the catalogue's is taken."""

    minor: int
    dated_on: date
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """What a flow says of itself. A need or an item gives the sector, a need the emergency."""

    destinations: Sequence[Party]
    emergency: Emergency
    currency: str
    reference: str
    instrument: str = Flow.Instrument.GRANT
    via: str = Flow.Via.BILATERAL
    channel: Party | None = None
    sector: Sector | None = None
    item: Item | None = None
    need: Need | None = None
    passes_on: Flow | None = None
    text: str = ""
    fact_source: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was said, with all that follows from it, fit to be written."""

    boundary: str
    emergency: Emergency
    sector: Sector | None
    item: Item | None
    reference: str
    text: str
    fact_source: str
    going_to: frozenset[int]


# ── what was said ────────────────────────────────────────────────────────────
def checked(said: Money, source: Party, day: date) -> Checked:
    """What a source says of its money, if it may stand so on a day.

    Raises:
        FlowRefused: see `flows.state`.
    """
    reference, text, fact_source = (
        plain(said.reference),
        plain(said.text.replace("\r\n", "\n")),
        plain(said.fact_source),
    )
    if not reference or len(reference) > 80:
        raise FlowRefused("reference")
    if len(text) > LONGEST or len(fact_source) > LONGEST_REASON:
        raise FlowRefused("too_long")
    if said.instrument not in Flow.Instrument.values:
        raise FlowRefused("stage")
    going_to = frozenset(party.pk for party in said.destinations)
    if not going_to:
        raise FlowRefused("nobody")
    if source.pk in going_to:
        raise FlowRefused("itself")
    boundary = boundary_of(source, said.destinations, on=day)
    _check_channel(said, source, going_to)
    emergency, sector, item = said.emergency, said.sector, said.item
    if said.need is not None:
        _check_need(said.need, going_to)
        emergency, item = said.need.emergency, said.need.item
    if item is not None:
        sector = item.sector
    return Checked(boundary, emergency, sector, item, reference, text, fact_source, going_to)


def boundary_of(source: Party, destinations: Sequence[Party], *, on: date) -> str:
    """How money crosses the boundary of the coalition, by who was a member on a day.

    Raises:
        FlowRefused: `outside`: it does not touch the coalition; `mixed`: part of it crosses, part does not.
    """
    members = set(Party.objects.all().members(on=on).values_list("pk", flat=True))
    inside = {party.pk in members for party in destinations}
    if len(inside) > 1:
        raise FlowRefused("mixed")
    if source.pk in members:
        return Flow.Boundary.INTERNAL if True in inside else Flow.Boundary.OUTGOING
    if True in inside:
        return Flow.Boundary.INCOMING
    raise FlowRefused("outside")


def _check_channel(said: Money, source: Party, going_to: frozenset[int]) -> None:
    direct = said.via == Flow.Via.BILATERAL
    if said.via not in Flow.Via.values or direct != (said.channel is None):
        raise FlowRefused("channel")
    if said.channel is not None and said.channel.pk in {source.pk, *going_to}:
        raise FlowRefused("channel")
    if said.channel is not None and not _is_channel(said.channel, said.via):
        raise FlowRefused("channel_kind")
    passed = said.passes_on
    if passed is None:
        return
    # What its channel passes on was counted when the first source stated it: it is shown, and in no total again.
    ends = set(passed.going_to.values_list("party_id", flat=True))
    if passed.channel_id != source.pk or passed.passes_on_id is not None or not going_to <= ends:
        raise FlowRefused("passes_on")


def _is_channel(party: Party, via: str) -> bool:
    """Whether money that goes through a party goes `via` this kind of channel."""
    if via == Flow.Via.WHO:
        return party.code == "WHO"
    return via != Flow.Via.FUND or party.kind in (Party.Kind.FUND, Party.Kind.BANK)


def _check_need(need: Need, going_to: frozenset[int]) -> None:
    if need.member_id not in going_to or need.item is None:
        raise FlowRefused("need")
    if comments.need(need.uuid) is None:
        raise FlowRefused("need")


# ── what it comes to ─────────────────────────────────────────────────────────
def valued(amount: Amount, currency: str, *, at: datetime) -> tuple[Rate, int]:
    """The rate that is kept with a step, and the amount in US cents at it.

    Raises:
        FlowRefused: `currency`, `amount`, `too_large`, `future`, `rate`, `rate_wrong`, `rate_source` or `too_long`.
    """
    if currency not in rates.currencies():
        raise FlowRefused("currency")
    if amount.minor <= 0:
        raise FlowRefused("amount")
    if amount.minor > MOST:
        raise FlowRefused("too_large")
    check_day(amount.dated_on, at=at)
    rate = _rate(amount, currency)
    cents = money.us_cents(amount.minor, digits=rates.digits(currency), rate=Decimal(rate.rate), quoted=rate.quoted)
    if cents > MOST_CENTS:
        raise FlowRefused("too_large")
    return rate, cents


def check_day(day: date, *, at: datetime) -> None:
    """Refuse a day that nowhere on earth has begun.

    Raises:
        FlowRefused: `future`.
    """
    if dated.has_not_begun(day, at=at):
        raise FlowRefused("future")


def _rate(amount: Amount, currency: str) -> Rate:
    if currency == rates.USD:
        return Rate("1", ExchangeRate.Quoted.USD_PER_UNIT, amount.dated_on, "")
    typed = amount.rate
    if typed is None:
        found = rates.rate_for(currency, on=amount.dated_on)
        if found is None:
            raise FlowRefused("rate")
        return Rate(found.rate, found.quoted, found.dated_on, found.source)
    return exact_rate(typed)


def rate_of(step: FlowStep) -> Rate:
    """The rate that was kept with a step."""
    return Rate(step.rate, step.quoted, step.rate_on, step.rate_source)


def exact_rate(typed: Rate) -> Rate:
    """A rate as somebody wrote it, as an exact decimal with its source.

    Raises:
        FlowRefused: `rate_wrong`, `rate_source` or `too_long`.
    """
    try:
        exact = Decimal(typed.rate)
    except InvalidOperation:
        raise FlowRefused("rate_wrong") from None
    written = f"{exact.normalize():f}" if exact.is_finite() and abs(exact.adjusted()) < 12 else ""
    if not written or exact <= 0 or len(written) > 24 or typed.quoted not in ExchangeRate.Quoted.values:
        raise FlowRefused("rate_wrong")
    source = plain(typed.source)
    if not source:
        raise FlowRefused("rate_source")
    if len(source) > LONGEST_RATE_SOURCE:
        raise FlowRefused("too_long")
    return Rate(written, typed.quoted, typed.dated_on, source)
