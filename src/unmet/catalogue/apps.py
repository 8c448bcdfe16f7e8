"""The Django app of this room."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.catalogue"
    label = "catalogue"
