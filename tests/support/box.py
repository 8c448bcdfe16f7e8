"""What the tests of consignments share: a need with support that the member has accepted, and everybody concerned."""

from datetime import date
from typing import Any

from tests import make
from tests.refusals import refused

from unmet.access.models import Role
from unmet.books.models import Account
from unmet.parties.models import Person, Place
from unmet.support import (
    attestations,
    consignment_boxes,
    consignment_corrections,
    consignment_ways,
    consignments,
    receipts,
)
from unmet.support import consignment_queries as queries
from unmet.support.attestations import Seen
from unmet.support.consignments import ConsignmentRefused, Packed, Plan
from unmet.support.models import Consignment, ConsignmentLine, Line, Receipt
from unmet.support.receipts import Counted

DAY = make.AT.date()
WHO = {
    "giver": (Role.RESPONDER, "WHO"), "channel": (Role.RESPONDER, "UNICEF"), "carrier": (Role.RESPONDER, "WFP"),
    "focal point": (Role.FOCAL_POINT, "ZMB"), "approver": (Role.APPROVER, "ZMB"),
    "other giver": (Role.RESPONDER, "UNDP"), "other member": (Role.APPROVER, "CUB"),
    "coordination": (Role.COORDINATION, "COORD"), "operator": (Role.OPERATOR, "COORD"),
}  # fmt: skip


class Boxes:
    """Zambia needs 1,000 masks and 500 gloves; WHO gives 300 and 200 through UNICEF, accepted and not yet sent."""

    def __init__(self) -> None:
        self.round = make.round_()
        make.approved([make.line(quantity=1000), make.line("GLOVE-EXAM", 500)], of="ZMB", round_=self.round)
        make.released("ZMB")
        self.people = {name: make.person(role, of) for name, (role, of) in WHO.items()}
        self.zambia = make.party("ZMB")
        self.masks = self.accepted("M-1", 300)
        self.gloves = self.accepted("G-1", 200, item="GLOVE-EXAM")

    def accepted(
        self, reference: str, quantity: int, *, item: str = "MASK-IIR", giver: str = "WHO", **more: Any
    ) -> Line:
        """A line of support that the approver has accepted."""
        line = make.support_line(
            giver, "ZMB", "committed", quantity, reference=reference, item_id=make.item(item).pk,
            channel_code=more.pop("channel", "UNICEF"), dated_on=date(2021, 1, 5), **more,
        )  # fmt: skip
        make.stated([line], by=self.people["approver"], round_=self.round)
        return Line.objects.get(reference=reference)

    def wanted(self, *packed: Packed, **more: Any) -> Plan:
        """What a consignment is to be: by default both lines, wholly."""
        values: dict[str, Any] = {
            "packed": packed or (Packed(self.masks, 300_000, "L-1"), Packed(self.gloves, 200_000)),
            "to_place": Place.objects.whole_country(self.zambia), "mode": "air", "waybill": "157-1234 5675",
            "carrier": make.party("WFP"), "from_place": "Dubai",
        }  # fmt: skip
        return Plan(**values | more)

    def plan(self, *packed: Packed, who: str = "giver", **more: Any) -> Consignment:
        """Plan a consignment."""
        by = self.people[who]
        said = {name: more.pop(name) for name in ("draft", "version") if name in more}
        with make.as_(by):
            return consignments.plan(self.wanted(*packed, **more), by=by, at=make.AT, **said)

    def dispatch(self, box: Consignment, *, who: str = "giver", on: date = DAY, **more: Any) -> Consignment:
        """Send it."""
        by = self.people[who]
        with make.as_(by):
            consignments.dispatch(box, on=on, by=by, at=make.AT, **{"version": box.version, **more})
        box.refresh_from_db()
        return box

    def sent(self, *packed: Packed, **more: Any) -> Consignment:
        """A consignment under way."""
        return self.dispatch(self.plan(*packed, **more))

    def go(self, box: Consignment, verb: str, *, who: str = "giver", on: date = DAY, **more: Any) -> Consignment:
        """Something happens to it on the way."""
        by = self.people[who]
        said = {"hold": {"why": "customs"}, "arrive": {}, "clear": {}, "resume": {}}.get(
            verb, {"text": "The ship burnt"}
        )
        with make.as_(by):
            consignment_ways.go(box, verb, on=on, by=by, at=make.AT, **{**said, **more})
        box.refresh_from_db()
        return box

    def expected(self, box: Consignment, day: date, *, who: str = "giver", why: str = "The ship was late") -> None:
        """It is expected on another day."""
        by = self.people[who]
        with make.as_(by):
            consignment_corrections.correct_expected(box, day, why=why, by=by, at=make.AT)
        box.refresh_from_db()

    def waybill(self, box: Consignment, waybill: str, *, who: str = "giver", why: str = "A digit was wrong") -> None:
        """Its waybill was written wrongly."""
        by = self.people[who]
        with make.as_(by):
            consignment_corrections.correct_waybill(box, waybill, why=why, by=by, at=make.AT)
        box.refresh_from_db()

    def counted(self, box: Consignment, **changes: tuple[int, ...]) -> list[Counted]:
        """Counts of its lines, by item: (accepted, rejected, missing, surplus) in base units; else all as shipped."""
        found = []
        for line in box.lines.select_related("line__item"):
            numbers = changes.get(line.line.item.code.replace("-", "_"))
            found.append(count(line, *numbers) if numbers else Counted(line, line.quantity))
        return found

    def receive(
        self, box: Consignment, counted: list[Counted] | None = None, *, who: str = "focal point", **more: Any
    ) -> Receipt:
        """The member states what arrived."""
        by = self.people[who]
        with make.as_(by):
            return receipts.receive(
                box, self.counted(box) if counted is None else counted, by=by, at=make.AT, **{"on": DAY, **more}
            )

    def attest(self, box: Consignment, *quantities: int, who: str = "carrier", **more: Any) -> Any:
        """Somebody says how many it saw of the first lines."""
        by = self.people[who]
        seen = [Seen(line, quantity * 1000) for line, quantity in zip(box.lines.all(), quantities, strict=False)]
        said = {"place": "Lusaka airport", "on": DAY} | more
        with make.as_(by):
            return attestations.attest(box, seen, by=by, at=make.AT, **said)

    def stages(self, item: str = "MASK-IIR") -> dict[str, int]:
        """What stands in the books of an item, in base units, without what is zero."""
        account = Account.objects.get(item__code=item, closed=False)
        names = ("committed", "in_transit", "received", "rejected", "missing")
        return {name: getattr(account, name) // 1000 for name in names if getattr(account, name)}

    def why(self, act: Any) -> str:
        """The reason of a refusal that leaves nothing behind."""
        return str(refused(ConsignmentRefused, act).reason)

    def person(self, name: str) -> Person:
        """Somebody."""
        return self.people[name]


class Hub(Boxes):
    """UNICEF is the hub: it carries for WHO (300 masks, 200 gloves) and UNDP (100 gloves), and gives 50 masks."""

    def __init__(self) -> None:
        super().__init__()
        self.theirs = self.accepted("U-1", 100, item="GLOVE-EXAM", giver="UNDP")
        self.own = self.accepted("C-1", 50, giver="UNICEF", channel=None)
        self.people["third giver"] = make.person(Role.RESPONDER, "IFRC")

    def both(self, who: str = "channel", **more: Any) -> dict[str, Consignment]:
        """A plan of masks of WHO and gloves of UNDP: giver -> part."""
        packed = (Packed(self.masks, 300_000, "L-1"), Packed(self.theirs, 100_000, "U-9"))
        return self.parts(self.plan(*packed, who=who, **more))

    def sent_both(self) -> dict[str, Consignment]:
        """The same under way."""
        box = self.both()
        self.dispatch(box["WHO"], who="channel")
        return self.parts(box["WHO"])

    def parts(self, box: Consignment) -> dict[str, Consignment]:
        """The parts of a box as they stand, by giver."""
        box.refresh_from_db()
        return {part.giver.code: part for part in consignment_boxes.parts(box)}

    def states(self, box: dict[str, Consignment]) -> dict[str, str]:
        """giver -> state"""
        return {giver: part.state for giver, part in self.parts(next(iter(box.values()))).items()}

    def lines(self, box: dict[str, Consignment]) -> list[ConsignmentLine]:
        """What is in all parts."""
        found = ConsignmentLine.objects.filter(consignment__in=box.values()).select_related("line__item")
        return list(found.order_by("pk"))

    def seen(self, who: str, box: dict[str, Consignment]) -> set[str]:
        """The givers of whose part somebody sees anything."""
        with make.as_(self.people[who]):
            return {part.giver.code for part in queries.for_actor().filter(pk__in=[one.pk for one in box.values()])}


def count(
    line: ConsignmentLine, accepted: int, rejected: int = 0, missing: int = 0, surplus: int = 0, **more: Any
) -> Counted:
    """A count in base units, with a reason for each shortfall."""
    reasons = {
        "rejected_why": "damaged" if rejected > 0 else "", "missing_why": "lost" if missing > 0 else "", **more
    }  # fmt: skip
    return Counted(line, accepted * 1000, rejected * 1000, missing * 1000, surplus * 1000, **reasons)
