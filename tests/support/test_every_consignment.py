"""Every state × verb × role: consignments from the plan to the receipt, and receipts that are corrected."""

from datetime import timedelta
from typing import Any

import pytest
from tests import make
from tests.state_tables import Verb, people, walk
from tests.support.box import DAY, Boxes

from unmet.support import attestations, consignment_corrections, consignment_ways, consignments, receipts
from unmet.support.consignment_ways import WAYS
from unmet.support.consignments import ConsignmentRefused
from unmet.support.models import Consignment, Receipt

pytestmark = pytest.mark.django_db
SENDERS, OWN = {"giver", "channel"}, {"focal point", "approver"}
SIDES = SENDERS | {"carrier"} | OWN
UNDER_WAY = {"dispatched", "at port", "held", "cleared", "received in part"}


def everybody(boxes: Boxes) -> dict[str, Any]:
    """The four sides of a box, and those who have no part in it; the boxes know all of them by name."""
    sides = {name: boxes.people[name] for name in (*SIDES, "coordination")}
    boxes.people = people(**sides) | {"another responder": boxes.people["other giver"]}
    return boxes.people


class Table(Boxes):
    """The boxes, and what is done to one of them by a person."""

    def __init__(self) -> None:
        super().__init__()
        self.names = {one.pk: name for name, one in everybody(self).items()}
        self.counts: dict[int, list[Any]] = {}

    def by(self, act: Any, *said: Any, **more: Any) -> Any:
        """A verb of the boxes, done by a person."""
        return lambda box, by: act(box, *said, who=self.names[by.pk], **more)

    def reached(self, *verbs: str, received: int = 0, sent: bool = True) -> Any:
        """A box that came to a state. `received`: how many of its two lines arrived before."""

        def reach() -> Consignment:
            box = self.plan()
            if sent:
                self.dispatch(box)
            self.counts[box.pk] = self.counted(box)
            for verb in verbs:
                self.go(box, verb)
            if received:
                self.receive(box, self.counts[box.pk][:received])
            box.refresh_from_db()
            return box

        return reach

    def discarded(self) -> Consignment:
        """A plan that was thrown away; whoever read it before may press still."""
        box = self.plan()
        self.counts[box.pk] = self.counted(box)
        with make.as_(self.people["giver"]):
            consignments.discard(box, by=self.people["giver"], at=make.AT)
        return box


def test_consignments() -> None:
    boxes = Table()
    do, place = boxes.by, boxes.wanted().to_place

    def discard(box: Consignment, by: Any) -> None:
        with make.as_(by):
            consignments.discard(box, by=by, at=make.AT)

    def receive(first: int, end: int) -> Any:
        return lambda box, by: boxes.receive(box, boxes.counts[box.pk][first:end], who=boxes.names[by.pk])

    def attest(box: Consignment, by: Any) -> None:
        seen = [attestations.Seen(one.line, one.accepted) for one in boxes.counts[box.pk][:1]]
        with make.as_(by):
            attestations.attest(box, seen, place="Lusaka", on=DAY, by=by, at=make.AT)

    states = {
        "planned": boxes.reached(sent=False), "discarded": boxes.discarded, "dispatched": boxes.reached(),
        "at port": boxes.reached("arrive"), "held": boxes.reached("hold"), "cleared": boxes.reached("clear"),
        "received in part": boxes.reached(received=1), "received": boxes.reached(received=2),
        "lost": boxes.reached("lose"), "destroyed": boxes.reached("destroy"), "returned": boxes.reached("return"),
        "diverted": boxes.reached("divert"),
    }  # fmt: skip
    # From where each verb of `WAYS` leads on, and who may say so.
    ways = {
        "arrive": ({"dispatched", "held", "received in part"}, SIDES), "hold": (UNDER_WAY, SIDES),
        "resume": ({"held"}, SIDES), "clear": (UNDER_WAY - {"cleared"}, SIDES),
        "lose": (UNDER_WAY, SIDES - {"carrier"}), "destroy": (UNDER_WAY, SIDES - {"carrier"}),
        "return": (UNDER_WAY, SENDERS), "divert": (UNDER_WAY, SENDERS),
    }  # fmt: skip
    assert set(ways) == set(WAYS)
    said = {"hold": {"why": "permit"}}
    planned, state = {"planned"}, {"state"}
    verbs = {
        name: Verb(consignment_ways.go, do(boxes.go, name, **said.get(name, {})), from_, roles, why=state)
        for name, (from_, roles) in ways.items()
    } | {
        "change the plan": Verb(
            consignments.plan,
            lambda box, by: boxes.plan(draft=box, version=box.version, who=boxes.names[by.pk], to_place=place),
            planned, SENDERS, why={"changed", "more_than_committed", "waybill_known"},
        ),
        "discard": Verb(consignments.discard, discard, planned, SENDERS, why={"changed"}),
        "dispatch": Verb(consignments.dispatch, do(boxes.dispatch), planned, SENDERS, why={"changed"}),
        "expect on another day": Verb(
            consignment_corrections.correct_expected, do(boxes.expected, DAY + timedelta(days=9)), UNDER_WAY, SENDERS,
            why=state,
        ),
        "correct the waybill": Verb(
            consignment_corrections.correct_waybill, do(boxes.waybill, "158-1"), UNDER_WAY, SENDERS, why=state
        ),
        "attest": Verb(
            attestations.attest, attest, set(states) - {"planned", "discarded"}, SIDES, why={"not_sent"}
        ),
        "receive all": Verb(
            receipts.receive, receive(0, 2), (UNDER_WAY | {"lost"}) - {"received in part"}, OWN,
            why={"state", "received_already"},
        ),
        "receive the second": Verb(
            receipts.receive, receive(1, 2), UNDER_WAY | {"lost"}, OWN, why={"state", "received_already"}
        ),
    }  # fmt: skip
    assert walk(ConsignmentRefused, states, verbs, boxes.people) == 12 * 16 * len(boxes.people)


def test_receipts_that_are_corrected() -> None:
    boxes = Table()

    def read(reached: Any, *, corrected: bool = False) -> Any:
        """A receipt as somebody read it; corrected since, or not."""

        def reach() -> Receipt:
            box = reached()
            receipt = Receipt.objects.select_related("consignment").get(consignment=box)
            if corrected:
                boxes.receive(box, counts(receipt), supersedes=receipt)
            return receipt

        return reach

    def counts(receipt: Receipt) -> list[Any]:
        return boxes.counts[receipt.consignment_id][: 2 if receipt.consignment.state == "received" else 1]

    def correct(receipt: Receipt, by: Any) -> None:
        box = receipt.consignment
        boxes.receive(box, counts(receipt), supersedes=receipt, who=boxes.names[by.pk])

    def lost_since() -> Consignment:
        box = boxes.reached(received=1)()
        return boxes.go(box, "lose")

    states = {
        "of all": read(boxes.reached(received=2)), "of a part": read(boxes.reached(received=1)),
        "of what was lost": read(boxes.reached("lose", received=2)), "the rest is lost": read(lost_since),
        "corrected": read(boxes.reached(received=2), corrected=True),
    }  # fmt: skip
    verbs = {"correct": Verb(receipts.receive, correct, set(states) - {"corrected"}, OWN, why={"superseded"})}
    assert walk(ConsignmentRefused, states, verbs, boxes.people) == 5 * len(boxes.people)
