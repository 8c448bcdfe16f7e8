"""Copies of the database of each engine: how one is taken, looked into, and put back."""

import copy
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from unmet.books import digest
from unmet.config.backup_file import BackupRefused

SQLITE_FILE = "unmet.sqlite3"
DEBIAN = Path("/usr/lib/postgresql")  # there stands a folder for each version of PostgreSQL


@dataclass(frozen=True, slots=True)
class Told:
    """What a copy of a database holds; both sides of a backup are described by it and compared."""

    books: digest.Summary
    rows: dict[str, int]
    migrations: dict[str, list[str]]
    files: list[str]  # SHA-256 of every stored file that a row names
    demonstration: bool

    def as_json(self) -> dict[str, Any]:
        """For the manifest; the files stand there as parts."""
        return {
            "books": asdict(self.books),
            "rows": self.rows,
            "migrations": self.migrations,
            "demonstration": self.demonstration,
        }


def look(database: BaseDatabaseWrapper, *, columns: dict[str, list[str]] | None = None) -> Told:
    """Describe a database with plain SQL, whatever version of Unmet made its tables."""
    quote = database.ops.quote_name

    def ask(question: str) -> list[tuple[Any, ...]]:
        with database.cursor() as cursor:
            cursor.execute(question)
            return list(cursor.fetchall())

    tables = sorted(database.introspection.table_names())
    rows = {table: ask(f"SELECT count(*) FROM {quote(table)}")[0][0] for table in tables}  # noqa: S608
    migrations: dict[str, list[str]] = {}
    for app, name in ask("SELECT app, name FROM django_migrations ORDER BY app, name"):
        migrations.setdefault(app, []).append(name)
    files = [sha256 for (sha256,) in ask("SELECT DISTINCT sha256 FROM files_storedfile ORDER BY sha256")]
    marked = ask("SELECT demonstration FROM access_installation")
    return Told(digest.summary(database, columns=columns), rows, migrations, files, bool(marked and marked[0][0]))


def at(name: str) -> BaseDatabaseWrapper:
    """A connection of its own to another database of the same engine: a file of SQLite, or a name on the server."""
    settings = copy.deepcopy(connection.settings_dict)
    settings["NAME"] = name
    made: BaseDatabaseWrapper = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, alias="copy")
    return made


# ── SQLite ───────────────────────────────────────────────────────────────────
def of_sqlite(target: Path) -> Told:
    """A copy of the database of this moment, durable and whole.

    `VACUUM INTO` and not the backup interface of SQLite, which begins anew whenever somebody writes: one copy of
    44 MB took it 40 seconds under load, and this 0.4.
    """
    # A connection without our cache settings: the copy must not have to fit into memory.
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=60, isolation_level=None)) as source:
        source.execute("VACUUM INTO ?", [str(target)])
    os.chmod(target, 0o600)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return look_at_sqlite(target)


def look_at_sqlite(path: Path, *, columns: dict[str, list[str]] | None = None) -> Told:
    """Describe a copy, after SQLite itself found nothing wrong with it.

    Raises:
        BackupRefused: it did.
    """
    try:
        with closing(sqlite3.connect(path)) as opened:
            says = opened.execute("PRAGMA integrity_check(1)").fetchone()[0]
            loose = opened.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"The database in the backup cannot be read: {error}.") from error
    if says != "ok" or loose:
        raise BackupRefused(
            f"The database is damaged: {says if says != 'ok' else f'a row of {loose[0]} leads nowhere'}."
        )
    with closing(at(str(path))) as database:
        return look(database, columns=columns)


def settle_sqlite(path: Path) -> None:
    """Bring everything that was written into the one file, so that it can be moved alone."""
    with closing(sqlite3.connect(path, isolation_level=None)) as opened:
        opened.execute("PRAGMA journal_mode=DELETE")


# ── PostgreSQL ───────────────────────────────────────────────────────────────
def of_postgresql(target: Path) -> Told:
    """A copy of the database of one moment, by pg_dump, described from the very same snapshot.

    Raises:
        BackupRefused: pg_dump is not installed, or did not succeed.
    """
    program = _program("pg_dump")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        told = look(connection)
        _run(program, ["--format=custom", f"--snapshot={snapshot}", "--no-password", f"--file={target}"])
    os.chmod(target, 0o600)
    return told


def into_postgresql(dump: Path, name: str) -> None:
    """Fill an empty database, all or nothing.

    Raises:
        BackupRefused: pg_restore is not installed, or did not succeed.
    """
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password"]
    _run(_program("pg_restore"), [*options, f"--dbname={name}", str(dump)], name=name)


@contextmanager
def spare_postgresql() -> Iterator[str]:
    """A database for a while, beside ours on the same server; yields its name.

    Raises:
        BackupRefused: our account may not make one.
    """
    name = f"unmet_verify_{os.getpid()}"
    quoted = connection.ops.quote_name(name)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {quoted}")
    except Exception as error:
        raise BackupRefused(f"No database could be made to restore into for a while: {error}") from error
    try:
        yield name
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")


def empty_postgresql(database: BaseDatabaseWrapper) -> None:
    """Take a restore back that turned out wrong. Only ever called for a database that was empty before."""
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE IF EXISTS {database.ops.quote_name(table)} CASCADE")
        cursor.execute(
            "SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = current_schema() AND p.prorettype = 'trigger'::regtype"
        )
        for (function,) in cursor.fetchall():
            cursor.execute(f"DROP FUNCTION IF EXISTS {function} CASCADE")


def address_of(name: str) -> str:
    """DATABASE_URL of a database on our server, for a process of its own."""
    from urllib.parse import quote

    told = connection.settings_dict
    account = quote(str(told["USER"]), safe="") + (
        f":{quote(str(told['PASSWORD']), safe='')}" if told["PASSWORD"] else ""
    )
    port = f":{told['PORT']}" if told["PORT"] else ""
    return f"postgres://{account}@{told['HOST']}{port}/{name}"


def _program(name: str) -> str:
    """The program of the server's own version where it is installed, else the one that is found first."""
    major = connection.pg_version // 10_000 if connection.vendor == "postgresql" else 0  # type: ignore[attr-defined]
    of_version = DEBIAN / str(major) / "bin" / name
    found = str(of_version) if of_version.exists() else shutil.which(name)
    if found is None:
        raise BackupRefused(
            f"{name} is not installed here, and a PostgreSQL database is copied with it. On Debian and Ubuntu: "
            f"apt-get install postgresql-client. Or let whoever runs the database server make the copies."
        )
    return found


def _run(program: str, arguments: list[str], *, name: str | None = None) -> None:
    told = connection.settings_dict
    # The password goes by the environment: everybody on the machine can read the arguments of a process.
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    environment = {key: str(told[value]) for key, value in names.items() if told[value]}
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False,
        env={**os.environ, **environment, "PGDATABASE": name or str(told["NAME"])},
    )  # fmt: skip
    if done.returncode:
        raise BackupRefused(f"{Path(program).name} did not succeed: {done.stderr.strip() or done.returncode}")


# ── our own commands, on a copy ──────────────────────────────────────────────
def unmet(*arguments: str, data: Path, database: str) -> subprocess.CompletedProcess[str]:
    """Run a command of ours on another data folder and database, in a process of its own."""
    environment = {
        **os.environ, "UNMET_DATA": str(data), "DATABASE_URL": database, "UNMET_SECRET_KEY": "only to look at a copy",
        "DJANGO_SETTINGS_MODULE": "unmet.config.settings",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "unmet.config.cli", *arguments], capture_output=True, text=True, check=False,
        env=environment,
    )  # fmt: skip
