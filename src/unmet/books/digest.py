"""A short proof of what the books hold, by which a copy of the database is held against what was copied.

Read with plain SQL and by the names of the columns, not through the models: a copy made by an older version has other
columns, and it must be proved before its tables are changed.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from django.db.backends.base.base import BaseDatabaseWrapper

from unmet.books.measures import MEASURES

# Table → the column that gives its rows an order.
TABLES = {"books_clock": "one", "books_account": "id", "books_entry": "sequence", "books_cube": "id"}
_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Summary:
    """What the books hold: the last sequence; rows, columns and SHA-256 of each table; a digest of each member's sums.

    `members` has the code of every member with an account. Its digest covers the sum of every measure in both books,
    taken from the entries alone.
    """

    sequence: int
    rows: dict[str, int]
    columns: dict[str, list[str]]
    digests: dict[str, str]
    members: dict[str, str]


def summary(
    connection: BaseDatabaseWrapper, *, columns: Mapping[str, Sequence[str]] | None = None, until: int | None = None
) -> Summary:
    """Summarise the books of a database.

    `columns` are those to look at, so that a copy can be compared after its tables were changed; one that is gone is
    left out. `until` takes the entries up to a sequence only, so that the books can be compared as they were known
    then; the other tables have no past and are left out.
    """
    found = _columns(connection, columns)
    rows, digests = {}, {}
    for table, order in TABLES.items():
        if until is None and table != "books_entry":
            rows[table], digests[table] = _digest(_read(connection, table, found[table], order))
    sums = _Sums(found["books_entry"])
    entries = sums.watch(_read(connection, "books_entry", found["books_entry"], "sequence", until=until))
    rows["books_entry"], digests["books_entry"] = _digest(entries)
    members = _members(connection)
    return Summary(sums.last, rows, found, digests, sums.by_member(members))


def _columns(connection: BaseDatabaseWrapper, wanted: Mapping[str, Sequence[str]] | None) -> dict[str, list[str]]:
    """Columns of each table by name, A to Z: what a name may stand in a query comes from the database itself."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} LIMIT 0")
            there = sorted(column[0] for column in cursor.description)
            found[table] = there if wanted is None else [name for name in there if name in wanted[table]]
    return found


def _read(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str], order: str, *, until: int | None = None
) -> Iterator[tuple[str | None, ...]]:
    """Rows of a table as text, so that no driver's idea of a date or a truth value is in the digest."""
    quote = connection.ops.quote_name
    texts = ", ".join(f"CAST({quote(name)} AS TEXT)" for name in columns)
    where, values = ("", []) if until is None else (f" WHERE {quote(order)} <= %s", [until])
    with connection.chunked_cursor() as cursor:
        # With the name of the table: alone, it would be that of the text, and 10 would stand before 9.
        ordered = f"{quote(table)}.{quote(order)}"
        cursor.execute(f"SELECT {texts} FROM {quote(table)}{where} ORDER BY {ordered}", values)
        while some := cursor.fetchmany(_ROWS_AT_ONCE):
            yield from some


def _digest(rows: Iterator[tuple[str | None, ...]]) -> tuple[int, str]:
    count, digest = 0, hashlib.sha256()
    for row in rows:
        count += 1
        digest.update("\x1f".join("\x00" if value is None else value for value in row).encode() + b"\n")
    return count, digest.hexdigest()


class _Sums:
    """Adds up every measure of each account and book while the entries pass by, in whole numbers of any size."""

    def __init__(self, columns: Sequence[str]) -> None:
        places = {name: position for position, name in enumerate(columns)}
        self._account, self._book, self._sequence = places["account_id"], places["book"], places["sequence"]
        self._measures = [places[name] for name in MEASURES if name in places]
        self._sums: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0] * len(self._measures))
        self.last = 0

    def watch(self, rows: Iterator[tuple[str | None, ...]]) -> Iterator[tuple[str | None, ...]]:
        for row in rows:
            sums = self._sums[int(row[self._account] or 0), row[self._book] or ""]
            for number, place in enumerate(self._measures):
                value = row[place]
                if value != "0":
                    sums[number] += int(value or 0)
            self.last = int(row[self._sequence] or 0)
            yield row

    def by_member(self, members: Mapping[int, str]) -> dict[str, str]:
        """Digest of the sums of each member, by its code."""
        added: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(self._measures))
        for (account, book), sums in self._sums.items():
            kept = added[members[account], book]
            for number, value in enumerate(sums):
                kept[number] += value
        lines: defaultdict[str, list[str]] = defaultdict(list)
        for (code, book), sums in sorted(added.items()):
            lines[code].append(" ".join(chain([book], map(str, sums))))
        return {code: hashlib.sha256("\n".join(told).encode()).hexdigest() for code, told in sorted(lines.items())}


def _members(connection: BaseDatabaseWrapper) -> dict[int, str]:
    """Code of the member of each account; an account whose member is gone is told by its number."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            "SELECT a.id, p.code, a.member_id FROM books_account a LEFT JOIN parties_party p ON p.id = a.member_id"
        )
        return {account: code or f"party {member}" for account, code, member in cursor.fetchall()}
