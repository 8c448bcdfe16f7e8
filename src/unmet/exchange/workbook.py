"""A workbook that people fill in, whatever its form: sheets of lines with lists to choose from, help, whose it is.

Each line stands on exactly one of its tables, and an import reads all of them. The sheets whose names begin with our
mark are not read as tables: one explains, one holds the lists, one says for whom the workbook was made
(`unmet.exchange.stamp`). Right to left when the language is; no cell holds a formula.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import get_language_info, gettext
from xlsxwriter.utility import xl_col_to_name

from unmet.access.services import is_demonstration
from unmet.exchange import _limits, download
from unmet.exchange.form import Column
from unmet.exchange.stamp import Stamp
from unmet.exchange.stated import Value

HEADER: Final = 3  # 0-based row; above it stand the title, one sentence, and the notice of a demonstration
OFFERED_ROWS: Final = 1_000  # blank rows below the lines in which the lists are offered
MESSAGE: Final = 255  # characters that a spreadsheet shows beside a cell
OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
LISTS: Final = f"{_limits.OUR_SHEET_MARK} lists"
STAMP: Final = f"{_limits.OUR_SHEET_MARK} form"
_TITLE: Final = 32
_WIDTHS: Final[Mapping[str, int]] = {
    "text": 40, "item": 42, "unit": 20, "place": 24, "group": 26, "quantity": 16, "rank": 9, "date": 15, "code": 18,
    "name": 28, "choice": 26,
}  # fmt: skip
_FORMATS: Final[Mapping[str, str]] = {"quantity": "#,##0.###", "rank": "0", "date": "yyyy-mm-dd"}  # all others: text
_TO_FILL_IN, _TO_READ = "#E6EEF5", "#EDEDED"


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of lines: field of the form -> value. `blank_rows` below them, the lists are offered too."""

    name: str
    lead: str
    columns: tuple[Column, ...]
    lines: Sequence[Mapping[str, Value]]
    blank_rows: int = OFFERED_ROWS


class Workbook:
    """Lays out the sheets, in the active language. A form of its own overrides `write_lists`."""

    def __init__(self, book: Any, *, title: str, stamp: Stamp) -> None:
        self._book, self._stamp, self.title = book, stamp, title
        self.notice = download.demonstration_words() if is_demonstration() else ""
        self._right_to_left = get_language_info(stamp.language)["bidi"]
        self._bold = book.add_format({"bold": True})
        self._big = book.add_format({"bold": True, "font_size": 14})
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self._named = book.add_format({"bold": True, "valign": "top"})
        self.text = book.add_format({"num_format": "@"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._styles: dict[tuple[str, str, bool], Any] = {}
        self.sources: dict[str, str] = {}  # field -> the list that is offered in its cells

    def fill(self, tables: Sequence[Table], told: Sequence[tuple[str, str]]) -> None:
        """All sheets; the lists come before the sheets that offer them, and stand behind them.

        `told` is what the help says: a name or nothing, and a sentence.
        """
        sheets = [self._book.add_worksheet(table.name) for table in tables]
        title = gettext("Help")
        help_ = self._book.add_worksheet(download.sheet_name(f"{_limits.OUR_SHEET_MARK} {title}"))
        hidden = [self._book.add_worksheet(name) for name in (LISTS, STAMP)]
        self.write_lists(hidden[0])
        for sheet, table in zip(sheets, tables, strict=True):
            self._write_table(sheet, table)
        self._explain(help_, told)
        for row, said in enumerate(self._stamp.rows()):
            for column, text in enumerate(said):
                hidden[1].write_string(row, column, text, self.text)
        for sheet in hidden:
            sheet.hide()
        for sheet in [*sheets, help_, *hidden]:
            if self._right_to_left:
                sheet.right_to_left()

    # ── a sheet of lines ─────────────────────────────────────────────────────
    def _write_table(self, sheet: Any, table: Table) -> None:
        sheet.write_string(0, 0, download.neutralised(self.title), self._big)
        sheet.write_string(1, 0, table.lead)
        if self.notice:
            sheet.write_string(2, 0, self.notice, self._bold)
            sheet.set_header("&C" + self.notice.replace("&", "&&")[:200])
        last = HEADER + len(table.lines) + table.blank_rows
        for index, column in enumerate(table.columns):
            sheet.set_column(
                index, index, _WIDTHS[column.kind], self._style("cell", column.kind, given=False),
                {"hidden": column.hidden},
            )  # fmt: skip
            head = self._style("head", column.kind, given=column.given)
            sheet.write_string(HEADER, index, str(column.title), head)
            if last > HEADER:
                sheet.data_validation(HEADER + 1, index, last, index, self._offered(column, table.columns))
            style = self._style("cell", column.kind, given=column.given)
            for row, line in enumerate(table.lines, HEADER + 1):
                if column.given:
                    sheet.write_blank(row, index, None, style)
                download.write_cell(sheet, row, index, line.get(column.name), style, self._moment)
        sheet.freeze_panes(HEADER + 1, 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER)

    def _style(self, part: str, kind: str, *, given: bool) -> Any:
        """The format of the cells or the head of a kind of column; what is there to be read is grey."""
        key = (part, kind, given)
        if key not in self._styles:
            # Numbers stand at the right in every language; what follows them keeps its distance.
            said: dict[str, Any] = {"valign": "top"}
            said |= {"align": "right"} if kind in _FORMATS else {"indent": 1} if kind != "item" else {}
            if part == "head":
                said |= {"bold": True, "bottom": 1, "text_wrap": True, "num_format": "@"}
                said["bg_color"] = _TO_READ if given else _TO_FILL_IN
            else:
                said |= {"num_format": _FORMATS.get(kind, "@")} | ({"bg_color": _TO_READ} if given else {})
            self._styles[key] = self._book.add_format(said)
        return self._styles[key]

    def _offered(self, column: Column, columns: Sequence[Column]) -> dict[str, Any]:
        """The help beside a cell, and its list. A list never stops anybody: other words are read or asked about."""
        offered: dict[str, Any] = {"validate": "any"}
        source = self.source(column, columns)
        if source:
            offered = {"validate": "list", "source": source, "error_type": "information", "show_error": False}
        if column.help:
            offered |= {"input_title": str(column.title)[:_TITLE], "input_message": str(column.help)[:MESSAGE]}
        return offered

    def source(self, column: Column, columns: Sequence[Column]) -> str:
        """The list that is offered in the cells of a column, as a formula; empty where there is none."""
        return self.sources.get(column.name, "")

    # ── the lists ────────────────────────────────────────────────────────────
    def write_lists(self, sheet: Any) -> None:
        """Write what the cells are chosen from, by `list_column`."""

    def list_column(self, sheet: Any, column: int, name: str, texts: Sequence[str]) -> None:
        """One list, under its name, all as text; it is offered in the cells of the field of that name."""
        sheet.write_string(0, column, name, self.text)
        for row, text in enumerate(texts, 1):
            sheet.write_string(row, column, download.neutralised(text), self.text)
        if texts:
            self.sources[name] = f"={self.list_range(column, len(texts))}"

    @staticmethod
    def list_range(column: int, count: int) -> str:
        """Where a list stands, as a formula names it."""
        letter = xl_col_to_name(column)
        return f"'{LISTS}'!${letter}$2:${letter}${count + 1}"

    # ── the help ─────────────────────────────────────────────────────────────
    def _explain(self, sheet: Any, told: Sequence[tuple[str, str]]) -> None:
        """How to fill it in, what each column means, and for whom the workbook was made."""
        sheet.set_column(0, 0, 30, self._wrapped)
        sheet.set_column(1, 1, 90, self._wrapped)
        sheet.write_string(0, 0, download.neutralised(self.title), self._big)
        rows = [("", self.notice), *told] if self.notice else told
        for row, (name, says) in enumerate(rows, 2):
            sheet.write_string(row, 0, name, self._named)
            sheet.write_string(row, 1, download.neutralised(says), self._wrapped)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)


def told(column: Column) -> str:
    """What the help says of a column."""
    if column.required:
        return gettext("Needed. %(help)s") % {"help": column.help}
    return str(column.help) or gettext("May stay empty.")
