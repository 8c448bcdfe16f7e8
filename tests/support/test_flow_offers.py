"""Money that came of an offer: stated once as pledged, linked both ways, and in no total twice."""

from typing import Any

import pytest
from tests import make
from tests.refusals import events, last_audit, refused
from tests.support.offers_desk import Desk

from unmet.figures import money
from unmet.notices.models import Notice
from unmet.parties.models import Person
from unmet.support import commitments, flow_offers
from unmet.support.flow_rules import FlowRefused
from unmet.support.models import Acceptance, Flow

pytestmark = pytest.mark.django_db


WORLD = Desk


@pytest.fixture
def desk(fresh: Desk) -> Desk:
    """See `Desk`."""
    return fresh


def taken(desk: Desk, dollars: int = 100_000, **more: Any) -> Acceptance:
    """US dollars of an offer of US$ 250,000 that Zambia accepts."""
    line = desk.line(250_000 * 100, "CASH-TRANSFER")
    made = desk.offered(desk.wanted(line, kind="finance", **more))
    return desk.accept(made, dollars * 100, need=None)


def state(acceptance: Acceptance, *, by: Person) -> tuple[Flow, bool]:
    """State it."""
    with make.as_(by):
        return flow_offers.state(acceptance, by=by, at=make.AT)


def test_what_was_accepted_is_pledged_once_with_all_that_the_offer_says(desk: Desk) -> None:
    acceptance, before = taken(desk, channel=make.party("UNDP")), last_audit()
    flow, is_new = state(acceptance, by=desk.giver)
    assert is_new and state(acceptance, by=make.approver("WHO")) == (flow, False)
    flow.refresh_from_db()
    assert (flow.pledged, flow.pledged_cents, flow.currency) == (100_000_00, 100_000_00, "USD")
    assert (flow.source.code, flow.channel.code if flow.channel else "", flow.via) == ("WHO", "UNDP", "other")
    assert [row.party.code for row in flow.going_to.all()] == ["ZMB"] and flow.boundary == "incoming"
    assert flow.acceptance == acceptance and acceptance.flow == flow and flow.reference.startswith("OFFER-")
    assert (flow.item, flow.need) == (None, None) and flow.sector == acceptance.offer_line.item.sector
    assert flow.emergency == acceptance.line.account.emergency
    assert events(before) == ["support.money_stated", "support.money_of_offer"]
    assert Notice.objects.filter(kind="support.money_pledged", party__code="ZMB").exists()
    found = {cell: one for cell, one in money.totals(Flow.objects.all()).items() if one.cents}
    assert [(cell, one.cents, one.flows) for cell, one in found.items()] == [
        (("incoming", "grant", "pledge"), 100_000_00, 1)
    ]
    assert not any(money.funded(Flow.objects.all()).values())


def test_each_acceptance_has_money_of_its_own(desk: Desk) -> None:
    first = taken(desk)
    second = desk.accept(first.offer_line.offer, 50_000 * 100, need=None)
    made = [state(one, by=desk.giver)[0] for one in (first, second)]
    assert [one.pledged for one in made] == [100_000_00, 50_000_00] and made[0].reference != made[1].reference
    make.money(5, of="WHO", to=("ZMB",), reference=f"{first.offer_line.offer.code}/3", by=desk.giver)
    third = desk.accept(first.offer_line.offer, 100, need=None)
    assert state(third, by=desk.giver)[0].reference == f"{first.offer_line.offer.code}/4"


def test_what_was_taken_back_is_no_money(desk: Desk) -> None:
    first = taken(desk)
    second = desk.accept(first.offer_line.offer, 50_000 * 100, need=None)
    with make.as_(desk.giver):
        for dollars in (60_000, 90_000):  # of the newest first
            commitments.take_back(
                first.line, dollars * 100_000, party=desk.who, reason="Not voted", by=desk.giver, at=make.AT
            )
            if dollars == 60_000:
                assert state(first, by=desk.giver)[0].pledged == 90_000_00
    assert refused(FlowRefused, lambda: state(second, by=desk.giver)).reason == "taken_back"
