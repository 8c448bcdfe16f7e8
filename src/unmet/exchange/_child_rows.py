"""The child's way of handing rows to its parent: lines of JSON, each an array of rows, in one file it was given.

A row is `[number, cell, …]`. JSON has text, numbers, true, false and null of its own; a day is `{"d": "2020-02-29"}`,
a moment `{"t": "2020-02-29T13:05:00"}`. Nothing that could run anything (no pickle, no marshal) crosses the border.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
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
        start, count = self.position, 0
        try:
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
        except Refuse:
            self._batch, self._size, self.position = [], 1, start
            self._file.seek(start)
            self._file.truncate()
            raise
        return {"name": name, "start": start, "end": self.position, "rows": count}

    def close(self) -> None:
        self._file.close()

    def _flush(self, name: str) -> None:
        if not self._batch:
            return
        text = json.dumps(self._batch, ensure_ascii=False, separators=(",", ":"), default=_tagged, check_circular=False)
        if len(text) > _limits.CELL_CHARACTERS or "\\u0000" in text:
            self._check_texts(name)
        self.position += self._file.write(text.encode("utf-8", "surrogatepass") + b"\n")
        # Long texts make short batches, so that one line never weighs much in the parent.
        self._size = min(self._size * 2, 256) if len(text) < _BATCH_CHARACTERS else max(self._size // 2, 1)
        self._batch = []

    def _check_texts(self, name: str) -> None:
        """Refuse a text that no spreadsheet cell can hold. Called only for large batches."""
        for number, *cells in self._batch:
            for column, value in enumerate(cells):
                if isinstance(value, str) and len(value) > _limits.CELL_CHARACTERS:
                    raise Refuse("cell-too-long", sheet=name, cell=cell_name(number, column))
                if isinstance(value, str) and "\0" in value:
                    raise Refuse("nul", sheet=name)


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
