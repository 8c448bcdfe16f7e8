"""The Django app of this room."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.jobs"
    label = "jobs"
