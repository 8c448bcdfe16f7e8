"""The workbook in which a member's warehouse counts what arrives: what is on its way, and what was received lately.

One row a line of a consignment. On the first sheet the counts are still to be filled in; the second says what the
receipts say, and takes corrections. Waybills and lots are text, reasons are chosen from lists, and a hidden column
knows apart what looks the same.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter
from django.utils.translation import gettext, override

from unmet.access import may
from unmet.access.may import Deed
from unmet.catalogue.lookup import ItemWord
from unmet.exchange import download
from unmet.exchange.cells import Problem
from unmet.exchange.faults import shown
from unmet.exchange.receipts_form import RECEIPTS_FORM
from unmet.exchange.receipts_sheet import WHYS
from unmet.exchange.stamp import Stamp
from unmet.exchange.stated import Value, names
from unmet.exchange.typed_yes import YES
from unmet.exchange.units import PIECE, find_unit
from unmet.exchange.workbook import OPTIONS, Table, Workbook, told
from unmet.parties.models import Party, Person
from unmet.support import receipt_lookup
from unmet.support.models import Consignment
from unmet.support.receipt_lookup import Lot, NothingSent, ReceiptLookup

MOST: Final = 5_000  # lines that wait
MOST_RECEIVED: Final = 1_000  # lines that were received, the newest


def write(out: Path | IO[bytes], *, member: Party, language: str, by: Person, at: datetime) -> int:
    """Write the workbook of a member in a language; returns the number of lines that wait to be counted.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
    """
    may.require(Deed.RECEIVE_SUPPORT, by=by, party=member)
    with override(language):
        waiting, received = _lines(member, today=at.date())
        stamp = Stamp(
            form=RECEIPTS_FORM.code, version=RECEIPTS_FORM.version, member=member.code, round="", language=language,
            day=at.date().isoformat(), columns=RECEIPTS_FORM.names,
        )  # fmt: skip
        title = gettext("Receipts of %(member)s") % {"member": member.name}
        first = download.sheet_name(gettext("On its way"))
        second = download.sheet_name(gettext("Received already"), taken=(first,))
        count = gettext("Count each line and fill in the white cells; the grey ones say what was shipped.")
        correct = gettext("What your receipts say. To correct a line, write it anew, and “Yes” under “Correction”.")
        tables = (
            Table(first, count, RECEIPTS_FORM.short, waiting, blank_rows=0),
            Table(second, correct, RECEIPTS_FORM.columns, received, blank_rows=0),
        )
        with xlsxwriter.Workbook(out, OPTIONS) as book:
            _Receipts(book, title=title, stamp=stamp).fill(tables, [*_sentences(first, second, stamp), *_columns()])
    return len(waiting)


def file_name(*, member: Party, language: str, day: date) -> str:
    """What the file is called: by it people tell their workbooks apart."""
    return f"receipts-{member.code}-{day.isoformat()}-{language}.xlsx"


class _Receipts(Workbook):
    """Reasons and the mark of a correction are chosen from lists."""

    def write_lists(self, sheet: Any) -> None:
        """Reasons for what was rejected, for what is missing, and yes."""
        for column, (name, known) in enumerate(WHYS.items()):
            self.list_column(sheet, column, name, [str(one.label) for one in known])
        self.list_column(sheet, len(WHYS), "correction", [str(YES)])


# ── the lines ────────────────────────────────────────────────────────────────
def _lines(member: Party, *, today: date) -> tuple[list[dict[str, Value]], list[dict[str, Value]]]:
    """The lines that wait, and those that were received, the newest receipt first; whole consignments of each."""
    try:
        round_ = receipt_lookup.counted_in(member)
    except NothingSent:
        return [], []
    known = receipt_lookup.lookup(member=member, round_=round_, today=today)
    waits = [lot for lot in known.by_id.values() if lot.stands is None and lot.state in Consignment.UNDER_WAY]
    came = [lot for lot in known.by_id.values() if lot.stands is not None]
    came.sort(key=lambda lot: (-lot.stands.receipt if lot.stands else 0, lot.id))
    if len(waits) > MOST:  # a consignment is on it whole, or not at all
        cut = waits[MOST].consignment
        waits = [lot for lot in waits[:MOST] if lot.consignment != cut]
    return [_line(lot, known) for lot in waits], [_line(lot, known) for lot in came[:MOST_RECEIVED]]


def _line(lot: Lot, known: ReceiptLookup) -> dict[str, Value]:
    """A lot as somebody would type it: field of the form -> value; what is blank is left out."""
    item = known.words.items_by_id[lot.item_id]
    factor, unit = _unit(item)
    [name] = names([item], known.words.items)
    line: dict[str, Value | None] = {
        "waybill": lot.waybill, "giver": lot.giver, "item": name, "lot": lot.lot, "expires": lot.expires_on,
        "unit": unit, "shipped": Decimal(lot.shipped) / factor, "line": lot.uuid,
    }  # fmt: skip
    if lot.stands is not None:
        says = lot.stands
        line["accepted"] = Decimal(says.accepted) / factor
        for quantity in ("rejected", "missing", "surplus"):
            line[quantity] = Decimal(getattr(says, quantity)) / factor if getattr(says, quantity) else None
        for why, choices in WHYS.items():
            line[why] = next((str(one.label) for one in choices if one.value == getattr(says, why)), None)
        line |= {"received_on": says.received_on, "remark": says.text}
    return {field: value for field, value in line.items() if value not in (None, "")}


def _unit(item: ItemWord) -> tuple[int, str]:
    """Thousandths of the base unit in the unit in which an item is counted, and its name."""
    unit = find_unit("", item, {})
    return (PIECE, item.base_unit) if isinstance(unit, Problem) else (unit.factor, unit.name)


# ── the help ─────────────────────────────────────────────────────────────────
def _columns() -> Iterable[tuple[str, str]]:
    yield "", ""
    for column in RECEIPTS_FORM.columns:
        if not column.hidden:
            yield str(column.title), gettext("Filled in by us.") if column.given else told(column)


def _sentences(first: str, second: str, stamp: Stamp) -> list[tuple[str, str]]:
    return [("", sentence) for sentence in _how(first, second, stamp)]


def _how(first: str, second: str, stamp: Stamp) -> Iterable[str]:
    yield gettext(
        "Accepted, rejected and missing make up what was shipped, of each line. What came beyond that is a surplus. "
        "Whatever was rejected or is missing needs a reason."
    )
    yield gettext(
        "A blank is not zero: a row in which you fill in nothing says nothing. Fill in all lines of a consignment, or "
        "none: what arrives in parts is received on its page."
    )
    yield gettext(
        "On “%(second)s” stands what was received already. Sent back as it is, nothing changes. A line that says "
        "something else is a correction only with “Yes” under “Correction”; the old receipt stays to be read."
    ) % {"second": second}
    yield gettext("Consignments that are not on “%(first)s” were not on their way when it was made.") % {"first": first}
    yield gettext(
        "You may save it as .xlsx or .ods and add columns of your own. Leave the names of the columns as they are."
    )
    yield gettext(
        "Made on %(day)s, version %(version)s of the form. It is for this member only; download another one when more "
        "is on its way."
    ) % {"day": shown(date.fromisoformat(stamp.day)), "version": stamp.version}
