"""What every template may use."""

from typing import Any

from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    """Values for the frame of every page."""
    return {"actor": getattr(request, "actor", None)}
