"""What the tests of sign-in share: a person with a password, a browser."""

from datetime import date, timedelta

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.utils import timezone
from tests import make

from unmet.access.models import Installation, Role
from unmet.parties.models import Person

PASSWORD = "three green lamps at noon"
LOGIN = "/en/account/login"


def somebody(
    role: str | None = Role.FOCAL_POINT, of: str = "CUB", *, until: date = date(2040, 1, 1), language: str = "en"
) -> Person:
    """A person with a password."""
    person = make.person(role, of, until=until)
    person.set_password(PASSWORD)
    person.language = language
    person.save()
    return person


def sign_in(browser: Client, person: Person, *, to: str = "", password: str = PASSWORD) -> object:
    """What the sign-in page answers."""
    return browser.post(LOGIN + (f"?next={to}" if to else ""), {"login": person.email, "password": password})


def signed_in(person: Person) -> Client:
    """A browser in which a person has signed in by the page."""
    browser = Client()
    answer = sign_in(browser, person)
    assert answer.status_code == 302, answer.content.decode()
    return browser


def in_days(days: int) -> str:
    """A day from today on, as it may be typed."""
    return (timezone.now().date() + timedelta(days=days)).isoformat()


def demonstration() -> None:
    """Mark the database."""
    Installation.objects.update_or_create(one=True, defaults={"demonstration": True, "set_up_at": make.AT})


def code_now(secret: str) -> str:
    """What an app with this secret shows."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
