"""Money in figures: what is never added together, what counts once, and what is funded."""

from typing import Any

import pytest
from tests import make

from unmet.access.models import Role
from unmet.figures import money
from unmet.needs.models import Need
from unmet.support import flow_deeds, flow_queries, flows
from unmet.support.flow_rules import Amount, Rate
from unmet.support.models import Flow

pytestmark = pytest.mark.django_db


def paid(flow: Flow, minor: int) -> None:
    """Pay some of what is committed."""
    by = flow.stated_by
    with make.as_(by):
        flows.move_on(flow, "paid", Amount(minor, make.AT.date()), version=flow.version, by=by, at=make.AT)


def some_of_everything() -> dict[tuple[str, str, str], int]:
    """One flow for each boundary, instrument and first stage, each of another amount; what the totals must be."""
    ends = {"incoming": ("WHO", ("CUB", "ZMB")), "internal": ("CUB", ("ZMB",)), "outgoing": ("CUB", ("WHO",))}
    due, minor = {}, 1
    for boundary, (source, to) in ends.items():
        for instrument in ("grant", "loan"):
            for stage in ("pledge", "commitment", "paid"):
                minor *= 2
                due[boundary, instrument, stage] = minor
                flow = make.money(minor, of=source, to=to, stage=stage, instrument=instrument)
                assert flow.boundary == boundary
    return due


def test_every_total_is_of_one_boundary_one_instrument_and_one_stage() -> None:
    due = some_of_everything()
    totals = money.totals(Flow.objects.all())
    assert {cell: total.cents for cell, total in totals.items()} == due, "powers of two: nothing is in two sums"
    assert all(total.flows == 1 for total in totals.values())
    assert len(totals) == 18


def test_nothing_stated_is_zero_in_every_cell() -> None:
    totals = money.totals(Flow.objects.all())
    assert len(totals) == 18 and not any(total.cents or total.flows for total in totals.values())


def test_the_rows_add_up_to_the_totals() -> None:
    some_of_everything()
    euro = Rate("1.0824", "usd_per_unit", make.AT.date(), "ECB")
    flow = make.money(333, of="CUB", stage="commitment", currency="EUR", rate=euro)
    by = flow.stated_by
    with make.as_(by):
        flows.move_on(
            flow, "paid", Amount(111, make.AT.date(), Rate("1.1", "usd_per_unit", make.AT.date(), "ECB")),
            version=flow.version, by=by, at=make.AT,
        )  # fmt: skip
    flow.refresh_from_db()
    rows: dict[Any, int] = {}
    for row in money.standing(Flow.objects.all()):
        cell = (row.flow.boundary, row.flow.instrument, row.stage)
        rows[cell] = rows.get(cell, 0) + row.cents
    assert rows == {cell: total.cents for cell, total in money.totals(Flow.objects.all()).items()}
    [at_paid] = list(money.standing([flow], stage="paid"))
    assert (at_paid.amount, at_paid.cents, at_paid.last.rate) == (111, 122, "1.1")


def test_funded_is_what_is_committed_or_paid_and_keeps_loans_apart() -> None:
    mask = make.item("MASK-IIR")
    make.money(100, of="CUB", to=("ZMB",), item=mask)
    flow = make.money(1000, of="CUB", to=("ZMB",), item=mask, stage="commitment")
    paid(flow, 400)
    make.money(70, of="WHO", to=("ZMB",), item=mask, stage="paid", instrument="loan")
    make.money(9000, of="WHO", to=("ZMB",), item=make.item("GLOVE-EXAM"), stage="paid")
    assert money.funded(Flow.objects.filter(item=mask)) == {"grant": 1000, "loan": 70}


def test_funded_by_need_is_each_needs_own() -> None:
    make.approved([make.line(), make.line("GLOVE-EXAM", 5)], of="ZMB", round_=make.round_())
    make.released("ZMB")
    mask, glove = (Need.objects.get(item__code=code) for code in ("MASK-IIR", "GLOVE-EXAM"))
    make.money(1000, of="CUB", to=("ZMB",), need=mask, stage="commitment")
    make.money(70, of="WHO", to=("ZMB",), need=mask, stage="paid", instrument="loan")
    make.money(5, of="WHO", to=("ZMB",), need=glove, stage="pledge")
    assert money.funded_by_need(Flow.objects.all()) == {mask.uuid: {"grant": 1000, "loan": 70}}


def test_how_many_units_money_would_be() -> None:
    assert money.units_for(100, usd_millionths=114_000) == 8  # one dollar at 11.4 cents
    assert money.units_for(0, usd_millionths=1) == 0


def test_only_what_its_source_made_public_is_in_public_totals() -> None:
    by = make.person(Role.RESPONDER, "WHO")
    shown = make.money(500, of="WHO", to=("ZMB",), stage="paid", by=by)
    make.money(900, of="WHO", to=("ZMB",), stage="paid", by=by)
    before = flow_queries.edition()
    with make.as_(by):
        flow_deeds.publish(shown, by=by, at=make.AT)
    assert money.totals(flow_queries.public())["incoming", "grant", "paid"].cents == 500
    assert flow_queries.edition() != before


def test_the_doctor_finds_a_balance_that_is_not_the_sum_of_its_steps() -> None:
    flow = make.money(1000, of="CUB", stage="commitment")
    paid(flow, 400)
    assert money.differences() == []
    Flow.objects.filter(pk=flow.pk).update(paid=401)
    [found] = money.differences()
    assert str(flow.uuid) in found and "(401, 400)" in found and "(400, 400)" in found


def test_every_definition_says_what_and_how() -> None:
    assert [one.code for one in money.DEFINITIONS][:3] == list(money.STAGES)
    assert all(str(one.title) and str(one.meaning) and str(one.formula) for one in money.DEFINITIONS)
