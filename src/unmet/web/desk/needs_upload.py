"""Import a table of needs: send it, see what it says, answer what it asks, then write it or not."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from unmet.access import may
from unmet.access.may import Deed
from unmet.catalogue.models import Round
from unmet.exchange.table import FileRefused
from unmet.files import services as files
from unmet.parties.models import Party
from unmet.web.desk import checked, large, sheets, uploads
from unmet.web.desk.doors import REFUSED_STATUS, asked_round, desk_page, own_party
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.models import Upload
from unmet.web.requests import PersonRequest

SHEET = sheets.SHEETS[Upload.Kind.NEEDS]


@desk_page
@require_http_methods(["GET", "POST"])
def send(request: PersonRequest, member: str, code: str) -> HttpResponse:
    """Choose a file; it is kept and examined, nothing is written."""
    party, round_ = own_party(request, member), asked_round(code)
    may.require(Deed.ENTER_NEEDS, by=request.user, party=party)
    if request.method == "GET":
        return _send_page(request, party, round_)
    try:
        upload = uploads.keep(request, kind=Upload.Kind.NEEDS, party=party, round_=round_)
    except uploads.NoFile:
        return _send_page(request, party, round_, problem=_("Choose a file first."))
    except files.TooLarge as refused:
        return _send_page(request, party, round_, problem=sentence(refused))
    if large.is_large(upload):
        large.check(upload, request)
    return redirect("needs_upload", party.code, round_.code, upload.uuid)


def _send_page(request: PersonRequest, party: Party, round_: Round, *, problem: str = "") -> HttpResponse:
    context = {"party": party, "round": round_, "problem": problem, "problems": [("file", problem)] if problem else []}
    return render(request, "web/desk/import.html", context, status=REFUSED_STATUS if problem else 200)


@desk_page
@require_http_methods(["GET", "POST"])
def preview(request: PersonRequest, member: str, code: str, pk: uuid.UUID) -> HttpResponse:
    """What the table says. POST with `do`: answer, columns, all, good (write the good rows), nothing."""
    party, round_ = own_party(request, member), asked_round(code)
    may.require(Deed.ENTER_NEEDS, by=request.user, party=party)
    upload = uploads.own_upload(pk, kind=Upload.Kind.NEEDS, party=party)
    if request.method == "GET":
        shows = large.progress_page if large.shows_progress(upload, request) else _preview_page
        return shows(request, upload)
    if large.is_large(upload):
        return large.sent(upload, request)
    do = request.POST.get("do")
    if do == "nothing":
        messages.success(request, _("Nothing was imported. Your file is as it was."))
        return redirect("return", party.code, round_.code)
    uploads.answered(upload, request.POST.dict())
    if do in {"all", "good"}:
        return _write(request, upload, good_rows=do == "good")
    if do == "columns":
        _remember_columns(request, upload)
    return redirect("needs_upload", party.code, round_.code, upload.uuid)


def _remember_columns(request: PersonRequest, upload: Upload) -> None:
    """Keep which column is which for the member's next table with the same headers."""
    try:
        examined = SHEET.examine(upload, None)
    except FileRefused:
        return
    if not sheets.remember_columns(upload, examined, by=request.user, at=request.at):
        # The choice left a column out: ask again.
        messages.error(request, _("A column that is needed was not named. Please choose it."))


def _write(request: PersonRequest, upload: Upload, *, good_rows: bool) -> HttpResponse:
    try:
        report = SHEET.write(upload, SHEET.examine(upload, None), request.user, request.at, good_rows)
    except REFUSED as refused:
        return _preview_page(request, upload, problem=sentence(refused))
    if not report.written:
        return redirect("needs_upload", upload.member.code, upload.round.code, upload.uuid)
    uploads.written(upload, request)
    messages.success(request, uploads.told(report))
    return redirect("return", upload.member.code, upload.round.code)


def _preview_page(request: PersonRequest, upload: Upload, *, problem: str = "") -> HttpResponse:
    shown = checked.now(upload, lambda: SHEET.examine(upload, None), SHEET.sample)
    large.seen(upload, request)
    problem = problem or shown.problem
    context: dict[str, object] = {
        "party": upload.member,
        "round": upload.round,
        "upload": upload,
        "problems": [("", problem)] if problem else [],
    }
    if shown.refused:
        context |= {"refused": shown.refused, "problems": [("file", shown.refused)], "problem": shown.refused}
        return render(request, "web/desk/import.html", context, status=REFUSED_STATUS)
    if shown.mapping is not None:
        context["mapping"] = shown.mapping
        return render(request, "web/desk/import_columns.html", context)
    context |= {
        "preview": shown.preview,
        "good_rows": shown.good_rows,
        "sample": shown.sampled,
        "marked_address": reverse("needs_marked", args=[upload.member.code, upload.round.code, upload.uuid]),
    }
    return render(request, "web/desk/import_preview.html", context, status=REFUSED_STATUS if problem else 200)


@desk_page
@require_GET
def marked(request: PersonRequest, member: str, code: str, pk: uuid.UUID) -> HttpResponse:
    """The person's own workbook, with the cells to correct marked."""
    party, round_ = own_party(request, member), asked_round(code)
    upload = uploads.own_upload(pk, kind=Upload.Kind.NEEDS, party=party)
    try:
        return uploads.marked_workbook(upload, lambda: SHEET.examine(upload, None))
    except FileRefused:
        return redirect("needs_upload", party.code, round_.code, upload.uuid)
