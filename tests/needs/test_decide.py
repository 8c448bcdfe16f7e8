"""Submit, approve, send back, withdraw, drafts: works, refuses for each reason, other members cannot, one audit row."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from tests import make
from tests.refusals import events, last_audit, others, refused
from tests.together import at_once

from unmet.access.actors import NoActor
from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.books import doctor
from unmet.books import services as books
from unmet.books.models import Account
from unmet.needs import rounds
from unmet.needs import services as needs
from unmet.needs.models import Draft, Need, Return, Statement
from unmet.parties.models import Place

LATER = make.AT + timedelta(days=200)


# ── submitting ───────────────────────────────────────────────────────────────
@pytest.mark.django_db
class TestSubmit:
    """`needs.submit`."""

    def submit(self, lines: list[Any], **changes: Any) -> needs.Submitted:
        by = changes.pop("by", None) or make.focal_point("ZMB")
        with make.as_(changes.pop("actor", by), at=changes.get("at", make.AT)):
            fields = {"member": make.party("ZMB"), "round_": self.round, "by": by, "at": make.AT} | changes
            return needs.submit(lines, **fields)

    @pytest.fixture(autouse=True)
    def a_round(self) -> None:
        self.round = make.round_()

    def test_works_and_counts(self) -> None:
        before = last_audit()
        done = self.submit([make.line(quantity=5), make.line("GLOVE-EXAM", 6)])
        assert (done.created, done.updated, done.unchanged) == (2, 0, 0)
        assert events(before) == ["needs.submitted"]
        assert not Account.objects.exists()
        again = self.submit([make.line(quantity=5), make.line("GLOVE-EXAM", 7)])
        assert (again.created, again.updated, again.unchanged) == (0, 1, 1)
        assert again.return_ == done.return_ and again.return_.revision == 2

    def test_the_same_again_writes_nothing(self) -> None:
        self.submit([make.line(quantity=5)])
        before = last_audit()
        done = self.submit([make.line(quantity=5)])
        assert (done.created, done.updated, done.unchanged) == (0, 0, 1) and events(before) == []

    @pytest.mark.parametrize("who", range(7))
    def test_nobody_else_may(self, who: int) -> None:
        by = others()[who]
        refused(NotAllowed, lambda: self.submit([make.line()], by=by))

    def test_nobody_acts_for_somebody_else(self) -> None:
        refused(NotAllowed, lambda: self.submit([make.line()], actor=make.focal_point("ZMB")))
        refused(NotAllowed, lambda: self.submit([make.line()], actor=None, by=make.focal_point("ZMB")))

    def test_without_an_actor(self) -> None:
        by, member = make.focal_point("ZMB"), make.party("ZMB")
        refused(NoActor, lambda: needs.submit([make.line()], member=member, round_=self.round, by=by, at=make.AT))

    def test_refuses_a_round_that_is_not_open(self) -> None:
        planned = make.round_("planned", opened=False)
        early = make.round_("early", of="other", window=(date(2021, 3, 1), date(2021, 4, 1)))
        for round_ in (planned, early):
            refused(needs.RoundNotOpen, lambda round_=round_: self.submit([make.line()], round_=round_))
        # The last day is a whole day everywhere on earth.
        until = make.round_("short", of="third", window=(date(2021, 1, 1), date(2021, 2, 1)))
        self.submit([make.line()], round_=until, at=datetime(2021, 2, 2, 11, 59, tzinfo=UTC))
        refused(
            needs.RoundNotOpen,
            lambda: self.submit([make.line()], round_=until, at=datetime(2021, 2, 2, 12, 0, tzinfo=UTC)),
        )

    def test_refuses_who_is_no_member(self) -> None:
        by = make.focal_point("WHO")
        refused(needs.NotAMember, lambda: self.submit([make.line()], member=make.party("WHO"), by=by))

    def test_refuses_a_return_that_says_nothing(self) -> None:
        refused(needs.NothingSaid, lambda: self.submit([]))

    def test_nothing_to_report_is_a_return_once(self) -> None:
        done = self.submit([], nothing_to_report=True)
        assert done.return_.nothing_to_report
        before = last_audit()
        assert self.submit([], nothing_to_report=True).return_ == done.return_ and events(before) == []

    def test_nothing_to_report_is_refused_while_needs_stand_or_with_lines(self) -> None:
        refused(needs.OpenNeedsStand, lambda: self.submit([make.line()], nothing_to_report=True))
        make.approved([make.line()], of="ZMB", round_=self.round)
        error = refused(needs.OpenNeedsStand, lambda: self.submit([], nothing_to_report=True))
        assert error.count == 1
        make.approved([make.line(quantity=0)], of="ZMB", round_=self.round)
        assert self.submit([], nothing_to_report=True).return_.nothing_to_report

    def test_nothing_to_report_takes_back_the_lines_of_the_return_it_replaces(self) -> None:
        waiting = make.submitted([make.line(quantity=5)], of="ZMB", round_=self.round)
        done = self.submit([], nothing_to_report=True)
        assert done.return_ == waiting
        by = make.approver("ZMB")
        with make.as_(by):
            assert needs.approve(done.return_, by=by, at=make.AT, revision=done.return_.revision) == 0
        assert not Account.objects.exists() and not Statement.objects.filter(newest=True).exists()

    @pytest.mark.parametrize("reason", ["sector", "twice", "words", "place", "group"])
    def test_refuses_a_line_for_each_reason(self, reason: str) -> None:
        line = make.line()
        abroad = Place.objects.create(party=make.party("CUB"), code="HAV", kind=Place.Kind.AREA, own_name="Havana")
        lines = {
            "sector": [replace(line, item_id=make.item("CASH-TRANSFER").pk)],
            "twice": [line, replace(line, quantity=7000)],
            "words": [replace(line, item_id=None, words="— !!!")],
            "place": [replace(line, place_id=abroad.pk)],
            "group": [replace(line, group_id=10**6)],
        }[reason]
        self.round = make.round_("ipc", of="other", sectors=["IPC"])
        assert refused(needs.LineRefused, lambda: self.submit(lines)).reason == reason

    def test_the_whole_country_by_name_and_by_id_is_the_same_need_twice(self) -> None:
        whole = Place.objects.whole_country(make.party("ZMB"))
        lines = [make.line(), make.line(place_id=whole.pk)]
        assert refused(needs.LineRefused, lambda: self.submit(lines)).reason == "twice"

    def test_what_lapsed_unseen_is_not_unchanged(self) -> None:
        self.round = make.round_("fresh", of="other", freshness_days=30)
        make.approved([make.line(quantity=5)], of="ZMB", round_=self.round)
        late = make.AT + timedelta(days=40)
        done = self.submit([make.line(quantity=5)], at=late)
        assert (done.updated, done.unchanged) == (1, 0)
        assert Account.objects.get().last_stated == 5000


# ── deciding ─────────────────────────────────────────────────────────────────
@pytest.mark.django_db
class TestDecide:
    """`needs.approve`, `send_back`, `withdraw`."""

    @pytest.fixture(autouse=True)
    def a_return(self) -> None:
        self.round = make.round_()
        self.focal, self.approver = make.focal_point("ZMB"), make.approver("ZMB")
        self.waiting = make.submitted([make.line(quantity=5)], of="ZMB", round_=self.round, by=self.focal)

    def decide(self, what: str, by: Any, *, actor: Any = None, **changes: Any) -> Any:
        fields = {"by": by, "at": make.AT, "revision": 1} | changes
        if what == "send_back":
            fields = {"comment": "Check the unit."} | fields
        if what == "withdraw":
            fields.pop("revision")
        with make.as_(actor or by):
            return getattr(needs, what)(self.waiting, **fields)

    @pytest.mark.parametrize(
        ("what", "event"),
        [("approve", "needs.approved"), ("send_back", "needs.sent_back"), ("withdraw", "needs.withdrawn")],
    )
    def test_works_with_one_audit_row(self, what: str, event: str) -> None:
        before = last_audit()
        self.decide(what, self.approver)
        row = AuditRow.objects.get(pk__gt=before)
        assert (row.event, row.person, row.party) == (event, str(self.approver.uuid), "ZMB")
        assert Account.objects.count() == (1 if what == "approve" else 0)

    @pytest.mark.parametrize("what", ["approve", "send_back", "withdraw"])
    @pytest.mark.parametrize("who", range(7))
    def test_nobody_else_may(self, what: str, who: int) -> None:
        by = others()[who]
        refused(NotAllowed, lambda: self.decide(what, by))

    @pytest.mark.parametrize("what", ["approve", "send_back"])
    def test_a_focal_point_may_not(self, what: str) -> None:
        refused(NotAllowed, lambda: self.decide(what, self.focal))

    @pytest.mark.parametrize("what", ["approve", "send_back", "withdraw"])
    def test_without_an_actor(self, what: str) -> None:
        fields = {"by": self.approver, "at": make.AT}
        fields |= {} if what == "withdraw" else {"revision": 1}
        fields |= {"comment": "x"} if what == "send_back" else {}
        refused(NoActor, lambda: getattr(needs, what)(self.waiting, **fields))

    def test_who_typed_a_line_of_it_may_not_approve_it(self) -> None:
        typist = make.approver("ZMB")
        make.submitted([make.line("GLOVE-EXAM", 6)], of="ZMB", round_=self.round, by=typist)
        make.submitted([make.line("GLOVE-EXAM", 7)], of="ZMB", round_=self.round, by=self.focal)
        refused(needs.NotYoursToApprove, lambda: self.decide("approve", typist, revision=3))
        self.decide("approve", self.approver, revision=3)

    def test_who_typed_in_the_draft_may_not_approve_it(self) -> None:
        typist = make.approver("ZMB")
        with make.as_(self.focal):
            needs.submit(
                [make.line(quantity=6)], member=make.party("ZMB"), round_=self.round, by=self.focal, at=make.AT,
                typed_by=[typist],
            )  # fmt: skip
        refused(needs.NotYoursToApprove, lambda: self.decide("approve", typist, revision=2))

    @pytest.mark.parametrize("what", ["approve", "send_back"])
    def test_a_newer_version_is_not_decided_unseen(self, what: str) -> None:
        make.submitted([make.line(quantity=6)], of="ZMB", round_=self.round, by=self.focal)
        refused(needs.ReturnChanged, lambda: self.decide(what, self.approver))

    @pytest.mark.parametrize("what", ["approve", "send_back", "withdraw"])
    def test_what_is_approved_is_decided(self, what: str) -> None:
        self.decide("approve", self.approver)
        refused(needs.NotYoursToApprove, lambda: self.decide(what, make.approver("ZMB")))

    def test_no_change_and_no_return_without_a_reason(self) -> None:
        pk = Statement.objects.get().pk
        for changes in ({pk: needs.Change(1, " ")},):
            refused(needs.ReasonMissing, lambda changes=changes: self.decide("approve", self.approver, changes=changes))
        refused(needs.ReasonMissing, lambda: self.decide("send_back", self.approver, comment=" "))
        refused(needs.ReasonMissing, lambda: self.decide("send_back", self.approver, comment="\u202e \u2066"))

    def test_requested_and_approved_stand_side_by_side(self) -> None:
        pk = Statement.objects.get().pk
        self.decide("approve", self.approver, changes={pk: needs.Change(4000, " We found \u202esome.")})
        row = Statement.objects.get()
        assert (row.requested, row.approved, row.reason) == (5000, 4000, "We found some.")
        assert Account.objects.get().approved == 4000

    def test_an_approver_changes_only_lines_of_this_return(self) -> None:
        other = make.submitted([make.line(quantity=9)], of="CUB", round_=self.round)
        pk = Statement.objects.get(in_return=other).pk
        self.decide("approve", self.approver, changes={pk: needs.Change(1, "not mine")})
        assert Statement.objects.get(pk=pk).approved is None
        assert Account.objects.get().approved == 5000

    def test_sent_back_then_sent_again_then_approved(self) -> None:
        self.decide("send_back", self.approver)
        refused(needs.NotYoursToApprove, lambda: self.decide("approve", self.approver))
        make.submitted([make.line(quantity=5)], of="ZMB", round_=self.round, by=self.focal)
        self.decide("approve", self.approver, revision=2)
        assert Account.objects.get().approved == 5000

    def test_a_withdrawn_correction_leaves_the_approved_statement_the_newest(self) -> None:
        self.decide("approve", self.approver)
        self.waiting = make.submitted([make.line(quantity=6)], of="ZMB", round_=self.round, by=self.focal)
        self.decide("withdraw", self.focal)
        assert Statement.objects.get(newest=True).requested == 5000
        assert Account.objects.get().approved == 5000

    def test_nothing_of_a_return_is_approved_when_a_later_round_holds_one_of_its_needs(self) -> None:
        coordination = make.person(Role.COORDINATION)
        with make.as_(coordination):
            rounds.close_round(self.round, by=coordination, at=make.AT)
        second = make.round_("r2", period=(date(2021, 7, 1), date(2021, 12, 31)))
        make.approved([make.line(quantity=9)], of="ZMB", round_=second)
        error = refused(books.LaterRoundHolds, lambda: self.decide("approve", self.approver))
        assert len(error.keys) == 1
        assert Return.objects.get(pk=self.waiting.pk).state == "submitted"

    def test_a_statement_for_a_closed_round_is_approved_where_no_later_round_holds_the_need(self) -> None:
        coordination = make.person(Role.COORDINATION)
        with make.as_(coordination):
            rounds.close_round(self.round, by=coordination, at=make.AT)
        make.round_("r2", period=(date(2021, 7, 1), date(2021, 12, 31)))
        self.decide("approve", self.approver)
        assert Account.objects.get().round == self.round and doctor.differences() == []


# ── drafts ───────────────────────────────────────────────────────────────────
@pytest.mark.django_db
class TestDrafts:
    """`needs.save_draft`, `discard_draft`."""

    def save(self, by: Any, version: int | None, rows: list[dict[str, str]] | None = None) -> Draft:
        with make.as_(by):
            return needs.save_draft(
                rows or [{"item": "masks", "quantity": "many"}], member=make.party("ZMB"), round_=self.round, by=by,
                at=make.AT, version=version,
            )  # fmt: skip

    @pytest.fixture(autouse=True)
    def a_round(self) -> None:
        self.round = make.round_()

    def test_keeps_what_was_typed_and_who_typed(self) -> None:
        first, second = make.focal_point("ZMB"), make.approver("ZMB")
        draft = self.save(first, None)
        draft = self.save(second, draft.version, [{"item": "gloves"}])
        assert (draft.version, draft.rows) == (2, [{"item": "gloves"}])
        assert set(draft.typed_by.all()) == {first, second}

    def test_who_started_from_an_older_version_overwrites_nothing(self) -> None:
        by = make.focal_point("ZMB")
        self.save(by, None)
        error = refused(needs.DraftChanged, lambda: self.save(by, None, [{"item": "gloves"}]))
        assert error.theirs.rows == [{"item": "masks", "quantity": "many"}]
        refused(needs.DraftChanged, lambda: self.save(by, 7))

    @pytest.mark.parametrize("who", range(7))
    def test_nobody_else_saves_or_discards(self, who: int) -> None:
        by, draft = others()[who], self.save(make.focal_point("ZMB"), None)

        def discard() -> None:
            with make.as_(by):
                needs.discard_draft(draft, by=by, at=make.AT)

        refused(NotAllowed, lambda: self.save(by, 1))
        refused(NotAllowed, discard)

    def test_its_owners_discard_it(self) -> None:
        by = make.focal_point("ZMB")
        draft = self.save(by, None)
        refused(NoActor, lambda: needs.discard_draft(draft, by=by, at=make.AT))
        with make.as_(by):
            needs.discard_draft(draft, by=by, at=make.AT)
        assert not Draft.objects.exists()


# ── constraints, by a raw update ─────────────────────────────────────────────
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Statement, {"requested": -1}),
        (Statement, {"approved": -1}),
        (Statement, {"approved": None}),
        (Statement, {"approved_at": None}),
        (Statement, {"pipeline": -1}),
        (Statement, {"stock": -1}),
        (Statement, {"pack_factor": 0}),
        (Statement, {"calculated": 5}),
        (Need, {"words": "masks"}),
        (Need, {"item": None}),
        (Return, {"decided_at": None}),
        (Return, {"state": "approved", "decided_by": "submitted_by"}),
    ],
    ids=str,
)
def test_the_database_refuses_what_must_never_be(model: Any, values: dict[str, Any]) -> None:
    make.approved([make.line()], of="ZMB", round_=make.round_())
    values = {name: F(value) if value == "submitted_by" else value for name, value in values.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**values)


# ── two people at once ───────────────────────────────────────────────────────
@pytest.mark.usefixtures("committed_db")
class TestAtOnce:
    """Two people press the same button."""

    def press(self, return_: Return, by: Any) -> Callable[[], Any]:
        def act() -> Any:
            with make.as_(by):
                return needs.approve(return_, by=by, at=make.AT, revision=return_.revision)

        return act

    def test_two_approvers_press_at_once_and_exactly_one_succeeds(self) -> None:
        round_ = make.round_()
        for quantity in range(1, 6):
            waiting = make.submitted([make.line(quantity=quantity)], of="ZMB", round_=round_)
            people = [make.approver("ZMB") for _ in range(2)]
            copies = [Return.objects.get(pk=waiting.pk) for _ in people]
            results = at_once([self.press(copy, by) for copy, by in zip(copies, people, strict=True)])
            assert sorted(str(type(result).__name__) for result in results) == ["NotYoursToApprove", "int"]
            assert Account.objects.get().approved == quantity * 1000
        assert events().count("needs.approved") == 5
        assert doctor.differences() == []

    def test_approving_and_sending_a_new_version_at_once_reopens_nothing_and_waits_for_nobody(self) -> None:
        round_ = make.round_()
        focal, approver = make.focal_point("ZMB"), make.approver("ZMB")
        # New needs each time, so that the books insert rows that point to the party which the submission holds.
        for code in ("MASK-IIR", "GLOVE-EXAM", "COVERALL", "APRON", "HAND-RUB", "GOWN-ISO"):
            waiting = make.submitted([make.line(code, 5)], of="ZMB", round_=round_, by=focal)
            line = make.line(code, 6)

            def send(line: Any = line) -> Any:
                with make.as_(focal):
                    return needs.submit([line], member=make.party("ZMB"), round_=round_, by=focal, at=make.AT)

            approved, sent = at_once([self.press(waiting, approver), send])
            assert isinstance(sent, needs.Submitted)
            assert isinstance(approved, (int, needs.ReturnChanged))
            account = Account.objects.filter(item__code=code).first()
            if isinstance(approved, int):  # it was approved first: the new version is a return of its own
                assert Return.objects.get(pk=waiting.pk).state == "approved"
                assert sent.return_ != waiting and account.approved == 5000
            else:
                assert sent.return_ == waiting and account is None
            self.press(Return.objects.submitted().get(), approver)()
            assert Account.objects.get(item__code=code).approved == 6000
        assert doctor.differences() == []
