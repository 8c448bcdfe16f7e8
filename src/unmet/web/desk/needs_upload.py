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
from unmet.catalogue.models import Item, Round
from unmet.exchange import needs_import
from unmet.exchange.answers import Answers
from unmet.exchange.needs_import import Examined
from unmet.exchange.table import FileRefused
from unmet.files import services as files
from unmet.needs.lines import UNCHANGED, UPDATED, NeedLine
from unmet.parties.models import Party
from unmet.web.desk import uploads
from unmet.web.desk.doors import REFUSED_STATUS, asked_round, desk_page, own_party
from unmet.web.desk.refusals import REFUSED, sentence
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
    try:
        upload = uploads.keep(request, kind=Upload.Kind.NEEDS, party=party, round_=round_)
    except uploads.NoFile:
        return _send_page(request, party, round_, problem=_("Choose a file first."))
    except files.TooLarge as refused:
        return _send_page(request, party, round_, problem=sentence(refused))
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
        return _preview_page(request, upload)
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


def _examine(upload: Upload) -> Examined:
    return needs_import.examine(
        files.path(upload.file), upload.file.name, member=upload.member, round_=upload.round,
        answers=Answers.from_controls(upload.answers),
    )  # fmt: skip


def _remember_columns(request: PersonRequest, upload: Upload) -> None:
    """Keep which column is which for the member's next table with the same headers."""
    answers = Answers.from_controls(upload.answers)
    try:
        examined = _examine(upload)
    except FileRefused:
        return
    for sheet, headers in examined.parsed.sheets:
        if answers.mapping and sheet == answers.sheet:
            needs_import.remember(
                headers.titles, dict(answers.mapping), member=upload.member, by=request.user, at=request.at
            )
    if examined.parsed.unmapped is not None:
        # The choice left a column out: ask again.
        uploads.forget_mapping(upload)
        messages.error(request, _("A column that is needed was not named. Please choose it."))


def _write(request: PersonRequest, upload: Upload, *, good_rows: bool) -> HttpResponse:
    try:
        examined = _examine(upload)
        report = needs_import.write(
            examined, member=upload.member, round_=upload.round, by=request.user, at=request.at, good_rows=good_rows
        )
    except REFUSED as refused:
        return _preview_page(request, upload, problem=sentence(refused))
    if not report.written:
        return redirect("needs_upload", upload.member.code, upload.round.code, upload.uuid)
    uploads.written(upload, request)
    messages.success(request, uploads.told(report))
    return redirect("return", upload.member.code, upload.round.code)


def _preview_page(request: PersonRequest, upload: Upload, *, problem: str = "") -> HttpResponse:
    context: dict[str, object] = {
        "party": upload.member,
        "round": upload.round,
        "upload": upload,
        "problems": [("", problem)] if problem else [],
    }
    try:
        examined = _examine(upload)
    except FileRefused as refused:
        context |= {"refused": refused.sentence, "problems": [("file", refused.sentence)], "problem": refused.sentence}
        return render(request, "web/desk/import.html", context, status=REFUSED_STATUS)
    if examined.parsed.unmapped is not None:
        context["mapping"] = uploads.mapping_form(examined.parsed.unmapped)
        return render(request, "web/desk/import_columns.html", context)
    context |= {
        "preview": uploads.preview(examined),
        "good_rows": len(examined.lines),
        "sample": _sample(examined),
        "marked_address": reverse("needs_marked", args=[upload.member.code, upload.round.code, upload.uuid]),
    }
    return render(request, "web/desk/import_preview.html", context, status=REFUSED_STATUS if problem else 200)


def _sample(examined: Examined) -> list[tuple[NeedLine, Item | None, object]]:
    """Some of the good rows, those that change something first: the line, its item, and the quantity before."""
    chosen = sorted(examined.lines, key=lambda line: line.outcome == UNCHANGED)[: uploads.SAMPLE]
    items = Item.objects.select_related("base_unit").in_bulk([line.item_id for line in chosen if line.item_id])
    return [(line, items.get(line.item_id or 0), _before(line, examined)) for line in chosen]


def _before(line: NeedLine, examined: Examined) -> int | None:
    """The quantity that stands before an updated line, in thousandths."""
    if line.outcome != UPDATED or line.item_id is None or line.place_id is None:
        return None
    standing = examined.lookup.standing.get((line.item_id, line.place_id, line.group_id))
    return standing.quantity if standing else None


@desk_page
@require_GET
def marked(request: PersonRequest, member: str, code: str, pk: uuid.UUID) -> HttpResponse:
    """The person's own workbook, with the cells to correct marked."""
    party, round_ = own_party(request, member), asked_round(code)
    upload = uploads.own_upload(pk, kind=Upload.Kind.NEEDS, party=party)
    try:
        return uploads.marked_workbook(upload, lambda: _examine(upload))
    except FileRefused:
        return redirect("needs_upload", party.code, round_.code, upload.uuid)
