"""What the giver does with its offer: make it, discard it, withdraw what is left, say how far technology has come."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unmet.support import offer_ending, offers
from unmet.support.models import OfferLine
from unmet.support.offer_rules import OfferRefused
from unmet.web import carried
from unmet.web.desk import offers as pages
from unmet.web.desk.doors import desk_page
from unmet.web.desk.offers_words import REFUSED, sentence
from unmet.web.desk.refusals import of_item
from unmet.web.requests import PersonRequest


@desk_page
@require_POST
def send(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Make an offer of a draft."""
    draft = pages.given(pk)
    version = carried.number(request.POST.get("version", ""), digits=carried.VERSION) or 0
    try:
        offers.offer(draft, version=version, by=request.user, at=request.at)
    except REFUSED as refused:
        draft.refresh_from_db()
        item = refused.item if isinstance(refused, OfferRefused) else None
        return pages.page(request, draft, refused=of_item(item, sentence(refused)))
    messages.success(request, _("Offered. Nothing counts as help until a member accepts it."))
    return redirect("offer", draft.uuid)


@desk_page
@require_POST
def discard(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Throw a draft away."""
    draft = pages.given(pk)
    try:
        offers.discard(draft, by=request.user, at=request.at)
        messages.success(request, _("The draft is discarded."))
    except OfferRefused as refused:
        messages.error(request, sentence(refused))
    return redirect("offers")


@desk_page
@require_POST
def withdraw(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back what nobody has accepted."""
    made, reason = pages.given(pk), request.POST.get("reason", "")
    try:
        offer_ending.withdraw(made, reason=reason, by=request.user, at=request.at)
    except OfferRefused as refused:
        back = redirect("offer", made.uuid)
        return pages.not_done(request, made, refused, deed="withdraw", words=reason, back=back)
    messages.success(request, _("Withdrawn. What was accepted stays accepted."))
    return redirect("offer", made.uuid)


@desk_page
@require_POST
def advance(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Say how far a transfer of technology has come."""
    line = OfferLine.objects.select_related("offer__giver").filter(uuid=pk).first()
    if line is None:
        raise Http404
    made = pages.given(line.offer.uuid)
    try:
        offers.advance(line, stage=request.POST.get("stage", ""), by=request.user, at=request.at)
        messages.success(request, _("Said. Those it was offered to read it."))
    except OfferRefused as refused:
        messages.error(request, sentence(refused))
    return redirect("offer", made.uuid)
