"""Support: what comes to the person's members, what the person's parties give, what waits for a decision."""

from itertools import chain

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from unmet.access import may
from unmet.access.may import Deed
from unmet.support import giver_names, queries, signs
from unmet.support.models import Line
from unmet.web.desk import large, open_signs
from unmet.web.desk.doors import desk_page
from unmet.web.requests import PersonRequest

SHOWN = 200


@desk_page
@require_GET
def support(request: PersonRequest) -> HttpResponse:
    """The lists of support."""
    today = request.at.date()
    coming = queries.for_reading(queries.to_members(), today=today)
    proposals = list(queries.proposals(members=request.actor.own_parties)[:SHOWN])
    unassigned, shown = _shown(queries.unassigned(coming)), _shown(coming)
    given = _shown(queries.for_reading(queries.given(), today=today))
    needs = {line.account.subject for line in (*shown, *given)}
    said = signs.by_need(needs)
    context = {
        "proposals": [
            (proposal, may.may(request.actor, Deed.ACCEPT_SUPPORT, proposal.line.member_id)) for proposal in proposals
        ],
        "unassigned": unassigned,
        "coming": shown,
        "given": given,
        # Whoever gives or receives a line could ship it or call it off.
        "signs": said,
        "watch": open_signs.watch(request, "needs", needs, chain.from_iterable(said.values())),
        "has_members": bool(request.actor.own_parties),
        "gives": bool(giver_names.speaking()),
        "shown": SHOWN,
        "tables": large.listed(request),
    }
    return render(request, "web/desk/support.html", context)


def _shown(lines: QuerySet[Line]) -> list[Line]:
    return list(lines[:SHOWN])
