"""The child's way of handing rows to its parent: lines of JSON, each some rows, in one file it was given.

A line is either an array of rows, each `[number, cell, …]`, or, for rows of equal length, `{"rows": [number, …],
"columns": [[cell, …], …]}`, where a column that says the same in all rows is `{"same": cell}`. JSON has text, numbers,
true, false and null of its own; a day is `{"d": "2020-02-29"}`, a moment `{"t": "2020-02-29T13:05:00"}`. Nothing that
could run anything (no pickle, no marshal) crosses the border.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import islice, repeat
from typing import Any

from unmet.exchange import _limits


class Refuse(Exception):
    """The file is refused: the code of a sentence in `_refusals`, and what the sentence names."""

    def __init__(self, code: str, **args: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = args


# What our own exports write before text that a spreadsheet would run as a formula.
_NEUTRALISED = re.compile(r"'+[=+\-@\t\r]")
# Among texts with a NUL before and behind each: one that is blank, or begins with what `text` looks at.
_LOOKED_AT = re.compile(r"\0['\s\0]")
_BATCH_CHARACTERS = 32_000
_EXACT = 2**53  # below it a float holds every whole number


class RowFile:
    """Writes rows in batches and remembers where each sheet begins and ends."""

    def __init__(self, fd: int) -> None:
        self._file = os.fdopen(fd, "wb", buffering=1 << 16, closefd=False)
        self.position = 0
        self._batch: list[list[Any]] = []
        self._size = 1

    def write_sheet(self, name: str, rows: Iterable[tuple[int, list[Any]]]) -> dict[str, Any]:
        """Write the non-blank rows of a sheet; returns its span and count. On a refusal nothing of it stays."""
        with self._whole_or_nothing():
            start, count = self.position, 0
            for number, cells in rows:
                if cells.count(None) == len(cells):
                    continue
                count += 1
                if count > _limits.NON_BLANK_ROWS:
                    raise Refuse("too-many-rows", sheet=name, row=number)
                self._batch.append([number, *cells])
                if len(self._batch) >= self._size:
                    self._flush(name)
            self._flush(name)
        return {"name": name, "start": start, "end": self.position, "rows": count}

    def write_columns(self, name: str, rows: Iterator[Sequence[Any]], before: int) -> dict[str, Any]:
        """As `write_sheet`, for rows of equal length from the first on, as calamine gives them, after blank columns.

        The same at half the cost: most columns of most files can be looked at as a whole.
        """
        with self._whole_or_nothing():
            start, count, first = self.position, 0, 1
            while raw := list(islice(rows, self._size)):
                if raw.count([""] * len(raw[0])) == len(raw):  # the way down to one stray cell
                    first += len(raw)
                    self._size = min(self._size * 2, 256)
                    continue
                columns: list[list[Any]] = [[None] * len(raw)] * before
                columns += [plain_column(column) for column in zip(*raw, strict=True)]
                numbers, columns = _without_blank_rows(range(first, first + len(raw)), columns)
                first += len(raw)
                if count + len(numbers) > _limits.NON_BLANK_ROWS:
                    raise Refuse("too-many-rows", sheet=name, row=numbers[_limits.NON_BLANK_ROWS - count])
                count += len(numbers)
                if numbers:
                    shown = [{"same": column[0]} if _is_same(column) else column for column in columns]
                    batch = {"rows": list(numbers), "columns": shown}
                    self._write(name, batch, zip(numbers, *columns, strict=True))
        return {"name": name, "start": start, "end": self.position, "rows": count}

    @contextmanager
    def _whole_or_nothing(self) -> Iterator[None]:
        start = self.position
        try:
            yield
        except Refuse:
            self._batch, self._size, self.position = [], 1, start
            self._file.seek(start)
            self._file.truncate()
            raise

    def close(self) -> None:
        self._file.close()

    def _flush(self, name: str) -> None:
        if self._batch:
            batch, self._batch = self._batch, []
            self._write(name, batch, batch)

    def _write(self, name: str, batch: Any, rows: Iterable[Sequence[Any]]) -> None:
        """Write one line; `rows` are those of the batch, each with its number."""
        text = json.dumps(batch, ensure_ascii=False, separators=(",", ":"), default=_tagged, check_circular=False)
        if len(text) > _limits.CELL_CHARACTERS or "\\u0000" in text:
            rows = list(rows)
            _check_texts(name, rows)
            if len(text) > _limits.LINE_CHARACTERS:
                return self._write_singly(name, rows)
        self.position += self._file.write(text.encode("utf-8", "surrogatepass") + b"\n")
        # Long texts make short batches, so that one line never weighs much in the parent.
        self._size = min(self._size * 2, 256) if len(text) < _BATCH_CHARACTERS else max(self._size // 2, 1)

    def _write_singly(self, name: str, rows: Sequence[Sequence[Any]]) -> None:
        if len(rows) == 1:
            raise Refuse("too-large")
        for row in rows:
            self._write(name, [list(row)], [row])


def _check_texts(name: str, rows: Iterable[Sequence[Any]]) -> None:
    """Refuse a text that no spreadsheet cell can hold. Called only for large batches."""
    for number, *cells in rows:
        for column, value in enumerate(cells):
            if isinstance(value, str) and len(value) > _limits.CELL_CHARACTERS:
                raise Refuse("cell-too-long", sheet=name, cell=cell_name(number, column))
            if isinstance(value, str) and "\0" in value:
                raise Refuse("damaged")


def rows_in(line: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows of one line that was decoded from JSON: number and cells."""
    if isinstance(line, dict):
        columns = [repeat(column["same"]) if isinstance(column, dict) else column for column in line["columns"]]
        # Not strict: a column that says the same has no end; the rows are counted by their numbers.
        return zip(line["rows"], zip(*columns, strict=False), strict=False)
    return ((number, tuple(cells)) for number, *cells in line)


def plain(
    row: Sequence[Any], before: int = 0, *, number: int = 0, errors: Mapping[tuple[int, int], str] | None = None
) -> list[Any]:
    """The cells of one row as calamine gives them, in our vocabulary, with `before` blank columns in front.

    calamine has only floats and says '' for a blank and for an error; `errors` has the latter by (row, column).
    """
    cells: list[Any] = [None] * before
    for value in row:
        kind = type(value)
        if kind is str:
            # The common case first: this loop runs once for every cell of the file.
            if value and value[0] != "'" and not value[0].isspace():
                cells.append(value)
            else:
                cells.append(text(value))
        elif kind is float:
            if -_EXACT < value < _EXACT:
                whole = int(value)
                cells.append(whole if whole == value else value)
            else:
                cells.append(_number(value))
        elif kind is time:
            cells.append(value.isoformat())
        elif kind is timedelta:
            cells.append(str(value))
        else:
            cells.append(value)
    if errors:
        for column in range(len(cells)):
            if cells[column] is None:
                cells[column] = errors.get((number, column))
    return cells


def plain_column(values: tuple[Any, ...]) -> list[Any]:
    """The cells of a column as `plain` gives them: at once where a look at all of them finds nothing to change."""
    if values.count("") == len(values):  # most of a table that is wide because of one stray cell
        return [None] * len(values)
    kinds = set(map(type, values))
    if kinds == {str}:
        if not _LOOKED_AT.search("\0" + "\0".join(values) + "\0"):
            return list(values)
    elif kinds == {float}:
        # A comparison of whole columns; infinite ones and those that are not a number are no whole number.
        whole = [int(value) if -_EXACT < value < _EXACT else None for value in values]
        if whole == list(values):
            return whole
    elif kinds == {date}:
        return list(values)
    return plain(values)


def _without_blank_rows(numbers: range, columns: list[list[Any]]) -> tuple[Sequence[int], list[list[Any]]]:
    if any(None not in column for column in columns):
        return numbers, columns
    some = [column for column in columns if column.count(None) < len(column)]
    filled = [position for position, cells in enumerate(zip(*some, strict=True)) if cells.count(None) < len(cells)]
    if len(filled) == len(numbers):
        return numbers, columns
    return [numbers[position] for position in filled], [[column[place] for place in filled] for column in columns]


def _is_same(column: list[Any]) -> bool:
    """Whether all cells say the same; the types are compared as well, for True is 1."""
    same = column.count(column[0]) == len(column)
    return same and (column[0] is None or len(set(map(type, column))) == 1)


def text(value: str) -> str | None:
    """Text as typed; None when nothing can be seen in it; without the apostrophe that our own exports add."""
    if not value or value.isspace():
        return None
    return value[1:] if _NEUTRALISED.match(value) else value


def cell_name(row: int, column: int) -> str:
    """As `table.cell_name`, which the child may not import."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def _number(value: float) -> int | float | str:
    if value - value != 0:  # infinite or not a number: no spreadsheet shows it as a number either
        return "#NUM!"
    return int(value) if value.is_integer() and abs(value) < _EXACT else value


def _tagged(value: object) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"t": value.replace(tzinfo=None).isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    raise TypeError(type(value).__name__)
