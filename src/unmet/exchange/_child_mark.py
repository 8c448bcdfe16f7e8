"""The child's second task: mark cells in a workbook with openpyxl, or write a marked one from rows."""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
from collections import defaultdict
from datetime import datetime
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from unmet.exchange import _child, _limits
from unmet.exchange._child_rows import Refuse, cell_name, rows_in
from unmet.exchange._child_zip import check_list, opened, sweep

_FILL = "FFE08A"
_WIDTHS = (18, 8, 24, 60, 60)
_BAD_IN_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ROW_SPACE = 15
_LIST_TOP = 6  # first row of the list: above stand the title, two lines of advice, a blank line and the headings

Places = dict[tuple[str, int, int], list[dict[str, Any]]]


def mark(path: str, job_fd: int, out_fd: int) -> dict[str, Any]:
    """Do the job in `job_fd`, write the workbook to `out_fd`; answers its size in bytes."""
    if not openpyxl.DEFUSEDXML:
        raise Refuse("entities")  # without it openpyxl would follow what it should refuse
    job = json.loads(os.pread(job_fd, os.fstat(job_fd).st_size, 0), object_hook=_writable)
    made = _marked_workbook(path, job) if job["keep"] else None
    if made is None:
        made = _rebuilt(path, job)
    with os.fdopen(out_fd, "wb", closefd=False) as out:
        out.write(made)
    return {"bytes": len(made)}


def _marked_workbook(path: str, job: dict[str, Any]) -> bytes | None:
    """The person's own workbook, marked; None when openpyxl cannot open or write it, which is no fault of theirs."""
    with opened(path) as parts:
        check_list(parts)
        sweep(parts, {})
    try:
        with open(path, "rb") as file:  # by its path, openpyxl would judge it by the name on our disk
            book = openpyxl.load_workbook(file, rich_text=True)
        for sheet in list(book.worksheets):
            if sheet.title.startswith(_limits.OUR_SHEET_MARK) and len(book.worksheets) > 1:
                book.remove(sheet)
            else:
                _forget_marks(sheet, job["author"])
        places = _places(job)
        commented = 0
        for (name, row, column), faults in places.items():
            if name in book.sheetnames and isinstance(book[name], Worksheet):
                _mark_cell(book[name], row, column, faults, job["author"] if commented < _limits.COMMENTS else "")
                commented += 1
        _write_list(book, job, many=commented > _limits.COMMENTS)
        out = io.BytesIO()
        book.save(out)
    except (MemoryError, Refuse):
        raise
    except Exception:
        return None
    return out.getvalue()


def _writable(values: dict[str, Any]) -> dict[str, Any]:
    """Texts without the characters that no workbook can hold."""
    return {key: _NOT_IN_XML.sub("\ufffd", value) if isinstance(value, str) else value for key, value in values.items()}


def _places(job: dict[str, Any]) -> Places:
    places: Places = defaultdict(list)
    for fault in job["faults"]:
        places[fault["sheet"], fault["row"], fault["column"] or 0].append(fault)
    return places


def _comment(faults: list[dict[str, Any]]) -> str:
    return "\n\n".join(f"{fault['sentence']}\n{fault['remedy']}".strip() for fault in faults)[:8000]


def _forget_marks(sheet: Worksheet, author: str) -> None:
    """Take off what an earlier marking left, so that a corrected cell is not coloured for ever."""
    # The stored cells only: iter_rows would create every blank one of the rectangle.
    for cell in list(sheet._cells.values()):
        if cell.comment and cell.comment.author == author:
            cell.comment = None
            cell.fill = PatternFill()


def _mark_cell(sheet: Worksheet, row: int, column: int, faults: list[dict[str, Any]], author: str) -> None:
    cell = sheet.cell(row, column + 1)
    if isinstance(cell, MergedCell):
        merged = next(area for area in sheet.merged_cells.ranges if cell.coordinate in area)
        cell = sheet.cell(merged.min_row, merged.min_col)
    cell.fill = PatternFill("solid", start_color=_FILL, end_color=_FILL)
    if author:
        own = f"{cell.comment.text}\n\n" if cell.comment else ""
        text = own + _comment(faults)
        cell.comment = Comment(text, author, height=max(80, _ROW_SPACE * (len(text) // 40 + 3)), width=320)


def _write_list(book: openpyxl.Workbook, job: dict[str, Any], *, many: bool) -> None:
    sheet = book.create_sheet(job["sheet"], 0)
    book.active = 0
    for other in book.worksheets[1:]:
        other.sheet_view.tabSelected = False
    sheet.sheet_view.rightToLeft = job["right_to_left"]
    wrapped = Alignment(wrap_text=True, vertical="top")

    def write(row: int, column: int, text: str) -> Any:
        cell = sheet.cell(row, column)
        if text:
            cell.value = text[: _limits.CELL_CHARACTERS]
            cell.data_type = "s"  # text that begins with = stays text
        return cell

    write(1, 1, job["title"]).font = Font(bold=True, size=14)
    write(2, 1, job["told"])
    if many:
        write(3, 1, job["told_many"])
    for column, heading in enumerate(job["headings"], 1):
        write(_LIST_TOP - 1, column, heading).font = Font(bold=True)
        sheet.column_dimensions[openpyxl.utils.get_column_letter(column)].width = _WIDTHS[column - 1]
    for row, fault in enumerate(job["faults"], _LIST_TOP):
        place = _place_text(fault)
        for column, text in enumerate(_listed(fault, place), 1):
            cell = write(row, column, text)
            if column > 2:
                cell.alignment = wrapped
        if fault["sheet"] in book.sheetnames:
            link = sheet.cell(row, 2)
            link.hyperlink = Hyperlink(ref=link.coordinate, location=_location(fault["sheet"], fault))
            link.font = Font(color="1F4E79", underline="single")
    sheet.freeze_panes = sheet.cell(_LIST_TOP, 1)


def _listed(fault: dict[str, Any], place: str) -> tuple[str, ...]:
    return fault["sheet"], place, fault["value"], fault["sentence"], fault["remedy"]


def _place_text(fault: dict[str, Any]) -> str:
    return str(fault["row"]) if fault["column"] is None else cell_name(fault["row"], fault["column"])


def _location(sheet: str, fault: dict[str, Any]) -> str:
    quoted = sheet.replace("'", "''")
    return f"'{quoted}'!{cell_name(fault['row'], fault['column'] or 0)}"


def _rebuilt(path: str, job: dict[str, Any]) -> bytes:
    """A new workbook from the rows of the file, with the same row and column numbers."""
    out = io.BytesIO()
    with tempfile.TemporaryFile() as rows_file:
        answer = _child.read(path, rows_file.fileno())
        with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            _Rebuilding(book, job, answer, rows_file.fileno()).write()
    return out.getvalue()


class _Rebuilding:
    """Writes the list and the sheets of one rebuilt workbook."""

    def __init__(self, book: Any, job: dict[str, Any], answer: dict[str, Any], rows_fd: int) -> None:
        self._book, self._job, self._answer, self._rows_fd = book, job, answer, rows_fd
        self._places = _places(job)
        self._commented = 0
        self._bad = book.add_format({"bg_color": "#" + _FILL})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._bad_day = book.add_format({"num_format": "yyyy-mm-dd", "bg_color": "#" + _FILL})
        # A text table has one sheet, which the person knows by the name of the file.
        self._only = job["faults"][0]["sheet"] if answer["kind"] == "csv" and job["faults"] else ""
        self._names: dict[str, str] = {}
        taken = {job["sheet"].casefold()}
        for sheet in answer["sheets"]:
            original = sheet["name"] or self._only
            name = _BAD_IN_NAME.sub(" ", original).strip(" '")[:31].strip(" '") or "1"
            while name.casefold() in taken:
                name = f"{name[:27]} {len(taken) + 1}"
            taken.add(name.casefold())
            self._names[original] = name

    def write(self) -> None:
        front = self._book.add_worksheet(self._job["sheet"])
        for sheet in self._answer["sheets"]:
            original = sheet["name"] or self._only
            target = self._book.add_worksheet(self._names[original])
            if self._job["right_to_left"]:
                target.right_to_left()
            self._write_sheet(target, original, sheet)
        self._write_list(front)

    def _write_sheet(self, target: Any, original: str, sheet: dict[str, Any]) -> None:
        faulty = {(row, column) for name, row, column in self._places if name == original}
        for line in os.pread(self._rows_fd, sheet["end"] - sheet["start"], sheet["start"]).splitlines():
            for number, cells in rows_in(json.loads(line)):
                for column, value in enumerate(cells):
                    self._write_cell(target, number, column, value, (number, column) in faulty)
        for row, column in sorted(faulty):
            if not 1 <= row <= _limits.LAST_ROW or not 0 <= column < _limits.COLUMNS:
                continue
            if self._commented < _limits.COMMENTS:
                text = _comment(self._places[original, row, column])
                target.write_comment(
                    row - 1, column, text, {"author": self._job["author"], "x_scale": 2.5, "y_scale": 1.5}
                )
            self._commented += 1

    def _write_cell(self, target: Any, number: int, column: int, value: Any, faulty: bool) -> None:
        style = self._bad if faulty else None
        row = number - 1
        if value is None:
            target.write_blank(row, column, None, style)
        elif isinstance(value, bool):
            target.write_boolean(row, column, value, style)
        elif isinstance(value, int | float):
            target.write_number(row, column, value, style)
        elif isinstance(value, dict):
            self._write_day(target, row, column, value, self._bad_day if faulty else self._day)
        else:
            target.write_string(row, column, _NOT_IN_XML.sub("\ufffd", value), style)

    def _write_day(self, target: Any, row: int, column: int, value: dict[str, str], style: Any) -> None:
        text = value.get("d") or value["t"]
        if text < "1901" or "t" in value:
            target.write_string(row, column, text)
        else:
            target.write_datetime(row, column, datetime.fromisoformat(text), style)

    def _write_list(self, front: Any) -> None:
        job, bold = self._job, self._book.add_format({"bold": True})
        wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})
        link = self._book.add_format({"font_color": "#1F4E79", "underline": 1})
        if job["right_to_left"]:
            front.right_to_left()
        front.write_string(0, 0, job["title"], self._book.add_format({"bold": True, "font_size": 14}))
        front.write_string(1, 0, job["told"])
        front.write_string(2, 0, job["told_rebuilt"])
        if self._commented > _limits.COMMENTS:
            front.write_string(3, 0, job["told_many"])
        for column, heading in enumerate(job["headings"]):
            front.set_column(column, column, _WIDTHS[column])
            front.write_string(_LIST_TOP - 2, column, heading, bold)
        for row, fault in enumerate(job["faults"], _LIST_TOP - 1):
            place = _place_text(fault)
            for column, text in enumerate(_listed(fault, place)):
                front.write_string(row, column, text[: _limits.CELL_CHARACTERS], wrapped if column > 1 else None)
            name = self._names.get(fault["sheet"])
            if name:
                front.write_url(row, 1, "internal:" + _location(name, fault), link, place)
        front.freeze_panes(_LIST_TOP - 1, 0)
        front.activate()
