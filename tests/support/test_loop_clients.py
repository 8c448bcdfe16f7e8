"""Twenty clients at once from offer to receipt: nobody overcommits an offer or a need, and every box counts once."""

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F, Sum
from tests import make
from tests.conftest import engine
from tests.together import at_once

from unmet.access.models import Role
from unmet.books import doctor
from unmet.books.models import Account
from unmet.needs.models import Need
from unmet.parties.models import Place
from unmet.support import acceptance, consignments, offers, receipts
from unmet.support.acceptance import Accepted
from unmet.support.consignments import ConsignmentRefused, Packed, Plan
from unmet.support.models import Acceptance, Consignment, Line, Offer, OfferLine, ReceiptLine
from unmet.support.offers import LineDraft, OfferDraft, OfferRefused
from unmet.support.receipts import Counted

pytestmark = pytest.mark.usefixtures("committed_db")

CLIENTS, DEEDS = (20, 12) if engine() == "postgresql" else (5, 8)
NEEDED, OFFERED = 1000, 300  # base units: three offers are for more than the one need
# What one of two who press at once is told; anything else is an error.
REFUSALS = (OfferRefused, ConsignmentRefused)


class Client:
    """Somebody of the member or of the giver, who does what there is to do on the same few offers and boxes."""

    def __init__(self, number: int) -> None:
        self.random, self.number, self.done = random.Random(number), number, Counter[str]()
        self.approver, self.giver = make.approver("ZMB"), make.person(Role.RESPONDER, "WHO")
        self.zambia = make.party("ZMB")

    def work(self) -> Counter[str]:
        """All deeds; every exception that is no refusal goes up."""
        for deed in range(DEEDS):
            act = self.random.choice([self.accept, self.accept, self.pack, self.send, self.receive])
            try:
                self.done[act.__name__] += bool(act(make.AT + timedelta(seconds=deed)))
            except REFUSALS as refused:
                self.done[refused.reason] += 1
        return self.done

    def accept(self, at: Any) -> bool:
        """Some of one of the offers, for the one need."""
        line = self.random.choice(list(OfferLine.objects.order_by("pk")))
        said = Accepted(self.random.randint(20, 120) * 1000, need=Need.objects.get(member=self.zambia))
        with make.as_(self.approver, at=at):
            acceptance.accept(line, said, member=self.zambia, by=self.approver, at=at)
        return True

    def pack(self, at: Any) -> bool:
        """All that is committed of a line, which others pack as well."""
        line = Line.objects.filter(committed__gt=0).order_by("?").first()
        if line is None:
            return False
        plan = Plan(
            packed=[Packed(line, line.committed)], to_place=Place.objects.whole_country(self.zambia), mode="air",
            waybill=f"W-{self.number}-{at:%S}",
        )  # fmt: skip
        with make.as_(self.giver, at=at):
            consignments.plan(plan, by=self.giver, at=at)
        return True

    def _box(self, *states: str) -> Consignment | None:
        boxes = Consignment.objects.select_related("giver", "member", "channel", "carrier")
        return boxes.filter(state__in=states).order_by("?").first()

    def send(self, at: Any) -> bool:
        """A box that somebody packed."""
        box = self._box("planned")
        if box is None:
            return False
        with make.as_(self.giver, at=at):
            consignments.dispatch(box, on=at.date(), by=self.giver, at=at, version=box.version)
        return True

    def receive(self, at: Any) -> bool:
        """A box that somebody sent: a tenth of it is missing."""
        box = self._box("dispatched")
        if box is None:
            return False
        counted = [
            Counted(one, one.quantity - one.quantity // 10, missing=one.quantity // 10, missing_why="short")
            for one in box.lines.all()
        ]
        with make.as_(self.approver, at=at):
            receipts.receive(box, counted, on=at.date(), by=self.approver, at=at)
        return True


def test_nobody_overcommits_an_offer_or_a_need_and_every_box_counts_once():
    round_ = make.round_()
    make.approved([make.line(quantity=NEEDED)], of="ZMB", round_=round_)
    make.released("ZMB")
    giver, need = make.person(Role.RESPONDER, "WHO"), Need.objects.get()
    for _ in range(4):
        wanted = OfferDraft(
            kind="supplies", aim="any", held_until_on=make.AT.date() + timedelta(days=30),
            lines=[LineDraft(make.item("MASK-IIR"), OFFERED * 1000)],
        )  # fmt: skip
        with make.as_(giver):
            draft = offers.save(wanted, giver=make.party("WHO"), by=giver, at=make.AT)
            offers.offer(draft, version=draft.version, by=giver, at=make.AT)
    clients = [Client(number) for number in range(CLIENTS)]
    outcomes = at_once([client.work for client in clients])
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    done = sum(outcomes, Counter())
    assert done["accept"] and done["pack"]

    assert doctor.differences() == []
    account = Account.objects.get(subject=need.uuid)
    taken = Acceptance.objects.aggregate(sum=Sum("quantity"))["sum"]
    # What arrived short leaves the need open again, and may be accepted anew: it is never more than was needed.
    assert taken == account.committed + account.in_transit + account.received + account.missing
    assert account.committed + account.in_transit + account.received <= NEEDED * 1000
    assert not OfferLine.objects.filter(accepted__gt=F("quantity")).exists()
    assert OfferLine.objects.aggregate(sum=Sum("accepted"))["sum"] == taken
    assert Offer.objects.filter(state="closed").count() == OfferLine.objects.filter(accepted=F("quantity")).count()
    for box in Consignment.objects.exclude(state="planned"):
        assert box.receipts.count() == (box.state == "received")
    arrived = ReceiptLine.objects.aggregate(accepted=Sum("accepted"), missing=Sum("missing"))
    assert (arrived["accepted"] or 0, arrived["missing"] or 0) == (account.received, account.missing)
