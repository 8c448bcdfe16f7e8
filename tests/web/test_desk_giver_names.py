"""The page of a giver's name in public, and the same on an offer and on a line: what is said, and what is then read."""

import csv
import html
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from tests import make
from tests.web import desk_world as world

from unmet.support import offers
from unmet.support.models import Line, Offer
from unmet.support.offer_rules import LineDraft, OfferDraft

pytestmark = pytest.mark.django_db  # each test in a savepoint inside the transaction that holds the world
PAGE = "/en/desk/support/name/WHO"


class Desk:
    """Zambia received 40 masks from WHO and 7 by an offer of it; 5 more are under way."""

    def __init__(self) -> None:
        self.round = world.open_round()
        world.approved(make.line(quantity=1000), round_=self.round)
        make.released("ZMB", at=world.now())
        self.by = world.approver()[0]
        self.giver, self.who = world.responder()
        self.focal, self.member = world.at_the_browser(make.focal_point("WHO")), world.focal_point()[1]
        self.undp = world.responder("UNDP")[1]
        self.everyone = Client(headers={"host": "localhost"})
        for stage, quantity in (("received", 40), ("committed", 5)):
            self.state(make.support_line("WHO", "ZMB", stage, quantity, reference=stage, dated_on=world.today()))
        draft = OfferDraft(
            "supplies", Offer.Aim.MEMBER, world.today() + timedelta(days=9),
            [LineDraft(make.item("MASK-IIR"), 7000)], member=make.party("ZMB"),
        )  # fmt: skip
        with make.as_(self.giver, at=world.now()):
            made = offers.save(draft, giver=make.party("WHO"), by=self.giver, at=world.now())
            self.offer = offers.offer(made, version=1, by=self.giver, at=world.now())
        taken = make.accepted(self.offer, 7, of="ZMB", at=world.now()).line
        arrived = make.support_line("WHO", "ZMB", "received", 7, reference=taken.reference, dated_on=world.today())
        self.state(arrived)

    def state(self, line: Any) -> None:
        """Zambia says how far something has come."""
        make.stated([line], by=self.by, round_=self.round, at=world.now())

    def received(self) -> dict[str, str]:
        """What everyone reads of masks: giver -> received, and in transit or committed."""
        rows = csv.DictReader(io.StringIO(text(self.everyone.get("/en/given.csv?item=MASK-IIR"))))
        return {row["giver"] or "?": f"{row['received']} + {row['under_way']}" for row in rows}


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Any) -> Iterator[Desk]:
    """See `Desk`: one world for all tests of this file, rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Desk()
        transaction.set_rollback(True)


def text(answer: Any, status: int = 200) -> str:
    """The words of an answer."""
    assert answer.status_code == status
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return html.unescape(body.decode("utf-8-sig")).replace("\u00a0", " ")


def press(browser: Client, address: str, says: str) -> str:
    """A button, and the page after it."""
    return text(browser.post(address, {"says": says}, follow=True))


def test_a_responder_reads_what_becomes_public_and_names_its_party_and_takes_it_back(desk: Desk) -> None:
    page = text(desk.who.get("/en/desk/support/name", follow=True))
    assert "The name of World Health Organization in public" in page and "Medical mask, type IIR" in page
    assert "47 piece" in page and "Name it to everyone" in page and "cannot be taken back" in page
    assert desk.received() == {"?": "47 + 5"}
    kept = {"if-none-match": desk.everyone.get("/en/given").headers["ETag"]}
    assert desk.everyone.get("/en/given", headers=kept).status_code == 304
    assert "Name it no longer" in press(desk.who, f"{PAGE}/say", "named")
    assert desk.received() == {"WHO": "47 + 0", "?": "0 + 5"}
    assert desk.everyone.get("/en/given", headers=kept).status_code == 200, "a page kept by a cache shows no name"
    public = text(desk.everyone.get("/en/given"))
    assert "World Health Organization" in public and "Giver not named" in public
    assert "World Health Organization" in text(desk.undp.get("/en/desk/given"))
    assert "It stands so already." in press(desk.who, f"{PAGE}/say", "named")
    assert "Named no longer" in press(desk.who, f"{PAGE}/say", "not_named") and desk.received() == {"?": "47 + 5"}


def test_it_says_otherwise_of_an_offer_and_of_a_line(desk: Desk) -> None:
    offer = f"/en/desk/offers/{desk.offer.uuid}"
    page = text(desk.who.get(offer))
    assert "as for all that your party gives" in page and "Zambia received 7 piece" in page
    assert "said of this alone" in press(desk.who, f"{offer}/name", "named")
    assert desk.received() == {"WHO": "7 + 0", "?": "40 + 5"}
    line = f"/en/desk/support/{Line.objects.get(reference='received').uuid}"
    assert "Zambia received 40 piece" in text(desk.who.get(line))
    press(desk.who, f"{PAGE}/say", "named")
    assert "said of this alone" in press(desk.who, f"{line}/name", "not_named")
    assert desk.received() == {"WHO": "7 + 0", "?": "40 + 5"}
    page = text(desk.who.get(PAGE))
    assert page.count(desk.offer.code) == 1 and "· <bdi>received</bdi>" in page
    press(desk.who, f"{line}/name", "as_all")
    assert desk.received() == {"WHO": "47 + 0", "?": "0 + 5"}
    assert "Nothing of it can be read" in text(
        desk.who.get(f"/en/desk/support/{Line.objects.get(reference='committed').uuid}")
    )
    came = Line.objects.get(offered__isnull=False)
    assert "Say it of the offer." in press(desk.who, f"/en/desk/support/{came.uuid}/name", "named")


def test_others_read_nothing_of_it_and_do_nothing(desk: Desk) -> None:
    line = Line.objects.get(reference="received")
    for browser in (desk.member, desk.undp):
        text(browser.get(PAGE), 404)
        for address in (f"{PAGE}/say", f"/en/desk/offers/{desk.offer.uuid}/name", f"/en/desk/support/{line.uuid}/name"):
            assert browser.post(address, {"says": "named"}).status_code == 404
    assert 'id="name"' not in text(desk.member.get(f"/en/desk/support/{line.uuid}"))
    page = text(desk.focal.get(PAGE))
    assert "An approver or a responder of your party says it." in page and "Name it to everyone" not in page
    assert desk.focal.post(f"{PAGE}/say", {"says": "named"}).status_code == 403
    assert desk.who.post(f"{PAGE}/say", {"says": "as_all"}).status_code == 404
    assert desk.received() == {"?": "47 + 5"}
