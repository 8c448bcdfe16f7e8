"""What arrived of support that no consignment holds: the rules, the certificate and the correction of every receipt."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests import make
from tests.refusals import events, last_audit, refused
from tests.support.test_state import Desk

from unmet.books import doctor
from unmet.books.models import Account
from unmet.notices.models import Notice
from unmet.support import line_receipts, receipts
from unmet.support.consignments import ConsignmentRefused
from unmet.support.line_receipts import Arrived
from unmet.support.lines import SupportRefused
from unmet.support.models import Consignment, ConsignmentLine, Line, Receipt, ReceiptLine
from unmet.support.receipts import Counted

pytestmark = pytest.mark.django_db
DAY = make.AT.date()


def built() -> Desk:
    """100 are in transit, as their giver states; nobody packed a consignment."""
    desk = Desk()
    for stage in ("pledged", "committed", "in_transit"):
        desk.say(stage)
    return desk


WORLD = built


@pytest.fixture
def desk(fresh: Desk) -> Desk:
    """See `built`."""
    return fresh


def receive(desk: Desk, *counted: int, who: str = "focal point", **more: Any) -> Receipt:
    """Accepted, rejected, missing, surplus, still on its way: in base units."""
    by, on = desk.people[who], more.pop("on", DAY)
    told = Arrived(*(number * 1000 for number in counted), **more)
    with make.as_(by):
        return line_receipts.receive(Line.objects.get(), told, on=on, by=by, at=make.AT)


def books() -> dict[str, int]:
    """What stands in the books, in base units."""
    account = Account.objects.get()
    names = ("committed", "in_transit", "received", "rejected", "missing")
    return {name: getattr(account, name) // 1000 for name in names if getattr(account, name)}


def test_the_rest_is_received_later_each_with_its_certificate(desk: Desk) -> None:
    audit = last_audit()
    first = receive(desk, 40, 5, 5, 2, 50, rejected_why="damaged", missing_why="short")
    assert events(audit) == ["support.consignment_received"]
    assert books() == {"in_transit": 50, "received": 42, "rejected": 5, "missing": 5}
    told = {notice.person for notice in Notice.objects.filter(kind="support.consignment_received")}
    assert desk.people["giver"] in told
    second = receive(desk, 50)
    assert books() == {"received": 92, "rejected": 5, "missing": 5} and first.code != second.code
    with make.as_(desk.people["giver"]):
        assert [receipts.find(one.shown) for one in (first, second)] == [first, second]
    assert set(Consignment.objects.values_list("state", "waybill")) == {("received", "")}
    assert doctor.differences() == []


def test_it_is_corrected_like_any_other_and_moves_nothing_twice(desk: Desk) -> None:
    first = receive(desk, 40, 0, 0, 0, 60)
    by = desk.people["approver"]
    one = Counted(ConsignmentLine.objects.get(), 30_000, missing=10_000, missing_why="lost")
    with make.as_(by):
        again = receipts.receive(first.consignment, [one], on=DAY, by=by, at=make.AT, supersedes=first)
        error = refused(
            ConsignmentRefused, lambda: receipts.receive(first.consignment, [one], on=DAY, by=by, at=make.AT)
        )
    assert again.number == 2 and error.reason == "received_already"
    assert books() == {"in_transit": 60, "received": 30, "missing": 10} and doctor.differences() == []


@pytest.mark.parametrize(
    ("counted", "more", "reason"),
    [
        ((48, 0, 2), {"missing_why": "lost"}, "still_adds_up"), ((101,), {}, "still_adds_up"),
        ((50, 0, 0, 0, 49), {}, "still_adds_up"), ((0, 0, 0, 0, 100), {}, "nothing"),
        ((-1, 0, 0, 0, 101), {}, "below_zero"), ((95, 5), {}, "reason"), ((95, 5), {"rejected_why": "lost"}, "reason"),
        ((95, 5), {"rejected_why": "other"}, "reason"), ((100,), {"missing_why": "lost"}, "reason"),
        ((100,), {"text": "x" * 501}, "too_long"), ((100,), {"on": DAY + timedelta(days=2)}, "future"),
    ],
    ids=str,
)  # fmt: skip
def test_nothing_is_received_that_does_not_add_up_or_has_no_reason(
    desk: Desk, counted: Any, more: Any, reason: str
) -> None:
    audit = last_audit()
    error = refused(ConsignmentRefused, lambda: receive(desk, *counted, **more))
    assert error.reason == reason and events(audit) == []
    assert books() == {"in_transit": 100} and not Consignment.objects.exists()


def test_pressed_twice_is_received_once(desk: Desk) -> None:
    receive(desk, 40, 0, 0, 0, 60)
    assert refused(ConsignmentRefused, lambda: receive(desk, 40, 0, 0, 0, 60)).reason == "still_adds_up"
    receive(desk, 60)
    assert refused(ConsignmentRefused, lambda: receive(desk, 60)).reason == "none_under_way"
    assert books() == {"received": 100}


# ── what is stated by a sheet, the API or a form ─────────────────────────────
def test_stated_rows_of_one_day_are_one_receipt_with_reason_codes(desk: Desk) -> None:
    rows = [
        replace(desk.line, stage="received", quantity=80_000),
        replace(desk.line, stage="rejected", quantity=15_000, reason="Damaged"),
        replace(desk.line, stage="missing", quantity=5_000, reason="Nobody knows"),
    ]
    assert [one.outcome for one in desk.state("focal point", *rows)] == ["updated"] * 3
    row = ReceiptLine.objects.get()
    assert (row.shipped, row.accepted, row.rejected, row.missing) == (100_000, 80_000, 15_000, 5_000)
    assert (row.rejected_why, row.missing_why, row.text) == ("damaged", "other", "Damaged; Nobody knows")
    assert books() == {"received": 80, "rejected": 15, "missing": 5}
    assert [one.outcome for one in desk.state("focal point", *rows)] == ["unchanged"] * 3
    assert Receipt.objects.count() == 1 and doctor.differences() == []


def test_what_was_stated_once_is_received_further_on_its_page_and_counts_once(desk: Desk) -> None:
    desk.say("received", 40)
    error = refused(SupportRefused, lambda: desk.say("received", 60))
    assert (error.reason, error.standing) == ("received_before", 40_000)
    receive(desk, 60)
    assert desk.why(lambda: desk.say("received", 40)) == "received_before"
    assert books() == {"received": 100} and Receipt.objects.count() == 2


def test_a_stated_shortfall_needs_a_reason_and_a_stated_arrival_a_day_that_has_come(desk: Desk) -> None:
    assert desk.why(lambda: desk.say("missing", 5, reason=" ")) == "reason"
    assert desk.why(lambda: desk.say("received", 5, dated_on=DAY + timedelta(days=2))) == "future"
    assert books() == {"in_transit": 100} and not Receipt.objects.exists()


def test_long_reasons_are_kept_whole_on_receipts_of_their_own(desk: Desk) -> None:
    rows = [
        replace(desk.line, stage=stage, quantity=10_000, reason=letter * 400)
        for stage, letter in (("rejected", "r"), ("missing", "m"))
    ]
    desk.state("focal point", *rows)
    assert set(ReceiptLine.objects.values_list("text", flat=True)) == {"r" * 400, "m" * 400}


def test_what_nobody_had_announced_has_its_receipt_too() -> None:
    desk = Desk()
    desk.say("received", 30)
    receipt = Receipt.objects.get()
    assert (receipt.consignment.giver.code, receipt.consignment.member.code) == ("WHO", "ZMB")
    assert books() == {"received": 30} and doctor.differences() == []
