"""The Django app of this room."""

from django.apps import AppConfig


class NeedsConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.needs"
    label = "needs"

    def ready(self) -> None:
        """Let every process know who may still be told."""
        from unmet.needs import gates  # noqa: F401 - needs the models, which stand only now
