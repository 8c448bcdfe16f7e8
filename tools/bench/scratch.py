"""Scratch databases: one is made with the reference data, every run gets a fresh copy of it."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tools.bench.measure import plain_environment, step

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass
class Scratch:
    """An engine with a template database on it. `folder` lies on disk; `server` is a PostgreSQL we may fill."""

    engine: str
    folder: Path
    server: str = ""
    _made: int = 0
    _template: tuple[str, dict[str, Any]] | None = None

    def template(self, name: str, **given: Any) -> None:
        """Make the template by running the step `name` on an empty, migrated database; the same again is there."""
        if self._template == (name, given):
            return
        self._template = None
        self._migrate(self._environment("template", fresh=True))
        if name != "migrate":
            step(name, self._environment("template"), **given)
        self._template = name, given

    def _migrate(self, environment: dict[str, str]) -> None:
        """All tables; on SQLite a copy of those that this process has made before."""
        if self.engine == POSTGRESQL:
            step("migrate", environment)
        else:
            shutil.copyfile(_migrated_sqlite(), Path(environment["UNMET_DATA"]) / "unmet.sqlite3")

    @contextmanager
    def copy(self) -> Iterator[dict[str, str]]:
        """A fresh copy of the template; yields the environment that names it, and removes it afterwards."""
        self._made += 1
        name = f"copy{self._made}"
        environment = self._environment(name)
        if self.engine == POSTGRESQL:
            self._execute(f"CREATE DATABASE {name} TEMPLATE template_unmet")
        else:
            shutil.copyfile(
                self.folder / "template" / "unmet.sqlite3", Path(environment["UNMET_DATA"]) / "unmet.sqlite3"
            )
        try:
            yield environment
        finally:
            if self.engine == POSTGRESQL:
                self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            shutil.rmtree(environment["UNMET_DATA"], ignore_errors=True)

    def _environment(self, name: str, *, fresh: bool = False) -> dict[str, str]:
        data = self.folder / name
        data.mkdir(parents=True, exist_ok=True)
        made = plain_environment() | {"UNMET_DATA": str(data), "DJANGO_SETTINGS_MODULE": "unmet.config.settings"}
        if self.engine == POSTGRESQL:
            database = "template_unmet" if name == "template" else name
            if fresh:
                self._execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
                self._execute(f"CREATE DATABASE {database}")
            parts = urlsplit(self.server)
            made["DATABASE_URL"] = urlunsplit((parts.scheme, parts.netloc, f"/{database}", "", ""))
        elif fresh:
            (data / "unmet.sqlite3").unlink(missing_ok=True)
        return made

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


@cache
def _migrated_sqlite() -> Path:
    """An empty database with all tables, made once a process."""
    folder = Path(tempfile.mkdtemp(prefix="bench-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    step(
        "migrate", plain_environment() | {"UNMET_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "unmet.config.settings"}
    )
    return folder / "unmet.sqlite3"


@contextmanager
def folder_for(name: str) -> Iterator[Path]:
    """A folder on disk, beside the other things that are built, removed at the end."""
    parent = Path(__file__).resolve().parents[2] / "build"
    parent.mkdir(exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f"bench-{name}-{os.getpid()}-", dir=parent))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
