from typing import Any

from django.db import migrations, models


def leave_room(apps: Any, schema_editor: Any) -> None:
    """The first release marks every account of a member: with room on its page, PostgreSQL leaves the indexes alone."""
    _fill(schema_editor, 50)


def fill(apps: Any, schema_editor: Any) -> None:
    _fill(schema_editor, 100)


def _fill(schema_editor: Any, percent: int) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE books_account SET (fillfactor = {percent})")


class Migration(migrations.Migration):
    dependencies = [("books", "0002_answers_from_the_cube")]

    operations = [
        migrations.RemoveIndex(model_name="account", name="account_public_by_date"),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("closed", False)), fields=["needed_by_on", "id"], name="account_by_date"
            ),
        ),
        migrations.AddIndex(model_name="account", index=models.Index(fields=["subject"], name="account_by_subject")),
        migrations.RunPython(leave_room, fill, elidable=True),
    ]
