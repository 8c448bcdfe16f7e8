"""Where a responder begins: the largest gaps that its party may see, and what became of what it gave."""

from dataclasses import dataclass
from itertools import chain
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from unmet.catalogue.models import Item
from unmet.exchange.spooled import TYPES
from unmet.notices.following import Subject
from unmet.support import coverage_by_severity, gaps_asked, queries, request_queries, signs
from unmet.support.queries import Gap
from unmet.web import set_words
from unmet.web.desk import follow, large, open_signs
from unmet.web.desk.doors import desk_page
from unmet.web.requests import PersonRequest
from unmet.web.respond import filters
from unmet.web.respond.filters import Filters

SHOWN = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One item of the list."""

    item: Item
    gap: Gap


@desk_page
@require_GET
def start(request: PersonRequest) -> HttpResponse:
    """Gaps by item; with `?item=CODE` the members that need it, A to Z."""
    chosen, asked = filters.door(request), filters.read(request)
    but_of, wanted = request.actor.all_parties, asked.wanted
    sums = queries.open_sums(but_of=but_of, wanted=wanted)
    gaps = queries.gaps_by_item(but_of=but_of, wanted=wanted, sums=sums)
    items = Item.objects.select_related("base_unit", "sector").in_bulk([gap.item for gap in gaps[:SHOWN]])
    # Asked first whether there is anything: PostgreSQL plans what reads a line longer than it reads it.
    given = list(queries.for_reading(queries.given(), today=request.at.date())[:5]) if queries.given().exists() else []
    members = gaps_asked.members(chosen, asked, but_of=but_of) if chosen else []
    needs = {line.account.subject for line in given}
    said = signs.by_need(needs)
    context = {
        "rows": [Row(items[gap.item], gap) for gap in gaps[:SHOWN]],
        "count": len(gaps),
        "chosen": chosen,
        "follow": follow.button(request, Subject.item(chosen.code)) if chosen else None,
        "members": members,
        "sources": sorted({row.severity.source for row in members if row.severity is not None}),
        "given": given,
        "signs": said,
        "watch": open_signs.watch(request, "needs", needs, chain.from_iterable(said.values())),
        "tables": large.listed(request),
        "gaps_asked": asked,
        "by_severity": coverage_by_severity.table(
            on=request.at.date(), but_of=but_of, sums=sums if wanted.anything else None
        ),
        "files": _files(chosen, asked),
        "asked_set": set_words.of(asked.region),
        **filters.choices(),
        "asked": request_queries.waiting().count(),
        "audience_words": _("Seen by your organisation"),
    }
    return render(request, "web/respond/start.html", context)


def _files(chosen: Item | None, asked: Filters) -> list[tuple[str, str]]:
    """The same list, whole, as files."""
    query = f"{urlencode({'item': chosen.code}) if chosen else ''}{asked.query}".removeprefix("&")
    return [(kind.upper(), f"{reverse('gaps_file', args=[kind])}{f'?{query}' if query else ''}") for kind in TYPES]
