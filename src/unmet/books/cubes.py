"""The sums that stand beside the books: one cube of the public book, one of the own books of all members."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from unmet.books import bulk
from unmet.books.measures import MEASURES, NOTHING
from unmet.books.models import Cube, OwnCube
from unmet.books.standing import Standing

KEYS: Final[dict[type[Cube | OwnCube], tuple[str, ...]]] = {
    Cube: ("closed", "member_id", "item_id", "emergency_id", "round_id"),
    OwnCube: ("closed", "member_id", "sector_id", "item_id", "emergency_id", "round_id"),
}
SUMS: Final = ("accounts", *MEASURES)
Key = tuple[Any, ...]


class Cells:
    """What is to be added to the cells of both cubes, kept in memory until it is written."""

    def __init__(self) -> None:
        self._sums: dict[type[Cube | OwnCube], dict[Key, list[int]]] = {model: {} for model in KEYS}

    def __len__(self) -> int:
        return max(map(len, self._sums.values()))

    def add(self, account: Standing, line: Sequence[int] = NOTHING, *, closed: bool, accounts: int = 0) -> None:
        """Add a line of an account (in the order of `MEASURES`), to the public cube where the account is public."""
        self.put(OwnCube, account.own_cube_key(closed=closed), line, accounts=accounts)
        if account.public:
            self.put(Cube, account.cube_key(closed=closed), line, accounts=accounts)

    def put(self, model: type[Cube | OwnCube], key: Key, line: Sequence[int], *, accounts: int) -> None:
        """Add signed sums to one cell."""
        cell = self._sums[model].setdefault(key, [0] * len(SUMS))
        cell[0] += accounts
        for position, change in enumerate(line, 1):
            if change:
                cell[position] += change

    def put_all(self, other: "Cells") -> None:
        """Add everything that `other` holds, and leave it as it is."""
        for model, cells in other._sums.items():
            for key, (accounts, *line) in cells.items():
                self.put(model, key, line, accounts=accounts)

    def tables(self) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...], list[tuple[Any, ...]]]]:
        """(table, columns of the key, columns of the sums, rows): what `bulk.add` and `bulk.adding` take."""
        for model, cells in self._sums.items():
            if cells:
                yield bulk.table(model), KEYS[model], SUMS, [(*key, *sums) for key, sums in cells.items()]


def copy_public(rows: str, parameters: Iterable[Any], *, sign: int) -> None:
    """Add the balances of accounts (a FROM clause) to the public cube (+1), or take them out (-1), in the database."""
    cube, by = bulk.table(Cube), ", ".join(KEYS[Cube])
    summed = ", ".join(f"{'' if sign > 0 else '-'}sum({name})" for name in MEASURES)
    adding = ", ".join(f"{name} = {cube}.{name} + excluded.{name}" for name in SUMS)
    bulk.execute(
        f"INSERT INTO {cube} ({by}, accounts, {', '.join(MEASURES)}) "
        # "WHERE true": SQLite would else take ON CONFLICT for a join.
        f"SELECT {by}, {sign} * count(*), {summed} FROM {rows} WHERE true "
        f"GROUP BY {by} ON CONFLICT ({by}) DO UPDATE SET {adding}",
        parameters,
    )
