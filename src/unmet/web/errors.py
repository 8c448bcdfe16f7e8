"""Pages for what went wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def forbidden_by_csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or old: say so and how to go on."""
    return render(request, "web/error_form.html", status=403)
