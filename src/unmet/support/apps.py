"""The Django app of this room."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.support"
    label = "support"
