"""The Django app of this room."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.config"
    label = "config"
