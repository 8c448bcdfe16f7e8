"""Every state × verb × role of a box of several givers, at hand the part of one of them (UNDP; the other is WHO's)."""

from datetime import timedelta
from typing import Any

import pytest
from tests import make
from tests.state_tables import Verb, walk
from tests.support.box import DAY, Hub

from unmet.support import attestations, box_receipts, consignment_corrections, consignment_ways, consignments
from unmet.support.consignments import ConsignmentRefused, Packed
from unmet.support.models import Consignment

pytestmark = pytest.mark.django_db
OWN = {"focal point"}
SEE_ALL = OWN | {"channel", "carrier"}
# Of these the one part went further than the other.
UNEVEN = {"hers at port", "the other received", "the other returned"}
UNDER_WAY = {"dispatched", "at port", "held", "cleared"} | UNEVEN


class Table(Hub):
    """The box, and what is done to it by a person."""

    def __init__(self) -> None:
        super().__init__()
        self.names = {one.pk: name for name, one in self.people.items()}
        self.counts: dict[Any, list[Any]] = {}

    def by(self, act: Any, *said: Any, **more: Any) -> Any:
        """A verb of the boxes, done by a person."""
        return lambda box, by: act(box, *said, who=self.names[by.pk], **more)

    def reached(self, *deeds: tuple[str, str, str], sent: bool = True) -> Any:
        """A box that came to a state by deeds: (verb, by whom, of whose part)."""

        def reach() -> Consignment:
            box = self.sent_both() if sent else self.both()
            self.counts[box["UNDP"].box] = [one for giver in ("UNDP", "WHO") for one in self.counted(box[giver])]
            for verb, who, giver in deeds:
                self.receive(box[giver]) if verb == "receive" else self.go(box[giver], verb, who=who)
            return self.parts(box["UNDP"])["UNDP"]

        return reach

    def discarded(self) -> Consignment:
        """A plan that was thrown away; whoever read it before may press still."""
        box = self.reached(sent=False)()
        self.discard(box, self.people["channel"])
        return box

    def reachable(self) -> dict[str, Any]:
        """Where a box can have come to."""
        both = lambda verb: self.reached((verb, "channel", "WHO"))  # noqa: E731
        received = [("receive", "", giver) for giver in ("WHO", "UNDP")]
        return {
            "planned": self.reached(sent=False), "discarded": self.discarded, "dispatched": self.reached(),
            "at port": both("arrive"), "held": both("hold"), "cleared": both("clear"),
            "lost": both("lose"), "returned": both("return"),
            "received": self.reached(*received), "the other received": self.reached(received[0]),
            "hers at port": self.reached(("arrive", "other giver", "UNDP")),
            "the other returned": self.reached(("return", "giver", "WHO")),
        }  # fmt: skip

    def change(self, box: Consignment, by: Any) -> None:
        """Another quantity of what UNDP gives; the rest as it was."""
        packed = (Packed(self.theirs, 1000), Packed(self.masks, 1000))
        self.plan(*packed, draft=box, version=box.version, who=self.names[by.pk], waybill="new")

    def discard(self, box: Consignment, by: Any) -> None:
        with make.as_(by):
            consignments.discard(box, by=by, at=make.AT)

    def attest(self, box: Consignment, by: Any) -> None:
        seen = [
            attestations.Seen(one.line, 1) for one in self.counts[box.box][: 1 + (by != self.people["other giver"])]
        ]
        with make.as_(by):
            attestations.attest(box, seen, place="Lusaka", on=DAY, by=by, at=make.AT)

    def arrived(self, first: int, end: int) -> Any:
        """Receipts of some of the lines: UNDP's comes first."""

        def receive(box: Consignment, by: Any) -> None:
            with make.as_(by):
                box_receipts.receive(self.counts[box.box][first:end], on=DAY, by=by, at=make.AT)

        return receive

    def verbs(self, ways: dict[str, tuple[set[str], set[str]]], senders: set[str], whole: set[str]) -> dict[str, Verb]:
        """What can be done: `senders` speak of what they send, `whole` of all that is in the box."""
        do, sent = self.by, {*self.reachable()} - {"planned", "discarded"}
        attesting = {name for _states, roles in ways.values() for name in roles}
        of_all: dict[str, Any] = {"denied": set() if whole else {"with_others"}}
        return {
            name: Verb(consignment_ways.go, do(self.go, name, why="permit"), from_, roles, why={"state"})
            for name, (from_, roles) in ways.items()
        } | {
            "change the plan": Verb(consignments.plan, self.change, {"planned"}, whole, why={"changed"}, **of_all),
            "dispatch": Verb(consignments.dispatch, do(self.dispatch), {"planned"}, whole, why={"changed"}, **of_all),
            "correct the waybill": Verb(
                consignment_corrections.correct_waybill, do(self.waybill, "158-1"), UNDER_WAY, whole, why={"state"},
                **of_all,
            ),
            "expect on another day": Verb(
                consignment_corrections.correct_expected, do(self.expected, DAY + timedelta(days=9)), UNDER_WAY,
                senders, why={"state"},
            ),
            "discard": Verb(consignments.discard, self.discard, {"planned"}, senders, why={"changed"}),
            "attest": Verb(attestations.attest, self.attest, sent, attesting, why={"not_sent"}),
            "receive all": Verb(
                box_receipts.receive, self.arrived(0, 2),
                (UNDER_WAY | {"lost"}) - {"the other received", "the other returned"}, OWN & attesting,
                why={"state", "received_already"},
            ),
            "receive hers": Verb(
                box_receipts.receive, self.arrived(0, 1), UNDER_WAY | {"lost"}, OWN & attesting,
                why={"state", "received_already"},
            ),
        }  # fmt: skip


def test_who_sees_all_of_it() -> None:
    """What they say goes for the other part too, where nothing can be said of the one at hand any more."""
    table = Table()
    ways = {
        "arrive": ({"dispatched", "held"} | UNEVEN, SEE_ALL), "hold": (UNDER_WAY, SEE_ALL),
        "resume": ({"held"}, SEE_ALL), "clear": (UNDER_WAY - {"cleared"}, SEE_ALL),
        "lose": (UNDER_WAY, SEE_ALL - {"carrier"}), "return": (UNDER_WAY, {"channel"}),
    }  # fmt: skip
    who = {name: table.people[name] for name in (*sorted(SEE_ALL), "giver")}
    verbs = table.verbs(ways, {"channel"}, {"channel"})
    assert walk(ConsignmentRefused, table.reachable(), verbs, who) == 12 * 14 * 4


def test_the_giver_of_a_part() -> None:
    """It speaks of its own part, whatever became of the other; of the whole box it says nothing."""
    table, her = Table(), {"other giver"}
    ways = {
        "arrive": ({"dispatched", "held"} | UNEVEN - {"hers at port"}, her), "hold": (UNDER_WAY, her),
        "resume": ({"held"}, her), "clear": (UNDER_WAY - {"cleared"}, her), "lose": (UNDER_WAY, her),
        "return": (UNDER_WAY, her),
    }  # fmt: skip
    who = {"other giver": table.people["other giver"]}
    states = table.reachable()
    del states["discarded"]  # with the parts it is gone that this is a box of several
    assert walk(ConsignmentRefused, states, table.verbs(ways, her, set()), who) == 11 * 14
