"""From typed rows to need lines: every way in (table, form, draft, API) is read here, under the same rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from unmet.catalogue.lookup import Found, GroupWord, ItemWord, Lookup, PlaceWord, Standing, UnitWord
from unmet.exchange._levels import ask_both_levels
from unmet.exchange.answers import Answers, about
from unmet.exchange.cells import Findings, Problem, Reader, Skipped, sheets, typed
from unmet.exchange.faults import Fault, Option
from unmet.exchange.headers import NEEDS, Headers, Unmapped
from unmet.exchange.table import Row
from unmet.exchange.units import PIECE, find_unit, in_base_units
from unmet.exchange.words import (
    EVERYONE_WORDS,
    WHOLE_COUNTRY_WORDS,
    Suggesting,
    find_among,
    find_item,
    first_names,
)
from unmet.methods.fold import fold
from unmet.needs.lines import CREATED, UNCHANGED, UPDATED, NeedLine

__all__ = ["Answers", "Parsed", "parse"]

LONGEST_NAME: Final = 200
LONGEST_UNIT: Final = 100
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
        """Every refused cell, those of questions included, by row: what a list or a program is given."""
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
    used: dict[str, Headers] = {}
    left: list[tuple[Unmapped, Skipped]] = []
    reader = _NeedReader(answers, lookup)
    for headers, under in sheets(rows, NEEDS, answers):
        if isinstance(headers, Unmapped):
            left.append((headers, Skipped(headers.sheet, sum(1 for _ in under))))
            continue
        reader.begin(headers)
        for row in under:
            used[row.sheet] = headers
            said = reader.line(row)
            if isinstance(said, NeedLine):
                lines.append(said)
            else:
                findings.refuse(row, headers, said)
    read = len(lines) + findings.refused
    if not answers.both_levels:
        lines = ask_both_levels(lines, lookup, findings, used)
    return Parsed(
        lines=tuple(lines),
        faults=tuple(findings.faults),
        questions=findings.questions(),
        read=read,
        refused=findings.refused,
        sheets=tuple(used.items()),
        skipped=tuple(skipped for _, skipped in left) if used else (),
        unmapped=left[0][0] if left and not used else None,
    )


@dataclass(frozen=True, slots=True)
class _OwnWords:
    """An item that the catalogue does not know, kept as the member wrote it."""

    text: str
    folded: str


@dataclass(frozen=True, slots=True)
class _NewPlace:
    """A place that the person confirmed as a new one."""

    name: str
    folded: str


@dataclass(slots=True)
class _Said:
    """The cells of one row, as far as they could be read; `problems` holds the others: (field, problem)."""

    problems: list[tuple[str, Problem]]

    def good(self, name: str, value: Good | Problem) -> Good | None:
        """The value, or None with the problem noted."""
        if isinstance(value, Problem):
            self.problems.append((name, value))
            return None
        return value


class _NeedReader(Reader):
    """Reads rows into need lines, or into the problems of their cells."""

    def __init__(self, answers: Answers, lookup: Lookup) -> None:
        super().__init__(answers, lookup.window)
        self.lookup = lookup
        self.seen: dict[Key, int] = {}
        self.suggesting = Suggesting()

    def line(self, row: Row) -> NeedLine | list[tuple[str, Problem]]:
        """The need line of a row, or all that is wrong with the row."""
        said = _Said([])
        good = said.good
        item = good("item", self._item(row))
        place = good("place", self._place(row))
        group = good("group", self._group(row))
        unit_text = self.text(row, "unit", longest=LONGEST_UNIT)
        unit = None
        if good("unit", unit_text) is not None and item is not None:
            unit = good("unit", self._unit(item, str(unit_text)))
        number = good("quantity", self.number(row, "quantity"))
        asked = bool(said.problems) and said.problems[-1][0] == "quantity"
        quantity = self._amount(said, "quantity", number, unit, item)
        stock = self._amount(said, "stock", good("stock", self.number(row, "stock")), unit, item)
        pipeline = self._amount(said, "pipeline", good("pipeline", self.number(row, "pipeline")), unit, item)
        needed_by = good("needed_by", self.day(row, "needed_by"))
        rank = good("rank", self._rank(row))
        remark = good("remark", self.text(row, "remark", longest=LONGEST_REMARK))
        standing = None
        if item is not None and place is not None and group is not None:
            standing = self._standing(said, row, item, place, group)
            if number is None and not asked and standing is None:
                good("quantity", Problem("number_blank"))
        if said.problems or item is None or place is None or group is None or unit is None:
            return said.problems
        return self._made(
            said, row, item, place, group, unit, str(unit_text), quantity, stock, pipeline, needed_by, rank, remark or "", standing
        )
