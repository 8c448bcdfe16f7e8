"""What was accepted of an offer of money, stated as pledged with one button."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unmet.support import flow_offers, offer_queries
from unmet.support.flow_rules import FlowRefused
from unmet.web import carried
from unmet.web.desk import money_words
from unmet.web.desk.doors import desk_page
from unmet.web.requests import PersonRequest


@desk_page
@require_POST
def state(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """State it, and go on to the page of the money."""
    offer = offer_queries.given().filter(uuid=pk).first()
    if offer is None:
        raise Http404
    sent = carried.number(request.POST.get("acceptance", ""), digits=carried.ROW) or 0
    acceptance = offer_queries.acceptances(offer).filter(pk=sent).first()
    if acceptance is None:
        raise Http404
    try:
        made, is_new = flow_offers.state(acceptance, by=request.user, at=request.at)
    except FlowRefused as refused:
        messages.error(request, money_words.sentence(refused))
        return redirect("offer", pk)
    if is_new:
        messages.success(request, _("Stated as pledged. Commit it here when an agreement binds you."))
    else:
        messages.info(request, _("Nothing changed: this was stated already."))
    return redirect("money_one", made.uuid)
