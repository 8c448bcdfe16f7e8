"""The Django app of this room."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.web"
    label = "web"

    def ready(self) -> None:
        """Let every process know the jobs of this room."""
        from unmet.web.desk import upload_jobs  # noqa: F401 - needs the models, which stand only now
