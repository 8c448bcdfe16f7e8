"""The rules over several rows of a table of receipts: one row a line, one day a receipt, a consignment whole or not.

A line that was received already is unchanged, or a correction where its row says so. A correction makes a new receipt,
which says all lines of the old one: those that the table leaves out, or says as they stand, stay as they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from unmet.exchange.cells import Problem
from unmet.exchange.faults import Known
from unmet.exchange.parsed import Gathered
from unmet.exchange.table import Row
from unmet.exchange.units import find_unit
from unmet.needs.lines import UNCHANGED, UPDATED
from unmet.support.models import Consignment
from unmet.support.receipt_lookup import Lot, ReceiptLookup, Stands

_NAMED: Final = 6  # lines that a sentence names


@dataclass(frozen=True, slots=True)
class CountedRow:
    """What a row counts of one lot, in thousandths of the base unit. Without `line_id` it says nothing.

    `outcome`: created (received for the first time), updated (a correction) or unchanged.
    """

    sheet: str
    row: int
    outcome: str
    line_id: int | None = None
    item_id: int | None = None
    waybill: str = ""
    lot: str = ""
    shipped: int = 0
    accepted: int = 0
    rejected: int = 0
    missing: int = 0
    surplus: int = 0
    rejected_why: str = ""
    missing_why: str = ""
    received_on: date | None = None
    text: str = ""
    correction: bool = False

    def says(self, stands: Stands) -> bool:
        """Whether it says what a receipt says already."""
        mine = (self.accepted, self.rejected, self.missing, self.surplus, self.rejected_why, self.missing_why)
        theirs = (
            stands.accepted, stands.rejected, stands.missing, stands.surplus, stands.rejected_why, stands.missing_why,
        )  # fmt: skip
        return mine == theirs and (self.text, self.received_on) == (stands.text, stands.received_on)


Key = tuple[int, int | None]  # a consignment, and the receipt that is corrected


def key_of(lot: Lot) -> Key:
    """What is stated together: the lines of a consignment that wait, or those of one receipt."""
    return lot.consignment, lot.stands.receipt if lot.stands else None


def against_what_stands(
    gathered: Gathered[CountedRow], lookup: ReceiptLookup, *, rows: Mapping[tuple[str, int], Row],
    troubled: AbstractSet[int],
) -> list[CountedRow]:  # fmt: skip
    """The lines with their outcome, in the order of the file; what contradicts the receipts or itself is refused.

    `rows` are the rows of the lines as typed, `troubled` the lots of rows that were refused already.
    """
    rules = _Rules(gathered, lookup, rows, set(troubled))
    silent = [line for line in gathered.lines if line.line_id is None]
    said = [line for line in gathered.lines if line.line_id is not None]
    good = [*silent, *rules.whole(rules.one_by_one(said))]
    places = {sheet: number for number, sheet in enumerate(gathered.headers)}
    return sorted(good, key=lambda line: (places[line.sheet], line.row))


class _Rules:
    """Refuses what may not be said, with the row as it was typed."""

    def __init__(
        self, gathered: Gathered[CountedRow], lookup: ReceiptLookup, rows: Mapping[tuple[str, int], Row],
        troubled: set[int],
    ) -> None:  # fmt: skip
        self.gathered, self.lookup, self.rows, self.troubled = gathered, lookup, rows, troubled

    def refuse(self, line: CountedRow, name: str, problem: Problem) -> None:
        """The fault stands in the cell of a field."""
        row = self.rows[line.sheet, line.row]
        self.gathered.findings.refuse(row, self.gathered.headers[line.sheet], [(name, problem)])
        if line.line_id is not None:
            self.troubled.add(line.line_id)

    def one_by_one(self, lines: Iterable[CountedRow]) -> list[CountedRow]:
        """Each line against what is known of its lot."""
        good: list[CountedRow] = []
        first: dict[int, CountedRow] = {}
        for line in lines:
            lot = self.lookup.by_id[line.line_id or 0]
            before = first.setdefault(lot.id, line)
            if before is not line:
                self.refuse(line, "item", Problem("line_twice", {"first": before.row, "sheet": before.sheet}))
            elif lot.stands is not None:
                good += self._standing(line, lot, lot.stands)
            elif not lot.receivable:
                facts = {"theirs": Consignment.State(lot.state).label}
                self.refuse(line, "waybill", Problem("consignment_over", facts))
            else:
                good.append(line)
        return good

    def _standing(self, line: CountedRow, lot: Lot, stands: Stands) -> list[CountedRow]:
        if line.says(stands):
            return [replace(line, outcome=UNCHANGED)]
        if line.correction:
            return [replace(line, outcome=UPDATED)]
        unit = find_unit("", self.lookup.words.items_by_id[lot.item_id], {})
        name, factor = ("", 1000) if isinstance(unit, Problem) else (unit.name, unit.factor)
        facts = {"before": Known(Decimal(stands.accepted) / factor), "unit": name, "first": stands.received_on}
        self.refuse(line, "accepted", Problem("received_other", facts))
        return []

    # ── what is stated together ──────────────────────────────────────────────
    def whole(self, lines: Sequence[CountedRow]) -> list[CountedRow]:
        """The lines of each receipt: of one day, and none of them left out."""
        good = [line for line in lines if line.outcome == UNCHANGED]
        together: defaultdict[Key, list[CountedRow]] = defaultdict(list)
        for line in lines:
            if line.outcome != UNCHANGED:
                together[key_of(self.lookup.by_id[line.line_id or 0])].append(line)
        for key, of_one in together.items():
            # Whether all lines are there comes first: the day may stand beside one that is not good.
            good += self._complete(key, self._of_one_day(key, self._complete(key, of_one)))
        return good

    def _of_one_day(self, key: Key, lines: Sequence[CountedRow]) -> list[CountedRow]:
        """The lines with the day that one of them names; a correction may leave it as it was."""
        stated = [line.received_on for line in lines if line.received_on is not None]
        old = {lot.stands.received_on for lot in self._lots(key) if lot.stands}
        day = next((on for on in stated if on not in old), stated[0] if stated else None)
        good = []
        for line in lines:
            if day is None:
                self.refuse(line, "received_on", Problem("date_blank", {"example": self.lookup.today}))
            elif line.received_on is not None and line.received_on != day and line.received_on not in old:
                self.refuse(line, "received_on", Problem("received_two_days", {"first": day}))
            else:
                good.append(replace(line, received_on=day))
        return good

    def _complete(self, key: Key, lines: Sequence[CountedRow]) -> list[CountedRow]:
        """The lines, unless others that belong to them were left out or refused: then none of them."""
        here = {line.line_id for line in lines}
        if key[1] is None:
            lacking = [lot for lot in self._lots(key) if lot.id not in here]
        else:
            lacking = [lot for lot in self._lots(key) if lot.id in self.troubled and lot.id not in here]
        if not lacking:
            return list(lines)
        names = [self._name(lot) for lot in lacking[:_NAMED]] + ["…"] * (len(lacking) > _NAMED)
        for line in lines:
            self.refuse(line, "item", Problem("receipt_in_part", {"missing": "; ".join(names)}))
        return []

    def _lots(self, key: Key) -> list[Lot]:
        return [lot for lot in self.lookup.by_consignment[key[0]] if key_of(lot) == key]

    def _name(self, lot: Lot) -> str:
        name = self.lookup.words.items_by_id[lot.item_id].name
        return f"{name}, {lot.lot}" if lot.lot else name
