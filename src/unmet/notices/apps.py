"""The Django app of this room."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.notices"
    label = "notices"

    def ready(self) -> None:
        """Let every process know the jobs of this room."""
        from unmet.notices import following, forgetting, sending  # noqa: F401 - need the models, which stand only now
