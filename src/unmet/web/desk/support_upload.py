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
from unmet.catalogue.models import Item
from unmet.exchange import needs_import, support_import
from unmet.exchange.answers import Answers
from unmet.exchange.support_import import ExaminedSupport
from unmet.exchange.table import FileRefused
from unmet.files import services as files
from unmet.parties.models import Party
from unmet.support.lines import SupportLine
from unmet.support.models import Stage
from unmet.web.desk import uploads
from unmet.web.desk.doors import REFUSED_STATUS, desk_page
from unmet.web.desk.refusals import REFUSED, sentence
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
    problem = ""
    if request.method == "POST":
        try:
            if round_ is None:
                raise Http404
            upload = uploads.keep(request, kind=Upload.Kind.SUPPORT, party=party, round_=round_)
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
        return _preview_page(request, upload)
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


def _examine(upload: Upload) -> ExaminedSupport:
    return support_import.examine(
        files.path(upload.file), upload.file.name, round_=upload.round, answers=Answers.from_controls(upload.answers)
    )


def _remember_columns(request: PersonRequest, upload: Upload) -> None:
    answers = Answers.from_controls(upload.answers)
    try:
        examined = _examine(upload)
    except FileRefused:
        return
    for sheet, headers in examined.parsed.sheets:
        if answers.mapping and sheet == answers.sheet:
            needs_import.remember(
                headers.titles, dict(answers.mapping), member=upload.member, by=request.user, at=request.at,
                kind=support_import.KIND,
            )  # fmt: skip
    if examined.parsed.unmapped is not None:
        uploads.forget_mapping(upload)
        messages.error(request, _("A column that is needed was not named. Please choose it."))


def _write(request: PersonRequest, upload: Upload, *, good_rows: bool) -> HttpResponse:
    try:
        report = support_import.write(
            _examine(upload), round_=upload.round, by=request.user, at=request.at, good_rows=good_rows
        )
    except REFUSED as refused:
        return _preview_page(request, upload, problem=sentence(refused))
    if not report.written:
        return redirect("support_upload", upload.uuid)
    uploads.written(upload, request)
    messages.success(request, uploads.told(report))
    return redirect("support")


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
        return _send_page(request, support_rounds(request), upload.round, refused.sentence)
    if examined.parsed.unmapped is not None:
        context["mapping"] = uploads.mapping_form(examined.parsed.unmapped)
        return render(request, "web/desk/import_columns.html", context)
    context |= {
        "preview": uploads.preview(examined),
        "good_rows": len(examined.lines),
        "sample": _sample(examined),
        "marked_address": reverse("support_marked", args=[upload.uuid]),
    }
    return render(request, "web/desk/support_preview.html", context, status=REFUSED_STATUS if problem else 200)


def _sample(examined: ExaminedSupport) -> list[tuple[SupportLine, Item | None, str]]:
    """Some of the good rows: the line, its item, its stage in words."""
    chosen = sorted(examined.lines, key=lambda line: line.outcome == "unchanged")[: uploads.SAMPLE]
    items = Item.objects.select_related("base_unit").in_bulk([line.item_id for line in chosen])
    return [(line, items.get(line.item_id), str(Stage(line.stage).label)) for line in chosen]


@desk_page
@require_GET
def marked(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The person's own workbook, with the cells to correct marked."""
    upload = _own(request, pk)
    try:
        return uploads.marked_workbook(upload, lambda: _examine(upload))
    except FileRefused:
        return redirect("support_upload", upload.uuid)
