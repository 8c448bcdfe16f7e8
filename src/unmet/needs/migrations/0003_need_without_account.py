from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    """A need is never written again once it is there, so its pages need no room."""
    _fill(schema_editor, 100)


def leave_room(apps: Any, schema_editor: Any) -> None:
    _fill(schema_editor, 55)


def _fill(schema_editor: Any, percent: int) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE needs_need SET (fillfactor = {percent})")


class Migration(migrations.Migration):
    dependencies = [("needs", "0002_room_for_approval")]

    operations = [
        migrations.RemoveField(model_name="need", name="account"),
        migrations.RunPython(fill, leave_room, elidable=True),
    ]
