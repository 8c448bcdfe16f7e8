"""A request for assistance by pages: drafted, sent, answered, stopped, withdrawn; nothing typed is lost."""

import csv
import html
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from tests import make, once
from tests.web import desk_world as world
from tests.web.open_page import OpenPage

from unmet.access.models import Release, Role
from unmet.needs.models import Need
from unmet.support.models import AssistanceRequest, Line, RequestAnswer

pytestmark = pytest.mark.django_db


class Pages:
    """Zambia with three open needs, and everybody's browser."""

    def __init__(self) -> None:
        self.round = world.open_round()
        world.approved(
            make.line(quantity=1000), make.line("GLOVE-EXAM", 500), make.line("VENT-ICU", 20), round_=self.round
        )
        self.focal, self.approver = world.focal_point()[1], world.approver()[1]
        self.who, self.unicef = world.responder()[1], world.responder("UNICEF")[1]
        self.field = {
            need.item.code: f"quantity-{need.uuid}" for need in Need.objects.select_related("item") if need.item
        }

    def draft(self, browser: Client | None = None, at: str = "/en/desk/ZMB/requests", **changes: Any) -> Any:
        """What the form is answered."""
        sent: dict[str, Any] = {
            self.field["MASK-IIR"]: "400", self.field["GLOVE-EXAM"]: "", "to": "named", "parties": ["WHO"],
            "text": "For Kitwe", "do": "save",
        }  # fmt: skip
        return (browser or self.focal).post(at, sent | changes)

    def sent(self, **changes: Any) -> AssistanceRequest:
        """A request that was sent."""
        self.draft(**changes)
        asked = AssistanceRequest.objects.latest("pk")
        answer = self.do(self.approver, asked, "send", version="1")
        assert answer.status_code == 302
        asked.refresh_from_db()
        return asked

    def do(self, browser: Client, asked: AssistanceRequest, what: str, **sent: str) -> Any:
        """Press a button of the page of a request."""
        return browser.post(f"/en/desk/requests/{asked.uuid}/{what}", sent)

    def answer(self, asked: AssistanceRequest, browser: Client | None = None, **sent: str) -> Any:
        """Answer its first line."""
        line = asked.lines.order_by("pk")[0]
        return (browser or self.who).post(f"/en/desk/requests/lines/{line.uuid}/answer", sent)


@pytest.fixture(scope="module")
def pages(django_db_setup: None, django_db_blocker: Any) -> Iterator[Pages]:
    """See `Pages`."""
    yield from once.a_file(django_db_blocker, Pages)


def text(answer: Any) -> str:
    """The words of a page."""
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def read(browser: Client, asked: AssistanceRequest, status: int = 200) -> str:
    """The page of a request."""
    answer = browser.get(f"/en/desk/requests/{asked.uuid}")
    assert answer.status_code == status
    return text(answer)


# ── the draft ────────────────────────────────────────────────────────────────
def test_the_form_shows_open_needs_and_fills_one_in_from_a_link(pages: Pages) -> None:
    shown = text(pages.focal.get("/en/desk/ZMB/requests"))
    assert all(field in shown for field in pages.field.values())
    need = pages.field["VENT-ICU"].removeprefix("quantity-")
    filled = text(pages.focal.get(f"/en/desk/ZMB/requests?need={need}&need=nonsense"))
    assert f'name="{pages.field["VENT-ICU"]}" value="20"' in filled


def test_a_search_keeps_what_was_typed(pages: Pages) -> None:
    answer = pages.draft(do="find", q="ventilator", parties=["WHO", "UNDP"])
    shown = text(answer)
    assert answer.status_code == 200 and not AssistanceRequest.objects.exists()
    assert f'name="{pages.field["MASK-IIR"]}" value="400"' in shown and "For Kitwe" in shown
    assert len(re.findall(r'name="parties"[^>]* checked', shown)) == 2 and pages.field["VENT-ICU"] in shown
    assert pages.field["GLOVE-EXAM"] not in shown
    assert "No open need bears these words" in text(pages.draft(do="find", q="zzzz"))
    assert "more than 100 characters" in text(pages.draft(do="find", q="x" * 101))


def test_a_draft_is_kept_and_changed(pages: Pages) -> None:
    answer = pages.draft()
    asked = AssistanceRequest.objects.get()
    assert answer.status_code == 302 and answer.url == f"/en/desk/requests/{asked.uuid}"
    assert "400 piece" in read(pages.focal, asked)
    edit = f"/en/desk/requests/{asked.uuid}/edit"
    assert f'name="{pages.field["MASK-IIR"]}" value="400"' in text(pages.approver.get(edit))
    changed = pages.draft(
        pages.approver, edit, version="1", **{pages.field["VENT-ICU"]: "2", pages.field["MASK-IIR"]: "0"}
    )
    assert changed.status_code == 302
    assert [(line.need.item.code, line.quantity) for line in asked.lines.select_related("need__item")] == [
        ("VENT-ICU", 2000)
    ]
    again = pages.draft(pages.focal, edit, version="1")
    assert again.status_code == 422 and "Please read it again" in text(again)
    assert f'name="{pages.field["MASK-IIR"]}" value="400"' in text(again), "what was typed is there still"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"MASK-IIR": "12,34,5"}, "is not a quantity"), ({"MASK-IIR": "1001"}, "more than what is approved"),
        ({"MASK-IIR": ""}, "Write a quantity beside at least one need"), ({"MASK-IIR": "1,250"}, "two ways"),
        ({"parties": []}, "Choose at least one party"), ({"to": ""}, "Choose who is asked"),
        ({"parties": ["ZMB"]}, "not one of the available choices"), ({"text": "x" * 2001}, "at most 2000 characters"),
        ({"MASK-IIR": "1.5"}, "whole units"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_it_and_nothing_is_kept(pages: Pages, changes: dict[str, Any], why: str) -> None:
    sent = {pages.field.get(name, name): value for name, value in changes.items()}
    answer = pages.draft(**sent)
    assert answer.status_code == 422 and why in text(answer), text(answer)
    assert not AssistanceRequest.objects.exists()
    assert "Error:" in text(answer) and 'role="alert"' in text(answer)


def test_a_draft_is_discarded(pages: Pages) -> None:
    pages.draft()
    asked = AssistanceRequest.objects.get()
    assert pages.do(pages.focal, asked, "discard").url == "/en/desk/requests"
    assert not AssistanceRequest.objects.exists()
    assert "You have asked nobody yet" in text(pages.focal.get("/en/desk/requests"))


# ── sending ──────────────────────────────────────────────────────────────────
def test_the_page_says_to_whom_sending_shows_what_and_only_an_approver_sends(pages: Pages) -> None:
    pages.draft()
    asked = AssistanceRequest.objects.get()
    shown = read(pages.approver, asked)
    assert "to those who do not see them yet" in shown and "World Health Organization" in shown
    assert "Send the request" not in read(pages.focal, asked)
    assert pages.do(pages.focal, asked, "send", version="1").status_code == 403
    assert "has passed already" in text(pages.do(pages.approver, asked, "send", version="1", until="2025-01-01"))
    assert pages.do(pages.approver, asked, "send", version="1", until="31 December 2030").status_code == 302
    assert str(Release.objects.get().until_on) == "2030-12-31"
    assert "meanwhile" in text(pages.do(pages.approver, asked, "send", version="1"))


def test_who_is_asked_finds_it_and_nobody_else_does(pages: Pages) -> None:
    asked = pages.sent()
    assert "1 request for assistance asks you" in text(pages.who.get("/en/respond"))
    pages.sent(parties=["CUB"])
    assert "1 request for assistance asks you" in text(world.focal_point("CUB")[1].get("/en/desk"))
    assert "Zambia" in text(pages.who.get("/en/desk/requests"))
    shown = read(pages.who, asked)
    assert "400 piece" in shown and "Your party is asked by name" in shown
    for browser in (pages.unicef, world.focal_point("NPL")[1], world.at_the_browser(make.person(Role.COORDINATION))):
        read(browser, asked, 404)
        assert pages.answer(asked, browser, kind="full").status_code == 404
        assert pages.do(browser, asked, "acknowledge").status_code == 404
        for what in ("send", "stop", "lift", "withdraw", "close", "discard"):
            assert pages.do(browser, asked, what).status_code == 404
    assert "Nobody asks you now" in text(pages.unicef.get("/en/desk/requests"))


def test_a_request_to_everyone_warns_that_it_publishes(pages: Pages) -> None:
    pages.draft(to="everyone", parties=[])
    asked = AssistanceRequest.objects.get()
    assert "makes these needs public" in read(pages.approver, asked)
    pages.do(pages.approver, asked, "send", version="1")
    assert "Everyone is asked" in read(pages.unicef, asked)


# ── answers ──────────────────────────────────────────────────────────────────
def test_acknowledged_then_answered_and_the_member_reads_it(pages: Pages) -> None:
    asked = pages.sent(**{pages.field["VENT-ICU"]: "5"})
    assert "Acknowledge 2 lines" in read(pages.who, asked)
    assert pages.do(pages.who, asked, "acknowledge").status_code == 302
    assert "asks you" not in text(pages.who.get("/en/respond"))
    line = asked.lines.order_by("pk")[0]
    full = line.quantity // 1000
    assert pages.answer(asked, kind="part", quantity=str(full - 1), reason="From Dubai").status_code == 302
    shown = read(pages.focal, asked)
    assert "Answered in part".lower() in shown.lower() and f"{full - 1} " in shown and "From Dubai" in shown
    assert RequestAnswer.objects.count() == 3


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"kind": "part"}, "above zero"), ({"kind": "part", "quantity": "many"}, "is not a quantity"),
        ({"kind": "part", "quantity": "400"}, "Answer in full instead"),
        ({"kind": "part", "quantity": "401"}, "more than what is asked for"), ({"kind": "unable"}, "Please write why"),
        ({"kind": "referred"}, "Choose the party"), ({"kind": "nonsense"}, "after your last answer"),
        ({"kind": ""}, "Choose your answer"), ({"quantity": "500"}, "Choose your answer"),
        ({"kind": "acknowledged", "quantity": "300"}, "Take the quantity out"),
        ({"kind": "full", "quantity": "5"}, "Answer in part, or take the quantity out"),
    ],
)  # fmt: skip
def test_a_refused_answer_keeps_what_was_typed(pages: Pages, sent: dict[str, str], why: str) -> None:
    asked = pages.sent()
    answer = pages.answer(asked, **sent)
    assert answer.status_code == 422 and why in text(answer)
    if sent.get("quantity"):
        assert f'value="{sent["quantity"]}"' in text(answer)
    assert not RequestAnswer.objects.exists()


def test_what_is_referred_on_is_asked_for_by_a_button(pages: Pages) -> None:
    asked = pages.sent()
    pages.answer(asked, kind="referred", referred_to="UNDP", reason="They have a depot")
    assert "Ask United Nations Development Programme too" in read(pages.focal, asked)
    line = asked.lines.order_by("pk")[0]
    ask = f"/en/desk/requests/lines/{line.uuid}/ask"
    for browser, sent, status in ((pages.who, {"party": "UNDP"}, 404), (pages.focal, {"party": "UNICEF"}, 302)):
        assert browser.post(ask, sent).status_code == status
        assert AssistanceRequest.objects.count() == 1
    made = [pages.focal.post(ask, {"party": "UNDP"}) for _twice in range(2)]
    draft = AssistanceRequest.objects.get(state="draft")
    assert {answer.url for answer in made} == {f"/en/desk/requests/{draft.uuid}"}
    assert [(one.need, one.quantity) for one in draft.lines.all()] == [(line.need, line.quantity)]
    assert [party.code for party in draft.addressees.all()] == ["UNDP"] and draft.text == asked.text
    undp = world.responder("UNDP")[1]
    assert undp.get(f"/en/desk/requests/{draft.uuid}").status_code == 404, "nothing is asked before it is sent"
    assert pages.do(pages.approver, draft, "send", version="1").status_code == 302
    assert "You ask it already" in read(pages.focal, asked)
    assert "asked for this need already" in text(pages.focal.post(ask, {"party": "UNDP"}, follow=True))


# ── stop, lift, withdraw, close ──────────────────────────────────────────────
def test_stop_sending_is_read_by_everybody_who_could_ship(pages: Pages) -> None:
    asked = pages.sent()
    need = Need.objects.get(item__code="MASK-IIR")
    giver = make.person(Role.RESPONDER, "UNDP")
    make.released("ZMB", audience="named", named=[make.party("UNDP")], at=world.now())
    make.stated(
        [make.support_line("UNDP", "ZMB", "pledged", 5, reference="U-1")], by=giver, round_=pages.round, at=world.now()
    )
    without = pages.do(pages.focal, asked, "stop", reason=" ")
    assert without.status_code == 422 and "Please write why" in text(without)
    before = OpenPage(pages.who, f"/en/desk/requests/{asked.uuid}")
    assert before.ask().status_code == 304
    assert pages.do(pages.focal, asked, "stop", reason="The store burnt down").status_code == 302
    assert "asks everyone not to send" in (said := text(before.ask())) and "The store burnt down" in said
    opened = OpenPage(pages.who, f"/en/desk/requests/{asked.uuid}")
    assert "asks everyone not to send for this request" in opened.words and opened.ask().status_code == 304
    assert OpenPage(pages.approver, f"/en/desk/requests/{asked.uuid}").ask().status_code == 304
    assert opened.ask(pages.unicef).status_code == 404
    assert "The store burnt down" in text(pages.who.get(f"/en/respond/lines/{need.uuid}"))
    line = Line.objects.get()
    assert "asks everyone not to send" in text(world.at_the_browser(giver).get(f"/en/desk/support/{line.uuid}"))
    refused = pages.answer(asked, kind="full")
    assert refused.status_code == 422 and "asks to stop sending" in text(refused)
    pages.do(pages.focal, asked, "lift")
    assert "Nothing here asks you any more" in text(opened.ask())
    assert "not to send" not in read(pages.who, asked)
    assert pages.answer(asked, kind="full").status_code == 302


@pytest.mark.parametrize(("what", "word"), [("withdraw", "withdrawn"), ("close", "closed")])
def test_an_ended_request_takes_no_answer(pages: Pages, what: str, word: str) -> None:
    asked = pages.sent()
    if what == "withdraw":
        assert pages.do(pages.focal, asked, what, reason="Met at home").status_code == 403
        assert pages.do(pages.approver, asked, what, reason="").status_code == 422
    assert pages.do(pages.approver, asked, what, reason="Met at home").status_code == 302
    shown = read(pages.who, asked)
    assert word in shown and "Say it to the member" not in shown
    refused = pages.answer(asked, kind="full")
    assert refused.status_code == 422 and "asks nobody now" in text(refused)
    assert "asks nobody now" in text(pages.approver.get(pages.do(pages.approver, asked, "stop", reason="x").url))


def test_long_lists_have_pages(pages: Pages) -> None:
    for _ in range(51):
        pages.draft()
    shown = text(pages.focal.get("/en/desk/requests"))
    assert "Asked by you (51)" in shown and "?page=2" in shown
    assert pages.focal.get("/en/desk/requests?page=2").status_code == 200
    assert pages.focal.get("/en/desk/requests?page=3").status_code == 404


# ── one line ─────────────────────────────────────────────────────────────────
def test_one_line_is_withdrawn_and_those_asked_read_why(pages: Pages) -> None:
    asked = pages.sent(**{pages.field["GLOVE-EXAM"]: "50"})
    first, second = asked.lines.order_by("pk")
    address = f"/en/desk/requests/lines/{first.uuid}/withdraw"
    assert "Withdraw this line" in read(pages.approver, asked) and "Withdraw this line" not in read(pages.focal, asked)
    wrong = pages.approver.post(address, {"reason": " "})
    assert wrong.status_code == 422 and f'href="#line-{first.uuid}-reason">Please write why.' in text(wrong)
    assert pages.who.post(address, {"reason": "No"}).status_code == 404
    assert pages.focal.post(address, {"reason": "No"}).status_code == 403
    done = text(pages.approver.post(address, {"reason": "Bought <i>here</i>"}, follow=True))
    assert "The line is withdrawn. The others still ask." in done
    shown = read(pages.who, asked)
    assert "nothing is asked for it" in shown and shown.count('name="kind"') == 1
    assert "withdrawn meanwhile" in text(pages.answer(asked, kind="full"))
    again = text(pages.approver.post(address, {"reason": "Twice"}, follow=True))
    assert "This line was withdrawn meanwhile." in again
    last = pages.approver.post(f"/en/desk/requests/lines/{second.uuid}/withdraw", {"reason": "All met"}, follow=True)
    assert "so the request is withdrawn too" in text(last)
    asked.refresh_from_db()
    assert asked.state == "withdrawn"


def test_a_paused_need_is_marked_on_the_request(pages: Pages) -> None:
    asked = pages.sent()
    need = asked.lines.get().need
    pages.approver.post(f"/en/desk/needs/{need.uuid}/standing", {"do": "pause", "reason": "Wait"})
    assert "Ask the member before you send." in read(pages.who, asked)


# ── as files ─────────────────────────────────────────────────────────────────
def rows_of(browser: Client, address: str) -> list[dict[str, str]]:
    """The rows of a .csv."""
    answer = browser.get(address)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_lists_and_lines_are_files_for_those_who_read_the_pages(pages: Pages) -> None:
    asked = pages.sent(**{pages.field["GLOVE-EXAM"]: "50"}, text="=1+1")
    line = asked.lines.get(need__item__code="MASK-IIR")
    pages.who.post(f"/en/desk/requests/lines/{line.uuid}/answer", {"kind": "part", "quantity": "30"})
    [row] = rows_of(pages.focal, "/en/desk/requests.csv")
    assert (row["request"], row["state"], row["lines"], row["answered"]) == (str(asked.uuid), "sent", "2", "1")
    assert row["text"] == "'=1+1"
    assert [row["member"] for row in rows_of(pages.who, "/en/desk/requests.csv?list=received")] == ["ZMB"]
    assert rows_of(pages.unicef, "/en/desk/requests.csv") == []
    address = f"/en/desk/requests/{asked.uuid}/lines.csv"
    assert f'href="{address}"' in read(pages.focal, asked)
    second, first = sorted(rows_of(pages.focal, address), key=lambda row: row["item"])
    assert (first["quantity"], first["party"], first["answer"], first["answered"]) == ("400", "WHO", "part", "30")
    assert (second["item"], second["party"]) == ("GLOVE-EXAM", "")
    assert pages.unicef.get(address).status_code == 404
    for form in ("xlsx", "json"):
        answer = pages.who.get(f"/en/desk/requests/{asked.uuid}/lines.{form}")
        assert answer.status_code == 200 and b"".join(answer.streaming_content)
