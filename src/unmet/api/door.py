"""The one door of the API: who comes, with which scope, in which form, under which conditions; then the handler acts.

A handler says what it gives (`Listing`, `One`, `Kept`); the door makes the answer. Every exception becomes a problem.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Router
from ninja.decorators import decorate_view
from ninja.operation import Operation
from pydantic import BaseModel

from unmet.access import tokens
from unmet.access.actors import Actor, acting
from unmet.access.tokens import Bearer
from unmet.api import bodies, described, kept_files, lists, public_rates, rates, versions
from unmet.api.declared import Declared, Rule
from unmet.api.kept_files import Kept
from unmet.api.lists import Listing
from unmet.api.once import again, key_of, once
from unmet.api.problems import Problem, answer, bad, of
from unmet.books import services as books
from unmet.parties.models import Person


class ApiRequest(HttpRequest):
    """A request of the API. `bearer` is None for the public.

    `versions` are those that the client has read; None where one acts on whichever stands now (`calls`).
    """

    at: datetime
    actor: Actor
    bearer: Bearer | None
    person: Person
    versions: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class One:
    """One thing, with its version where it can be changed."""

    value: BaseModel | Mapping[str, Any]
    etag: str = ""
    status: int = 200
    location: str = ""


@dataclass(frozen=True)
class Operations:
    """The operations of one resource, as they are declared in its file."""

    tag: str
    prefix: str
    router: Router = field(default_factory=Router)
    declared: list[Declared] = field(default_factory=list)

    def listing(self, path: str, of: type[BaseModel], *, scope: str | None = None) -> Callable[..., Any]:
        """A list, and the same address with .csv."""
        rule = Rule(scope, csv=True)

        def declare(view: Callable[..., Any]) -> Callable[..., Any]:
            self._declare("GET", path, rule, {200: described.page_of(of)}, view)
            twin = wraps(view)(lambda *args, **named: view(*args, **named))
            self._declare("GET", f"{path}.csv", rule, {200: None}, twin, suffix="_csv")
            return view

        return declare

    def one(self, path: str, gives: Any, *, scope: str | None = None, tagged: bool = False) -> Callable[..., Any]:
        """One thing."""
        return lambda view: self._declare("GET", path, Rule(scope, tagged=tagged), {200: gives}, view)

    def file(self, path: str, *, scope: str) -> Callable[..., Any]:
        """A table that is kept as it was made."""
        return lambda view: self._declare("GET", path, Rule(scope, tagged=True), {200: None}, view)

    def post(
        self, path: str, gives: Any, *, scope: str, status: int = 200, body: str = "json", changes: bool = False,
        tagged: bool = False, prepared: bool = False,
    ) -> Callable[..., Any]:  # fmt: skip
        """Something that changes something; `status` 201 also answers 200 where all stood already."""
        rule = Rule(scope, changes=changes, body=body, posts=True, tagged=tagged, prepared=prepared)
        statuses = {200: gives} if status == 200 else {200: gives, status: gives}
        return lambda view: self._declare("POST", path, rule, statuses, view)

    def _declare(
        self, method: str, path: str, rule: Rule, gives: dict[int, Any], view: Callable[..., Any], *, suffix: str = ""
    ) -> Callable[..., Any]:
        name, path = view.__name__.strip("_") + suffix, self.prefix + path
        self.declared.append(Declared(name, path, rule, view))

        @wraps(view)
        def answered(request: ApiRequest, **named: Any) -> HttpResponseBase:
            if not rule.posts:
                return _answer(request, view(request, **named), rule)
            return _act(request, rule, lambda: view(request, **named))

        summary, _line, rest = (view.__doc__ or "").strip().partition("\n")
        self.router.api_operation(
            [method], path, response=gives, operation_id=name, url_name=f"api_{name}", tags=[self.tag],
            summary=summary.rstrip("."), description=" ".join(rest.split()),
            openapi_extra=described.beside(rule, gives, path),
        )(decorate_view(_door(rule))(answered))  # fmt: skip
        return view


# ── before the handler ───────────────────────────────────────────────────────
def _door(rule: Rule) -> Callable[..., Any]:
    def decorated(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        operation: Operation = run.__self__  # type: ignore[attr-defined]

        @wraps(run)
        def through(request: ApiRequest, **named: Any) -> HttpResponse:
            try:
                return _through(rule, operation, run, request, named)
            except Exception as error:
                problem = of(error)
                if problem is None:
                    raise
                return answer(problem, request)

        return through

    return decorated


def _through(
    rule: Rule, operation: Operation, run: Callable[..., HttpResponse], request: ApiRequest, named: dict[str, Any]
) -> HttpResponse:
    _require_form(rule, request)
    request.bearer = _bearer(request)
    if request.bearer is not None:
        rates.count(request.bearer.token, at=request.at)
    _require_scope(rule, request.bearer)
    _require_known_parameters(operation, request)
    if rule.body:
        _require_body(rule, request)
    request.versions = versions.sent(request)
    if rule.changes and not request.versions:
        raise Problem("if-match-missing")
    request.actor = request.bearer.actor if request.bearer else Actor.of(None, at=request.at, via="api")
    if request.actor.person is not None:
        request.person = request.actor.person
    with acting(request.actor):
        books.settle(at=request.at)
        response = run(request, **named)
        if request.bearer is not None:
            tokens.seen(request.bearer.token, at=request.at)
    return response


def _require_form(rule: Rule, request: ApiRequest) -> None:
    """Whether the client takes what we give; `.csv` in the address says it all."""
    if request.path.endswith(".csv"):
        return
    takes = ["application/json", *(["text/csv"] if rule.csv else [])]
    if not any(request.accepts(one) for one in takes):
        raise Problem("not-acceptable")


def _wants_csv(request: ApiRequest) -> bool:
    if request.path.endswith(".csv"):
        return True
    return request.get_preferred_type(["application/json", "text/csv"]) == "text/csv"


def _bearer(request: ApiRequest) -> Bearer | None:
    sent = request.headers.get("Authorization")
    if sent is None:
        return None
    scheme, _space, secret = sent.partition(" ")
    found = tokens.bearer(secret.strip(), at=request.at) if scheme.lower() == "bearer" else None
    if found is None:
        public_rates.count(request, at=request.at)  # a word that is no token opens no other door
        raise Problem("no-token")
    return found


def _require_scope(rule: Rule, bearer: Bearer | None) -> None:
    if rule.scope is None:
        return
    if bearer is None:
        raise Problem("no-token")
    if rule.scope in bearer.missing:
        raise Problem("second-factor-missing")
    if rule.scope not in bearer.scopes:
        raise Problem(
            "scope-missing", _("This needs a token with the scope “%(scope)s”.") % {"scope": rule.scope},
            more={"scope": rule.scope},
        )  # fmt: skip


def _require_known_parameters(operation: Operation, request: ApiRequest) -> None:
    known = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in getattr(model, "__ninja_flatten_map__", {})
    }
    for name in request.GET:
        if name not in known:
            raise bad(f"query: {name[:60]}", _("There is no such parameter."))
        if len(request.GET.getlist(name)) > 1:
            raise bad(f"query: {name}", _("This parameter is sent once."))


def _require_body(rule: Rule, request: ApiRequest) -> None:
    wanted = "application/json" if rule.body == "json" else "multipart/form-data"
    if request.content_type != wanted:
        raise Problem("media-type", more={"expected": wanted})
    if rule.body == "json" and len(request.body) > bodies.LONGEST:
        raise Problem("too-large")


# ── versions ─────────────────────────────────────────────────────────────────
def require_version(request: ApiRequest, etag: str) -> None:
    """Refuse when the client has read another version.

    Raises:
        Problem: `changed-meanwhile`.
    """
    if request.versions is not None and etag not in request.versions:
        raise Problem("changed-meanwhile", headers={"ETag": etag})


# ── around the handler ───────────────────────────────────────────────────────
def _act(request: ApiRequest, rule: Rule, handler: Callable[[], Any]) -> HttpResponse:
    """Do what a POST asks for: once, where it came with a key."""
    key = key_of(request)

    def answer_() -> Any:
        """What the handler gives, or what it has prepared."""
        return _answer(request, effect() if rule.prepared else handler(), rule)

    if not key or request.bearer is None:
        effect = handler if not rule.prepared else handler()
        return answer_()  # type: ignore[no-any-return]
    token = request.bearer.token
    kept = again(key, token=token, request=request, at=request.at)
    if kept is not None:
        return kept
    effect = handler if not rule.prepared else handler()
    return once(key, token=token, request=request, at=request.at, act=answer_)


# ── after the handler ────────────────────────────────────────────────────────
def _answer(request: ApiRequest, given: Listing | One | Kept, rule: Rule) -> HttpResponseBase:
    response: HttpResponseBase
    if isinstance(given, Listing):
        response = lists.csv_file(given, request) if _wants_csv(request) else lists.page(given, request)
    elif isinstance(given, Kept):
        response = kept_files.answer(given, request)
    else:
        response = _one(request, given)
    response.headers["Content-Language"] = (get_language() or "en")[:2]
    response.headers["Cache-Control"] = "no-cache" if rule.scope is None else "private, no-store"
    patch_vary_headers(response, ["Accept", "Accept-Language", "Authorization"])
    return response


def _one(request: ApiRequest, given: One) -> HttpResponse:
    if given.etag and request.method == "GET" and given.etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": given.etag})
    value = given.value.model_dump(mode="json") if isinstance(given.value, BaseModel) else dict(given.value)
    response = HttpResponse(json.dumps(value, ensure_ascii=False), status=given.status, content_type="application/json")
    if given.etag:
        response.headers["ETag"] = given.etag
    if given.location:
        response.headers["Location"] = given.location
    return response
