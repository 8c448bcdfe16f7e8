"""From typed rows to need lines: every way in (table, form, draft, API) is read here, under the same rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from unmet.catalogue.lookup import Candidates, Found, GroupWord, ItemWord, Lookup, PlaceWord, Standing, UnitWord
from unmet.exchange._levels import both_levels
from unmet.exchange.answers import Answers, about
from unmet.exchange.cells import Findings, Problem, Reader, Skipped, sheets, typed
from unmet.exchange.faults import Fault, Option
from unmet.exchange.headers import NEEDS, Headers, Unmapped
from unmet.exchange.table import Row
from unmet.exchange.units import PIECE, find_unit, in_base_units
from unmet.exchange.words import Everywhere, find_word
from unmet.methods.fold import fold
from unmet.needs.lines import CREATED, UNCHANGED, UPDATED, NeedLine

__all__ = ["Answers", "Parsed", "parse"]

LONGEST_WORDS: Final = 200
LONGEST_REMARK: Final = 1000
LONGEST_TYPED: Final = 60
HIGHEST_RANK: Final = 1_000_000

Good = TypeVar("Good")
Key = tuple[int | str, int | str, int]


@dataclass(frozen=True)
class Parsed:
    """What a table says. `read` = the good lines by outcome + `refused`, always.

    `read` counts the non-blank rows under the headers, `refused` those with a fault or an open
    question. `unmapped` is set where no sheet could be read because its columns are not known;
    then nothing was read. `sheets` are the headers used; `skipped` are sheets without known columns.
    """

    lines: tuple[NeedLine, ...]
    faults: tuple[Fault, ...]
    questions: tuple[Fault, ...]
    read: int
    refused: int
    sheets: tuple[tuple[str, Headers], ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unmapped: Unmapped | None = None

    def count(self, outcome: str) -> int:
        """How many lines are created, updated or unchanged."""
        return sum(line.outcome == outcome for line in self.lines)

    def problems(self) -> tuple[Fault, ...]:
        """Every refused cell, questions included, by sheet and row: what a list or a program is given."""
        every = [*self.faults, *(fault for question in self.questions for fault in question.spread())]
        if self.unmapped is not None:
            every += self.unmapped.faults()
        return tuple(sorted(every, key=lambda fault: (fault.sheet, fault.row, fault.column or 0)))


def parse(rows: Iterable[Row], lookup: Lookup, *, answers: Answers | None = None) -> Parsed:
    """Read the rows of a table of needs against what the member may state in this round.

    Every row is read whole, so that one fault does not hide another. The first statement of an
    item, place and group is taken and a second one refused. Nothing is written.
    """
    answers = answers or Answers()
    findings = Findings()
    lines: list[NeedLine] = []
    used: list[tuple[str, Headers]] = []
    skipped: list[Skipped] = []
    unmapped: Unmapped | None = None
    seen: dict[Key, int] = {}
    read = 0
    for headers, under in sheets(rows, NEEDS, answers):
        if isinstance(headers, Unmapped):
            unmapped = unmapped or headers
            skipped.append(Skipped(headers.sheet, sum(1 for _ in under)))
            continue
        reader = _NeedReader(headers, answers, lookup, seen)
        sheet = ""
        for row in under:
            read += 1
            sheet = row.sheet
            line = reader.line(row)
            if isinstance(line, NeedLine):
                lines.append(line)
            else:
                findings.add_row(row, headers, line)
        used.append((sheet, headers))
    if not answers.both_levels:
        lines = both_levels(lines, lookup, findings, dict(used))
    if used:
        unmapped = None
    return Parsed(
        lines=tuple(lines),
        faults=tuple(findings.faults),
        questions=findings.questions(),
        read=read,
        refused=findings.refused,
        sheets=tuple(used),
        skipped=tuple(skipped) if used else (),
        unmapped=unmapped,
    )


class _NeedReader(Reader):
    """Reads the rows of one sheet into need lines, or into the problems of their cells."""

    def __init__(self, headers: Headers, answers: Answers, lookup: Lookup, seen: dict[Key, int]) -> None:
        super().__init__(headers, answers, lookup.window)
        self.lookup = lookup
        self.seen = seen
        self.places = Everywhere(lookup.places, lookup.whole_country, "place")
        self.groups = Everywhere(lookup.groups, lookup.everyone, "group")

    def line(self, row: Row) -> NeedLine | list[tuple[str, Problem]]:
        """The need line of a row, or all that is wrong with the row: (field, problem)."""
        problems: list[tuple[str, Problem]] = []

        def good(name: str, value: Good | Problem) -> Good | None:
            if isinstance(value, Problem):
                problems.append((name, value))
                return None
            return value

        item_text = good("item", self.text(row, "item", longest=LONGEST_WORDS))
        item = good("item", self.once("item", item_text, self._item)) if item_text is not None else None
        place = good("place", self._place(row))
        group = good("group", self._group(row))
        unit_text = good("unit", self.text(row, "unit", longest=100))
        unit = good("unit", self._unit(item, unit_text)) if item is not None and unit_text is not None else None
        number = good("quantity", self.number(row, "quantity"))
        needed_by = good("needed_by", self.day(row, "needed_by"))
        rank = good("rank", self._rank(row))
        stock = good("stock", self.number(row, "stock"))
        pipeline = good("pipeline", self.number(row, "pipeline"))
        remark = good("remark", self.text(row, "remark", longest=LONGEST_REMARK))
        if item is None or place is None or group is None:
            return problems

        key: Key = (
            item.id if isinstance(item, ItemWord) else item,
            place.id if isinstance(place, PlaceWord) else place,
            group.id,
        )
        first = self.seen.setdefault(key, row.number)
        if first != row.number:
            problems.append(("item", Problem("same_twice", {"first": first})))
        standing = self._standing(key)
        known = item if isinstance(item, ItemWord) else None
        amounts: dict[str, int | None] = {}
        for name, typed_number in (("quantity", number), ("stock", stock), ("pipeline", pipeline)):
            in_base = typed_number is not None and unit is not None
            amounts[name] = good(name, in_base_units(typed_number, unit, known)) if in_base else None
        no_quantity = number is None and not any(name == "quantity" for name, _ in problems)
        if no_quantity and standing is None:
            problems.append(("quantity", Problem("number_blank")))
        if problems or unit is None:
            return problems
        line = self._new_line(
            row, item, place, group, unit, unit_text or "", amounts, needed_by, rank, remark or "", standing
        )
        return line
