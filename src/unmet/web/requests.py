"""What every request of ours carries. The middleware puts it there."""

from datetime import datetime

from django.http import HttpRequest

from unmet.access.actors import Actor
from unmet.parties.models import Person


class PageRequest(HttpRequest):
    """A request of anybody. `at` is its one moment; `signed_out` says that it ended a sign-in."""

    actor: Actor
    at: datetime
    signed_out: bool


class PersonRequest(PageRequest):
    """A request of somebody who is signed in."""

    user: Person  # type: ignore[assignment]
