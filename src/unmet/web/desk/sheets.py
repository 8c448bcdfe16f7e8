"""The kinds of tables that people send, needs, support and receipts: how each is examined, written, shown."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse

from unmet.exchange import needs_import, receipts_import, support_import
from unmet.exchange.answers import Answers
from unmet.exchange.import_report import Report
from unmet.exchange.needs_import import ExaminedNeeds
from unmet.exchange.receipts_import import ExaminedReceipts
from unmet.exchange.support_import import ExaminedSupport
from unmet.exchange.table import Heard
from unmet.files import services as files
from unmet.needs.lines import UNCHANGED, UPDATED, NeedLine
from unmet.parties.models import Person
from unmet.support.models import Stage
from unmet.web.desk import uploads
from unmet.web.desk.checked import Sample
from unmet.web.models import Upload


@dataclass(frozen=True, slots=True)
class Sheet:
    """One kind of table. `at` is the address of an upload, `back` the page on which its result is seen."""

    examine: Callable[[Upload, Heard | None], Any]
    write: Callable[[Upload, Any, Person, datetime, bool], Report]
    sample: Callable[[Any], list[Sample]]
    at: Callable[[Upload], str]
    back: Callable[[Upload], str]
    remembered_as: str


def of(upload: Upload) -> Sheet:
    """The kind of an upload."""
    return SHEETS[upload.kind]


def remember_columns(upload: Upload, examined: Any, *, by: Person, at: datetime) -> bool:
    """Keep which column is which for the party's next table with the same headers; False when one was left out."""
    answers = Answers.from_controls(upload.answers)
    for sheet, headers in examined.parsed.sheets:
        if answers.mapping and sheet == answers.sheet:
            needs_import.remember(
                headers.titles, dict(answers.mapping), member=upload.member, by=by, at=at,
                kind=of(upload).remembered_as,
            )  # fmt: skip
    if examined.parsed.unmapped is None:
        return True
    uploads.forget_mapping(upload)
    return False


# ── needs ────────────────────────────────────────────────────────────────────
def _examine_needs(upload: Upload, heard: Heard | None = None) -> ExaminedNeeds:
    return needs_import.examine(
        files.path(upload.file), upload.file.name, member=upload.member, round_=upload.round,
        answers=Answers.from_controls(upload.answers), heard=heard,
    )  # fmt: skip


def _write_needs(upload: Upload, examined: ExaminedNeeds, by: Person, at: datetime, good_rows: bool) -> Report:
    return needs_import.write(examined, member=upload.member, round_=upload.round, by=by, at=at, good_rows=good_rows)


def _sample_needs(examined: ExaminedNeeds) -> list[Sample]:
    """Some of the good rows, those that change something first, with the quantity before."""
    chosen = sorted(examined.lines, key=lambda line: line.outcome == UNCHANGED)[: uploads.SAMPLE]
    return [Sample(line, _before(line, examined)) for line in chosen]


def _before(line: NeedLine, examined: ExaminedNeeds) -> int | None:
    """The quantity that stands before an updated line, in thousandths."""
    if line.outcome != UPDATED or line.item_id is None or line.place_id is None:
        return None
    standing = examined.lookup.standing.get((line.item_id, line.place_id, line.group_id))
    return standing.quantity if standing else None


# ── support ──────────────────────────────────────────────────────────────────
def _examine_support(upload: Upload, heard: Heard | None = None) -> ExaminedSupport:
    return support_import.examine(
        files.path(upload.file), upload.file.name, round_=upload.round,
        answers=Answers.from_controls(upload.answers), heard=heard,
    )  # fmt: skip


def _write_support(upload: Upload, examined: ExaminedSupport, by: Person, at: datetime, good_rows: bool) -> Report:
    return support_import.write(examined, round_=upload.round, by=by, at=at, good_rows=good_rows)


def _sample_support(examined: ExaminedSupport) -> list[Sample]:
    """Some of the good rows, those that change something first, with the stage in words."""
    chosen = sorted(examined.lines, key=lambda line: line.outcome == UNCHANGED)[: uploads.SAMPLE]
    return [Sample(line, str(Stage(line.stage).label)) for line in chosen]


# ── receipts ─────────────────────────────────────────────────────────────────
def _examine_receipts(upload: Upload, heard: Heard | None = None) -> ExaminedReceipts:
    return receipts_import.examine(
        files.path(upload.file), upload.file.name, member=upload.member, round_=upload.round,
        answers=Answers.from_controls(upload.answers), heard=heard,
    )  # fmt: skip


def _write_receipts(upload: Upload, examined: ExaminedReceipts, by: Person, at: datetime, good_rows: bool) -> Report:
    return receipts_import.write(examined, member=upload.member, by=by, at=at, good_rows=good_rows)


def _sample_receipts(examined: ExaminedReceipts) -> list[Sample]:
    """Some of the good rows that say something, those that change something first."""
    said = [line for line in examined.lines if line.line_id is not None]
    return [Sample(line, None) for line in sorted(said, key=lambda line: line.outcome == UNCHANGED)[: uploads.SAMPLE]]


SHEETS: Final[dict[str, Sheet]] = {
    Upload.Kind.NEEDS: Sheet(
        examine=_examine_needs,
        write=_write_needs,
        sample=_sample_needs,
        at=lambda upload: reverse("needs_upload", args=[upload.member.code, upload.round.code, upload.uuid]),
        back=lambda upload: reverse("return", args=[upload.member.code, upload.round.code]),
        remembered_as=needs_import.KIND,
    ),
    Upload.Kind.SUPPORT: Sheet(
        examine=_examine_support,
        write=_write_support,
        sample=_sample_support,
        at=lambda upload: reverse("support_upload", args=[upload.uuid]),
        back=lambda _upload: reverse("support"),
        remembered_as=support_import.KIND,
    ),
    Upload.RECEIPTS: Sheet(
        examine=_examine_receipts,
        write=_write_receipts,
        sample=_sample_receipts,
        at=lambda upload: reverse("receipts_upload", args=[upload.member.code, upload.uuid]),
        back=lambda _upload: reverse("consignments"),
        remembered_as=receipts_import.KIND,
    ),
}
