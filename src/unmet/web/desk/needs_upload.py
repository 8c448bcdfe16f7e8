"""Import a table of needs: send it, see what it says, answer what it asks, then write it or not."""

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from unmet.access import may
from unmet.access.may import Deed
from unmet.catalogue.models import Round
from unmet.parties.models import Party
from unmet.web.desk import upload_pages, uploads
from unmet.web.desk.doors import REFUSED_STATUS, asked_round, desk_page, own_party
from unmet.web.models import Upload
from unmet.web.requests import PersonRequest


@desk_page
@require_http_methods(["GET", "POST"])
def send(request: PersonRequest, member: str, code: str) -> HttpResponse:
    """Choose a file; it is kept and examined, nothing is written."""
    party, round_ = own_party(request, member), asked_round(code)
    may.require(Deed.ENTER_NEEDS, by=request.user, party=party)
    if request.method == "GET":
        return _send_page(request, party, round_)
    upload = upload_pages.taken(request, kind=Upload.Kind.NEEDS, party=party, round_=round_)
    if isinstance(upload, str):
        return _send_page(request, party, round_, problem=upload)
    return redirect("needs_upload", party.code, round_.code, upload.uuid)


def _send_page(request: PersonRequest, party: Party, round_: Round, *, problem: str = "") -> HttpResponse:
    context = {"party": party, "round": round_, "problem": problem, "problems": [("file", problem)] if problem else []}
    return render(request, "web/desk/import.html", context, status=REFUSED_STATUS if problem else 200)


_PAGES = upload_pages.Pages(
    template="web/desk/import_preview.html",
    marked=lambda upload: reverse("needs_marked", args=[upload.member.code, upload.round.code, upload.uuid]),
    again=lambda request, upload, why: _send_page(request, upload.member, upload.round, problem=why),
)


@desk_page
@require_http_methods(["GET", "POST"])
def preview(request: PersonRequest, member: str, code: str, pk: uuid.UUID) -> HttpResponse:
    """What the table says, and what is to be done with it."""
    party, _round = own_party(request, member), asked_round(code)
    may.require(Deed.ENTER_NEEDS, by=request.user, party=party)
    return upload_pages.preview(request, uploads.own_upload(pk, kind=Upload.Kind.NEEDS, party=party), _PAGES)


@desk_page
@require_GET
def marked(request: PersonRequest, member: str, code: str, pk: uuid.UUID) -> HttpResponse:
    """The person's own workbook, with the cells to correct marked."""
    party, _round = own_party(request, member), asked_round(code)
    return upload_pages.marked(uploads.own_upload(pk, kind=Upload.Kind.NEEDS, party=party))
