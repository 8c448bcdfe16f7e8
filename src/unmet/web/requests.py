"""What every request of ours carries. The middleware puts it there."""

from datetime import datetime
from urllib.parse import SplitResult

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest

from unmet.access.actors import Actor
from unmet.parties.models import Person


class PageRequest(HttpRequest):
    """A request of anybody. `at` is its one moment; `signed_out` says that it ended a sign-in."""

    actor: Actor
    at: datetime
    signed_out: bool


def is_ours(source: SplitResult, request: HttpRequest) -> bool:
    """Whether an address is one of this site. No address is, where the request names a host that is not ours."""
    try:
        return source.netloc == request.get_host()
    except DisallowedHost:  # the page that says so asks too
        return False


class PersonRequest(PageRequest):
    """A request of somebody who is signed in."""

    user: Person  # type: ignore[assignment]
