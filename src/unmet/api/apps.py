"""The Django app of this room."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.api"
    label = "api"
