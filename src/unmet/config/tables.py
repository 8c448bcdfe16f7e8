"""The commands `unmet import` and `unmet template`: tables in, and the workbooks that people fill in out."""

import argparse
import io
import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import override

from unmet.access import may
from unmet.access.actors import Actor, acting
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.catalogue.models import Round
from unmet.config.console import OK, REFUSED, Stop, acting_person, find, told
from unmet.exchange import needs_import, needs_workbook, receipts_import, receipts_workbook, support_import
from unmet.exchange.answers import EVERY_COLUMN, Answers
from unmet.exchange.import_report import Report
from unmet.exchange.receipts_import import ReceiptsChanged
from unmet.exchange.table import FileRefused
from unmet.needs import services as needs
from unmet.parties.models import Party, Person
from unmet.support import receipt_lookup
from unmet.support.receipt_lookup import NothingSent

_OWN: Final = (Role.FOCAL_POINT, Role.APPROVER)
_SENTENCES: Final[dict[type[Exception], str]] = {
    needs.RoundNotOpen: "The round takes no returns now. List the rounds with: unmet rounds",
    needs.NotAMember: "This party is not a member today, so it states no needs here. List them with: unmet members",
    NothingSent: "Nothing was packed for this member yet, so there is nothing to receive.",
    ReceiptsChanged: "Somebody stated something about these consignments meanwhile. Nothing was written; try again.",
}


@dataclass(frozen=True, slots=True)
class _Sent:
    """A table to import, who sends it, and what was said about it."""

    path: Path
    by: Person
    at: datetime
    answers: Answers
    dry_run: bool
    good_rows: bool


# ── import ───────────────────────────────────────────────────────────────────
def import_table(given: argparse.Namespace) -> int:
    """Import a table of needs, of support or of receipts, and print what it did."""
    path = Path(given.file)
    if not path.is_file():
        raise Stop(f"There is no file {given.file}.")
    at = timezone.now()
    member = None if given.kind == "support" else find(Party, given.member)
    round_ = None if given.kind == "receipts" else find(Round, given.round)
    giver, giving = Party.objects.filter(code="WHO").first(), (Role.RESPONDER,)
    person = acting_person(given, member, _OWN) if member else acting_person(given, giver, giving)
    sent = _Sent(path, person, at, _answers(given), given.dry_run, given.good_rows)
    with ExitStack() as stack:
        stack.enter_context(override(given.language))
        stack.enter_context(acting(Actor.of(person, at=at, via="console")))
        try:
            report = _import_as(sent, member, round_)
        except FileRefused as refused:
            raise Stop(str(refused.sentence)) from refused
        except tuple(_SENTENCES) as refused:
            raise Stop(_SENTENCES[type(refused)]) from refused
        if given.json:
            print(json.dumps(report.to_json(), ensure_ascii=False))
        else:
            _print_report(report)
    return REFUSED if report.refused or report.faults else OK


def _answers(given: argparse.Namespace) -> Answers:
    return Answers(
        decimal={EVERY_COLUMN: given.decimal} if given.decimal else {},
        dates={EVERY_COLUMN: given.dates} if given.dates else {},
        own_words=getattr(given, "own_words", False),
        new_places=getattr(given, "new_places", False),
        other_version=getattr(given, "other_version", False),
    )


def _import_as(sent: _Sent, member: Party | None, round_: Round | None) -> Report:
    """Needs are of a member and a round, receipts of a member, a support sheet of a round."""
    if member is not None and round_ is not None:
        return _needs(sent, member, round_)
    if member is not None:
        return _receipts(sent, member)
    assert round_ is not None
    sheet = support_import.examine(sent.path, sent.path.name, round_=round_, answers=sent.answers)
    _require_columns(sheet.parsed.unmapped)
    if sent.dry_run:
        return sheet.report
    return support_import.write(sheet, round_=round_, by=sent.by, at=sent.at, good_rows=sent.good_rows)


def _needs(sent: _Sent, member: Party, round_: Round) -> Report:
    may.require(Deed.ENTER_NEEDS, by=sent.by, party=member)
    needs.require_open(round_, at=sent.at)
    table = needs_import.examine(sent.path, sent.path.name, member=member, round_=round_, answers=sent.answers)
    _require_columns(table.parsed.unmapped)
    if sent.dry_run:
        return table.report
    return needs_import.write(
        table, member=member, round_=round_, by=sent.by, at=sent.at, good_rows=sent.good_rows
    )  # fmt: skip


def _receipts(sent: _Sent, member: Party) -> Report:
    may.require(Deed.RECEIVE_SUPPORT, by=sent.by, party=member)
    round_ = receipt_lookup.counted_in(member)
    table = receipts_import.examine(sent.path, sent.path.name, member=member, round_=round_, answers=sent.answers)
    _require_columns(table.parsed.unmapped, "Waybill, Item, Accepted, Rejected")
    if sent.dry_run:
        return table.report
    return receipts_import.write(table, member=member, by=sent.by, at=sent.at, good_rows=sent.good_rows)


def _require_columns(unmapped: Any, names: str = "Item, Quantity, Unit, Needed by") -> None:
    """Refuse a table whose columns nobody knows; on a page the person would be asked which is which."""
    if unmapped is not None:
        titles = ", ".join(repr(title) for title in unmapped.titles if title)
        raise Stop(
            f"The columns were not recognised: {titles}. Name them {names} … in any of the four "
            "languages, or upload the table on the page once and say which column is which; that is remembered."
        )


def _print_report(report: Report) -> None:
    said = report.to_json()
    print(
        f"{said['read']} read = {said['created']} created + {said['updated']} updated"
        f" + {said['unchanged']} unchanged + {said['refused']} refused"
    )
    print("Written." if said["written"] else "Nothing was written.")
    for fault in said["faults"]:
        print(
            f"  {fault['sheet']} {fault['cell']} {fault['column']}: {fault['value']!r}\n"
            f"    {fault['sentence']}\n    {fault['remedy']}"
        )


# ── templates ────────────────────────────────────────────────────────────────
def template(given: argparse.Namespace) -> int:
    """Write the workbook of a member, and print where it is and how many lines are filled in."""
    member, at = find(Party, given.member), timezone.now()
    person = acting_person(given, member, _OWN)
    write: Callable[..., int] = receipts_workbook.write
    more: dict[str, Any] = {}
    if given.kind == "needs":
        write, more = needs_workbook.write, {"round_": find(Round, given.round)}
        name = needs_workbook.file_name(member=member, language=given.lang, **more)
    else:
        name = receipts_workbook.file_name(member=member, language=given.lang, day=at.date())
    path, written = Path(given.out or name), io.BytesIO()
    with acting(Actor.of(person, at=at, via="console")):
        try:
            lines = write(written, member=member, language=given.lang, by=person, at=at, **more)
            path.write_bytes(written.getvalue())
        except needs.RoundNotOpen as refused:
            raise Stop(_SENTENCES[type(refused)]) from refused
        except OSError as refused:
            raise Stop(f"The workbook cannot be written there: {refused}.") from refused
    return told(given, {"file": str(path), "lines": lines})
