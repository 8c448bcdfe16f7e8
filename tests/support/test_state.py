"""State, accept, decline, assign, withdraw: each stage by each person, each reason, one audit row."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from tests import make
from tests.refusals import events, last_audit, refused
from tests.together import at_once

from unmet.access.actors import NoActor
from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.books import doctor
from unmet.books import services as books
from unmet.books.models import Account, Entry
from unmet.needs import rounds, standing
from unmet.needs.models import Need
from unmet.support import line_accounts, proposed_commitments, queries, requests, stating
from unmet.support.line_plan import Planned
from unmet.support.lines import SupportRefused
from unmet.support.models import Line, Proposal, Stage, Step

WHO = {
    "giver": (Role.RESPONDER, "WHO"), "other giver": (Role.RESPONDER, "UNICEF"),
    "focal point": (Role.FOCAL_POINT, "ZMB"), "approver": (Role.APPROVER, "ZMB"),
    "other member": (Role.APPROVER, "CUB"), "coordination": (Role.COORDINATION, "COORD"),
    "operator": (Role.OPERATOR, "COORD"),
}  # fmt: skip
# What must stand before a stage can be stated of 100.
BEFORE = {
    "in_transit": ["pledged", "committed"], "received": ["pledged", "committed", "in_transit"],
    "rejected": ["pledged", "committed"], "missing": ["pledged", "committed", "in_transit"],
}  # fmt: skip
# Who states it; what arrived is said by either of the member's people.
OF = {
    "pledged": "giver", "allocated": "giver", "committed": "approver", "in_transit": "giver", "received": "approver",
    "rejected": "approver", "missing": "approver",
}  # fmt: skip


class Desk:
    """A need of 1,000 in an open round, and everybody who comes to it."""

    def __init__(self) -> None:
        self.round = make.round_()
        make.approved([make.line(quantity=1000)], of="ZMB", round_=self.round)
        make.released("ZMB")
        self.people = {name: make.person(role, of) for name, (role, of) in WHO.items()}
        self.line = make.support_line("WHO", "ZMB", "pledged", 100, reference="A-1")

    def state(self, who: str, *lines: Any, **changes: Any) -> list[Planned]:
        """Somebody states lines."""
        by = self.people[who]
        with make.as_(changes.pop("actor", by)):
            return stating.state(lines, round_=self.round, by=by, at=make.AT, **changes)

    def say(self, stage: str, quantity: int = 100, *, who: str | None = None, **changes: Any) -> Planned:
        """Somebody states one line; by default who may."""
        why = {"rejected": "damaged", "missing": "lost"}.get(stage, "")
        line = replace(self.line, stage=stage, quantity=quantity * 1000, **{"reason": why} | changes)
        return self.state(who or OF[stage], line)[0]

    def why(self, act: Any) -> str:
        """The reason of a refusal."""
        return refused(SupportRefused, act).reason


WORLD = Desk


@pytest.fixture
def desk(fresh: Desk) -> Desk:
    """See `Desk`."""
    return fresh


pytestmark = pytest.mark.django_db
COMMITTED_DB = pytest.mark.usefixtures("committed_db")


# ── what it does ─────────────────────────────────────────────────────────────
def test_each_stage_is_one_audit_row_and_stands_in_the_books(desk: Desk) -> None:
    for stage in Stage.values:
        with transaction.atomic():
            for before in BEFORE.get(stage, []):
                desk.say(before)
            audit = last_audit()
            assert desk.say(stage).outcome == ("updated" if BEFORE.get(stage) else "created")
            assert events(audit) == ["support.stated"] and getattr(Account.objects.get(), stage) == 100_000
            assert doctor.differences() == []
            transaction.set_rollback(True)
    assert desk.say("committed", who="focal point").outcome == "proposed" and Account.objects.get().committed == 0


def test_nobody_without_acting_nobody_for_another_and_nobody_without_a_role(desk: Desk) -> None:
    giver = desk.people["giver"]
    refused(NoActor, lambda: stating.state([desk.line], round_=desk.round, by=giver, at=make.AT))
    refused(NotAllowed, lambda: desk.state("giver", desk.line, actor=desk.people["approver"]))
    desk.people["stranger"] = make.person()
    refused(NotAllowed, lambda: desk.state("stranger", desk.line))
    desk.people["expired"] = make.person(Role.RESPONDER, "WHO", until=date(2021, 1, 1))
    refused(NotAllowed, lambda: desk.state("expired", desk.line))


# ── each reason ──────────────────────────────────────────────────────────────
def test_own_giver(desk: Desk) -> None:
    line = replace(desk.line, giver_code="ZMB")
    assert desk.why(lambda: desk.state("approver", line)) == "own_giver"


def test_unknown_need(desk: Desk) -> None:
    """One that is not there, one of another item, and one that the giver may not see are the same to it."""
    make.approved([make.line("GLOVE-EXAM", 5)], of="ZMB", round_=desk.round)
    make.approved([make.line()], of="CUB", round_=desk.round)
    codes = [
        "nonsense", "00000000-0000-0000-0000-000000000000", str(Need.objects.get(item__code="GLOVE-EXAM").uuid),
        str(Need.objects.get(member__code="CUB").uuid),
    ]  # fmt: skip
    for code in codes:
        assert desk.why(lambda code=code: desk.say("pledged", need_code=code)) == "unknown_need"
    hidden = replace(desk.line, member_code="CUB", need_code=codes[-1])
    assert desk.why(lambda: desk.state("giver", hidden)) == "unknown_need"
    assert not Line.objects.exists()


def test_other_member(desk: Desk) -> None:
    desk.say("pledged")
    assert desk.why(lambda: desk.say("allocated", member_code="CUB")) == "other_member"


@pytest.mark.parametrize("stands", [["pledged"], ["pledged", "committed"], ["received"], ["pledged", "allocated"]])
@pytest.mark.parametrize("quantity", [100, 70])
@pytest.mark.parametrize("stage", ["committed", "received"])
def test_nobody_else_learns_anything_of_a_line_and_no_second_box_is_booked(
    desk: Desk, stands: list[str], quantity: int, stage: str
) -> None:
    for before in stands:
        desk.say(before)
    entries, line = Entry.objects.count(), replace(desk.line, member_code="CUB", stage=stage, quantity=quantity * 1000)
    error = refused(SupportRefused, lambda: desk.state("other member", line))
    assert (error.reason, error.standing) == ("reference_taken", 0), "the same, however far it has come"
    with make.as_(desk.people["other member"]):
        [planned] = stating.preview([line], round_=desk.round)
    assert (planned.outcome, planned.reason, planned.standing) == ("refused", "reference_taken", 0)
    done = desk.state("other member", line, replace(line, reference="B-1"), good_rows=True)
    assert [one.outcome for one in done] == ["refused", "created"]
    assert Line.objects.filter(reference="A-1").count() == 1 and Line.objects.get(reference="B-1").member.code == "CUB"
    assert Entry.objects.count() == entries + 1 and doctor.differences() == []


def test_a_line_booked_while_a_colleague_checks_the_same_is_not_one_of_others(desk: Desk) -> None:
    booked: list[Planned] = []

    def colleague(execute: Any, sql: str, *rest: Any) -> Any:
        # Between the first look at the lines that stand and what is asked next.
        found = execute(sql, *rest)
        if not booked and 'FROM "support_line"' in sql:
            booked.append(Planned(desk.line, "refused"))
            booked[:] = [desk.say("pledged")]
        return found

    with make.as_(desk.people["giver"]), connection.execute_wrapper(colleague):
        [planned] = stating.preview([desk.line], round_=desk.round)
    assert [one.outcome for one in booked] == ["created"]
    assert planned.outcome == "unchanged"


@pytest.mark.parametrize("stage", ["rejected", "missing", "pledged", "in_transit"])
def test_a_line_one_may_not_read_is_refused_for_every_other_reason_like_a_new_one(desk: Desk, stage: str) -> None:
    desk.say("pledged")
    mine = replace(desk.line, member_code="CUB", stage=stage)
    new = replace(mine, reference="never stated")
    told = [refused(SupportRefused, lambda line=line: desk.state("other member", line)) for line in (mine, new)]
    assert (told[0].reason, told[0].standing) == (told[1].reason, told[1].standing)
    no_need = [replace(line, stage="received", need_code="nonsense") for line in (mine, new)]
    assert [desk.why(lambda line=line: desk.state("other member", line)) for line in no_need] == ["unknown_need"] * 2


def test_the_giver_of_record_knows_its_own_references_whoever_stated_them(desk: Desk) -> None:
    desk.say("received")  # the member's own people, before the giver said anything
    assert desk.why(lambda: desk.say("pledged", member_code="CUB")) == "other_member"
    assert desk.why(lambda: desk.say("pledged", 70)) == "more_than_stands"


def test_other_quantity_and_the_same_again(desk: Desk) -> None:
    desk.say("pledged")
    error = refused(SupportRefused, lambda: desk.say("pledged", 120))
    assert (error.reason, error.standing) == ("other_quantity", 100_000)
    audit, entries = last_audit(), Entry.objects.count()
    assert desk.say("pledged").outcome == "unchanged"
    assert (events(audit), Entry.objects.count()) == ([], entries)


def test_more_than_stands(desk: Desk) -> None:
    desk.say("pledged")
    error = refused(SupportRefused, lambda: desk.say("committed", 101))
    assert (error.reason, error.standing) == ("more_than_stands", 100_000)
    assert desk.why(lambda: desk.say("received")) == "more_than_stands"  # a pledge is not accepted by receiving it


def test_not_accepted(desk: Desk) -> None:
    assert desk.why(lambda: desk.say("in_transit")) == "not_accepted"
    desk.say("pledged")
    assert desk.why(lambda: desk.say("in_transit")) == "not_accepted"


def test_already_proposed(desk: Desk) -> None:
    desk.say("pledged")
    assert desk.say("committed", 50, who="focal point").outcome == "proposed"
    assert desk.say("committed", 50, who="focal point").outcome == "unchanged"
    error = refused(SupportRefused, lambda: desk.say("committed", 60, who="focal point"))
    assert (error.reason, error.standing) == ("already_proposed", 50_000)


# ── lines of one sheet ───────────────────────────────────────────────────────
def test_all_or_none(desk: Desk) -> None:
    good, bad = desk.line, replace(desk.line, reference="B", stage="in_transit")
    assert desk.why(lambda: desk.state("giver", good, bad)) == "not_accepted"
    assert not Line.objects.exists() and not Step.objects.exists()


def test_only_the_good_rows_when_asked(desk: Desk) -> None:
    good, bad = desk.line, replace(desk.line, reference="B", stage="in_transit")
    audit = last_audit()
    done = desk.state("giver", bad, good, good_rows=True)
    assert [one.outcome for one in done] == ["refused", "created"] and events(audit) == ["support.stated"]
    assert Account.objects.get().pledged == 100_000


def test_a_row_does_not_build_on_a_refused_row_of_the_same_reference(desk: Desk) -> None:
    lines = [replace(desk.line, need_code="nonsense"), replace(desk.line, stage="allocated", need_code="nonsense")]
    for foreseen in (True, False):
        if foreseen:
            with make.as_(desk.people["giver"]):
                done = stating.preview(lines, round_=desk.round)
        else:
            done = desk.state("giver", *lines, good_rows=True)
        assert [(one.outcome, one.reason) for one in done] == [("refused", "unknown_need")] * 2
    assert not Line.objects.exists() and doctor.differences() == []


def test_a_preview_writes_nothing(desk: Desk) -> None:
    audit = last_audit()
    with make.as_(desk.people["giver"]):
        done = stating.preview([desk.line, replace(desk.line, stage="allocated")], round_=desk.round)
    assert [one.outcome for one in done] == ["created", "updated"]
    assert not Line.objects.exists() and events(audit) == []


# ── without a need ───────────────────────────────────────────────────────────
def test_support_for_two_needs_of_one_item_waits_to_be_assigned_and_lowers_none(desk: Desk) -> None:
    make.approved([make.line(quantity=10, place_name="North")], of="ZMB", round_=desk.round)
    assert desk.say("pledged").unassigned
    desk.say("committed")
    assert list(Account.objects.filter(kind=0).order_by("id").values_list("not_covered", flat=True)) == [
        1_000_000, 10_000,
    ]  # fmt: skip
    line, target = Line.objects.get(), Account.objects.get(approved=10_000)
    refused(NoActor, lambda: line_accounts.assign(line, target, by=desk.people["approver"], at=make.AT))
    audit, by = last_audit(), desk.people["focal point"]
    with make.as_(by):
        error = refused(SupportRefused, lambda: line_accounts.assign(line, target, by=by, at=make.AT))
        assert (error.reason, error.standing) == ("more_than_needed", 10_000)
        line_accounts.assign(line, target, by=by, at=make.AT, over=True)
    assert events(audit) == ["support.assigned"] and AuditRow.objects.latest("pk").role == "focal_point"
    target.refresh_from_db()
    assert (target.committed, target.not_covered) == (100_000, 0) and doctor.differences() == []
    # Assigned once; what was received meanwhile may belong to an earlier round.
    with make.as_(by):
        other = Account.objects.get(approved=1_000_000)
        assert desk.why(lambda: line_accounts.assign(line, other, by=by, at=make.AT)) == "unknown_need"


def test_assigning_what_was_taken_back_posts_nothing(desk: Desk) -> None:
    make.approved([make.line(quantity=10, place_name="North")], of="ZMB", round_=desk.round)
    desk.say("pledged")
    line, by = Line.objects.get(), desk.people["focal point"]
    with make.as_(desk.people["giver"]):
        stating.withdraw(line, by=desk.people["giver"], at=make.AT)
    entries = Entry.objects.count()
    with make.as_(by):
        line_accounts.assign(line, Account.objects.get(approved=10_000), by=by, at=make.AT)
    assert Entry.objects.count() == entries and doctor.differences() == []


@pytest.mark.parametrize("wrong", ["member", "item", "closed", "unassigned"])
def test_assigned_only_to_an_open_need_of_that_member_and_item(desk: Desk, wrong: str) -> None:
    make.approved([make.line(quantity=10, place_name="North"), make.line("GLOVE-EXAM", 5)], of="ZMB", round_=desk.round)
    make.approved([make.line()], of="CUB", round_=desk.round)
    desk.say("pledged")
    if wrong == "closed":
        later_round(desk)
        target = Account.objects.filter(closed=True, item__code="MASK-IIR").first()
    else:
        target = Account.objects.get(
            **{"member": {"member__code": "CUB"}, "item": {"item__code": "GLOVE-EXAM"}, "unassigned": {"kind": 1}}[
                wrong
            ]
        )
    by, line = desk.people["approver"], Line.objects.get()
    with make.as_(by):
        assert desk.why(lambda: line_accounts.assign(line, target, by=by, at=make.AT)) == "unknown_need"


def test_nothing_more_is_committed_to_a_need_that_says_stop_sending(desk: Desk) -> None:
    """Neither stated, nor proposed, nor decided, nor assigned round it; what is on its way is stated still."""
    asked = make.asked(200, of="ZMB", to=("WHO",))
    make.approved([make.line("GLOVE-EXAM", 5)], of="ZMB", round_=desk.round)
    approver = desk.people["approver"]
    for reference in ("A-1", "P-1", "T-1"):
        desk.say("pledged", reference=reference)
    desk.say("committed", who="focal point", reference="P-1")
    desk.say("committed", reference="T-1")
    with make.as_(approver):
        requests.stop(asked, reason="The store burnt", by=approver, at=make.AT)
    for reference in ("A-1", "N-1"):
        for who in ("approver", "focal point"):
            assert desk.why(lambda r=reference, w=who: desk.say("committed", who=w, reference=r)) == "stopped"
    with make.as_(approver):
        assert (
            desk.why(lambda: proposed_commitments.accept(Proposal.objects.get(), by=approver, at=make.AT)) == "stopped"
        )
    assert desk.why(lambda: desk.say("in_transit", reference="T-1")) == "sending_stopped"
    desk.say("in_transit", reference="T-1", meant=True)
    desk.say("committed", 5, reference="G-1", item_id=make.item("GLOVE-EXAM").pk)
    with make.as_(approver):
        requests.lift(asked, by=approver, at=make.AT)
        proposed_commitments.accept(Proposal.objects.get(), by=approver, at=make.AT)
    desk.say("committed", reference="A-1")


def test_what_is_committed_without_a_need_is_not_assigned_to_one_that_says_stop(desk: Desk) -> None:
    asked = make.asked(1, of="ZMB", to=("WHO",))
    make.approved([make.line(quantity=10, place_name="North")], of="ZMB", round_=desk.round)
    desk.say("committed", 5)
    line, by, need = Line.objects.get(), desk.people["approver"], Account.objects.get(approved=1_000_000)
    with make.as_(by):
        requests.stop(asked, reason="Full", by=by, at=make.AT)
        assert desk.why(lambda: line_accounts.assign(line, need, by=by, at=make.AT)) == "stopped"
        requests.lift(asked, by=by, at=make.AT)
        line_accounts.assign(line, need, by=by, at=make.AT)


# ── deciding ─────────────────────────────────────────────────────────────────
class TestProposals:
    """`proposed_commitments.accept`, `decline`."""

    @pytest.fixture
    def proposal(self, desk: Desk) -> Proposal:
        desk.say("pledged")
        desk.say("committed", 80, who="focal point")
        return Proposal.objects.get()

    def decide(self, desk: Desk, what: str, proposal: Proposal, who: str) -> None:
        with make.as_(desk.people[who]):
            getattr(proposed_commitments, what)(proposal, by=desk.people[who], at=make.AT)

    @pytest.mark.parametrize(("what", "committed"), [("accept", 80_000), ("decline", 0)])
    def test_the_approver_decides_once(self, desk: Desk, proposal: Proposal, what: str, committed: int) -> None:
        audit = last_audit()
        self.decide(desk, what, proposal, "approver")
        assert events(audit) == [{"accept": "support.accepted", "decline": "support.declined"}[what]]
        account = Account.objects.get()
        assert (account.committed, account.pledged) == (committed, 100_000 - committed)
        for again in ("accept", "decline"):
            assert desk.why(lambda again=again: self.decide(desk, again, proposal, "approver")) == "already_proposed"
        assert doctor.differences() == []

    def test_whoever_proposed_takes_it_back(self, desk: Desk, proposal: Proposal) -> None:
        colleague = make.focal_point("ZMB")
        with make.as_(colleague):
            refused(NotAllowed, lambda: proposed_commitments.take_back(proposal, by=colleague, at=make.AT))
        for who in sorted(set(WHO) - {"focal point"}):
            refused(NotAllowed, lambda who=who: self.decide(desk, "take_back", proposal, who))
        audit, entries = last_audit(), Entry.objects.count()
        self.decide(desk, "take_back", proposal, "focal point")
        assert events(audit) == ["support.commitment_proposal_taken_back"] and Entry.objects.count() == entries
        proposal.refresh_from_db()
        assert (proposal.state, proposal.taken_back) == ("declined", True)
        for what, who in (("take_back", "focal point"), ("accept", "approver"), ("decline", "approver")):
            assert desk.why(lambda what=what, who=who: self.decide(desk, what, proposal, who)) == "already_proposed"
        assert desk.say("committed", 70, who="focal point").outcome == "proposed"
        decided = Proposal.objects.get(state="proposed")
        self.decide(desk, "decline", decided, "approver")
        decided.refresh_from_db()
        assert not decided.taken_back
        assert desk.why(lambda: self.decide(desk, "take_back", decided, "focal point")) == "already_proposed"

    def test_refused_when_less_stands_now(self, desk: Desk, proposal: Proposal) -> None:
        by = desk.people["giver"]
        with make.as_(by):
            stating.withdraw(Line.objects.get(), by=by, at=make.AT)
            make_less = replace(desk.line, quantity=70_000)
            stating.state([make_less], round_=desk.round, by=by, at=make.AT)
        assert desk.why(lambda: self.decide(desk, "accept", proposal, "approver")) == "more_than_stands"
        assert Proposal.objects.get().state == "proposed"

    @pytest.mark.parametrize(("quantity", "state"), [(80, "accepted"), (20, "declined")])
    def test_the_approvers_own_commitment_decides_the_proposal_and_counts_once(
        self, desk: Desk, proposal: Proposal, quantity: int, state: str
    ) -> None:
        desk.say("committed", quantity)
        assert Proposal.objects.get().state == state
        assert desk.why(lambda: self.decide(desk, "accept", proposal, "approver")) == "already_proposed"
        assert Account.objects.get().committed == quantity * 1000 and doctor.differences() == []

    def test_the_giver_reads_nothing_of_a_proposal_of_its_member(self, desk: Desk) -> None:
        def read(who: str) -> list[tuple[bool, str]]:
            with make.as_(desk.people[who]):
                lines = queries.for_reading(queries.for_actor(), today=make.AT.date())
                return [(line.waits, line.reference) for line in lines]  # type: ignore[attr-defined]

        desk.say("committed", 80, who="focal point")
        assert read("giver") == [] and [waits for waits, _ in read("approver")] == [True]
        desk.say("pledged")
        assert [waits for waits, _ in read("giver")] == [False] and [waits for waits, _ in read("approver")] == [True]

    def test_the_day_of_a_proposal_stands_once_it_is_accepted(self, desk: Desk) -> None:
        desk.say("pledged", expected_on=None)
        desk.say("committed", 80, who="focal point", expected_on=date(2021, 5, 1))
        assert Line.objects.get().expected_on is None, "its giver reads nothing of a proposal"
        self.decide(desk, "accept", Proposal.objects.get(), "approver")
        assert Line.objects.get().expected_on == date(2021, 5, 1)

    def test_a_proposal_does_not_bar_the_givers_own_pledge(self, desk: Desk) -> None:
        desk.say("committed", 80, who="focal point")
        assert desk.say("pledged").outcome == "updated"
        self.decide(desk, "accept", Proposal.objects.get(), "approver")
        account = Account.objects.get()
        assert (account.pledged, account.committed) == (20_000, 80_000)


class TestWithdraw:
    """`stating.withdraw`."""

    def withdraw(self, desk: Desk, who: str = "giver") -> None:
        with make.as_(desk.people[who]):
            stating.withdraw(Line.objects.get(), by=desk.people[who], at=make.AT, reason="lost \u202ethe funds")

    def test_takes_back_what_was_not_accepted_with_one_audit_row(self, desk: Desk) -> None:
        desk.say("pledged")
        desk.say("committed", 40)
        audit = last_audit()
        self.withdraw(desk)
        account = Account.objects.get()
        assert (account.pledged, account.committed) == (0, 40_000) and events(audit) == ["support.withdrawn"]
        row = AuditRow.objects.latest("pk")
        assert (row.party, row.role, row.reason) == ("WHO", "", "lost the funds"), "the giver does it"
        assert desk.why(lambda: self.withdraw(desk)) == "more_than_stands"
        assert desk.say("pledged", 40).outcome == "unchanged"  # what is left of it
        assert doctor.differences() == []

    def test_a_reason_that_is_too_long_is_not_cut(self, desk: Desk) -> None:
        desk.say("pledged")
        audit = last_audit()
        giver = desk.people["giver"]
        with make.as_(giver):
            assert desk.why(lambda: stating.withdraw(Line.objects.get(), by=giver, at=make.AT, reason="x" * 501)) == (
                "too_long"
            )
            assert events(audit) == [] and Account.objects.get().pledged > 0
            stating.withdraw(Line.objects.get(), by=giver, at=make.AT, reason="x" * 500)

    @pytest.mark.parametrize("stage", ["pledged", "allocated"])
    def test_what_was_taken_back_can_be_said_again(self, desk: Desk, stage: str) -> None:
        desk.say("pledged")
        if stage == "allocated":
            desk.say("allocated")
        self.withdraw(desk)
        assert desk.say("pledged", 120).outcome == "updated"
        assert Account.objects.get().pledged == 120_000 and doctor.differences() == []


# ── over rounds ──────────────────────────────────────────────────────────────
def later_round(desk: Desk) -> Any:
    """A later round takes the needs of the member on."""
    coordination = make.person(Role.COORDINATION)
    with make.as_(coordination):
        rounds.close_round(desk.round, by=coordination, at=make.AT)
    second = make.round_("r2", period=(date(2021, 7, 1), date(2021, 12, 31)))
    make.approved([make.line(quantity=700)], of="ZMB", round_=second)
    return second


def test_a_line_goes_on_where_its_need_went_over_two_rounds(desk: Desk) -> None:
    desk.say("pledged")
    desk.say("committed")
    desk.say("received", 30)
    second = later_round(desk)
    coordination = make.person(Role.COORDINATION)
    with make.as_(coordination):
        rounds.close_round(second, by=coordination, at=make.AT)
    third = make.round_("r3", period=(date(2022, 1, 1), date(2022, 6, 30)))
    make.approved([make.line(quantity=500)], of="ZMB", round_=third)
    desk.say("in_transit", 70)
    kept = dict(Account.objects.values_list("round__code", "in_transit"))
    assert kept == {"r1": 0, "r2": 0, "r3": 70_000}
    assert dict(Account.objects.values_list("round__code", "received")) == {"r1": 30_000, "r2": 0, "r3": 0}
    assert Line.objects.get().account.round == third and doctor.differences() == []


def test_more_than_is_needed_is_over_covered_and_never_below_zero(desk: Desk) -> None:
    desk.say("pledged", 1500)
    error = refused(SupportRefused, lambda: desk.say("committed", 1500))
    assert (error.reason, error.standing) == ("more_than_needed", 1_000_000)
    desk.say("committed", 1500, meant=True)
    account = Account.objects.get()
    assert (account.not_covered, account.not_in_country, account.needs_covered) == (0, 1_000_000, 1)
    make.approved([make.line(quantity=200)], of="ZMB", round_=desk.round)
    desk.say("received", 1500)
    account.refresh_from_db()
    assert (account.not_covered, account.not_in_country, account.needs_met) == (0, 0, 1) and doctor.differences() == []


def test_more_than_is_not_covered_is_asked_about_row_by_row(desk: Desk) -> None:
    """As at acceptance of an offer: of a commitment, of a proposal, of several rows at once."""
    first, second = (
        replace(desk.line, stage="committed", quantity=quantity, reference=reference)
        for reference, quantity in (("A-1", 700_000), ("A-2", 301_000))
    )
    for foreseen in (True, False):
        with make.as_(desk.people["approver"]):
            planned = stating.preview([first, second], round_=desk.round) if foreseen else None
        done = planned or desk.state("approver", first, second, good_rows=True)
        assert [(one.outcome, one.reason, one.standing) for one in done] == [
            ("created", None, 0), ("refused", "more_than_needed", 300_000),
        ]  # fmt: skip
    assert desk.why(lambda: desk.say("committed", 301, who="focal point", reference="A-3")) == "more_than_needed"
    arrived = replace(desk.line, stage="received", quantity=200_000, reference="R-1")
    again = replace(second, quantity=101_000)
    assert [one.reason for one in desk.state("approver", arrived, again, good_rows=True)] == [None, "more_than_needed"]
    assert desk.state("approver", replace(again, quantity=100_000))[0].outcome == "created", "exactly what is left"
    audit = last_audit()
    desk.say("committed", 5, reference="A-4", meant=True)
    assert events(audit) == ["support.stated"] and AuditRow.objects.latest("pk").detail["meant"] == 1
    assert doctor.differences() == []


def test_a_proposal_that_has_become_too_much_is_asked_about_when_it_is_decided(desk: Desk) -> None:
    desk.say("committed", 600, who="focal point", reference="P-1")
    desk.say("committed", 500, reference="A-1")
    proposal, approver = Proposal.objects.get(), desk.people["approver"]
    with make.as_(approver):
        error = refused(SupportRefused, lambda: proposed_commitments.accept(proposal, by=approver, at=make.AT))
        assert (error.reason, error.standing) == ("more_than_needed", 500_000)
        assert Proposal.objects.get().state == "proposed"
        proposed_commitments.accept(proposal, by=approver, at=make.AT, over=True)
    account = Account.objects.get()
    assert (account.committed, account.not_covered) == (1_100_000, 0) and doctor.differences() == []


def test_what_is_sent_for_a_need_that_waits_is_asked_about(desk: Desk) -> None:
    for reference in ("A-1", "A-2"):
        desk.say("committed", reference=reference)
    need, approver = Need.objects.get(), desk.people["approver"]
    with make.as_(approver):
        standing.pause(need, reason="The store is full", by=approver, at=make.AT)
    assert desk.why(lambda: desk.say("in_transit", reference="A-1")) == "sending_paused"
    desk.say("in_transit", reference="A-1", meant=True)
    with make.as_(approver):
        standing.resume(need, by=approver, at=make.AT)
    desk.say("in_transit", reference="A-2")
    assert doctor.differences() == []


def test_support_of_a_lapsed_need_stays_booked(desk: Desk) -> None:
    desk.say("pledged")
    desk.say("committed")
    books.settle(at=make.AT + timedelta(days=402))
    account = Account.objects.get()
    assert (account.approved, account.last_stated, account.committed) == (0, 1_000_000, 100_000)
    assert doctor.differences() == []


# ── constraints, by a raw update ─────────────────────────────────────────────
@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Line, {"reference": ""}), (Line, {"pledged": -1}), (Line, {"missing": -1}), (Proposal, {"quantity": 0}),
        (Proposal, {"state": "proposed"}), (Account, {"pledged": -1}), (Account, {"not_in_country": 0}),
    ],
    ids=str,
)  # fmt: skip
def test_the_database_refuses_what_must_never_be(desk: Desk, model: Any, values: dict[str, Any]) -> None:
    desk.say("pledged")
    for quantity in (10, 20):
        desk.say("committed", quantity, who="focal point")
        with make.as_(desk.people["approver"]):
            proposed_commitments.decline(Proposal.objects.get(state="proposed"), by=desk.people["approver"], at=make.AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**values)


# ── at once ──────────────────────────────────────────────────────────────────
@COMMITTED_DB
def test_two_approvers_accept_at_once_and_exactly_one_succeeds() -> None:
    desk = Desk()
    desk.say("pledged")
    desk.say("committed", 80, who="focal point")
    people = [desk.people["approver"], make.approver("ZMB")]

    def accept(by: Any) -> Any:
        with make.as_(by):
            return proposed_commitments.accept(Proposal.objects.get(), by=by, at=make.AT)

    results = at_once([lambda by=by: accept(by) for by in people])
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "SupportRefused"]
    assert Account.objects.get().committed == 80_000 and doctor.differences() == []


@COMMITTED_DB
def test_the_same_reference_stated_at_once_is_one_box() -> None:
    desk = Desk()
    results = at_once([lambda: desk.say("pledged")] * 4)
    assert sorted(result.outcome for result in results) == ["created", "unchanged", "unchanged", "unchanged"]
    assert Account.objects.get().pledged == 100_000 and doctor.differences() == []
