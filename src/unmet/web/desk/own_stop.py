"""Stop sending for one need of one's own member, whether or not a request asks for it; and let sending go on."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unmet.exchange.request_refusals import sentence
from unmet.support import signs
from unmet.support.requests import RequestRefused
from unmet.web.desk import own_standing
from unmet.web.desk.doors import desk_page
from unmet.web.requests import PersonRequest


@desk_page
@require_POST
def stop(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop sending; a refused reason is shown where it was typed."""
    need = own_standing.own_need(request, pk)
    try:
        signs.stop(need, reason=request.POST.get("reason", ""), by=request.user, at=request.at)
    except RequestRefused as refused:
        return own_standing.page(request, need, why=sentence(refused), do="stop")
    messages.success(request, _("Stopped. Whoever could ship for this need reads it from now on."))
    return redirect("need_standing", need.uuid)


@desk_page
@require_POST
def lift(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Let sending go on."""
    need = own_standing.own_need(request, pk)
    try:
        signs.lift(need, by=request.user, at=request.at)
        messages.success(request, _("Sending for this need may go on."))
    except RequestRefused as refused:
        messages.error(request, sentence(refused))
    return redirect("need_standing", need.uuid)
