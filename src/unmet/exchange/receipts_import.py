"""A table of receipts: read and checked first, posted when somebody says so. Page and command line use this one way."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils import timezone

from unmet.access import may
from unmet.access.may import Deed
from unmet.books import services as books
from unmet.catalogue.models import Round
from unmet.exchange import receipts_sheet, stamp, table
from unmet.exchange.answers import Answers
from unmet.exchange.cells import Problem
from unmet.exchange.examined import Examined
from unmet.exchange.form import NEEDS_FORM
from unmet.exchange.import_report import CountsDiffer, Report
from unmet.exchange.needs_import import remembered, rows_of
from unmet.exchange.parsed import Parsed
from unmet.exchange.receipts_form import RECEIPTS_FORM
from unmet.exchange.receipts_rules import CountedRow, Key, key_of
from unmet.exchange.stamp import Stamp
from unmet.exchange.table import Heard
from unmet.needs.lines import UNCHANGED
from unmet.parties.models import Party, Person
from unmet.support import consignment_queries as queries
from unmet.support import dated, receipt_lookup, receipts
from unmet.support.consignments import ConsignmentRefused
from unmet.support.models import Consignment, ConsignmentLine, Receipt
from unmet.support.receipt_lookup import ReceiptLookup
from unmet.support.receipts import Counted

KIND: Final = RECEIPTS_FORM.code


class ReceiptsChanged(Exception):
    """Somebody stated something about these consignments between the check and the writing; nothing is written."""


class ExaminedReceipts(Examined[CountedRow, ReceiptLookup]):
    """A table of receipts that was read and checked: created are lines received first, updated are corrections."""


def examine(
    path: Path, filename: str, *, member: Party, round_: Round, answers: Answers | None = None,
    heard: Heard | None = None,
) -> ExaminedReceipts:  # fmt: skip
    """Read a file and check it against the consignments of a member of the acting person, outside any transaction.

    `round_` is one of what was packed for it (`receipt_lookup.counted_in`). `heard` is told how many of how many rows
    are checked.

    Raises:
        FileRefused: the file is not a table we read.
    """
    answers = answers or Answers()
    words = receipt_lookup.lookup(member=member, round_=round_, today=dated.newest(timezone.now()))
    read = table.read(path, filename=filename)
    parsed = receipts_sheet.parse(rows_of(read, answers, heard), words, answers=answers)
    if parsed.unmapped is not None and answers.mapping is None:
        mapping = remembered(parsed.unmapped.titles, member=member, kind=KIND)
        if mapping is not None:
            answers = replace(answers, mapping=mapping, sheet=parsed.unmapped.sheet)
            parsed = receipts_sheet.parse(rows_of(read, answers, heard), words, answers=answers)
    return ExaminedReceipts(read, _own(parsed, stamp.read(read), member=member, answers=answers), words, answers)


def _own(
    parsed: Parsed[CountedRow], found: Stamp | None, *, member: Party, answers: Answers
) -> Parsed[CountedRow]:  # fmt: skip
    """What a workbook of ours says, unless it is of another form, of another member or of another version."""
    if found is not None and found.form == NEEDS_FORM.code:
        return parsed.refused_as(Problem("form_of_needs"), found=found.form)
    if found is None or found.form != RECEIPTS_FORM.code:
        return parsed
    if stranger := stamp.other_member(found, member):
        return parsed.refused_as(stranger, found=found.member)
    question = None if answers.other_version else stamp.other_version(found, RECEIPTS_FORM)
    return parsed.asked_first(question, found=str(found.version)) if question else parsed


# ── posting ──────────────────────────────────────────────────────────────────
def write(
    examined: ExaminedReceipts, *, member: Party, by: Person, at: datetime, good_rows: bool = False
) -> Report:  # fmt: skip
    """Post a receipt for each consignment that the good rows speak of; all or nothing unless only these are asked for.

    The rows are read back through the query of the page before anything is kept.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        ReceiptsChanged: see there.
        CountsDiffer: what the page would show is not what was sent; nothing is written.
    """
    may.require(Deed.RECEIVE_SUPPORT, by=by, party=member)
    planned, said = examined.report, [line for line in examined.lines if line.line_id is not None]
    if (planned.refused and not (good_rows and said)) or not examined.lines:
        return planned
    books.settle(at=at)
    with transaction.atomic():
        for key, lines in _together(examined).items():
            try:
                _receive(key, lines, examined.lookup, by=by, at=at)
            except ConsignmentRefused as refused:
                raise ReceiptsChanged from refused
        found = _read_back(said, examined.lookup)
        if found != len(said):
            raise CountsDiffer(len(said), found)
    return replace(planned, written=True)


def _together(examined: ExaminedReceipts) -> dict[Key, list[CountedRow]]:
    """The lines that change something, receipt by receipt, in the order of the file."""
    found: defaultdict[Key, list[CountedRow]] = defaultdict(list)
    for line in examined.lines:
        if line.line_id is not None and line.outcome != UNCHANGED:
            found[key_of(examined.lookup.by_id[line.line_id])].append(line)
    return dict(found)


def _receive(
    key: Key, lines: Sequence[CountedRow], lookup: ReceiptLookup, *, by: Person, at: datetime
) -> Receipt:  # fmt: skip
    """One receipt. A correction says the lines that the table does not change as they stand."""
    box = Consignment.objects.select_related("member", "giver").get(pk=key[0])
    supersedes = Receipt.objects.get(pk=key[1]) if key[1] is not None else None
    rows = {line.line_id: line for line in lines}
    of_one = [lot for lot in lookup.by_consignment[key[0]] if key_of(lot) == key]
    stored = ConsignmentLine.objects.select_related("standing").in_bulk([lot.id for lot in of_one])
    counted = []
    for lot in of_one:
        row = rows.get(lot.id)
        says = row or (stored[lot.id].standing if lot.id in stored else None)
        if says is None or lot.id not in stored:
            raise ReceiptsChanged
        told = (says.accepted, says.rejected, says.missing, says.surplus)
        accepted, rejected, missing, surplus = lot.counted(told) if row is not None else told
        counted.append(
            Counted(
                stored[lot.id], accepted, rejected, missing, surplus, rejected_why=says.rejected_why,
                missing_why=says.missing_why, text=says.text,
            )
        )  # fmt: skip
    on = lines[0].received_on
    if on is None:
        raise ReceiptsChanged
    return receipts.receive(box, counted, on=on, by=by, at=at, supersedes=supersedes)


def _read_back(lines: Sequence[CountedRow], lookup: ReceiptLookup) -> int:
    """How many of the lines the page of their consignment shows, each with what was counted."""
    shown = ConsignmentLine.objects.filter(consignment__in=queries.for_actor(), standing__isnull=False)
    names = ("accepted", "rejected", "missing", "surplus", "rejected_why", "missing_why")
    wanted = {
        (
            line.line_id, *lookup.by_id[line.line_id or 0].counted([getattr(line, name) for name in names[:4]]),
            line.rejected_why, line.missing_why,
        )
        for line in lines
    }  # fmt: skip
    ids = {line.line_id for line in lines if line.line_id is not None}
    found = shown.filter(consignment__in=ConsignmentLine.objects.filter(pk__in=ids).values("consignment"))
    return len(wanted.intersection(found.values_list("pk", *(f"standing__{name}" for name in names))))
