"""Search at the desk: items, parties, waybills, and the needs whose detail the person may see, released or not."""

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from unmet.books.models import Account
from unmet.figures.search import Seen
from unmet.methods.match import split
from unmet.needs.models import Statement
from unmet.parties.models import Party
from unmet.support import consignment_queries as consignments
from unmet.support.models import Consignment
from unmet.support.waybills import folded
from unmet.web import searching
from unmet.web.desk.doors import desk_page
from unmet.web.public.pages import Refused
from unmet.web.requests import PersonRequest
from unmet.web.searching import Asked, Group

SHORTEST_WAYBILL: Final = 3


@desk_page
@require_GET
def search(request: PersonRequest) -> HttpResponse:
    """What bears the words, in groups, as far as the person may see it."""
    context: dict[str, Any] = {"audience_words": _("Seen by your team only")}
    try:
        asked = searching.asked(request)
        context["asked"] = asked
        if asked.q:
            found, needs = searching.named(request, asked), _needs(request, asked)
            own_words = _own_words(request, asked)
            boxes = _boxes(asked)
            nothing = not (found.items.count or found.parties.count or needs.count or own_words or boxes)
            context |= {"found": found, "needs": needs, "own_words": own_words, "boxes": boxes, "nothing": nothing}
    except Refused as refused:
        context |= {"asked": Asked("", ""), "refused": refused.sentence}
        return render(request, "web/desk/search.html", context, status=refused.status)
    return render(request, "web/desk/search.html", context)


def _needs(request: PersonRequest, asked: Asked) -> Group[tuple[Account, bool]]:
    """Needs, each with whether it is the person's own party's."""
    seen = Seen(asked.q)
    count = seen.count()
    start, stop, pages = searching.span(request, asked, "needs", count)
    rows = seen.page(start, stop) if asked.shows("needs") else []
    return Group([(account, account.member_id in request.actor.own_parties) for account in rows], count, pages)


def _boxes(asked: Asked) -> list[tuple[Consignment, list[Party]]]:
    """Consignments that the person sees, by their waybill, with their givers; a few signs could be of any."""
    if asked.group or len(folded(asked.q)) < SHORTEST_WAYBILL:
        return []
    found = consignments.by_waybill(consignments.for_actor(), asked.q)
    shown = list(consignments.once(found).select_related("member").order_by("-pk")[: searching.FIRST])
    parts = consignments.parts(shown, found)
    return [(box, [part.giver for part in parts[box.box]]) for box in shown]


def _own_words(request: PersonRequest, asked: Asked) -> list[Statement]:
    """Needs of the person's own members that have no item yet and bear every word, the newest first."""
    if not asked.shows("needs"):
        return []
    found = Statement.objects.filter(newest=True, need__item=None, need__member__in=request.actor.own_parties)
    for word in split(asked.q):
        found = found.filter(need__words__contains=word)
    return list(found.select_related("need__member", "need__place", "round").order_by("-pk")[: searching.FIRST])
