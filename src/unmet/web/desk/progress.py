"""Progress: where each offer, consignment and request stands, and for how long; each section whole, also as a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from unmet.access.services import is_demonstration
from unmet.exchange import download
from unmet.exchange.download import Value
from unmet.exchange.spooled import TYPES, spooled
from unmet.parties.models import Party
from unmet.support.progress import Listing
from unmet.web.desk.doors import desk_page, pages_of
from unmet.web.desk.progress_sections import SECTIONS, Section
from unmet.web.public.pages import FORMS
from unmet.web.requests import PersonRequest

PER_PAGE: Final = 50
FIRST: Final = 5  # rows of each section on the first page
AT_ONCE: Final = 500  # rows that a file reads together


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of a section with the number of its rows."""

    code: str
    words: Any
    count: int
    query: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A section as the page shows it."""

    section: Section
    total: int
    tabs: Sequence[Tab]
    rows: Sequence[Any]


def sections(request: PersonRequest) -> list[Section]:
    """Those that the person reads."""
    return [one for one in SECTIONS.values() if request.actor.is_coordination or not one.coordination]


@desk_page
@require_GET
def page(request: PersonRequest) -> HttpResponse:
    """The first rows of every section, with how many stand under each tab."""
    shown = []
    for section in sections(request):
        listing = section.listing(at=request.at)
        counts = listing.counts()
        total = listing.total(counts)
        shown.append(Shown(section, total, _tabs(section, counts), listing.rows(0, FIRST) if total else []))
    return render(request, "web/desk/progress.html", {"shown": shown, "first": FIRST})


def _tabs(section: Section, counts: dict[str, int], tab: str = "", party: Party | None = None) -> list[Tab]:
    with_party = {"party": party.code} if party else {}
    return [
        Tab(code, words, counts[code], urlencode({"tab": code, **with_party}), code == tab)
        for code, words in section.tabs.items()
    ]


# ── one section ──────────────────────────────────────────────────────────────
class Asked:
    """The part of a section that the address asks for. What is not there filters nothing."""

    def __init__(self, request: PersonRequest, code: str) -> None:
        found = next((one for one in sections(request) if one.code == code), None)
        if found is None:
            raise Http404
        self.section = found
        self.listing: Listing[Any] = found.listing(at=request.at)
        tab = request.GET.get("tab", "")
        self.tab = tab if tab in found.tabs else ""
        self.parties = list(Party.objects.filter(pk__in=self.listing.parties()).in_reading_order())
        wanted = request.GET.get("party", "")
        self.party = next((party for party in self.parties if party.code == wanted), None)

    @property
    def party_id(self) -> int | None:
        """The party that is asked for, by its id."""
        return self.party.pk if self.party else None

    @property
    def query(self) -> str:
        """The query string that asks for the same."""
        said = {"tab": self.tab, "party": self.party.code if self.party else ""}
        return urlencode({name: value for name, value in said.items() if value})

    def rows(self, start: int, stop: int) -> list[Any]:
        """Rows start to stop."""
        return self.listing.rows(start, stop, tab=self.tab, party=self.party_id)


@desk_page
@require_GET
def listed(request: PersonRequest, section: str) -> HttpResponse:
    """One section, whole, by pages."""
    asked = Asked(request, section)
    counts = asked.listing.counts(party=asked.party_id)
    total = asked.listing.total(counts)
    pages = pages_of(request, counts[asked.tab] if asked.tab else total, size=PER_PAGE)
    tail = f"?{asked.query}" if asked.query else ""
    context = {
        "section": asked.section,
        "asked": asked,
        "total": total,
        "tabs": _tabs(asked.section, counts, asked.tab, asked.party),
        "rows": asked.rows((pages.number - 1) * PER_PAGE, pages.number * PER_PAGE) if pages.rows else [],
        "pages": pages,
        "files": [(form.upper(), reverse("progress_file", args=[section, form]) + tail) for form in FORMS],
    }
    return render(request, "web/desk/progress_list.html", context)


@desk_page
@require_GET
def file(request: PersonRequest, section: str, form: str) -> FileResponse:
    """The same rows as a file, all of them."""
    asked = Asked(request, section)
    notes = {download.MARK: download.demonstration_words()} if is_demonstration() else {}
    spool = spooled(
        form, asked.section.columns(), _lines(asked), title=str(asked.section.title),
        language=get_language() or settings.LANGUAGE_CODE, notes=notes,
    )  # fmt: skip
    name = f"unmet-{asked.section.code}.{form}"
    return FileResponse(spool, content_type=TYPES[form], as_attachment=True, filename=name)


def _lines(asked: Asked) -> Iterator[Sequence[Value]]:
    start = 0
    while rows := asked.rows(start, start + AT_ONCE):
        yield from map(asked.section.line, rows)
        start += AT_ONCE
