"""The Django app of this room."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _install(**_kwargs: Any) -> None:
    from unmet.audit import append_only, page_room

    append_only.install()
    page_room.install()


class AuditConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.audit"
    label = "audit"

    def ready(self) -> None:
        """After every migrate: put in place what the tables have besides their columns."""
        post_migrate.connect(_install, dispatch_uid="unmet.audit.append_only")
