"""Restore a backup into an empty folder and database, and prove that the books are those that were kept.

Everything happens in a folder beside the target first. Only when the books are proved do the parts take their places,
the database last: a restore that was interrupted leaves no database, so nobody can take it for a whole one.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from unmet.config import copies
from unmet.config.backup_file import Backup, BackupRefused, opened, sync_folder

SETTINGS_FILE = "settings-of-the-backup.json"
_STAGING = ".unmet-restore-"


@dataclass(frozen=True, slots=True)
class Proved:
    """A backup whose books were proved: what it holds, and how long it took from the file to books that stand.

    `migrated` counts the changes of the tables since the version that made it.
    """

    made_at: str
    sequence: int
    accounts: int
    members: int
    files: int
    migrated: int
    seconds: float


def verify(path: Path) -> Proved:
    """Restore into a folder and database made for the purpose, compare, and remove them again.

    Raises:
        BackupRefused: the backup would not restore.
    """
    started = timezone.now()
    with opened(path) as backup, tempfile.TemporaryDirectory(prefix="unmet-verify-") as folder:
        _require_readable(backup)
        _require_space(backup, Path(folder))
        if connection.vendor == "sqlite":
            return _prove(backup, Path(folder), started)
        with copies.spare_postgresql() as name:
            return _prove(backup, Path(folder), started, name=name)


def restore(path: Path) -> Proved:
    """Restore into UNMET_DATA and the database of DATABASE_URL, which must both be empty.

    Raises:
        BackupRefused: the target is not empty, the backup is damaged or newer than this program, or the books in it
            are not those it was made of. Nothing has changed then.
    """
    started, data = timezone.now(), Path(settings.UNMET_DATA)
    with opened(path) as backup:
        _require_readable(backup)
        _require_empty(data)
        _require_space(backup, data)
        with _staging(data) as staging:
            name = None if connection.vendor == "sqlite" else str(connection.settings_dict["NAME"])
            proved = _prove(backup, staging, started, name=name)
            _take_places(staging, data)
    return proved


# ── before anything is written ───────────────────────────────────────────────
def _require_readable(backup: Backup) -> None:
    made_by, ours = backup.manifest["engine"], connection.vendor
    if made_by != ours:
        raise BackupRefused(
            f"The backup is of a {made_by} database, and this installation uses {ours}. A backup goes back into the "
            "kind of database it was made of: set DATABASE_URL for PostgreSQL, leave it empty for SQLite."
        )
    known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    made = {(app, name) for app, names in backup.manifest["migrations"].items() for name in names}
    ours_apps = {app for app, _ in known}
    if newer := sorted(name for name in made - known if name[0] in ours_apps):
        raise BackupRefused(
            f"The backup was made by version {backup.manifest['unmet']} of Unmet, which has tables that this one does "
            f"not know ({newer[0][0]} {newer[0][1]}). Restore it with that version or a later one."
        )


def _require_empty(data: Path) -> None:
    # The key is made on the first start, so a new folder holds it already.
    there = sorted(path.name for path in data.iterdir() if path.name != "secret_key")
    if there:
        raise BackupRefused(
            f"The folder {data} is not empty: {', '.join(there[:3])}. A backup is restored into an empty folder only; "
            "name another one with --data."
        )
    if connection.vendor == "postgresql" and (tables := connection.introspection.table_names()):
        raise BackupRefused(
            f"The database has {len(tables)} tables. A backup is restored into an empty database only: make one with "
            "createdb, and name it in DATABASE_URL."
        )


def _require_space(backup: Backup, folder: Path) -> None:
    needed = sum(part.size for part in backup.parts.values()) * 2  # changing the tables may write them anew
    if shutil.disk_usage(folder).free < needed:
        raise BackupRefused(f"There is too little space in {folder}: {needed / 1e9:.1f} GB are needed.")


@contextmanager
def _staging(data: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=_STAGING, dir=data))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# ── the proof ────────────────────────────────────────────────────────────────
def _prove(backup: Backup, folder: Path, started: datetime, *, name: str | None = None) -> Proved:
    """Unpack everything into a folder, fill the database, and compare it with the manifest and with itself.

    `name` is that of an empty database on the server; without it the database is the file in the folder.
    """
    for part in backup.parts:
        backup.unpack(part, folder / _place(part))
    if name is None:
        return _prove_database(backup, folder, started, None)
    copies.into_postgresql(folder / "database.pgdump", name)
    (folder / "database.pgdump").unlink()
    try:
        return _prove_database(backup, folder, started, name)
    except BaseException:
        with closing(copies.at(name)) as wrong:
            copies.empty_postgresql(wrong)
        raise


def _place(part: str) -> str:
    """Where a part lies in a data folder."""
    return {"database.sqlite3": copies.SQLITE_FILE, "settings.json": SETTINGS_FILE}.get(
        part, part.replace("files/", "uploads/")
    )


def _prove_database(backup: Backup, folder: Path, started: datetime, name: str | None) -> Proved:
    manifest = backup.manifest
    _compare(manifest, _look(folder, name))
    migrated = _migrate(manifest, folder, name)
    _require_right_books(folder, name)
    if migrated:
        # The tables are others now; what each member's lines add up to may not be.
        now = _look(folder, name, columns=manifest["books"]["columns"])
        _say_difference("sums of members", manifest["books"]["members"], now.books.members)
    books = manifest["books"]
    return Proved(
        made_at=manifest["made_at"], sequence=books["sequence"], accounts=books["rows"]["books_account"],
        members=len(books["members"]), files=sum(part.startswith("files/") for part in backup.parts),
        migrated=migrated, seconds=round((timezone.now() - started).total_seconds(), 1),
    )  # fmt: skip


def _look(folder: Path, name: str | None, *, columns: dict[str, list[str]] | None = None) -> copies.Told:
    if name is None:
        return copies.look_at_sqlite(folder / copies.SQLITE_FILE, columns=columns)
    with closing(copies.at(name)) as database:
        # Reading with a cursor of the server needs a transaction.
        database.set_autocommit(False)
        try:
            return copies.look(database, columns=columns)
        finally:
            database.rollback()


def _compare(manifest: dict[str, Any], found: copies.Told) -> None:
    """Hold a restored database against the manifest: rows of every table, tables changed so far, and the books."""
    told = json.loads(json.dumps(found.as_json()))
    for what in ("rows", "migrations"):
        _say_difference(what, manifest[what], told[what])
    for what in ("rows", "digests", "members"):
        _say_difference(f"{what} of the books", manifest["books"][what], told["books"][what])
    if manifest["books"]["sequence"] != told["books"]["sequence"]:
        _say_difference("last sequence", {"": manifest["books"]["sequence"]}, {"": told["books"]["sequence"]})


def _say_difference(what: str, kept: dict[str, Any], restored: dict[str, Any]) -> None:
    differ = sorted(key for key in kept.keys() | restored.keys() if kept.get(key) != restored.get(key))
    if differ:
        raise BackupRefused(
            f"The restored database is not the one that was kept: {what} differ for {', '.join(differ[:5])}. "
            "Use another backup."
        )


def _address(folder: Path, name: str | None) -> str:
    return "" if name is None else copies.address_of(name)


def _migrate(manifest: dict[str, Any], folder: Path, name: str | None) -> int:
    """Bring the tables up to this version; returns how many changes that took."""
    known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    waiting = known - {(app, one) for app, names in manifest["migrations"].items() for one in names}
    if waiting:
        done = copies.unmet("migrate", data=folder, database=_address(folder, name))
        if done.returncode:
            raise BackupRefused(f"The tables could not be brought up to this version: {done.stderr.strip()[-500:]}")
    return len(waiting)


def _require_right_books(folder: Path, name: str | None) -> None:
    """Every balance and every published sum recomputed from the entries, by the restored database's own doctor."""
    done = copies.unmet("doctor", "--books", "--json", data=folder, database=_address(folder, name))
    try:
        found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    except ValueError:
        raise BackupRefused(f"The books could not be recomputed: {done.stderr.strip()[-500:]}") from None
    for what in ("database", "triggers", "books"):
        if what not in found or found[what]["status"] != "ok":
            says = found[what]["says"] if what in found else "not looked at"
            raise BackupRefused(f"The restored database is not right: {what}: {says}")


# ── taking their places ──────────────────────────────────────────────────────
def _take_places(staging: Path, data: Path) -> None:
    """Move the proved parts to where they belong, the database last, and make it all durable."""
    if (staging / "secret_key").exists() and os.environ.get("UNMET_SECRET_KEY"):
        (staging / "secret_key").unlink()  # the one in the environment counts
    database = staging / copies.SQLITE_FILE
    if database.exists():
        copies.settle_sqlite(database)
    for path in sorted(staging.iterdir(), key=lambda path: path == database):
        for folder in [path, *path.glob("**/")] if path.is_dir() else []:
            sync_folder(folder)
        if path == database:
            with path.open("rb") as file:
                os.fsync(file.fileno())
            sync_folder(data)
        os.replace(path, data / path.name)
    sync_folder(data)
