"""The Django app of this room."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.notices"
    label = "notices"
