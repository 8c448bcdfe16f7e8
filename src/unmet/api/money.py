"""Money, for reading: what your parties give and get, step by step; and for everybody what its sources made public."""

import uuid
from collections.abc import Sequence
from typing import Annotated, Literal

from django.db.models import Prefetch, QuerySet
from pydantic import Field

from unmet.access.actors import current
from unmet.api import amounts, found, lists
from unmet.api import money_schemas as said
from unmet.api.door import ApiRequest, One, Operations
from unmet.api.lists import Cursor, Limit, Listing, Rows
from unmet.api.problems import Problem
from unmet.api.values import Code
from unmet.catalogue.models import Emergency, Item
from unmet.figures import money as figures
from unmet.parties.models import Party
from unmet.support import flow_queries as queries
from unmet.support.models import Flow, FlowConfirmation, FlowStep

operations = Operations("money", "/money")
Number = Annotated[int, Field(ge=1, le=1_000_000, description="The number of a step.")]


# ── what everybody sees ──────────────────────────────────────────────────────
@operations.listing("/public", said.PublicMoney)
def public_money(
    request: ApiRequest, emergency: Code | None = None, item: Code | None = None,
    boundary: said.Boundary | None = None, instrument: said.Instrument | None = None, stage: said.Stage | None = None,
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """Money that its sources show to everyone, in the order in which it was stated.

    What passes on money that was counted already is not in it.
    """
    rows = _filtered(_counted(emergency, item), boundary, instrument)
    if stage is not None:
        rows = figures.at_stage(rows, stage)
    rows = rows.select_related("source", "emergency", "sector", "item")
    return Listing(said.PublicMoney, lists.by_age_together(rows, _publicly), limit, cursor)


@operations.listing("/totals", said.MoneyTotal)
def money_totals(
    request: ApiRequest, emergency: Code | None = None, item: Code | None = None,
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """What stands of public money, by boundary, instrument and stage. Nothing here may be added to anything else."""
    totals = list(figures.totals(_counted(emergency, item)).values())

    def fetch(after: str, limit: int) -> Rows:
        start = int(after or 0)
        return [(str(place), _total(one)) for place, one in enumerate(totals[start : start + limit], start + 1)]

    return Listing(said.MoneyTotal, fetch, limit, cursor)


def _counted(emergency: str | None, item: str | None) -> QuerySet[Flow]:
    rows = figures.counted(queries.public())
    if emergency is not None:
        rows = rows.filter(emergency=found.by_code(Emergency.objects.all(), emergency))
    if item is not None:
        rows = rows.filter(item=found.by_code(Item.objects.all(), item))
    return rows


def _filtered(rows: QuerySet[Flow], boundary: str | None, instrument: str | None) -> QuerySet[Flow]:
    if boundary is not None:
        rows = rows.filter(boundary=boundary)
    return rows if instrument is None else rows.filter(instrument=instrument)


def _publicly(shown: Sequence[Flow]) -> list[said.PublicMoney]:
    """Money of one page: whom each names and what stands of it is read for all of it at once."""
    names = queries.names_in_public(shown)
    stages: dict[int, list[said.PublicStage]] = {flow.pk: [] for flow in shown}
    for row in figures.standing(shown):
        stages[row.flow.pk].append(_public_stage(row))
    return [_public(flow, *names[flow.pk], stages[flow.pk]) for flow in shown]


def _public(flow: Flow, named: list[Party], others: int, stages: list[said.PublicStage]) -> said.PublicMoney:
    return said.PublicMoney(
        id=flow.uuid, source=flow.source.code, destinations=[party.code for party in named],
        destinations_not_named=others, via=flow.via, boundary=flow.boundary, instrument=flow.instrument,
        emergency=flow.emergency.code, sector=flow.sector.code if flow.sector else None,
        item=flow.item.code if flow.item else None, currency=flow.currency, fact_source=flow.fact_source,
        stages=stages,
    )  # fmt: skip


def _public_stage(row: figures.StandingRow) -> said.PublicStage:
    last = row.last
    return said.PublicStage(
        stage=str(row.stage), amount=amounts.in_currency(row.amount, row.flow.currency), usd=amounts.usd(row.cents),
        arrived=row.arrived or None, last_on=last.dated_on, rate=last.rate, quoted=last.quoted, rate_on=last.rate_on,
        rate_source=last.rate_source,
    )  # fmt: skip


def _total(one: figures.Total) -> said.MoneyTotal:
    return said.MoneyTotal(
        boundary=one.boundary, instrument=one.instrument, stage=one.stage, usd=amounts.usd(one.cents), behind=one.flows
    )


# ── what your parties give and get ───────────────────────────────────────────
@operations.listing("", said.Money, scope="read")
def money(
    request: ApiRequest, side: Literal["given", "coming"] = "given", emergency: Code | None = None,
    boundary: said.Boundary | None = None, instrument: said.Instrument | None = None,
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """What your parties give; or, with `side=coming`, what is for them or passes through them."""
    rows = queries.given() if side == "given" else queries.coming()
    if emergency is not None:
        rows = rows.filter(emergency=found.by_code(Emergency.objects.all(), emergency))
    rows = queries.for_reading(_filtered(rows, boundary, instrument))
    return Listing(said.Money, lists.by_age(rows, told), limit, cursor)


@operations.one("/{id}", said.Money, scope="read", tagged=True)
def money_one(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002 - the name in the address
    """Money of one source and reference; its `ETag` is the version that you move on, add to, take back or publish."""
    return now(find(id))


@operations.listing("/{id}/steps", said.MoneyStep, scope="read")
def money_steps(
    request: ApiRequest, id: uuid.UUID, limit: Limit = lists.DEFAULT, cursor: Cursor = None,  # noqa: A002
) -> Listing:  # fmt: skip
    """Its steps in their order, each with its rate, and who says that a payment arrived."""
    flow = find(id)
    return Listing(said.MoneyStep, lambda after, limit: _steps(flow, int(after or 0), limit), limit, cursor)


def find(id_: uuid.UUID) -> Flow:
    """Money that the acting person's parties give, pass on or get.

    Raises:
        Problem: `not-found`.
    """
    flow = queries.find(id_)
    if flow is None:
        raise Problem("not-found")
    return flow


def _steps(flow: Flow, start: int, limit: int) -> Rows:
    """Some steps from a place on: there are never fewer of them, so a number stays that of its step."""
    confirmations = FlowConfirmation.objects.select_related("party").order_by("pk")
    steps = flow.steps.select_related("by_party").prefetch_related(Prefetch("confirmations", queryset=confirmations))
    shown = steps.order_by("pk")[start : start + limit]
    return [(str(number), step_told(flow, step, number)) for number, step in enumerate(shown, start + 1)]


def step_of(flow: Flow, number: int) -> FlowStep:
    """A step by its number.

    Raises:
        Problem: `not-found`.
    """
    step = next(iter(flow.steps.order_by("pk")[number - 1 : number]), None)
    if step is None:
        raise Problem("not-found")
    return step


def step_told(flow: Flow, step: FlowStep, number: int) -> said.MoneyStep:
    """A step as it is given."""
    return said.MoneyStep(
        number=number, from_stage=step.from_stage or None, to_stage=step.to_stage or None,
        amount=amounts.in_currency(step.amount, flow.currency), currency=flow.currency, usd=amounts.usd(step.us_cents),
        usd_out=amounts.usd(step.us_cents_out), rate=step.rate, quoted=step.quoted, rate_on=step.rate_on,
        rate_source=step.rate_source, dated_on=step.dated_on, stated_by=step.by_party.code, stated_at=step.at,
        reason=step.reason, confirmed_by=sorted(one.party.code for one in step.confirmations.all()),
    )  # fmt: skip


def version(flow: Flow) -> str:
    """Its `ETag`: one more with every step and with who is named, and whether everyone sees it."""
    return f'"{flow.uuid}.{flow.version}{".public" if flow.public_at else ""}"'


def now(flow: Flow, *, status: int = 200, location: str = "") -> One:
    """Money as it stands, with its version."""
    flow = find(flow.uuid)
    return One(told(flow), etag=version(flow), status=status, location=location)


def told(flow: Flow) -> said.Money:
    """Money as it is given."""
    actor, ends = current(), list(flow.going_to.all())
    # Of a set of destinations only one has the need: which of its needs is nobody else's business but the source's.
    shown = flow.need and (flow.source_id in actor.all_parties or flow.need.member_id in actor.own_parties)
    came_of = flow.acceptance
    if came_of is not None and not (flow.source_id in actor.all_parties or came_of.member_id in actor.own_parties):
        came_of = None
    stages = {name: amounts.in_currency(getattr(flow, name), flow.currency) for name in _STAGES}
    dollars = {f"{name}_usd": amounts.usd(getattr(flow, f"{name}_cents")) for name in _STAGES}
    return said.Money(
        id=flow.uuid, source=flow.source.code, destinations=sorted(row.party.code for row in ends), via=flow.via,
        channel=flow.channel.code if flow.channel else None, instrument=flow.instrument, boundary=flow.boundary,
        emergency=flow.emergency.code, sector=flow.sector.code if flow.sector else None,
        item=flow.item.code if flow.item else None, need=flow.need.uuid if flow.need and shown else None,
        offer=came_of.offer_line.offer.uuid if came_of else None,
        counted=flow.passes_on_id is None, reference=flow.reference, text=flow.text, fact_source=flow.fact_source,
        currency=flow.currency, public_at=flow.public_at, stated_at=flow.stated_at,
        named=sorted(row.party.code for row in ends if row.named_at and row.party_id in actor.all_parties),
        **stages, **dollars,
    )  # fmt: skip


_STAGES = ("pledged", "committed", "paid")
