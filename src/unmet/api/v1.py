"""Version 1 of the API, put together from its resources."""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import override
from django.views.decorators.http import require_GET
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from unmet.api import (
    accepting,
    catalogue,
    commitments,
    consignments,
    described,
    extracts,
    figures,
    files,
    gaps,
    given,
    money_deeds,
    money_fts,
    offer_money,
    offer_proposals,
    offers,
    on_the_way,
    parties,
    profiles,
    progress,
    readiness,
    receipts,
    releases,
    requests,
    returns,
    rounds,
    standing,
    support,
)
from unmet.api.bodies import ExactParser

VERSION = "1.0.0"
api = NinjaAPI(
    title="Unmet",
    version=VERSION,
    description="What members need, who is meeting it, and what is still unmet. See docs/api.md.",
    openapi_url=None,
    docs_url=None,
    parser=ExactParser(),
)
_RESOURCES = (
    parties, catalogue, rounds, returns, standing, releases, requests, readiness, offers, accepting, offer_proposals,
    offer_money, support, commitments, consignments, on_the_way, receipts, money_fts, money_deeds, profiles, extracts,
    given, gaps, progress, files, figures,
)  # fmt: skip
for resource in _RESOURCES:
    api.add_router("", resource.operations.router)


def _hand_on(_request: HttpRequest, error: Any) -> HttpResponse:
    """The door makes a problem of it, so that what was begun is rolled back first."""
    raise error


for kind in (Exception, HttpError, ValidationError):
    api.add_exception_handler(kind, _hand_on)


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """The description of the API (OpenAPI 3.1), in English."""
    with override("en"):
        return described.finish(dict(api.get_openapi_schema(path_prefix="api/v1/")))


@require_GET
def openapi(request: HttpRequest) -> JsonResponse:
    """The description, for programs."""
    return JsonResponse(description(), json_dumps_params={"ensure_ascii": False})


def _routes() -> list[URLPattern | URLResolver]:
    patterns, _app, _namespace = api.urls
    return [pattern for pattern in patterns if getattr(pattern, "name", "") != "api-root"]


urlpatterns = [path("openapi.json", openapi, name="api_openapi"), *_routes()]
