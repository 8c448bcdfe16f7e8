"""What those asked do with a request: acknowledge its lines, and answer one."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from unmet.exchange.request_refusals import sentence
from unmet.parties.models import Party
from unmet.support import answers
from unmet.support import request_queries as queries
from unmet.support.answers import Said
from unmet.support.models import AssistanceRequest, RequestLine
from unmet.support.requests import RequestRefused
from unmet.web.desk import assistance, quantities
from unmet.web.desk.doors import desk_page
from unmet.web.requests import PersonRequest


def _answering(asked: AssistanceRequest, code: str) -> Party:
    """The party in whose name the person answers: the one named, else the only one."""
    mine = {party.code: party for party in queries.answering(asked)}
    party = mine.get(code) or next(iter(mine.values()), None)
    if party is None:
        raise Http404
    return party


@desk_page
@require_POST
def acknowledge(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Say "seen" to every line that is not answered."""
    asked = assistance.found(pk)
    party = _answering(asked, request.POST.get("party", ""))
    try:
        count = answers.acknowledge(asked, party=party, by=request.user, at=request.at)
    except RequestRefused as refused:
        messages.error(request, sentence(refused))
        return redirect("assistance_one", asked.uuid)
    words = ngettext("%(count)s line acknowledged.", "%(count)s lines acknowledged.", count)
    messages.success(request, words % {"count": count})
    return redirect("assistance_one", asked.uuid)


@desk_page
@require_POST
def answer(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Answer one line."""
    line = RequestLine.objects.select_related("need__item__base_unit").filter(uuid=pk).first()
    if line is None:
        raise Http404
    asked = assistance.found(AssistanceRequest.objects.get(pk=line.request_id).uuid)
    if not queries.lines(asked).filter(pk=line.pk).exists():
        raise Http404
    sent = {name: request.POST.get(name, "").strip() for name in ("kind", "quantity", "referred_to", "reason")}
    party = _answering(asked, request.POST.get("party", ""))
    why, said = _said(line, sent)
    if said is not None:
        try:
            answers.answer(line, said, party=party, by=request.user, at=request.at)
        except RequestRefused as refused:
            why = sentence(refused)
    if why:
        asked.refresh_from_db()
        return assistance.page(request, asked, typed=assistance.Typed(line=line.uuid, why=why, **sent))
    messages.success(request, _("Answered. The member reads it; nothing moved in the books."))
    return redirect("assistance_one", asked.uuid)


def _said(line: RequestLine, sent: dict[str, str]) -> tuple[str, Said | None]:
    """What was typed as an answer, or why it cannot be read."""
    quantity: int | None = None
    if sent["quantity"]:
        read = quantities.read(sent["quantity"], line.need.item)
        if isinstance(read, str):
            return read, None
        quantity = read
    other = Party.objects.filter(code=sent["referred_to"]).first() if sent["referred_to"] else None
    return "", Said(sent["kind"], quantity, other, sent["reason"])
