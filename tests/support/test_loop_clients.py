"""Twenty clients at once, from offer to receipt and back: nobody overcommits an offer or a need, every box counts once.

Each client notes what its deeds moved. A plain sum over those notes must be what the books, lines and offers say.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F, Sum
from tests import make
from tests.conftest import engine, prove_scale
from tests.together import at_once

from unmet.access.actors import Actor, acting
from unmet.access.models import Role
from unmet.books import doctor
from unmet.books.models import Account
from unmet.needs import rounds
from unmet.needs import services as needs
from unmet.needs.models import Need
from unmet.parties.models import Place
from unmet.support import (
    acceptance,
    attestations,
    commitments,
    consignment_ways,
    consignments,
    offer_ending,
    offers,
    receipts,
)
from unmet.support.acceptance import Accepted
from unmet.support.attestations import Seen
from unmet.support.consignments import ConsignmentRefused, Packed, Plan
from unmet.support.lines import SupportRefused
from unmet.support.models import Consignment, Line, Offer, OfferLine, Step
from unmet.support.offer_rules import LineDraft, OfferDraft, OfferRefused
from unmet.support.receipts import Counted

pytestmark = pytest.mark.usefixtures("committed_db")

CLIENTS = 20 if engine() == "postgresql" else 5
DEEDS = round((120 if engine() == "postgresql" else 100) * max(prove_scale(), 0.12))
GIVERS, HUB = ("WHO", "UNDP"), "UNICEF"
NEEDED, OFFERED = 1000, 300  # base units: five offers are for more than the one need
STAGES = ("pledged", "committed", "in_transit", "received", "rejected", "missing")
UNDER_WAY = ("dispatched", "at_port", "held", "cleared")
# What one of two who press at once is told; anything else is an error.
REFUSALS = (OfferRefused, ConsignmentRefused, SupportRefused)
DECIDED = (needs.NotYoursToApprove, needs.ReturnChanged, needs.RoundNotOpen)
_STATING = threading.Lock()


class Client:
    """Somebody of the member, of a giver or of their hub, who does what there is to do on the same offers and boxes.

    UNICEF carries what both givers give: it packs lines of both into one box, and sends all of it.
    """

    def __init__(self, number: int, round_: Any) -> None:
        self.random, self.number, self.round, self.done = random.Random(number), number, round_, Counter[str]()
        self.approver, self.hub = make.approver("ZMB"), make.person(Role.RESPONDER, HUB)
        self.givers = {code: make.person(Role.RESPONDER, code) for code in GIVERS}
        self.coordination = make.person(Role.COORDINATION)
        self.zambia = make.party("ZMB")
        self.notes: list[tuple[str, Any, int]] = []

    def work(self) -> "Client":
        """All deeds; every exception that is no refusal goes up."""
        often: list[Callable[[Any], bool]] = [
            self.accept,
            self.accept,
            self.pack,
            self.pack_together,
            self.send,
            self.send,
        ]
        deeds = [*often, self.receive, self.receive, self.correct, self.take_back, self.go, self.go, self.attest,
                 self.withdraw, self.offer, self.restate]  # fmt: skip
        for deed in range(DEEDS):
            act = self.random.choice(deeds)
            if self.number == 0 and deed == DEEDS // 2:
                act = self.new_round
            if self.number == 1 and deed == DEEDS // 3:
                act = self.expire
            try:
                self.done[act.__name__] += bool(act(make.AT + timedelta(seconds=deed)))
            except REFUSALS as refused:
                self.done[refused.reason] += 1
            except DECIDED as refused:
                self.done[type(refused).__name__] += 1
        return self

    # ── offers ───────────────────────────────────────────────────────────────
    def offer(self, at: Any, *, aim: str = "member") -> bool:
        """One more, for the one need: a pledge at once."""
        need = Need.objects.get(member=self.zambia)
        line = LineDraft(need.item, 50_000, need=need if aim == "member" else None)
        until = make.AT.date() + timedelta(days=30)
        member, giver = self.zambia if aim == "member" else None, self.random.choice(GIVERS)
        wanted, by = (
            OfferDraft("supplies", aim, until, [line], member=member, channel=make.party(HUB)),
            self.givers[giver],
        )
        with make.as_(by, at=at):
            draft = offers.save(wanted, giver=make.party(giver), by=by, at=at)
            offers.offer(draft, version=draft.version, by=by, at=at)
        return True

    def accept(self, at: Any) -> bool:
        """Some of one of the offers, for the one need."""
        line = self.random.choice(list(OfferLine.objects.exclude(offer__state="draft").order_by("pk")))
        quantity = self.random.randint(20, 120) * 1000
        need = Need.objects.get(member=self.zambia)
        said = Accepted(quantity, need=need, expected_on=at.date() + timedelta(days=30))
        with make.as_(self.approver, at=at):
            acceptance.accept(line, said, member=self.zambia, by=self.approver, at=at)
        self.notes.append(("accept", line.pk, quantity))
        return True

    def take_back(self, at: Any) -> bool:
        """Part of a commitment, by its giver."""
        line = Line.objects.filter(committed__gt=0).select_related("giver").order_by("?").first()
        if line is None:
            return False
        quantity, by = min(line.committed, 10_000), self.givers[line.giver.code]
        with make.as_(by, at=at):
            commitments.take_back(line, quantity, party=line.giver, reason="Needed elsewhere", by=by, at=at)
        self.notes.append(("take back", line.pk, quantity))
        return True

    def withdraw(self, at: Any) -> bool:
        """What is left of an offer to the one member."""
        made = Offer.objects.filter(state="offered", aim="member").select_related("giver").order_by("?").first()
        if made is None:
            return False
        by = self.givers[made.giver.code]
        with make.as_(by, at=at):
            offer_ending.withdraw(made, reason="Sold", by=by, at=at)
        return True

    def expire(self, at: Any) -> bool:
        """The one whose day has passed: once, whoever comes."""
        made = Offer.objects.get(ends_at__lte=make.AT)
        with acting(Actor.for_system(at=at)):
            if offer_ending.expire(made.pk, at=at):
                self.notes.append(("expire", made.pk, 1))
        return True

    # ── the need ─────────────────────────────────────────────────────────────
    def restate(self, at: Any) -> bool:
        """More or less is needed; one return of the member waits at a time."""
        with _STATING:
            lines = [make.line(quantity=self.random.randint(600, 1400))]
            make.approved(lines, of="ZMB", round_=self.round[-1], at=at)
        return True

    def new_round(self, at: Any) -> bool:
        """A later round takes the need on, with all that is under way."""
        with _STATING:
            with make.as_(self.coordination, at=at):
                rounds.close_round(self.round[-1], by=self.coordination, at=at)
            begin = make.AT.date() + timedelta(days=30)
            self.round.append(make.round_("later", period=(begin, begin + timedelta(days=29)), at=at))
            make.approved([make.line(quantity=1200)], of="ZMB", round_=self.round[-1], at=at)
        return True

    # ── boxes ────────────────────────────────────────────────────────────────
    def pack(self, at: Any) -> bool:
        """All that is committed of a line, which others pack as well."""
        line = Line.objects.filter(committed__gt=0).select_related("giver").order_by("?").first()
        return line is not None and self._pack([line], self.givers[line.giver.code], at)

    def pack_together(self, at: Any) -> bool:
        """The same of a line of each giver, by their hub: one box."""
        found = Line.objects.filter(committed__gt=0).select_related("giver", "channel", "member").order_by("?")
        lines = {line.giver.code: line for line in found}
        return len(lines) == len(GIVERS) and self._pack(list(lines.values()), self.hub, at)

    def _pack(self, lines: list[Line], by: Any, at: Any) -> bool:
        plan = Plan(
            packed=[Packed(line, line.committed) for line in lines],
            to_place=Place.objects.whole_country(self.zambia), mode="air", waybill=f"W-{self.number}-{at:%M%S}",
        )  # fmt: skip
        with make.as_(by, at=at):
            consignments.plan(plan, by=by, at=at)
        return True

    def _box(self, *states: str) -> Consignment | None:
        boxes = Consignment.objects.select_related("giver", "member", "channel", "carrier")
        return boxes.filter(state__in=states).order_by("?").first()

    def send(self, at: Any) -> bool:
        """A box that somebody packed."""
        box = self._box("planned")
        if box is None:
            return False
        by = self.random.choice(
            [self.hub, self.givers[box.giver.code]]
        )  # a giver alone does not send what is packed together
        with make.as_(by, at=at):
            consignments.dispatch(box, on=at.date(), by=by, at=at, version=box.version)
        for part in Consignment.objects.filter(box=box.box):
            self.notes.append(("send", part.pk, sum(line.quantity for line in part.lines.all())))
        return True

    def go(self, at: Any) -> bool:
        """It comes to the port, is held or cleared; now and then it is lost or goes back."""
        box = self._box(*UNDER_WAY)
        if box is None:
            return False
        verb = self.random.choice(["arrive", "hold", "clear", "hold", "clear", "lose", "return"])
        words = {"hold": {"why": "customs"}, "arrive": {}, "clear": {}}.get(verb, {"text": "The ship burnt"})
        by = self.givers[box.giver.code]  # of its own part, so that the notes say which
        with make.as_(by, at=at):
            consignment_ways.go(box, verb, on=at.date(), by=by, at=at, **words)
        self.notes.append((verb, box.pk, 1))
        return True

    def attest(self, at: Any) -> bool:
        """Somebody saw it; nothing moves."""
        box = self._box(*UNDER_WAY, "received")
        if box is None:
            return False
        by = self.givers[box.giver.code]
        with make.as_(by, at=at):
            seen = [Seen(line, self.random.randint(0, 5) * 1000) for line in box.lines.all()]
            attestations.attest(box, seen, place="Port", on=at.date(), by=by, at=at)
        return True

    def _count(self, box: Consignment, tenth: int) -> list[Counted]:
        """A tenth, or several, of each line is missing."""
        return [
            Counted(
                one, one.quantity - tenth * one.quantity // 10, missing=tenth * one.quantity // 10,
                missing_why="short" if tenth else "",
            )
            for one in box.lines.all()
        ]  # fmt: skip

    def _receive(self, box: Consignment, at: Any, **corrects: Any) -> bool:
        counted = self._count(box, self.random.randint(0, 3))
        with make.as_(self.approver, at=at):
            made = receipts.receive(box, counted, on=at.date(), by=self.approver, at=at, **corrects)
        accepted, missing = sum(one.accepted for one in counted), sum(one.missing for one in counted)
        self.notes.append(("receive", (box.pk, made.number, accepted), missing))
        return True

    def receive(self, at: Any) -> bool:
        """A box that somebody sent."""
        box = self._box(*UNDER_WAY)
        return box is not None and self._receive(box, at)

    def correct(self, at: Any) -> bool:
        """The newest receipt of a box, as one reads it; a colleague may have corrected it meanwhile."""
        box = self._box("received")
        newest = box.receipts.order_by("-number").first() if box is not None else None
        return box is not None and newest is not None and self._receive(box, at, supersedes=newest)


def expected(notes: list[tuple[str, Any, int]]) -> Counter[str]:
    """Where every unit stands, by arithmetic alone: what was accepted, less what left, box by box."""
    model: Counter[str] = Counter()
    sent = {box: quantity for what, box, quantity in notes if what == "send"}
    assert len(sent) == sum(what == "send" for what, _, _ in notes), "a box was sent twice"
    ended = {box: what for what, box, _ in notes if what in ("lose", "return")}
    assert len(ended) == sum(what in ("lose", "return") for what, _, _ in notes), "a box ended twice"
    counted: dict[int, tuple[int, int, int]] = {}
    for what, key, missing in notes:
        if what == "receive":
            box, number, accepted = key
            counted[box] = max(counted.get(box, (0, 0, 0)), (number, accepted, missing))
    model["committed"] = sum(quantity for what, _, quantity in notes if what == "accept")
    model["committed"] -= sum(quantity for what, _, quantity in notes if what == "take back") + sum(sent.values())
    for box, quantity in sent.items():
        if box in counted:
            model["received"] += counted[box][1]
            model["missing"] += counted[box][2]
        elif box not in ended:
            model["in_transit"] += quantity
        elif ended[box] == "lose":
            model["missing"] += quantity
    return model


def test_nobody_overcommits_an_offer_or_a_need_and_every_box_counts_once() -> None:
    round_ = [make.round_()]
    make.approved([make.line(quantity=NEEDED)], of="ZMB", round_=round_[0])
    make.released("ZMB")
    need = Need.objects.get()
    for number in range(5):
        code = GIVERS[number % 2]
        giver = make.person(Role.RESPONDER, code)
        wanted = OfferDraft(
            kind="supplies", aim="any", channel=make.party(HUB), held_until_on=make.AT.date() + timedelta(days=30),
            lines=[LineDraft(make.item("MASK-IIR"), OFFERED * 1000)],
        )  # fmt: skip
        with make.as_(giver):
            draft = offers.save(wanted, giver=make.party(code), by=giver, at=make.AT)
            made = offers.offer(draft, version=draft.version, by=giver, at=make.AT)
    Offer.objects.filter(pk=made.pk).update(ends_at=make.AT)
    clients = [Client(number, round_) for number in range(CLIENTS)]
    outcomes = at_once([client.work for client in clients])
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    done: Counter[str] = sum((client.done for client in clients), Counter())
    assert done["accept"] and done["pack"] and done["send"] and done["new_round"] and done["expire"], done
    if engine() == "postgresql":  # a few clients on few deeds may pack none
        assert done["pack_together"], done
    notes = [note for client in clients for note in client.notes]

    assert doctor.differences() == []
    model = expected(notes)
    accounts = Account.objects.filter(subject=need.uuid)
    told = Counter({stage: sum(getattr(account, stage) for account in accounts) for stage in STAGES})
    still_offered = Offer.objects.filter(state="offered", aim="member")
    left = sum(line.left for line in OfferLine.objects.filter(offer__in=still_offered))
    assert told == model + Counter({"pledged": left}), "the books say what the clients did"
    # Every step of a line, added up, is what the line says.
    for line in Line.objects.all():
        folded: Counter[str] = Counter()
        for source, target, quantity in Step.objects.filter(line=line).values_list(
            "from_stage", "to_stage", "quantity"
        ):
            folded[source] -= quantity
            folded[target] += quantity
        assert {stage: folded[stage] for stage in STAGES} == {stage: getattr(line, stage) for stage in STAGES}
    assert not OfferLine.objects.filter(accepted__gt=F("quantity")).exists()
    accepted = sum(quantity for what, _, quantity in notes if what == "accept")
    taken_back = sum(quantity for what, _, quantity in notes if what == "take back")
    assert accepted - taken_back <= OfferLine.objects.aggregate(sum=Sum("accepted"))["sum"] <= accepted
    assert sum(what == "expire" for what, _, _ in notes) == 1 and Offer.objects.filter(state="expired").count() == 1
    for box in Consignment.objects.exclude(state="planned"):
        chain = list(box.receipts.order_by("number").values_list("number", flat=True))
        assert bool(chain) == (box.state == "received") and chain == list(range(1, len(chain) + 1))
    assert not {box for what, box, _ in notes if what == "return"} & {
        key[0] for what, key, _ in notes if what == "receive"
    }, "what went back did not arrive"
