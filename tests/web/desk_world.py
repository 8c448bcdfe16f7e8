"""What the tests of the desk share: a round that is open today, people at their browsers."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone
from tests import make
from tests.web.signing_in import demonstration

from unmet.access.models import Role
from unmet.catalogue.models import Round
from unmet.needs.models import Return
from unmet.parties.models import Person

MEMBER = "ZMB"
OTHER = "CUB"


def now() -> datetime:
    """The moment of everything that happened before the test begins."""
    return timezone.now() - timedelta(hours=1)


def today() -> date:
    """Today, in UTC."""
    return datetime.now(UTC).date()


def open_round(code: str = "r-now", *, days_ago: int = 30, **changes: Any) -> Round:
    """A round whose window is open now, about a period that began `days_ago`. People sign in with one factor here."""
    demonstration()
    begun = today() - timedelta(days=days_ago)
    said: dict[str, Any] = {
        "window": (begun, today() + timedelta(days=20)),
        "period": (begun, begun + timedelta(days=180)),
        "at": now(),
    }
    return make.round_(code, **(said | changes))


def at_the_browser(person: Person) -> Client:
    """A browser in which somebody is signed in."""
    browser = Client()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def focal_point(of: str = MEMBER) -> tuple[Person, Client]:
    """A focal point, and his or her browser."""
    person = make.focal_point(of)
    return person, at_the_browser(person)


def approver(of: str = MEMBER) -> tuple[Person, Client]:
    """An approver, and his or her browser."""
    person = make.approver(of)
    return person, at_the_browser(person)


def responder(of: str = "WHO") -> tuple[Person, Client]:
    """A responder, and his or her browser."""
    person = make.person(Role.RESPONDER, of)
    return person, at_the_browser(person)


def grid(*rows: dict[str, str], do: str, version: str | int = "", **more: str) -> dict[str, str]:
    """The fields of the grid, as a browser sends them."""
    sent = {f"{name}-{number}": value for number, row in enumerate(rows, 1) for name, value in row.items()}
    return {**sent, "rows": str(len(rows)), "version": str(version), "do": do, **more}


def submitted(*lines: Any, round_: Round, of: str = MEMBER, by: Person | None = None) -> Return:
    """A return that waits."""
    return make.submitted(list(lines), of=of, round_=round_, at=now(), by=by)


def approved(*lines: Any, round_: Round, of: str = MEMBER) -> Return:
    """A return that was approved an hour ago."""
    return make.approved(list(lines), of=of, round_=round_, at=now())
