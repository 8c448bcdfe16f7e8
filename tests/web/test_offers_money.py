"""An offer of money that was accepted becomes a pledge with one button; each page leads to the other."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from tests import make
from tests.web import desk_world as world

from unmet.support import acceptance, commitments, flows, offers
from unmet.support.acceptance import Accepted
from unmet.support.models import Flow, MoneyStage, Offer
from unmet.support.offer_rules import LineDraft, OfferDraft

pytestmark = pytest.mark.django_db  # each test in a savepoint inside the transaction that holds the world


class Desk:
    """WHO offers Zambia US$ 5,000, of which it accepts 3,000."""

    def __init__(self) -> None:
        world.open_round()
        self.giver, self.who = world.responder()
        self.by, self.approver = world.approver()
        self.focal, self.undp = world.focal_point()[1], world.responder("UNDP")[1]
        draft = OfferDraft(
            "finance", Offer.Aim.MEMBER, world.today() + timedelta(days=9),
            [LineDraft(make.item("CASH-TRANSFER"), 5_000_00 * 1000)], member=make.party("ZMB"), earmarking=3,
        )  # fmt: skip
        with make.as_(self.giver, at=world.now()):
            made = offers.save(draft, giver=make.party("WHO"), by=self.giver, at=world.now())
            self.offer = offers.offer(made, version=1, by=self.giver, at=world.now())
        with make.as_(self.by, at=world.now()):
            self.taken = acceptance.accept(
                self.offer.lines.get(), Accepted(3_000_00 * 1000), member=make.party("ZMB"), by=self.by, at=world.now()
            )
        self.page = f"/en/desk/offers/{self.offer.uuid}"

    def press(self, browser: Any, **sent: str) -> Any:
        """The button on the page of the offer."""
        return browser.post(f"{self.page}/money", {"acceptance": str(self.taken.pk), **sent}, follow=True)


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Any) -> Iterator[Desk]:
    """See `Desk`: one world for all tests of this file, rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Desk()
        transaction.set_rollback(True)


def text(answer: Any, status: int = 200) -> str:
    """The words of an answer."""
    assert answer.status_code == status
    return re.sub(r"</?(bdi|span)[^>]*>", "", html.unescape(answer.content.decode())).replace("\u00a0", " ")


def test_one_button_makes_the_pledge_and_the_pages_lead_to_each_other(desk: Desk) -> None:
    assert "State it as pledged money" in text(desk.who.get(desk.page))
    made = text(desk.press(desk.who))
    flow = Flow.objects.get()
    assert "Stated as pledged." in made and "USD 3,000" in made and "It came of an offer (earmarked)" in made
    assert desk.page in made and flow.pledged == 3_000_00
    for browser in (desk.who, desk.focal, desk.approver):
        page = text(browser.get(desk.page))
        assert "Of this money USD 3,000" in page and f"/en/desk/support/money/{flow.uuid}" in page
        assert "State it as pledged money" not in page
        assert desk.page in text(browser.get(f"/en/desk/support/money/{flow.uuid}"))
    assert "this was stated already" in text(desk.press(desk.who)) and Flow.objects.count() == 1


def test_a_commitment_that_was_taken_back_leaves_its_money_and_the_page_says_so(desk: Desk) -> None:
    desk.press(desk.who)
    assert "more is stated than is still accepted" not in text(desk.who.get(desk.page))
    with make.as_(desk.by, at=world.now()):
        commitments.take_back(
            desk.taken.line, 1_000_00 * 1000, party=make.party("ZMB"), reason="Another fund pays", by=desk.by,
            at=world.now(),
        )  # fmt: skip
    assert "USD 1,000 more is stated than is still accepted" in text(desk.who.get(desk.page))
    assert "more is stated than is still accepted" not in text(desk.approver.get(desk.page)), "the source takes it back"
    flow = Flow.objects.get()
    with make.as_(desk.giver, at=world.now()):
        flows.take_back(
            flow, MoneyStage.PLEDGE, 1_000_00, dated_on=world.today(), reason="As above", version=flow.version,
            by=desk.giver, at=world.now(),
        )  # fmt: skip
    assert "more is stated than is still accepted" not in text(desk.who.get(desk.page))


def test_nobody_else_does_it_and_what_is_not_there_is_not_found(desk: Desk) -> None:
    assert "State it as pledged money" not in text(desk.focal.get(desk.page))
    for browser in (desk.focal, desk.approver, desk.undp):
        assert desk.press(browser).status_code == 404
    for sent in ("0", "x", "9" * 30, ""):
        assert desk.press(desk.who, acceptance=sent).status_code == 404
    assert not Flow.objects.exists()
