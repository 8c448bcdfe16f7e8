"""The Django app of this room."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.support"
    label = "support"

    def ready(self) -> None:
        """Let every process know how lines of support follow the books."""
        from unmet.support import services  # noqa: F401 - needs the models, which stand only now
