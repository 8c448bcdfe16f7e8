"""What the tests of offers, consignments and receipts through the API share: needs of two members, programs of many."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction

from tests import make
from tests.api.calls import Program, now, open_round, today, token
from unmet.access.models import Role
from unmet.books.models import Account
from unmet.catalogue.models import Round
from unmet.needs.models import Need
from unmet.parties.models import Place
from unmet.support import consignments
from unmet.support.models import Line

UNTIL = str(today() + timedelta(days=30))
NOBODY = "00000000-0000-4000-8000-000000000000"


class Loop:
    """Zambia needs 1,000 masks and 500 gloves, Cuba 300 masks; everyone sees it, and everybody has a program.

    With `accepted`, Zambia has accepted 300 masks and 200 gloves of WHO through UNICEF, to be packed.
    """

    def __init__(self, *, accepted: bool = False) -> None:
        round_ = open_round()
        make.approved([make.line(quantity=1000), make.line("GLOVE-EXAM", 500)], of="ZMB", round_=round_, at=now())
        make.approved([make.line(quantity=300)], of="CUB", round_=round_, at=now())
        for code in ("ZMB", "CUB"):
            make.released(code, at=now())
        self.person = make.approver("ZMB")
        self.approver, self.focal = Program(token(self.person)), Program(token(make.focal_point("ZMB")))
        self.cuban = Program(token(make.approver("CUB")))
        self.chair = Program(token(make.person(Role.COORDINATION)))
        self.who, self.unicef, self.wfp, self.undp = (
            Program(token(make.person(Role.RESPONDER, code))) for code in ("WHO", "UNICEF", "WFP", "UNDP")
        )
        needs = Need.objects.filter(member__code="ZMB").select_related("item")
        self.needs = {need.item.code: str(need.uuid) for need in needs if need.item}
        self.masks, self.gloves = (
            (self.accepted(), self.accepted("200", "GLOVE-EXAM")) if accepted else (NOBODY, NOBODY)
        )

    # ── offers ───────────────────────────────────────────────────────────────
    def line(self, quantity: Any = "400", item: str = "MASK-IIR", **more: Any) -> dict[str, Any]:
        """A line of an offer."""
        return {"item": item, "quantity": quantity} | more

    def offer(self, *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """The body of an offer of WHO through UNICEF; by default 400 masks for Zambia's need of masks."""
        said = {
            "giver": "WHO", "kind": "supplies", "aim": "member", "member": "ZMB", "channel": "UNICEF",
            "held_until": UNTIL, "conditions": "By air only",
            "lines": list(lines) or [self.line(need=self.needs["MASK-IIR"])],
        }  # fmt: skip
        if changes.get("aim", "member") != "member":
            del said["member"]
        return said | changes

    def draft(self, *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """A draft that was kept."""
        return right(self.who.post("/offers", self.offer(*lines, **changes)), 201)

    def offered(self, *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """An offer that was made."""
        made = self.draft(*lines, **changes)
        return right(self.do(f"/offers/{made['id']}", "offering"))

    def lines(self, made: dict[str, Any], by: Program | None = None) -> list[dict[str, Any]]:
        """The lines of an offer as one reads them."""
        return (by or self.who).whole(f"/offers/{made['id']}/lines")

    def accept(self, made: dict[str, Any], quantity: Any = "100", *, by: Program | None = None, **said: Any) -> Any:
        """Some of the first line accepted, for the need of masks unless told otherwise."""
        by = by or self.approver
        [line, *_others] = self.lines(made)
        body = {"quantity": quantity, "need": self.needs["MASK-IIR"], "conditions_seen": True} | said
        return by.post(f"/offers/{made['id']}/lines/{line['id']}/acceptances", body)

    # ── consignments ─────────────────────────────────────────────────────────
    def accepted(self, quantity: Any = "300", item: str = "MASK-IIR", **changes: Any) -> str:
        """The line of support that came of an offer which was accepted."""
        made = self.offered(self.line(quantity, item), **changes)
        told = right(self.accept(made, quantity, need=self.needs[item]), 201)
        return str(told["acceptances"][0]["support"])

    def plan(self, *packed: tuple[str, Any], **changes: Any) -> dict[str, Any]:
        """The body of a plan: (line of support, quantity), by default the 300 accepted masks."""
        packed = packed or ((self.masks, "300"),)
        lines = [{"support": support, "quantity": quantity, "lot": "L-1"} for support, quantity in packed]
        return {"lines": lines, "mode": "air", "waybill": "157-1234 5675", "carrier": "WFP"} | changes

    def planned(self, *packed: tuple[str, Any], **changes: Any) -> dict[str, Any]:
        """A consignment that is planned."""
        return right(self.who.post("/consignments", self.plan(*packed, **changes)), 201)

    def sent(self, *packed: tuple[str, Any], **changes: Any) -> dict[str, Any]:
        """A consignment that is under way."""
        made = self.planned(*packed, **changes)
        return right(self.do(f"/consignments/{made['id']}", "sending", {}))

    def counts(self, box: dict[str, Any], *counted: dict[str, Any]) -> dict[str, Any]:
        """The body of a receipt: each line as shipped, but for what is said of it."""
        rows = self.who.whole(f"/consignments/{box['id']}/lines")
        said = [*counted, *({} for _row in rows[len(counted) :])]
        lines = [{"line": row["id"], "accepted": row["quantity"]} | one for row, one in zip(rows, said, strict=True)]
        return {"lines": lines}

    # ── all ──────────────────────────────────────────────────────────────────
    def do(self, of: str, deed: str, body: Any = None, *, by: Program | None = None, **heads: str) -> Any:
        """A deed with the version that stands now."""
        by = by or self.who
        tag = by.get(of).headers.get("ETag", '"none"')
        return by.post(f"{of}/{deed}", body, **({"If_Match": tag} | heads))

    def books(self, item: str = "MASK-IIR", of: str = "ZMB") -> dict[str, int]:
        """What stands in the books of a member's need, in base units, without what is zero."""
        account = Account.objects.get(item__code=item, member__code=of, closed=False, kind=Account.Kind.NEED)
        names = ("pledged", "committed", "in_transit", "received", "rejected", "missing")
        return {name: getattr(account, name) // 1000 for name in names if getattr(account, name)}


def right(answer: Any, status: int = 200) -> dict[str, Any]:
    """What was answered, which is no refusal."""
    assert answer.status_code == status, answer.content.decode()
    told: dict[str, Any] = answer.json()
    return told


def alike(one: Any, other: Any) -> None:
    """Two refusals that differ in nothing but the address that was asked, which is in neither's words."""
    assert one.status_code == other.status_code
    assert {**one.json(), "instance": ""} == {**other.json(), "instance": ""}


def once_a_file(blocker: Any, *, accepted: bool) -> Iterator[Loop]:
    """One world for all tests of a file, taken back at the end; each test runs in a savepoint of its own."""
    with blocker.unblock(), transaction.atomic():
        yield Loop(accepted=accepted)
        transaction.set_rollback(True)


def on_its_way(round_: Round) -> None:
    """WHO offers Zambia masks; of gloves that Zambia accepted of it, a consignment is under way."""
    make.offered(400, of="WHO", to="ZMB", until=today() + timedelta(days=30), at=now())
    gloves, day = make.item("GLOVE-EXAM"), now().date()
    accepted = make.support_line("WHO", "ZMB", "committed", 200, item_id=gloves.pk, reference="G-1", dated_on=day)
    make.stated([accepted], by=make.approver("ZMB"), round_=round_, at=now())
    line, by = Line.objects.select_related("member").get(reference="G-1"), make.person(Role.RESPONDER, "WHO")
    plan = consignments.Plan(
        [consignments.Packed(line, 150_000, "L-1")], Place.objects.whole_country(line.member), "air", waybill="AWB 1"
    )
    with make.as_(by, at=now()):
        box = consignments.plan(plan, by=by, at=now())
        consignments.dispatch(box, on=day, by=by, at=now(), version=1)
