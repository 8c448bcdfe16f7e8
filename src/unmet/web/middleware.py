"""Every page runs under an actor."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from unmet.access.actors import Actor, acting


class ActorMiddleware:
    """Runs each request as the person who is signed in, or as nobody; `request.at` is the one moment of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.at = timezone.now()
        person = request.user if request.user.is_authenticated else None
        request.actor = Actor.of(person, at=request.at, via="page")
        with acting(request.actor):
            return self.get_response(request)
