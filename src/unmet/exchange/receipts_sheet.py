"""From typed rows to what a member's warehouse counted: each row is of one lot of one consignment.

A row is matched by waybill, item and lot, as a person reads them; the hidden line of our own workbook, and else the
giver, decides only where these leave a choice. A row in which nothing is filled in says nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.utils.translation import override

from unmet.catalogue.lookup import Found, ItemWord, UnitWord
from unmet.exchange import receipts_rules, typed_yes
from unmet.exchange.answers import Answers
from unmet.exchange.cells import Problem, Reader, Said
from unmet.exchange.download import demonstration_words
from unmet.exchange.faults import Known
from unmet.exchange.parsed import Parsed, gather
from unmet.exchange.receipts_form import FILLED_IN, RECEIPTS
from unmet.exchange.receipts_rules import CountedRow
from unmet.exchange.table import Row
from unmet.exchange.units import find_unit, in_base_units
from unmet.exchange.words import Suggesting
from unmet.methods.fold import fold
from unmet.needs.lines import CREATED, UNCHANGED
from unmet.support import receipt_words
from unmet.support.consignments import LONGEST_TEXT
from unmet.support.models import ReceiptLine
from unmet.support.receipt_lookup import Lot, ReceiptLookup
from unmet.support.waybills import LONGEST_WAYBILL, folded

LONGEST_NAME: Final = 200
NUMBERS: Final = ("accepted", "rejected", "missing", "surplus")
WHYS: Final = {"rejected_why": ReceiptLine.OF_REJECTED, "missing_why": ReceiptLine.OF_MISSING}
_BLANK_WHY: Final = {"rejected_why": "rejected_why_blank", "missing_why": "missing_why_blank"}
# What other tables say of a round, said of a day of receipt.
_OF_RECEIPT: Final = {"date_outside": "received_outside", "date_calendar": "received_calendar"}


def parse(rows: Iterable[Row], lookup: ReceiptLookup, *, answers: Answers | None = None) -> Parsed[CountedRow]:
    """Read the rows of a table of receipts against what was sent to the member. Nothing is written.

    The same as a receipt says already is unchanged; something else is a correction only if the row says so.
    """
    answers = answers or Answers()
    reader = _ReceiptReader(answers, lookup)
    gathered = gather(rows, RECEIPTS, reader, answers)
    gathered.lines = receipts_rules.against_what_stands(gathered, lookup, rows=reader.rows, troubled=reader.troubled)
    return gathered.parsed()


class _ReceiptReader(Reader):
    """Reads rows into counts, or into the problems of their cells.

    `rows` are those read without a problem, `troubled` the lots that others speak of.
    """

    def __init__(self, answers: Answers, lookup: ReceiptLookup) -> None:
        super().__init__(answers, lookup.window)
        self.lookup = lookup
        self.suggesting = Suggesting()
        self.rows: dict[tuple[str, int], Row] = {}
        self.troubled: set[int] = set()

    def line(self, row: Row) -> CountedRow | list[tuple[str, Problem]]:
        """What a row counts, or all that is wrong with it."""
        history = self.cell(row, "superseded") is not None
        if history or all(self.cell(row, name) is None for name in FILLED_IN):
            return CountedRow(sheet=row.sheet, row=row.number, outcome=UNCHANGED)
        said = Said()
        lot = self._lot(row, said)
        item = self.lookup.words.items_by_id[lot.item_id] if lot else None
        unit = self._unit(row, item, said)
        counts = {name: self._amount(row, name, unit, item, said) for name in NUMBERS}
        whys = {name: said.good(name, self._why(row, name)) or "" for name in WHYS}
        on = said.good("received_on", self._day(row, lot))
        text = said.good("remark", self._remark(row)) or ""
        correction = said.good("correction", self._correction(row))
        if self.cell(row, "accepted") is None:
            said.problems.append(("accepted", Problem("accepted_blank")))
        if lot is None or unit is None:
            return said.problems
        line = _counted(row, lot, counts, whys, on, text, correction=correction or False)
        if not said.problems:
            self._check(row, line, lot, unit, item, said)
        if said.problems:
            self.troubled.add(lot.id)
            return said.problems
        self.rows[row.sheet, row.number] = row
        return line

    # ── which line is meant ──────────────────────────────────────────────────
    def _lot(self, row: Row, said: Said) -> Lot | None:
        """The lot that waybill, item and lot name together; what does not fit is noted where it stands."""
        waybill = said.good("waybill", self.text(row, "waybill", longest=LONGEST_WAYBILL))
        items = said.good("item", self._items(row))
        if waybill is None:
            return None
        box = self.lookup.lots.get(folded(waybill))
        if box is None:
            facts = {"ours": self.lookup.member}
            said.problems.append(("waybill", Problem("waybill_unknown" if folded(waybill) else "waybill_blank", facts)))
            return None
        if items is None:
            return None
        of_item = [lot for lot in box if lot.item_id in items]
        if not of_item:
            names = dict.fromkeys(self.lookup.words.items_by_id[lot.item_id].name for lot in box)
            said.problems.append(("item", Problem("item_not_in_consignment", {"likely": tuple(names)})))
            return None
        return said.good("lot", self._of_lot(row, of_item))

    def _items(self, row: Row) -> frozenset[int] | Problem:
        text = self.text(row, "item", longest=LONGEST_NAME)
        return text if isinstance(text, Problem) else self.once("item", text, self._items_of)

    def _items_of(self, _name: str, text: str) -> frozenset[int] | Problem:
        """All items that bear the name: which of them was shipped, the consignment says."""
        if not fold(text):
            return Problem("item_blank_support")
        found = self.lookup.words.find_item(text, suggest=self.suggesting())
        if isinstance(found, Found):
            return frozenset({found.word.id})
        if found.ambiguous:
            return frozenset(word.id for word in found.words)
        return Problem("item_unknown_support", {"likely": tuple(word.name for word in found.words)})

    def _of_lot(self, row: Row, of_item: Sequence[Lot]) -> Lot | Problem:
        text = self.text(row, "lot", longest=LONGEST_WAYBILL)
        if isinstance(text, Problem):
            return text
        lots = tuple(dict.fromkeys(lot.lot for lot in of_item if lot.lot))
        same = [lot for lot in of_item if _alike(lot.lot) == _alike(text)]
        if text and not same:
            return Problem("lot_unknown", {"likely": lots})
        meant = same or of_item
        line = self.text(row, "line", longest=LONGEST_NAME)
        if len(meant) > 1:
            meant = [lot for lot in meant if lot.uuid == line] or self._of_giver(row, meant)
        return meant[0] if len(meant) == 1 else Problem("line_ambiguous", {"likely": () if text else lots})

    def _of_giver(self, row: Row, meant: Sequence[Lot]) -> Sequence[Lot]:
        """Of a box of several givers what the one gave that the row names; all of them where it names none."""
        text = self.text(row, "giver", longest=LONGEST_NAME)
        if isinstance(text, Problem) or not text:
            return meant
        return [lot for lot in meant if fold(lot.giver) == fold(text)] or meant

    # ── what was counted ─────────────────────────────────────────────────────
    def _unit(self, row: Row, item: ItemWord | None, said: Said) -> UnitWord | None:
        text = said.good("unit", self.text(row, "unit", longest=LONGEST_NAME))
        if item is None or text is None:
            return None
        found = self.once("unit", (item.id, text), lambda _name, _key: find_unit(text, item, self.answers.packs))
        return said.good("unit", found)

    def _amount(
        self, row: Row, name: str, unit: UnitWord | None, item: ItemWord | None, said: Said
    ) -> int | None:  # fmt: skip
        """A number of the row's units in thousandths of the base unit; None where it is blank or not clear."""
        number = self.number(row, name)
        if number is None:
            return None
        good = said.good(name, number)
        return None if good is None or unit is None else said.good(name, in_base_units(good, unit, item))

    def _why(self, row: Row, name: str) -> str | Problem:
        """The reason that the words name, in any of our languages; empty where blank."""
        text = self.text(row, name, longest=LONGEST_TEXT)
        if isinstance(text, Problem) or not text:
            return text
        return self.once(name, text, _why_of)

    def _day(self, row: Row, lot: Lot | None) -> date | Problem | None:
        day = self.day(row, "received_on")
        if isinstance(day, Problem):
            return replace(day, reason=_OF_RECEIPT.get(day.reason, day.reason))
        if day is not None and day > self.lookup.today:
            return Problem("date_in_future")
        if day is not None and lot is not None and lot.sent_on is not None and day < lot.sent_on:
            return Problem("received_before_sent", {"first": lot.sent_on})
        return day

    def _remark(self, row: Row) -> str | Problem:
        """The remark; what our own lists say beside every row of a demonstration is none."""
        text = self.text(row, "remark", longest=LONGEST_TEXT)
        return "" if isinstance(text, str) and text and fold(text) in _notices() else text

    def _correction(self, row: Row) -> bool | Problem:
        text = self.text(row, "correction", longest=LONGEST_NAME)
        if isinstance(text, Problem):
            return text
        said = typed_yes.read(self.cell(row, "correction"))
        return Problem("correction_unclear") if said is None else said

    def _check(
        self, row: Row, line: CountedRow, lot: Lot, unit: UnitWord, item: ItemWord | None, said: Said
    ) -> None:  # fmt: skip
        """Accepted + rejected + missing = shipped, each shortfall with its reason."""
        scale = Decimal(unit.factor)
        before = {"before": Known(Decimal(lot.shipped) / scale), "unit": unit.name}
        shipped = self._amount(row, "shipped", unit, item, said)
        if shipped is not None and shipped != lot.shipped:
            said.problems.append(("shipped", Problem("shipped_other", before)))
        total = line.accepted + line.rejected + line.missing
        if total != lot.shipped:
            facts = before | {"amount": Known(Decimal(total) / scale)}
            said.problems.append(("accepted", Problem("not_adding_up", facts)))
        for name, known in WHYS.items():
            quantity, why = getattr(line, name.removesuffix("_why")), getattr(line, name)
            if quantity and not why:
                said.problems.append((name, Problem(_BLANK_WHY[name], {"likely": tuple(one.label for one in known)})))
            elif why and not quantity:
                said.problems.append((name, Problem("why_without_quantity")))
        if ReceiptLine.Why.OTHER in (line.rejected_why, line.missing_why) and not line.text:
            said.problems.append(("remark", Problem("why_in_words")))


def _counted(
    row: Row, lot: Lot, counts: Mapping[str, int | None], whys: Mapping[str, str], on: date | None, text: str, *,
    correction: bool,
) -> CountedRow:  # fmt: skip
    """The row as it is understood. What is blank beside a receipt that stands is as that receipt says it."""
    stands = lot.stands
    for name in WHYS:
        quantity = name.removesuffix("_why")
        if stands and counts[quantity] and not whys[name] and counts[quantity] == getattr(stands, quantity):
            whys = {**whys, name: getattr(stands, name)}
    surplus = counts["surplus"]
    if surplus is None:
        surplus = stands.surplus if stands else 0
    return CountedRow(
        sheet=row.sheet, row=row.number, outcome=CREATED, line_id=lot.id, item_id=lot.item_id, waybill=lot.waybill,
        lot=lot.lot, shipped=lot.shipped, accepted=counts["accepted"] or 0, rejected=counts["rejected"] or 0,
        missing=counts["missing"] or 0, surplus=surplus, rejected_why=whys["rejected_why"],
        missing_why=whys["missing_why"], received_on=on or (stands.received_on if stands else None),
        text=text or (stands.text if stands else ""), correction=correction,
    )  # fmt: skip


def _alike(lot: str) -> str:
    """A lot as it is compared: without case, spaces and marks; marks alone as they are."""
    return "".join(fold(lot).split()) or lot.strip()


def _why_of(name: str, text: str) -> str | Problem:
    found = receipt_words.known(tuple(WHYS[name])).get(fold(text))
    return found or Problem("why_unknown", {"likely": tuple(one.label for one in WHYS[name])})


@lru_cache(maxsize=1)
def _notices() -> frozenset[str]:
    said = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            said.add(fold(demonstration_words()))
    return frozenset(said)
