"""What changed since Monday, or since one last read it: needs that the person may see, and requests that ask it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Final

from django import forms
from django.core import signing
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from unmet.access.services import is_demonstration
from unmet.books import services as books
from unmet.catalogue.models import Item, ItemCode
from unmet.exchange import download
from unmet.exchange.download import Column, Value
from unmet.exchange.spooled import TYPES, spooled
from unmet.figures import changes
from unmet.figures.changes import Changes, RequestChange, Row
from unmet.notices import reading
from unmet.parties.models import Party, Place
from unmet.web.day_field import DayField
from unmet.web.desk.doors import REFUSED_STATUS, desk_page, pages_of
from unmet.web.public.lines import Names, exact, unit_of
from unmet.web.requests import PersonRequest

PER_PAGE: Final = 50
_SALT: Final = "unmet.web.changes"
WORDS: Final = {
    "new": gettext_lazy("New need"),
    "shown": gettext_lazy("Shown to you since"),
    "again": gettext_lazy("Stated again"),
    "revised": gettext_lazy("Quantity revised"),
    "ended": gettext_lazy("No longer needed"),
    "lapsed": gettext_lazy("Lapsed: not confirmed in time"),
    "set_aside": gettext_lazy("Set aside by the member"),
    "covered": gettext_lazy("Covered in full"),
    "more_covered": gettext_lazy("More of it is covered"),
    "less_covered": gettext_lazy("Less of it is covered"),
    "received": gettext_lazy("Something arrived"),
    "met": pgettext_lazy("what changed of a need", "Met"),
    "gone": gettext_lazy("No longer shown to you"),
}
REQUEST_WORDS: Final = {
    "sent": gettext_lazy("A request asks you"),
    "stopped": gettext_lazy("Stop sending"),
    "lifted": gettext_lazy("Asks again"),
    "withdrawn": pgettext_lazy("a request", "Withdrawn"),
    "closed": pgettext_lazy("a request", "Closed"),
}


class SinceForm(forms.Form):
    """Since when, and in whose codes."""

    since = DayField(label=gettext_lazy("Since"), required=False)
    system = forms.ChoiceField(label=gettext_lazy("Item codes of"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        systems = ItemCode.objects.order_by("system").values_list("system", flat=True).distinct()
        chosen = self.fields["system"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", _("this catalogue only")), *((system, system) for system in systems)]


@dataclass(frozen=True, slots=True)
class Shown:
    """One row with its names: `what` in words, `codes` in the system that the person chose."""

    row: Row
    member: Party
    item: Item
    what: Sequence[str]
    codes: str
    place: str = ""
    group: str = ""


class Since:
    """What the address asks for: since a day, else since the person last read it, else since last Monday."""

    def __init__(self, request: PersonRequest) -> None:
        self.request, self.names = request, Names()
        self.mine = reading.of(request.user)
        self.day = _day(request.GET.get("since", ""))
        self.until = books.last_sequence()
        if self.day is None and self.mine.read_at is not None and self.mine.sequence is not None:
            self.then, self.after = self.mine.read_at, self.mine.sequence
            return
        first = self.day or monday(request.at.date())
        self.then = datetime.combine(first, time(), UTC)
        self.after = books.last_sequence(on=first - timedelta(days=1))

    @property
    def last_visit(self) -> bool:
        """Whether it begins where the person last ended."""
        return self.day is None and self.mine.read_at is not None

    @cached_property
    def rows(self) -> list[Row]:
        """Every row: members A to Z, and of each its items A to Z."""
        found = Changes(self.then, self.after, self.request.at, self.until).rows
        members = {pk: rank for rank, pk in enumerate(self.names.members_in_order)}
        items = {pk: rank for rank, pk in enumerate(self.names.items_in_order)}
        return sorted(found, key=lambda row: (members[row.member], items[row.item], row.place or 0, row.group or 0))

    @cached_property
    def requests(self) -> list[RequestChange]:
        """What happened to requests, the newest first."""
        return changes.of_requests(after=self.then)

    @cached_property
    def _codes(self) -> dict[int, str]:
        found: defaultdict[int, list[str]] = defaultdict(list)
        rows = ItemCode.objects.filter(system=self.mine.system).order_by("code") if self.mine.system else ()
        for row in rows:
            found[row.item_id].append(row.code)
        return {item: " ".join(codes) for item, codes in found.items()}

    def shown(self, rows: Sequence[Row]) -> list[Shown]:
        """Some of the rows with their names."""
        names = self.names
        places = Place.objects.in_bulk({row.place for row in rows if row.place is not None})
        return [
            Shown(
                row, names.parties[row.member], names.items[row.item], [str(WORDS[what]) for what in row.what],
                self._codes.get(row.item, ""), places[row.place].name if row.place else "",
                names.groups[row.group].name if row.group else "",
            )
            for row in rows
        ]  # fmt: skip


def monday(today: date) -> date:
    """The last Monday before a day; a week ago on a Monday."""
    return today - timedelta(days=today.weekday() or 7)


def _day(typed: str) -> date | None:
    """The day of an address, as the form of this page writes it; any other does not exist."""
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Http404 from None


# ── the page ─────────────────────────────────────────────────────────────────
@desk_page
@require_http_methods(["GET", "POST"])
def page(request: PersonRequest) -> HttpResponse:
    """What changed; POST keeps the codes and asks for another day, or keeps how far it was read."""
    if request.method == "GET":
        return _page(request, Since(request))
    if request.POST.get("do") == "read":
        return _read(request)
    form = SinceForm(request.POST)
    if not form.is_valid():
        return _page(request, Since(request), form)
    reading.choose_system(request.user, form.cleaned_data["system"])
    since = form.cleaned_data["since"]
    return redirect(f"{reverse('changes')}{'?' + urlencode({'since': since.isoformat()}) if since else ''}")


def _page(request: PersonRequest, since: Since, form: SinceForm | None = None) -> HttpResponse:
    only = request.GET.get("what", "")
    if only and only not in WORDS:
        raise Http404
    rows = [row for row in since.rows if only in row.what] if only else since.rows
    pages = pages_of(request, len(rows), size=PER_PAGE)
    start = (pages.number - 1) * PER_PAGE
    counts: Counter[str] = Counter(what for row in since.rows for what in row.what)
    day = {"since": since.day.isoformat()} if since.day else {}
    tail = f"?{urlencode(day)}" if day else ""
    context = {
        "since": since,
        "form": form or SinceForm(initial={"since": since.day, "system": since.mine.system}),
        "rows": since.shown(rows[start : start + PER_PAGE]),
        "pages": pages,
        "counts": [
            (str(WORDS[what]), counts[what], urlencode({**day, "what": what}), what == only)
            for what in WORDS
            if counts[what]
        ],
        "only": only,
        "tail": tail,
        "requests": [(one, str(REQUEST_WORDS[one.what])) for one in since.requests],
        "files": [(kind.upper(), reverse("changes_file", args=[kind]) + tail) for kind in TYPES],
        "read": signing.dumps([request.at.isoformat(), since.until], salt=_SALT),
        "monday": monday(request.at.date()),
    }
    return render(request, "web/respond/changes.html", context, status=REFUSED_STATUS if form else 200)


def _read(request: PersonRequest) -> HttpResponse:
    """Begin next time where the page that was shown ended: what came meanwhile is told then."""
    try:
        at, sequence = signing.loads(request.POST.get("until", ""), salt=_SALT)
    except signing.BadSignature:
        raise Http404 from None
    reading.read(request.user, at=datetime.fromisoformat(at), sequence=sequence)
    return redirect("changes")


# ── the file ─────────────────────────────────────────────────────────────────
@require_GET
def file(request: PersonRequest, form: str) -> FileResponse:
    """All rows, with the item codes of the system that the person chose."""
    books.settle(at=request.at)
    since = Since(request)
    notes = {
        "since": since.then.isoformat(),
        "until": request.at.isoformat(),
        "audience": _("Only what your parties may see. Do not pass on what is not public."),
    }
    if is_demonstration():
        notes = {download.MARK: download.demonstration_words(), **notes}
    title = _("What changed")
    spool = spooled(
        form, _columns(since.mine.system), _file_rows(since), title=title, language=get_language() or "en", notes=notes
    )
    return FileResponse(spool, content_type=TYPES[form], as_attachment=True, filename=f"unmet-changes.{form}")


def _columns(system: str) -> list[Column]:
    return [
        Column("change", _("Change, code"), "text"),
        Column("change_words", _("What changed"), "text"),
        Column("member", _("Member, code"), "text"),
        Column("member_name", _("Member"), "text"),
        Column("item", _("Item, code"), "text"),
        Column("item_name", _("Item"), "text"),
        Column("own_code", system or _("Code in your system"), "text"),
        Column("unit", _("Unit"), "text"),
        Column("place", _("Place"), "text"),
        Column("group", _("Group"), "text"),
        Column("approved_before", _("Approved before"), "quantity"),
        Column("approved", _("Approved"), "quantity"),
        Column("not_covered_before", _("Not covered before"), "quantity"),
        Column("not_covered", _("Not covered"), "quantity"),
        Column("received", _("Received since"), "quantity"),
        Column("need", _("Need, code"), "text"),
        Column("request", _("Request, code"), "text"),
    ]


def _file_rows(since: Since) -> Iterator[list[Value]]:
    for start in range(0, len(since.rows), 1000):
        for one in since.shown(since.rows[start : start + 1000]):
            row, item = one.row, one.item
            numbers = (row.approved_before, row.approved, row.not_covered_before, row.not_covered)
            yield [
                " ".join(row.what), "; ".join(one.what), one.member.code, one.member.name, item.code, item.name,
                one.codes, unit_of(item), one.place, one.group, *(exact(number, item) for number in numbers),
                exact(row.received, item) if row.approved is not None else None,
                str(row.subject) if row.subject else "", "",
            ]  # fmt: skip
    for told in since.requests:
        member = told.request.member
        words = str(REQUEST_WORDS[told.what])
        yield [
            f"request_{told.what}", words, member.code, member.name, *[""] * 6, *[None] * 5, "", str(told.request.uuid),
        ]  # fmt: skip
