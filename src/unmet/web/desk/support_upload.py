"""Send a support sheet: see what it says, answer what it asks, then book it or not."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from unmet.access import may
from unmet.access.may import Deed, NotAllowed
from unmet.exchange.table import FileRefused
from unmet.files import services as files
from unmet.parties.models import Party
from unmet.web.desk import checked, large, sheets, uploads
from unmet.web.desk.doors import REFUSED_STATUS, desk_page
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.desk.support_new import chosen_round, support_rounds
from unmet.web.models import Upload
from unmet.web.requests import PersonRequest

SHEET = sheets.SHEETS[Upload.Kind.SUPPORT]


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
    problem = ""
    if request.method == "POST":
        try:
            if round_ is None:
                raise Http404
            upload = uploads.keep(request, kind=Upload.Kind.SUPPORT, party=party, round_=round_)
            if large.is_large(upload):
                large.check(upload, request)
            return redirect("support_upload", upload.uuid)
        except uploads.NoFile:
            problem = _("Choose a file first.")
        except files.TooLarge as refused:
            problem = sentence(refused)
    return _send_page(request, rounds, round_, problem)


def _send_page(request: PersonRequest, rounds: object, round_: object, problem: str) -> HttpResponse:
    context = {
        "rounds": rounds,
        "round": round_,
        "problem": problem,
        "problems": [("file", problem)] if problem else [],
    }
    return render(request, "web/desk/support_import.html", context, status=REFUSED_STATUS if problem else 200)


def _own(request: PersonRequest, pk: uuid.UUID) -> Upload:
    return uploads.own_upload(pk, kind=Upload.Kind.SUPPORT, parties=request.actor.all_parties)


@desk_page
@require_http_methods(["GET", "POST"])
def preview(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """What the sheet says. POST with `do`: answer, columns, all, good, nothing."""
    upload = _own(request, pk)
    may.require(Deed.STATE_SUPPORT, by=request.user, party=upload.member)
    if request.method == "GET":
        shows = large.progress_page if large.shows_progress(upload, request) else _preview_page
        return shows(request, upload)
    if large.is_large(upload):
        return large.sent(upload, request)
    do = request.POST.get("do")
    if do == "nothing":
        messages.success(request, _("Nothing was imported. Your file is as it was."))
        return redirect("support")
    uploads.answered(upload, request.POST.dict())
    if do in {"all", "good"}:
        return _write(request, upload, good_rows=do == "good")
    if do == "columns":
        _remember_columns(request, upload)
    return redirect("support_upload", upload.uuid)


def _remember_columns(request: PersonRequest, upload: Upload) -> None:
    try:
        examined = SHEET.examine(upload, None)
    except FileRefused:
        return
    if not sheets.remember_columns(upload, examined, by=request.user, at=request.at):
        messages.error(request, _("A column that is needed was not named. Please choose it."))


def _write(request: PersonRequest, upload: Upload, *, good_rows: bool) -> HttpResponse:
    try:
        report = SHEET.write(upload, SHEET.examine(upload, None), request.user, request.at, good_rows)
    except REFUSED as refused:
        return _preview_page(request, upload, problem=sentence(refused))
    if not report.written:
        return redirect("support_upload", upload.uuid)
    uploads.written(upload, request)
    messages.success(request, uploads.told(report))
    return redirect("support")


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
        return _send_page(request, support_rounds(request), upload.round, shown.refused)
    if shown.mapping is not None:
        context["mapping"] = shown.mapping
        return render(request, "web/desk/import_columns.html", context)
    context |= {
        "preview": shown.preview,
        "good_rows": shown.good_rows,
        "sample": shown.sampled,
        "marked_address": reverse("support_marked", args=[upload.uuid]),
    }
    return render(request, "web/desk/support_preview.html", context, status=REFUSED_STATUS if problem else 200)


@desk_page
@require_GET
def marked(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The person's own workbook, with the cells to correct marked."""
    upload = _own(request, pk)
    try:
        return uploads.marked_workbook(upload, lambda: SHEET.examine(upload, None))
    except FileRefused:
        return redirect("support_upload", upload.uuid)
