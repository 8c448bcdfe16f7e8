"""The door of coordination: to everybody else these pages do not exist."""

import functools
from collections.abc import Callable

from django.http import HttpResponseBase

from unmet.access import may
from unmet.access.may import Deed, NotAllowed
from unmet.web.requests import PersonRequest

View = Callable[..., HttpResponseBase]
REFUSED = 422  # a form shown again with what was typed


def only_for(deed: Deed) -> Callable[[View], View]:
    """A page for those who may do a deed for the whole coalition."""

    def door(view: View) -> View:
        @functools.wraps(view)
        def at_the_door(request: PersonRequest, *args: object, **named: object) -> HttpResponseBase:
            if not may.may(request.actor, deed):
                raise NotAllowed(deed)
            return view(request, *args, **named)

        return at_the_door

    return door
