"""The pages of a table that somebody sent: what it says, what is asked, written or not. For every kind of table."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from unmet.catalogue.models import Round
from unmet.exchange.table import FileRefused
from unmet.files import services as files
from unmet.parties.models import Party
from unmet.web.desk import checked, large, sheets, uploads
from unmet.web.desk.doors import REFUSED_STATUS
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.models import Upload
from unmet.web.requests import PersonRequest


@dataclass(frozen=True, slots=True)
class Pages:
    """What the pages of one kind of table have of their own.

    `marked` is the address of the marked workbook, `again` the page that asks for another file and says why.
    """

    template: str
    marked: Callable[[Upload], str]
    again: Callable[[PersonRequest, Upload, str], HttpResponse]


def taken(request: PersonRequest, *, kind: str, party: Party, round_: Round) -> Upload | str:
    """The file of a form, kept and about to be checked; nothing is written. Else why there is none, in a sentence."""
    try:
        upload = uploads.keep(request, kind=kind, party=party, round_=round_)
    except uploads.NoFile:
        return _("Choose a file first.")
    except files.TooLarge as refused:
        return sentence(refused)
    if large.is_large(upload):
        large.check(upload, request)
    return upload


def preview(request: PersonRequest, upload: Upload, pages: Pages) -> HttpResponse:
    """What the table says. POST with `do`: answer, columns, all, good (write the good rows), nothing."""
    if request.method == "GET":
        if large.shows_progress(upload, request):
            return large.progress_page(request, upload)
        return _page(request, upload, pages)
    if large.is_large(upload):
        return large.sent(upload, request)
    do, sheet = request.POST.get("do"), sheets.of(upload)
    if do == "nothing":
        messages.success(request, _("Nothing was imported. Your file is as it was."))
        return redirect(sheet.back(upload))
    uploads.answered(upload, request.POST.dict())
    if do in {"all", "good"}:
        return _write(request, upload, pages, good_rows=do == "good")
    if do == "columns":
        _remember_columns(request, upload)
    return redirect(sheet.at(upload))


def _remember_columns(request: PersonRequest, upload: Upload) -> None:
    """Keep which column is which for the party's next table with the same headers."""
    try:
        examined = sheets.of(upload).examine(upload, None)
    except FileRefused:
        return
    if not sheets.remember_columns(upload, examined, by=request.user, at=request.at):
        # The choice left a column out: ask again.
        messages.error(request, _("A column that is needed was not named. Please choose it."))


def _write(request: PersonRequest, upload: Upload, pages: Pages, *, good_rows: bool) -> HttpResponse:
    sheet = sheets.of(upload)
    try:
        report = sheet.write(upload, sheet.examine(upload, None), request.user, request.at, good_rows)
    except REFUSED as refused:
        return _page(request, upload, pages, problem=sentence(refused))
    if not report.written:
        return redirect(sheet.at(upload))
    uploads.written(upload, request)
    messages.success(request, uploads.told(report))
    return redirect(sheet.back(upload))


def _page(request: PersonRequest, upload: Upload, pages: Pages, *, problem: str = "") -> HttpResponse:
    sheet = sheets.of(upload)
    shown = checked.now(upload, lambda: sheet.examine(upload, None), sheet.sample)
    large.seen(upload, request)
    problem = problem or shown.problem
    context: dict[str, object] = {
        "party": upload.member,
        "round": upload.round,
        "upload": upload,
        "problems": [("", problem)] if problem else [],
    }
    if shown.refused:
        return pages.again(request, upload, shown.refused)
    if shown.mapping is not None:
        context["mapping"] = shown.mapping
        return render(request, "web/desk/import_columns.html", context)
    context |= {
        "preview": shown.preview,
        "good_rows": shown.good_rows,
        "sample": shown.sampled,
        "marked_address": pages.marked(upload),
    }
    return render(request, pages.template, context, status=REFUSED_STATUS if problem else 200)


def marked(upload: Upload) -> HttpResponse:
    """The person's own workbook, with the cells to correct marked."""
    sheet = sheets.of(upload)
    try:
        return uploads.marked_workbook(upload, lambda: sheet.examine(upload, None))
    except FileRefused:
        return redirect(sheet.at(upload))
