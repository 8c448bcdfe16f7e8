"""Receipts: who may state them, each refusal, what the books say, corrections, one box received once."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import make
from tests.refusals import events, last_audit, refused
from tests.support.box import DAY, Boxes, count
from tests.together import at_once

from unmet.access.models import Role
from unmet.books import doctor
from unmet.books.models import Account, Entry, Movement
from unmet.needs import rounds
from unmet.notices.models import Notice
from unmet.support import line_accounts, receipts
from unmet.support.consignments import ConsignmentRefused, Packed
from unmet.support.lines import SupportRefused
from unmet.support.models import Consignment, Line, Receipt, ReceiptLine, Step
from unmet.support.receipts import Counted

pytestmark = pytest.mark.django_db
COMMITTED_DB = pytest.mark.usefixtures("committed_db")


WORLD = Boxes


@pytest.fixture
def boxes(fresh: Boxes) -> Boxes:
    """See `Boxes`."""
    return fresh


# ── receiving ────────────────────────────────────────────────────────────────
def test_received_in_full(boxes: Boxes) -> None:
    box, audit = boxes.sent(), last_audit()
    receipt = boxes.receive(box)
    box.refresh_from_db()
    assert (box.state, receipt.number, receipt.received_on) == ("received", 1, DAY)
    assert boxes.stages() == {"received": 300} and boxes.stages("GLOVE-EXAM") == {"received": 200}
    assert events(audit) == ["support.consignment_received"] and doctor.differences() == []
    told = {notice.person for notice in Notice.objects.filter(kind="support.consignment_received")}
    assert {name for name, one in boxes.people.items() if one in told} == {"giver", "channel", "carrier"}


def test_received_short_with_reasons_and_a_surplus(boxes: Boxes) -> None:
    box = boxes.sent()
    boxes.receive(box, boxes.counted(box, MASK_IIR=(200, 60, 40), GLOVE_EXAM=(200, 0, 0, 24)))
    assert boxes.stages() == {"received": 200, "rejected": 60, "missing": 40}
    assert boxes.stages("GLOVE-EXAM") == {"received": 224}
    surplus = Entry.objects.filter(book=0, movement=Movement.SURPLUS).get()
    assert (surplus.received, surplus.in_transit) == (24_000, 0), "from nothing"
    assert Account.objects.get(item__code="MASK-IIR").not_in_country == 800_000
    assert doctor.differences() == []


def test_received_in_parts_it_stays_open(boxes: Boxes) -> None:
    box = boxes.go(boxes.sent(), "hold")
    masks, gloves = boxes.counted(box)
    boxes.receive(box, [gloves])
    box.refresh_from_db()
    assert box.state == "held" and boxes.stages() == {"in_transit": 300}
    assert boxes.why(lambda: boxes.receive(box, [gloves])) == "received_already"
    assert boxes.why(lambda: boxes.receive(box, [masks, gloves])) == "received_already"
    second = boxes.receive(box, [masks], who="approver")
    box.refresh_from_db()
    assert (box.state, box.held_on, second.number, second.supersedes) == ("received", None, 2, None)


def test_what_was_said_to_be_lost_arrives_after_all(boxes: Boxes) -> None:
    box = boxes.go(boxes.sent(), "lose")
    boxes.receive(box, boxes.counted(box, MASK_IIR=(290, 0, 10)))
    box.refresh_from_db()
    assert box.state == "received" and boxes.stages() == {"received": 290, "missing": 10}
    assert doctor.differences() == []


def test_the_rest_of_a_consignment_is_lost_and_what_was_received_stays(boxes: Boxes) -> None:
    box = boxes.sent()
    masks, _gloves = boxes.counted(box)
    first = boxes.receive(box, [masks])
    boxes.go(box, "return")
    assert boxes.stages() == {"received": 300} and boxes.stages("GLOVE-EXAM") == {}
    boxes.receive(box, [count(masks.line, 299, 1)], supersedes=first)
    assert boxes.stages() == {"received": 299, "rejected": 1} and doctor.differences() == []


# ── refusals ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("numbers", "more", "reason"),
    [
        ((299,), {}, "adds_up"), ((301,), {}, "adds_up"), ((300, 1), {}, "adds_up"), ((-1, 301), {}, "below_zero"),
        ((300, 0, 0, -1), {}, "below_zero"), ((299, 1), {"rejected_why": ""}, "reason"),
        ((299, 1), {"rejected_why": "lost"}, "reason"), ((299, 0, 1), {"missing_why": ""}, "reason"),
        ((299, 0, 1), {"missing_why": "damaged"}, "reason"), ((300,), {"rejected_why": "damaged"}, "reason"),
        ((300,), {"missing_why": "lost"}, "reason"), ((299, 1), {"rejected_why": "nonsense"}, "reason"),
        ((299, 1), {"rejected_why": "other"}, "reason"), ((299, 0, 1), {"missing_why": "other", "text": " "}, "reason"),
        ((300,), {"text": "x" * 501}, "too_long"),
    ],
)  # fmt: skip
def test_what_a_line_may_not_say(boxes: Boxes, numbers: tuple[int, ...], more: dict[str, Any], reason: str) -> None:
    box = boxes.sent(Packed(boxes.masks, 300_000))
    line = box.lines.get()
    error = refused(ConsignmentRefused, lambda: boxes.receive(box, [count(line, *numbers, **more)]))
    assert (error.reason, error.line) == (reason, line.uuid)
    assert not Receipt.objects.exists() and boxes.stages() == {"in_transit": 300}


def test_what_a_receipt_may_not_say(boxes: Boxes) -> None:
    box, other = boxes.sent(Packed(boxes.masks, 1000)), boxes.sent(Packed(boxes.gloves, 1000), waybill="2")
    [mine], [theirs] = boxes.counted(box), boxes.counted(other)
    assert boxes.why(lambda: boxes.receive(box, [])) == "nothing"
    assert boxes.why(lambda: boxes.receive(box, [mine, mine])) == "twice"
    assert boxes.why(lambda: boxes.receive(box, [mine, theirs])) == "not_in_it"
    assert boxes.why(lambda: boxes.receive(box, on=DAY + timedelta(days=1))) == "future"
    assert boxes.why(lambda: boxes.receive(box, on=DAY - timedelta(days=1))) == "before_dispatch"
    assert boxes.why(lambda: boxes.receive(box, note="x" * 501)) == "too_long"
    planned = boxes.plan(Packed(boxes.masks, 1000), waybill="3")
    assert boxes.why(lambda: boxes.receive(planned)) == "state"


# ── corrections ──────────────────────────────────────────────────────────────
def test_a_correction_is_a_new_receipt_and_the_books_say_what_it_says(boxes: Boxes) -> None:
    box = boxes.sent(Packed(boxes.masks, 300_000))
    line = box.lines.get()
    first = boxes.receive(box, [count(line, 250, 0, 50)])
    audit = last_audit()
    second = boxes.receive(box, [count(line, 280, 15, 5, 7)], supersedes=first, who="approver")
    assert (second.number, second.supersedes, first.lines.get().accepted) == (2, first, 250_000)
    assert boxes.stages() == {"received": 287, "rejected": 15, "missing": 5}
    assert events(audit) == ["support.receipt_corrected"] and doctor.differences() == []
    corrected = Entry.objects.filter(book=0, movement=Movement.RECEIPT_CORRECTED).order_by("pk")
    assert [(one.received, one.rejected, one.missing) for one in corrected] == [
        (30_000, 0, -30_000),
        (0, 15_000, -15_000),
    ]
    assert boxes.why(lambda: boxes.receive(box, [count(line, 300)], supersedes=first)) == "superseded"
    third = boxes.receive(box, [count(line, 300)], supersedes=second)
    assert third.number == 3 and boxes.stages() == {"received": 300}
    again = make.support_line("WHO", "ZMB", "received", 300, reference="M-1")
    assert make.stated([again], by=boxes.people["focal point"], round_=boxes.round)[0].outcome == "unchanged"


def test_a_correction_says_all_lines_of_its_own_consignment(boxes: Boxes) -> None:
    box, other = boxes.sent(), boxes.sent(Packed(boxes.accepted("M-2", 10), 10_000), waybill="2")
    first, theirs = boxes.receive(box), boxes.receive(other)
    masks, _gloves = boxes.counted(box)
    assert boxes.why(lambda: boxes.receive(box, [masks], supersedes=first)) == "all_lines"
    assert boxes.why(lambda: boxes.receive(box, supersedes=theirs)) == "superseded"


def test_a_correction_after_a_later_round_took_the_need_on(boxes: Boxes) -> None:
    """What was received stays with its round, and so does what corrects it."""
    box = boxes.sent(Packed(boxes.masks, 100_000))
    line = box.lines.get()
    first = boxes.receive(box)
    old = Account.objects.get(item__code="MASK-IIR")
    coordination = make.person(Role.COORDINATION)
    with make.as_(coordination):
        rounds.close_round(boxes.round, by=coordination, at=make.AT)
    later = make.round_("r2", period=(date(2022, 1, 1), date(2022, 6, 30)))
    make.approved([make.line(quantity=900)], of="ZMB", round_=later)
    boxes.receive(box, [count(line, 90, 10)], supersedes=first)
    old.refresh_from_db()
    assert old.closed and (old.received, old.rejected) == (90_000, 10_000)
    assert boxes.stages() == {"committed": 200} and doctor.differences() == []


def test_a_correction_follows_support_that_was_assigned(boxes: Boxes) -> None:
    make.approved([make.line(quantity=5, place_name="Kitwe")], of="ZMB", round_=boxes.round)
    loose = boxes.accepted("L-1", 20)
    assert loose.account.kind == Account.Kind.UNASSIGNED
    box = boxes.sent(Packed(loose, 20_000))
    first = boxes.receive(box)
    need, by = Account.objects.get(item__code="MASK-IIR", kind=0, approved=1_000_000), boxes.people["approver"]
    with make.as_(by):
        line_accounts.assign(Line.objects.get(pk=loose.pk), need, by=by, at=make.AT)
    boxes.receive(box, [count(box.lines.get(), 18, 0, 2)], supersedes=first)
    need.refresh_from_db()
    assert (need.received, need.missing, need.committed) == (18_000, 2_000, 300_000)
    assert doctor.differences() == []


# ── the database ─────────────────────────────────────────────────────────────
def test_receipts_are_never_changed_or_deleted(boxes: Boxes) -> None:
    boxes.receive(boxes.sent())
    for model, change in ((Receipt, {"note": "x"}), (ReceiptLine, {"text": "x"})):
        for act in (
            lambda model=model, change=change: model.objects.update(**change),
            lambda model=model: model.objects.all()._raw_delete("default"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                act()


@pytest.mark.parametrize(
    "changes",
    [
        {"accepted": 299_000}, {"shipped": 0, "accepted": 0}, {"accepted": -1, "rejected": 300_001}, {"surplus": -1},
        {"rejected_why": "damaged"}, {"accepted": 299_000, "missing": 1000},
        {"accepted": 299_000, "missing": 1000, "missing_why": "other"},
    ],
)  # fmt: skip
def test_the_database_refuses_what_must_never_be(boxes: Boxes, changes: dict[str, Any]) -> None:
    box = boxes.sent(Packed(boxes.masks, 300_000))
    row = boxes.receive(box).lines.get()
    said = {
        "receipt": Receipt.objects.create(
            consignment=box, number=2, code="X" * 10, received_on=DAY, by=row.receipt.by, at=make.AT
        ),
        "line": row.line, "shipped": 300_000, "accepted": 300_000, "rejected": 0, "missing": 0, "surplus": 0,
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        ReceiptLine.objects.create(**said | changes)
    ReceiptLine.objects.create(**said)


# ── the certificate ──────────────────────────────────────────────────────────
def test_who_finds_a_certificate(boxes: Boxes) -> None:
    receipt = boxes.receive(boxes.sent())
    for name, by in boxes.people.items():
        with make.as_(by):
            for typed in (receipt.code, receipt.shown.lower(), f" {receipt.shown} "):
                found = receipts.find(typed) == receipt
                assert found == (name in {"giver", "channel", "focal point", "approver"}), name
            assert receipts.find("") is None


# ── laws ─────────────────────────────────────────────────────────────────────
_COUNTS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12), st.sampled_from([0, 0, 5])), min_size=1, max_size=4
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(said=_COUNTS, lost=st.booleans())
def test_corrected_receipts_leave_the_books_as_if_the_last_had_been_the_first(
    boxes: Boxes, said: list[tuple[int, int, int]], lost: bool
) -> None:
    sid = transaction.savepoint()
    box = boxes.sent(Packed(boxes.masks, 12_000))
    if lost:
        boxes.go(box, "lose")
    line, last = box.lines.get(), None
    for one, two, surplus in said:
        accepted, rejected = min(one, two), abs(one - two)
        missing = 12 - accepted - rejected
        last = boxes.receive(box, [count(line, accepted, rejected, missing, surplus)], supersedes=last)
        row = last.lines.get()
        assert row.accepted + row.rejected + row.missing == row.shipped == 12_000
    expected = {"committed": 288, "received": accepted + surplus, "rejected": rejected, "missing": missing}
    assert boxes.stages() == {name: value for name, value in expected.items() if value}
    _adds_up(Line.objects.get(reference="M-1"))
    assert doctor.differences() == []
    transaction.savepoint_rollback(sid)


def _adds_up(line: Line) -> None:
    """What stands at the stages of a line is what its steps brought there, and in all what entered less what left."""
    moved: Counter[str] = Counter()
    for step in line.steps.all():
        moved[step.to_stage] += step.quantity
        moved[step.from_stage] -= step.quantity
    stages = ("pledged", "allocated", "committed", "in_transit", "received", "rejected", "missing")
    assert {stage: getattr(line, stage) for stage in stages} == {stage: moved[stage] for stage in stages}
    assert sum(getattr(line, stage) for stage in stages) == -moved[""]
    assert min(getattr(line, stage) for stage in stages) >= 0


_VERBS = st.lists(
    st.tuples(st.sampled_from(["plan", "dispatch", "hold", "lose", "return", "receive", "correct", "quick"]),
              st.integers(1, 200)), min_size=4, max_size=12,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(verbs=_VERBS)
def test_whatever_happens_the_stages_sum_to_what_entered(boxes: Boxes, verbs: list[tuple[str, int]]) -> None:
    sid = transaction.savepoint()
    for number, (verb, quantity) in enumerate(verbs):
        found = Consignment.objects.order_by("-pk").first()
        try:
            if verb == "plan":
                boxes.plan(Packed(boxes.masks, quantity * 1000), waybill=f"w{number}")
            elif verb == "quick":
                line = make.support_line("WHO", "ZMB", "in_transit", quantity, reference="M-1")
                make.stated([line], by=boxes.people["giver"], round_=boxes.round)
            elif found is not None:
                _happen(boxes, found, verb, quantity)
        except (ConsignmentRefused, SupportRefused):
            pass
        line = Line.objects.get(reference="M-1")
        _adds_up(line)
        boxed = Consignment.objects.filter(state__in=Consignment.UNDER_WAY, lines__standing=None)
        assert line.in_transit >= (boxed.aggregate(all=Sum("lines__quantity"))["all"] or 0)
        planned = Consignment.objects.filter(state="planned").aggregate(all=Sum("lines__quantity"))["all"] or 0
        assert line.committed >= planned
    assert doctor.differences() == []
    transaction.savepoint_rollback(sid)


def _happen(boxes: Boxes, box: Consignment, verb: str, quantity: int) -> None:
    line = box.lines.get()
    shipped = line.quantity // 1000
    accepted = min(quantity, shipped)
    counted = [count(line, accepted, 0, shipped - accepted)]
    if verb == "dispatch":
        boxes.dispatch(box)
    elif verb == "receive":
        boxes.receive(box, counted)
    elif verb == "correct":
        boxes.receive(box, counted, supersedes=box.receipts.order_by("-number").first())
    else:
        boxes.go(box, verb)


# ── together ─────────────────────────────────────────────────────────────────
@COMMITTED_DB
def test_two_people_receiving_at_once_receive_one_box_once() -> None:
    make.reference()
    boxes = Boxes()
    box = boxes.sent()
    counted = boxes.counted(box)
    results = at_once([lambda who=who: boxes.receive(box, counted, who=who) for who in ("focal point", "approver")])
    assert sorted(getattr(one, "reason", "") for one in results) == ["", "received_already"]
    assert boxes.stages() == {"received": 300} and Receipt.objects.count() == 1
    assert Step.objects.filter(to_stage="received").count() == 2 and doctor.differences() == []


@COMMITTED_DB
def test_of_a_receipt_and_a_loss_at_once_one_is_booked_first_and_nothing_twice() -> None:
    make.reference()
    boxes = Boxes()
    box = boxes.sent(Packed(boxes.masks, 300_000))
    counted = [Counted(line, line.quantity) for line in box.lines.all()]
    at_once([lambda: boxes.receive(box, counted), lambda: boxes.go(box, "lose")])
    box.refresh_from_db()
    assert box.state == "received" and boxes.stages() == {"received": 300} and doctor.differences() == []
