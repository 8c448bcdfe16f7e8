"""Signing in: who gets in, where they land, what is asked of those who can publish, and who never gets in."""

import re
from datetime import date
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone
from tests import make
from tests.web.signing_in import LOGIN, PASSWORD, code_now, demonstration, sign_in, signed_in, somebody

from unmet.access import services as access
from unmet.access.models import Installation, Role
from unmet.audit.models import AuditRow

pytestmark = pytest.mark.django_db


# ── the sign-in page ─────────────────────────────────────────────────────────
def test_the_right_password_opens_the_desk() -> None:
    browser = Client()
    answer = sign_in(browser, somebody())
    assert answer.status_code == 302 and answer["Location"] == "/en/desk"
    assert browser.get("/en/desk/people").status_code == 200


def test_a_wrong_password_opens_nothing_and_says_so() -> None:
    browser = Client()
    answer = sign_in(browser, somebody(), password="wrong lamps at noon")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "<title>Error:" in page and "do not belong together" in page and 'role="alert"' in page
    assert browser.get("/en/desk/people").status_code == 302


def test_an_unknown_address_is_answered_like_a_wrong_password() -> None:
    known = Client().post(LOGIN, {"login": somebody().email, "password": "wrong lamps at noon"})
    unknown = Client().post(LOGIN, {"login": "nobody@example.org", "password": "wrong lamps at noon"})
    words = [re.findall(r'class="sum".*?</ul>', page.content.decode(), re.DOTALL) for page in (known, unknown)]
    assert words[0] and words[0] == words[1]


def test_the_sixth_try_in_five_minutes_waits_even_with_the_right_password() -> None:
    person, browser = somebody(), Client()
    for _ in range(5):
        sign_in(browser, person, password="wrong lamps at noon")
    answer = sign_in(browser, person)
    assert answer.status_code == 200 and "Wait five minutes" in answer.content.decode()
    # Others behind the same address are not kept out.
    assert sign_in(Client(), somebody()).status_code == 302


def test_the_session_gets_another_key_when_somebody_signs_in() -> None:
    browser = Client()
    session = browser.session
    session["planted"] = "before"
    session.save()
    before = session.session_key
    sign_in(browser, somebody())
    assert browser.session.session_key != before


@pytest.mark.parametrize(
    "elsewhere",
    ["https://example.org/", "//example.org/", "/\\example.org", "http://localhost/x", "javascript:alert(1)"],
)
def test_next_leads_to_own_paths_only(elsewhere: str) -> None:
    assert sign_in(Client(), somebody(), to=elsewhere)["Location"] == "/en/desk"


def test_next_leads_to_the_page_that_was_asked_for() -> None:
    assert sign_in(Client(), somebody(), to="/en/desk/people?x=1")["Location"] == "/en/desk/people?x=1"


@pytest.mark.parametrize("language", ["ar", "es", "fr"])
def test_people_land_in_their_own_language(language: str) -> None:
    assert sign_in(Client(), somebody(language=language))["Location"] == f"/{language}/desk"
    assert (
        sign_in(Client(), somebody(language=language), to="/en/desk/people")["Location"] == f"/{language}/desk/people"
    )


def test_a_closed_account_does_not_get_in() -> None:
    person = somebody()
    person.is_active = False
    person.save()
    browser = Client()
    sign_in(browser, person)
    assert browser.get("/en/desk/people").status_code == 302


def test_signing_out_takes_a_button() -> None:
    browser = signed_in(somebody())
    asked = browser.get("/en/account/logout")
    assert asked.status_code == 200 and "<form" in asked.content.decode()
    assert browser.get("/en/desk/people").status_code == 200
    assert browser.post("/en/account/logout").status_code == 302
    assert browser.get("/en/desk/people").status_code == 302


def test_nobody_registers() -> None:
    for address in ("/en/account/signup", "/en/account/signup/", "/en/account/email"):
        assert Client().get(address).status_code == 404
    page = Client().get(LOGIN).content.decode()
    assert "Nobody registers here" in page


@pytest.mark.parametrize("language", ["en", "ar", "es", "fr"])
@pytest.mark.parametrize("address", ["login", "password/reset", "password/reset/done", "inactive", "oidc/cancelled"])
def test_pages_of_sign_in_stand_in_our_frame_without_inline_code(language: str, address: str) -> None:
    answer = Client().get(f"/{language}/account/{address}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
    assert not inline_code(page)
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"]


def inline_code(page: str) -> list[str]:
    """Scripts with a body that would run, handlers and styles inside a page."""
    scripts = [
        tag for tag, body in re.findall(r"(<script[^>]*>)(.*?)</script>", page, re.DOTALL)
        if body.strip() and "application/json" not in tag
    ]  # fmt: skip
    return scripts + re.findall(r"<style|\sstyle=|\son[a-z]+=", page)


# ── appointments that ended ──────────────────────────────────────────────────
def test_an_ended_appointment_opens_nothing() -> None:
    browser = Client()
    sign_in(browser, somebody(until=date(2021, 6, 30)))
    answer = browser.get("/en/desk/people")
    assert answer.status_code == 403 and "no appointment of yours stands" in answer.content.decode()
    assert browser.get("/en/account/settings").status_code == 200


# ── the second factor ────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("role", "of"), [(Role.APPROVER, "CUB"), (Role.COORDINATION, "COORD"), (Role.OPERATOR, "COORD")]
)
def test_who_can_publish_needs_a_second_factor(role: str, of: str) -> None:
    browser = signed_in(somebody(role, of))
    for address in ("/en/desk", "/en/desk/people", "/en/coordination/rounds"):
        answer = browser.get(address)
        assert answer.status_code == 302 and answer["Location"].startswith("/en/account/second?"), address
    assert "Set one up" in browser.get("/en/account/second").content.decode()


@pytest.mark.parametrize("role", [Role.FOCAL_POINT, Role.RESPONDER])
def test_who_enters_needs_none(role: str) -> None:
    answer = signed_in(somebody(role)).get("/en/desk", follow=True)
    assert answer.status_code == 200 and "/account/" not in answer.wsgi_request.path


def test_a_demonstration_asks_for_none() -> None:
    demonstration()
    assert signed_in(somebody(Role.APPROVER)).get("/en/desk/people").status_code == 200


def test_setting_up_an_app_opens_the_desk_and_the_next_sign_in_asks_for_its_code() -> None:
    person = somebody(Role.APPROVER)
    browser = signed_in(person)
    page = browser.get("/en/account/second/app").content.decode()
    assert "data:image/svg+xml" in page and not inline_code(page)
    secret = re.search(r'<code dir="ltr">([A-Z2-7]+)</code>', page)
    assert secret
    wrong = browser.post("/en/account/second/app", {"code": "000000"})
    assert wrong.status_code == 200 and "not valid now" in wrong.content.decode()
    done = browser.post("/en/account/second/app", {"code": code_now(secret[1])})
    assert done.status_code == 302 and done["Location"] == "/en/account/second/codes"
    codes = re.findall(r"<li><code>(\w+)</code>", browser.get(done["Location"]).content.decode())
    assert len(codes) == 10
    assert browser.get("/en/desk/people").status_code == 200

    other = Client()
    half = sign_in(other, person, to="/en/desk/people")
    assert half["Location"] == "/en/account/second/authenticate"
    assert other.get("/en/desk/people").status_code == 302, "the password alone opens nothing"
    assert not inline_code(other.get(half["Location"]).content.decode())
    assert "not valid now" in other.post(half["Location"], {"code": "000000"}).content.decode()
    whole = other.post(half["Location"], {"code": codes[0]})
    assert whole["Location"] == "/en/desk/people" and other.get("/en/desk/people").status_code == 200

    again = Client()
    again_half = sign_in(again, person)
    assert again.post(again_half["Location"], {"code": codes[0]}).status_code == 200, "a recovery code works once"


def test_changing_the_second_factor_asks_for_the_person_again() -> None:
    person = somebody(Role.APPROVER)
    browser = signed_in(person)
    session = browser.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3_600
    session.save()
    assert browser.get("/en/account/second/app")["Location"].startswith("/en/account/reauthenticate")
    answer = browser.post("/en/account/reauthenticate?next=/en/account/second/app", {"password": PASSWORD})
    assert answer["Location"] == "/en/account/second/app"
    assert browser.get("/en/account/second/app").status_code == 200


@pytest.mark.usefixtures("committed_db")
def test_whoever_came_by_a_link_long_ago_and_sets_up_an_app_is_shown_the_codes_at_once() -> None:
    """Without a password nothing could be asked before; the code that was just typed is proof enough."""
    make.reference()
    person = make.person(Role.APPROVER, "CUB", until=date(2040, 1, 1))
    browser = Client()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    page = browser.get("/en/account/second/app").content.decode()
    secret = re.search(r'<code dir="ltr">([A-Z2-7]+)</code>', page)
    assert secret
    browser.post("/en/account/second/app", {"code": code_now(secret[1])})
    codes = browser.get("/en/account/second/codes")
    assert codes.status_code == 200 and len(re.findall(r"<li><code>(\w+)</code>", codes.content.decode())) == 10


def test_taking_the_only_factor_off_closes_the_desk_again() -> None:
    person = somebody(Role.APPROVER)
    browser = signed_in(person)
    page = browser.get("/en/account/second/app").content.decode()
    secret = re.search(r'<code dir="ltr">([A-Z2-7]+)</code>', page)
    assert secret
    browser.post("/en/account/second/app", {"code": code_now(secret[1])})
    assert browser.get("/en/account/second/app/remove").status_code == 200
    assert browser.post("/en/account/second/app/remove").status_code == 302
    assert not Authenticator.objects.filter(user=person, type="totp").exists()
    assert browser.get("/en/desk/people").status_code == 302


@pytest.mark.parametrize(
    "address", ["second", "second/keys", "second/keys/add", "password/change", "settings", "logout", "second/codes/new"]
)
def test_pages_of_the_account_have_no_inline_code(address: str) -> None:
    answer = signed_in(somebody()).get(f"/ar/account/{address}")
    assert answer.status_code == 200
    assert not inline_code(answer.content.decode())


# ── password by letter ───────────────────────────────────────────────────────
def test_a_forgotten_password_is_chosen_anew_by_a_letter_in_the_own_language() -> None:
    person = somebody(language="fr")
    browser = Client()
    assert browser.post("/en/account/password/reset", {"email": person.email}).status_code == 302
    [letter] = mail.outbox
    [address] = re.findall(r"http://testserver(/fr/account/password/reset/key/\S+)", letter.body)
    form = browser.get(address)
    assert form.status_code == 302
    new = "four blue lamps at night"
    done = browser.post(form["Location"], {"password1": new, "password2": new})
    assert done.status_code == 302 and done["Location"] == "/fr/desk"
    assert sign_in(Client(), person, password=new).status_code == 302
    used = Client().get(address)
    assert used.status_code == 200 and '<input type="password"' not in used.content.decode()


def test_an_unknown_address_gets_no_letter_and_the_same_answer() -> None:
    answer = Client().post("/en/account/password/reset", {"email": "nobody@example.org"})
    assert answer.status_code == 302 and answer["Location"] == "/en/account/password/reset/done"
    assert mail.outbox == []


def test_a_weak_password_is_refused_with_reasons() -> None:
    browser = signed_in(somebody())
    answer = browser.post(
        "/en/account/password/change", {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}
    )
    assert answer.status_code == 200 and "<title>Error:" in answer.content.decode()
    assert sign_in(Client(), somebody()).status_code == 302


# ── settings ─────────────────────────────────────────────────────────────────
def test_settings_change_office_and_language_and_are_recorded() -> None:
    person = somebody()
    browser = signed_in(person)
    answer = browser.post("/en/account/settings", {"office": "Ministry of Health, Supply", "language": "ar"})
    assert answer.status_code == 302 and answer["Location"] == "/ar/account/settings"
    person.refresh_from_db()
    assert (person.office, person.language) == ("Ministry of Health, Supply", "ar")
    row = AuditRow.objects.get(event="parties.person_changed")
    assert row.person == str(person.uuid) and row.detail == {"changed": ["language", "office"]}


@pytest.mark.parametrize("fields", [{"office": "", "language": "en"}, {"office": "x", "language": "xx"}])
def test_settings_refuse_an_empty_office_and_an_unknown_language(fields: dict[str, str]) -> None:
    person = somebody()
    assert signed_in(person).post("/en/account/settings", fields).status_code == 200
    before = (person.office, person.language)
    person.refresh_from_db()
    assert (person.office, person.language) == before


# ── demonstration ────────────────────────────────────────────────────────────
def test_a_link_signs_in_once_by_its_button() -> None:
    demonstration()
    person = make.person(Role.APPROVER, "CUB")
    person.language = "ar"
    person.save()
    secret = access.make_sign_in_link(person, at=timezone.now())
    browser = Client()
    for _ in range(2):  # a mail program may open it before the person does
        page = browser.get(f"/en/enter/{secret}")
        assert page.status_code == 200 and person.office in page.content.decode() and "Cuba" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    answer = browser.post(f"/en/enter/{secret}")
    assert answer.status_code == 302 and answer["Location"] == "/ar/desk"
    assert browser.get("/en/desk/people").status_code == 200
    used = Client().get(f"/en/enter/{secret}")
    assert used.status_code == 404 and "make demo" in used.content.decode()
    late = Client().post(f"/en/enter/{secret}")
    assert late.status_code == 404
    assert Client().get("/en/enter/unknown").status_code == 404


def test_no_link_opens_a_database_that_is_no_demonstration() -> None:
    demonstration()
    secret = access.make_sign_in_link(make.person(Role.APPROVER, "CUB"), at=timezone.now())
    Installation.objects.update(demonstration=False)
    answer = Client().get(f"/en/enter/{secret}")
    assert answer.status_code == 404 and "make demo" not in answer.content.decode()
    assert Client().post(f"/en/enter/{secret}").status_code == 404


# ── letters as files ─────────────────────────────────────────────────────────
def test_without_a_mail_host_letters_are_kept_as_files(tmp_path: Path) -> None:
    assert settings.EMAIL_FILE_PATH == settings.UNMET_DATA / "mail"
    person = somebody()
    backend = "django.core.mail.backends.filebased.EmailBackend"
    with override_settings(EMAIL_BACKEND=backend, EMAIL_FILE_PATH=tmp_path):
        Client().post("/en/account/password/reset", {"email": person.email})
    [letter] = tmp_path.iterdir()
    assert person.email in letter.read_text()
