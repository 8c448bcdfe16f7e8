"""The Django app of this room."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.access"
    label = "access"

    def ready(self) -> None:
        """Let every process know the rule of who may still be told."""
        from unmet.access import telling  # noqa: F401 - needs the models, which stand only now
