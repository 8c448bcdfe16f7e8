"""Stop sending, and a need that waits, on every page of those who could ship; dispatch asks; nobody else reads it."""

import html
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests import make, once
from tests.web import desk_world as world
from tests.web.open_page import OpenPage, mark_of

from unmet.needs import standing
from unmet.needs.models import Need
from unmet.parties.models import Place
from unmet.support import consignments, offers, signs
from unmet.support.consignments import Packed, Plan
from unmet.support.models import Line, NeedStop
from unmet.support.offer_rules import LineDraft, OfferDraft

pytestmark = pytest.mark.django_db
STOPPED, FULL, WAITS = "asks everyone not to send", "The store is full", "Please ask the member before you send"


class Pages:
    """WHO gives masks to Zambia through UNICEF, and WFP is to carry them; WHO is about to offer more."""

    def __init__(self) -> None:
        self.round = world.open_round()
        world.approved(make.line(quantity=1000), round_=self.round)
        make.released("ZMB", audience="named", named=[make.party("WHO")], at=world.now())
        self.focal = world.focal_point()[1]
        self.person, self.approver = world.approver()
        giver, self.who = world.responder("WHO")
        self.unicef, self.wfp, self.undp = (world.responder(code)[1] for code in ("UNICEF", "WFP", "UNDP"))
        self.need, at = Need.objects.select_related("member", "item").get(item__code="MASK-IIR"), world.now()
        line = make.support_line(
            "WHO", "ZMB", "committed", 300, reference="M-1", channel_code="UNICEF",
            dated_on=world.today() - timedelta(days=9),
        )  # fmt: skip
        make.stated([line], by=self.person, round_=self.round, at=at)
        self.line = Line.objects.select_related("giver", "channel", "member", "item").get()
        with make.as_(giver, at=at):
            plan = Plan(
                packed=[Packed(self.line, 200_000)], to_place=Place.objects.whole_country(self.need.member), mode="air",
                waybill="157-1", carrier=make.party("WFP"),
            )  # fmt: skip
            self.box = consignments.plan(plan, by=giver, at=at)
            wanted = OfferDraft(
                kind="supplies", aim="member", member=self.need.member, held_until_on=world.today() + timedelta(days=9),
                lines=[LineDraft(make.item("MASK-IIR"), 1000, need=self.need)],
            )  # fmt: skip
            self.offer = offers.save(wanted, giver=make.party("WHO"), by=giver, at=at)

    def standing(self, do: str, browser: Client | None = None, **sent: str) -> Any:
        """Press a button of the page on how the need stands."""
        return (browser or self.focal).post(f"/en/desk/needs/{self.need.uuid}/{do}", sent)

    def read(self, browser: Client, page: str) -> str:
        """The words of a page."""
        return text(browser.get(f"/en/{page}"))

    def of_the_giver(self) -> dict[str, str]:
        """Every page on which WHO could begin to ship, or to give more."""
        return {
            "the need": f"respond/lines/{self.need.uuid}", "the lines": "respond/lines?item=MASK-IIR",
            "an offer for it": f"desk/offers/new?need={self.need.uuid}", "the draft": f"desk/offers/{self.offer.uuid}",
            "the draft's form": f"desk/offers/{self.offer.uuid}/edit", "offers": "desk/offers",
            "support": "desk/support", "the line": f"desk/support/{self.line.uuid}",
            "packing": "desk/consignments/new?giver=WHO&member=ZMB", "the plan": f"desk/consignments/{self.box.uuid}",
            "the plan's form": f"desk/consignments/{self.box.uuid}/edit",
        }  # fmt: skip


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[Pages]:
    """One world for this file, taken back at its end."""
    yield from once.a_file(django_db_blocker, Pages)


@pytest.fixture
def pages(db: None, built: Pages) -> Pages:
    """See `Pages`."""
    return built


def text(answer: Any) -> str:
    """The words of a page."""
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def test_every_page_of_those_who_could_ship(pages: Pages) -> None:
    before = {name: pages.read(pages.who, page) for name, page in pages.of_the_giver().items()}
    assert [name for name, words in before.items() if "not to send" in words or "stop sending" in words] == []
    assert pages.standing("stop", reason=FULL).status_code == 302
    for name, page in pages.of_the_giver().items():
        words = pages.read(pages.who, page)
        if name in ("the lines", "offers", "support"):
            assert "stop sending" in words, name
        else:
            assert STOPPED in words and FULL in words, name
    for browser in (pages.unicef, pages.wfp, pages.focal, pages.approver):
        assert FULL in pages.read(browser, f"desk/consignments/{pages.box.uuid}")
    assert FULL in pages.read(pages.unicef, "desk/consignments/new?giver=WHO&member=ZMB")
    assert FULL not in pages.read(pages.undp, f"desk/offers/new?need={pages.need.uuid}")
    assert pages.undp.get(f"/en/respond/lines/{pages.need.uuid}").status_code == 404


def test_paused_stands_on_the_same_pages_without_its_reason(pages: Pages) -> None:
    with make.as_(pages.person, at=world.now()):
        standing.pause(pages.need, reason=FULL, by=pages.person, at=world.now())
    for name, page in pages.of_the_giver().items():
        words = pages.read(pages.who, page)
        assert FULL not in words, name
        if name in ("offers", "support"):
            assert "the need waits" in words, name
        elif name not in ("the lines", "the draft's form"):
            assert WAITS in words, name


def test_an_open_page_learns_it_when_its_button_is_pressed(pages: Pages) -> None:
    opened = pages.read(pages.who, f"desk/consignments/{pages.box.uuid}")
    assert "dispatch-knowing" not in opened
    pages.standing("stop", reason=FULL)
    sent = {"version": "1", "date": f"{world.today()}", "waybill": "157-22", "expected": ""}
    answer = pages.who.post(f"/en/desk/consignments/{pages.box.uuid}/dispatch", sent)
    words = text(answer)
    assert answer.status_code == 422 and FULL in words and "say that you know it" in words
    assert 'value="157-22"' in words and 'href="#dispatch-knowing"' in words, "what was typed is kept"
    again = pages.who.post(f"/en/desk/consignments/{pages.box.uuid}/dispatch", sent | {"knowing": "yes"})
    assert again.status_code == 302
    pages.box.refresh_from_db()
    assert pages.box.state == "dispatched" and FULL in pages.read(pages.wfp, f"desk/consignments/{pages.box.uuid}")


def test_every_open_page_learns_it_by_itself(pages: Pages) -> None:
    opened = {name: OpenPage(pages.who, f"/en/{page}") for name, page in pages.of_the_giver().items()}
    opened |= {
        "of the carrier": OpenPage(pages.wfp, f"/en/desk/consignments/{pages.box.uuid}"),
        "of the channel": OpenPage(pages.unicef, "/en/desk/consignments/new?giver=WHO&member=ZMB"),
        "of the member": OpenPage(pages.focal, f"/en/desk/support/{pages.line.uuid}"),
        "the start": OpenPage(pages.who, "/en/respond"),
    }
    assert [name for name, page in opened.items() if page.ask().status_code != 304 or page.ask().content] == []
    pages.standing("stop", reason="<b>Full</b>")
    for name, page in opened.items():
        said = page.ask()
        assert said.status_code == 200 and STOPPED in text(said) and "&lt;b&gt;Full" in said.content.decode(), name
        assert "private" in said.headers["Cache-Control"] and "no-store" in said.headers["Cache-Control"]
        assert page.ask(known=mark_of(said)).status_code == 304, "told once"
    # A page that is loaded now shows it, knows it, and is told when it is lifted.
    once_more = ("the lines", "an offer for it", "the plan")
    again = {name: OpenPage(pages.who, f"/en/{pages.of_the_giver()[name]}") for name in once_more}
    assert [name for name, page in again.items() if page.ask().status_code != 304] == []
    pages.standing("lift")
    assert [name for name, page in again.items() if "Nothing here asks" not in text(page.ask())] == []
    assert all(mark_of(opened[name].ask(known="told")) == opened[name].mark for name in once_more)


def test_a_need_that_waits_reaches_open_pages_without_its_reason(pages: Pages) -> None:
    opened = [OpenPage(pages.who, f"/en/{pages.of_the_giver()[name]}") for name in ("the need", "the plan")]
    with make.as_(pages.person, at=world.now()):
        standing.pause(pages.need, reason=FULL, by=pages.person, at=world.now())
    said = [text(page.ask()) for page in opened]
    assert [words for words in said if WAITS not in words or FULL in words] == []


def test_only_who_sees_a_page_is_told_of_it(pages: Pages, django_assert_max_num_queries: Any) -> None:
    pages.standing("stop", reason=FULL)
    for name in ("the need", "the draft", "packing", "the plan"):
        page = pages.of_the_giver()[name]
        opened = OpenPage(pages.who, f"/en/{page}")
        assert opened.ask(pages.undp, known="none").status_code == 404
        assert opened.ask(Client(), known="none").status_code == 302
    line = OpenPage(pages.who, f"/en/desk/support/{pages.line.uuid}")
    assert line.ask(pages.wfp).status_code == 404, "who carries a box reads no line of support"
    assert line.ask(pages.unicef).status_code == 304, "who packs it does"
    for asked in ("", "?ids=", "?ids=!", "?ids=AA", f"?ids={'.'.join(['A' * 22] * 201)}", "?ids=" + "A" * 22):
        for of in ("needs", "lines", "consignment", "request", "anything"):
            assert pages.who.get(f"/en/desk/signs/{of}{asked}").status_code == 404, (of, asked)
    with django_assert_max_num_queries(10):
        assert line.ask().status_code == 304


def test_said_and_lifted_beside_the_need_by_its_own_people(pages: Pages) -> None:
    page = f"desk/needs/{pages.need.uuid}/standing"
    assert "May others send for it?" in pages.read(pages.focal, page)
    refused = pages.standing("stop", reason=" ")
    assert refused.status_code == 422 and "Please write why" in text(refused) and 'id="stop-reason-e"' in text(refused)
    assert pages.standing("stop", pages.who, reason=FULL).status_code == 404
    assert pages.standing("stop", reason=FULL).status_code == 302
    assert pages.standing("stop", reason="Again").status_code == 422, "pressed twice"
    assert FULL in pages.read(pages.approver, page) and NeedStop.objects.count() == 1
    assert "asked everyone to stop sending" in pages.read(pages.who, f"respond/lines/{pages.need.uuid}")
    assert pages.standing("lift", pages.who).status_code == 404
    assert pages.standing("lift", pages.approver).status_code == 302
    assert FULL not in pages.read(pages.who, f"desk/support/{pages.line.uuid}")
    pages.standing("lift")
    with make.as_(pages.person):
        assert signs.standing(pages.need) is None


def test_whoever_packs_reads_what_the_goods_need_to_know(pages: Pages) -> None:
    for page in ("desk/consignments/new?giver=WHO&member=ZMB", f"desk/consignments/{pages.box.uuid}"):
        for browser in (pages.who, pages.unicef):
            words = pages.read(browser, page)
            assert 'id="ready"' in words and 'href="/en/desk/ZMB/profile"' in words and "not stated" in words, page
    assert 'id="ready"' not in pages.read(pages.wfp, f"desk/consignments/{pages.box.uuid}"), "it packs nothing"
