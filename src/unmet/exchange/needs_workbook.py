"""The workbook in which a member states its needs for a round: its last lines filled in, its lists to choose from.

Two sheets hold lines. The first has the columns that most people need, the second the same and further ones; each line
stands on exactly one of them, and an import reads both. The sheets whose names begin with our mark are not read as
tables: one explains, one holds the lists, one says for whom the workbook was made (`unmet.exchange.stamp`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter
from django.utils.translation import get_language_info, gettext, override
from xlsxwriter.utility import xl_col_to_name

from unmet.access import may
from unmet.access.may import Deed
from unmet.access.services import is_demonstration
from unmet.catalogue.lookup import FINANCE, ItemWord, Lookup
from unmet.catalogue.models import Round
from unmet.exchange import _limits, download
from unmet.exchange.cells import Problem
from unmet.exchange.faults import shown
from unmet.exchange.form import NEEDS_FORM, Column
from unmet.exchange.stamp import Stamp
from unmet.exchange.stated import Value, last_lines, names
from unmet.exchange.units import find_unit
from unmet.methods.fold import fold
from unmet.needs import services as needs
from unmet.needs.lookup import lookup as needs_lookup
from unmet.parties.models import Party, Person

MOST: Final = 5_000  # lines filled in; a member with more sends a table of its own
HEADER: Final = 3  # 0-based row; above it stand the title, one sentence, and the notice of a demonstration
_OFFERED_ROWS: Final = 1_000  # blank rows below the lines in which the lists are offered
MESSAGE: Final = 255  # characters that a spreadsheet shows beside a cell
_TITLE: Final = 32
_WIDTHS: Final[Mapping[str, int]] = {
    "text": 40, "item": 42, "unit": 20, "place": 24, "group": 26, "quantity": 16, "rank": 9, "date": 15,
}  # fmt: skip
_FORMATS: Final[Mapping[str, str]] = {"quantity": "#,##0.###", "rank": "0", "date": "yyyy-mm-dd"}  # all others: text
_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LISTS: Final = f"{_limits.OUR_SHEET_MARK} lists"
_STAMP: Final = f"{_limits.OUR_SHEET_MARK} form"


def write(out: Path | IO[bytes], *, member: Party, round_: Round, language: str, by: Person, at: datetime) -> int:
    """Write the workbook of a member for a round in a language; returns the number of lines filled in.

    No cell holds a formula. Right to left when the language is.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        RoundNotOpen: the round takes no returns now, so the workbook could not be sent back.
    """
    may.require(Deed.ENTER_NEEDS, by=by, party=member)
    needs.require_open(round_, at=at)
    with override(language):
        lookup = needs_lookup(member=member, round_=round_)
        lines = list(last_lines(member=member, round_=round_, lookup=lookup, at_most=MOST))
        stamp = Stamp(
            form=NEEDS_FORM.code, version=NEEDS_FORM.version, member=member.code, round=round_.code,
            language=language, day=at.date().isoformat(), columns=NEEDS_FORM.names,
        )  # fmt: skip
        with xlsxwriter.Workbook(out, _OPTIONS) as book:
            _Workbook(book, member, round_, lookup, stamp).fill(lines)
    return len(lines)


def file_name(*, member: Party, round_: Round, language: str) -> str:
    """What the file is called: by it people tell their workbooks apart."""
    return f"needs-{member.code}-{round_.code}-{language}.xlsx"


@dataclass(frozen=True, slots=True)
class _Table:
    """One of the two sheets that hold lines."""

    name: str
    lead: str
    columns: tuple[Column, ...]
    lines: Sequence[Mapping[str, Value]]


class _Workbook:
    """Lays out the sheets, in the active language."""

    def __init__(self, book: Any, member: Party, round_: Round, lookup: Lookup, stamp: Stamp) -> None:
        self._book, self._member, self._round, self._lookup, self._stamp = book, member, round_, lookup, stamp
        self._notice = download.demonstration_words() if is_demonstration() else ""
        self._right_to_left = get_language_info(stamp.language)["bidi"]
        self._title = gettext("Needs of %(member)s for the round %(round)s") % {
            "member": member.name, "round": round_.name,
        }  # fmt: skip
        self._bold = book.add_format({"bold": True})
        self._big = book.add_format({"bold": True, "font_size": 14})
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self._named = book.add_format({"bold": True, "valign": "top"})
        self._text = book.add_format({"num_format": "@"})
        head = {"bold": True, "bg_color": "#E6EEF5", "bottom": 1, "text_wrap": True, "num_format": "@"}
        self._heads, self._kinds = {}, {}
        for kind in _WIDTHS:
            # Numbers stand at the right in every language; what follows them keeps its distance.
            placed: dict[str, Any] = {"valign": "top"}
            placed |= {"align": "right"} if kind in _FORMATS else {"indent": 1} if kind != "item" else {}
            self._heads[kind] = book.add_format({**head, **placed})
            self._kinds[kind] = book.add_format({"num_format": _FORMATS.get(kind, "@"), **placed})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._sources: dict[str, str] = {}

    def fill(self, lines: Sequence[Mapping[str, Value]]) -> None:
        """All sheets; the lists come before the sheets that offer them, and stand behind them."""
        first, second = self._tables(lines)
        sheets = [self._book.add_worksheet(name) for name in (first.name, second.name)]
        title = gettext("Help")
        help_ = self._book.add_worksheet(download.sheet_name(f"{_limits.OUR_SHEET_MARK} {title}"))
        hidden = [self._book.add_worksheet(name) for name in (_LISTS, _STAMP)]
        self._write_lists(hidden[0])
        for sheet, table in zip(sheets, (first, second), strict=True):
            self._write_table(sheet, table)
        self._explain(help_, first, second, len(lines))
        for row, said in enumerate(self._stamp.rows()):
            for column, text in enumerate(said):
                hidden[1].write_string(row, column, text, self._text)
        for sheet in hidden:
            sheet.hide()
        for sheet in [*sheets, help_, *hidden]:
            if self._right_to_left:
                sheet.right_to_left()

    def _tables(self, lines: Sequence[Mapping[str, Value]]) -> tuple[_Table, _Table]:
        """Each line on the one sheet that has all its columns."""
        short = NEEDS_FORM.short
        fits = {column.name for column in short}
        plain = [line for line in lines if line.keys() <= fits]
        broken_down = [line for line in lines if not line.keys() <= fits]
        first = download.sheet_name(gettext("Needs"))
        second = download.sheet_name(gettext("Needs in detail"), taken=(first,))
        lead = gettext(
            "One row for each line; item and quantity are enough. Lines with more to say stand on “%(sheet)s”."
        )
        more = gettext("For lines with a place, a group or more to say. Do not repeat the lines of “%(sheet)s”.")
        return (
            _Table(first, lead % {"sheet": second}, short, plain),
            _Table(second, more % {"sheet": first}, NEEDS_FORM.columns, broken_down),
        )

    def _write_table(self, sheet: Any, table: _Table) -> None:
        sheet.write_string(0, 0, download.neutralised(self._title), self._big)
        sheet.write_string(1, 0, table.lead)
        if self._notice:
            sheet.write_string(2, 0, self._notice, self._bold)
            sheet.set_header("&C" + self._notice.replace("&", "&&")[:200])
        last = HEADER + len(table.lines) + _OFFERED_ROWS
        for index, column in enumerate(table.columns):
            style = self._kinds[column.kind]
            sheet.set_column(index, index, _WIDTHS[column.kind], style)
            sheet.write_string(HEADER, index, str(column.title), self._heads[column.kind])
            sheet.data_validation(HEADER + 1, index, last, index, self._offered(column, table.columns))
            for row, line in enumerate(table.lines, HEADER + 1):
                download.write_cell(sheet, row, index, line.get(column.name), style, self._moment)
        sheet.freeze_panes(HEADER + 1, 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER)

    def _offered(self, column: Column, columns: Sequence[Column]) -> dict[str, Any]:
        """The help beside a cell, and its list. A list never stops anybody: other words are read or asked about."""
        offered: dict[str, Any] = {"validate": "any"}
        source = self._sources.get(column.kind, "")
        if column.kind == "unit":
            at = next(index for index, one in enumerate(columns) if one.kind == "item")
            source = source % {"item": f"${xl_col_to_name(at)}{HEADER + 2}"}
        if source:
            offered = {"validate": "list", "source": source, "error_type": "information", "show_error": False}
        if column.help:
            offered |= {"input_title": str(column.title)[:_TITLE], "input_message": str(column.help)[:MESSAGE]}
        return offered

    # ── the lists ────────────────────────────────────────────────────────────
    def _write_lists(self, sheet: Any) -> None:
        """Items with the place of their units in one long column of units, places, groups; all as text."""
        items = sorted(
            (item for item in self._lookup.items_by_id.values() if item.sector_id in self._lookup.sectors),
            key=lambda item: fold(item.name),
        )
        units: list[str] = []
        spans: list[tuple[int, int]] = []
        for item in items:
            of_item = _units(item)
            spans.append((len(units) + 1, len(of_item)))
            units += of_item
        self._column(sheet, 0, "item", names(items, self._lookup.items))
        self._column(sheet, 1, "code", [item.code for item in items])
        for row, span in enumerate(spans, 1):
            sheet.write_row(row, 2, span)
        self._column(sheet, 4, "unit", units)
        self._column(sheet, 5, "place", names(_once(self._lookup.places.words), self._lookup.places))
        self._column(sheet, 6, "group", names(_once(self._lookup.groups.words), self._lookup.groups))
        if items:
            found = f"MATCH(%(item)s,{self._range(0, len(items))},0)"
            first, count = (f"INDEX({self._range(column, len(items))},{found})" for column in (2, 3))
            self._sources["unit"] = f"=OFFSET('{_LISTS}'!$E$1,{first},0,{count},1)"

    def _column(self, sheet: Any, column: int, kind: str, texts: Sequence[str]) -> None:
        sheet.write_string(0, column, kind, self._text)
        for row, text in enumerate(texts, 1):
            sheet.write_string(row, column, download.neutralised(text), self._text)
        if texts:
            self._sources[kind] = f"={self._range(column, len(texts))}"

    def _range(self, column: int, count: int) -> str:
        letter = xl_col_to_name(column)
        return f"'{_LISTS}'!${letter}$2:${letter}${count + 1}"

    # ── the help ─────────────────────────────────────────────────────────────
    def _explain(self, sheet: Any, first: _Table, second: _Table, count: int) -> None:
        """How to fill it in, what each column means, and for whom the workbook was made."""
        sheet.set_column(0, 0, 30, self._wrapped)
        sheet.set_column(1, 1, 90, self._wrapped)
        sheet.write_string(0, 0, download.neutralised(self._title), self._big)
        rows: list[tuple[str, str]] = [("", self._notice)] if self._notice else []
        rows += [("", sentence) for sentence in self._sentences(first.name, second.name, count)]
        rows += [("", "")]
        rows += [(str(column.title), _told(column)) for column in NEEDS_FORM.columns]
        for row, (name, told) in enumerate(rows, 2):
            sheet.write_string(row, 0, name, self._named)
            sheet.write_string(row, 1, download.neutralised(told), self._wrapped)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def _sentences(self, first: str, second: str, count: int) -> Iterable[str]:
        period = {"first": shown(self._lookup.period_from), "last": shown(self._lookup.period_to)}
        yield gettext("The quantities are for the whole period of the round, from %(first)s to %(last)s.") % period
        yield gettext(
            "Each line stands on exactly one sheet: on “%(second)s” if it has a place, a group, a gross quantity, a "
            "method or something on its way, otherwise on “%(first)s”. Both sheets are read together; the same item, "
            "place and group on both is refused, never added up."
        ) % {"first": first, "second": second}
        if count >= MOST:
            yield gettext("The first %(count)s lines are filled in; those that are not here stay as they are.") % {
                "count": count
            }
        yield gettext(
            "Your last lines are filled in. Sent back as they are, they are confirmed. A row that is not there changes "
            "nothing, a typed 0 ends a need, and a blank quantity of a need that stands means unchanged."
        )
        yield gettext(
            "Choose from the lists, or write your own words: we ask once about an item or place that is not in a list."
        )
        yield gettext(
            "You may save it as .xlsx or .ods and add columns of your own. Leave the names of the columns as they are."
        )
        yield gettext("Nothing counts before another person of your party has approved it.")
        yield gettext(
            "Made on %(day)s, version %(version)s of the form. It is for this member and this round only: download "
            "another one for another round."
        ) % {"day": shown(date.fromisoformat(self._stamp.day)), "version": self._stamp.version}


def _told(column: Column) -> str:
    """What the help says of a column."""
    if column.required:
        return gettext("Needed. %(help)s") % {"help": column.help}
    return str(column.help) or gettext("May stay empty.")


def _units(item: ItemWord) -> list[str]:
    """The names of the units and packs of an item, each once, the base unit first."""
    usual = find_unit("", item, {})
    if item.kind == FINANCE or isinstance(usual, Problem):
        return [] if isinstance(usual, Problem) else [usual.name]
    units = {unit.name: unit.factor for unit in item.units.values()}
    return sorted(units, key=lambda name: (name != usual.name, units[name], name))


def _once(words: Mapping[str, Any]) -> list[Any]:
    """Each thing of a vocabulary once, by name."""
    things: dict[int, Any] = {}
    for named in words.values():
        for thing in named if isinstance(named, tuple) else (named,):
            things[thing.id] = thing
    return sorted(things.values(), key=lambda thing: fold(thing.name))
