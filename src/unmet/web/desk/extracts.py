"""The transmission record: extracts of released needs for a named body, made, sent, acknowledged, used."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from unmet.access import may
from unmet.access.may import Deed
from unmet.catalogue.models import Emergency, Sector
from unmet.exchange.extract_refusals import sentence
from unmet.files import services as files
from unmet.parties.models import Party
from unmet.support import extracts
from unmet.support.extracts import ExtractRefused, Noted
from unmet.support.models import Extract, ExtractStep
from unmet.web.day_field import DayField
from unmet.web.desk.doors import REFUSED_STATUS, desk_page, pages_of
from unmet.web.number_field import OptionalNumberField
from unmet.web.requests import PersonRequest
from unmet.web.ticks import Ticks

PER_PAGE = 50
Kind = ExtractStep.Kind


# ── forms ────────────────────────────────────────────────────────────────────
class MakeForm(forms.Form):
    """For whom, and of what."""

    maker = forms.ChoiceField(label=gettext_lazy("Made by"))
    recipient = forms.ChoiceField(label=gettext_lazy("For which body"))
    emergency = forms.ChoiceField(label=gettext_lazy("Emergency"), required=False)
    sectors = forms.MultipleChoiceField(
        label=gettext_lazy("Sectors"), required=False, widget=Ticks,
        help_text=gettext_lazy("None chosen: all of them."),
    )  # fmt: skip

    def __init__(self, makers: list[Party], data: Any = None) -> None:
        super().__init__(data)
        self.makers = {party.code: party for party in makers}
        others = list(Party.objects.exclude(code=extracts.COORDINATION).in_reading_order())
        others.sort(key=lambda party: party.kind == Party.Kind.STATE)  # bodies first, each A to Z
        self.parties = {party.code: party for party in others}
        self.emergencies = {one.code: one for one in Emergency.objects.order_by("-began_on", "pk")}
        self.all_sectors = {one.code: one for one in Sector.objects.order_by("pk")}
        self._choose("maker", self.makers.values())
        self._choose("recipient", others, empty=True)
        self._choose("emergency", self.emergencies.values(), empty=True)
        self._choose("sectors", self.all_sectors.values())

    def _choose(self, name: str, rows: Any, *, empty: bool = False) -> None:
        chosen = [("", "–")] if empty else []
        self.fields[name].choices = [*chosen, *((row.code, row.name) for row in rows)]  # type: ignore[attr-defined]


class StepForm(forms.Form):
    """What became of an extract."""

    dated_on = DayField(label=gettext_lazy("Date"), years_back=6)
    office = forms.CharField(
        label=gettext_lazy("Office"), max_length=extracts.LONGEST_OFFICE, widget=forms.TextInput({"dir": "auto"}),
        help_text=gettext_lazy("The office it went to, or that acknowledged it; never the name of a person."),
    )  # fmt: skip
    text = forms.CharField(max_length=extracts.LONGEST_TEXT, widget=forms.Textarea({"rows": 3, "dir": "auto"}))
    rows_used = OptionalNumberField(label=gettext_lazy("Rows used"), max_length=10)

    def __init__(self, kind: str, data: Any = None) -> None:
        super().__init__(data, prefix=kind)
        if kind == Kind.USED:
            del self.fields["office"]
        else:
            del self.fields["rows_used"]
        if kind == Kind.ACKNOWLEDGED:
            del self.fields["text"]
        else:
            used = kind == Kind.USED
            self.fields["text"].label = _("What was used of it") if used else _("How it was sent")


# ── pages ────────────────────────────────────────────────────────────────────
def _makers(request: PersonRequest) -> list[Party]:
    """The parties in whose name the person makes extracts."""
    actor = request.actor
    found = Party.objects.filter(pk__in=actor.all_parties).in_reading_order()
    return [party for party in found if may.may(actor, Deed.MAKE_EXTRACT, party)]


@desk_page
@require_GET
def page(request: PersonRequest) -> HttpResponse:
    """Extracts one's parties made or received, and those that held rows of one's own members."""
    whole = extracts.whole()
    pages = pages_of(request, whole.count(), size=PER_PAGE)
    start = (pages.number - 1) * PER_PAGE
    context = {
        "rows": whole.prefetch_related("steps")[start : start + PER_PAGE],
        "pages": pages,
        "shares": extracts.holding_own().prefetch_related("extract__steps")[:PER_PAGE],
        "makes": bool(_makers(request)),
        "own": bool(request.actor.own_parties),
    }
    return render(request, "web/desk/extracts.html", context)


@desk_page
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """Make an extract."""
    makers = _makers(request)
    if not makers:
        raise Http404
    form = MakeForm(makers, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = extracts.make(
                maker=form.makers[said["maker"]], recipient=form.parties[said["recipient"]],
                emergency=form.emergencies.get(said["emergency"]),
                sectors=[form.all_sectors[code] for code in said["sectors"]], by=request.user, at=request.at,
            )  # fmt: skip
        except ExtractRefused as refused:
            form.add_error("recipient" if refused.reason == "itself" else None, sentence(refused))
        else:
            messages.success(request, _("The extract is kept. State here when and how you sent it."))
            return redirect("extract", made.uuid)
    return render(request, "web/desk/extract_new.html", {"form": form}, status=REFUSED_STATUS if form.errors else 200)


def _found(pk: uuid.UUID) -> Extract:
    found = extracts.whole().filter(uuid=pk).first()
    if found is None:
        raise Http404
    return found


@desk_page
@require_GET
def one(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """One extract, with what became of it."""
    return _one(request, _found(pk))


def _one(request: PersonRequest, extract: Extract, refused: StepForm | None = None) -> HttpResponse:
    steps = list(extract.steps.select_related("by_party"))
    kinds = {step.kind for step in steps}
    ends = extracts.ends(extract)
    may_next = {
        Kind.SENT: Kind.SENT not in kinds and extract.maker in ends,
        Kind.ACKNOWLEDGED: Kind.SENT in kinds and Kind.ACKNOWLEDGED not in kinds,
        Kind.USED: Kind.ACKNOWLEDGED in kinds,
    }
    forms_ = [
        (kind, refused if refused and refused.prefix == kind else StepForm(kind))
        for kind, offered in may_next.items()
        if offered and ends
    ]
    context = {
        "extract": extract,
        "sectors": list(extract.sectors.order_by("pk")),
        "steps": steps,
        "forms": forms_,
        "ends": ends,
        "form": refused,
        # In pieces, so that it breaks on a phone.
        "digest": [extract.file.sha256[start : start + 16] for start in range(0, 64, 16)],
    }
    return render(request, "web/desk/extract.html", context, status=REFUSED_STATUS if refused else 200)


@require_GET
def file(request: PersonRequest, pk: uuid.UUID) -> FileResponse:
    """The table itself, byte for byte as it was made."""
    extract = _found(pk)
    path = files.path(extract.file)
    if not path.exists():
        raise Http404
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=extract.file.name, content_type="text/csv; charset=utf-8"
    )


@desk_page
@require_POST
def step(request: PersonRequest, pk: uuid.UUID, kind: str) -> HttpResponse:
    """State that it was sent, acknowledged, or what was used."""
    extract = _found(pk)
    ends = {party.code: party for party in extracts.ends(extract)}
    party = ends.get(request.POST.get("party", "")) or next(iter(ends.values()), None)
    if kind not in Kind.values or party is None:
        raise Http404
    form = StepForm(kind, request.POST)
    if not form.is_valid():
        return _one(request, extract, form)
    said = form.cleaned_data
    rows = said.get("rows_used")
    try:
        if rows is not None and rows != int(rows):
            raise ExtractRefused("count")
        noted = Noted(
            kind, said["dated_on"], said.get("office", ""), said.get("text", ""), None if rows is None else int(rows)
        )
        extracts.note(extract, noted, party=party, by=request.user, at=request.at)
    except ExtractRefused as refused:
        field = {"date": "dated_on", "office": "office", "text": "text", "count": "rows_used"}.get(refused.reason)
        form.add_error(field if field in form.fields else None, sentence(refused))
        return _one(request, extract, form)
    messages.success(request, _("It is recorded."))
    return redirect("extract", extract.uuid)
