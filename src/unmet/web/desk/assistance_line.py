"""One line of a request of one's own member is withdrawn."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unmet.exchange.request_refusals import sentence
from unmet.support import request_lines
from unmet.support.models import RequestLine
from unmet.support.requests import RequestRefused
from unmet.web.desk import assistance
from unmet.web.desk.doors import desk_page
from unmet.web.requests import PersonRequest


@desk_page
@require_POST
def withdraw(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Take one line back; a refused reason is shown where it was typed."""
    found = RequestLine.objects.filter(uuid=pk, request__member__in=request.actor.own_parties)
    line = found.select_related("request__member", "need__item").first()
    if line is None:
        raise Http404
    reason = request.POST.get("reason", "")
    try:
        whole = request_lines.withdraw(line, reason=reason, by=request.user, at=request.at)
    except RequestRefused as refused:
        if refused.reason in ("why", "too_long"):
            return assistance.page(request, line.request, why=(f"line-{line.uuid}", reason, sentence(refused)))
        messages.error(request, sentence(refused))
        return redirect("assistance_one", line.request.uuid)
    messages.success(
        request,
        _("Withdrawn. It was the last line, so the request is withdrawn too.") if whole
        else _("The line is withdrawn. The others still ask."),
    )  # fmt: skip
    return redirect("assistance_one", line.request.uuid)
