"""Reset a lost second factor: works, refuses for each reason, ends the person's sessions and nobody else's."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.test import Client
from tests import make
from tests.refusals import events, last_audit, refused
from tests.web.signing_in import sign_in, signed_in, somebody

from unmet.access import second_factor
from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.parties.models import Person

pytestmark = pytest.mark.django_db
WHY = "Lost phone; called back at the ministry's number."


def with_factor(role: str = Role.APPROVER, of: str = "CUB") -> Person:
    """Somebody with an app, recovery codes and a key."""
    person = somebody(role, of)
    for kind in ("totp", "recovery_codes", "webauthn"):
        Authenticator.objects.create(user=person, type=kind, data={})
    return person


def reset(person: Person, by: Any, *, reason: str = WHY) -> second_factor.Reset:
    with make.as_(by):
        return second_factor.reset(person, reason=reason, by=by, at=make.AT)


def test_all_factors_go_and_one_audit_row_says_who_and_why() -> None:
    person, other, by, before = with_factor(), with_factor(), make.person(Role.OPERATOR), last_audit()
    done = reset(person, by, reason=f"  {WHY} ")
    assert done == second_factor.Reset(("recovery_codes", "totp", "webauthn"), 0)
    assert not Authenticator.objects.filter(user=person).exists()
    assert Authenticator.objects.filter(user=other).count() == 3
    assert events(before) == ["access.second_factor_reset"]
    row = AuditRow.objects.get(event="access.second_factor_reset")
    assert (row.person, row.role, row.subject, row.reason) == (str(by.uuid), "operator", str(person.uuid), WHY)


def test_sessions_of_the_person_end_and_nobody_elses() -> None:
    Person.objects.create_user("before@example.org", pk=5_000)  # ids of several digits, written in two ways
    person, other = somebody(Role.APPROVER), somebody(Role.APPROVER)
    browsers = [signed_in(person), signed_in(person)]
    beside = signed_in(other)
    Authenticator.objects.create(user=person, type="totp", data={"secret": "x"})
    half = Client()  # the password is typed, the code is not
    assert sign_in(half, person)["Location"] == "/en/account/second/authenticate"
    assert Session.objects.count() == 4
    assert reset(person, make.person(Role.OPERATOR)).sessions == 3
    for browser in [*browsers, half]:
        answer = browser.get("/en/account/settings")
        assert answer.status_code == 302 and answer["Location"].startswith("/en/account/login")
    assert beside.get("/en/account/settings").status_code == 200


def test_afterwards_the_password_leads_to_a_new_factor_and_no_further() -> None:
    person = with_factor()
    reset(person, make.person(Role.OPERATOR))
    browser = Client()
    sign_in(browser, person)
    answer = browser.get("/en/desk/people")
    assert answer.status_code == 302 and answer["Location"].startswith("/en/account/second")


@pytest.mark.parametrize(
    ("role", "of"),
    [
        (Role.FOCAL_POINT, "CUB"), (Role.APPROVER, "CUB"), (Role.RESPONDER, "WHO"), (Role.COORDINATION, "COORD"),
        (None, None),
    ],
)  # fmt: skip
def test_nobody_but_an_operator_may(role: str | None, of: str | None) -> None:
    person, by = with_factor(), make.person(role, of)
    refused(NotAllowed, lambda: reset(person, by))
    assert Authenticator.objects.filter(user=person).count() == 3


def test_an_operator_in_name_only_may_not() -> None:
    person, by = with_factor(), make.person(Role.OPERATOR)
    with make.as_(make.person(Role.OPERATOR)):
        refused(NotAllowed, lambda: second_factor.reset(person, reason=WHY, by=by, at=make.AT))


@pytest.mark.parametrize("why", ["reason", "own", "none"])
def test_refused_for_each_reason(why: str) -> None:
    by = with_factor(Role.OPERATOR, "COORD")
    said = {"reason": (with_factor(), "  "), "own": (by, WHY), "none": (somebody(), WHY)}
    person, reason = said[why]
    before = Authenticator.objects.count()
    error = refused(second_factor.SecondFactorRefused, lambda: reset(person, by, reason=reason))
    assert error.reason == why and Authenticator.objects.count() == before
