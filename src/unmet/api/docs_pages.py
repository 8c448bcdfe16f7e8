"""The page that describes the API, and a page for each kind of refusal. Both work without a script."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request, override
from django.views.decorators.http import require_safe

from unmet.access import tokens
from unmet.api import lists, reference
from unmet.api.kinds import KINDS


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation, with its parameters, its body and its answers."""
    context = {
        "resources": reference.resources(), "schemas": reference.schemas(), "kinds": KINDS.values(),
        "scopes": tokens.SCOPES, "public": True, "most": lists.MOST, "prefix": tokens.PREFIX,
    }  # fmt: skip
    return render(request, "api/docs.html", context)


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """What one kind of refusal means, and what a client does about it."""
    if code not in KINDS:
        raise Http404
    return render(request, "api/problem.html", {"kind": KINDS[code], "public": True})


@require_safe
def to_docs(request: HttpRequest) -> HttpResponse:
    """The docs in the reader's language."""
    return _to(request, "api_docs")


@require_safe
def to_problem(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a kind of refusal in the reader's language: where `type` leads."""
    if code not in KINDS:
        raise Http404
    return _to(request, "api_problem", code)


def _to(request: HttpRequest, name: str, *where: str) -> HttpResponse:
    with override(get_language_from_request(request)):
        response = HttpResponseRedirect(reverse(name, args=where))
    patch_vary_headers(response, ["Accept-Language"])
    return response
