"""Send a support sheet: see what it says, answer what it asks, then book it or not."""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from unmet.access import may
from unmet.access.may import Deed, NotAllowed
from unmet.parties.models import Party
from unmet.web.desk import upload_pages, uploads
from unmet.web.desk.doors import REFUSED_STATUS, desk_page
from unmet.web.desk.support_new import chosen_round, support_rounds
from unmet.web.models import Upload
from unmet.web.requests import PersonRequest


def _party(request: PersonRequest) -> Party:
    """The party for which the person sends the sheet: it owns the file and its headers."""
    for party in Party.objects.filter(pk__in=request.actor.all_parties).order_by("pk"):
        if may.may(request.actor, Deed.STATE_SUPPORT, party):
            return party
    raise NotAllowed(Deed.STATE_SUPPORT)


@desk_page
@require_http_methods(["GET", "POST"])
def send(request: PersonRequest) -> HttpResponse:
    """Choose a file and the round it is about; nothing is booked."""
    party, rounds = _party(request), support_rounds(request)
    round_ = chosen_round(request.POST or request.GET, rounds)
    if request.method == "GET":
        return _send_page(request, rounds, round_, "")
    if round_ is None:
        raise Http404
    upload = upload_pages.taken(request, kind=Upload.Kind.SUPPORT, party=party, round_=round_)
    if isinstance(upload, str):
        return _send_page(request, rounds, round_, upload)
    return redirect("support_upload", upload.uuid)


def _send_page(request: PersonRequest, rounds: object, round_: object, problem: str) -> HttpResponse:
    context = {
        "rounds": rounds,
        "round": round_,
        "problem": problem,
        "problems": [("file", problem)] if problem else [],
    }
    return render(request, "web/desk/support_import.html", context, status=REFUSED_STATUS if problem else 200)


_PAGES = upload_pages.Pages(
    template="web/desk/support_preview.html",
    marked=lambda upload: reverse("support_marked", args=[upload.uuid]),
    again=lambda request, upload, why: _send_page(request, support_rounds(request), upload.round, why),
)


def _own(request: PersonRequest, pk: uuid.UUID) -> Upload:
    return uploads.own_upload(pk, kind=Upload.Kind.SUPPORT, parties=request.actor.all_parties)


@desk_page
@require_http_methods(["GET", "POST"])
def preview(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """What the sheet says, and what is to be done with it."""
    upload = _own(request, pk)
    may.require(Deed.STATE_SUPPORT, by=request.user, party=upload.member)
    return upload_pages.preview(request, upload, _PAGES)


@desk_page
@require_GET
def marked(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The person's own workbook, with the cells to correct marked."""
    return upload_pages.marked(_own(request, pk))
