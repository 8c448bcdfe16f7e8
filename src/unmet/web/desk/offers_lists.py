"""Offers: what one's parties offer, and what is offered to one's members."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from unmet.access import may
from unmet.access.may import Deed
from unmet.parties import sets
from unmet.parties.models import Party
from unmet.support import offer_queries as queries
from unmet.support import signs
from unmet.support.models import Offer, OfferLine
from unmet.support.request_queries import Sign
from unmet.web import set_words
from unmet.web.desk import open_signs
from unmet.web.desk.doors import desk_page, pages_of
from unmet.web.desk.offers_words import Standing, standing
from unmet.web.public.pages import FORMS
from unmet.web.requests import PersonRequest

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """One offer of a list, where it stands, and its first lines."""

    offer: Offer
    standing: Standing
    lines: Sequence[OfferLine]
    more: int
    signs: Sequence[Sign] = ()


@desk_page
@require_GET
def lists(request: PersonRequest) -> HttpResponse:
    """What one's parties offer, drafts too, and what is offered to one's members; the newest first, by pages."""
    given, received = queries.given(), queries.received()
    chosen = received if of_us(request) else given
    pages = pages_of(request, chosen.count(), size=PER_PAGE)
    start = (pages.number - 1) * PER_PAGE
    rows, watch = _listed(request, list(chosen[start : start + PER_PAGE]))
    context = {
        "received": of_us(request),
        "files": [
            (form.upper(), reverse("offers_file", args=[form]) + "?list=received" * of_us(request)) for form in FORMS
        ],
        "reads": _reads(request),
        "gives": _gives(request),
        "rows": rows,
        "watch": watch,
        "sets": set_words.names(sets.known()),
        "pages": pages,
        "counts": (given.count(), received.count()),
    }
    return render(request, "web/desk/offers.html", context)


def of_us(request: PersonRequest) -> bool:
    """Whether the list is of what is offered to one's members; else of what one's own parties offer."""
    return _reads(request) and (request.GET.get("list") == "received" or not _gives(request))


def _reads(request: PersonRequest) -> bool:
    return bool(request.actor.own_parties) or request.actor.is_coordination


def _gives(request: PersonRequest) -> bool:
    return bool(giving(request))


def giving(request: PersonRequest) -> list[Party]:
    """The parties in whose name the person may offer, A to Z."""
    mine = Party.objects.filter(pk__in=request.actor.all_parties).in_reading_order()
    return [party for party in mine if may.may(request.actor, Deed.STATE_SUPPORT, party)]


def _listed(request: PersonRequest, shown: Sequence[Offer]) -> tuple[list[Listed], open_signs.Watched | None]:
    """The offers of a list, and what lets the list be watched."""
    accepted = queries.accepted_of(shown)
    lines: dict[int, list[OfferLine]] = {one.pk: [] for one in shown}
    for line in OfferLine.objects.filter(offer__in=shown).select_related("item__base_unit", "need").order_by("pk"):
        lines[line.offer_id].append(line)
    needs = {line.need.uuid for found in lines.values() for line in found if line.need}
    said = signs.by_need(needs)
    rows = [
        Listed(
            one, standing(one, accepted[one.pk], at=request.at), lines[one.pk][:3], max(len(lines[one.pk]) - 3, 0),
            [sign for line in lines[one.pk] if line.need for sign in said.get(line.need.uuid, [])][:1],
        )
        for one in shown
    ]  # fmt: skip
    return rows, open_signs.watch(request, "needs", needs, chain.from_iterable(said.values()))
