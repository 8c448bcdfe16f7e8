"""The Django app of this room."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.api"
    label = "api"

    def ready(self) -> None:
        """Let every process know the jobs of this room."""
        from unmet.api import forgetting  # noqa: F401 - needs the models, which stand only now
