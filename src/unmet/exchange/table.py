"""Any workbook or text table as lazy rows, read by a child process that cannot hurt us.

`read(path, filename=…)` answers with a `Table` or raises `FileRefused`, whose sentence says what is wrong, why we do
not accept it, and what to do. Nothing here knows what the columns mean; that is the work of the parsers above.
"""

from __future__ import annotations

import json
import os
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from django.utils.translation import gettext

from unmet.exchange import _limits, _process
from unmet.exchange._child_rows import rows_in
from unmet.exchange._refusals import SENTENCES

CellValue = str | int | Decimal | bool | date | datetime | None
Kind = Literal["xlsx", "ods", "csv"]


@dataclass(frozen=True, slots=True)
class Row:
    """One non-blank row of a sheet.

    `number` is the 1-based row as a person sees it in the file: hidden rows, merged cells and blank rows count.
    `cells` starts at column A; None is a blank cell, text is as typed, native numbers are int or Decimal, native
    dates are date (or datetime when a time of day is stored). Rows of one sheet may differ in length.
    """

    sheet: str
    number: int
    cells: tuple[CellValue, ...]

    def cell(self, column: int) -> CellValue:
        """The value in a 0-based column; None beyond the end of the row."""
        return self.cells[column] if column < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader should be told though the file was read: code, place and a sentence."""

    code: Literal["formula-without-value", "sheet-left-out", "encoding-guessed"]
    sheet: str
    cell: str
    args: Mapping[str, object] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The note in the reader's language."""
        sheet = _process.presentable(self.sheet)
        return gettext(SENTENCES[self.code]) % {"sheet": sheet, "cell": self.cell, **self.args}


class FileRefused(Exception):
    """The file is not a table we read. `code` is the machine's reason, `sentence` what the person is told."""

    def __init__(self, code: str, **args: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = {
            "megabytes": _limits.FILE_BYTES // 2**20,
            "unpacked": _limits.UNPACKED_BYTES // 2**20,
            "rows": _limits.ROWS,
            "columns": _limits.COLUMNS,
            "parts": _limits.PARTS,
            **args,
        }

    @property
    def sentence(self) -> str:
        """What is wrong, why, and what to do, in the language active when it is asked for."""
        return gettext(SENTENCES.get(self.code, SENTENCES["damaged"])) % self.details

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True)
class Table:
    """A file that was read whole. Its rows lie in an unnamed temporary file until the table is let go."""

    sheets: tuple[str, ...]
    kind: Kind
    encoding: str | None  # of a csv, e.g. "utf-8-sig" or "cp1256"; None for workbooks
    delimiter: str | None  # of a csv
    notes: tuple[Note, ...]
    default_sheet: str
    _spans: tuple[tuple[int, int], ...]
    _rows_fd: int
    count: int = 0  # non-blank rows of all sheets, headers among them

    def __post_init__(self) -> None:
        weakref.finalize(self, os.close, self._rows_fd)

    def rows(self, sheet: str | None = None) -> Iterator[Row]:
        """The non-blank rows of a sheet, lazily; of the first visible sheet that has any when none is named."""
        name = self.default_sheet if sheet is None else sheet
        start, end = self._spans[self.sheets.index(name)]
        for batch in _lines(self._rows_fd, start, end):
            for number, cells in _decode(batch):
                yield Row(name, number, cells)


def cell_name(row: int, column: int) -> str:
    """Name a cell as a spreadsheet does, from a 1-based row and a 0-based column.

    >>> cell_name(7, 2), cell_name(1, 26), cell_name(3, 199)
    ('C7', 'AA1', 'GR3')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def read(path: Path, *, filename: str) -> Table:
    """Read a table of any of our three kinds; the kind is found from the content, `filename` is what the person chose.

    Raises:
        FileRefused: with a code and a sentence, whatever the file does.
    """
    shown = _process.presentable(filename)
    if path.stat().st_size > _limits.FILE_BYTES:
        raise FileRefused("too-large", filename=shown)
    with tempfile.TemporaryFile() as rows_file:
        answer = _process.run("read", path, rows_file.fileno())
        if "refused" in answer:
            raise FileRefused(answer["refused"], filename=shown, **_named(answer.get("args", {}), shown))
        rows_fd = os.dup(rows_file.fileno())
    sheets = answer["sheets"]
    if answer["kind"] == "csv":
        # A text table has no sheet names; spreadsheets show it under the name of its file.
        sheets[0]["name"] = Path(shown).stem or shown
    return Table(
        sheets=tuple(sheet["name"] for sheet in sheets),
        kind=answer["kind"],
        encoding=answer["encoding"],
        delimiter=answer["delimiter"],
        notes=tuple(Note(n["code"], n["sheet"], n["cell"], n.get("args", {})) for n in answer["notes"]),
        default_sheet=sheets[answer["default"]]["name"],
        _spans=tuple((sheet["start"], sheet["end"]) for sheet in sheets),
        _rows_fd=rows_fd,
        count=sum(sheet.get("rows", 0) for sheet in sheets),
    )


Heard = Callable[[str, int, int], None]
_HEARD_EVERY_ROWS = 500


def counted(rows: Iterable[Row], total: int, heard: Heard | None) -> Iterator[Row]:
    """The same rows; every now and then `heard` is told how many of how many are checked. It may raise."""
    if heard is None:
        yield from rows
        return
    for number, row in enumerate(rows, 1):
        if number % _HEARD_EVERY_ROWS == 0:
            heard("checking", min(number, total), total)
        yield row


def _named(details: dict[str, Any], shown: str) -> dict[str, Any]:
    if "sheet" in details:
        details["sheet"] = _process.presentable(details["sheet"]) or Path(shown).stem
    return details


def _lines(fd: int, start: int, end: int) -> Iterator[bytes]:
    """The lines between two offsets; positions are our own, so several readers may share the file."""
    rest = b""
    while start < end:
        block = os.pread(fd, min(1 << 18, end - start), start)
        start += len(block)
        *lines, rest = (rest + block).split(b"\n")
        yield from lines


def _number(text: str) -> Decimal:
    """A native number without float noise: spreadsheets keep and show 15 significant digits."""
    return Decimal(text) if len(text) < 17 else Decimal(f"{float(text):.15g}")


def _dated(value: dict[str, Any]) -> Any:
    if "d" in value:
        return date.fromisoformat(value["d"])
    return datetime.fromisoformat(value["t"]) if "t" in value else value


_decoder = json.JSONDecoder(parse_float=_number, object_hook=_dated)


def _decode(line: bytes) -> Iterator[tuple[int, tuple[CellValue, ...]]]:
    return rows_in(_decoder.decode(line.decode("utf-8", "surrogatepass")))
