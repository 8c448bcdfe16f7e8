"""The only file with SQL of its own: many rows at once, at the speed of the store, on both engines.

The ORM takes 24,000 rows a second; the engines take ten times that. Callers hand in tuples that `to_store` values
have gone into; table and column names come from our models, never from outside.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Model

_FEW = 100
_LOCK = 0x756E6D6574  # "unmet": the one advisory lock of the books on PostgreSQL

Row = tuple[Any, ...]


class RowsChangedMeanwhile(Exception):
    """An update did not meet exactly the rows it was meant for; the transaction must not commit."""


def lock_books() -> None:
    """Wait until no other post is under way. On SQLite, BEGIN IMMEDIATE has done it already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


class Stored:
    """How this engine stores moments, days and uuids. Made once for many rows: asking the connection each time is slow."""

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


def table(model: type[Model]) -> str:
    """Name of a model's table."""
    return model._meta.db_table


def reserve_ids(model: type[Model], count: int) -> range:
    """Ids for `count` new rows. On SQLite the caller is inside a writing transaction, so nobody else takes them."""
    if not count:
        return range(0)
    name = table(model)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [name])
            found = cursor.fetchone()
            first = (found[0] if found else 0) + 1
        else:
            # One step of the sequence by count, so that the ids are a range.
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [name])
            sequence = cursor.fetchone()[0]
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])
            cursor.execute("SELECT nextval(%s)", [sequence])
            first = cursor.fetchone()[0]
            cursor.execute("SELECT setval(%s, %s)", [sequence, first + count - 1])
    return range(first, first + count)


def insert(name: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Append rows to a table."""
    if not rows:
        return
    listed = ", ".join(columns)
    if len(rows) <= _FEW:
        one = "(" + ", ".join(["%s"] * len(columns)) + ")"
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {name} ({listed}) VALUES {', '.join([one] * len(rows))}",
                [value for row in rows for value in row],
            )
    elif connection.vendor == "sqlite":
        marks = ", ".join("?" * len(columns))
        _many(f"INSERT INTO {name} ({listed}) VALUES ({marks})", rows)
    else:
        _copy(name, listed, rows)


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
    elif len(rows) <= _FEW:
        setting = ", ".join(f"{column} = %s" for column in columns)
        met = 0
        with connection.cursor() as cursor:
            for row in rows:
                cursor.execute(f"UPDATE {name} SET {setting} WHERE {key} = %s", [*row[1:], row[0]])
                met += cursor.rowcount
    else:
        met = _update_from_copy(name, key, columns, rows)
    if met != len(rows):
        raise RowsChangedMeanwhile(f"{name}: {met} of {len(rows)} rows")


def add(name: str, key: Sequence[str], sums: Sequence[str], rows: Sequence[Row]) -> None:
    """Add signed amounts to the rows with these keys, making the rows that are not there yet."""
    if not rows:
        return
    listed = ", ".join([*key, *sums])
    adding = ", ".join(f"{column} = {name}.{column} + excluded.{column}" for column in sums)
    one = "(" + ", ".join(["%s"] * (len(key) + len(sums))) + ")"
    with connection.cursor() as cursor:
        for start in range(0, len(rows), 500):
            part = rows[start : start + 500]
            cursor.execute(
                f"INSERT INTO {name} ({listed}) VALUES {', '.join([one] * len(part))} "
                f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {adding}",
                [value for row in part for value in row],
            )


def execute(statement: str, parameters: Iterable[Any] = ()) -> int:
    """Run one set-based statement of the books; returns how many rows it met."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return int(cursor.rowcount)


def fetch(statement: str, parameters: Iterable[Any] = ()) -> list[Row]:
    """All rows of one query of the books."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return list(cursor.fetchall())


def _many(statement: str, rows: Sequence[Row]) -> int:
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
