"""The page on which a person makes and ends tokens for programs; and the pages about the API."""

import re
import uuid
from datetime import timedelta

import pytest
from tests import make
from tests.web.desk_world import at_the_browser, focal_point, open_round, today
from tests.web.signing_in import in_days

from unmet.access.models import Token
from unmet.api.kinds import KINDS
from unmet.api.v1 import description
from unmet.web.formats import day

pytestmark = pytest.mark.django_db
PAGE = "/en/account/tokens"


@pytest.fixture(autouse=True)
def round_():
    return open_round()


def fields(**changes):
    return {"name": "stock system", "scopes": ["read", "needs"], "until": in_days(20)} | changes


def test_made_shown_once_used_and_ended():
    _person, browser = focal_point()
    answer = browser.post(PAGE, fields())
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    secret = re.search(r">(unmet_[^<]+)</textarea>", answer.content.decode())[1]
    assert secret not in browser.get(PAGE).content.decode()
    assert day(today() + timedelta(days=20)) in browser.get(PAGE).content.decode()
    heads = {"Authorization": f"Bearer {secret}"}
    assert browser.get("/api/v1/returns", headers=heads).status_code == 200
    ended = browser.post(f"{PAGE}/{Token.objects.get().uuid}/end", follow=True)
    assert "The token is ended" in ended.content.decode()
    assert browser.get("/api/v1/returns", headers=heads).status_code == 401


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "required"), ({"scopes": []}, "Choose at least one."), ({"scopes": ["approve"]}, "approve"),
        ({"until": in_days(500)}, "That is too long"), ({"until": in_days(-9)}, "passed"), ({"until": "x"}, "x"),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_beside_the_form(changes, words):
    _person, browser = focal_point()
    answer = browser.post(PAGE, fields(**changes))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Token.objects.exists()


def test_without_an_appointment_there_is_no_form():
    browser = at_the_browser(make.person())
    assert "You hold no appointment now" in browser.get(PAGE).content.decode()
    assert browser.post(PAGE, fields()).status_code == 200
    assert not Token.objects.exists()


def test_somebody_elses_token_does_not_exist(client):
    _person, browser = focal_point()
    browser.post(PAGE, fields())
    _other, other = focal_point()
    for pk in (Token.objects.get().uuid, uuid.UUID(int=5)):
        assert other.post(f"{PAGE}/{pk}/end").status_code == 404
    assert client.get(PAGE).status_code == 302
    assert Token.objects.get().ended_at is None


@pytest.mark.parametrize("language", ["en", "ar"])
def test_docs_list_every_operation_without_a_script(client, language):
    answer = client.get(f"/{language}/api")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "<script" not in text and " style=" not in text
    for path, methods in description()["paths"].items():
        for method, told in methods.items():
            assert f"<code>{method.upper()} {path}</code>" in text
            assert f'id="{told["operationId"]}"' in text
    for name in description()["components"]["schemas"]:
        assert f'id="schema-{name}"' in text
    for target in re.findall(r'href="#([^"]+)"', text):
        assert f'id="{target}"' in text


def test_every_type_of_a_problem_leads_to_its_page(client):
    for kind in KINDS.values():
        answer = client.get(kind.address, headers={"Accept-Language": "fr"})
        assert answer.headers["Location"] == f"/fr/api/problems/{kind.code}"
        assert client.get(f"/en/api/problems/{kind.code}").status_code == 200
    assert client.get("/api/v1/problems/nothing").status_code == 404
    assert client.get("/api/v1/docs", headers={"Accept-Language": "ar"}).headers["Location"] == "/ar/api"
