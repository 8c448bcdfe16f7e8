"""The Django app of this room."""

from django.apps import AppConfig


class NeedsConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.needs"
    label = "needs"
