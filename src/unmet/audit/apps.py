"""The Django app of this room."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _install_triggers(**_kwargs: Any) -> None:
    from unmet.audit import append_only

    append_only.install()


class AuditConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.audit"
    label = "audit"

    def ready(self) -> None:
        """Put the append-only triggers in place after every migrate."""
        post_migrate.connect(_install_triggers, dispatch_uid="unmet.audit.append_only")
