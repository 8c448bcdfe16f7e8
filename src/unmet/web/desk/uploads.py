"""Tables that somebody sent: kept, examined, asked about. What needs and support sheets have in common."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unmet.catalogue.models import Round
from unmet.exchange import marked
from unmet.exchange.faults import Fault
from unmet.exchange.form import Column
from unmet.exchange.headers import Headers, Unmapped
from unmet.exchange.import_report import Report, marked_cells
from unmet.files import services as files
from unmet.parties.models import Party
from unmet.web import carried
from unmet.web.desk import asking
from unmet.web.desk.asking import Asked
from unmet.web.models import Upload
from unmet.web.requests import PersonRequest

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SAMPLE = 5
COUNTS = ("read", "created", "updated", "unchanged", "refused")


class NoFile(Exception):
    """The form came without a file."""


def keep(request: PersonRequest, *, kind: str, party: Party, round_: Round) -> Upload:
    """Keep the file of a form, for the people of one party.

    Raises:
        NoFile: none was chosen.
        files.TooLarge: see there.
    """
    sent = request.FILES.get("file")
    if sent is None:
        raise NoFile
    file = files.keep(
        sent.chunks(), name=sent.name or "", owner=party.code, person=str(request.user.uuid), at=request.at
    )
    return Upload.objects.create(
        kind=kind, member=party, round=round_, file=file, sent_by=request.user, sent_at=request.at
    )


def own_upload(
    pk: uuid.UUID, *, kind: str, party: Party | None = None, parties: frozenset[int] = frozenset()
) -> Upload:
    """An upload of one party's people, or of several's; for everybody else there is none."""
    mine = {party.pk} if party else parties
    found = Upload.objects.filter(uuid=pk, kind=kind, member__in=mine).select_related("file", "round", "member").first()
    if found is None:
        raise Http404
    return found


def answered(upload: Upload, sent: Mapping[str, str]) -> None:
    """Add the answers of a form to those given before."""
    Upload.objects.filter(pk=upload.pk).update(answers={**upload.answers, **asking.said(sent), **_mapping(sent)})
    upload.refresh_from_db()


def forget_mapping(upload: Upload) -> None:
    """Ask again which column is which."""
    kept = {name: value for name, value in upload.answers.items() if not name.startswith("map.") and name != "sheet"}
    Upload.objects.filter(pk=upload.pk).update(answers=kept)


def _mapping(sent: Mapping[str, str]) -> dict[str, str]:
    """Which column is which, from the form that asks for it; a column is sent as its 0-based number."""
    columns = ((name, value) for name, value in sent.items() if name.startswith("map."))
    named = {name: value for name, value in columns if carried.number(value, digits=carried.VERSION) is not None}
    return {**named, "sheet": sent["sheet"]} if named and sent.get("sheet") else named


def written(upload: Upload, request: PersonRequest) -> None:
    """Note that it was written, once."""
    Upload.objects.filter(pk=upload.pk, written_at=None).update(written_at=request.at)


def told(report: Report) -> str:
    """What an import did, in one sentence."""
    return counted({name: getattr(report, name) for name in COUNTS})


def counted(counts: Mapping[str, int]) -> str:
    """The same from the counts of a report."""
    words = ngettext(
        "%(read)s row read: %(created)s created, %(updated)s updated, %(unchanged)s unchanged, %(refused)s refused.",
        "%(read)s rows read: %(created)s created, %(updated)s updated, %(unchanged)s unchanged, %(refused)s refused.",
        counts["read"],
    )
    return words % {name: counts[name] for name in COUNTS}


def presentable(upload: Upload) -> str:
    """The name of the file as it may stand in a letter: no line breaks, no signs that turn the direction."""
    return "".join(sign for sign in upload.file.name if sign.isprintable()) or "–"


@dataclass(frozen=True, slots=True)
class ColumnField:
    """One field of the form that asks which column is which."""

    name: str
    title: str
    required: bool
    chosen: int | None


@dataclass(frozen=True, slots=True)
class MappingForm:
    """The form that asks which column is which: the fields, and the columns to choose from (number, header)."""

    sheet: str
    fields: tuple[ColumnField, ...]
    columns: tuple[tuple[int, str], ...]
    missing: str


def mapping_form(unmapped: Unmapped) -> MappingForm:
    """What a person is asked where the headers are not known."""
    titles = {column.name: str(column.title) for column in unmapped.wanted}
    return MappingForm(
        sheet=unmapped.sheet,
        fields=tuple(_column_field(column, unmapped) for column in unmapped.wanted),
        columns=tuple((number, title) for number, title in enumerate(unmapped.titles) if title),
        missing=", ".join(titles[name] for name in (*unmapped.missing, *unmapped.twice)),
    )


def _column_field(column: Column, unmapped: Unmapped) -> ColumnField:
    chosen = None if column.name in unmapped.twice else unmapped.columns.get(column.name)
    return ColumnField(f"map.{column.name}", str(column.title), column.required, chosen)


@dataclass(frozen=True)
class Preview:
    """What the page of an upload shows before anything is written."""

    report: Report
    equation: str
    questions: tuple[Asked, ...]
    settled_by_answers: int  # rows that are refused for questions only
    faults: tuple[Asked, ...]
    more_faults: int
    unknown_places: int  # each could be made a new place; the same of items and the member's own words
    unknown_items: int
    ignored: tuple[str, ...]  # headers of columns that mean nothing to us
    skipped: tuple[tuple[str, int], ...]  # (sheet, rows) that were not read
    notes: tuple[str, ...]
    sheets: tuple[str, ...]

    @property
    def answered_here(self) -> bool:
        """Whether anything to correct can be answered on the page."""
        return any(fault.name for fault in self.faults)


def preview(examined: Any) -> Preview:
    """The page's view of an examined table, of needs or of support."""
    parsed, report = examined.parsed, examined.report
    questions = asking.gather(parsed.questions)
    faults = asking.gathered(parsed.faults)
    return Preview(
        report=report,
        equation=f"{report.read} = {report.created} + {report.updated} + {report.unchanged} + {report.refused}",
        questions=tuple(questions),
        settled_by_answers=_rows_only_asked(parsed.questions, parsed.faults),
        faults=tuple(asking.asked(one.fault, one.cells) for one in faults[: asking.SHOWN_AT_MOST]),
        more_faults=max(len(faults) - asking.SHOWN_AT_MOST, 0),
        unknown_places=_offering(faults, "new_place"),
        unknown_items=_offering(faults, "own_words"),
        ignored=tuple(title for _sheet, headers in parsed.sheets for title in _unknown(headers)),
        skipped=tuple((skipped.sheet, skipped.rows) for skipped in parsed.skipped),
        notes=tuple(note.sentence for note in examined.table.notes),
        sheets=tuple(sheet for sheet, _headers in parsed.sheets),
    )


def _offering(faults: Sequence[asking.Gathered], answer: str) -> int:
    """How many different words could be settled by this answer."""
    return sum(any(option.answer == answer for option in one.fault.options) for one in faults)


def _unknown(headers: Headers) -> list[str]:
    return [title for _column, title in headers.unknown]


def _rows_only_asked(questions: Sequence[Fault], faults: Sequence[Fault]) -> int:
    """How many more rows are good once the questions are answered."""
    wrong = {(fault.sheet, fault.row) for fault in faults}
    doubtful = {(fault.sheet, fault.row) for question in questions for fault in question.spread()}
    return len(doubtful - wrong)


def marked_workbook(upload: Upload, examine: Callable[[], Any]) -> HttpResponse:
    """The person's own workbook with the faulty cells marked, as a download in the active language.

    Raises:
        FileRefused: the file is not one we read.
    """
    examined = examine()
    title = _("To correct: %(file)s") % {"file": upload.file.name}
    content = marked.mark(
        files.path(upload.file), kind=examined.table.kind, faults=marked_cells(examined.faults), title=title
    )
    stem = upload.file.name.rsplit(".", 1)[0] or "table"
    response = HttpResponse(content, content_type=XLSX)
    ending = _("to correct")
    name = f"{stem}-{ending}.xlsx"
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response
