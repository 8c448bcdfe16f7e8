"""Money, for changing: stated, moved on, taken back, confirmed by those it is for, made public by its source."""

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from unmet.access.may import Deed
from unmet.api import amounts, found, problems, taken
from unmet.api import money_schemas as said
from unmet.api.door import ApiRequest, One, require_version
from unmet.api.money import Number, find, now, operations, step_of, step_told, version
from unmet.api.problems import Problem
from unmet.catalogue import rates
from unmet.catalogue.models import Emergency, Item, Sector
from unmet.exchange import flow_refusals
from unmet.needs import comments
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.support import flow_deeds, flows
from unmet.support import flow_queries as queries
from unmet.support.flow_rules import Amount, FlowRefused, Money, Rate
from unmet.support.models import Flow

__all__ = ["operations"]
# Refused because of how things stand, not because of what was said.
_STATES: Final = {
    "known", "more_than_stands", "move_on", "named", "not_money", "not_paid", "not_public", "public", "taken_back",
}  # fmt: skip


# ── stating ──────────────────────────────────────────────────────────────────
@operations.post("", said.Money, scope="support", status=201, tagged=True)
def state_money(request: ApiRequest, body: said.NewMoney) -> One:
    """State money of one of your own parties: pledged, committed, or paid at once. The same again counts once."""
    source = found.by_code(Party.objects.filter(pk__in=request.actor.all_parties), body.source)
    money, amount = _money(body, source), _amount(request, body, body.currency)
    flow, new = flows.state(money, body.stage, amount, source=source, by=request.person, at=request.at)
    return now(flow, status=201 if new else 200, location=f"/api/v1/money/{flow.uuid}")


def _money(body: said.NewMoney, source: Party) -> Money:
    need = _need(body.need) if body.need is not None else None
    if body.emergency is not None:
        emergency = found.by_code(Emergency.objects.all(), body.emergency)
    elif need is not None:
        emergency = need.emergency
    else:
        raise Problem("refused", _("Name the emergency, or the need that the money is for."))
    passed = queries.to_pass_on(source)
    return Money(
        destinations=found.parties(body.destinations), emergency=emergency, currency=body.currency,
        reference=body.reference, instrument=body.instrument, via=body.via,
        channel=found.by_code(Party.objects.all(), body.channel) if body.channel else None,
        sector=found.by_code(Sector.objects.all(), body.sector) if body.sector else None,
        item=found.by_code(Item.objects.filter(retired_on=None), body.item) if body.item else None, need=need,
        passes_on=found.one(passed.filter(uuid=body.passes_on)) if body.passes_on else None,
        text=body.text, fact_source=body.fact_source,
    )  # fmt: skip


def _need(text: str) -> Need:
    need = comments.need(uuid.UUID(text))
    if need is None:
        raise Problem("not-found")
    return need


def _amount(request: ApiRequest, body: said.AmountStated, currency: str) -> Amount:
    """What was stated, in the smallest units of the currency, with the rate that was used."""
    rate = body.rate
    if rate is not None and currency == rates.USD:
        raise Problem("refused", _("The US dollar has no exchange rate. Leave the rate out."))
    used = Rate(rate.rate, rate.quoted, _day(request, rate.dated_on), rate.source) if rate else None
    return Amount(amounts.in_smallest(body.amount, currency), _day(request, body.dated_on), used)


def _day(request: ApiRequest, day: date) -> date:
    """A day of the last ten years: public facts of past years are stated too."""
    return taken.near(day, at=request.at, years_back=10)


# ── further steps ────────────────────────────────────────────────────────────
@operations.post("/{id}/advance", said.Money, scope="support", changes=True, tagged=True)
def advance_money(request: ApiRequest, id: uuid.UUID, body: said.Advance) -> One:  # noqa: A002
    """Commit what is pledged, or pay what is committed, in part or whole: the amount leaves the stage before."""
    return _step(request, id, flows.move_on, body)


@operations.post("/{id}/addition", said.Money, scope="support", changes=True, tagged=True)
def add_money(request: ApiRequest, id: uuid.UUID, body: said.Addition) -> One:  # noqa: A002
    """State more of the same money: a higher pledge, or what was never promised before."""
    return _step(request, id, flows.add, body)


def _step(request: ApiRequest, id_: uuid.UUID, service: Callable[..., Any], body: said.Advance | said.Addition) -> One:
    flow = _read(request, id_)
    amount = _amount(request, body, flow.currency)
    service(flow, body.stage, amount, version=flow.version, by=request.person, at=request.at)
    return now(flow)


@operations.post("/{id}/taking-back", said.Money, scope="support", changes=True, tagged=True)
def take_back_money(request: ApiRequest, id: uuid.UUID, body: said.TakingBack) -> One:  # noqa: A002
    """Take back what stands at a stage, or correct it. Nothing is deleted: the step and its reason stay readable."""
    flow = _read(request, id)
    flows.take_back(
        flow, body.stage, amounts.in_smallest(body.amount, flow.currency), dated_on=_day(request, body.dated_on),
        reason=body.reason, version=flow.version, by=request.person, at=request.at,
    )  # fmt: skip
    return now(flow)


def _read(request: ApiRequest, id_: uuid.UUID) -> Flow:
    """Money as the client has read it."""
    flow = find(id_)
    require_version(request, version(flow))
    return flow


# ── who sees it ──────────────────────────────────────────────────────────────
@operations.post("/{id}/publication", said.Money, scope="release", body="", changes=True, tagged=True)
def publish_money(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002
    """Show it to everyone: amounts, days, rates, grant or loan, where the fact can be read; never reference or words.

    A member that it is for is counted and not named, unless it agrees. What was read meanwhile cannot be taken back.
    """
    flow = _read(request, id)
    flow_deeds.publish(flow, by=request.person, at=request.at)
    return now(flow)


@operations.post("/{id}/hiding", said.Money, scope="release", body="", changes=True, tagged=True)
def hide_money(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002
    """Show it to everyone no longer. Whoever has read or kept it has it still."""
    flow = _read(request, id)
    flow_deeds.hide(flow, by=request.person, at=request.at)
    return now(flow)


# ── those it is for ──────────────────────────────────────────────────────────
@operations.post("/{id}/steps/{number}/confirmation", said.MoneyStep, scope="support")
def confirm_money(request: ApiRequest, id: uuid.UUID, number: Number, body: said.Confirming) -> One:  # noqa: A002
    """Say that a payment arrived. It stands beside it and changes no amount; saying it twice changes nothing."""
    flow = find(id)
    step, party = step_of(flow, number), _getting(flow, Deed.CONFIRM_FLOW, body.party)
    flow_deeds.confirm(step, party=party, by=request.person, at=request.at)
    return One(step_told(flow, step, number))


@operations.post("/{id}/naming", said.Money, scope="release", changes=True, tagged=True)
def name_in_money(request: ApiRequest, id: uuid.UUID, body: said.Naming) -> One:  # noqa: A002
    """Agree that your party is named where the money is public, or take that back."""
    flow = _read(request, id)
    party = _getting(flow, Deed.NAME_IN_FLOW, body.party)
    flow_deeds.agree_to_be_named(flow, party=party, named=body.named, by=request.person, at=request.at)
    return now(flow)


def _getting(flow: Flow, deed: Deed, code: str | None) -> Party:
    """The destination in whose name one acts: the one named, or the only one."""
    return found.in_whose_name(queries.getting(flow, deed), code)


# ── refusals ─────────────────────────────────────────────────────────────────
@problems.tells(FlowRefused)
def _of_money(refused: FlowRefused) -> Problem:
    """The problem that a refusal of the services is, with its `reason`."""
    if refused.reason == "changed":
        return Problem("changed-meanwhile")
    code = "state" if refused.reason in _STATES else "refused"
    return Problem(code, flow_refusals.sentence(refused), more={"reason": refused.reason})
