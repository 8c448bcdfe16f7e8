"""The name of a giver in public: what it says for all it gives, or of one offer or line, and what is then read."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from unmet.access import may
from unmet.access.may import Deed
from unmet.catalogue.models import Item
from unmet.exchange import giver_name_refusals
from unmet.figures.given import received_of
from unmet.parties.models import Party
from unmet.support import giver_names, offer_queries, queries
from unmet.support.giver_names import NameRefused, Says
from unmet.support.models import Line, Offer
from unmet.web.desk.doors import desk_page, pages_of
from unmet.web.public.pages import PER_PAGE
from unmet.web.requests import PersonRequest


@dataclass(frozen=True, slots=True)
class Read:
    """What everyone may read as received by a member; `received` in thousandths of the item's base unit."""

    member: Party
    item: Item
    received: int
    named: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What the page of an offer or of a line says of the giver's name."""

    giver: Party
    says: str
    of_all: str
    address: str  # name of the address that takes the word
    subject: uuid.UUID
    reads: Sequence[Read]

    @property
    def named(self) -> bool:
        """Whether everyone reads the name beside what was received of this."""
        return (self.of_all if self.says == Says.AS_ALL else self.says) == Says.NAMED


def _reads(lines: QuerySet[Line]) -> list[Read]:
    """By member, A to Z, and item."""
    found = received_of(lines)
    parties = list(Party.objects.filter(pk__in={one.member for one in found}).in_reading_order())
    ranks = {party.pk: rank for rank, party in enumerate(parties)}
    items = Item.objects.select_related("base_unit").in_bulk({one.item for one in found})
    reads = [Read(parties[ranks[one.member]], items[one.item], one.received, one.named) for one in found]
    return sorted(reads, key=lambda one: (ranks[one.member.pk], one.item.name, one.named))


# ── for all that a party gives ───────────────────────────────────────────────
@desk_page
@require_GET
def index(request: PersonRequest) -> HttpResponse:
    """The first of the parties in whose name the person gives."""
    parties = giver_names.speaking()
    if not parties:
        raise Http404
    return redirect("giver_name", parties[0].code)


def _giver(code: str) -> tuple[Party, list[Party]]:
    parties = giver_names.speaking()
    party = next((party for party in parties if party.code == code), None)
    if party is None:
        raise Http404
    return party, parties


@desk_page
@require_GET
def one(request: PersonRequest, giver: str) -> HttpResponse:
    """What a party says of its name, and what everyone may read of what members received of it."""
    party, parties = _giver(giver)
    reads = _reads(Line.objects.filter(giver=party))
    pages = pages_of(request, len(reads))
    context: dict[str, Any] = {
        "giver": party,
        "parties": parties,
        "named": giver_names.of_all(party) == Says.NAMED,
        "may_say": may.may(request.actor, Deed.NAME_GIVER, party),
        "exceptions": giver_names.exceptions(party),
        "reads": reads[(pages.number - 1) * PER_PAGE : pages.number * PER_PAGE],
        "pages": pages,
    }
    return render(request, "web/desk/giver_name.html", context)


@desk_page
@require_POST
def say(request: PersonRequest, giver: str) -> HttpResponse:
    """Name it to everyone, or no longer."""
    party, _parties = _giver(giver)
    says = _said(request, Says.NAMED, Says.NOT_NAMED)
    _press(request, lambda: giver_names.say(party, says, by=request.user, at=request.at), says)
    return redirect("giver_name", party.code)


# ── of one offer, of one line ────────────────────────────────────────────────
def of_offer(request: PersonRequest, offer: Offer) -> Part | None:
    """For the page of an offer: only the people who may say it read it there."""
    if offer.state == Offer.State.DRAFT or not may.may(request.actor, Deed.NAME_GIVER, offer.giver):
        return None
    lines = Line.objects.filter(offered__offer_line__offer=offer)
    says = giver_names.of_offer(offer)
    return Part(offer.giver, says, giver_names.of_all(offer.giver), "offer_name", offer.uuid, _reads(lines))


def of_line(request: PersonRequest, line: Line) -> Part | None:
    """For the page of a line that came of no offer."""
    if not may.may(request.actor, Deed.NAME_GIVER, line.giver):
        return None
    lines = Line.objects.filter(pk=line.pk)
    says = giver_names.of_line(line)
    return Part(line.giver, says, giver_names.of_all(line.giver), "support_name", line.uuid, _reads(lines))


@desk_page
@require_POST
def offer(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Say it of one offer of one's own parties."""
    found = offer_queries.given().filter(uuid=pk).first()
    if found is None:
        raise Http404
    says = _said(request, *Says)
    _press(request, lambda: giver_names.say_of_offer(found, says, by=request.user, at=request.at), says)
    return redirect("offer", pk)


@desk_page
@require_POST
def line(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Say it of one line that one's own parties give."""
    found = queries.given().filter(uuid=pk).select_related("giver").first()
    if found is None:
        raise Http404
    says = _said(request, *Says)
    _press(request, lambda: giver_names.say_of_line(found, says, by=request.user, at=request.at), says)
    return redirect("support_line", pk)


def _said(request: PersonRequest, *words: str) -> str:
    """The word of the button that was pressed."""
    says = request.POST.get("says", "")
    if says not in words:
        raise Http404
    return says


def _press(request: PersonRequest, act: Callable[[], None], says: str) -> None:
    """Done, or why not."""
    done = {
        Says.NAMED: _("Named to everyone, beside what members have received."),
        Says.NOT_NAMED: _("Named no longer. Whoever has read or kept it has it still."),
        Says.AS_ALL: _("It follows again what you say for all that you give."),
    }
    try:
        act()
    except NameRefused as why:
        messages.error(request, giver_name_refusals.sentence(why))
    else:
        messages.success(request, done[Says(says)])
