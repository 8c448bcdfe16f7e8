"""Which column is which: headers in any of our languages, wherever the table begins on the sheet."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.utils.translation import override

from unmet.exchange.faults import Fault
from unmet.exchange.form import Column
from unmet.exchange.table import Row
from unmet.methods.fold import fold

SEARCHED_ROWS: Final = 30  # letterheads, titles and notes stand above the header, rarely more than a page of them
_BRACKETS: Final = re.compile(r"[(\[（].*?[)\]）]")
_BILINGUAL: Final = re.compile(r"[/|\n•–]| - ")


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a header means; `ours` where it is the title that our own workbooks give the column."""

    field: str
    ours: bool


@dataclass(frozen=True, slots=True)
class Headers:
    """The columns of the sheet that were recognised: `columns` says field -> 0-based column.

    `row` is the number of the header row; `titles` are the headers as written, by column;
    `unknown` are the titled columns that mean nothing to us, so that they can be shown.
    """

    sheet: str
    row: int
    columns: Mapping[str, int]
    titles: tuple[str, ...]
    unknown: tuple[tuple[int, str], ...]

    def title(self, column: int | None) -> str:
        """The header of a column as written; empty where there is none."""
        return self.titles[column] if column is not None and column < len(self.titles) else ""


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A sheet whose columns a person must name: its headers as written, what was found, what was not.

    `row` is the best guess for the header row. `twice` are fields that more than one column could be.
    """

    sheet: str
    row: int
    titles: tuple[str, ...]
    columns: Mapping[str, int]
    missing: tuple[str, ...]
    twice: tuple[str, ...]
    wanted: tuple[Column, ...]

    def faults(self) -> tuple[Fault, ...]:
        """The same as faults of the header row."""
        titles = {column.name: column.title for column in self.wanted}
        return tuple(
            Fault(
                sheet=self.sheet,
                row=self.row,
                column=None,
                column_title="",
                field=names[0],
                value="",
                reason=reason,
                facts={"sheet": self.sheet, "missing": tuple(titles[name] for name in names)},
            )
            for reason, names in (("columns_missing", self.missing), ("columns_twice", self.twice))
            if names
        )


def find_headers(
    rows: Sequence[Row],
    wanted: tuple[Column, ...],
    *,
    mapping: Mapping[str, int] | None = None,
    optional: frozenset[str] = frozenset(),
) -> Headers | Unmapped:
    """The header row among the first rows of a sheet, and what its columns mean.

    The header is the row in which most columns are recognised, the first of those that are
    equally good. A `mapping` made by a person (field -> 0-based column) is taken as it is.
    `optional` are required fields that this caller can do without.
    """
    if not rows:
        return Unmapped("", 1, (), {}, _missing(wanted, {}, optional), (), wanted)
    words = _words(wanted)
    read = [(row, [_meaning(cell, words) for cell in row.cells]) for row in rows[:SEARCHED_ROWS]]
    row, meanings = max(read, key=lambda pair: (len(set(pair[1]) - {None}), -pair[0].number))
    if not any(meanings):
        # No known word anywhere: the row with most texts is what a person most likely calls the header.
        row, meanings = max(read, key=lambda pair: (sum(isinstance(c, str) for c in pair[0].cells), -pair[0].number))
    titles = tuple("" if cell is None else str(cell).strip() for cell in row.cells)
    columns, twice = (dict(mapping), ()) if mapping is not None else _columns(meanings, wanted)
    missing = _missing(wanted, columns, optional)
    if missing or twice:
        return Unmapped(row.sheet, row.number, titles, columns, missing, twice, wanted)
    used = set(columns.values())
    unknown = tuple((column, title) for column, title in enumerate(titles) if title and column not in used)
    return Headers(row.sheet, row.number, columns, titles, unknown)


def _columns(meanings: Sequence[_Meaning | None], wanted: Iterable[Column]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Field -> its column, and the fields that several columns claim equally.

    A column that bears our own title goes before one with another word for it ("Item" before "Description").
    """
    columns: dict[str, int] = {}
    twice = []
    for column in wanted:
        claims = [(index, read.ours) for index, read in enumerate(meanings) if read and read.field == column.name]
        ours = [index for index, is_ours in claims if is_ours]
        best = ours or [index for index, _ in claims]
        if best:
            columns[column.name] = best[0]
        if len(best) > 1:
            twice.append(column.name)
    return columns, tuple(twice)


def _missing(wanted: Iterable[Column], columns: Mapping[str, int], optional: frozenset[str]) -> tuple[str, ...]:
    return tuple(
        column.name
        for column in wanted
        if column.required and column.name not in columns and column.name not in optional
    )


def _meaning(cell: object, words: Mapping[str, _Meaning]) -> _Meaning | None:
    """The field that a header names: as it stands, without what is in brackets, or in one of two languages."""
    if not isinstance(cell, str) or not cell or len(cell) > 200:
        return None
    whole = words.get(fold(cell)) or words.get(fold(_BRACKETS.sub(" ", cell)))
    if whole:
        return whole
    parts = {words.get(fold(_BRACKETS.sub(" ", part))) for part in _BILINGUAL.split(cell)} - {None}
    return parts.pop() if len({part.field for part in parts if part}) == 1 else None


@lru_cache(maxsize=8)
def _words(wanted: tuple[Column, ...]) -> Mapping[str, _Meaning]:
    """Folded header -> field. What our own workbooks say, in every language we speak, is always among them."""
    words: dict[str, _Meaning] = {}
    for column in wanted:
        for word in column.words.split(","):
            words.setdefault(fold(word), _Meaning(column.name, ours=False))
    for language, _name in settings.LANGUAGES:
        with override(language):
            for column in wanted:
                words[fold(str(column.title))] = _Meaning(column.name, ours=True)
    for column in wanted:
        words[fold(column.name.replace("_", " "))] = _Meaning(column.name, ours=True)
    return words
