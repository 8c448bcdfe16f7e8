"""The workbook in which a member states its needs for a round: its last lines filled in, its lists to choose from.

The first of its two sheets of lines has the columns that most people need, the second the same and further ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter
from django.utils.translation import gettext, override
from xlsxwriter.utility import xl_col_to_name

from unmet.access import may
from unmet.access.may import Deed
from unmet.catalogue.lookup import FINANCE, ItemWord, Lookup
from unmet.catalogue.models import Round
from unmet.exchange import download
from unmet.exchange.cells import Problem
from unmet.exchange.faults import shown
from unmet.exchange.form import NEEDS_FORM, Column
from unmet.exchange.stamp import Stamp
from unmet.exchange.stated import Value, last_lines, names
from unmet.exchange.units import find_unit
from unmet.exchange.workbook import HEADER, LISTS, OPTIONS, Table, Workbook, told
from unmet.methods.fold import fold
from unmet.needs import services as needs
from unmet.needs.lookup import lookup as needs_lookup
from unmet.parties.models import Party, Person

MOST: Final = 5_000  # lines filled in; a member with more sends a table of its own


def write(out: Path | IO[bytes], *, member: Party, round_: Round, language: str, by: Person, at: datetime) -> int:
    """Write the workbook of a member for a round in a language; returns the number of lines filled in.

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
        title = gettext("Needs of %(member)s for the round %(round)s") % {
            "member": member.name, "round": round_.name,
        }  # fmt: skip
        first, second = _tables(lines)
        with xlsxwriter.Workbook(out, OPTIONS) as book:
            told_ = [*_sentences(first.name, second.name, lookup, stamp, len(lines)), *_columns()]
            _Needs(book, title=title, stamp=stamp, lookup=lookup).fill((first, second), told_)
    return len(lines)


def file_name(*, member: Party, round_: Round, language: str) -> str:
    """What the file is called: by it people tell their workbooks apart."""
    return f"needs-{member.code}-{round_.code}-{language}.xlsx"


def _tables(lines: Sequence[Mapping[str, Value]]) -> tuple[Table, Table]:
    """Each line on the one sheet that has all its columns."""
    short = NEEDS_FORM.short
    fits = {column.name for column in short}
    plain = [line for line in lines if line.keys() <= fits]
    broken_down = [line for line in lines if not line.keys() <= fits]
    first = download.sheet_name(gettext("Needs"))
    second = download.sheet_name(gettext("Needs in detail"), taken=(first,))
    lead = gettext("One row for each line; item and quantity are enough. Lines with more to say stand on “%(sheet)s”.")
    more = gettext("For lines with a place, a group or more to say. Do not repeat the lines of “%(sheet)s”.")
    return (
        Table(first, lead % {"sheet": second}, short, plain),
        Table(second, more % {"sheet": first}, NEEDS_FORM.columns, broken_down),
    )


class _Needs(Workbook):
    """Items, their units, places and groups are chosen from lists."""

    def __init__(self, book: Any, *, title: str, stamp: Stamp, lookup: Lookup) -> None:
        super().__init__(book, title=title, stamp=stamp)
        self._lookup = lookup

    def source(self, column: Column, columns: Sequence[Column]) -> str:
        """The units are those of the item in the same row."""
        source = super().source(column, columns)
        if not source or column.kind != "unit":
            return source
        at = next(index for index, one in enumerate(columns) if one.kind == "item")
        return source % {"item": f"${xl_col_to_name(at)}{HEADER + 2}"}

    def write_lists(self, sheet: Any) -> None:
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
        self.list_column(sheet, 0, "item", names(items, self._lookup.items))
        self.list_column(sheet, 1, "code", [item.code for item in items])
        for row, span in enumerate(spans, 1):
            sheet.write_row(row, 2, span)
        self.list_column(sheet, 4, "unit", units)
        self.list_column(sheet, 5, "place", names(_once(self._lookup.places.words), self._lookup.places))
        self.list_column(sheet, 6, "group", names(_once(self._lookup.groups.words), self._lookup.groups))
        if items:
            found = f"MATCH(%(item)s,{self.list_range(0, len(items))},0)"
            first, count = (f"INDEX({self.list_range(column, len(items))},{found})" for column in (2, 3))
            self.sources["unit"] = f"=OFFSET('{LISTS}'!$E$1,{first},0,{count},1)"


# ── the help ─────────────────────────────────────────────────────────────────
def _columns() -> list[tuple[str, str]]:
    return [("", ""), *((str(column.title), told(column)) for column in NEEDS_FORM.columns)]


def _sentences(first: str, second: str, lookup: Lookup, stamp: Stamp, count: int) -> Iterable[tuple[str, str]]:
    return (("", sentence) for sentence in _how(first, second, lookup, stamp, count))


def _how(first: str, second: str, lookup: Lookup, stamp: Stamp, count: int) -> Iterable[str]:
    period = {"first": shown(lookup.period_from), "last": shown(lookup.period_to)}
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
    ) % {"day": shown(date.fromisoformat(stamp.day)), "version": stamp.version}


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
