"""Count and read the tables of an .ods document."""

from __future__ import annotations

import zipfile
from typing import Any

from unmet.exchange import _limits
from unmet.exchange._child_rows import Refuse, RowFile, cell_name
from unmet.exchange._child_xlsx import Sheet, check_names, opened_by_calamine, write
from unmet.exchange._child_zip import Spare, parse, small_part, stream, sweep

_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_ERROR_KIND = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type"
_CELLS = (_TABLE + "table-cell", _TABLE + "covered-table-cell")
_VALUE_OF = {  # the attribute that holds the value of a cell of this kind; a text may stand in the cell alone
    kind: _OFFICE + attribute
    for kind, attribute in {
        "float": "value",
        "percentage": "value",
        "currency": "value",
        "boolean": "boolean-value",
        "date": "date-value",
        "time": "time-value",
    }.items()
}
_MAX_NOTES = 100
_MAX_ERRORS = 100_000


class FullCount:
    """A streaming pass of expat over content.xml.

    Blank cells and rows may be repeated to the end of the sheet, as LibreOffice does; filled ones count as often as
    they are repeated.
    """

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self._spare = Spare().left
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._row = self._rows = 0  # last row before this one; how often this one stands
        self._column = self._columns = 0
        self._in_cell = self._depth = self._annotation = 0
        self._error = self._formula = self._filled = False
        self._text: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._spare -= _limits.PARSED_ELEMENT + (len(attributes) >> 2)
        if self._spare < 0:
            raise Refuse("too-large")
        if name in _CELLS:
            self._start_cell(attributes)
        elif self._in_cell:
            if name == _OFFICE + "annotation" and not self._annotation:
                self._annotation = self._depth
            elif name == _TEXT + "p" and not self._annotation:
                self._fill()
        elif name == _TABLE + "table-row":
            self._row += self._rows
            self._rows = _repeated(attributes, "number-rows-repeated")
            self._column = self._columns = 0
        elif name == _TABLE + "table":
            if len(self.sheets) == _limits.SHEETS:
                raise Refuse("too-large")
            style = attributes.get(_TABLE + "style-name", "")
            self.sheets.append(
                Sheet(attributes.get(_TABLE + "name", ""), "content.xml", style not in self._hidden_styles)
            )
            self._row = self._rows = 0
        elif name.endswith(" style"):
            self._style = next((v for k, v in attributes.items() if k.endswith(":style:1.0 name")), "")
        elif name.endswith(" table-properties") and attributes.get(_TABLE + "display") == "false":
            self._hidden_styles.add(self._style)

    def characters(self, text: str) -> None:
        if self._error and not self._annotation:
            self._text.append(text)

    def end(self, name: str) -> None:
        if self._in_cell == self._depth:
            self._end_cell()
            self._in_cell = 0
        if self._annotation == self._depth:
            self._annotation = 0
        self._depth -= 1

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if self._in_cell:
            raise Refuse("damaged")  # a table inside a cell
        self._in_cell = self._depth
        self._column += self._columns
        self._columns = _repeated(attributes, "number-columns-repeated")
        self._error = attributes.get(_ERROR_KIND) == "error"
        self._formula = _TABLE + "formula" in attributes
        self._filled = False
        self._text = []
        kind = attributes.get(_OFFICE + "value-type")
        if kind is not None:
            # Without its value the reader behind us would take the cell for a blank one.
            if kind in _VALUE_OF and _VALUE_OF[kind] not in attributes:
                raise Refuse("damaged")
            if kind == "boolean" and attributes[_VALUE_OF[kind]] not in ("true", "false"):
                raise Refuse("damaged")
            self._fill()

    def _fill(self) -> None:
        """The cell has content: does it, as often as it is repeated, stay inside the limits?"""
        if not self.sheets:
            raise Refuse("damaged")
        if not self._filled:
            self._spare += _limits.PARSED_ELEMENT * _limits.ELEMENTS_PER_VALUE
        self._filled = True
        sheet = self.sheets[-1].name
        last_column, last_row = self._column + self._columns, self._row + self._rows
        if last_column > _limits.COLUMNS:
            # Not the true name of a cell a million columns out, but the first one too many.
            raise Refuse("too-many-columns", sheet=sheet, cell=cell_name(self._row + 1, _limits.COLUMNS))
        if last_row > _limits.LAST_ROW:
            raise Refuse("too-many-rows", sheet=sheet, row=last_row)

    def _end_cell(self) -> None:
        sheet = self.sheets[-1] if self.sheets else None
        if sheet is None:
            raise Refuse("damaged")
        if self._error and self._filled:
            if len(sheet.errors) + self._rows * self._columns > _MAX_ERRORS:
                raise Refuse("too-large")
            for row in range(self._row + 1, self._row + self._rows + 1):
                for column in range(self._column, self._column + self._columns):
                    sheet.errors[row, column] = "".join(self._text).strip() or "#VALUE!"
        elif self._formula and not self._filled and len(sheet.unvalued) < _MAX_NOTES:
            sheet.unvalued.append(cell_name(self._row + 1, self._column))


def read(parts: zipfile.ZipFile, path: str, rows_file: RowFile) -> tuple[list[dict[str, Any]], list[Sheet]]:
    """Check, count and read a document; returns the tables written and all tables with what was found in them.

    The reader behind us takes all tables into memory at once, so one table beyond the limits refuses the file.
    """
    if b"encryption-data" in small_part(parts, "META-INF/manifest.xml"):
        raise Refuse("encrypted")
    sweep(parts, {})
    count = FullCount()
    parse(stream(parts, "content.xml"), count.start, EndElementHandler=count.end, CharacterDataHandler=count.characters)
    check_names(count.sheets)
    workbook = opened_by_calamine(path)
    if len(workbook.sheet_names) != len(count.sheets):
        raise Refuse("damaged")
    written = [write(rows_file, workbook, index, sheet) for index, sheet in enumerate(count.sheets)]
    return written, count.sheets


def _repeated(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(_TABLE + name, "1")
    if not text.isdecimal() or len(text) > 9 or int(text) == 0:
        raise Refuse("damaged")
    return int(text)
