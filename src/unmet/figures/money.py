"""Money in figures: by boundary, instrument and stage, each total with its rows; and what is *funded*.

Everything is a plain sum of whole US cents over the steps of money. Pledges stand apart from what is committed and
paid; grants and loans are never added together; incoming, internal and outgoing never either. What a channel passes on
was counted when its source stated it, and is in no total again. None of it lowers a quantity: that falls when goods are
committed.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from unmet.support import flow_queries
from unmet.support.models import Flow, FlowStep, MoneyStage

BOUNDARIES: Final = tuple(Flow.Boundary.values)
INSTRUMENTS: Final = tuple(Flow.Instrument.values)
STAGES: Final = tuple(MoneyStage.values)
_AMOUNT: Final = {MoneyStage.PLEDGE: "pledged", MoneyStage.COMMITMENT: "committed", MoneyStage.PAID: "paid"}
FUNDING: Final = (MoneyStage.COMMITMENT, MoneyStage.PAID)  # a pledge funds nothing

Cell = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class MoneyFigure:
    """What a word of these pages means and how its number comes about."""

    code: str
    title: str | Promise
    meaning: str | Promise
    formula: str | Promise


DEFINITIONS: Final = (
    MoneyFigure(
        "pledge", _("Money pledged"),
        _("What sources promise and have not committed yet. A pledge is not help: it stands apart from every sum."),
        _("Pledged − committed out of it − taken back, in whole US cents"),
    ),
    MoneyFigure(
        "commitment", _("Money committed"),
        _("What sources have bound themselves to, by agreement, and have not paid yet."),
        _("Committed − paid out of it − taken back, in whole US cents"),
    ),
    MoneyFigure(
        "paid", _("Money paid"),
        _("What sources state as paid. Where the destination says that it arrived, that stands beside it."),
        _("Paid − taken back, in whole US cents"),
    ),
    MoneyFigure(
        "funded", _("Funded"),
        _(
            "Money committed or paid for an item. It lowers neither “not covered” nor “not yet in the country”: "
            "those fall only when goods are committed and received."
        ),
        _("Money committed + money paid, for the item, grants and loans apart"),
    ),
    MoneyFigure(
        "boundary", _("Boundary"),
        _(
            "Incoming: from outside the coalition to its members. Internal: from a member to members. Outgoing: from a "
            "member to others. Each crosses once, and the three are never added."
        ),
        _("By who was a member on the day of the first step"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Total:
    """One total: its boundary, instrument and stage, the US cents, and how many flows stand behind it."""

    boundary: str
    instrument: str
    stage: str
    cents: int = 0
    flows: int = 0


def counted(flows: QuerySet[Flow]) -> QuerySet[Flow]:
    """Those that count in totals: not what a channel passes on of money that was counted already."""
    return flows.filter(passes_on=None)


def cents_by_stage(flows: QuerySet[Flow]) -> Mapping[tuple[int, str], int]:
    """(flow, stage) -> US cents that stand there: what came by its steps less what left."""
    found: dict[tuple[int, str], int] = {}
    steps = FlowStep.objects.filter(flow__in=flows.order_by().values("pk"))
    for stage, name, sign in (("to_stage", "us_cents", 1), ("from_stage", "us_cents_out", -1)):
        summed = steps.exclude(**{stage: ""}).order_by().values_list("flow", stage).annotate(total=Sum(name))
        for flow, at, cents in summed:
            found[flow, at] = found.get((flow, at), 0) + sign * cents
    return found


def differences() -> list[str]:
    """Flows whose balances are not the sums of their steps, for `unmet doctor --books`. There are none."""
    units: dict[tuple[int, str], int] = {}
    for stage, sign in (("to_stage", 1), ("from_stage", -1)):
        summed = FlowStep.objects.exclude(**{stage: ""}).order_by().values_list("flow", stage).annotate(n=Sum("amount"))
        for flow, at, amount in summed:
            units[flow, at] = units.get((flow, at), 0) + sign * amount
    cents = cents_by_stage(Flow.objects.all())
    found = []
    for flow in Flow.objects.order_by("pk").iterator():
        for stage, column in _AMOUNT.items():
            kept = (getattr(flow, column), getattr(flow, f"{column}_cents"))
            summed_up = (units.get((flow.pk, stage), 0), cents.get((flow.pk, stage), 0))
            if kept != summed_up:
                found.append(f"money {flow.uuid}, {stage}: kept {kept}, steps {summed_up}")
    return found


def totals(flows: QuerySet[Flow]) -> dict[Cell, Total]:
    """(boundary, instrument, stage) -> the total, of those flows that count. Every cell is there, also at zero."""
    rows = counted(flows)
    kinds = {
        pk: (boundary, instrument)
        for pk, boundary, instrument in rows.order_by().values_list("pk", "boundary", "instrument")
    }
    cents: dict[Cell, int] = {}
    behind: dict[Cell, int] = {}
    for (flow, stage), amount in (cents_by_stage(rows) if kinds else {}).items():
        cell = (*kinds[flow], stage)
        cents[cell] = cents.get(cell, 0) + amount
        behind[cell] = behind.get(cell, 0) + bool(amount)
    return {
        cell: Total(*cell, cents.get(cell, 0), behind.get(cell, 0))
        for cell in ((b, i, s) for b in BOUNDARIES for i in INSTRUMENTS for s in STAGES)
    }


def funded(flows: QuerySet[Flow]) -> dict[str, int]:
    """Instrument -> US cents committed and paid, of those flows that count; loans never inside grants.

    The caller chooses the flows: those for a need or an item, that the reader may see.
    """
    found = dict.fromkeys(INSTRUMENTS, 0)
    for (_boundary, instrument, stage), total in totals(flows).items():
        if stage in FUNDING:
            found[instrument] += total.cents
    return found


def funded_by_need(flows: QuerySet[Flow]) -> dict[uuid.UUID, dict[str, int]]:
    """Need -> the same of each need that these flows are for."""
    rows = counted(flows).filter(need__isnull=False)
    kinds = {pk: (need, kind) for pk, need, kind in rows.order_by().values_list("pk", "need__uuid", "instrument")}
    found: dict[uuid.UUID, dict[str, int]] = {}
    for (flow, stage), cents in (cents_by_stage(rows) if kinds else {}).items():
        if stage in FUNDING and cents:
            need, instrument = kinds[flow]
            found.setdefault(need, dict.fromkeys(INSTRUMENTS, 0))[instrument] += cents
    return found


def units_for(cents: int, *, usd_millionths: int) -> int:
    """How many whole base units money would be at a reference price. Information only: it covers nothing."""
    return cents * 10_000 // usd_millionths


@dataclass(frozen=True, slots=True)
class StandingRow:
    """What stands of one flow at one stage: its amount in the smallest units of its currency, and in US cents.

    `last` is the newest step that brought money there: its day and rate. `arrived` says of what is paid whether those
    it is for say that it came: `yes`, `in_part` or `not_said`; it is empty at the other stages.
    """

    flow: Flow
    stage: str
    amount: int
    cents: int
    last: FlowStep
    arrived: str = ""


def standing(flows: Iterable[Flow], *, stage: str = "") -> Iterator[StandingRow]:
    """What stands of these flows at each stage, or at one: the rows behind the totals."""
    shown = list(flows)
    cents = cents_by_stage(Flow.objects.filter(pk__in=[flow.pk for flow in shown]))
    last: dict[tuple[int, str], FlowStep] = {}
    for step in FlowStep.objects.filter(flow__in=shown).exclude(to_stage="").order_by("pk"):
        last[step.flow_id, step.to_stage] = step
    arrived = flow_queries.arrivals(shown)
    for flow in shown:
        for at in MoneyStage:
            amount = getattr(flow, _AMOUNT[at])
            if amount and (not stage or stage == at):
                came = arrived.get(flow.pk, "") if at == MoneyStage.PAID else ""
                yield StandingRow(flow, at, amount, cents[flow.pk, at], last[flow.pk, at], came)


def at_stage(flows: QuerySet[Flow], stage: str) -> QuerySet[Flow]:
    """Flows of which something stands at a stage."""
    return flows.filter(**{f"{_AMOUNT[MoneyStage(stage)]}__gt": 0})
