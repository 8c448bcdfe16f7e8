"""The kernel of every typed sheet: rows in, good lines out, and what was wrong with the others.

The same code answers a preview, a real import and a form.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, filterfalse, groupby, islice
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from unmet.exchange.answers import Answers
from unmet.exchange.cells import Problem, is_blank, typed
from unmet.exchange.faults import Fault
from unmet.exchange.form import Column
from unmet.exchange.headers import SEARCHED_ROWS, Headers, Unmapped, find_headers
from unmet.exchange.table import Row


class Counted(Protocol):
    """A line that says what it does to what stands: created, updated or unchanged."""

    @property
    def outcome(self) -> str: ...


Line = TypeVar("Line", bound=Counted)
Line_co = TypeVar("Line_co", bound=Counted, covariant=True)


class LineReader(Protocol[Line_co]):
    """Reads the rows of a sheet, one by one."""

    def begin(self, headers: Headers) -> None:
        """Turn to a sheet with these columns."""

    def line(self, row: Row) -> Line_co | list[tuple[str, Problem]]:
        """The line of a row, or all that is wrong with the row: (field, problem)."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A sheet that was not read because its columns were not recognised, while another sheet was."""

    sheet: str
    rows: int


@dataclass(frozen=True)
class Parsed(Generic[Line]):
    """What a table says. `read` = the good lines by outcome + `refused`, always.

    `read` counts the non-blank rows under the headers, `refused` those with a fault or an open
    question. `unmapped` is set where no sheet could be read because its columns are not known;
    then nothing was read. `sheets` are the headers used; `skipped` are sheets without known columns.
    """

    lines: tuple[Line, ...]
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
        every = [*self.faults, *chain.from_iterable(question.spread() for question in self.questions)]
        if self.unmapped is not None:
            every += self.unmapped.faults()
        return tuple(sorted(every, key=lambda fault: (fault.sheet, fault.row, fault.column or 0)))

    # ── a workbook that is not what it should be ─────────────────────────────
    def refused_as(self, problem: Problem, *, found: str) -> "Parsed[Line]":
        """The table refused as a whole: one fault at its header, about what was `found` in it, and no good line."""
        return replace(
            self,
            lines=(),
            faults=(self._of_all(problem, found),),
            questions=(),
            refused=self.read,
            skipped=(),
            unmapped=None,
        )

    def asked_first(self, question: Problem, *, found: str) -> "Parsed[Line]":
        """The table with a question about all of it in front; until it is answered no line is good."""
        asked = self._of_all(question, found)
        rows = [replace(asked, sheet=sheet, row=row) for sheet, row in map(attrgetter("sheet", "row"), self.lines)]
        return replace(
            self, lines=(), questions=(replace(asked, cells=tuple(rows)), *self.questions), refused=self.read
        )

    def _of_all(self, problem: Problem, found: str) -> Fault:
        """What is wrong with the whole table, as said of its first header row."""
        sheet, row = ("", 1)
        if self.sheets:
            sheet, row = self.sheets[0][0], self.sheets[0][1].row
        elif self.unmapped is not None:
            sheet, row = self.unmapped.sheet, self.unmapped.row
        return Fault(
            sheet=sheet, row=row, column=None, column_title="", field="", value=found, reason=problem.reason,
            facts=problem.facts, kind=problem.kind, options=problem.options,
        )  # fmt: skip


class Findings:
    """Collects what was wrong with the rows of a table, in the order met."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.refused = 0
        self._asked: dict[Hashable, list[Fault]] = {}

    def refuse(self, row: Row, headers: Headers, problems: Iterable[tuple[str, Problem]]) -> None:
        """Count a row as refused, with all that is wrong with it: (field, problem)."""
        self.refused += 1
        for name, problem in problems:
            self._add(row, headers, name, problem)

    def _add(self, row: Row, headers: Headers, name: str, problem: Problem) -> None:
        """Note one problem of one cell, or of the whole row where the table has no such column."""
        column = headers.columns.get(name)
        value = "" if column is None else typed(row.cell(column))
        fault = Fault(
            sheet=row.sheet,
            row=row.number,
            column=column,
            column_title=headers.title(column),
            field=name,
            value=value,
            reason=problem.reason,
            facts=problem.facts,
            kind=problem.kind,
            options=problem.options,
        )
        if problem.kind == "question":
            key = (row.sheet, name, problem.reason, problem.facts.get("calendar"))
            self._asked.setdefault(key, []).append(fault)
        else:
            self.faults.append(fault)

    def questions(self) -> tuple[Fault, ...]:
        """One question per column and kind of doubt, with all the cells that it is about."""
        return tuple(replace(cells[0], cells=tuple(cells)) for cells in self._asked.values())


@dataclass
class Gathered(Generic[Line]):
    """The rows of a table after each was read for itself; rules over several rows come next."""

    lines: list[Line] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    headers: dict[str, Headers] = field(default_factory=dict)
    unmapped: list[tuple[Unmapped, Skipped]] = field(default_factory=list)

    def parsed(self) -> Parsed[Line]:
        """The final word about the table."""
        return Parsed(
            lines=tuple(self.lines),
            faults=tuple(self.findings.faults),
            questions=self.findings.questions(),
            read=len(self.lines) + self.findings.refused,
            refused=self.findings.refused,
            sheets=tuple(self.headers.items()),
            skipped=tuple(skipped for _, skipped in self.unmapped) if self.headers else (),
            unmapped=self.unmapped[0][0] if self.unmapped and not self.headers else None,
        )


def gather(
    rows: Iterable[Row],
    wanted: tuple[Column, ...],
    reader: LineReader[Line],
    answers: Answers,
    *,
    optional: frozenset[str] = frozenset(),
) -> Gathered[Line]:
    """Read every row of every sheet whose columns are known, lazily, and note what is wrong with it."""
    gathered: Gathered[Line] = Gathered()
    for headers, under in _sheets(rows, wanted, answers, optional):
        if isinstance(headers, Unmapped):
            gathered.unmapped.append((headers, Skipped(headers.sheet, sum(1 for _ in under))))
            continue
        gathered.headers[headers.sheet] = headers
        reader.begin(headers)
        for row in under:
            said = reader.line(row)
            if isinstance(said, list):
                gathered.findings.refuse(row, headers, said)
            else:
                gathered.lines.append(said)
    if not gathered.headers and not gathered.unmapped:
        empty = find_headers([], wanted, optional=optional)
        if isinstance(empty, Unmapped):
            gathered.unmapped.append((empty, Skipped("", 0)))
    return gathered


def _sheets(
    rows: Iterable[Row], wanted: tuple[Column, ...], answers: Answers, optional: frozenset[str]
) -> Iterator[tuple[Headers | Unmapped, Iterator[Row]]]:
    """Each sheet's headers with the non-blank rows under them, lazily; or what a person must map, with all rows."""
    for sheet, of_sheet in groupby(rows, key=attrgetter("sheet")):
        if answers.sheet is not None and sheet != answers.sheet:
            continue
        filled = filterfalse(is_blank, of_sheet)
        first = list(islice(filled, SEARCHED_ROWS))
        headers = find_headers(first, wanted, mapping=answers.mapping, optional=optional)
        begins = headers.row if isinstance(headers, Headers) else -1
        yield headers, chain((row for row in first if row.number > begins), filled)
