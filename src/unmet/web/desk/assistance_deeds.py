"""What the member's people do with their request: send, stop, lift, withdraw, close, discard, ask others too."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from unmet.access import may
from unmet.access.may import Deed
from unmet.access.services import ReleaseRefused
from unmet.exchange.request_refusals import sentence
from unmet.parties.models import Party
from unmet.support import referring, requests
from unmet.support import request_queries as queries
from unmet.support.models import AssistanceRequest, RequestLine
from unmet.support.requests import RequestRefused
from unmet.web import carried
from unmet.web.desk import assistance, refusals
from unmet.web.desk.doors import desk_page
from unmet.web.requests import PersonRequest


def _own(request: PersonRequest, pk: uuid.UUID) -> AssistanceRequest:
    found = queries.own().filter(uuid=pk).first()
    if found is None:
        raise Http404
    return found


@desk_page
@require_POST
def send(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a draft to those it names."""
    asked, form = _own(request, pk), assistance.SendForm(request.POST)
    may.require(Deed.SEND_REQUEST, by=request.user, party=asked.member)
    if not form.is_valid():
        return assistance.page(request, asked, form=form)
    version = carried.number(request.POST.get("version", ""), digits=carried.VERSION) or 0
    try:
        granted = requests.send(
            asked, version=version, until_on=form.cleaned_data["until"], by=request.user, at=request.at
        )
    except RequestRefused as refused:
        asked.refresh_from_db()
        item = refused.need.item if refused.need else None
        return assistance.page(request, asked, form=form, refused=refusals.of_item(item, sentence(refused)))
    except ReleaseRefused as refused:
        form.add_error("until", refusals.sentence(refused))
        return assistance.page(request, asked, form=form)
    words = ngettext(
        "Sent. %(count)s permission to see its lines was given.",
        "Sent. %(count)s permissions to see its lines were given.",
        len(granted),
    )
    messages.success(
        request, words % {"count": len(granted)} if granted else _("Sent. Those asked saw its lines already.")
    )
    return redirect("assistance_one", asked.uuid)


def _deed(
    request: PersonRequest, pk: uuid.UUID, name: str, act: Callable[[AssistanceRequest, str], Any], done: str
) -> HttpResponse:
    """Do something to one's own request; a refused reason is shown where it was typed."""
    asked, reason = _own(request, pk), request.POST.get("reason", "")
    try:
        act(asked, reason)
    except RequestRefused as refused:
        asked.refresh_from_db()
        if refused.reason in ("why", "too_long"):
            return assistance.page(request, asked, why=(name, reason, sentence(refused)))
        messages.error(request, sentence(refused))
        return redirect("assistance_one", asked.uuid)
    messages.success(request, done)
    return redirect("assistance_one", asked.uuid)


@desk_page
@require_POST
def stop(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop sending."""
    by, at = request.user, request.at
    return _deed(
        request, pk, "stop", lambda asked, reason: requests.stop(asked, reason=reason, by=by, at=at),
        _("Stopped. Whoever could ship for this request reads it from now on."),
    )  # fmt: skip


@desk_page
@require_POST
def lift(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Lift *stop sending*."""
    by, at = request.user, request.at
    done = _("Sending may go on: the request asks again as before.")
    return _deed(request, pk, "lift", lambda asked, _reason: requests.lift(asked, by=by, at=at), done)


@desk_page
@require_POST
def withdraw(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a request back."""
    by, at = request.user, request.at
    return _deed(
        request, pk, "withdraw", lambda asked, reason: requests.withdraw(asked, reason=reason, by=by, at=at),
        _("Withdrawn. What was released for it stays released until you withdraw that too, under “Who may see”."),
    )  # fmt: skip


@desk_page
@require_POST
def close(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Close a request."""
    by, at = request.user, request.at
    done = _("Closed. Nobody is asked any more; the answers stay.")
    return _deed(request, pk, "close", lambda asked, _reason: requests.close(asked, by=by, at=at), done)


@desk_page
@require_POST
def discard(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Throw a draft away."""
    asked = _own(request, pk)
    try:
        requests.discard(asked, by=request.user, at=request.at)
    except RequestRefused as refused:
        messages.error(request, sentence(refused))
        return redirect("assistance")
    messages.success(request, _("The draft is discarded."))
    return redirect("assistance")


@desk_page
@require_POST
def ask_too(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """A draft that asks the party to which an answer refers a line on."""
    line = RequestLine.objects.select_related("request", "need").filter(uuid=pk).first()
    asked = queries.own().filter(pk=line.request_id).first() if line else None
    if line is None or asked is None:
        raise Http404
    other = Party.objects.filter(code=request.POST.get("party", "")).first()
    try:
        if other is None:
            raise RequestRefused("referred_to", line.need)
        draft = referring.ask_too(line, other, by=request.user, at=request.at)
    except RequestRefused as refused:
        messages.error(request, sentence(refused))
        return redirect("assistance_one", asked.uuid)
    messages.success(request, _("Nothing is asked yet. Read the draft, and send it."))
    return redirect("assistance_one", draft.uuid)
