"""The only file with SQL of its own: many rows at once, at the speed of the store, on both engines.

The ORM takes 24,000 rows a second; the engines take ten times that. Callers hand in tuples that `to_store` values
have gone into; table and column names come from our models, never from outside.
"""

import gc
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Model

FEW = 100
_LOCK = 0x756E6D6574  # "unmet": the one advisory lock of the books on PostgreSQL

Row = tuple[Any, ...]
M = TypeVar("M", bound=Model)


class RowsChangedMeanwhile(Exception):
    """An update did not meet exactly the rows it was meant for; the transaction must not commit."""


class Stored:
    """How this engine stores moments, days and uuids. Made once for many rows: asking each time is slow."""

    def __init__(self) -> None:
        self._sqlite = connection.vendor == "sqlite"
        self._moments: dict[datetime, Any] = {}

    def moment(self, at: datetime | None) -> Any:
        """A moment as the engine stores it."""
        if at is None:
            return None
        if at not in self._moments:
            self._moments[at] = connection.ops.adapt_datetimefield_value(at)
        return self._moments[at]

    def day(self, on: date | None) -> Any:
        """A date as the engine stores it."""
        return on.isoformat() if on is not None and self._sqlite else on

    def uuid(self, value: uuid.UUID) -> Any:
        """A uuid as the engine stores it."""
        return value.hex if self._sqlite else value

    def new_uuids(self, count: int) -> list[str]:
        """Random uuids (version 4) as both engines take them; a third of the time of making one object for each."""
        drawn = os.urandom(16 * count).hex()
        variants = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
        return [
            f"{drawn[at : at + 12]}4{drawn[at + 13 : at + 16]}{variants[drawn[at + 16]]}{drawn[at + 17 : at + 32]}"
            for at in range(0, 32 * count, 32)
        ]


@contextmanager
def many_objects() -> Iterator[None]:
    """No search for garbage while many tuples are made: it would walk over all of them again and again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def table(model: type[Model]) -> str:
    """Name of a model's table."""
    return model._meta.db_table


@dataclass(frozen=True, slots=True)
class Statement:
    """One small statement with its values, and how many rows it must meet, if that is known."""

    sql: str
    values: Sequence[Any]
    meets: int | None = None


def lock_and_read(model: type[M]) -> M | None:
    """Wait until no other post is under way, then read the one row of a table, as it stands after the wait.

    On SQLite, BEGIN IMMEDIATE has waited already. On PostgreSQL both statements go in one round trip: each sees what
    was committed when it began.
    """
    if connection.vendor != "postgresql":
        return model._default_manager.first()
    fields = model._meta.concrete_fields
    listed = ", ".join(str(field.column) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock(%s); SELECT {listed} FROM {table(model)}", [_LOCK])
        cursor.nextset()
        row = cursor.fetchone()
    return model.from_db(connection.alias, [field.attname for field in fields], row) if row else None


def run(statements: Sequence[Statement]) -> None:
    """Run a few statements in their order; on PostgreSQL in one round trip, so that the lock of the books is short.

    Raises:
        RowsChangedMeanwhile: one met other than the rows it was meant for.
    """
    if not statements:
        return
    together = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if together:
            values = [value for statement in statements for value in statement.values]
            cursor.execute("; ".join(statement.sql for statement in statements), values)
        for statement in statements:
            if not together:
                cursor.execute(statement.sql, statement.values)
            if statement.meets is not None and cursor.rowcount != statement.meets:
                raise RowsChangedMeanwhile(f"{cursor.rowcount} of {statement.meets} rows: {statement.sql[:60]}")
            if together:
                cursor.nextset()


def inserting(name: str, columns: Sequence[str], rows: Sequence[Row]) -> Statement:
    """The statement that appends a few rows."""
    one = "(" + ", ".join(["%s"] * len(columns)) + ")"
    return Statement(
        f"INSERT INTO {name} ({', '.join(columns)}) VALUES {', '.join([one] * len(rows))}",
        [value for row in rows for value in row],
        len(rows),
    )


def updating(name: str, key: str, columns: Sequence[str], row: Row) -> Statement:
    """The statement that sets columns of the one row with this key; the tuple is (key, value, …)."""
    setting = ", ".join(f"{column} = %s" for column in columns)
    return Statement(f"UPDATE {name} SET {setting} WHERE {key} = %s", [*row[1:], row[0]], 1)


def adding(name: str, key: Sequence[str], sums: Sequence[str], rows: Sequence[Row]) -> Statement:
    """The statement that adds signed amounts to a few rows, making those that are not there yet."""
    one = "(" + ", ".join(["%s"] * (len(key) + len(sums))) + ")"
    return Statement(
        f"INSERT INTO {name} ({', '.join([*key, *sums])}) VALUES {', '.join([one] * len(rows))} "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET "
        + ", ".join(f"{column} = {name}.{column} + excluded.{column}" for column in sums),
        [value for row in rows for value in row],
    )


def reserve_ids(model: type[Model], count: int) -> Sequence[int]:
    """Ids for `count` new rows, which nobody else gets; those not used are lost. Holds no lock afterwards."""
    if not count:
        return range(0)
    name = table(model)
    if connection.vendor != "sqlite":
        drawn = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        return [number for (number,) in fetch(drawn, [name, count])]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s RETURNING seq", [count, name])
        found = cursor.fetchone()
        if found is None:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [name, count])
        last = int(found[0]) if found else count
    return range(last - count + 1, last + 1)


def insert(
    name: str, columns: Sequence[str], rows: Sequence[Row], *, constants: Mapping[str, int | bool] | None = None
) -> None:
    """Append rows to a table; `constants` are whole numbers or truths, the same in every row."""
    if not rows:
        return
    fixed = dict(constants or {})
    if len(rows) > FEW and connection.vendor == "sqlite":
        values = ["?"] * len(columns) + [str(int(value)) for value in fixed.values()]
        _many(f"INSERT INTO {name} ({', '.join([*columns, *fixed])}) VALUES ({', '.join(values)})", rows)
        return
    columns = (*columns, *fixed)
    rows = [(*row, *fixed.values()) for row in rows] if fixed else rows
    if len(rows) <= FEW:
        run([inserting(name, columns, rows)])
    else:
        _copy(name, ", ".join(columns), rows)


def update(name: str, key: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Set columns of the rows with these keys; each tuple is (key, value, …).

    Raises:
        RowsChangedMeanwhile: a key was not there.
    """
    if not rows:
        return
    if connection.vendor == "sqlite":
        setting = ", ".join(f"{column} = ?{position}" for position, column in enumerate(columns, 2))
        met = _many(f"UPDATE {name} SET {setting} WHERE {key} = ?1", rows)
    elif len(rows) <= FEW:
        run([updating(name, key, columns, row) for row in rows])
        met = len(rows)
    else:
        met = _update_from_copy(name, key, columns, rows)
    if met != len(rows):
        raise RowsChangedMeanwhile(f"{name}: {met} of {len(rows)} rows")


def add(name: str, key: Sequence[str], sums: Sequence[str], rows: Sequence[Row]) -> None:
    """Add signed amounts to the rows with these keys, making the rows that are not there yet."""
    for start in range(0, len(rows), 500):
        run([adding(name, key, sums, rows[start : start + 500])])


class Numbered:
    """Many rows built before the lock is taken; the numbers that only the lock gives are put in when they are written.

    `numbers` are columns that count on from a base given to `write`; `constants` are whole numbers, truths or None,
    the same in every row; `columns` are those of the tuples in `rows`: whole numbers, truths, days, uuids, None.
    """

    def __init__(
        self, name: str, *, numbers: Sequence[str], constants: Mapping[str, int | bool | None], columns: Sequence[str],
        rows: Sequence[Row],
    ) -> None:  # fmt: skip
        self._name, self._numbers, self._constants, self._columns = name, numbers, dict(constants), columns
        self._rows: Sequence[Any]
        if connection.vendor == "sqlite":
            # Numbered already, for the usual case that none is left out.
            self._rows = [(number, *row) for number, row in enumerate(rows, 1)]
        else:
            tail = "".join(f"\t{_copied(value)}" for value in self._constants.values()) + "\n"
            self._rows = ["".join(["\t" + _copied(value) for value in row]) + tail for row in rows]

    def write(self, bases: Sequence[int], *, without: Iterable[int] = ()) -> int:
        """Write the rows, numbered from base + 1 without a gap; `without` are positions left out. Returns how many."""
        left_out = set(without)
        rows = [row for position, row in enumerate(self._rows) if position not in left_out] if left_out else self._rows
        if left_out and connection.vendor == "sqlite":
            rows = [(number, *row[1:]) for number, row in enumerate(rows, 1)]
        if not rows:
            return 0
        if connection.vendor == "sqlite":
            self._insert(bases, rows)
        else:
            self._copy(bases, rows)
        return len(rows)

    def _insert(self, bases: Sequence[int], rows: Sequence[Row]) -> None:
        said = [*self._numbers, *self._constants, *self._columns]
        fixed: list[str] = ["NULL" if value is None else str(int(value)) for value in self._constants.values()]
        counted = [f"?1 + {int(base)}" for base in bases]
        values = [*counted, *fixed, *(f"?{place}" for place in range(2, len(self._columns) + 2))]
        _many(
            f"INSERT INTO {self._name} ({', '.join(said)}) VALUES ({', '.join(values)})",
            rows,
        )

    def _copy(self, bases: Sequence[int], rows: Sequence[str]) -> None:
        said = ", ".join([*self._numbers, *self._columns, *self._constants])
        first, *others = bases
        with connection.cursor() as cursor, cursor.copy(f"COPY {self._name} ({said}) FROM STDIN") as copy:
            for start in range(0, len(rows), 2000):
                copy.write("".join([
                    "\t".join([str(first + number), *(str(base + number) for base in others)]) + row
                    for number, row in enumerate(rows[start : start + 2000], start + 1)
                ]))  # fmt: skip


def _copied(value: Any) -> str:
    """A whole number, truth, day, moment, uuid or None as COPY reads it: none of them needs escaping."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)


def execute(statement: str, parameters: Iterable[Any] = ()) -> int:
    """Run one set-based statement of the books; returns how many rows it met."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return int(cursor.rowcount)


def answers_in_python_values() -> bool:
    """Whether `fetch` gives moments, days, uuids and truth values as Python has them; SQLite gives texts."""
    return connection.vendor == "postgresql"


def fetch(statement: str, parameters: Iterable[Any] = ()) -> list[Row]:
    """All rows of one query of the books."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return list(cursor.fetchall())


def _many(statement: str, rows: Iterable[Row]) -> int:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        # The driver itself: the ORM's cursor rewrites every statement and halves the speed.
        return int(connection.connection.executemany(statement, rows).rowcount)


def _copy(name: str, listed: str, rows: Sequence[Row]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {name} ({listed}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _update_from_copy(name: str, key: str, columns: Sequence[str], rows: Sequence[Row]) -> int:
    listed = ", ".join([key, *columns])
    setting = ", ".join(f"{column} = fresh.{column}" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS fresh")
        cursor.execute(f"CREATE TEMP TABLE fresh ON COMMIT DROP AS SELECT {listed} FROM {name} WITH NO DATA")
    _copy("fresh", listed, rows)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {name} SET {setting} FROM fresh WHERE {name}.{key} = fresh.{key}")
        return int(cursor.rowcount)
