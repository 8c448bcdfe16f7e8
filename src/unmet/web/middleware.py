"""Every page runs under an actor; the pages of the desk open only to people who are signed in and appointed."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control

from unmet.access.actors import Actor, acting
from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.access.services import is_demonstration
from unmet.web import errors, kept
from unmet.web.requests import PageRequest

GetResponse = Callable[[PageRequest], HttpResponse]
# Who can publish, appoint or run the house signs in with two factors.
TWO_FACTORS = (Role.APPROVER, Role.COORDINATION, Role.OPERATOR)


class ActorMiddleware:
    """Runs each request as the person who is signed in, or as nobody; `request.at` is the one moment of the request."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: PageRequest) -> HttpResponse:
        request.at = timezone.now()
        person = request.user if request.user.is_authenticated else None
        request.actor = Actor.of(person, at=request.at, via="page")
        with acting(request.actor):
            return self.get_response(request)


class DoorMiddleware:
    """Guards the addresses of the desk, and answers what a service did not allow.

    A page of the desk needs no decorator of its own: whoever is not signed in, has no appointment that stands, or
    lacks the second factor the role asks for, does not reach it. What a POST carried is never lost on the way.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: PageRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and request.method == "GET" and kept.is_behind_door(request.path):
            response = errors.form_only(request)  # Django's own answer is an empty page
        if getattr(request, "signed_out", False):
            kept.forget(request, response)
        elif request.user.is_authenticated:
            if kept.is_behind_door(request.path):
                patch_cache_control(response, private=True, no_cache=True)
            kept.remember_person(request, response, request.user)
            kept.settle(request, response)
        return response

    def process_view(self, request: PageRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Turn away, before the view runs, whoever may not come in."""
        if not kept.is_behind_door(request.path):
            return None
        actor: Actor = request.actor
        if actor.person is None:
            return kept.ask_to_sign_in(request, at=request.at)
        if not actor.roles:
            return errors.not_appointed(request)
        if actor.is_(*TWO_FACTORS) and not is_mfa_enabled(actor.person) and not is_demonstration():
            return kept.ask_to_sign_in(request, at=request.at, person=actor.person, to=reverse("mfa_index"))
        return None

    def process_exception(self, request: PageRequest, exception: Exception) -> HttpResponse | None:
        """What a service did not allow: to a reader it does not exist, to a sender it is said."""
        return errors.forbidden(request, exception) if isinstance(exception, NotAllowed) else None
