"""The Django app of this room."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.web"
    label = "web"
