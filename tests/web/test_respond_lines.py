"""Lines in detail and what is said beside them: by a responder, to the member, never in public."""

import html
from typing import Any

import pytest
from django.test import Client
from tests import make
from tests.web import desk_world as world

from unmet.access.models import Role
from unmet.needs.models import Need, TechnicalComment
from unmet.web.public.pages import PER_PAGE

pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    """The words of a page."""
    return html.unescape(answer.content.decode())


def line() -> Need:
    """A need of Zambia that everybody sees in detail."""
    world.approved(make.line(place_name="Copperbelt"), round_=world.open_round())
    make.released("ZMB", at=world.now())
    return Need.objects.get()


def test_said_by_a_responder_answered_by_the_member_withdrawn_and_never_public():
    need = line()
    _, browser = world.responder()
    assert f"/en/respond/lines/{need.uuid}" in text(browser.get("/en/respond/lines?item=MASK-IIR"))
    assert "Copperbelt" not in text(browser.get("/en/respond/lines?item=GOWN-ISO"))
    answer = browser.post(f"/en/respond/lines/{need.uuid}/comment", {"text": "<b>Which</b> size?"})
    assert answer.status_code == 302
    page = browser.get(f"/en/respond/lines/{need.uuid}").content.decode()
    assert "&lt;b&gt;Which&lt;/b&gt; size?" in page and "World Health Organization" in page
    said = TechnicalComment.objects.get()
    _, member = world.focal_point()
    assert "says something about your line" in text(member.get("/en/desk"))
    assert "1 comment" in text(member.get("/en/desk/ZMB/needs"))
    refused = member.post(f"/en/respond/comments/{said.uuid}/answer", {"text": " "})
    assert refused.status_code == 422 and f'href="#answer-{said.uuid}"' in text(refused)
    member.post(f"/en/respond/comments/{said.uuid}/answer", {"text": "Adult sizes"})
    assert "Adult sizes" in text(browser.get(f"/en/respond/lines/{need.uuid}"))
    assert "says something about your line" not in text(member.get("/en/desk"))
    browser.post(f"/en/respond/comments/{said.uuid}/withdraw")
    page = text(browser.get(f"/en/respond/lines/{need.uuid}"))
    assert "Withdrawn by the party that made it" in page and "size?" not in page and "Adult sizes" in page
    for path in ("members/ZMB", "items/MASK-IIR", "needs", "members/ZMB.json"):
        public = Client().get(f"/en/{path}")
        body = b"".join(public.streaming_content) if public.streaming else public.content
        assert b"Adult sizes" not in body and b"size?" not in body
    assert Client().get(f"/en/respond/lines/{need.uuid}").status_code == 302


def test_a_comment_that_is_too_long_is_shown_again():
    need = line()
    answer = world.responder()[1].post(f"/en/respond/lines/{need.uuid}/comment", {"text": "long " * 500})
    assert answer.status_code == 422 and "at most 2,000 characters" in text(answer) and "long long" in text(answer)


def test_the_members_own_people_have_no_form_and_others_cannot_answer_or_withdraw():
    need = line()
    world.responder()[1].post(f"/en/respond/lines/{need.uuid}/comment", {"text": "Which size?"})
    said = TechnicalComment.objects.get()
    _, own = world.focal_point()
    assert 'name="party"' not in text(own.get(f"/en/respond/lines/{need.uuid}"))
    assert own.post(f"/en/respond/lines/{need.uuid}/comment", {"text": "x"}).status_code == 404
    assert own.post(f"/en/respond/comments/{said.uuid}/withdraw").status_code == 404
    chair = world.at_the_browser(make.person(Role.COORDINATION))
    assert chair.get(f"/en/respond/lines/{need.uuid}").status_code == 200
    for deed in ("answer", "withdraw"):
        assert chair.post(f"/en/respond/comments/{said.uuid}/{deed}", {"text": "x"}).status_code == 404
    said.refresh_from_db()
    assert said.answered_at is None and said.withdrawn_at is None


def test_a_line_that_is_not_released_in_detail_does_not_exist():
    world.approved(make.line(), round_=world.open_round())
    make.released("ZMB", level="figures", at=world.now())
    need = Need.objects.get()
    for _, browser in (world.responder(), world.approver(world.OTHER)):
        assert browser.get(f"/en/respond/lines/{need.uuid}").status_code == 404
        assert browser.post(f"/en/respond/lines/{need.uuid}/comment", {"text": "x"}).status_code == 404
        assert str(need.uuid) not in text(browser.get("/en/respond/lines"))


def test_lines_stand_by_member_a_to_z_page_by_page() -> None:
    round_ = world.open_round()
    for member, count in (("ZMB", PER_PAGE), ("AFG", 1)):
        lines = [
            make.line(place_name=f"District {number} of {member}.", quantity=1000 * (number + 1))
            for number in range(count)
        ]
        make.approved(lines, of=member, round_=round_, at=world.now())
        make.released(member, at=world.now())
    _, browser = world.responder()
    pages = [text(browser.get(f"/en/respond/lines?item=MASK-IIR&page={number}")) for number in (1, 2)]
    assert f"{PER_PAGE + 1} lines" in pages[0] and "District 0 of AFG." in pages[0] and "District 0 of ZMB." in pages[0]
    last = f"District {PER_PAGE - 1} of ZMB."
    assert last not in pages[0] and last in pages[1] and "AFG." not in pages[1]
    assert "?item=MASK-IIR&page=1" in pages[1]
    of_one = text(browser.get("/en/respond/lines?member=AFG&item=MASK-IIR"))
    assert "District 0 of AFG." in of_one and "of ZMB." not in of_one and "1 line." in of_one
    assert 'href="/en/respond/lines?item=MASK-IIR">All members' in of_one
    assert "?member=AFG&item=MASK-IIR" in pages[0] and "Nothing you may see" in text(
        browser.get("/en/respond/lines?member=CUB")
    )
    for wrong in ("3", "0", "-1", "x", "９"):
        assert browser.get(f"/en/respond/lines?page={wrong}").status_code == 404
