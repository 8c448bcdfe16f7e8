"""A table of needs: read and checked first, written when somebody says so. Page and command line use this one way."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Final

from django.db import transaction

from unmet.access import may
from unmet.access.may import Deed
from unmet.books import services as books
from unmet.catalogue.lookup import Lookup
from unmet.catalogue.models import Round
from unmet.exchange import needs_sheet, stamp, table
from unmet.exchange.answers import Answers
from unmet.exchange.cells import Problem
from unmet.exchange.examined import Examined
from unmet.exchange.form import NEEDS_FORM
from unmet.exchange.import_report import CountsDiffer, Report, header_key
from unmet.exchange.needs_sheet import Parsed
from unmet.exchange.receipts_form import RECEIPTS_FORM
from unmet.exchange.stamp import Stamp
from unmet.exchange.table import Heard, Row, Table
from unmet.needs import queries
from unmet.needs import services as needs
from unmet.needs.lines import NeedLine
from unmet.needs.lookup import lookup as needs_lookup
from unmet.needs.models import HeaderMapping
from unmet.parties.models import Party, Person

KIND: Final = "needs"


class ExaminedNeeds(Examined[NeedLine, Lookup]):
    """A table of needs that was read and checked; nothing of it is written."""


def examine(
    path: Path, filename: str, *, member: Party, round_: Round, answers: Answers | None = None,
    heard: Heard | None = None,
) -> ExaminedNeeds:  # fmt: skip
    """Read a file and check it against what the member may state in the round, outside any transaction.

    Headers that nobody knows are looked up among those that the member's people have mapped before. `heard` is told
    how many of how many rows are checked.

    Raises:
        FileRefused: the file is not a table we read.
    """
    answers = answers or Answers()
    read = table.read(path, filename=filename)
    words = needs_lookup(member=member, round_=round_)
    answers = with_own_words(answers, member=member)
    parsed = needs_sheet.parse(rows_of(read, answers, heard), words, answers=answers)
    if parsed.unmapped is not None and answers.mapping is None:
        mapping = remembered(parsed.unmapped.titles, member=member)
        if mapping is not None:
            answers = replace(answers, mapping=mapping, sheet=parsed.unmapped.sheet)
            parsed = needs_sheet.parse(rows_of(read, answers, heard), words, answers=answers)
    parsed = _for_this_round(parsed, stamp.read(read), member=member, round_=round_, answers=answers)
    return ExaminedNeeds(read, parsed, words, answers)


def _for_this_round(
    parsed: Parsed[NeedLine], found: Stamp | None, *, member: Party, round_: Round, answers: Answers
) -> Parsed[NeedLine]:
    """What a workbook of ours says, unless it was made for somebody else, another round or in another version.

    Then no row of it is good: a foreign one is refused with one fault, about another version there is a question.
    """
    if found is not None and found.form == RECEIPTS_FORM.code:
        return parsed.refused_as(Problem("form_of_receipts"), found=found.form)
    if found is None or found.form != NEEDS_FORM.code:
        return parsed
    if stranger := stamp.other_member(found, member):
        return parsed.refused_as(stranger, found=found.member)
    if found.round != round_.code:
        other = Round.objects.exclude(state=Round.State.PLANNED).filter(code=found.round).first()
        return parsed.refused_as(
            Problem("form_other_round", {"theirs": other.name if other else found.round, "ours": round_.name}),
            found=found.round,
        )
    question = None if answers.other_version else stamp.other_version(found, NEEDS_FORM)
    return parsed.asked_first(question, found=str(found.version)) if question else parsed


def with_own_words(answers: Answers, *, member: Party) -> Answers:
    """The answers, in which words that the member has kept before are kept again: a need is asked about once."""
    if isinstance(answers.own_words, bool):
        return answers if answers.own_words else replace(answers, own_words=queries.own_words(member=member))
    return replace(answers, own_words=answers.own_words | queries.own_words(member=member))


def rows_of(read: Table, answers: Answers, heard: Heard | None) -> Iterator[Row]:
    """The rows of every sheet but those we put into a workbook ourselves, or of the one sheet that was named."""
    named = answers.sheet
    sheets = (sheet for sheet in read.sheets if sheet == named or (named is None and not stamp.is_ours(sheet)))
    return table.counted(chain.from_iterable(map(read.rows, sheets)), read.count, heard)


def write(
    examined: ExaminedNeeds, *, member: Party, round_: Round, by: Person, at: datetime, good_rows: bool = False
) -> Report:
    """Send the good rows to the approver, all or nothing unless only the good rows are asked for.

    The rows are read back through the query of the list page before anything is kept.

    Raises:
        needs.RoundNotOpen, needs.NotAMember, needs.LineRefused, may.NotAllowed: see `needs.submit`.
        CountsDiffer: what the list page would show is not what was sent; nothing is written.
    """
    planned = examined.report
    if (planned.refused and not good_rows) or not examined.lines:
        may.require(Deed.ENTER_NEEDS, by=by, party=member)
        needs.require_open(round_, at=at)
        return planned
    books.settle(at=at)  # what came due is posted before, so that the lock of the books is not kept meanwhile
    with transaction.atomic():
        done = needs.submit(examined.lines, member=member, round_=round_, by=by, at=at)
        found = _read_back(examined.lines, done.keys, member=member, round_=round_)
        if found != len(examined.lines):
            raise CountsDiffer(len(examined.lines), found)
    return replace(planned, created=done.created, updated=done.updated, unchanged=done.unchanged, written=True)


def _read_back(lines: Sequence[NeedLine], keys: Sequence[needs.NeedKey], *, member: Party, round_: Round) -> int:
    """How many of the lines the list page shows, each with the quantity that was sent."""
    listed = queries.listed(member=member, round_=round_).values_list(
        "need__item_id", "need__words", "need__place_id", "need__group_id", "requested", "pipeline"
    )
    sent = {(*key, line.quantity, line.pipeline) for key, line in zip(keys, lines, strict=True)}
    return len(sent.intersection(listed.iterator(chunk_size=5000)))


# ── columns that a person named ──────────────────────────────────────────────
def _digest(titles: Sequence[str]) -> str:
    return hashlib.sha256(header_key(titles).encode()).hexdigest()


def remembered(titles: Sequence[str], *, member: Party, kind: str = KIND) -> dict[str, int] | None:
    """What a person of the member said about a table with these headers: field -> 0-based column."""
    known = HeaderMapping.objects.filter(member=member, sheet_kind=kind, headers=_digest(titles)).first()
    return dict(known.mapping) if known else None


@transaction.atomic
def remember(
    titles: Sequence[str], mapping: dict[str, int], *, member: Party, by: Person, at: datetime, kind: str = KIND
) -> None:
    """Keep which column is which, for the next table of the member with the same headers.

    Raises:
        NotAllowed: `by` speaks for another party.
    """
    deed = Deed.ENTER_NEEDS if kind == KIND else Deed.STATE_SUPPORT
    may.require(deed, by=by, party=member)
    HeaderMapping.objects.update_or_create(
        member=member, sheet_kind=kind, headers=_digest(titles),
        defaults={"mapping": mapping, "said_by": by, "said_at": at},
    )  # fmt: skip
