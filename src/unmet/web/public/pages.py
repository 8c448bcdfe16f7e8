"""What every public page does the same: settle the books, answer a cache, refuse kindly, give the table as a file.

A view returns an `Answer`; `public` turns it into a page, or into the file that the suffix of the address asks for.
Public pages are the same for every reader, signed in or not, so that they may be kept and shared by caches.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Max
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, register_converter, reverse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

import unmet
from unmet.access.models import Release
from unmet.access.services import is_demonstration
from unmet.books import services as books
from unmet.books.models import Clock, Entry
from unmet.catalogue.models import CatalogueState, Round
from unmet.catalogue.windows import day_still_running
from unmet.exchange import download
from unmet.exchange.download import Column, Value
from unmet.exchange.spooled import TYPES, spooled
from unmet.figures import reporting
from unmet.support import flow_queries
from unmet.web import formats
from unmet.web import map as maps
from unmet.web.public import texts
from unmet.web.requests import PageRequest

FORMS = ("csv", "xlsx", "json")
PER_PAGE = 50


class Refused(Exception):
    """The address asks for something that is not there (404) or cannot be read (400): a sentence, and what to do."""

    def __init__(self, sentence: str, *, status: int = 404) -> None:
        super().__init__(sentence)
        self.sentence, self.status = sentence, status


@dataclass(frozen=True)
class Table:
    """The rows of a page as a file. `about` are further notes: scope, definition, value."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Callable[[], Iterable[Sequence[Value]]]
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What a view found: its template, the values for it (worked out only for a page), its table."""

    template: str
    context: Callable[[], dict[str, Any]]
    table: Callable[[], Table] | None = None


View = Callable[..., Answer]


class _Form:
    """The suffix of a file: csv, xlsx or json."""

    regex = "csv|xlsx|json"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class _Code:
    """A code in an address: letters, digits, - and _; so a suffix is never part of it."""

    regex = "[A-Za-z0-9_-]{1,40}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(_Form, "file_form")
register_converter(_Code, "public_code")


def routes(route: str, view: Callable[..., HttpResponseBase], name: str) -> list[URLPattern]:
    """The page and its files: the same address with .csv, .xlsx and .json."""
    return [path(route, view, name=name), path(f"{route}.<file_form:form>", view, name=f"{name}_file")]


def public(view: View) -> Callable[..., HttpResponseBase]:
    """Make a public page, with its files, of a view."""
    return _public(view, lambda: "")


def public_beside(beside: Callable[[], str]) -> Callable[[View], Callable[..., HttpResponseBase]]:
    """The same for a view that shows more than the public book: `beside` is another word when that is another."""
    return lambda view: _public(view, beside)


def _public(view: View, beside: Callable[[], str]) -> Callable[..., HttpResponseBase]:

    @require_safe
    @wraps(view)
    def page(request: PageRequest, form: str = "", **codes: str) -> HttpResponseBase:
        books.settle(at=request.at)
        etag = f'W/"{_edition(request)}{beside()[:32]}"'
        if unchanged := get_conditional_response(request, etag=etag):
            return _for_caches(unchanged, etag)
        try:
            answer = view(request, **codes)
            response = _file(request, answer, form) if form else _page(request, answer)
        except Refused as refused:
            return refuse(request, refused)
        return _for_caches(response, etag)

    return page


def refuse(request: PageRequest, refused: Refused) -> HttpResponse:
    """The page that says what is not there, and where to go on."""
    context = {"sentence": refused.sentence, "known": known(), "public": True}
    return render(request, "web/public/refused.html", context, status=refused.status)


def known() -> str:
    """As of which line of the public book the figures are: so a page kept by a cache still tells the truth."""
    sequence = Clock.objects.values_list("public_sequence", flat=True).first() or 0
    at = Entry.objects.filter(sequence=sequence).values_list("at", flat=True).first()
    if at is None:
        return _("The public book has no line yet.")
    return _("Figures as known at line %(number)s of the public book, of %(moment)s.") % {
        "number": formats.number(sequence),
        "moment": formats.moment(at),
    }


def page_number(request: PageRequest) -> int:
    """The page asked for, from 1.

    Raises:
        Refused: it is no number.
    """
    typed = request.GET.get("page", "1")
    if not (typed.isascii() and typed.isdigit() and 0 < len(typed) < 7 and int(typed)):
        raise Refused(
            _("“%(typed)s” is not a number of a page. Pages are counted from 1.") % {"typed": typed[:40]}, status=400
        )
    return int(typed)


@dataclass(frozen=True, slots=True)
class Pages:
    """Which page of how many: for links before and after. `numbers` has None where some are left out."""

    number: int
    count: int
    rows: int
    query: str

    @classmethod
    def of(cls, request: PageRequest, rows: int, *, size: int = PER_PAGE) -> "Pages":
        """The page that the address asks for.

        Raises:
            Refused: there is no such page.
        """
        number, count = page_number(request), max(-(-rows // size), 1)
        if number > count:
            raise Refused(_("There are %(count)s pages here, not %(number)s.") % {"count": count, "number": number})
        rest = request.GET.copy()
        rest.pop("page", None)
        return cls(number, count, rows, rest.urlencode())

    @property
    def start(self) -> int:
        """Index of the first row."""
        return (self.number - 1) * PER_PAGE

    @property
    def stop(self) -> int:
        """Index after the last row."""
        return self.number * PER_PAGE

    @property
    def numbers(self) -> list[int | None]:
        """First, last and neighbours."""
        wanted = sorted({1, self.count, *range(max(self.number - 1, 1), min(self.number + 1, self.count) + 1)})
        found: list[int | None] = []
        for number in wanted:
            if found and found[-1] is not None and number - found[-1] > 1:
                found.append(None)
            found.append(number)
        return found

    @property
    def previous(self) -> int | None:
        """Number of the page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """Number of the page after."""
        return self.number + 1 if self.number < self.count else None

    @property
    def prefix(self) -> str:
        """Query string to which a page number is added."""
        return f"?{self.query}&page=" if self.query else "?page="


# ── answering ────────────────────────────────────────────────────────────────
def _page(request: PageRequest, answer: Answer) -> HttpResponse:
    context = {"public": True, "known": known(), **answer.context()}
    if answer.table is not None:
        query = request.GET.copy()
        query.pop("page", None)
        match, tail = request.resolver_match, f"?{query.urlencode()}" if query else ""
        assert match is not None
        context["files"] = [
            (form.upper(), reverse(f"{match.url_name}_file", kwargs={**match.kwargs, "form": form}) + tail)
            for form in FORMS
        ]
        context["permanent"] = request.build_absolute_uri(f"{request.path}{tail}")
    return render(request, answer.template, context)


def _file(request: PageRequest, answer: Answer, form: str) -> FileResponse:
    """The whole table, written to a file of its own before the first byte is sent: no cursor waits for a slow line."""
    if answer.table is None:
        raise Refused(_("There is no table behind this page."))
    table = answer.table()
    notes = {
        "as_known": known(),
        "source": _("Source: statements approved and released by the members; receipts stated by the members."),
        "address": request.build_absolute_uri(),
        **table.about,
    }
    if is_demonstration():
        notes = {download.MARK: download.demonstration_words(), **notes}
    # A workbook is packed already; the other two shrink to a fifth on the way.
    packed = form != "xlsx" and "gzip" in request.headers.get("Accept-Encoding", "")
    try:
        spool = spooled(
            form, table.columns, table.rows(), title=table.title, language=get_language() or settings.LANGUAGE_CODE,
            notes=notes, packed=packed,
        )  # fmt: skip
    except download.TooManyRows as many:
        raise Refused(str(many), status=400) from many
    response = FileResponse(spool, content_type=TYPES[form], as_attachment=True, filename=f"{table.name}.{form}")
    # Said of a workbook too, so that no middleware packs it once more and drops its length.
    response.headers["Content-Encoding"] = "gzip" if packed else "identity"
    patch_vary_headers(response, ("Accept-Encoding",))
    return response


# ── caches ───────────────────────────────────────────────────────────────────
def _for_caches(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response.headers["ETag"] = etag
    # Anybody may keep it, and asks before showing it again: a withdrawn figure is gone at once.
    patch_cache_control(response, public=True, no_cache=True)
    return response


def _edition(request: PageRequest) -> str:
    """What a public page depends on, as one word; the address is the cache's own key.

    The public book, the language, the day (windows close, commitments run late), what stands beside the book (rounds,
    how many answered those that have closed, until when something is released to everyone), the texts and the map of
    this host, and the build. Nothing that is not public: whoever asks again and again must not learn that somebody's
    return was decided.
    """
    at = request.at
    map_file = maps.installed_at()
    parts = (
        Clock.objects.values_list("public_sequence", flat=True).first(),
        get_language(),
        at.date(),
        day_still_running(at),
        list(Round.objects.order_by("pk").values_list("pk", "state", "window_until_on")),
        reporting.answers_by_round(at=at),
        Release.objects.filter(audience=Release.Audience.EVERYONE).aggregate(Max("pk"), Count("withdrawn_at")),
        is_demonstration(),
        texts.changed(),
        CatalogueState.current(),
        flow_queries.edition(),
        map_file.stat().st_mtime_ns if map_file.is_file() else 0,
        _build(),
        request.get_host(),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


@lru_cache(maxsize=1)
def _build() -> str:
    """A word for the code, templates and translations that run: the same on every host that runs the same."""
    root, digest = Path(unmet.__file__).parent, hashlib.sha256()
    for file in sorted(root.rglob("*")):
        if file.suffix in {".py", ".html", ".mo", ".css", ".json"}:
            digest.update(file.read_bytes())
    return digest.hexdigest()
