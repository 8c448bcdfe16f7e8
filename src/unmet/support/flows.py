"""Money: stated, committed, paid, taken back. The books of needs do not move; they fall when goods are committed.

Each change is a step that is never edited. A commitment takes from what is pledged, a payment from what is committed;
what is paid without either was *paid at once*, and is refused while something still waits to be moved on, so that no
amount stands twice.
"""

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Min

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.methods import money
from unmet.methods.plain import plain
from unmet.parties.models import Party, Person
from unmet.support import flow_telling as tell
from unmet.support.flow_rules import (
    LONGEST_REASON,
    MOST,
    MOST_CENTS,
    Amount,
    Checked,
    FlowRefused,
    Money,
    Rate,
    check_day,
    checked,
    rate_of,
    valued,
)
from unmet.support.models import Flow, FlowDestination, FlowStep, MoneyStage

Stage = MoneyStage

COLUMN: Final = {Stage.PLEDGE: "pledged", Stage.COMMITMENT: "committed", Stage.PAID: "paid"}
BEFORE: Final = {Stage.COMMITMENT: Stage.PLEDGE, Stage.PAID: Stage.COMMITMENT}


# ── the first step ───────────────────────────────────────────────────────────
@transaction.atomic
def state(said: Money, stage: str, amount: Amount, *, source: Party, by: Person, at: datetime) -> tuple[Flow, bool]:
    """State money of one's own party: pledged, committed, or paid at once. Whether it is new: the same again is not.

    Raises:
        NotAllowed: `by` does not speak for the source.
        FlowRefused: `reference`, `known` (the reference stands with other particulars), `nobody`, `itself`, `outside`
            (neither side is a member), `mixed` (some destinations are members, some not), `channel`, `channel_kind`
            (it is not what `via` says), `passes_on`, `need`, `stage`, `too_long`; or of the amount `currency`,
            `amount`, `too_large`, `future`, `rate`, `rate_wrong`, `rate_source`.
    """
    may.require(Deed.STATE_FLOW, by=by, party=source)
    # One at a time, so that a report sent twice counts once.
    Party.objects.select_for_update(no_key=True).get(pk=source.pk)
    if stage not in Stage.values:
        raise FlowRefused("stage")
    stated = checked(said, source, amount.dated_on)
    rate, cents = valued(amount, said.currency, at=at)
    known = Flow.objects.filter(source=source, reference=stated.reference).first()
    if known is not None:
        if _same(known, said, stated, stage, amount, rate):
            return known, False
        raise FlowRefused("known")
    flow = Flow.objects.create(
        source=source, channel=said.channel, via=said.via, instrument=said.instrument, boundary=stated.boundary,
        emergency=stated.emergency, sector=stated.sector, item=stated.item, need=said.need,
        passes_on=said.passes_on, reference=stated.reference, text=stated.text, fact_source=stated.fact_source,
        currency=said.currency, stated_by=by, stated_at=at,
    )  # fmt: skip
    FlowDestination.objects.bulk_create(FlowDestination(flow=flow, party_id=pk) for pk in sorted(stated.going_to))
    _step(flow, "", stage, amount, rate, cents, reason="", by=by, at=at)
    return flow, True


def _same(known: Flow, said: Money, stated: Checked, stage: str, amount: Amount, rate: Rate) -> bool:
    """Whether a report says of a reference what it said the first time, all of it.

    A rate is compared where one was typed: the one of the catalogue may be another today, and the report the same.
    """
    first = known.steps.order_by("pk")[0]
    return (
        (first.to_stage, first.amount, first.dated_on) == (stage, amount.minor, amount.dated_on)
        and (amount.rate is None or rate == rate_of(first))
        and (known.currency, known.instrument, known.via) == (said.currency, said.instrument, said.via)
        and (known.channel, known.need, known.passes_on) == (said.channel, said.need, said.passes_on)
        and (known.emergency, known.sector, known.item) == (stated.emergency, stated.sector, stated.item)
        and (known.text, known.fact_source) == (stated.text, stated.fact_source)
        and frozenset(known.going_to.values_list("party_id", flat=True)) == stated.going_to
    )


# ── further steps ────────────────────────────────────────────────────────────
@transaction.atomic
def add(flow: Flow, stage: str, amount: Amount, *, version: int, by: Person, at: datetime) -> FlowStep:
    """More of the same money at a stage: a higher pledge, a commitment or a payment that was never promised before.

    Raises:
        NotAllowed: `by` does not speak for the source.
        FlowRefused: `stage`; `changed`; `move_on` while something stands at an earlier stage; or of the amount as in
            `state`.
    """
    may.require(Deed.STATE_FLOW, by=by, party=flow.source)
    if stage not in Stage.values:
        raise FlowRefused("stage")
    held = _held(flow, version)
    earlier = {Stage.COMMITMENT: held.pledged, Stage.PAID: held.pledged + held.committed}
    if earlier.get(Stage(stage), 0):
        raise FlowRefused("move_on")
    rate, cents = valued(amount, held.currency, at=at)
    return _step(held, "", stage, amount, rate, cents, reason="", by=by, at=at)


@transaction.atomic
def move_on(flow: Flow, stage: str, amount: Amount, *, version: int, by: Person, at: datetime) -> FlowStep:
    """Commit what is pledged, or pay what is committed, in part or whole.

    Raises:
        NotAllowed: `by` does not speak for the source.
        FlowRefused: `stage`; `changed`; `more_than_stands` at the stage before; `before` that stage was first reached;
            or of the amount as in `state`.
    """
    may.require(Deed.STATE_FLOW, by=by, party=flow.source)
    if stage not in BEFORE:
        raise FlowRefused("stage")
    held = _held(flow, version)
    rate, cents = valued(amount, held.currency, at=at)
    return _step(held, BEFORE[Stage(stage)], stage, amount, rate, cents, reason="", by=by, at=at)


@transaction.atomic
def take_back(
    flow: Flow, stage: str, minor: int, *, dated_on: date, reason: str, version: int, by: Person, at: datetime
) -> FlowStep:
    """Take back what stands at a stage, or correct it, in part or whole; what was said before stays readable.

    Raises:
        NotAllowed: `by` does not speak for the source.
        FlowRefused: `stage`; `changed`; `why` is missing or `too_long`; `amount`; `future`; `before` the stage was
            first reached; `more_than_stands`.
    """
    may.require(Deed.STATE_FLOW, by=by, party=flow.source)
    if stage not in Stage.values:
        raise FlowRefused("stage")
    why = plain(reason)
    if not why or len(why) > LONGEST_REASON:
        raise FlowRefused("too_long" if why else "why")
    held = _held(flow, version)
    if minor <= 0:
        raise FlowRefused("amount")
    check_day(dated_on, at=at)
    last = held.steps.filter(to_stage=stage).order_by("pk").last()
    if last is None:
        raise FlowRefused("more_than_stands")
    return _step(held, stage, "", Amount(minor, dated_on), rate_of(last), 0, reason=why, by=by, at=at)


def _held(flow: Flow, version: int) -> Flow:
    """The flow as it stands, for whoever has read its `version`."""
    held = Flow.objects.select_for_update(no_key=True).select_related("source").get(pk=flow.pk)
    if held.version != version:
        raise FlowRefused("changed")
    return held


def _step(
    flow: Flow, from_stage: str, to_stage: str, amount: Amount, rate: Rate, cents: int, *, reason: str, by: Person,
    at: datetime,
) -> FlowStep:  # fmt: skip
    """Write a step and move the balances with it; the update finds the flow only as it was read."""
    new: dict[str, int] = {}
    out = 0
    if from_stage:
        column = COLUMN[Stage(from_stage)]
        stands, stands_cents = getattr(flow, column), getattr(flow, f"{column}_cents")
        if amount.minor > stands:
            raise FlowRefused("more_than_stands")
        first = flow.steps.filter(to_stage=from_stage).aggregate(on=Min("dated_on"))["on"]
        if first is not None and amount.dated_on < first:
            raise FlowRefused("before")
        out = money.share_of(stands_cents, part=amount.minor, whole=stands)
        new |= {column: stands - amount.minor, f"{column}_cents": stands_cents - out}
    if to_stage:
        column = COLUMN[Stage(to_stage)]
        new |= {
            column: getattr(flow, column) + amount.minor, f"{column}_cents": getattr(flow, f"{column}_cents") + cents,
        }  # fmt: skip
        if new[column] > MOST or new[f"{column}_cents"] > MOST_CENTS:
            raise FlowRefused("too_large")
    if not Flow.objects.filter(pk=flow.pk, version=flow.version).update(version=flow.version + 1, **new):
        raise FlowRefused("changed")
    made = FlowStep.objects.create(
        flow=flow, from_stage=from_stage, to_stage=to_stage, amount=amount.minor, us_cents=cents, us_cents_out=out,
        rate=rate.rate, quoted=rate.quoted, rate_on=rate.dated_on, rate_source=rate.source, dated_on=amount.dated_on,
        by=by, by_party=flow.source, at=at, reason=reason,
    )  # fmt: skip
    access.record(
        event="support.money_stated" if to_stage else "support.money_taken_back", at=at, party=flow.source,
        subject_kind="flow", subject=flow.uuid, reason=reason,
        detail={
            "from": str(from_stage), "to": str(to_stage), "amount": amount.minor, "currency": flow.currency,
            "us_cents": cents, "us_cents_out": out, "rate": rate.rate, "dated_on": amount.dated_on.isoformat(),
        },
    )  # fmt: skip
    flow.refresh_from_db()
    tell.stepped(flow, str(to_stage), by=by, at=at)
    return made
