"""A form that met an expired sign-in: nothing of it is lost, and nobody else gets it."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.web.signing_in import demonstration, in_days, sign_in, signed_in, somebody

from unmet.access.models import Appointment, Role
from unmet.parties.models import Person
from unmet.web import kept
from unmet.web.models import KeptPost

pytestmark = pytest.mark.django_db

FORM = "/en/desk/people"
TYPED = {
    "party": "CUB",
    "email": "New.Focal@example.org",
    "office": "Ministry of Health\nSecond floor, “Supply” <b>",
    "language": "es",
    "role": "focal_point",
    "until_on": in_days(200),
}


def approver() -> Person:
    demonstration()  # so that no second factor stands between
    return somebody(Role.APPROVER)


def expire(browser: Client) -> None:
    """The session ends on the server while the page stays open."""
    browser.session.flush()


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields as a browser would send them."""
    found = re.findall(r'<textarea hidden name="([^"]+)">\r?\n?(.*?)</textarea>', page, re.DOTALL)
    return {unescape(name): unescape(value) for name, value in found}


def test_a_form_sent_after_the_sign_in_ended_goes_through_by_one_button() -> None:
    person = approver()
    browser = signed_in(person)
    expire(browser)
    sent = browser.post(FORM, TYPED)
    assert sent.status_code == 302 and sent["Location"] == "/en/account/login"
    assert not Person.objects.filter(email="new.focal@example.org").exists()
    after = sign_in(browser, person)
    assert after["Location"] == "/en/account/kept"
    page = browser.get(after["Location"]).content.decode()
    assert "What you had typed is still here" in page and person.office in page
    assert fields_of(page) == TYPED
    assert f'action="{FORM}"' in page
    done = browser.post(FORM, fields_of(page))
    assert done.status_code == 302
    assert Appointment.objects.get(person__email="new.focal@example.org").role == Role.FOCAL_POINT
    assert not KeptPost.objects.exists()
    assert browser.get("/en/account/kept").status_code == 302, "it is gone once it went through"


def test_the_button_carries_a_fresh_token() -> None:
    person = approver()
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/en/account/login").content.decode()
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
    expired = browser.post(FORM, TYPED | {"csrfmiddlewaretoken": token})
    assert expired.status_code == 302
    assert "csrfmiddlewaretoken" not in KeptPost.objects.get().body
    login = {"login": person.email, "password": "three green lamps at noon", "csrfmiddlewaretoken": token}
    assert browser.post("/en/account/login", login)["Location"] == "/en/account/kept"
    page = browser.get("/en/account/kept").content.decode()
    fresh = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
    assert browser.post(FORM, fields_of(page) | {"csrfmiddlewaretoken": fresh}).status_code == 302
    assert Appointment.objects.filter(person__email="new.focal@example.org").exists()


def test_another_browser_cannot_get_it() -> None:
    person = approver()
    browser, other = signed_in(person), Client()
    expire(browser)
    browser.post(FORM, TYPED)
    assert sign_in(other, person)["Location"] == "/en/desk"
    answer = other.get("/en/account/kept")
    assert answer.status_code == 302 and answer["Location"] == "/en/desk"
    other.cookies[kept.KEPT_COOKIE] = browser.cookies[kept.KEPT_COOKIE].value.replace(":", "x:", 1)
    assert other.get("/en/account/kept").status_code == 302, "a forged cookie opens nothing"


def test_another_person_on_the_same_browser_cannot_get_it() -> None:
    person = approver()
    browser = signed_in(person)
    expire(browser)
    browser.post(FORM, TYPED)
    other = somebody(Role.APPROVER, "NAM")
    assert sign_in(browser, other)["Location"] == "/en/desk"
    assert browser.get("/en/account/kept").status_code == 302
    # Its owner still does.
    browser.cookies.pop("sessionid")
    assert sign_in(browser, person)["Location"] == "/en/account/kept"


def test_after_a_day_it_is_gone() -> None:
    person = approver()
    browser = signed_in(person)
    expire(browser)
    browser.post(FORM, TYPED)
    row = KeptPost.objects.get()
    KeptPost.objects.update(kept_at=row.kept_at - timedelta(hours=25))
    assert sign_in(browser, person)["Location"] == "/en/desk"
    Client().post(FORM, TYPED)
    assert [row.pk for row in KeptPost.objects.all()] != [row.pk], "old ones are thrown away"
    assert KeptPost.objects.count() == 1


def test_signing_out_throws_it_away() -> None:
    person = approver()
    browser = signed_in(person)
    expire(browser)
    browser.post(FORM, TYPED)
    sign_in(browser, person)
    browser.post("/en/account/logout")
    assert not KeptPost.objects.exists()
    assert not browser.cookies[kept.LAST_COOKIE].value and not browser.cookies[kept.KEPT_COOKIE].value


def test_a_button_throws_it_away() -> None:
    person = approver()
    browser = signed_in(person)
    expire(browser)
    browser.post(FORM, TYPED)
    sign_in(browser, person)
    assert browser.post("/en/account/kept")["Location"] == "/en/desk"
    assert not KeptPost.objects.exists()


def test_the_server_keeps_only_the_hash_of_the_secret() -> None:
    browser = Client()
    browser.post(FORM, TYPED)
    row, cookie = KeptPost.objects.get(), browser.cookies[kept.KEPT_COOKIE]
    assert row.digest not in cookie.value
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_a_file_is_not_kept_but_the_fields_beside_it_are() -> None:
    demonstration()
    person = somebody(Role.COORDINATION, "COORD")
    browser = signed_in(person)
    expire(browser)
    letter = SimpleUploadedFile("letter.pdf", b"%PDF-1.4 letter")
    browser.post("/en/coordination/appointments", {"party": "CUB", "office": "Ministry", "letter": letter})
    page = browser.get(sign_in(browser, person)["Location"]).content.decode()
    assert "choose the file again" in page and 'type="file"' in page and 'enctype="multipart/form-data"' in page
    assert fields_of(page) == {"party": "CUB", "office": "Ministry"}
    assert "letter.pdf" not in KeptPost.objects.get().body


def test_who_is_no_longer_allowed_sees_why_and_still_his_text() -> None:
    person = approver()
    browser = signed_in(person)
    expire(browser)
    browser.post(FORM, TYPED)
    Appointment.objects.filter(person=person).update(role=Role.FOCAL_POINT)
    page = browser.get(sign_in(browser, person)["Location"]).content.decode()
    refused = browser.post(FORM, fields_of(page))
    assert refused.status_code == 403
    words = unescape(refused.content.decode())
    assert "do not give you the right" in words and "New.Focal@example.org" in words and "Second floor" in words
    assert KeptPost.objects.exists(), "it is kept until it went through"


def test_who_is_no_longer_appointed_sees_why_and_still_his_text() -> None:
    person = approver()
    browser = signed_in(person)
    expire(browser)
    browser.post(FORM, TYPED)
    Appointment.objects.filter(person=person).update(until_on=date(2021, 1, 1))
    page = browser.get(sign_in(browser, person)["Location"]).content.decode()
    refused = browser.post(FORM, fields_of(page))
    assert refused.status_code == 403 and "New.Focal@example.org" in refused.content.decode()


def test_a_missing_second_factor_keeps_the_form_too() -> None:
    person = somebody(Role.APPROVER)
    browser = signed_in(person)
    answer = browser.post(FORM, TYPED)
    assert answer.status_code == 302 and answer["Location"] == "/en/account/second"
    assert fields_of(browser.get("/en/account/kept").content.decode()) == TYPED


def test_what_is_too_much_to_keep_stays_in_the_page() -> None:
    browser = Client()
    much = TYPED | {"office": "x" * (kept.LARGEST_OF_STRANGERS + 1)}
    answer = browser.post(FORM, much)
    assert answer.status_code == 403 and fields_of(answer.content.decode()) == much
    assert not KeptPost.objects.exists()


def test_pages_of_sign_in_are_never_kept() -> None:
    Client().post("/en/account/login", {"login": "x@example.org", "password": "wrong lamps at noon"})
    assert not KeptPost.objects.exists()


def test_reading_without_a_sign_in_leads_back_to_the_page() -> None:
    person = approver()
    browser = Client()
    answer = browser.get("/en/desk/people?x=1")
    assert answer["Location"] == "/en/account/login?next=%2Fen%2Fdesk%2Fpeople%3Fx%3D1"
    assert sign_in(browser, person, to="/en/desk/people?x=1")["Location"] == "/en/desk/people?x=1"


# ── forms whose token is old ─────────────────────────────────────────────────
def test_an_old_token_shows_the_form_again_with_a_button() -> None:
    person = approver()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.post(FORM, TYPED, headers={"origin": "http://testserver"})
    page = answer.content.decode()
    assert answer.status_code == 403 and "had become too old" in page
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
    assert browser.post(FORM, fields_of(page) | {"csrfmiddlewaretoken": token}).status_code == 302
    assert Appointment.objects.filter(person__email="new.focal@example.org").exists()


@pytest.mark.parametrize("headers", [{"origin": "https://elsewhere.example"}, {}])
def test_what_another_site_made_a_browser_send_gets_no_button(headers: dict[str, str]) -> None:
    person = approver()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.post(FORM, TYPED, headers=headers)
    assert answer.status_code == 403 and fields_of(answer.content.decode()) == {}
    nobody = Client(enforce_csrf_checks=True)
    assert nobody.post(FORM, TYPED, headers=headers).status_code == 403
    assert not KeptPost.objects.exists()


def test_an_old_token_without_a_sign_in_is_kept() -> None:
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post(FORM, TYPED, headers={"origin": "http://testserver"})
    assert answer.status_code == 302 and KeptPost.objects.count() == 1


def test_a_password_is_never_shown_again() -> None:
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post("/en/account/login", {"login": "x@example.org", "password": "seen by nobody"})
    assert answer.status_code == 403 and "seen by nobody" not in answer.content.decode()
