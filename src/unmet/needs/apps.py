"""The Django app of this room."""

from django.apps import AppConfig


class NeedsConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.needs"
    label = "needs"

    def ready(self) -> None:
        """Let every process know who may still be told, and how the reminders of needs that lapse are sent."""
        from unmet.needs import followed, gates, lapsing  # noqa: F401 - need the models, which stand only now
