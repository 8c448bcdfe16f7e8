"""Money that its sources show to everyone: totals by boundary, instrument and stage, and the rows behind each."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from unmet.catalogue import rates
from unmet.catalogue.models import Emergency, Item
from unmet.exchange.download import Column, Value
from unmet.figures import money as figures
from unmet.figures.money import StandingRow, Total
from unmet.figures.order import by_name
from unmet.parties.models import Party
from unmet.support import flow_queries as queries
from unmet.support.models import Flow, MoneyStage
from unmet.web.public.chosen import found
from unmet.web.public.lines import usd
from unmet.web.public.pages import Answer, Pages, Refused, Table, public
from unmet.web.requests import PageRequest


@dataclass(frozen=True, slots=True)
class Asked:
    """The part of the money that the address asks for."""

    emergency: Emergency | None
    item: Item | None
    boundary: str
    instrument: str
    stage: str

    def query(self, **changes: str) -> str:
        """The query string of the same with some parts changed."""
        parts = {
            "emergency": self.emergency.code if self.emergency else "", "item": self.item.code if self.item else "",
            "boundary": self.boundary, "instrument": self.instrument, "stage": self.stage,
        } | changes  # fmt: skip
        return urlencode({name: value for name, value in parts.items() if value})


@dataclass(frozen=True, slots=True)
class Cell:
    """One total with the address of its rows."""

    total: Total
    query: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One row: what stands of a flow at a stage, and whom it may name."""

    row: StandingRow
    named: list[Party]
    others: int


@public
def money(request: PageRequest) -> Answer:
    """Totals of public money, and what stands behind each."""
    asked = _asked(request)
    scope = figures.counted(queries.public())
    if asked.emergency:
        scope = scope.filter(emergency=asked.emergency)
    if asked.item:
        scope = scope.filter(item=asked.item)
    flows = scope
    for name in ("boundary", "instrument"):
        if value := getattr(asked, name):
            flows = flows.filter(**{name: value})
    if asked.stage:
        flows = figures.at_stage(flows, asked.stage)

    def context() -> dict[str, Any]:
        pages = Pages.of(request, flows.count())
        return {
            "asked": asked,
            "filtered": bool(asked.boundary or asked.instrument or asked.stage),
            "all_query": asked.query(boundary="", instrument="", stage=""),
            "totals": _totals(asked, figures.totals(scope)),
            "stages": MoneyStage.choices,
            "pages": pages,
            "rows": list(_shown(queries.for_reading(flows)[pages.start : pages.stop], asked.stage)),
            "emergencies": by_name(Emergency.objects.all()),
            "words": _words(asked),
            "definitions": figures.DEFINITIONS,
        }

    def rows() -> Iterator[list[Value]]:
        for shown in _shown(queries.for_reading(flows), asked.stage):
            yield _line(shown)

    def table() -> Table:
        query = asked.query()
        about = {"scope": query} if query else {}
        about["definition"] = _(
            "What stands at each stage. Pledges stand apart; grants and loans are never added, nor are the boundaries."
        )
        return Table("unmet-money", _("Money"), _columns(), rows, about)

    return Answer("web/public/money.html", context, table)


def _asked(request: PageRequest) -> Asked:
    """Read the address.

    Raises:
        Refused: a code or a word that is not there.
    """
    get = request.GET.get
    chosen = {name: get(name, "") for name in ("boundary", "instrument", "stage")}
    known = {"boundary": figures.BOUNDARIES, "instrument": figures.INSTRUMENTS, "stage": figures.STAGES}
    for name, value in chosen.items():
        if value and value not in known[name]:
            raise Refused(_("Nothing here has the code “%(code)s”.") % {"code": value[:60]})
    return Asked(
        emergency=found(Emergency, get("emergency", "")) if get("emergency") else None,
        item=found(Item, get("item", "")) if get("item") else None, **chosen,
    )  # fmt: skip


def _totals(
    asked: Asked, totals: dict[figures.Cell, Total]
) -> list[tuple[str, str, list[tuple[str, list[Cell]]], bool]]:
    """By boundary (code, words): each instrument with its cells by stage; whether there is anything in them."""
    words = {
        Flow.Boundary.INCOMING: _("Incoming: from outside the coalition to its members"),
        Flow.Boundary.INTERNAL: _("Internal: from a member to members"),
        Flow.Boundary.OUTGOING: _("Outgoing: from a member to others"),
    }
    instruments = {Flow.Instrument.GRANT: _("Grants"), Flow.Instrument.LOAN: _("Loans")}

    def cells(boundary: str, instrument: str) -> list[Cell]:
        return [
            Cell(
                totals[boundary, instrument, stage],
                asked.query(boundary=boundary, instrument=instrument, stage=stage),
            )
            for stage in figures.STAGES
        ]

    return [
        (
            boundary,
            str(title),
            [(str(label), cells(boundary, one)) for one, label in instruments.items()],
            any(total.flows for cell, total in totals.items() if cell[0] == boundary),
        )
        for boundary, title in words.items()
    ]


def _shown(flows: Any, stage: str) -> Iterator[Shown]:
    listed = list(flows)
    names = queries.names_in_public(listed)
    for row in figures.standing(listed, stage=stage):
        yield Shown(row, *names[row.flow.pk])


def _words(asked: Asked) -> list[str]:
    """The part that is shown, in words."""
    chosen = [
        Flow.Boundary(asked.boundary).label if asked.boundary else "",
        Flow.Instrument(asked.instrument).label if asked.instrument else "",
        MoneyStage(asked.stage).label if asked.stage else "",
        asked.item.name if asked.item else "",
        asked.emergency.name if asked.emergency else "",
    ]
    return [str(word) for word in chosen if word]


def _columns() -> list[Column]:
    return [
        Column("flow", _("Money, number"), "text"),
        Column("source", _("From, code"), "text"),
        Column("source_name", _("From"), "text"),
        Column("destinations", _("To, codes of those that are named"), "text"),
        Column("destinations_not_named", _("To, members that are not named"), "integer"),
        Column("via", _("Channel"), "text"),
        Column("boundary", _("Boundary"), "text"),
        Column("instrument", _("Instrument"), "text"),
        Column("emergency", _("Emergency"), "text"),
        Column("sector", _("Sector"), "text"),
        Column("item", _("Item, code"), "text"),
        Column("stage", _("Stage"), "text"),
        Column("arrived", _("Arrived, as those it is for say: yes, in_part, not_said"), "text"),
        Column("currency", _("Currency"), "text"),
        Column("amount", _("Amount in that currency"), "quantity"),
        Column("amount_usd", _("Amount, US$"), "money"),
        Column("last_on", _("Last step on"), "date"),
        Column("rate", _("Rate of the last step"), "text"),
        Column("rate_quoted", _("How the rate is quoted"), "text"),
        Column("rate_on", _("Day of the rate"), "date"),
        Column("rate_source", _("Source of the rate"), "text"),
        Column("fact_source", _("Source of the fact"), "text"),
    ]


def _line(shown: Shown) -> list[Value]:
    flow, last = shown.row.flow, shown.row.last
    return [
        str(flow.uuid), flow.source.code, flow.source.name, " ".join(party.code for party in shown.named), shown.others,
        flow.via, flow.boundary, flow.instrument, flow.emergency.code, flow.sector.code if flow.sector else "",
        flow.item.code if flow.item else "", str(shown.row.stage), shown.row.arrived, flow.currency,
        Decimal(shown.row.amount).scaleb(-rates.digits(flow.currency)), usd(shown.row.cents), last.dated_on, last.rate,
        last.quoted, last.rate_on, last.rate_source, flow.fact_source,
    ]  # fmt: skip
