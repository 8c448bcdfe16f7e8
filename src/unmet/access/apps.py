"""The Django app of this room."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.access"
    label = "access"
