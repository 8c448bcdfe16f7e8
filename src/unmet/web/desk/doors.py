"""The door of the desk: who comes in, for which party and round. Somebody else's party does not exist here (404)."""

import functools
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from unmet.books import services as books
from unmet.catalogue.models import Round
from unmet.parties.models import Party
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.public.pages import PER_PAGE, Pages
from unmet.web.requests import PersonRequest

# A form that was refused and is shown again, with what was typed.
REFUSED_STATUS = 422


View = Callable[..., HttpResponseBase]


def desk_page(view: View) -> View:
    """A page of the desk: what came due in the books is posted before it is read. The middleware guards the door."""

    @functools.wraps(view)
    def settled(request: PersonRequest, *args: object, **named: object) -> HttpResponseBase:
        books.settle(at=request.at)
        return view(request, *args, **named)

    return settled


def own_party(request: PersonRequest, code: str) -> Party:
    """The party with this code, of whose own people the person is one; nothing tells other parties from none."""
    party = Party.objects.filter(code=code, pk__in=request.actor.own_parties).first()
    if party is None:
        raise Http404
    return party


def own_parties(request: PersonRequest) -> list[Party]:
    """The parties whose own rows the person works on, A to Z."""
    return list(Party.objects.filter(pk__in=request.actor.own_parties).in_reading_order())


def own_members(request: PersonRequest) -> list[Party]:
    """Those of the person's parties that are members today, A to Z: they state needs."""
    members = Party.objects.filter(pk__in=request.actor.own_parties).members(on=request.at.date())
    return list(members.in_reading_order())


def asked_round(code: str) -> Round:
    """A round that is or was open. A planned one is nobody's business yet."""
    round_ = Round.objects.exclude(state=Round.State.PLANNED).select_related("emergency").filter(code=code).first()
    if round_ is None:
        raise Http404
    return round_


def back_with(request: PersonRequest, refused: Exception, page: str, *where: object) -> HttpResponseRedirect:
    """Back to a page, which then says why nothing was done. For buttons that carry no typed words."""
    if not isinstance(refused, REFUSED):
        raise refused
    messages.error(request, sentence(refused))
    return redirect(page, *where)


def pages_of(request: PersonRequest, rows: int, *, size: int = PER_PAGE) -> Pages:
    """The page of a list that the address asks for; one that is not there does not exist (404)."""
    typed, count = request.GET.get("page", "1"), max(-(-rows // size), 1)
    if not (typed.isascii() and typed.isdigit() and len(typed) < 7 and 0 < int(typed) <= count):
        raise Http404
    rest = request.GET.copy()
    rest.pop("page", None)
    return Pages(int(typed), count, rows, rest.urlencode())
