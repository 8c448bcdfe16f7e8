"""The page of flash rounds: coordination opens one, sees how many members answered, ends it early."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests import make
from tests.web import desk_world as world

from unmet.access.models import Role
from unmet.needs import rounds
from unmet.needs.models import FlashCall
from unmet.parties.models import Person

pytestmark = pytest.mark.django_db
PAGE = "/en/coordination/rounds/r-now/flash"


def text(answer: Any) -> str:
    return answer.content.decode()


def chair() -> tuple[Person, Client]:
    """Somebody of coordination, and his or her browser."""
    person = make.person(Role.COORDINATION)
    return person, world.at_the_browser(person)


def test_it_is_opened_seen_and_ended():
    round_ = world.open_round()
    _, browser = chair()
    assert f'href="{PAGE}"' in text(browser.get("/en/coordination/rounds"))
    assert "Ask all members, for 72 hours" in text(browser.get(PAGE))
    answer = browser.post(PAGE, {"note": "After the flood"}, follow=True)
    assert answer.redirect_chain == [(PAGE, 302)]
    make.submitted([make.line()], of="ZMB", round_=round_, at=FlashCall.objects.get().opened_at)
    page = text(browser.get(PAGE))
    assert '<dd class="n">72</dd>' in page and '<dd class="n">1</dd>' in page and "After the flood" in page
    assert "Zambia" not in page and "ZMB" not in page  # how many, never which
    ended = text(browser.post(f"{PAGE}/end", follow=True))
    assert "The flash round has ended" in ended and "ended early" in ended and "Ask all members" in ended
    assert FlashCall.objects.get().ended_at is not None


def test_a_second_one_is_refused_and_what_was_typed_is_kept():
    world.open_round()
    _, browser = chair()
    browser.post(PAGE, {"note": "one"})
    answer = browser.post(PAGE, {"note": "two"})
    assert answer.status_code == 422 and "runs in this round already" in text(answer)
    assert FlashCall.objects.count() == 1


def test_it_is_refused_in_a_round_that_takes_no_returns():
    round_ = world.open_round()
    person, browser = chair()
    with make.as_(person, at=world.now()):
        rounds.close_round(round_, by=person, at=world.now())
    answer = browser.post(PAGE, {"note": ""})
    assert answer.status_code == 422 and "takes no returns now" in text(answer)
    assert PAGE not in text(browser.get("/en/coordination/rounds"))


def test_a_note_that_is_too_long_is_said_at_its_field():
    world.open_round()
    _, browser = chair()
    answer = browser.post(PAGE, {"note": "x" * 501})
    assert answer.status_code == 422 and 'id="id_note_error"' in text(answer)


def test_what_is_over_by_itself_says_so():
    world.open_round()
    _, browser = chair()
    browser.post(PAGE)
    FlashCall.objects.update(opened_at=world.now() - timedelta(hours=80), until_at=world.now())
    page = text(browser.get(PAGE))
    assert ">over</span>" in page and "Ask all members" in page
    assert "It was over already" in text(browser.post(f"{PAGE}/end", follow=True))


@pytest.mark.parametrize("role", [Role.FOCAL_POINT, Role.APPROVER, Role.RESPONDER, Role.OPERATOR])
def test_to_everybody_else_the_page_does_not_exist(role: str):
    world.open_round()
    of = {Role.RESPONDER: "WHO", Role.OPERATOR: "COORD"}.get(role, "ZMB")
    browser = world.at_the_browser(make.person(role, of))
    assert browser.get(PAGE).status_code == 404
    assert browser.post(PAGE).status_code in {403, 404} and browser.post(f"{PAGE}/end").status_code in {403, 404}
    assert not FlashCall.objects.exists()


def test_the_note_is_the_members_business_and_nobody_elses():
    world.open_round()
    _, browser = chair()
    browser.post(PAGE, {"note": "After the flood"})
    for _, reader in (world.focal_point(), world.focal_point("CUB")):
        assert "After the flood" in text(reader.get("/en/desk"))
    for address, reader in (("/en/desk", world.responder()[1]), ("/en/", Client())):
        assert "After the flood" not in text(reader.get(address, follow=True))
