"""What the tables of lines of support share: lines that were stated, and everybody who comes to them."""

from dataclasses import dataclass, replace
from typing import Any

from tests import make
from tests.state_tables import people
from tests.support.offers_desk import Desk

from unmet.access.models import Role
from unmet.parties.models import Place
from unmet.support import commitments, consignments, signs, stating
from unmet.support.consignments import Packed, Plan
from unmet.support.models import Line

GIVER = {"responder of the giver", "approver of the giver", "focal point of the giver"}
OWN, APPROVER = {"focal point", "approver"}, {"approver"}


@dataclass
class Stated:
    """A line of support as it was when its state was reached; None before anything was stated."""

    reference: str
    line: Line | None
    state: str = ""


class Lines(Desk):
    """WHO gives Zambia 100 masks at a time, stated by those who may."""

    def __init__(self) -> None:
        super().__init__()
        self.everybody = people(
            **{"responder of the giver": self.giver, "approver of the giver": make.approver("WHO")},
            **{"focal point of the giver": make.focal_point("WHO")},
            **{"focal point": self.focal, "approver": self.approver},
            coordination=make.person(Role.COORDINATION),
        )
        self.row = make.support_line("WHO", "ZMB", "pledged", 100)

    def say(self, stage: str, reference: str, by: Any) -> str:
        """State a hundred at a stage; the outcome."""
        why = {"rejected": "damaged", "missing": "lost"}.get(stage, "")
        row = replace(self.row, stage=stage, reference=reference, reason=why)
        return str(make.stated([row], by=by, round_=self.round)[0].outcome)

    def reached(self, *stages: str, then: Any = None) -> Any:
        """A line of which one stage after the other was stated, and to which something was done then."""

        def reach() -> Stated:
            reference = "-".join(("M", *stages))
            for stage in stages:
                by = self.focal if stage == "proposed" else self.approver
                by = self.giver if stage in ("pledged", "allocated", "in_transit") else by
                self.say("committed" if stage == "proposed" else stage, reference, by)
            line = Line.objects.select_related("giver", "member").filter(reference=reference).first()
            if then is not None:
                then(line)
                line = Line.objects.select_related("giver", "member").get(reference=reference)
            return Stated(reference, line)

        return reach

    def of_offer(self, accepted: int = 0) -> Any:
        """The line that an offer of a hundred made."""

        def reach() -> Stated:
            made = self.offered(self.wanted(self.line(100, need=self.masks)))
            if accepted:
                self.accept(made, accepted)
            line = Line.objects.select_related("giver", "member").get(offered__offer_line__offer=made)
            return Stated(line.reference, line)

        return reach

    def do(self, service: Any, thing: Any, by: Any, **more: Any) -> Any:
        """Do something to a line or to a proposal."""
        with make.as_(by):
            return service(thing, by=by, at=make.AT, **more)

    def take_back(self, of: Any) -> Any:
        """Take back all of a commitment in the name of a party."""
        said = {"quantity": 100_000, "party": of, "reason": "Not to be had"}
        return lambda line, by: self.do(commitments.take_back, line, by, **said)

    def stop(self, _line: Any = None) -> None:
        """The member says stop sending beside its need."""
        with make.as_(self.approver):
            signs.stop(self.masks, reason="Full", by=self.approver, at=make.AT)

    def pack(self, line: Line) -> None:
        """All of it lies in a plan."""
        plan = Plan(
            packed=[Packed(line, 100_000)], to_place=Place.objects.whole_country(self.zambia), mode="air", waybill="1-1"
        )
        with make.as_(self.giver):
            consignments.plan(plan, by=self.giver, at=make.AT)

    def states(self) -> dict[str, Any]:
        """How each state of a line is reached; *new* is none yet."""
        back, on_way = self.take_back(self.who), ("pledged", "committed", "in_transit")
        take_back = lambda line: back(line, self.giver)  # noqa: E731
        withdraw = lambda line: self.do(stating.withdraw, line, self.giver)  # noqa: E731
        reached = {
            "new": self.reached(), "pledged": self.reached("pledged"),
            "allocated": self.reached("pledged", "allocated"), "committed": self.reached("pledged", "committed"),
            "in_transit": self.reached(*on_way),
            **{end: self.reached(*on_way, end) for end in ("received", "rejected", "missing")},
            "allocated at once": self.reached("allocated"), "committed at once": self.reached("committed"),
            "received at once": self.reached("received"), "proposed": self.reached("pledged", "proposed"),
            "withdrawn": self.reached("pledged", then=withdraw),
            "taken back": self.reached("pledged", "committed", then=take_back),
            "packed": self.reached("pledged", "committed", then=self.pack),
            "stopped": self.reached("pledged", then=self.stop), "offered": self.of_offer(),
            "accepted": self.of_offer(100),
        }  # fmt: skip
        return {state: _named(state, reach) for state, reach in reached.items()}


def _named(state: str, reach: Any) -> Any:
    return lambda: replace(reach(), state=state)
