"""Count and read the sheets of an .xlsx workbook."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum

from unmet.exchange import _limits
from unmet.exchange._child_rows import Refuse, RowFile, cell_name, plain
from unmet.exchange._child_zip import Spare, parse, small_part, stream, sweep

# A cell tag as Excel, LibreOffice, xlsxwriter and openpyxl write it, inside our limits: column up to GR (200), row up
# to 100,199, no error. What does not look like this sends the sheet to the slower, complete count.
# Most cells are of the first form, which lies within the second and is found in half the time.
_UNUSUAL = re.compile(
    rb'<c(?! r="[A-Z][1-9][0-9]{0,4}+"(?:>| s="[0-9]++">| t="(?:s|inlineStr)">)'
    rb'| r="(?:[A-Z]|[A-F][A-Z]|G[A-R])(?:[1-9][0-9]{0,4}|1001[0-9]{2}|1000[0-9]{2})"'
    rb'(?: s="[0-9]+")?(?: t="(?:s|str|n|b|inlineStr)")?/?>)[\s/>]'
)
# The reader behind us takes what is no number for the first of the shared texts.
_ODD_SHARED_TEXT = re.compile(rb't="s"><v>(?![0-9]{1,9}</v>)')
_ODD_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")
_PLACE_OF_TEXT = re.compile(r"\s*[0-9]{1,9}\s*\Z", re.ASCII)
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,4})\$?([0-9]{1,8})\Z")
_MAX_NOTES = 100
_MAX_ERRORS = 100_000
_LONG_TEXT = 1 << 20


@dataclass
class Sheet:
    """One worksheet: where it lies, and what counting found."""

    name: str
    part: str
    visible: bool
    refusal: Refuse | None = None
    errors: dict[tuple[int, int], str] = field(default_factory=dict)  # (1-based row, 0-based column) → "#N/A"
    unvalued: list[str] = field(default_factory=list)  # cells whose formula has no stored result


class QuickLook:
    """Sees a sheet's bytes go by; `usual` stays true while every cell tag is inside the limits and of the plain form.

    One search at the speed of the regular expression engine, where a parser would call us for each of a million
    cells. Sound because `<` cannot stand inside an attribute: each `<c` that we see begins a tag.
    """

    def __init__(self, spare: Spare) -> None:
        self.usual = True
        self.taken = 0  # of what the workbook may have without a value
        self._spare = spare
        self._rest = b""

    def __call__(self, chunk: bytes) -> None:
        if not self.usual:
            return
        seen = self._rest + chunk
        cut = seen.rfind(b"<")
        if cut < 0 or len(seen) - cut > _LONG_TEXT:
            self.usual = False
            return
        self._rest = seen[cut:]
        seen = seen[:cut]
        # <!: comments and CDATA could hide tags; <f: formulas; ":c": cells under a namespace prefix.
        # One sign is found far faster than two, and where it is not, neither are two.
        hiding = (b"!" in seen and b"<!" in seen) or (b":" in seen and b":c" in seen)
        odd = hiding or b"<f" in seen or (b"&" in seen and _ODD_ENTITY.search(seen))
        if odd or _UNUSUAL.search(seen) or _ODD_SHARED_TEXT.search(seen):
            self.usual = False
            return
        values = seen.count(b"<v>") + seen.count(b"<is>")
        elements = seen.count(b"<") - seen.count(b"</") - values * _limits.ELEMENTS_PER_VALUE
        self.taken += elements
        self._spare.take(elements)


class FullCount:
    """A streaming pass of expat over one sheet: its limits, its error cells, its formulas without a result."""

    def __init__(self, sheet: Sheet, spare: Spare) -> None:
        self._sheet = sheet
        self._spare = spare
        self._row = self._next_row = 0
        self._column = -1
        self._kind = ""
        self._formula = self._value = False
        self._text: list[str] | None = None
        self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        self._spare.left -= _limits.PARSED_ELEMENT + (len(attributes) >> 2)
        if self._spare.left < 0:
            raise Refuse("too-large")
        if tag == "c":
            self._start_cell(attributes)
        elif tag == "row":
            self._row = int(attributes["r"]) if attributes.get("r", "").isdecimal() else self._row + 1
            self._column = -1
        elif tag in ("v", "is"):
            self._value = True
            self._spare.left += _limits.PARSED_ELEMENT * _limits.ELEMENTS_PER_VALUE
            self._check_limits()
            self._text, self._length = [], 0
        elif tag == "f":
            self._formula = True

    def characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)
            self._length += len(text)
            if self._length > _limits.CELL_CHARACTERS:
                raise Refuse("cell-too-long", sheet=self._sheet.name, cell=cell_name(self._row, self._column))

    def end(self, name: str) -> None:
        tag = name.rpartition(" ")[2]
        if tag != "c":
            return
        value = "".join(self._text) if self._text is not None else ""
        if self._kind == "s" and value and not _PLACE_OF_TEXT.match(value):
            raise Refuse("damaged")
        if self._kind == "e" and value:
            self._sheet.errors[self._row, self._column] = value
            if len(self._sheet.errors) > _MAX_ERRORS:
                raise Refuse("too-large")
        elif self._formula and not value and self._kind != "str" and len(self._sheet.unvalued) < _MAX_NOTES:
            self._sheet.unvalued.append(cell_name(self._row, self._column))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        place = _REFERENCE.match(attributes.get("r", ""))
        if place:
            self._row, self._column = int(place[2]), _column(place[1].upper())
        elif "r" in attributes:
            raise Refuse("damaged")
        else:
            self._column += 1
        self._kind = attributes.get("t", "")
        self._formula = self._value = False
        self._text = None

    def _check_limits(self) -> None:
        if self._column >= _limits.COLUMNS:
            cell = cell_name(self._row, self._column)
            raise Refuse("too-many-columns", sheet=self._sheet.name, cell=cell)
        if self._row > _limits.LAST_ROW:
            raise Refuse("too-many-rows", sheet=self._sheet.name, row=self._row)


def read(parts: zipfile.ZipFile, path: str, rows_file: RowFile) -> tuple[list[dict[str, Any]], list[Sheet]]:
    """Check, count and read a workbook; returns the sheets written and all sheets with what was found in them."""
    if b"macroEnabled" in small_part(parts, "[Content_Types].xml"):
        raise Refuse("macros")
    sheets = list(_sheets(parts))
    if len({sheet.part for sheet in sheets}) < len(sheets):
        raise Refuse("damaged")  # two sheets in one part
    check_names(sheets)
    spare = Spare()
    looks = {sheet.part: QuickLook(spare) for sheet in sheets if sheet.part in parts.NameToInfo}
    sweep(parts, looks)
    for sheet in sheets:
        if sheet.part not in looks:
            raise Refuse("damaged")
        if not looks[sheet.part].usual:
            spare.take(-looks[sheet.part].taken)
            _count(parts, sheet, spare)
    workbook = opened_by_calamine(path)
    worksheets = [i for i, s in enumerate(workbook.sheets_metadata) if s.typ == SheetTypeEnum.WorkSheet]
    if len(worksheets) != len(sheets):
        raise Refuse("damaged")
    written = []
    for index, sheet in zip(worksheets, sheets, strict=True):
        if sheet.refusal:
            continue
        try:
            written.append(write(rows_file, workbook, index, sheet))
        except Refuse as refusal:
            sheet.refusal = refusal
    return written, sheets


def opened_by_calamine(path: str) -> CalamineWorkbook:
    """The workbook, told apart by content: the name on our disk says nothing."""
    with open(path, "rb") as file:
        return CalamineWorkbook.from_filelike(file)


def write(rows_file: RowFile, workbook: CalamineWorkbook, index: int, sheet: Sheet) -> dict[str, Any]:
    """Write the rows of a sheet, with the errors that counting found in it; returns what was written."""
    content = workbook.get_sheet_by_index(index)
    before = content.start[1] if content.start else 0
    if not sheet.errors:
        return rows_file.write_columns(sheet.name, content.iter_rows(), before)
    return rows_file.write_sheet(sheet.name, _rows_with_errors(content, before, sheet))


def _rows_with_errors(content: CalamineSheet, before: int, sheet: Sheet) -> Iterator[tuple[int, list[Any]]]:
    # An error at the edge of the sheet lies outside the rectangle that the reader found: it says '' for errors.
    last = max(row for row, _ in sheet.errors)
    width = max(column for _, column in sheet.errors) + 1
    number = 0
    for number, row in enumerate(content.iter_rows(), 1):
        wide = [*row, *[""] * (width - before - len(row))]
        yield number, plain(wide, before, number=number, errors=sheet.errors)
    for further in range(number + 1, last + 1):
        yield further, plain([""] * width, number=further, errors=sheet.errors)


def check_names(sheets: Sequence[Sheet]) -> None:
    """Refuse sheets that cannot be told apart by their names, as no spreadsheet makes them, or without end.

    Raises:
        Refuse: damaged, too-large.
    """
    if len(sheets) > _limits.SHEETS:
        raise Refuse("too-large")
    if len({sheet.name for sheet in sheets}) < len(sheets):
        raise Refuse("damaged")
    if any(len(sheet.name) > _limits.SHEET_NAME_CHARACTERS for sheet in sheets):
        raise Refuse("damaged")


def _count(parts: zipfile.ZipFile, sheet: Sheet, spare: Spare) -> None:
    count = FullCount(sheet, spare)
    try:
        parse(
            stream(parts, sheet.part), count.start, EndElementHandler=count.end, CharacterDataHandler=count.characters
        )
    except Refuse as refusal:
        if refusal.code in ("entities", "damaged", "too-large"):
            raise
        sheet.refusal = refusal


def _sheets(parts: zipfile.ZipFile) -> Iterator[Sheet]:
    """The worksheets in the order of their tabs."""
    targets: dict[str, tuple[str, str]] = {}
    found: list[tuple[str, str, str]] = []

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name.endswith(" Relationship"):
            link, target = attributes.get("Id", ""), attributes.get("Target", "")
            # Another reader would take the other one of two, or look for xl/… in the uppermost folder.
            if link in targets or target.startswith("xl/"):
                raise Refuse("damaged")
            targets[link] = (attributes.get("Type", ""), target)

    def tab(name: str, attributes: dict[str, str]) -> None:
        if name.endswith(" sheet"):
            links = [value for key, value in attributes.items() if key.endswith(" id")]
            if len(links) > 1:
                raise Refuse("damaged")  # readers would differ in which they follow
            found.append((attributes.get("name", ""), "".join(links), attributes.get("state", "visible")))

    parse(small_part(parts, "xl/_rels/workbook.xml.rels"), relation)
    parse(small_part(parts, "xl/workbook.xml"), tab)
    for kind, target in targets.values():
        # Without them dates would be numbers, and texts nothing.
        if kind.endswith(("/styles", "/sharedStrings")) and _part(target) not in parts.NameToInfo:
            raise Refuse("damaged")
    for name, link, state in found:
        kind, target = targets.get(link, ("", ""))
        if kind.endswith(("/xlMacrosheet", "/xlIntlMacrosheet")):
            raise Refuse("macros")
        if kind.endswith("/worksheet"):
            yield Sheet(name, _part(target), state == "visible")


def _part(target: str) -> str:
    """The part that a link of the workbook leads to."""
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
