"""What the tests of offers share: a need of 1,000 masks of Zambia, and everybody who comes to it."""

from datetime import date
from typing import Any

from tests import make
from tests.refusals import refused

from unmet.access.models import Role
from unmet.books.models import Account
from unmet.needs.models import Need
from unmet.support import acceptance, offer_ending, offers
from unmet.support.acceptance import Accepted
from unmet.support.models import Acceptance, Offer, OfferLine
from unmet.support.offer_rules import LineDraft, OfferDraft, OfferRefused

UNTIL = date(2021, 3, 31)


class Desk:
    """Two open needs of Zambia and one of Cuba, released to everyone; WHO offers."""

    def __init__(self) -> None:
        self.round = make.round_()
        make.approved(
            [make.line(quantity=1000), make.line("GLOVE-EXAM", 500)], of="ZMB", round_=self.round
        )  # fmt: skip
        make.approved([make.line(quantity=300)], of="CUB", round_=self.round)
        for code in ("ZMB", "CUB"):
            make.released(code)
        self.zambia, self.cuba, self.who = make.party("ZMB"), make.party("CUB"), make.party("WHO")
        self.giver = make.person(Role.RESPONDER, "WHO")
        self.focal, self.approver = make.focal_point("ZMB"), make.approver("ZMB")
        self.cuban = make.approver("CUB")
        self.masks, self.gloves = self.need("MASK-IIR"), self.need("GLOVE-EXAM")

    @staticmethod
    def need(item: str, of: str = "ZMB") -> Need:
        """A need."""
        return Need.objects.select_related("member", "item").get(item__code=item, member__code=of)

    def line(self, quantity: int = 400, item: str = "MASK-IIR", **more: Any) -> LineDraft:
        """A line, in base units; of masks it is for the need of masks."""
        return LineDraft(make.item(item), quantity * 1000, **more)

    def wanted(self, *lines: LineDraft, **more: Any) -> OfferDraft:
        """What an offer says; by default 400 masks for Zambia's need."""
        said: dict[str, Any] = {
            "kind": "supplies", "aim": "member", "member": self.zambia, "held_until_on": UNTIL,
            "lines": lines or [self.line(need=self.masks)],
        }  # fmt: skip
        if more.get("aim", "member") != "member":
            said["member"] = None
        return OfferDraft(**said | more)

    def save(self, wanted: OfferDraft | None = None, *, by: Any = None, **more: Any) -> Offer:
        """Keep a draft."""
        by = by or self.giver
        with make.as_(by):
            return offers.save(wanted or self.wanted(), giver=more.pop("giver", self.who), by=by, at=make.AT, **more)

    def send(self, draft: Offer, *, by: Any = None, version: int | None = None, at: Any = make.AT) -> Offer:
        """Make an offer of a draft."""
        by = by or self.giver
        with make.as_(by, at=at):
            return offers.offer(draft, version=draft.version if version is None else version, by=by, at=at)

    def offered(self, wanted: OfferDraft | None = None, **more: Any) -> Offer:
        """An offer that was made."""
        return self.send(self.save(wanted, **more))

    def accept(
        self, made: Offer | OfferLine, quantity: int = 100, *, by: Any = None, member: Any = None, at: Any = make.AT,
        **said: Any,
    ) -> Acceptance:  # fmt: skip
        """Accept some of the first line, by default for the need of masks."""
        by, member = by or self.approver, member or self.zambia
        line = made if isinstance(made, OfferLine) else made.lines.order_by("pk")[0]
        said.setdefault("need", self.need("MASK-IIR", member.code))
        with make.as_(by, at=at):
            return acceptance.accept(line, Accepted(quantity * 1000, **said), member=member, by=by, at=at)

    def decline(self, made: Offer, *, by: Any = None, member: Any = None, reason: str = "", at: Any = make.AT) -> Any:
        """Decline an offer."""
        by = by or self.approver
        with make.as_(by, at=at):
            return acceptance.decline(made, member=member or self.zambia, reason=reason, by=by, at=at)

    def withdraw(self, made: Offer, *, by: Any = None, reason: str = "", at: Any = make.AT) -> None:
        """Take an offer back."""
        by = by or self.giver
        with make.as_(by, at=at):
            offer_ending.withdraw(made, reason=reason, by=by, at=at)

    def books(self, need: Need | None = None) -> dict[str, int]:
        """What stands on the open account of a need, in base units."""
        account = Account.objects.get(subject=(need or self.masks).uuid, closed=False)
        names = ("pledged", "committed", "not_covered")
        return {name: getattr(account, name) // 1000 for name in names}

    @staticmethod
    def why(act: Any) -> str:
        """The reason of a refusal."""
        return str(refused(OfferRefused, act).reason)


def state(made: Offer) -> str:
    """Where an offer stands now."""
    return str(Offer.objects.values_list("state", flat=True).get(pk=made.pk))


def left(made: Offer) -> int:
    """What is left of its first line, in base units."""
    return made.lines.order_by("pk")[0].left // 1000
