"""The cells of typed rows: each is read into a value or a `Problem`, under the same rules in every sheet.

Nothing here knows of files: the rows of a form go the same way.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

from unmet.exchange.answers import Answers, about
from unmet.exchange.faults import ON_A_PAGE, Kind, Option
from unmet.exchange.form import Column
from unmet.exchange.headers import Headers
from unmet.exchange.table import CellValue, Row
from unmet.exchange.typed_dates import NotADate, OtherCalendar, Window, parse_date
from unmet.exchange.typed_numbers import LARGEST_WHOLE, Ambiguous, NotANumber, exact_number, is_estimate, parse_number
from unmet.methods.plain import TURNING

_REMEMBERED: Final = 20_000  # answers kept per column, so that a file of any size needs the same memory
_NEUTRALISED: Final = ("'=", "'+", "'-", "'@", "'\t", "'\r")
_BLANKS: Final = frozenset({"", "-", "–", "—", "−", "'-"})  # a dash is how people, and our own tables, write a blank
_NOT_CLEAN: Final = frozenset({" ", *"".join(_BLANKS)})  # the first signs of texts that need a look
_UNSEEN: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127, *range(0xD800, 0xE000), *TURNING])
FORM: Final = ON_A_PAGE

Value = TypeVar("Value")
Good = TypeVar("Good")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a cell has no value: a reason code of `faults`, the facts of its sentence, the answers to choose from."""

    reason: str
    facts: Mapping[str, object] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    kind: Kind = "fault"


@dataclass(slots=True)
class Said:
    """The cells of one row as far as they could be read; `problems` holds the rest: (field, problem)."""

    problems: list[tuple[str, Problem]] = field(default_factory=list)

    def good(self, name: str, value: Good | Problem) -> Good | None:
        """The value, or None with the problem noted."""
        if isinstance(value, Problem):
            self.problems.append((name, value))
            return None
        return value


def typed(cell: CellValue) -> str:
    """The value as the person sees it in the cell, near enough to recognise it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, Decimal):
        return f"{cell:f}" if cell.is_finite() and abs(cell.adjusted()) < 40 else str(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def clean(cell: CellValue) -> str:
    """The text of a cell: no outer space, no signs that control or turn it, without the apostrophe of our own exports.

    Our exports write an apostrophe before text that a spreadsheet would take for a formula.
    """
    text = cell if isinstance(cell, str) else typed(cell)
    if text.startswith(_NEUTRALISED):
        text = text[1:]
    if not text.isprintable():
        text = text.translate(_UNSEEN)
    return text.strip()


def is_clean(text: str) -> bool:
    """Whether `clean` leaves the text as it is, told from its looks; False where that takes a look.

    The space is the only printable character that `strip` takes off; a dash may be a blank, an apostrophe ours.
    """
    return text.isprintable() and text[:1] not in _NOT_CLEAN and text[-1:] != " "


def form_rows(lines: Iterable[Mapping[str, str]], columns: tuple[Column, ...]) -> Iterator[Row]:
    """The lines of a web form or a draft (field -> text) as rows; line 1 is row 1, the field names are row 0."""
    names = tuple(column.name for column in columns)
    yield Row(FORM, 0, names)
    for number, line in enumerate(lines, 1):
        yield Row(FORM, number, tuple(line.get(name) or None for name in names))


class Reader:
    """Reads the cells of a sheet. Texts that repeat in a column are looked at once."""

    def __init__(self, answers: Answers, window: Window) -> None:
        self.answers = answers
        self.window = window
        self._columns: Mapping[str, int] = {}
        self._remembered: dict[str, dict[Any, Any]] = {}

    def begin(self, headers: Headers) -> None:
        """Turn to a sheet with these columns."""
        self._columns = headers.columns

    def has(self, name: str) -> bool:
        """Whether the sheet has a column for the field."""
        return name in self._columns

    def cell(self, row: Row, name: str) -> CellValue:
        """The value of a field; None where the cell is blank or the table has no such column."""
        column = self._columns.get(name)
        if column is None or column >= len(row.cells):
            return None
        cell = row.cells[column]
        if type(cell) is not str:  # cells are plain values: no subclass of text comes here
            return cell
        return None if cell.strip() in _BLANKS else cell

    def text(self, row: Row, name: str, *, longest: int) -> str | Problem:
        """The text of a field, empty where blank."""
        cell = self.cell(row, name)
        text = "" if cell is None else clean(cell)
        return text if len(text) <= longest else Problem("text_too_long", {"limit": longest})

    def number(self, row: Row, name: str) -> Decimal | Problem | None:
        """The number of a field, None where blank."""
        cell = self.cell(row, name)
        if cell is None:
            return None
        if type(cell) is int and 0 <= cell <= LARGEST_WHOLE:  # most cells of most tables: nothing to be read
            return Decimal(cell)
        if isinstance(cell, str):
            return self.once(name, cell, self._number_of)
        if isinstance(cell, bool):
            return Problem("number_words")
        if isinstance(cell, date):
            return Problem("number_is_date")
        number = exact_number(cell)
        return number if isinstance(number, Decimal) else _not_a_number(number)

    def day(self, row: Row, name: str) -> date | Problem | None:
        """The date of a field, None where blank."""
        cell = self.cell(row, name)
        if cell is None:
            return None
        if isinstance(cell, str | date):
            return self.once(name, cell, self._day_of)
        return self._day_of(name, cell)

    def once(self, name: str, key: Any, make: Callable[[str, Any], Value]) -> Value:
        """What `make` says about a key of a column, remembered while the column is read."""
        known = self._remembered.setdefault(name, {})
        if key in known:
            remembered: Value = known[key]
            return remembered
        if len(known) >= _REMEMBERED:
            known.clear()
        made = known[key] = make(name, key)
        return made

    def _number_of(self, name: str, cell: str) -> Decimal | Problem | None:
        text = clean(cell)
        read = parse_number(text, decimal=about(self.answers.decimal, name))
        if isinstance(read, Decimal):
            return read
        if isinstance(read, NotANumber):
            return None if read.reason == "number_blank" else _not_a_number(read)
        options = tuple(Option(reading.answer, reading.value) for reading in read.readings)
        facts = {"first": options[0].value, "second": options[1].value}
        return Problem("number_ambiguous", facts, options, "question")

    def _day_of(self, name: str, cell: CellValue) -> date | Problem:
        value = clean(cell) if isinstance(cell, str) else cell
        read = parse_date(
            value,
            order=about(self.answers.dates, name),
            window=self.window,
            calendar=about(self.answers.calendars, name),
        )
        if isinstance(read, date):
            return read
        if isinstance(read, OtherCalendar):
            facts = {"calendar": read.name, "likely": read.gregorian}
            return Problem("date_calendar", facts, (Option(read.name, read.gregorian),), "question")
        if isinstance(read, Ambiguous):
            return _which_day(read)
        return self._not_a_date(read)

    def _not_a_date(self, read: NotADate) -> Problem:
        first, last = self.window
        facts = {"likely": read.likely, "days": read.month_days, "first": first, "last": last}
        return Problem(read.reason, {**facts, "example": read.likely or date(last.year - 10, 6, 30)})


def _which_day(read: Ambiguous) -> Problem:
    options = tuple(Option(reading.answer, reading.value) for reading in read.readings)
    if len(options) == 1:
        return Problem("date_ambiguous_once", {"first": options[0].value}, options, "question")
    return Problem("date_ambiguous", {"first": options[0].value, "second": options[1].value}, options, "question")


def _not_a_number(read: NotANumber) -> Problem:
    estimate = read.reason == "number_words" and read.likely is not None and is_estimate(read.words)
    return Problem("number_estimate" if estimate else read.reason, {"likely": read.likely})


def is_blank(row: Row) -> bool:
    """Whether nothing stands in the row."""
    for cell in row.cells:  # noqa: SIM110 - a loop: the first cell answers, and this is asked of every row
        if cell is not None and not (isinstance(cell, str) and not cell.strip()):
            return False
    return True
