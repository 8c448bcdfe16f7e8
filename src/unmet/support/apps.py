"""The Django app of this room."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    """See `docs/map.md` for what this room holds."""

    name = "unmet.support"
    label = "support"

    def ready(self) -> None:
        """Let every process know how lines of support follow the books, and who may still be told of what."""
        from unmet.support import (  # noqa: F401 - they need the models, which stand only now
            flow_telling,
            gates,
            line_accounts,
            offer_ending,
            offer_telling,
            profile_telling,
            request_telling,
        )
