"""The Django app of this room."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.files"
    label = "files"
