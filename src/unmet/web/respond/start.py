"""Where a responder begins: the largest gaps that its party may see, and what became of what it gave."""

from dataclasses import dataclass
from typing import Literal

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from unmet.access import may
from unmet.access.may import Deed
from unmet.catalogue.models import Item
from unmet.notices.following import Subject
from unmet.parties import severities
from unmet.parties.models import Party, Severity
from unmet.support import profile_queries, queries, request_queries, signs
from unmet.support.queries import Gap, MemberGap, Wanted
from unmet.web import set_words
from unmet.web.desk import follow, large
from unmet.web.desk.doors import desk_page
from unmet.web.requests import PersonRequest
from unmet.web.respond import filters

SHOWN = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One item of the list."""

    item: Item
    gap: Gap


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member that needs the item.

    `ready` says that it is ready to ship, of those of which the person may know it; `severity` is what an index of
    others states.
    """

    member: Party
    gap: MemberGap
    ready: bool
    severity: Severity | None


@desk_page
@require_GET
def start(request: PersonRequest) -> HttpResponse:
    """Gaps by item; with `?item=CODE` the members that need it, A to Z."""
    if not any(may.may(request.actor, Deed.STATE_SUPPORT, party) for party in request.actor.all_parties):
        raise Http404
    code = request.GET.get("item", "")
    chosen = get_object_or_404(Item.objects.select_related("base_unit"), code=code) if code else None
    asked = filters.read(request)
    measure: Literal["not_covered", "not_in_country"] = "not_covered"
    if asked.measure == "not_in_country":
        measure = "not_in_country"
    wanted = Wanted(asked.condition, measure, asked.day, profile_queries.ready_pairs if asked.ready else None)
    gaps = queries.gaps_by_item(but_of=request.actor.all_parties, wanted=wanted)
    items = Item.objects.select_related("base_unit", "sector").in_bulk([gap.item for gap in gaps[:SHOWN]])
    given = list(queries.for_reading(queries.given(), today=request.at.date())[:5])
    members = _members(request, chosen, wanted) if chosen else []
    context = {
        "rows": [Row(items[gap.item], gap) for gap in gaps[:SHOWN]],
        "count": len(gaps),
        "chosen": chosen,
        "follow": follow.button(request, Subject.item(chosen.code)) if chosen else None,
        "members": members,
        "sources": sorted({row.severity.source for row in members if row.severity is not None}),
        "given": given,
        "signs": signs.by_need({line.account.subject for line in given}),
        "tables": large.listed(request),
        "gaps_asked": asked,
        "asked_set": set_words.of(asked.region),
        **filters.choices(),
        "asked": request_queries.waiting().count(),
        "audience_words": _("Seen by your organisation"),
    }
    return render(request, "web/respond/start.html", context)


def _members(request: PersonRequest, item: Item, wanted: Wanted) -> list[MemberRow]:
    found = queries.gaps_of(item, but_of=request.actor.all_parties, wanted=wanted)
    gaps = {gap.member: gap for gap in found}
    ready = profile_queries.ready_pairs((item.pk, member) for member in gaps)
    severe = severities.newest(on=request.at.date())
    return [
        MemberRow(party, gaps[party.pk], (item.pk, party.pk) in ready, severe.get(party.pk))
        for party in Party.objects.filter(pk__in=gaps).in_reading_order()
    ]
