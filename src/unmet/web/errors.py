"""Pages for what went wrong. Each says what happened and what to do, and shows what had been typed."""

import logging
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from unmet.web import kept
from unmet.web.requests import PageRequest, is_ours

logger = logging.getLogger(__name__)


def not_found(request: PageRequest, exception: Exception | None = None) -> HttpResponse:
    """No such page, or not for this reader: nobody can tell which."""
    return render(request, "web/errors/not_found.html", {"typed": kept.typed(request)}, status=404)


def forbidden(request: PageRequest, exception: Exception | None = None) -> HttpResponse:
    """This person may not do this; nothing was changed. To who only reads, it does not exist.

    A refusal that carries a sentence of its own is shown with it.
    """
    if request.method in {"GET", "HEAD"}:
        return not_found(request, exception)
    sentence = str(exception) if isinstance(exception, PermissionDenied) else ""
    context = {"typed": kept.typed(request), "sentence": sentence}
    return render(request, "web/errors/not_allowed.html", context, status=403)


def not_appointed(request: PageRequest) -> HttpResponse:
    """Signed in, but without an appointment that stands today."""
    return render(request, "web/errors/not_appointed.html", {"typed": kept.typed(request)}, status=403)


def forbidden_by_csrf(request: PageRequest, reason: str = "") -> HttpResponse:
    """The token of the form is missing or old: another tab signed in or out meanwhile, or cookies are off.

    Only a form of our own pages may be sent again from here: whatever another site made a browser send is shown, and
    has no button.
    """
    own = _comes_from_us(request)
    if own and not request.user.is_authenticated and kept.is_behind_door(request.path):
        return kept.ask_to_sign_in(request, at=request.at)
    context = {"typed": kept.typed(request), "may_send": own and kept.is_behind_door(request.path)}
    return render(request, "web/errors/form_too_old.html", context, status=403)


def not_understood(request: PageRequest, exception: Exception | None = None) -> HttpResponse:
    """The request is not one our pages send: too many fields, too large, a broken address."""
    return render(request, "web/errors/not_understood.html", status=400)


def form_only(request: PageRequest) -> HttpResponse:
    """An address that only takes a form was opened as a page: reloaded, kept as a bookmark, or in another language."""
    answer = render(request, "web/errors/form_only.html", status=405)
    answer["Allow"] = "POST"
    return answer


def too_often(request: PageRequest) -> HttpResponse:
    """Too many tries; wait a few minutes."""
    return render(request, "web/errors/too_often.html", status=429)


def broken(request: PageRequest) -> HttpResponse:
    """A fault of ours. The database may be the reason, so this page asks nothing of it."""
    try:
        typed = kept.typed(request)
    except Exception:  # reading the request may be what failed
        typed = kept.Typed(request.path, ())
    try:
        return HttpResponse(render_to_string("web/errors/broken.html", {"typed": typed}), status=500)
    except Exception:
        logger.exception("The page for faults has a fault")
        return HttpResponse("Unmet: 500", status=500, content_type="text/plain")


def _comes_from_us(request: PageRequest) -> bool:
    """Whether the browser says that a page of this site sent the form. No word counts as no."""
    source = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return is_ours(urlsplit(source), request)
