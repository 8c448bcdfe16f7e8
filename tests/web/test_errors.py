"""Pages for what went wrong: in four languages, in our frame, telling nothing that a reader may not know."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path
from django.utils import translation
from tests import make
from tests.web.signing_in import demonstration, signed_in, somebody

import unmet.web
from unmet.access.may import Deed, NotAllowed
from unmet.access.models import Appointment, Role
from unmet.config import urls as all_urls
from unmet.web import errors

pytestmark = pytest.mark.django_db


def bang(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("canary of a fault")


def refuse(request: HttpRequest) -> HttpResponse:
    raise NotAllowed(Deed.RELEASE, "CUB")


def deny(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def miss(request: HttpRequest) -> HttpResponse:
    raise Http404("canary of a row")


urlpatterns = [
    path("en/desk/bang", bang), path("en/desk/refuse", refuse), path("en/desk/deny", deny), path("en/desk/miss", miss),
    *all_urls.urlpatterns,
]  # fmt: skip
handler400, handler403, handler404, handler500 = (
    all_urls.handler400, all_urls.handler403, all_urls.handler404, all_urls.handler500,
)  # fmt: skip


@pytest.fixture
def browser() -> Client:
    demonstration()
    browser = signed_in(somebody(Role.FOCAL_POINT, "CUB"))
    browser.raise_request_exception = False
    return browser


def without_address(answer: HttpResponse) -> str:
    """A page without its own address, which the links to the other languages repeat."""
    address = str(answer.wsgi_request.path)[3:]  # type: ignore[attr-defined]
    return answer.content.decode().replace(address, "")


@pytest.mark.parametrize("language", ["en", "ar", "es", "fr"])
def test_a_missing_page_stands_in_our_frame(language: str) -> None:
    answer = Client().get(f"/{language}/no/such/page")
    page = answer.content.decode()
    assert answer.status_code == 404 and f'lang="{language}"' in page and 'class="word"' in page


def test_not_allowed_and_not_there_look_the_same(browser: Client) -> None:
    other = make.approver("NAM")
    there = Appointment.objects.get(person=other)
    answers = [browser.post(f"/en/desk/people/{uuid}/end") for uuid in (there.uuid, uuid4())]
    assert {answer.status_code for answer in answers} == {404}
    assert len({without_address(answer) for answer in answers}) == 1


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("what", ["refuse", "deny"])
def test_what_is_not_allowed_does_not_exist_for_a_reader_and_is_said_to_a_sender(browser: Client, what: str) -> None:
    read = browser.get(f"/en/desk/{what}")
    missing = browser.get("/en/desk/miss")
    assert read.status_code == missing.status_code == 404
    assert without_address(read) == without_address(missing) and b"canary" not in missing.content
    sent = browser.post(f"/en/desk/{what}", {"remark": "typed with care"})
    page = sent.content.decode()
    assert sent.status_code == 403 and "do not give you the right" in page and "typed with care" in page


@override_settings(ROOT_URLCONF=__name__)
def test_a_fault_of_ours_asks_nothing_of_the_database_and_keeps_the_words(
    browser: Client, django_assert_num_queries: object
) -> None:
    answer = browser.post("/en/desk/bang", {"remark": "typed with care"})
    page = answer.content.decode()
    assert answer.status_code == 500 and "A fault of ours" in page and "typed with care" in page
    assert "canary" not in page and "RuntimeError" not in page
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert errors.broken(RequestFactory().post("/en/desk/bang", {"remark": "x"})).status_code == 500


@pytest.mark.parametrize("language", ["en", "ar", "es", "fr"])
@pytest.mark.parametrize(
    "page", ["not_found", "forbidden", "not_appointed", "not_understood", "form_only", "too_often", "broken"]
)
def test_each_page_can_be_shown_in_each_language(language: str, page: str) -> None:
    request = RequestFactory().get(f"/{language}/desk/x")
    with translation.override(language):
        answer = getattr(errors, page)(request)
    words = answer.content.decode()
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in words
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|<script", words)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_an_address_that_only_takes_a_form_is_no_empty_page(browser: Client, language: str) -> None:
    address = f"/{language}/desk/returns/{uuid4()}/attach"
    answer = browser.get(address)
    page = answer.content.decode()
    assert answer.status_code == 405 and answer["Allow"] == "POST"
    assert f'href="/{language}/desk"' in page and "<h1>" in page
    assert Client().get(address).status_code != 405, "nobody is told more than to sign in"


def test_after_a_refusal_the_other_languages_lead_to_the_page_that_has_the_form(browser: Client) -> None:
    own = {"HTTP_REFERER": "http://testserver/en/desk/people?page=2"}
    page = browser.post(f"/en/desk/people/{uuid4()}/end", **own).content.decode()
    assert 'href="/ar/desk/people?page=2"' in page and "/end" not in page
    foreign = browser.post("/en/desk/people/x/end", HTTP_REFERER="https://example.org/en/desk").content.decode()
    assert "example.org" not in foreign


def test_a_refused_page_begins_at_what_needs_attention(browser: Client) -> None:
    """Whoever hears the page or steps through it by keys need not look for what was refused."""
    page = browser.post("/en/account/tokens", {}).content.decode()
    assert re.findall(r'<div class="sum"[^>]*>', page) == ['<div class="sum" role="alert" tabindex="-1" autofocus>']
    for template in (Path(unmet.web.__file__).parent / "templates").rglob("*.html"):
        for summary in re.findall(r'<div class="sum"[^>]*>', template.read_text(encoding="utf-8")):
            assert summary.endswith(' tabindex="-1" autofocus>'), template


def test_too_many_fields_get_a_sentence(browser: Client) -> None:
    answer = browser.post("/en/desk/people", {f"f{number}": "1" for number in range(6_100)})
    assert answer.status_code == 400 and "too many fields" in answer.content.decode()


def test_pages_of_the_desk_are_not_kept_by_others(browser: Client) -> None:
    assert "private" in browser.get("/en/desk/people")["Cache-Control"]
