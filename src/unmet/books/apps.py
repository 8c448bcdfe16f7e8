"""The Django app of this room."""

from django.apps import AppConfig


class BooksConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.books"
    label = "books"
