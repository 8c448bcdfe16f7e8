"""Benchmark (a), inside its processes: ours, and the very same rows by the raw driver."""

import gc
import pickle
import resource
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone
from tests import make

from tools.bench import world
from tools.bench.measure import NotTheSame
from unmet.access.models import Release
from unmet.books import doctor
from unmet.books.models import Account, Book, Cube, Entry
from unmet.catalogue.models import Round, Sector
from unmet.needs import services as needs
from unmet.needs.models import Need, Return, Statement
from unmet.parties.models import Party

TABLES = (Need, Statement, Account, Entry, Cube)
_LARGEST_DOCTOR = 200_000  # accounts that the full check of the books is run over here


def _busy() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Held:
    """How long others had to wait: from the moment a lock that all posts need was given, until the commit.

    On PostgreSQL that is the lock of the books. On SQLite every writing transaction is one, whatever it writes.
    """

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._lock = "BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "SELECT pg_advisory_xact_lock"
        self._given: float | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take the time of every transaction of this connection that holds the lock."""
        commit = connection.commit

        def timed_commit() -> None:
            commit()
            if self._given is not None:
                self.seconds.append(perf_counter() - self._given)
                self._given = None

        connection.commit = timed_commit
        try:
            with connection.execute_wrapper(self._see):
                yield
        finally:
            connection.commit = commit

    def _see(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith(self._lock):
            self._given = perf_counter()
        return result


def import_ours(*, files: int, items: int, places: int, wrong: int = 0) -> dict[str, Any]:
    """Submit, approve and release the files; `wrong` falsifies that many expected quantities (a test of the gate)."""
    held = Held()
    at, round_ = timezone.now(), Round.objects.get(code=world.ROUND)
    sectors = [("sector", uuid) for uuid in Sector.objects.values_list("uuid", flat=True)]
    expected: dict[int, int] = defaultdict(int)
    phases: dict[str, list[float]] = {"submit": [], "approve": [], "release": []}
    busy = 0.0
    for position, member in enumerate(world.MEMBERS[:files]):
        lines = world.lines(member, position=position, items=items, places=places)
        for line in lines:
            expected[line.item_id or 0] += line.quantity
        begun = _busy()
        with held.watching():
            _one_file(lines, member, round_, sectors, at, phases)
        busy += _busy() - begun
    if wrong:
        expected[next(iter(expected))] += wrong
    gate(expected, lines=files * items * places)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "rows": sum(counts().values()), "lines": files * items * places, "cpu": busy, "peak_mb": peak,
        "seconds": sum(sum(phase) for phase in phases.values()), "phases": phases, "lock": held.seconds,
    }  # fmt: skip


def _one_file(
    lines: list[Any], member: str, round_: Round, sectors: list[Any], at: datetime, phases: dict[str, list[float]]
) -> None:
    party = Party.objects.get(code=member)
    focal, approver = world.person("focal", member), world.person("approver", member)
    begun = perf_counter()
    with make.as_(focal, at=at):
        return_ = needs.submit(lines, member=party, round_=round_, by=focal, at=at).return_
    assert isinstance(return_, Return)
    phases["submit"].append(perf_counter() - begun)
    begun = perf_counter()
    with make.as_(approver, at=at):
        needs.approve(return_, by=approver, at=at, revision=return_.revision)
        phases["approve"].append(perf_counter() - begun)
        begun = perf_counter()
        needs.release(
            member=party, subjects=sectors, level=Release.Level.FIGURES, audience=Release.Audience.EVERYONE,
            until_on=None, by=approver, at=at,
        )  # fmt: skip
    phases["release"].append(perf_counter() - begun)


def counts() -> dict[str, int]:
    """Rows of each table that both sides write."""
    return {model._meta.db_table: model._default_manager.count() for model in TABLES}


def gate(expected: dict[int, int], *, lines: int) -> None:
    """The needs, the accounts, both books and the cube say what the lines said.

    Raises:
        NotTheSame: where they differ.
    """
    of_accounts = Account.objects.filter(public=True, closed=False).values_list("item_id")
    sums = {
        "own book": Entry.objects.filter(book=Book.OWN).values_list("account__item_id"),
        "public book": Entry.objects.filter(book=Book.PUBLIC).values_list("account__item_id"),
        "accounts": of_accounts,
        "cube": Cube.objects.filter(closed=False).values_list("item_id"),
    }
    for name, rows in sums.items():
        _same(name, dict(rows.order_by().annotate(total=Sum("approved"))), dict(expected))
    stated = Statement.objects.filter(newest=True, approved__isnull=False, approved_at__isnull=False)
    _same("statements", dict(stated.values_list("need__item_id").annotate(total=Sum("approved"))), dict(expected))
    open_ones = Account.objects.filter(closed=False).values("subject")
    _same("needs with their open account", Need.objects.filter(uuid__in=open_ones).count(), lines)
    if lines <= _LARGEST_DOCTOR and (found := doctor.differences(most=3)):
        raise NotTheSame(f"the books differ: {found}")


def _same(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise NotTheSame(f"{what}: {str(found)[:200]} instead of {str(wanted)[:200]}")


# ── the very same rows ───────────────────────────────────────────────────────
def import_rows(*, folder: str, files: int) -> dict[str, Any]:
    """Keep the rows that ours wrote, file by file and table by table, as the driver gives them."""
    for position, member in enumerate(world.MEMBERS[:files]):
        mine = Party.objects.get(code=member).pk
        kept = []
        for model, condition in (
            (Need, "member_id = {0}"), (Statement, "need_id IN (SELECT id FROM needs_need WHERE member_id = {0})"),
            (Account, "member_id = {0}"), (Entry, "account_id IN (SELECT id FROM books_account WHERE member_id = {0})"),
            (Cube, "member_id = {0}"),
        ):  # fmt: skip
            columns = [field.column for field in model._meta.concrete_fields]
            table, key = model._meta.db_table, model._meta.pk.column
            kept.append((table, columns, _fetch(
                f"SELECT {', '.join(columns)} FROM {table} WHERE {condition.format(mine)} ORDER BY {key}"
            )))  # fmt: skip
        with Path(folder, f"{position}.rows").open("wb") as file:
            pickle.dump(kept, file, protocol=5)
    return counts()


def _fetch(statement: str) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    cursor = connection.connection.cursor()
    cursor.execute(statement)
    return [tuple(row) for row in cursor.fetchall()]


def import_raw(*, folder: str, files: int, rows: int) -> dict[str, Any]:
    """Write the kept rows into the same tables: executemany on SQLite, COPY from tuples on PostgreSQL.

    One transaction a file. Keys, constraints, indexes and triggers are those of the product.
    """
    seconds = busy = 0.0
    for position in range(files):
        with Path(folder, f"{position}.rows").open("rb") as file:
            kept = pickle.load(file)
        gc.collect()
        began, begun = _busy(), perf_counter()
        with transaction.atomic():
            for table, columns, tuples in kept:
                _write(table, columns, tuples)
        seconds += perf_counter() - begun
        busy += _busy() - began
    _same("rows", sum(counts().values()), rows)
    return {"rows": rows, "seconds": seconds, "cpu": busy}


def _write(table: str, columns: list[str], tuples: list[tuple[Any, ...]]) -> None:
    listed = ", ".join(columns)
    if connection.vendor == "sqlite":
        marks = ", ".join("?" * len(columns))
        connection.connection.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", tuples)
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
        for row in tuples:
            copy.write_row(row)
