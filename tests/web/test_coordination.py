"""Coordination's pages, and a party's people: two people and a letter, then its own approver."""

import re
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone, translation
from tests import make
from tests.web.signing_in import demonstration, in_days, signed_in, somebody

from unmet.access.models import Appointment, Role
from unmet.audit.models import AuditRow
from unmet.catalogue.models import Round
from unmet.files.models import StoredFile
from unmet.parties.models import Person
from unmet.web.coordination.appointments import PER_PAGE
from unmet.web.day_field import DayField

pytestmark = pytest.mark.django_db

LATER = in_days(300)


@pytest.fixture(autouse=True)
def _demonstration() -> None:
    """So that no second factor stands between; test_accounts proves that one is asked for."""
    make.reference()
    demonstration()


def letter(content: bytes = b"%PDF-1.4 the letter", name: str = "letter.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def proposal(**changes: object) -> dict[str, object]:
    fields = {
        "party": "NAM", "role": "approver", "office": "Ministry of Health", "email": "Approver@Health.example",
        "language": "fr", "until_on": LATER, "letter": letter(),
    }  # fmt: skip
    return {name: value for name, value in (fields | changes).items() if value is not None}


def coordination() -> Client:
    return signed_in(somebody(Role.COORDINATION, "COORD"))


# ── first appointments ───────────────────────────────────────────────────────
def test_two_people_of_coordination_appoint_on_a_letter_and_the_person_gets_in() -> None:
    one, other = coordination(), coordination()
    assert one.post("/en/coordination/appointments", proposal()).status_code == 302
    made = Appointment.objects.get(person__email="approver@health.example")
    assert made.confirmed_at is None and made.letter and made.letter.owner == "COORD"
    assert mail.outbox == [], "nobody is written to before it is confirmed"
    assert b"".join(other.get(f"/en/coordination/appointments/{made.uuid}/letter").streaming_content) == (
        b"%PDF-1.4 the letter"
    )
    page = other.get("/en/coordination/appointments").content.decode()
    assert "Confirm, and send the letter" in page and "letter.pdf" in page

    assert other.post(f"/en/coordination/appointments/{made.uuid}/confirm").status_code == 302
    [sent] = mail.outbox
    assert sent.to == ["approver@health.example"]
    [address] = re.findall(r"http://testserver(/fr/account/password/reset/key/\S+)", sent.body)
    browser = Client()
    form = browser.get(address)
    password = "seven quiet rivers in may"
    done = browser.post(form["Location"], {"password1": password, "password2": password})
    assert done["Location"] == "/fr/desk"
    assert browser.get("/fr/desk/people").status_code == 200
    events = list(AuditRow.objects.filter(subject=str(made.uuid)).values_list("event", flat=True))
    assert events == ["access.appointment_proposed", "access.appointment_confirmed"]


def test_many_appointments_stand_page_by_page() -> None:
    browser = coordination()
    for _number in range(PER_PAGE):
        make.person(Role.FOCAL_POINT, "ZMB")
    first = browser.get("/en/coordination/appointments").content.decode()
    second = browser.get("/en/coordination/appointments?page=2").content.decode()
    assert first.count("Send the letter again") == PER_PAGE and 'rel="next"' in first
    assert second.count("Send the letter again") == Appointment.objects.count() - PER_PAGE > 0
    assert browser.get("/en/coordination/appointments?page=3").status_code == 404


def test_who_proposed_cannot_confirm() -> None:
    browser = coordination()
    browser.post("/en/coordination/appointments", proposal())
    made = Appointment.objects.get(person__email="approver@health.example")
    assert "somebody else confirms" in browser.get("/en/coordination/appointments").content.decode()
    answer = browser.post(f"/en/coordination/appointments/{made.uuid}/confirm", follow=True)
    assert "Another person of coordination has to confirm" in answer.content.decode()
    made.refresh_from_db()
    assert made.confirmed_at is None and mail.outbox == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"letter": None}, "The letter: "),
        ({"letter": letter(b"PK\x03\x04 macros", "letter.pdf")}, "neither a PDF nor"),
        ({"until_on": "01/02/2020"}, "Last day"),
        ({"until_on": in_days(-3)}, "has passed already"),
        ({"until_on": in_days(900)}, "at most two years"),
        ({"until_on": "31/06/2027"}, "31/06/2027"),
        ({"role": "operator"}, "appointed as coordination or operator"),
        ({"role": "coordination", "party": "WHO"}, "appointed as coordination or operator"),
        ({"party": "COORD", "role": "approver"}, "appointed as coordination or operator"),
        ({"party": "XXX"}, "Party"),
        ({"email": "no address"}, "E-mail address"),
    ],
)
def test_a_faulty_proposal_is_shown_again_with_its_words(changes: dict[str, object], words: str) -> None:
    people, files = Person.objects.count() + 1, StoredFile.objects.count()
    answer = coordination().post("/en/coordination/appointments", proposal(**changes))
    page = answer.content.decode()
    assert answer.status_code == 422 and "<title>Error:" in page
    assert words in " ".join(re.findall(r'<div class="sum".*?</div>', page, re.DOTALL))
    assert "Ministry of Health" in page
    assert (Person.objects.count(), StoredFile.objects.count()) == (people, files), "nothing is half made"


def test_a_proposal_can_be_dropped_and_a_standing_one_ended() -> None:
    browser = coordination()
    browser.post("/en/coordination/appointments", proposal())
    made = Appointment.objects.get(person__email="approver@health.example")
    assert browser.post(f"/en/coordination/appointments/{made.uuid}/end").status_code == 302
    standing = make.approver("CUB").appointments.get()
    assert browser.post(f"/en/coordination/appointments/{standing.uuid}/end").status_code == 302
    for appointment in (made, standing):
        appointment.refresh_from_db()
        assert appointment.ended_at
    assert browser.post(f"/en/coordination/appointments/{made.uuid}/end").status_code == 404


@pytest.mark.parametrize("role", [Role.FOCAL_POINT, Role.APPROVER, Role.RESPONDER, Role.OPERATOR])
def test_for_everybody_else_coordination_does_not_exist(role: str) -> None:
    browser = signed_in(somebody(role, "COORD" if role == Role.OPERATOR else "CUB"))
    file = StoredFile.objects.create(sha256="0" * 64, size=1, name="x", owner="COORD", at=make.AT)
    waiting = Appointment.objects.create(
        person=make.person(), party=make.party("NAM"), role=Role.APPROVER, until_on=LATER, proposed_at=make.AT,
        proposed_by=make.person(), letter=file,
    )  # fmt: skip
    for address in ("rounds", "rounds/new", "appointments", f"appointments/{waiting.uuid}/letter"):
        assert browser.get(f"/en/coordination/{address}").status_code == 404, address
    for address in (f"appointments/{waiting.uuid}/confirm", f"appointments/{waiting.uuid}/end", "rounds/new"):
        assert browser.post(f"/en/coordination/{address}").status_code == 403, address
    waiting.refresh_from_db()
    assert waiting.confirmed_at is None and waiting.ended_at is None


# ── a party's own people ─────────────────────────────────────────────────────
def appointment_of(**changes: object) -> dict[str, object]:
    fields = {
        "party": "CUB", "role": "focal_point", "office": "Department of Supply", "email": "supply@health.example",
        "language": "ar", "until_on": LATER,
    }  # fmt: skip
    return fields | changes


def test_an_approver_appoints_and_the_letter_goes_out_at_once() -> None:
    browser = signed_in(somebody(Role.APPROVER))
    answer = browser.post("/en/desk/people", appointment_of(), follow=True)
    assert "supply@health.example" in answer.content.decode()
    made = Appointment.objects.get(person__email="supply@health.example")
    assert made.confirmed_at and made.person.language == "ar"
    [sent] = mail.outbox
    assert "/ar/account/password/reset/key/" in sent.body
    assert browser.post(f"/en/desk/people/{made.uuid}/letter").status_code == 302
    assert len(mail.outbox) == 2
    assert browser.post(f"/en/desk/people/{made.uuid}/end").status_code == 302
    made.refresh_from_db()
    assert made.ended_at


def test_somebody_with_a_password_is_told_to_sign_in_as_before() -> None:
    known = somebody(Role.RESPONDER, "CUB")
    before = (known.office, known.language)
    signed_in(somebody(Role.APPROVER)).post("/en/desk/people", appointment_of(email=known.email))
    [sent] = mail.outbox
    assert "password/reset/key" not in sent.body and "/account/login" in sent.body
    known.refresh_from_db()
    assert (known.office, known.language) == before, "another party does not rename a person"


def test_twice_is_refused_and_makes_nothing() -> None:
    browser = signed_in(somebody(Role.APPROVER))
    browser.post("/en/desk/people", appointment_of())
    answer = browser.post("/en/desk/people", appointment_of())
    assert answer.status_code == 422 and "stands already" in answer.content.decode()
    assert Appointment.objects.filter(person__email="supply@health.example").count() == 1


@pytest.mark.parametrize("role", ["coordination", "operator", "king"])
def test_a_party_does_not_give_roles_of_the_house(role: str) -> None:
    answer = signed_in(somebody(Role.APPROVER)).post("/en/desk/people", appointment_of(role=role))
    assert answer.status_code == 422
    assert not Person.objects.filter(email="supply@health.example").exists()


def test_a_focal_point_sees_colleagues_and_appoints_nobody() -> None:
    make.approver("CUB")
    browser = signed_in(somebody(Role.FOCAL_POINT))
    page = browser.get("/en/desk/people").content.decode()
    assert "Your approver appoints people" in page and '<form class="panel"' not in page
    assert browser.post("/en/desk/people", appointment_of()).status_code == 403
    assert not Person.objects.filter(email="supply@health.example").exists()


def test_other_parties_people_are_out_of_reach() -> None:
    theirs = make.approver("NAM")
    made = theirs.appointments.get()
    browser = signed_in(somebody(Role.APPROVER, "CUB"))
    assert theirs.email not in browser.get("/en/desk/people").content.decode()
    assert browser.post("/en/desk/people", appointment_of(party="NAM")).status_code == 404
    for deed in ("end", "letter"):
        assert browser.post(f"/en/desk/people/{made.uuid}/{deed}").status_code == 404
        assert browser.post(f"/en/desk/people/{uuid4()}/{deed}").status_code == 404
    made.refresh_from_db()
    assert made.ended_at is None and mail.outbox == []


def test_ending_the_own_appointment_closes_the_desk_at_once() -> None:
    person = somebody(Role.APPROVER)
    browser = signed_in(person)
    browser.post(f"/en/desk/people/{person.appointments.get().uuid}/end")
    assert browser.get("/en/desk/people").status_code == 403


# ── rounds ───────────────────────────────────────────────────────────────────
def plan(**changes: object) -> dict[str, object]:
    make.emergency("covid-19")
    fields = {
        "emergency": "covid-19", "code": "covid-19-2", "name_en": "Second round", "name_ar": "الجولة الثانية",
        "name_es": "Segunda ronda", "name_fr": "Deuxième cycle",
        "window_from": in_days(0), "window_until": in_days(30),
        "period_from": in_days(0), "period_until": in_days(180),
        "sectors": ["IPC"], "freshness_days": "180",
    }  # fmt: skip
    return fields | changes


def test_a_round_is_planned_opened_and_closed() -> None:
    browser = coordination()
    assert browser.post("/en/coordination/rounds/new", plan()).status_code == 302
    round_ = Round.objects.get(code="covid-19-2")
    assert round_.state == "planned" and round_.name_ar == "الجولة الثانية"
    page = browser.get("/en/coordination/rounds").content.decode()
    assert "Second round" in page and "Open to all members" in page and "180 days" in page
    browser.post("/en/coordination/rounds/covid-19-2/open")
    round_.refresh_from_db()
    assert round_.state == "open"
    assert "Close to all members" in browser.get("/en/coordination/rounds").content.decode()
    browser.post("/en/coordination/rounds/covid-19-2/close")
    round_.refresh_from_db()
    assert round_.state == "closed"
    answer = browser.post("/en/coordination/rounds/covid-19-2/open", follow=True)
    assert "opened or closed it meanwhile" in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sectors": []}, "Sectors asked about"),
        ({"code": "with space"}, "Code: Use Latin letters, digits"),
        ({"window_until": "2020-01-01"}, "Last day on which members answer"),
        ({"period_until": in_days(-9)}, "The period ends before it begins"),
        ({"freshness_days": "0"}, "Freshness limit"),
        ({"name_ar": ""}, "Name in Arabic"),
        ({"window_from": "01/02/2027"}, "may mean"),
    ],
)
def test_a_faulty_plan_is_shown_again_with_its_words(changes: dict[str, object], words: str) -> None:
    answer = coordination().post("/en/coordination/rounds/new", plan(**changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in " ".join(re.findall(r'<div class="sum".*?</div>', page, re.DOTALL)) and "Deuxième cycle" in page
    assert not Round.objects.filter(code="covid-19-2").exists()


def test_a_code_is_never_used_twice_and_open_rounds_share_no_sector() -> None:
    browser = coordination()
    browser.post("/en/coordination/rounds/new", plan())
    again = browser.post("/en/coordination/rounds/new", plan())
    assert again.status_code == 422 and "Another round has this code" in again.content.decode()
    browser.post("/en/coordination/rounds/new", plan(code="covid-19-3"))
    browser.post("/en/coordination/rounds/covid-19-2/open")
    answer = browser.post("/en/coordination/rounds/covid-19-3/open", follow=True)
    assert "asks about one of these sectors" in answer.content.decode()
    assert Round.objects.get(code="covid-19-3").state == "planned"


def test_a_coalition_with_two_languages_names_a_round_in_these(settings: Any) -> None:
    settings.LANGUAGES = [("fr", "Français"), ("en", "English")]
    browser = coordination()
    page = browser.get("/en/coordination/rounds/new").content.decode()
    assert "name_fr" in page and "name_en" in page and "name_ar" not in page and "name_es" not in page
    named = {name: value for name, value in plan().items() if name not in {"name_ar", "name_es"}}
    assert browser.post("/en/coordination/rounds/new", named).status_code == 302
    round_ = Round.objects.get(code="covid-19-2")
    assert (round_.name_en, round_.name_ar) == ("Second round", "Deuxième cycle")


def test_an_unknown_round_is_not_there() -> None:
    assert coordination().post("/en/coordination/rounds/none/open").status_code == 404
    assert coordination().get("/en/coordination/rounds/none/open").status_code == 405


# ── dates as they are typed ──────────────────────────────────────────────────
@pytest.mark.parametrize("language", ["en", "ar", "es", "fr"])
def test_a_date_that_we_wrote_is_read_again(language: str) -> None:
    field, year = DayField(), timezone.now().year + 1
    with translation.override(language):
        for month in range(1, 13):
            day = date(year, month, 28)
            assert field.clean(field.prepare_value(day)) == day


@pytest.mark.parametrize("typed", ["1 January 2001", "2001-01-01", "31/12/2099"])
def test_a_day_too_far_back_or_ahead_is_said_to_be_that(typed: str) -> None:
    with pytest.raises(ValidationError, match="lies outside the days taken here: from ") as refused:
        DayField().clean(typed)
    assert typed in refused.value.messages[0] and "looks like" not in refused.value.messages[0]


def test_a_date_in_another_calendar_is_offered_in_ours() -> None:
    with pytest.raises(ValidationError, match="another calendar") as refused:
        DayField().clean("14/09/1448")
    assert "2027" in refused.value.messages[0]
