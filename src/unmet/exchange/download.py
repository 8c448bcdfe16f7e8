"""The same rows as .csv, .xlsx and .json: for a person's spreadsheet, for pandas and R, for a program.

Values come as they are (Decimal, int, date, text, None) and are written exactly, never through a float where that
would change a digit. A notice under the key `MARK` in `notes` (such as DEMONSTRATION) stands beside every row, because
rows are copied out of files without their headings.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import IO, Any, Literal

import xlsxwriter
from django.utils.translation import get_language_info, gettext, override

from unmet.methods.neutral import neutralised as neutralised

MARK = "demonstration"

_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_EXACT_DIGITS = 15  # what a spreadsheet keeps of a number
_CELL_CHARACTERS = 32_767
_SHEET_ROWS = 1_048_576
_WIDTHS = {"text": 28, "quantity": 14, "integer": 12, "money": 16, "percent": 10, "date": 12}
_FORMATS = {
    "text": "@",
    "quantity": "#,##0.###",
    "integer": "#,##0",
    "money": "#,##0.00",
    "percent": "0.0%",
    "date": "yyyy-mm-dd",
}

Value = str | Decimal | int | date | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `key` for machines (csv, json), `title` for people (xlsx).

    Kinds: text (also codes, so that 007 stays 007); quantity and money as Decimal; percent as a share (0.25 is 25 %);
    integer; date (a date, or a moment with its zone).
    """

    key: str
    title: str
    kind: Literal["text", "quantity", "integer", "money", "percent", "date"]


class TooManyRows(Exception):
    """A spreadsheet cannot hold so many rows; the same rows fit into a .csv."""

    def __str__(self) -> str:
        return gettext("These are more rows than a spreadsheet can hold. Please take the .csv, or narrow the list.")


def write_csv(
    fh: IO[str],
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    *,
    notes: Mapping[str, str],
    bom: bool = False,
) -> int:
    """Write a header of keys and the rows; returns the number of rows.

    `fh` is a text file opened with newline="" and UTF-8. `bom` puts the mark in front that Excel needs to see UTF-8;
    programs are better off without. The notice, if any, is the last column, `note`, so that no comment line disturbs
    a reader. Without rows it has no cell to stand in: then it stands in the header, as one more column, so that no
    row is invented for it.
    """
    if bom:
        fh.write("\ufeff")
    extra = [neutralised(notes[MARK])] if MARK in notes else []
    writer = csv.writer(fh, lineterminator="\r\n")
    header, coming = [*(column.key for column in columns), *(["note"] if extra else [])], iter(rows)
    first = next(coming, None)
    if first is None:
        writer.writerow([*header, *extra])
        return 0
    writer.writerow(header)
    count = 0
    for row in chain([first], coming):
        count += 1
        writer.writerow([*(_csv_text(value) for value in row), *extra])
    return count


def write_xlsx(
    path: Path | IO[bytes],
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    *,
    title: str,
    language: str,
    notes: Mapping[str, str],
) -> int:
    """Write a workbook of one sheet of rows and one sheet “About”; returns the number of rows.

    Right to left when the language is. Memory does not grow with the rows. No cell ever holds a formula.

    Raises:
        TooManyRows: more than 1,048,575.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with override(language), xlsxwriter.Workbook(path, options) as book:
        about_name = gettext("About")
        sheet = book.add_worksheet(sheet_name(title, taken=(about_name,)))
        if MARK in notes:
            columns = [*columns, Column("note", gettext("Note"), "text")]
            rows = ([*row, notes[MARK]] for row in rows)
            sheet.set_header("&C" + notes[MARK].replace("&", "&&")[:200])
        count = _fill(book, sheet, columns, rows)
        about = book.add_worksheet(about_name)
        _describe(book, about, title, notes)
        if get_language_info(language)["bidi"]:
            sheet.right_to_left()
            about.right_to_left()
    return count


def write_json(
    fh: IO[str], columns: Sequence[Column], rows: Iterable[Sequence[Value]], *, title: str, notes: Mapping[str, str]
) -> int:
    """Write `{"about": {…}, "columns": [{key, title, kind}], "rows": [{key: value}]}`; returns the number of rows.

    Quantities are JSON numbers with exactly their digits; a reader that wants them exact parses numbers as decimals.
    """
    about = {"title": str(title), **{key: str(note) for key, note in notes.items()}}
    described = [{"key": column.key, "title": str(column.title), "kind": column.kind} for column in columns]
    fh.write(f'{{"about": {_json(about)},\n"columns": {_json(described)},\n"rows": [')
    keys = [_json(column.key) for column in columns]
    count = 0
    for count, row in enumerate(rows, 1):
        cells = ", ".join(f"{key}: {_json_value(value)}" for key, value in zip(keys, row, strict=True))
        fh.write(f"{',' if count > 1 else ''}\n{{{cells}}}")
    fh.write("\n]}\n")
    return count


def demonstration_words() -> str:
    """What stands in every file of a demonstration, in the reader's language."""
    return gettext("DEMONSTRATION: the figures are invented or computed. They are not statements of any member.")


def number_text(value: Decimal | int) -> str:
    """A number in plain digits: no exponent, no zeros that say nothing.

    >>> number_text(Decimal("1250.500")), number_text(Decimal("1E+3")), number_text(Decimal("-0.0"))
    ('1250.5', '1000', '0')
    """
    if isinstance(value, int):
        return str(value)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def sheet_name(title: str, *, taken: Iterable[str] = ()) -> str:
    """A title as a name that a spreadsheet accepts: 31 characters, without its forbidden ones, and not taken."""
    name = _SHEET_NAME.sub(" ", str(title)).strip(" '")[:31].strip(" '") or "1"
    used = {other.casefold() for other in taken}
    number, candidate = 2, name
    while candidate.casefold() in used:
        candidate = f"{name[:27]} {number}"
        number += 1
    return candidate


def _csv_text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (Decimal, int)):
        return number_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return neutralised(str(value))


def _fill(book: Any, sheet: Any, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> int:
    header = book.add_format({"bold": True, "bg_color": "#E6EEF5", "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for index, column in enumerate(columns):
        width = max(_WIDTHS[column.kind], min(len(str(column.title)) + 2, 40))
        sheet.set_column(index, index, width, formats[column.kind])
    for index, column in enumerate(columns):
        sheet.write_string(0, index, neutralised(str(column.title)), header)
    sheet.freeze_panes(1, 0)
    count = 0
    for count, row in enumerate(rows, 1):
        if count >= _SHEET_ROWS:
            raise TooManyRows
        for index, (column, value) in enumerate(zip(columns, row, strict=True)):
            write_cell(sheet, count, index, value, formats[column.kind], moment)
    if count and columns:
        sheet.autofilter(0, 0, count, len(columns) - 1)
    return count


def write_cell(sheet: Any, row: int, column: int, value: Value, style: Any, moment: Any) -> None:
    """Write a value at a 0-based row and column, exactly and never as a formula; nothing where it is blank."""
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, (Decimal, int)):
        plain = number_text(value)
        # More digits than a spreadsheet keeps would be rounded in silence: such a number is written as text.
        if len(plain.strip("-").replace(".", "").strip("0")) > _EXACT_DIGITS:
            sheet.write_string(row, column, plain, style)
        else:
            sheet.write_number(row, column, float(plain), style)
    elif isinstance(value, date):
        _write_date(sheet, row, column, value, style, moment)
    else:
        sheet.write_string(row, column, _shortened(neutralised(str(value))), style)


def _write_date(sheet: Any, row: int, column: int, value: date, style: Any, moment: Any) -> None:
    # Before March 1900 the calendars of the spreadsheets disagree: such a day is written as text.
    if value.year < 1901:
        sheet.write_string(row, column, value.isoformat())
    elif isinstance(value, datetime):
        naive = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        sheet.write_datetime(row, column, naive, moment)
    else:
        sheet.write_datetime(row, column, value, style)


def _describe(book: Any, sheet: Any, title: str, notes: Mapping[str, str]) -> None:
    """The sheet “About”: the title, then each note on a line of its own."""
    sheet.set_column(0, 0, 100, book.add_format({"text_wrap": True}))
    sheet.write_string(0, 0, neutralised(str(title)), book.add_format({"bold": True, "font_size": 14}))
    for line, note in enumerate(notes.values(), 2):
        sheet.write_string(line, 0, _shortened(neutralised(str(note))))


def _shortened(text: str) -> str:
    return text if len(text) <= _CELL_CHARACTERS else text[: _CELL_CHARACTERS - 1] + "…"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json_value(value: Value) -> str:
    if value is None or isinstance(value, bool):
        return _json(value)
    if isinstance(value, (Decimal, int)):
        return number_text(value)
    return _json(value.isoformat() if isinstance(value, date) else str(value))
