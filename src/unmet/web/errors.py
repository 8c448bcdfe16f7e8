"""Pages for what went wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def forbidden_by_csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or old: say so and how to go on."""
    return render(request, "web/error_form.html", status=403)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The person may not do this."""
    return render(request, "web/errors/forbidden.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """There is nothing here, or nothing for this reader."""
    return render(request, "web/errors/not_found.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Something of ours broke."""
    return render(request, "web/errors/broken.html", status=500)
