"""The Django app of this room."""

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.parties"
    label = "parties"
