"""What the tests of the deeds at the command line share: a shell, and a loop whose every step was typed there."""

import contextlib
import io
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from tests import make
from tests.web.desk_world import now, open_round, today
from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.books.models import Account, Entry
from unmet.config import cli, commands
from unmet.needs.models import Need
from unmet.parties.models import Person

TODAY, UNTIL = str(today()), str(today() + timedelta(days=30))
NOBODY = "00000000-0000-4000-8000-000000000000"
parser = cache(cli.parser)


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


def run(*words: str) -> Ended:
    """One command, as the shell would run it."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = commands.run(parser().parse_args(words))
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())


def did(by: Person, *words: str) -> Any:
    """What a deed gave that was done, or a list that was shown."""
    ended = run(*words, "--as", by.email, "--json")
    assert ended.code == 0, ended.out + ended.err
    return ended.json


def refused(by: Person, *words: str, code: int = 1) -> dict[str, Any]:
    """Why a deed was refused; it must say what to do, in its sentence or beside it."""
    ended = run(*words, "--as", by.email, "--json")
    assert ended.code == code, ended.out + ended.err
    told: dict[str, Any] = ended.json
    assert told["error"]
    return told


class Loop:
    """Zambia needs 1,000 masks and 500 gloves, which everyone sees; WHO, UNICEF and WFP are there, and Cuba."""

    def __init__(self) -> None:
        round_ = open_round()
        make.approved([make.line(quantity=1000), make.line("GLOVE-EXAM", 500)], of="ZMB", round_=round_, at=now())
        make.released("ZMB", at=now())
        self.approver, self.focal, self.cuban = make.approver("ZMB"), make.focal_point("ZMB"), make.approver("CUB")
        self.who, self.unicef, self.wfp = (make.person(Role.RESPONDER, code) for code in ("WHO", "UNICEF", "WFP"))
        needs = Need.objects.filter(member__code="ZMB").select_related("item")
        self.needs = {need.item.code: str(need.uuid) for need in needs if need.item}
        self.need = self.needs["MASK-IIR"]
        self.references = 0

    def lines(self, of: str, id_: str, by: Person | None = None) -> list[str]:
        """The lines of a request, an offer or a consignment."""
        return [row["id"] for row in did(by or self.who, "show", f"{of}-lines", id_)]

    # ── requests ─────────────────────────────────────────────────────────────
    def asks(self, quantity: str = "100") -> list[str]:
        """What a request of WHO and UNICEF says."""
        return [
            "--lines", f"need={self.need}", f"quantity={quantity}", "--addressees", "WHO", "--addressees", "UNICEF"
        ]  # fmt: skip

    def drafted(self) -> str:
        """A draft of a request."""
        return str(did(self.focal, "do", "draft-request", "--member", "ZMB", *self.asks())["id"])

    def asked(self) -> str:
        """A request that was sent."""
        made = self.drafted()
        return str(did(self.approver, "do", "send-request", made)["now"]["id"])

    # ── offers ───────────────────────────────────────────────────────────────
    def offers(self, quantity: str = "400", **line: str) -> list[str]:
        """What an offer of WHO for Zambia says."""
        said = {"item": "MASK-IIR", "quantity": quantity, "need": self.need} | line
        return [
            "--kind", "supplies", "--aim", "member", "--member", "ZMB", "--channel", "UNICEF", "--held-until", UNTIL,
            "--conditions", "By air only", "--lines", *(f"{name}={value}" for name, value in said.items()),
        ]  # fmt: skip

    def offer_drafted(self, *words: str, **line: str) -> str:
        """A draft of an offer."""
        return str(did(self.who, "do", "draft-offer", "--giver", "WHO", *self.offers(**line), *words)["id"])

    def offered(self, **line: str) -> str:
        """An offer that was made."""
        return str(did(self.who, "do", "make-offer", self.offer_drafted(**line))["id"])

    def accepted(self, quantity: str = "30") -> str:
        """The line of support that came of some of an offer that was accepted."""
        offer = self.offered(quantity=quantity)
        [line] = self.lines("offer", offer)
        words = ["--quantity", quantity, "--need", self.need, "--conditions-seen"]
        told = did(self.approver, "do", "accept-offer", offer, line, *words)
        return str(told["acceptances"][0]["support"])

    # ── consignments ─────────────────────────────────────────────────────────
    def packs(self, support: str, quantity: str = "30") -> list[str]:
        """What a plan says."""
        self.references += 1
        return [
            "--lines", f"support={support}", f"quantity={quantity}", "lot=L-1", "--mode", "air", "--waybill",
            f"157-{self.references:08}", "--carrier", "WFP",
        ]  # fmt: skip

    def planned(self) -> str:
        """A consignment that is planned."""
        return str(did(self.who, "do", "plan-consignment", *self.packs(self.accepted()))["id"])

    def sent(self) -> str:
        """A consignment under way."""
        return str(did(self.who, "do", "send-consignment", self.planned())["id"])

    def received(self, box: str) -> dict[str, Any]:
        """The certificate of a consignment that was received short."""
        [line] = self.lines("consignment", box)
        told: dict[str, Any] = did(self.focal, "do", "receive-consignment", box, *counted(line))
        return told

    # ── money and extracts ───────────────────────────────────────────────────
    def gives(self, amount: str = "5000.50", stage: str = "pledge", currency: str = "USD") -> list[str]:
        """What money says."""
        self.references += 1
        return [
            "--source", "WHO", "--destinations", "ZMB", "--stage", stage, "--amount", amount, "--currency", currency,
            "--dated-on", TODAY, "--reference", f"G-{self.references}", "--emergency", "test-emergency",
        ]  # fmt: skip

    def given(self, **said: str) -> str:
        """Money of WHO for Zambia."""
        return str(did(self.who, "do", "state-money", *self.gives(**said))["id"])


def counted(line: str, accepted: int = 25, rejected: int = 3, missing: int = 2) -> list[str]:
    """What a receipt says of one line, short with reasons."""
    why = (["rejected_why=damaged"] if rejected else []) + (["missing_why=short"] if missing else [])
    return ["--lines", f"line={line}", f"accepted={accepted}", f"rejected={rejected}", f"missing={missing}", *why]


def moves(stage: str, amount: str = "1") -> list[str]:
    """What a step of money says."""
    return ["--stage", stage, "--amount", amount, "--dated-on", TODAY]


def books(item: str = "MASK-IIR") -> dict[str, int]:
    """What stands in the books of Zambia's need, in base units, without what is zero."""
    account = Account.objects.get(item__code=item, member__code="ZMB", closed=False, kind=Account.Kind.NEED)
    names = ("pledged", "committed", "in_transit", "received", "rejected", "missing")
    return {name: getattr(account, name) // 1000 for name in names if getattr(account, name)}


def written() -> tuple[int, int]:
    """How much stands in the books and in the audit."""
    return Entry.objects.count(), AuditRow.objects.count()
