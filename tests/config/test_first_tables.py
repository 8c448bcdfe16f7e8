"""An empty database gets its tables at once; step by step, as an older one comes to them, they are the same."""

import os
import re
import subprocess
import sys
from contextlib import closing
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.config.test_backup import empty_target
from tests.together import committed_db  # noqa: F401
from unmet.config import copies

pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.django_db(transaction=True)]
STEP_BY_STEP = (
    "import django; django.setup();"
    "from django.core.management import call_command;"
    "from django.core.management.commands.migrate import Command;"  # of Django, not ours
    "call_command(Command(), verbosity=0, interactive=False)"
)
# What stands in the catalogue of a PostgreSQL database, each row as one text. The order of columns is nobody's.
POSTGRESQL = {
    "columns": "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default,"
    " is_identity FROM information_schema.columns WHERE table_schema = current_schema()",
    "constraints": "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = current_schema()::regnamespace",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()",
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace",
    "options": "SELECT relname, relkind, reloptions FROM pg_class WHERE relnamespace = current_schema()::regnamespace",
    "steps": "SELECT app, name FROM django_migrations",
    "kinds": "SELECT app_label, model FROM django_content_type",
}
SQLITE = {
    "tables": "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
    "steps": POSTGRESQL["steps"],
    "kinds": POSTGRESQL["kinds"],
}
# Django's own groups, which nothing here uses: their links have wider ids where they were made step by step.
UNUSED = "auth_group_permissions | id | "


def described(database: BaseDatabaseWrapper) -> dict[str, list[str]]:
    """Everything that a database has besides rows."""
    questions = SQLITE if database.vendor == "sqlite" else POSTGRESQL
    found = {}
    with database.cursor() as cursor:
        for what, question in questions.items():
            cursor.execute(question)
            rows = sorted(_plain(row) for row in cursor.fetchall())
            found[what] = [row for row in rows if not row.startswith(UNUSED)]
    return found


def _plain(row: tuple[Any, ...]) -> str:
    """One row as text; of the statement that made a table, what stands between its commas, A to Z."""
    words = [str(value) for value in row]
    if words[-1].startswith("CREATE TABLE"):
        head, _bracket, inside = words[-1].partition("(")
        words[-1:] = [head, *sorted(_parts(inside.rpartition(")")[0]))]
    return " | ".join(words)


def _parts(inside: str) -> list[str]:
    """What stands between the commas that are in no brackets and in no quotation marks."""
    parts, depth, quoted = [""], 0, False
    for sign in inside:
        quoted ^= sign == "'"
        depth += 0 if quoted else (sign == "(") - (sign == ")")
        if sign == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return [re.sub(r"\s+", " ", part).strip() for part in parts]


def test_made_at_once_and_step_by_step_they_are_the_same(tmp_path: Any) -> None:
    with empty_target(tmp_path / "other") as other:
        environment = {**os.environ, "UNMET_DATA": str(other.folder), "DATABASE_URL": other.database}
        done = subprocess.run(
            [sys.executable, "-c", STEP_BY_STEP], capture_output=True, text=True, check=False, env=environment
        )
        assert done.returncode == 0, done.stderr
        name = other.database.rpartition("/")[2] or str(other.folder / copies.SQLITE_FILE)
        with closing(copies.at(name)) as steps:
            by_steps = described(steps)
    at_once = described(connection)
    assert len(at_once["steps"]) > 60 and len(at_once["kinds"]) > 80
    for what, rows in by_steps.items():
        assert [row for row in at_once[what] if row not in rows] == [], what
        assert [row for row in rows if row not in at_once[what]] == [], what
