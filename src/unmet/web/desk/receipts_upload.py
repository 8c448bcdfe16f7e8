"""Receipts by a sheet, for a warehouse without a line: the workbook, filled in elsewhere, sent and posted or not."""

import io
import uuid

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from unmet.access import may
from unmet.access.may import Deed
from unmet.exchange import receipts_workbook
from unmet.parties.models import Party
from unmet.support import receipt_lookup
from unmet.support.receipt_lookup import NothingSent
from unmet.web.desk import upload_pages, uploads
from unmet.web.desk.doors import REFUSED_STATUS, desk_page, own_party
from unmet.web.desk.refusals import sentence
from unmet.web.models import Upload
from unmet.web.requests import PersonRequest


def _own(request: PersonRequest, code: str) -> Party:
    party = own_party(request, code)
    may.require(Deed.RECEIVE_SUPPORT, by=request.user, party=party)
    return party


@desk_page
@require_GET
def workbook(request: PersonRequest, member: str) -> HttpResponse:
    """Download it, with all that is on its way to the member, in the language of the page."""
    party, language = _own(request, member), get_language() or "en"
    out = io.BytesIO()
    receipts_workbook.write(out, member=party, language=language, by=request.user, at=request.at)
    response = HttpResponse(out.getvalue(), content_type=uploads.XLSX)
    name = receipts_workbook.file_name(member=party, language=language, day=request.at.date())
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response


@desk_page
@require_http_methods(["GET", "POST"])
def send(request: PersonRequest, member: str) -> HttpResponse:
    """Choose a file; it is kept and examined, nothing is posted."""
    party = _own(request, member)
    if request.method == "GET":
        return _send_page(request, party)
    try:
        round_ = receipt_lookup.counted_in(party)
    except NothingSent as refused:
        return _send_page(request, party, sentence(refused))
    upload = upload_pages.taken(request, kind=Upload.RECEIPTS, party=party, round_=round_)
    if isinstance(upload, str):
        return _send_page(request, party, upload)
    return redirect("receipts_upload", party.code, upload.uuid)


def _send_page(request: PersonRequest, party: Party, problem: str = "") -> HttpResponse:
    context = {"party": party, "problem": problem, "problems": [("file", problem)] if problem else []}
    return render(request, "web/desk/receipts_import.html", context, status=REFUSED_STATUS if problem else 200)


_PAGES = upload_pages.Pages(
    template="web/desk/receipts_preview.html",
    marked=lambda upload: reverse("receipts_marked", args=[upload.member.code, upload.uuid]),
    again=lambda request, upload, why: _send_page(request, upload.member, why),
)


@desk_page
@require_http_methods(["GET", "POST"])
def preview(request: PersonRequest, member: str, pk: uuid.UUID) -> HttpResponse:
    """What the table says, and what is to be done with it."""
    upload = uploads.own_upload(pk, kind=Upload.RECEIPTS, party=_own(request, member))
    return upload_pages.preview(request, upload, _PAGES)


@desk_page
@require_GET
def marked(request: PersonRequest, member: str, pk: uuid.UUID) -> HttpResponse:
    """The person's own workbook, with the cells to correct marked."""
    return upload_pages.marked(uploads.own_upload(pk, kind=Upload.RECEIPTS, party=_own(request, member)))
