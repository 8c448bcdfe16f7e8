"""Every state × verb × role: money stated, committed, paid and taken back, and what is said about it."""

from typing import Any

import pytest
from tests import make
from tests.state_tables import Verb, people, walk
from tests.support import test_flows as flows_desk
from tests.support.offers_desk import Desk

from unmet.support import commitments, flow_deeds, flow_offers, flows, offer_booking
from unmet.support.flow_rules import Amount, FlowRefused
from unmet.support.models import Acceptance, Flow, FlowStep

pytestmark = pytest.mark.django_db
APPROVER = {"approver"}
SOURCE = {"approver of the source", "responder of the source"}
GIVING = SOURCE | {"focal point of the source"}


def everybody(desk: flows_desk.Desk) -> dict[str, Any]:
    """Source, destination and channel, and those who have no part in it."""
    return {
        "approver of the source": desk.giving_approver, "responder of the source": desk.giving_responder,
        "focal point of the source": desk.giving, "approver": desk.getting_approver, "focal point": desk.getting,
        "responder": desk.getting_responder, "channel": desk.channel,
        **{f"stranger {number}": one for number, one in enumerate(desk.others)},
    }  # fmt: skip


# ── the steps ────────────────────────────────────────────────────────────────
def test_money() -> None:
    desk = flows_desk.Desk()

    def reached(*steps: tuple[str, int], back: str = "") -> Any:
        def reach() -> Any:
            (stage, minor), *rest = steps
            flow = desk.flow(minor, stage)
            for stage, minor in rest:
                desk.on(flow, stage, minor)
            if back:
                desk.back(flow, back, 1000)
            flow.refresh_from_db()
            return flow

        return reach

    def step(service: Any, stage: str) -> Any:
        def act(flow: Any, by: Any) -> None:
            with make.as_(by):
                service(flow, stage, Amount(1, flows_desk.TODAY), version=flow.version, by=by, at=make.AT)

        return act

    def back(stage: str) -> Any:
        def act(flow: Any, by: Any) -> None:
            said = {"dated_on": flows_desk.TODAY, "reason": "Typed wrongly", "version": flow.version}
            with make.as_(by):
                flows.take_back(flow, stage, 1, by=by, at=make.AT, **said)

        return act

    pledge, commitment, paid = ("pledge", 1000), ("commitment", 1000), ("paid", 1000)
    states = {
        "pledged": reached(pledge), "committed": reached(commitment), "paid": reached(paid),
        "partly committed": reached(pledge, ("commitment", 600)),
        "partly paid": reached(pledge, ("commitment", 600), ("paid", 300)),
        "committed in full": reached(pledge, commitment), "paid in full": reached(pledge, commitment, paid),
        "pledge taken back": reached(pledge, back="pledge"), "payment taken back": reached(paid, back="paid"),
        "payment of a pledge taken back": reached(pledge, commitment, paid, back="paid"),
    }  # fmt: skip
    # Where something stands at a stage. While it does, nothing is said to have come to the next one at once.
    at = {
        "pledge": {"pledged", "partly committed", "partly paid"},
        "commitment": {"committed", "committed in full", "partly committed", "partly paid"},
        "paid": {"paid", "paid in full", "partly paid"},
    }  # fmt: skip
    every, moved, less = set(states), {"move_on"}, {"more_than_stands"}
    verbs = {
        "more pledged": Verb(flows.add, step(flows.add, "pledge"), every, GIVING),
        "committed at once": Verb(flows.add, step(flows.add, "commitment"), every - at["pledge"], GIVING, why=moved),
        "paid at once": Verb(
            flows.add, step(flows.add, "paid"), every - at["pledge"] - at["commitment"], GIVING, why=moved
        ),
        "commit": Verb(flows.move_on, step(flows.move_on, "commitment"), at["pledge"], GIVING, why=less),
        "pay": Verb(flows.move_on, step(flows.move_on, "paid"), at["commitment"], GIVING, why=less),
        **{f"take back {stage}": Verb(flows.take_back, back(stage), at[stage], GIVING, why=less) for stage in at},
        "state other money of its reference": Verb(
            flows.state, lambda flow, by: make.money(7, of="CUB", to=("ZMB",), by=by, reference=flow.reference), set(),
            GIVING, why={"known"},
        ),
    }  # fmt: skip
    assert walk(FlowRefused, states, verbs, everybody(desk)) == 10 * 9 * 13


# ── made public, named, confirmed ────────────────────────────────────────────
def test_what_is_said_about_money() -> None:
    desk = flows_desk.Desk()
    zambia = make.party("ZMB")

    def paid(*, public: bool = False, named: bool = False, back: bool = False) -> Any:
        def reach() -> Any:
            flow = desk.flow(1000, "paid")
            if public:
                desk.do(flow_deeds.publish, flow, desk.giving_approver)
            if named:
                desk.do(flow_deeds.agree_to_be_named, flow, desk.getting_approver, party=zambia, named=True)
            if back:
                desk.back(flow, "paid", 1000)
            flow.refresh_from_db()
            return flow

        return reach

    def confirm(flow: Any, by: Any) -> Any:
        step = FlowStep.objects.filter(flow=flow).order_by("-pk")
        paid_step = step.filter(to_stage="paid").first() or step[0]
        return desk.do(flow_deeds.confirm, paid_step, by, party=zambia)

    def do(service: Any, **said: Any) -> Any:
        return lambda flow, by: desk.do(service, flow, by, **said)

    def name(*, named: bool) -> Any:
        return do(flow_deeds.agree_to_be_named, party=zambia, named=named)

    states = {
        "pledged": lambda: desk.flow(1000), "paid": paid(), "public": paid(public=True), "named": paid(named=True),
        "taken back": paid(back=True),
    }  # fmt: skip
    destination = {"approver", "focal point", "responder"}
    verbs = {
        "publish": Verb(flow_deeds.publish, do(flow_deeds.publish), set(states) - {"public"}, SOURCE),
        "hide": Verb(flow_deeds.hide, do(flow_deeds.hide), {"public"}, SOURCE),
        "confirm": Verb(flow_deeds.confirm, confirm, {"paid", "public", "named"}, destination),
        "be named": Verb(flow_deeds.agree_to_be_named, name(named=True), set(states) - {"named"}, APPROVER),
        "be named no longer": Verb(flow_deeds.agree_to_be_named, name(named=False), {"named"}, APPROVER),
    }  # fmt: skip
    assert walk(FlowRefused, states, verbs, everybody(desk)) == 5 * 5 * 13


# ── money that came of an offer ──────────────────────────────────────────────
def test_what_was_accepted_of_an_offer_of_money() -> None:
    desk = Desk()

    def accepted() -> Acceptance:
        cash = desk.line(250_000_00, "CASH-TRANSFER")
        return desk.accept(desk.offered(desk.wanted(cash, kind="finance")), 100_000_00, need=None)

    def state(acceptance: Acceptance, by: Any) -> Any:
        with make.as_(by):
            return flow_offers.state(acceptance, by=by, at=make.AT)

    def state_each(acceptance: Acceptance, by: Any) -> None:
        with make.as_(by):
            made = flow_offers.state_each(acceptance.offer_line.offer, by=by, at=make.AT)
        stated = Flow.objects.filter(acceptance=acceptance)
        assert [flow for flow, _new in made] == list(stated) and len(made) == bool(offer_booking.stands(acceptance))

    def stated() -> Acceptance:
        acceptance = accepted()
        state(acceptance, desk.giver)
        return acceptance

    def taken_back() -> Acceptance:
        acceptance = accepted()
        said = {"party": desk.who, "reason": "Not voted", "by": desk.giver, "at": make.AT}
        with make.as_(desk.giver):
            commitments.take_back(acceptance.line, acceptance.quantity, **said)
        return acceptance

    states = {
        "accepted": accepted, "stated already": stated, "taken back": taken_back,
        "of goods": lambda: desk.accept(desk.offered()),
    }  # fmt: skip
    giving = {"responder of the giver", "approver of the giver", "focal point of the giver"}
    who = people(
        **{"responder of the giver": desk.giver, "approver of the giver": make.approver("WHO")},
        **{"focal point of the giver": make.focal_point("WHO"), "focal point": desk.focal, "approver": desk.approver},
    )
    why = {"not_money", "taken_back"}
    verbs = {
        "state it": Verb(flow_offers.state, state, {"accepted", "stated already"}, giving, why=why),
        # What was taken back is passed over.
        "state all of it": Verb(flow_offers.state_each, state_each, set(states) - {"of goods"}, giving, why=why),
    }
    assert walk(FlowRefused, states, verbs, who) == 4 * 2 * 13
