"""Make a backup: one file with the database, the stored files and what the operator set, and a manifest of it all.

The database is copied first, then the files it names. Files are kept under their content and only added, so what the
copy names is there, whatever is written meanwhile.
"""

import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from unmet.access import services as access
from unmet.config import copies
from unmet.config.backup_file import NAMES, BackupRefused, Writer
from unmet.web import map as world_map

# What is set here and is worth knowing on another machine. Never secrets, and no place of this machine.
SETTINGS = (
    "UNMET_COALITION", "UNMET_CONTACT", "UNMET_HOSTS", "UNMET_PORT", "UNMET_HTTPS", "UNMET_ORIGINS",
    "UNMET_OIDC_SERVER", "UNMET_OIDC_NAME", "UNMET_OIDC_CLIENT", "UNMET_MAIL_HOST", "UNMET_MAIL_PORT",
    "UNMET_MAIL_USER", "UNMET_MAIL_TLS", "UNMET_MAIL_FROM", "UNMET_LOG_LEVEL",
)  # fmt: skip
LAST = "last_backup.json"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made. `lost` are stored files that a row names and that are not on the disk, or not whole."""

    path: Path
    size: int
    sha256: str
    sequence: int
    files: int
    lost: list[str]


def make(path: Path, *, at: datetime, with_secret_key: bool = False) -> Made:
    """Write a backup of the database and the data folder of this moment; the pages go on meanwhile.

    `path` may be a folder: the file is then named by the moment. The caller acts as whoever asked for it.

    Raises:
        BackupRefused: there is such a file, the tables are not there, or a program that is needed is not.
    """
    if path.is_dir():
        path = path / f"unmet-{at:%Y%m%dT%H%M%SZ}.zip"
    if path.exists():
        raise BackupRefused(f"There is a file {path} already. A backup never replaces another one.")
    if not path.parent.is_dir():
        raise BackupRefused(f"There is no folder {path.parent}.")
    if "books_clock" not in connection.introspection.table_names():
        raise BackupRefused("There are no tables here yet, so there is nothing to keep. Run: unmet setup")
    with tempfile.TemporaryDirectory(prefix=".unmet-backup-", dir=path.parent) as folder, Writer(path) as writer:
        told = _copy_database(writer, Path(folder))
        lost = _add_files(writer, told.files)
        for name, source in _surroundings():
            writer.add(name, source, squeeze=True)
        writer.add_bytes("settings.json", _settings())
        if with_secret_key:
            writer.add_bytes("secret_key", settings.SECRET_KEY.encode("ascii"))
        sha256 = writer.finish(_manifest(told, at=at, lost=lost))
    made = Made(path, path.stat().st_size, sha256, told.books.sequence, len(told.files) - len(lost), lost)
    _remember(made, at)
    access.record(
        event="config.backup_made", at=at, subject_kind="backup", subject=sha256[:32], sequence=made.sequence,
        size=made.size, secret_key=with_secret_key,
    )  # fmt: skip
    return made


def last(*, folder: Path) -> dict[str, Any] | None:
    """What was noted of the last backup: `at`, `sequence`, `size`, `sha256`; None when there was none."""
    try:
        return dict(json.loads((folder / LAST).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _copy_database(writer: Writer, folder: Path) -> copies.Told:
    takes: dict[str, tuple[str, Callable[[Path], copies.Told]]] = {
        "sqlite": ("database.sqlite3", copies.of_sqlite),
        "postgresql": ("database.pgdump", copies.of_postgresql),
    }
    name, take = takes[connection.vendor]
    copied = folder / name
    told = take(copied)
    writer.add(name, copied, squeeze=connection.vendor == "sqlite")  # pg_dump squeezes its own
    copied.unlink()
    return told


def _add_files(writer: Writer, wanted: list[str]) -> list[str]:
    """Put the stored files in; returns those that are gone or are no longer what their name says."""
    lost = []
    for sha256 in wanted:
        source = Path(settings.MEDIA_ROOT) / sha256
        try:
            with source.open("rb") as file:
                whole = file_digest(file, "sha256").hexdigest() == sha256
        except OSError:
            whole = False
        if whole:
            writer.add(f"files/{sha256}", source)
        else:
            lost.append(sha256)
    return lost


def _surroundings() -> Iterator[tuple[str, Path]]:
    """The coalition's own texts, its map and what it is called: files beside the database."""
    data = Path(settings.UNMET_DATA)
    for folder in ("texts", "coalition"):
        for path in sorted((data / folder).glob("*")):
            if NAMES.fullmatch(f"{folder}/{path.name}") and path.is_file():
                yield f"{folder}/{path.name}", path
    if (map_file := world_map.installed_at()).is_file():
        yield "map.json", map_file


def _settings() -> bytes:
    return json.dumps({name: os.environ[name] for name in SETTINGS if os.environ.get(name)}, indent=1).encode()


def _manifest(told: copies.Told, *, at: datetime, lost: list[str]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        engine_version = cursor.fetchone()[0]
    return {
        "made_at": at.isoformat(), "unmet": version("unmet"), "python": platform.python_version(),
        "engine": connection.vendor, "engine_version": engine_version, "lost_files": lost, **told.as_json(),
    }  # fmt: skip


def _remember(made: Made, at: datetime) -> None:
    """Note the backup for `unmet doctor` and the metrics. A file: the database must not change because it was kept."""
    path = Path(settings.UNMET_DATA) / LAST
    beside = path.with_suffix(".new")
    told = {"at": at.isoformat(), "sequence": made.sequence, "size": made.size, "sha256": made.sha256}
    beside.write_text(json.dumps(told), encoding="utf-8")
    os.replace(beside, path)
