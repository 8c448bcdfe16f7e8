from typing import Any

from django.db import migrations


def leave_room(apps: Any, schema_editor: Any) -> None:
    """Approving sets a value in every row of a return: with room on its page, PostgreSQL need not touch the indexes."""
    _fill(schema_editor, 55)


def fill(apps: Any, schema_editor: Any) -> None:
    _fill(schema_editor, 100)


def _fill(schema_editor: Any, percent: int) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table in ("needs_need", "needs_statement"):
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = {percent})")


class Migration(migrations.Migration):
    dependencies = [("needs", "0001_initial")]

    operations = [migrations.RunPython(leave_room, fill, elidable=True)]
