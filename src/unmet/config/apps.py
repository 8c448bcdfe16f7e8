"""The Django app of this room."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.config"
    label = "config"

    def ready(self) -> None:
        """Let the metrics hear of each request that was answered."""
        from unmet.config import logs, metrics

        logs.RequestLog.heard = [metrics.hear]
