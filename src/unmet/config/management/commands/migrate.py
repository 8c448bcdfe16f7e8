"""Django's `migrate`, which gives an empty database its tables at once."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connection

from unmet.config import first_tables


class Command(migrate.Command):
    """See the head of this file. Everything else is as Django does it."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Bring the tables up to this version, or to the one that is named."""
        whole = not any(options[name] for name in ("app_label", "plan", "check_unapplied", "fake", "fake_initial"))
        if whole and not connection.introspection.table_names():
            first_tables.make()
        super().handle(*args, **options)
