"""The short way for the rows that most tables of needs are made of.

A table of 100,000 rows holds few distinct items, units, places, groups and days, and its numbers are whole. Reading
each cell under all rules takes several times as long as reading the file, so what the cells of good rows meant is kept
here, and a row made of such cells is put together from it. No rule about a cell lives here: what was not met in a good
row before goes the long way of `needs_sheet`, which comes to the same line.
"""

from collections.abc import Callable
from datetime import date
from operator import itemgetter
from typing import Any, Final

from unmet.catalogue.lookup import GroupWord, ItemWord, Lookup, PlaceWord, Standing, UnitWord
from unmet.exchange.cells import Problem, Reader, is_clean, typed
from unmet.exchange.headers import Headers
from unmet.exchange.table import CellValue, Row
from unmet.exchange.units import plain_up_to
from unmet.needs.lines import CREATED, UNCHANGED, UPDATED, NeedLine

LONGEST_REMARK: Final = 1000
LONGEST_TYPED: Final = 60
HIGHEST_RANK: Final = 1_000_000
_REMEMBERED: Final = 20_000  # cells kept per column, so that a file of any size needs the same memory
_FIELDS: Final = ("item", "unit", "place", "group", "needed_by", "quantity", "stock", "pipeline", "rank", "remark")

Key = tuple[int | str, int | str, int]


def nothing_stands(lookup: Lookup) -> Standing:
    """What a row without a statement before it is held against."""
    return Standing(None, 0, 0, 0, "", lookup.period_to)


def need_line(
    row: Row,
    standing: Standing | None,
    nothing: Standing,
    about: tuple[int | None, str, int | None, str, int],
    said: tuple[str, int, str],
    quantity: int | None,
    stock: int | None,
    pipeline: int | None,
    needed_by: date | None,
    rank: int | None,
    remark: str,
) -> NeedLine:
    """The line of a row without problems, against what stands. A blank cell (None, "") changes nothing that stands.

    `about` is item id, own words, place id, new place and group id, `said` the unit's name, its factor and the
    quantity as typed. Quantities are in thousandths of the base unit.
    """
    kept = standing or nothing
    as_before = (kept.unit_name, kept.pack_factor, kept.quantity_typed)
    unit_name, factor, quantity_typed = said if quantity is not None else as_before
    if quantity is None:
        quantity = kept.quantity
    if pipeline is None:
        pipeline = kept.pipeline if quantity else 0  # a need that is ended has nothing deducted either
    if stock is None:
        stock = kept.stock
    if rank is None:
        rank = kept.rank
    needed_by, remark = needed_by or kept.needed_by, remark or kept.remark
    outcome = CREATED
    if standing is not None:
        # Another unit for the same quantity is no change.
        now = (quantity, pipeline, needed_by, rank, stock, remark)
        before = (kept.quantity, kept.pipeline, kept.needed_by, kept.rank, kept.stock, kept.remark)
        outcome = UNCHANGED if now == before else UPDATED
    item_id, words, place_id, place_name, group_id = about
    gross, method = (kept.gross, kept.method) if quantity or not kept.quantity else (None, "")
    # By position: a third faster than by name, and one is made for every row.
    return NeedLine(
        item_id, words, quantity, unit_name, factor, quantity_typed, needed_by, rank, stock, pipeline, place_id,
        place_name, group_id, remark, outcome, row.sheet, row.number, gross, method,
    )  # fmt: skip


class _NotPlain(Exception):
    """The row must be read in full."""


class PlainNeeds:
    """What the cells of good rows meant, by cell.

    The keys are texts, days and None only: True, 1 and Decimal(1) would be one key, but are not the same in a cell.
    """

    def __init__(self, reader: Reader, lookup: Lookup, seen: dict[Key, tuple[str, int]]) -> None:
        self._reader = reader
        self._lookup = lookup
        self._seen = seen
        self._items: dict[tuple[CellValue, CellValue], tuple[int, str, int, int]] = {}
        self._places: dict[CellValue, int] = {}
        self._groups: dict[CellValue, int] = {}
        self._days: dict[CellValue, date | None] = {}
        self._nothing = nothing_stands(lookup)
        self._columns: tuple[int, ...] = ()
        self._width = 0
        self._cells: Callable[[tuple[CellValue, ...]], tuple[Any, ...]] = itemgetter(*[-1] * len(_FIELDS))

    def begin(self, headers: Headers) -> None:
        """Turn to a sheet with these columns."""
        self._columns = tuple(headers.columns.get(name, -1) for name in _FIELDS)
        self._width = max(self._columns) + 1
        self._cells = itemgetter(*self._columns)  # of a row with a blank at its end, for fields without a column

    def _picked(self, row: Row) -> tuple[Any, ...]:
        """The cells of the row in the order of `_FIELDS`; None where the row or the sheet has no such cell."""
        cells = row.cells
        if len(cells) >= self._width:
            return self._cells((*cells, None))
        return tuple([cells[column] if 0 <= column < len(cells) else None for column in self._columns])

    def line(self, row: Row) -> NeedLine | None:
        """The line of a plain row that nothing else must be asked about; None for all others."""
        item, unit, place, group, day, quantity, stock, pipeline, rank, remark = self._picked(row)
        try:
            item_id, unit_name, factor, most = self._items[item, unit]
            key = (item_id, self._places[place], self._groups[group])
            needed_by = self._days[day]
            # The types are compared here, not in a function: this runs for every cell of the file.
            if type(quantity) is int:
                seen_as = str(quantity)
            else:
                seen_as, quantity = typed(quantity)[:LONGEST_TYPED], self._whole(row, "quantity")
            if type(stock) is not int and stock is not None:
                stock = self._whole(row, "stock")
            if type(pipeline) is not int and pipeline is not None:
                pipeline = self._whole(row, "pipeline")
            if type(rank) is not int and rank is not None:
                rank = self._whole(row, "rank")
            if remark is None:
                remark = ""
            elif type(remark) is not str or len(remark) > LONGEST_REMARK or not is_clean(remark):
                remark = self._remark(row)
        except (KeyError, TypeError, _NotPlain):  # TypeError: a signalling NaN cannot be looked up
            return None
        standing = self._lookup.standing.get(key)
        if (
            not (0 <= quantity <= most if quantity is not None else standing is not None)
            or not (stock is None or 0 <= stock <= most)
            or not (pipeline is None or 0 <= pipeline <= most)
            or not (rank is None or 1 <= rank <= HIGHEST_RANK)
            or key in self._seen
            or (standing is not None and standing.received)
        ):
            return None
        self._seen[key] = (row.sheet, row.number)
        return need_line(
            row,
            standing,
            self._nothing,
            (item_id, "", key[1], "", key[2]),
            (unit_name, factor, seen_as),
            None if quantity is None else quantity * factor,
            None if stock is None else stock * factor,
            None if pipeline is None else pipeline * factor,
            needed_by,
            rank,
            remark,
        )

    def learn(
        self,
        row: Row,
        *,
        item: ItemWord,
        place: PlaceWord,
        group: GroupWord,
        unit: UnitWord,
        unit_name: str,
        needed_by: date | None,
    ) -> None:
        """Keep what the cells of a good row meant, read in full, where it would mean the same in any other row."""
        item_cell, unit_cell, place_cell, group_cell, day_cell, *_ = self._picked(row)
        if _is_key(item_cell) and _is_key(unit_cell):
            meant = (item.id, unit_name, unit.factor, plain_up_to(unit))
            _keep(self._items, (item_cell, unit_cell), meant)
        if _is_key(place_cell):
            _keep(self._places, place_cell, place.id)
        if _is_key(group_cell):
            _keep(self._groups, group_cell, group.id)
        if _is_key(day_cell):
            _keep(self._days, day_cell, needed_by)

    def _whole(self, row: Row, name: str) -> int | None:
        """The number of a cell that is no native whole one, by the rules of the reader."""
        number = self._reader.number(row, name)
        if number is None:
            return None
        if isinstance(number, Problem) or number != number.to_integral_value():
            raise _NotPlain
        return int(number)

    def _remark(self, row: Row) -> str:
        text = self._reader.text(row, "remark", longest=LONGEST_REMARK)
        if isinstance(text, Problem):
            raise _NotPlain
        return text


def _is_key(cell: CellValue) -> bool:
    return cell is None or isinstance(cell, str | date)


def _keep(known: dict[Any, Any], key: object, meant: object) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key] = meant
