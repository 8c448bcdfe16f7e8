"""The Django app of this room."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.access"
    label = "access"

    def ready(self) -> None:
        """Let every process know the rule of who may still be told, and whether this is a demonstration."""
        # Not above: they need the models, which stand only now.
        from unmet.access import services, telling  # noqa: F401 - it registers its rule
        from unmet.notices import gates

        gates.mark(services.is_demonstration)
