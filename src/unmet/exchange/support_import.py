"""A support sheet: read and checked first, booked when somebody says so. Page and command line use this one way."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils import timezone

from unmet.access.actors import current
from unmet.catalogue.models import Round
from unmet.exchange import support_sheet, table
from unmet.exchange.answers import Answers
from unmet.exchange.examined import Examined
from unmet.exchange.faults import Fault
from unmet.exchange.import_report import CountsDiffer, Report
from unmet.exchange.needs_import import remembered
from unmet.exchange.parsed import Parsed
from unmet.exchange.table import Heard, Table
from unmet.parties.models import Party, Person
from unmet.support import dated, known, queries, stating
from unmet.support.line_plan import Planned
from unmet.support.lines import COMMITTED, SupportLine
from unmet.support.lookup import SupportLookup
from unmet.support.models import Line

KIND: Final = "support"
# What the books refuse, as a fault of a cell: (reason, field).
_FAULTS: Final = {
    "not_yours": ("stage_not_yours", "stage"),
    "own_giver": ("giver_is_member", "giver"),
    "unknown_need": ("need_unknown", "need"),
    "other_member": ("reference_other_member", "reference"),
    "reference_taken": ("reference_taken", "reference"),
    "other_quantity": ("step_other_quantity", "quantity"),
    "more_than_stands": ("step_more", "quantity"),
    "not_accepted": ("step_not_accepted", "stage"),
    "already_proposed": ("proposal_waits", "quantity"),
    "of_offer": ("line_of_offer", "stage"),
    "stopped": ("step_stopped", "stage"),
    "received_before": ("step_received_before", "quantity"),
    "reason": ("reason_blank", "reason"),
    "future": ("date_in_future", "date"),
    "more_than_needed": ("step_more_than_needed", "quantity"),
    "sending_stopped": ("step_stop_sending", "stage"),
    "sending_paused": ("step_paused", "stage"),
    "in_consignment": ("step_in_consignment", "quantity"),
}


class ExaminedSupport(Examined[SupportLine, SupportLookup]):
    """A support sheet that was read and checked. A proposal that waits for the approver is created or updated."""


def examine(
    path: Path, filename: str, *, round_: Round, answers: Answers | None = None, heard: Heard | None = None
) -> ExaminedSupport:
    """Read a file and check it against what the acting person may state and what the books would take.

    `heard` is told how many of how many rows are checked.

    Raises:
        FileRefused: the file is not a table we read.
    """
    answers = answers or Answers()
    read = table.read(path, filename=filename)
    words = known.lookup(round_=round_, today=dated.newest(timezone.now()))
    parsed = _parse(read, words, answers, heard)
    if parsed.unmapped is not None and answers.mapping is None:
        for party in Party.objects.filter(pk__in=current().all_parties):
            mapping = remembered(parsed.unmapped.titles, member=party, kind=KIND)
            if mapping is not None:
                answers = replace(answers, mapping=mapping, sheet=parsed.unmapped.sheet)
                parsed = _parse(read, words, answers, heard)
                break
    return ExaminedSupport(read, against_the_books(parsed, round_=round_), words, answers)


def _parse(read: Table, words: SupportLookup, answers: Answers, heard: Heard | None) -> Parsed[SupportLine]:
    sheets = (sheet for sheet in read.sheets if answers.sheet is None or sheet == answers.sheet)
    rows = table.counted(chain.from_iterable(map(read.rows, sheets)), read.count, heard)
    return support_sheet.parse(rows, words, answers=answers)


def against_the_books(parsed: Parsed[SupportLine], *, round_: Round) -> Parsed[SupportLine]:
    """The same, without the lines that the books would refuse: these become faults."""
    planned = stating.preview(parsed.lines, round_=round_)
    refused = [one for one in planned if one.outcome == "refused"]
    return replace(
        parsed,
        lines=tuple(replace(one.line, outcome=_outcome(one)) for one in planned if one.outcome != "refused"),
        faults=(*parsed.faults, *(_fault(one, parsed) for one in refused)),
        refused=parsed.refused + len(refused),
    )


def _outcome(planned: Planned) -> str:
    """A proposal is new where the line is, else a change of it."""
    return planned.line.outcome if planned.outcome == "proposed" else planned.outcome


def _fault(planned: Planned, parsed: Parsed[SupportLine]) -> Fault:
    line = planned.line
    reason, field = _FAULTS[planned.reason or "not_yours"]
    headers = dict(parsed.sheets).get(line.sheet)
    column = headers.columns.get(field) if headers else None
    value = {"quantity": line.quantity_typed, "stage": line.stage, "need": line.need_code or ""}.get(field)
    shown = {"giver": line.giver_code, "reference": line.reference}.get(field, "") if value is None else value
    return Fault(
        sheet=line.sheet, row=line.row, column=column, column_title=headers.title(column) if headers else "",
        field=field, value=shown, reason=reason, facts={"before": Decimal(planned.standing) / line.pack_factor},
    )  # fmt: skip


def write(examined: ExaminedSupport, *, round_: Round, by: Person, at: datetime, good_rows: bool = False) -> Report:
    """Book the good rows, all or nothing unless only the good rows are asked for.

    The rows are read back through the query of the list page before anything is kept.

    Raises:
        may.NotAllowed, SupportRefused: see `stating.state`.
        CountsDiffer: what the list page would show is not what was sent; nothing is written.
    """
    planned = examined.report
    if (planned.refused and not good_rows) or not examined.lines:
        return planned
    with transaction.atomic():
        stating.state(examined.lines, round_=round_, by=by, at=at)
        found = _read_back(examined.lines)
        if found != len(examined.lines):
            raise CountsDiffer(len(examined.lines), found)
    return replace(planned, written=True)


def _read_back(lines: tuple[SupportLine, ...]) -> int:
    """How many of the lines the list page shows, each with the quantity stated or proposed at its stage."""
    listed = queries.for_reading(queries.for_actor(), today=timezone.now().date())
    references = {line.reference for line in lines}
    shown: dict[tuple[str, str, int], Line] = {
        (line.giver.code, line.reference, line.item_id): line
        for line in listed.filter(reference__in=references).prefetch_related("steps", "proposals")
    }
    return sum(_stands(line, shown.get((line.giver_code, line.reference, line.item_id))) for line in lines)


def _stands(line: SupportLine, shown: Line | None) -> bool:
    if shown is None:
        return False
    stated = sum(step.quantity for step in shown.steps.all() if step.to_stage == line.stage)
    proposed = sum(one.quantity for one in shown.proposals.all() if one.state == "proposed")
    return line.quantity in ({stated, proposed} if line.stage == COMMITTED else {stated})
