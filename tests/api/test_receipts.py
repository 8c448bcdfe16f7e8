"""Receipts through the API: received whole and short, corrected by a new one; certificates, and who reads them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args

import pytest

from tests.api.calls import Program, problem, refused, table, today, token
from tests.api.loop_world import NOBODY, Loop, once_a_file, right
from unmet.api import receipt_schemas as said
from unmet.books import doctor
from unmet.support.models import Receipt, ReceiptLine

pytestmark = pytest.mark.django_db
SHORT = {
    "accepted": "280", "rejected": "15", "missing": 5, "rejected_why": "damaged", "missing_why": "other", "text": "Rain"
}  # fmt: skip


@pytest.fixture(scope="module")
def loop(django_db_setup: None, django_db_blocker: Any) -> Iterator[Loop]:
    """See `Loop`."""
    yield from once_a_file(django_db_blocker, accepted=True)


def received(loop: Loop, box: dict[str, Any], *counted: dict[str, Any], by: Program | None = None, **more: Any) -> Any:
    """The member states what arrived: all as shipped unless told otherwise."""
    return (by or loop.focal).post(f"/consignments/{box['id']}/receipts", loop.counts(box, *counted) | more)


def test_received_short_with_reasons_and_the_giver_reads_the_certificate(loop: Loop) -> None:
    box = loop.sent((loop.masks, "300"), (loop.gloves, "200"))
    answer = received(loop, box, SHORT, {"surplus": "3"}, remark="By night")
    told = right(answer, 201)
    assert answer.headers["Location"] == f"/api/v1/receipts/{told['code']}"
    assert loop.books() == {"received": 280, "rejected": 15, "missing": 5}
    assert loop.books("GLOVE-EXAM") == {"received": 203} and doctor.differences() == []
    for by in (loop.who, loop.unicef, loop.approver):
        for code in (told["code"], told["code"].replace("-", "").lower()):
            read = right(by.get(f"/receipts/{code}"))
            assert read == told and read["remark"] == "By night" and read["number"] == 1
    masks, gloves = told["lines"]
    counts = ("shipped", "accepted", "rejected", "missing", "surplus", "rejected_why", "missing_why", "text")
    assert [masks[name] for name in counts] == ["300", "280", "15", "5", "0", "damaged", "other", "Rain"]
    assert [gloves[name] for name in counts] == ["200", "200", "0", "0", "3", "", "", ""]
    assert told["waybill"] == "157-1234 5675" and told["supersedes"] is None is told["superseded_by"]
    assert right(loop.wfp.get(f"/consignments/{box['id']}"))["state"] == "received"
    line = loop.wfp.whole(f"/consignments/{box['id']}/lines")[0]
    assert (line["receipt"], line["accepted"], line["missing_why"]) == (1, "280", "other")
    rows = table(loop.who.get(f"/receipts/{told['code']}/lines.csv"))
    assert [(row["item"], row["accepted"]) for row in rows] == [("MASK-IIR", "280"), ("GLOVE-EXAM", "200")]


def test_in_parts_and_corrected_by_a_new_receipt(loop: Loop) -> None:
    box = loop.sent((loop.masks, "300"), (loop.gloves, "200"))
    whole = loop.counts(box, SHORT)["lines"]
    first = right(loop.focal.post(f"/consignments/{box['id']}/receipts", {"lines": whole[:1]}), 201)
    assert right(loop.who.get(f"/consignments/{box['id']}"))["state"] == "dispatched"
    second = right(loop.approver.post(f"/consignments/{box['id']}/receipts", {"lines": whole[1:]}), 201)
    correction = f"/receipts/{first['code']}/correction"
    third = right(loop.focal.post(correction, {"lines": [{"line": whole[0]["line"], "accepted": "300"}]}), 201)
    assert (third["number"], third["supersedes"], loop.books()) == (3, first["code"], {"received": 300})
    refused(loop.focal.post(correction, {"lines": whole[:1]}), 409, "superseded")
    told = loop.who.whole("/receipts", limit=2)
    assert [(row["code"], row["superseded_by"]) for row in told] == [
        (first["code"], third["code"]), (second["code"], None), (third["code"], None),
    ]  # fmt: skip
    assert right(loop.who.get(f"/receipts/{first['code']}"))["superseded_by"] == third["code"]
    assert doctor.differences() == []


def test_lists_of_receipts_are_for_giver_channel_and_member(loop: Loop) -> None:
    boxes = [loop.sent((loop.masks, 10), waybill=f"W-{n}") for n in (1, 2)]
    codes = [right(received(loop, box), 201)["code"] for box in boxes]
    for by, query, found in (
        (loop.who, {}, codes), (loop.unicef, {"member": "ZMB"}, codes), (loop.focal, {"giver": "WHO"}, codes),
        (loop.who, {"consignment": boxes[1]["id"]}, codes[1:]), (loop.who, {"giver": "UNICEF"}, []),
        (loop.who, {"consignment": NOBODY}, []), (loop.wfp, {}, []), (loop.undp, {}, []), (loop.cuban, {}, []),
        (loop.chair, {}, []),
    ):  # fmt: skip
        assert [row["code"] for row in by.whole("/receipts", **query)] == found, query
    assert [row["code"] for row in table(loop.who.get("/receipts.csv"))] == codes


def test_what_no_consignment_holds_is_received_on_its_line_and_the_rest_later(loop: Loop) -> None:
    address = f"/support/{loop.masks}/receipts"
    refused(loop.focal.post(address, {"accepted": "200"}), 409, "still_adds_up", line=loop.masks, standing="300")
    short = {"accepted": "190", "missing": "10", "on_the_way": "100"}
    refused(loop.focal.post(address, short), 422, "reason", line=loop.masks)
    told = right(loop.focal.post(address, short | {"missing_why": "lost"}), 201)
    assert told["lines"][0]["shipped"] == "200" and told["waybill"] == "" and told["number"] == 1
    assert right(loop.who.get(f"/receipts/{told['code']}")) == told
    line = told["lines"][0]["line"]
    body = {"lines": [{"line": line, "accepted": "200"}]}
    right(loop.approver.post(f"/receipts/{told['code']}/correction", body), 201)
    right(loop.focal.post(address, {"accepted": "100"}), 201)
    assert loop.books() == {"received": 300} and doctor.differences() == []
    refused(loop.focal.post(address, {"accepted": "1"}), 409, "none_under_way", line=loop.masks)
    assert problem(loop.who.post(address, {"accepted": "1"})) == (403, "not-allowed")
    for by in (loop.wfp, loop.cuban, loop.undp):
        assert problem(by.post(address, {"accepted": "1"})) == (404, "not-found")


def test_the_same_key_receives_once(loop: Loop) -> None:
    box = loop.sent()
    body = loop.counts(box)
    first, second = (
        loop.focal.post(f"/consignments/{box['id']}/receipts", body, Idempotency_Key="receipt-1") for _ in range(2)
    )
    assert right(first, 201) == right(second, 201) and Receipt.objects.count() == 1
    assert loop.books() == {"received": 300}


def test_only_the_members_own_people_receive(loop: Loop) -> None:
    box = loop.sent()
    for by in (loop.who, loop.unicef, loop.wfp):
        assert problem(received(loop, box, by=by)) == (403, "not-allowed")
    assert problem(received(loop, box, by=Program(token(loop.person, "read", "approve")))) == (403, "scope-missing")
    code = right(received(loop, box), 201)["code"]
    assert problem(loop.who.post(f"/receipts/{code}/correction", loop.counts(box))) == (403, "not-allowed")
    for by in (loop.wfp, loop.cuban):
        assert problem(by.post(f"/receipts/{code}/correction", loop.counts(box))) == (404, "not-found")


def test_every_reason_of_a_shortfall_is_in_the_description() -> None:
    assert set(get_args(said.RejectedWhy)) == {"", *map(str, ReceiptLine.OF_REJECTED)}
    assert set(get_args(said.MissingWhy)) == {"", *map(str, ReceiptLine.OF_MISSING)}


def test_what_a_receipt_may_not_say(loop: Loop) -> None:
    box = loop.sent((loop.masks, 200))
    line = loop.counts(box)["lines"][0]["line"]
    for counted, reason, more in (
        ({"accepted": "199"}, "adds_up", {"line": line, "standing": "200"}),
        ({"accepted": "199", "missing": 1}, "reason", {"line": line}),
        ({"missing_why": "lost"}, "reason", {"line": line}),
        ({"accepted": "199", "missing": 1, "missing_why": "other"}, "reason", {"line": line}),
        ({"line": NOBODY}, "not_in_it", {"line": NOBODY}),
    ):  # fmt: skip
        refused(received(loop, box, counted), 422, reason, **more)
    refused(received(loop, box, received_on=str(today() + timedelta(days=2))), 422, "future")
    refused(received(loop, box, received_on=str(today() - timedelta(days=3))), 422, "before_dispatch")
    refused(received(loop, box, lines=[{"line": line, "accepted": 200}] * 2), 422, "twice")
    for wrong in ({"missing_why": "damaged"}, {"accepted": -1}, {"accepted": None}, {"colour": "red"}):
        assert problem(received(loop, box, wrong)) == (400, "bad-request")
    assert not Receipt.objects.exists()
    code = right(received(loop, box), 201)["code"]
    refused(received(loop, box), 409, "received_already", line=None)
    planned = loop.planned((loop.gloves, 5), waybill="")
    refused(received(loop, planned), 409, "state")
    both = loop.sent((loop.masks, 5), (loop.gloves, 6), waybill="W-9")
    told = right(received(loop, both), 201)
    refused(loop.focal.post(f"/receipts/{told['code']}/correction", {"lines": loop.counts(both)["lines"][:1]}), 422,
            "all_lines")  # fmt: skip
    assert code != told["code"]
