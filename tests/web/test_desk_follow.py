"""The pages on which one follows, and the list of what one follows."""

import uuid

import pytest
from tests import make
from tests.web import desk_world as world
from tests.web.test_desk_inbox import text

from unmet.access.models import Release, Role
from unmet.needs import services as needs
from unmet.needs.models import Need
from unmet.notices import following
from unmet.notices.models import Follow

pytestmark = pytest.mark.django_db


@pytest.fixture
def need():
    """A need of Zambia that everyone sees in detail."""
    round_ = world.open_round()
    world.approved(make.line(), round_=round_)
    make.released(world.MEMBER, at=world.now())
    return Need.objects.get()


def of(kind, key):
    """The address of what may be followed."""
    return f"/en/desk/follow/{kind}/{key}"


def test_a_need_is_followed_from_its_page_and_from_the_list_no_more(need):
    person, browser = world.responder()
    line = f"/en/respond/lines/{need.uuid}"
    assert "Follow this need" in text(browser.get(line))
    for _ in range(2):
        answer = browser.post(of("need", need.uuid), follow=True)
        assert answer.redirect_chain[-1][0] == line and "Follow it no more" in text(answer)
    assert Follow.objects.get(person=person).subject == str(need.uuid)
    page = text(browser.get("/en/desk/inbox/choices"))
    assert f"{need.item.name}, Zambia" in page and "What you follow" in page
    answer = browser.post(of("need", need.uuid), {"do": "stop"}, follow=True)
    assert "You do not follow it any more." in text(answer) and not Follow.objects.exists()
    assert "You follow nothing yet" in text(browser.get("/en/desk/inbox/choices"))


def test_what_was_taken_back_stands_in_the_list_without_its_name(need):
    _, browser = world.responder()
    browser.post(of("need", need.uuid))
    approver, _ = world.approver()
    with make.as_(approver, at=world.now()):
        needs.withdraw_release(Release.objects.get(), by=approver, at=world.now())
    page = browser.get("/en/desk/inbox/choices")
    assert "Not shown to you any more" in text(page) and need.item.name not in text(page)
    assert "Not shown to you any more" in text(browser.get(of("need", need.uuid)))
    assert browser.post(of("need", need.uuid)).status_code == 404
    answer = browser.post(of("need", need.uuid), {"do": "stop"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/en/desk/inbox/choices" and not Follow.objects.exists()
    assert browser.get(of("need", need.uuid)).status_code == 404


@pytest.mark.parametrize(("kind", "key"), [("item", "MASK-IIR"), ("member", "ZMB")])
def test_an_item_and_the_requests_of_a_member_are_followed_from_public_pages(need, kind, key):
    public = f"/en/{kind}s/{key}"
    _, browser = world.responder()
    shown = browser.get(public).content.decode()
    assert of(kind, key) in shown
    answer = browser.get(of(kind, key))
    assert answer.status_code == 200 and "To follow gives no right" in text(answer)
    assert browser.post(of(kind, key), follow=True).redirect_chain[-1][0] == public
    assert browser.get(public).content.decode() == shown, "a public page is the same for all"


def test_a_request_is_followed_by_those_it_asks_only(need):
    request = make.asked(100, of=world.MEMBER, to=["WHO"], at=world.now())
    _, browser = world.responder()
    assert "Follow this request" in text(browser.get(f"/en/desk/requests/{request.uuid}"))
    answer = browser.post(of("request", request.uuid), follow=True)
    assert answer.redirect_chain[-1][0] == f"/en/desk/requests/{request.uuid}"
    assert "Request for assistance of Zambia" in text(browser.get("/en/desk/inbox/choices"))
    _, other = world.responder("UNDP")
    assert other.post(of("request", request.uuid)).status_code == 404


@pytest.mark.parametrize(
    ("kind", "key"),
    [("need", "x"), ("need", uuid.UUID(int=5)), ("request", "MASK-IIR"), ("item", "X"), ("member", "WHO"), ("x", "x")],
)
def test_what_is_not_there(need, kind, key):
    _, browser = world.responder()
    assert browser.get(of(kind, key)).status_code == 404
    assert browser.post(of(kind, key)).status_code == 404
    assert browser.post(of(kind, key), {"do": "stop"}).status_code == 404
    assert not Follow.objects.exists()


def test_more_than_the_most_says_so(need, monkeypatch):
    monkeypatch.setattr(following, "MOST", 0)
    _, browser = world.responder()
    answer = browser.post(of("item", "MASK-IIR"))
    assert answer.status_code == 422 and "Error:" in answer.content.decode()
    assert "which is the most" in text(answer)


def test_signed_out_one_is_asked_to_sign_in(need, client):
    answer = client.get(of("item", "MASK-IIR"))
    assert answer.status_code == 302 and "login" in answer["Location"]


def test_the_item_one_looks_at_has_the_button(need):
    _, browser = world.responder()
    assert "Follow this item" in text(browser.get("/en/respond?item=MASK-IIR"))
    assert "Follow this item" not in text(browser.get("/en/respond"))
    assert make.person(Role.RESPONDER, "WHO")
