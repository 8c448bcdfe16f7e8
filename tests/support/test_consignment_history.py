"""The timeline of a consignment: plan, way, what each party saw, receipts; to each reader as far as he may know it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests import make
from tests.support.box import DAY, Boxes

from unmet.support import consignment_queries as queries
from unmet.support.attestations import Unlisted
from unmet.support.consignment_history import of_consignment
from unmet.support.consignments import Packed
from unmet.support.history import Happened
from unmet.support.models import Consignment

pytestmark = pytest.mark.django_db


WORLD = Boxes


@pytest.fixture
def boxes(fresh: Boxes) -> Boxes:
    """See `Boxes`."""
    return fresh


def read(boxes: Boxes, box: Consignment, who: str) -> list[Happened]:
    """The timeline as somebody reads it, the oldest first."""
    with make.as_(boxes.people[who]):
        return of_consignment(box)[::-1]


def events(found: Sequence[Happened]) -> list[str]:
    """What happened, without the room."""
    return [one.event.removeprefix("support.").removeprefix("consignment_") for one in found]


def counts(one: Happened) -> list[tuple[str, str, dict[str, int]]]:
    """(item, lot, quantities in base units) of what happened."""
    return [
        (count.item.code, count.lot, {name: quantity // 1000 for name, quantity in count.quantities.items()})
        for count in one.counts
    ]


def test_the_whole_way_in_its_order(boxes: Boxes) -> None:
    box = boxes.plan()
    packed = Packed(boxes.masks, 250_000, "L-1"), Packed(boxes.gloves, 200_000)
    box = boxes.plan(*packed, who="channel", draft=box, version=1)
    boxes.dispatch(box)
    boxes.go(box, "arrive", who="carrier")
    boxes.go(box, "hold", who="focal point", why="permit", text="The ministry asks for a letter")
    boxes.go(box, "clear", who="channel")
    found = read(boxes, box, "giver")
    assert events(found) == ["planned", "replanned", "sent", "at_port", "held", "cleared"]
    assert [one.party for one in found] == ["WHO", "UNICEF", "WHO", "WFP", "ZMB", "UNICEF"]
    assert counts(found[0]) == [
        ("MASK-IIR", "L-1", {"before": 0, "quantity": 300}), ("GLOVE-EXAM", "", {"before": 0, "quantity": 200}),
    ]  # fmt: skip
    assert counts(found[1]) == [("MASK-IIR", "L-1", {"before": 300, "quantity": 250})], (
        "what did not change is not told"
    )
    assert (found[4].values["why"], found[4].reason) == ("permit", "The ministry asks for a letter")
    assert {one.values["day"] for one in found[2:]} == {DAY}


def test_a_hold_that_ends_and_what_was_corrected_are_told(boxes: Boxes) -> None:
    first, second = DAY + timedelta(days=3), DAY + timedelta(days=9)
    box = boxes.dispatch(boxes.plan(), expected_on=first)
    boxes.go(boxes.go(box, "hold"), "resume", who="carrier")
    boxes.expected(box, second)
    boxes.waybill(box, "158-1")
    found = read(boxes, box, "carrier")
    assert events(found) == ["planned", "sent", "held", "goes_on", "expected", "waybill"]
    assert [(one.values["was"], one.values["now"], one.reason) for one in found[-2:]] == [
        (first, second, "The ship was late"), ("157-1234 5675", "158-1", "A digit was wrong"),
    ]  # fmt: skip


@pytest.mark.parametrize(("verb", "state"), [("lose", "lost"), ("destroy", "destroyed"), ("return", "returned"),
                                             ("divert", "diverted")])  # fmt: skip
def test_what_ends_it_says_why(boxes: Boxes, verb: str, state: str) -> None:
    box = boxes.go(boxes.sent(), verb)
    for who in ("giver", "channel", "carrier", "focal point"):
        last = read(boxes, box, who)[-1]
        assert (events([last]), last.reason) == ([state], "The ship burnt")


def test_a_lot_that_was_taken_out_or_renamed_is_told(boxes: Boxes) -> None:
    box = boxes.plan(Packed(boxes.masks, 300_000, "L-1"))
    boxes.plan(Packed(boxes.masks, 300_000, "L-2"), draft=box, version=1)
    changed = read(boxes, box, "approver")[-1]
    assert counts(changed) == [
        ("MASK-IIR", "L-1", {"before": 300, "quantity": 0}), ("MASK-IIR", "L-2", {"before": 0, "quantity": 300})
    ]  # fmt: skip


def test_what_one_party_saw_at_once_is_one_line(boxes: Boxes) -> None:
    box = boxes.sent()
    boxes.attest(box, 298, 200, note="Two cartons wet")
    boxes.attest(box, 297, who="focal point", place="Store", note="Counted twice")
    boxes.attest(box, 298, unlisted=[Unlisted(make.item("COVERALL"), 5000, "Z")], place="Customs")
    _planned, _sent, carrier, member, customs = read(boxes, box, "giver")
    assert [(one.item.code, one.lot, one.unlisted) for one in customs.counts] == [
        ("MASK-IIR", "L-1", False), ("COVERALL", "Z", True),
    ]  # fmt: skip
    assert (carrier.party, carrier.values["as"], carrier.values["place"]) == ("WFP", "carrier", "Lusaka airport")
    assert counts(carrier) == [("MASK-IIR", "L-1", {"quantity": 298}), ("GLOVE-EXAM", "", {"quantity": 200})]
    assert (member.party, counts(member)) == ("ZMB", [("MASK-IIR", "L-1", {"quantity": 297})])
    assert [one.values["remark"] for one in (carrier, member)] == ["Two cartons wet", "Counted twice"]


def test_receipts_their_corrections_and_the_end(boxes: Boxes) -> None:
    box = boxes.sent()
    masks, gloves = boxes.counted(box, MASK_IIR=(290, 5, 5))
    first = boxes.receive(box, [masks], note="Carton open")
    boxes.receive(box, [gloves])
    boxes.receive(box, [replace(masks, accepted=300_000, rejected=0, missing=0, rejected_why="", missing_why="")],
                  supersedes=first)  # fmt: skip
    found = read(boxes, box, "giver")
    assert events(found)[2:] == ["received", "received", "receipt_corrected"]
    one, two, three = found[2:]
    assert counts(one) == [("MASK-IIR", "L-1", {"accepted": 290, "rejected": 5, "missing": 5, "surplus": 0})]
    assert one.counts[0].reasons == {"rejected": "damaged", "missing": "lost on the way"}
    assert one.values["remark"] == "Carton open" and one.values["certificate"] == first.shown
    assert ("ends_it" in one.values, two.values.get("ends_it"), "ends_it" in three.values) == (
        # All three were written at one moment in this test; what ends it is a receipt, never its correction.
        True, True, False,
    )  # fmt: skip
    assert (three.values["number"], three.values["corrected"]) == (3, 1)


# ── who reads what ───────────────────────────────────────────────────────────
def words(found: Sequence[Happened]) -> list[Any]:
    """Everything that a timeline carries beside what happened."""
    return [value for one in found for value in (*one.values.values(), one.reason) if value]


def remarks(boxes: Boxes, box: Consignment, who: str) -> set[str]:
    """What somebody reads beside the counts of each lot; a page and the API read the same."""
    with make.as_(boxes.people[who]):
        beside = {saw.remark for line in queries.lines(box) for saw in line.attestations.all()}
        assert beside == {saw.remark for saw in queries.attestations(box)}
    return beside


def test_a_carrier_reads_no_remark_of_another_no_receipt_and_no_plan(boxes: Boxes) -> None:
    box = boxes.plan()
    boxes.plan(Packed(boxes.masks, 250_000, "L-1"), draft=box, version=1)
    box = boxes.dispatch(Consignment.objects.get())
    boxes.attest(box, 298, note="Two cartons wet")
    boxes.attest(box, 297, who="focal point", place="Store", note="Secret of Zambia")
    receipt = boxes.receive(box, note="Secret of the receipt")
    found = read(boxes, box, "carrier")
    assert events(found) == ["planned", "replanned", "sent", "attested", "attested", "received"]
    said = words(found)
    assert "Two cartons wet" in said and "Secret of Zambia" not in said and "Secret of the receipt" not in said
    assert receipt.shown not in said
    assert [bool(one.counts) for one in found] == [False, False, False, True, True, False]
    assert remarks(boxes, box, "carrier") == {"Two cartons wet", ""}, "nor beside the counts"
    for who in ("giver", "channel", "focal point", "approver"):
        said = words(read(boxes, box, who))
        assert remarks(boxes, box, who) == {"Two cartons wet", "Secret of Zambia"}
        assert {"Two cartons wet", "Secret of Zambia", "Secret of the receipt", receipt.shown} <= set(said)


def test_nothing_else_of_the_audit_is_in_it(boxes: Boxes) -> None:
    box, other = boxes.sent(), boxes.plan(Packed(boxes.accepted("M-2", 5), 5_000), waybill="other")
    found = read(boxes, box, "giver")
    assert events(found) == ["planned", "sent"] and events(read(boxes, other, "giver")) == ["planned"]
    assert set(found[0].values) == set(), "no list, no version, no code of a party"
