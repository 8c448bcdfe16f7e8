"""Files attached to a return: attach, fetch, take back."""

import uuid

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from unmet.needs import attachments
from unmet.needs.models import Return
from unmet.web import attaching
from unmet.web.desk import returns
from unmet.web.desk.doors import desk_page
from unmet.web.requests import PersonRequest


@desk_page
@require_POST
def attach(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Attach a file to a return that is not decided."""
    return_ = returns.own_return(request, pk)
    sent, kind = request.FILES.get("file"), request.POST.get("kind", "")
    if sent is None or kind not in returns.FORM_KINDS:
        return returns.page(request, return_.member, return_.round, no_file=_("Choose a file and say what it is."))
    try:
        attachments.attach(return_, sent.chunks(), name=sent.name or "", kind=kind, by=request.user, at=request.at)
    except attaching.REFUSED as refused:
        return returns.page(request, return_.member, return_.round, no_file=attaching.sentence(refused))
    messages.success(request, _("The file is attached. It is seen by your team only."))
    return redirect("return", return_.member.code, return_.round.code)


@require_GET
def fetch(request: PersonRequest, pk: uuid.UUID) -> FileResponse:
    """A file as a download, for those who may see what it belongs to."""
    attachment = attachments.seen(pk)
    if attachment is None:
        raise Http404
    return attaching.download(attachment)


@desk_page
@require_POST
def take_back(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a file back while the return is not decided."""
    attachment = attachments.seen(pk)
    own = Return.objects.filter(member__in=request.actor.own_parties).select_related("member", "round")
    return_ = own.filter(uuid=attachment.subject).first() if attachment else None
    if attachment is None or return_ is None:
        raise Http404
    try:
        attachments.take_back(attachment, by=request.user, at=request.at)
        messages.success(request, _("The file is taken back. Nobody can fetch it any more."))
    except attaching.REFUSED as refused:
        messages.error(request, attaching.sentence(refused))
    return redirect("return", return_.member.code, return_.round.code)
