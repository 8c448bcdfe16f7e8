"""Every state × verb × role: support taken back, received, named, proposed, decided and assigned."""

from dataclasses import replace
from typing import Any

import pytest
from tests import make
from tests.state_tables import Verb, walk
from tests.support.lines_desk import APPROVER, GIVER, OWN, Lines, Stated

from unmet.books.models import Account
from unmet.support import commitments, giver_names, line_accounts, line_receipts, proposed_commitments, stating
from unmet.support.consignments import ConsignmentRefused
from unmet.support.giver_names import NameRefused
from unmet.support.line_receipts import Arrived
from unmet.support.lines import SupportRefused
from unmet.support.models import Proposal

pytestmark = pytest.mark.django_db


# ── what was stated ──────────────────────────────────────────────────────────
def test_what_is_done_to_a_line() -> None:
    desk = Lines()
    states = desk.states()
    states.pop("new")

    def receive(thing: Stated, by: Any) -> None:
        said = {"arrived": Arrived(60_000, 20_000, 20_000, rejected_why="damaged", missing_why="lost")}
        desk.do(line_receipts.receive, thing.line, by, on=make.AT.date(), **said)

    def of_line(act: Any) -> Any:
        return lambda thing, by: act(thing.line, by)

    committed = {"committed", "committed at once"}
    none = {"more_than_stands", "in_consignment", "none_under_way", "of_offer"}
    verbs = {
        "withdraw": Verb(
            stating.withdraw, of_line(lambda line, by: desk.do(stating.withdraw, line, by)),
            {"pledged", "proposed", "stopped", "allocated", "allocated at once"}, GIVER, why=none,
        ),
        "take back as the giver": Verb(
            commitments.take_back, of_line(desk.take_back(desk.who)), committed | {"accepted"}, GIVER, why=none
        ),
        "take back as the member": Verb(
            commitments.take_back, of_line(desk.take_back(desk.zambia)), committed | {"accepted"}, APPROVER, why=none
        ),
        "receive": Verb(line_receipts.receive, receive, committed | {"in_transit", "accepted"}, OWN, why=none),
        "name the giver": Verb(
            giver_names.say_of_line, of_line(lambda line, by: desk.do(giver_names.say_of_line, line, by, says="named")),
            set(states) - {"offered", "accepted"}, GIVER - {"focal point of the giver"}, why=none,
        ),
    }  # fmt: skip
    errors = (SupportRefused, ConsignmentRefused, NameRefused)
    assert walk(errors, states, verbs, desk.everybody) == 17 * 5 * 14


# ── what a focal point proposes ──────────────────────────────────────────────
def test_proposed_commitments() -> None:
    desk = Lines()

    def then(act: Any) -> Any:
        def reach() -> Proposal:
            made = desk.reached("pledged", "proposed")()
            act(made)
            return Proposal.objects.select_related("line__member").get(line=made.line)

        return reach

    def decide(service: Any) -> Any:
        return lambda proposal, by: desk.do(service, proposal, by)

    def decided(service: Any) -> Any:
        return then(lambda made: desk.do(service, Proposal.objects.get(line=made.line), desk.approver))

    states = {
        "waiting": then(lambda made: None), "accepted": decided(proposed_commitments.accept),
        "declined": decided(proposed_commitments.decline),
        "committed by the approver": then(lambda made: desk.say("committed", made.reference, desk.approver)),
        "less stands": then(lambda made: _less(desk, made)), "stopped": then(lambda made: desk.stop()),
    }  # fmt: skip
    waits, why = {"waiting", "less stands", "stopped"}, {"already_proposed", "more_than_stands", "stopped"}
    verbs = {
        "accept": Verb(
            proposed_commitments.accept, decide(proposed_commitments.accept), {"waiting"}, APPROVER, why=why
        ),
        "decline": Verb(proposed_commitments.decline, decide(proposed_commitments.decline), waits, APPROVER, why=why),
        "take back": Verb(
            proposed_commitments.take_back, decide(proposed_commitments.take_back), waits, {"focal point"}, why=why
        ),
    }
    assert walk(SupportRefused, states, verbs, desk.everybody) == 6 * 3 * 14


def _less(desk: Lines, made: Stated) -> None:
    """The giver takes its pledge back and gives half."""
    desk.do(stating.withdraw, made.line, desk.giver)
    half = replace(desk.row, reference=made.reference, quantity=50_000)
    make.stated([half], by=desk.giver, round_=desk.round)


# ── which need it is for ─────────────────────────────────────────────────────
def test_support_without_a_need() -> None:
    desk = Lines()
    make.approved([make.line(quantity=10, place_name="North")], of="ZMB", round_=desk.round)
    small = Account.objects.get(approved=10_000)
    large = Account.objects.get(subject=desk.masks.uuid, closed=False)

    def assign(to: Account, *, over: bool = False) -> Any:
        return lambda thing, by: desk.do(line_accounts.assign, thing.line, by, account=to, over=over)

    states = {
        "pledged": desk.reached("pledged"), "committed": desk.reached("committed"),
        "withdrawn": desk.reached("pledged", then=lambda line: desk.do(stating.withdraw, line, desk.giver)),
        "committed, stopped": desk.reached("committed", then=desk.stop),
        "assigned": desk.reached(
            "pledged", then=lambda line: desk.do(line_accounts.assign, line, desk.focal, account=large)
        ),
        "of an offer for the need": desk.of_offer(),
    }  # fmt: skip
    free, why = {"pledged", "committed", "withdrawn"}, {"unknown_need", "stopped", "more_than_needed"}
    verbs = {
        "assign": Verb(line_accounts.assign, assign(large), free, OWN, why=why),
        "assign to less": Verb(
            line_accounts.assign, assign(small), {"pledged", "withdrawn"}, OWN, why=why
        ),
        "assign to less, knowing": Verb(
            line_accounts.assign, assign(small, over=True), free | {"committed, stopped"}, OWN, why=why
        ),
    }  # fmt: skip
    assert walk(SupportRefused, states, verbs, desk.everybody) == 6 * 3 * 14
