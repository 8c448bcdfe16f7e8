"""Money as rows that a reader of OCHA's Financial Tracking Service knows: its names of columns, flattened.

One row for each stage at which something of a flow stands, as FTS has one status a flow. `instrument` is ours: grants
and loans are never added together. Money that is shown to everyone has neither reference nor own words here, and names
no member that has not agreed to it.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final, Literal

from django.db.models import Q, QuerySet

from unmet.access.actors import current
from unmet.catalogue import rates
from unmet.catalogue.models import ExchangeRate
from unmet.exchange.download import Column, Value
from unmet.figures.money import STAGES
from unmet.parties.models import Party
from unmet.support import flow_queries
from unmet.support.flows import COLUMN
from unmet.support.models import Flow, FlowStep, MoneyStage

COLUMNS: Final = (
    "id", "versionId", "status", "date", "budgetYear", "decisionDate", "firstReportedDate", "amountUSD",
    "originalAmount", "originalCurrency", "exchangeRate", "contributionType", "flowType", "method", "boundary",
    "newMoney", "parentFlowId", "srcOrganization", "srcLocations", "destOrganization", "destLocations",
    "destEmergency", "destGlobalClusters", "description", "refCode", "instrument",
)  # fmt: skip
Row = Mapping[str, Value]
_KINDS: Final[Mapping[str, Literal["money", "integer", "date", "quantity"]]] = {
    "amountUSD": "money", "originalAmount": "quantity", "exchangeRate": "quantity", "versionId": "integer",
    "budgetYear": "integer", "date": "date", "decisionDate": "date", "firstReportedDate": "date",
}  # fmt: skip
_DIGITS: Final = 10  # of a rate that its source quotes the other way round


def columns() -> list[Column]:
    """For a file."""
    return [Column(name, name, _KINDS.get(name, "text")) for name in COLUMNS]


def cells(found: Iterable[Row]) -> Iterator[list[Value]]:
    """For a file."""
    return ([row[name] for name in COLUMNS] for row in found)


def seen() -> QuerySet[Flow]:
    """What the acting person's parties give, pass on and get, and what sources show to everyone."""
    mine = Q(pk__in=flow_queries.given().values("pk")) | Q(pk__in=flow_queries.coming().values("pk"))
    return Flow.objects.filter(mine | Q(public_at__isnull=False))


def rows(flows: Iterable[Flow], *, of_everyone: bool) -> Iterator[Row]:
    """The rows of some flows, which come `for_reading`; with `of_everyone` as the public reads them, whoever asks."""
    shown = list(flows)
    mine = set() if of_everyone else set(_whole(shown))
    named = flow_queries.names_in_public([flow for flow in shown if flow.pk not in mine])
    steps: dict[int, list[FlowStep]] = {flow.pk: [] for flow in shown}
    for step in FlowStep.objects.filter(flow__in=steps).order_by("pk"):
        steps[step.flow_id].append(step)
    for flow in shown:
        whole = flow.pk in mine
        ends, others = ([row.party for row in flow.going_to.all()], 0) if whole else named[flow.pk]
        for stage in STAGES:
            if getattr(flow, COLUMN[MoneyStage(stage)]):
                yield _row(flow, stage, steps[flow.pk], ends, others, whole=whole)


def _whole(flows: Iterable[Flow]) -> Iterable[int]:
    """Those of which the acting person reads all: the same as `flow_queries.find` shows."""
    pks, actor = [flow.pk for flow in flows], current()
    yield from flow_queries.coming().filter(pk__in=pks).values_list("pk", flat=True)
    yield from (flow.pk for flow in flows if flow.source_id in actor.all_parties)


def _row(flow: Flow, stage: str, steps: list[FlowStep], ends: list[Party], others: int, *, whole: bool) -> Row:
    column, digits = COLUMN[MoneyStage(stage)], rates.digits(flow.currency)
    last = next(step for step in reversed(steps) if step.to_stage == stage)
    first = steps[0]
    names = sorted(party.name_en for party in ends) + ([f"{others} not named"] if others else [])
    return {
        "id": str(flow.uuid), "versionId": flow.version, "status": stage, "date": last.dated_on,
        "budgetYear": first.dated_on.year, "decisionDate": first.dated_on,
        "firstReportedDate": flow.stated_at.date(), "amountUSD": Decimal(getattr(flow, f"{column}_cents")).scaleb(-2),
        "originalAmount": Decimal(getattr(flow, column)).scaleb(-digits), "originalCurrency": flow.currency,
        "exchangeRate": _rate(last, flow.currency), "contributionType": "financial",
        "flowType": "Standard" if flow.passes_on_id is None else "Pass through", "method": "Traditional aid",
        "boundary": flow.boundary, "newMoney": "true" if flow.passes_on_id is None else "false",
        "parentFlowId": str(flow.passes_on.uuid) if whole and flow.passes_on else "",
        "srcOrganization": flow.source.name_en, "srcLocations": _states([flow.source]),
        "destOrganization": "; ".join(names), "destLocations": _states(ends), "destEmergency": flow.emergency.name_en,
        "destGlobalClusters": flow.sector.name_en if flow.sector else "",
        "description": flow.text if whole else "", "refCode": flow.reference if whole else "",
        "instrument": flow.instrument,
    }  # fmt: skip


def _states(parties: Iterable[Party]) -> str:
    return "; ".join(sorted(party.code for party in parties if party.kind == Party.Kind.STATE))


def _rate(step: FlowStep, currency: str) -> Decimal | None:
    """Units of the currency for one US dollar, as FTS has it; none for US dollars."""
    if currency == rates.USD:
        return None
    exact = Decimal(step.rate)
    if step.quoted == ExchangeRate.Quoted.UNITS_PER_USD:
        return exact
    inverse = 1 / exact
    return round(inverse, _DIGITS - inverse.adjusted() - 1).normalize()
