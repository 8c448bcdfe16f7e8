"""Letters that coordination, or an office a member named, takes in: the scan, then its lines, then the proposal."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from unmet.access.actors import Actor
from unmet.catalogue.models import Item, Round
from unmet.exchange.answers import Answers
from unmet.exchange.faults import Fault
from unmet.needs import letter_offices, letters, queries
from unmet.needs.lookup import letters_lookup
from unmet.needs.models import Proposal
from unmet.parties.models import Group, Party
from unmet.web import attaching, carried, formats
from unmet.web.day_field import DayField
from unmet.web.desk import asking, grid
from unmet.web.desk.doors import REFUSED_STATUS, desk_page
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.requests import PersonRequest

SHOWN = 200


class LetterForm(forms.Form):
    """What came in, of whom, for which round; and the scan."""

    member = forms.ModelChoiceField(
        Party.objects.none(), label=gettext_lazy("Member"), to_field_name="code", empty_label=gettext_lazy("Choose one")
    )
    round = forms.ModelChoiceField(
        Round.objects.none(), label=gettext_lazy("Round"), to_field_name="code", empty_label=gettext_lazy("Choose one")
    )
    kind = forms.ChoiceField(label=gettext_lazy("What came in"), choices=Proposal.Kind.choices)
    reference = forms.CharField(
        label=gettext_lazy("Its reference"), max_length=120, required=False,
        help_text=gettext_lazy("For example: NV/2026/118"),
    )  # fmt: skip
    dated_on = DayField(label=gettext_lazy("Date of the letter"), years_back=10)
    file = forms.FileField(
        label=gettext_lazy("The scan"),
        help_text=gettext_lazy("The signed letter, or the e-mail printed to PDF. The member sees it with your lines."),
        widget=forms.ClearableFileInput(attrs={"accept": attaching.ACCEPT}),
    )

    def __init__(self, actor: Actor, *args: Any) -> None:
        super().__init__(*args)
        members = letter_offices.members_for(actor).in_reading_order()
        self.fields["member"].queryset = members  # type: ignore[attr-defined]
        self.fields["round"].queryset = queries.rounds_open(at=actor.at)  # type: ignore[attr-defined]


def _require_office(request: PersonRequest) -> None:
    """To whoever may type no letters, these pages do not exist."""
    if not letter_offices.offices_of(request.actor).exists():
        raise Http404


@desk_page
@require_GET
def page(request: PersonRequest) -> HttpResponse:
    """The letters that the person's offices have taken in."""
    _require_office(request)
    return render(request, "web/desk/letters.html", {"proposals": letters.typed()[:SHOWN]})


@desk_page
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """Take in a letter: what it is, and its scan."""
    _require_office(request)
    form = LetterForm(request.actor, *([request.POST, request.FILES] if request.method == "POST" else []))
    if request.method == "POST" and form.is_valid():
        proposal = _begin(request, form)
        if proposal is not None:
            return redirect("letter_lines", proposal.uuid)
    return render(request, "web/desk/letter_new.html", {"form": form}, status=REFUSED_STATUS if form.errors else 200)


def _begin(request: PersonRequest, form: LetterForm) -> Proposal | None:
    said = form.cleaned_data
    office = letter_offices.office_for(request.actor, said["member"])
    if office is None:
        raise Http404
    try:
        return letters.begin(
            said["file"].chunks(), name=said["file"].name or "", member=said["member"], round_=said["round"],
            office=office, kind=said["kind"], reference=said["reference"], dated_on=said["dated_on"], by=request.user,
            at=request.at,
        )  # fmt: skip
    except attaching.REFUSED as refused:
        form.add_error("file", attaching.sentence(refused))
    except REFUSED as refused:
        form.add_error(None, sentence(refused))
    return None


def _typed(request: PersonRequest, pk: uuid.UUID) -> Proposal:
    """A proposal of the person's own office."""
    proposal = letters.typed().filter(uuid=pk).first()
    if proposal is None:
        raise Http404
    return proposal


# ── lines ────────────────────────────────────────────────────────────────────
@desk_page
@require_http_methods(["GET", "POST"])
def lines(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Type the lines of a letter. POST with `do`: save, more (blank lines), propose (to the member)."""
    proposal = _typed(request, pk)
    if proposal.state != Proposal.State.TYPING:
        return redirect("letter", proposal.uuid)
    if request.method == "GET":
        return _grid(request, proposal, proposal.rows, answers=proposal.answers, blank=grid.BLANK)
    rows, answers = grid.typed_rows(request.POST), asking.said(request.POST.dict())
    try:
        _keep(request, proposal, rows, answers)
    except REFUSED as refused:
        return _grid(request, proposal, rows, answers=answers, refused=sentence(refused))
    if request.POST.get("do") == "propose":
        return _propose(request, proposal, rows, answers)
    if request.POST.get("do") == "more":
        return _grid(request, proposal, rows, answers=answers, blank=grid.BLANK)
    messages.success(request, _("The lines are kept. The member does not see them yet."))
    return redirect("letter_lines", proposal.uuid)


def _keep(request: PersonRequest, proposal: Proposal, rows: Sequence[grid.Typed], answers: dict[str, str]) -> None:
    """The same lines sent twice are one version, not a conflict."""
    version = carried.number(request.POST.get("version", ""), digits=carried.VERSION) or 0
    if proposal.rows == list(rows) and proposal.answers == answers:
        version = proposal.version
    letters.save(proposal, rows, answers=answers, version=version, by=request.user, at=request.at)


def _propose(
    request: PersonRequest, proposal: Proposal, rows: Sequence[grid.Typed], answers: dict[str, str]
) -> HttpResponse:
    lookup = letters_lookup(member=proposal.member, round_=proposal.round)
    parsed = grid.read(rows, lookup, Answers.from_controls(answers))
    problems = parsed.problems()
    if problems:
        return _grid(request, proposal, rows, answers=answers, problems=problems)
    clear = [grid.line_as_typed(line, lookup) for line in parsed.lines]
    try:
        letters.propose(proposal, parsed.lines, rows=clear, by=request.user, at=request.at)
    except REFUSED as refused:
        return _grid(request, proposal, rows, answers=answers, refused=sentence(refused))
    messages.success(request, _("Proposed to the member. It counts nowhere until the member adopts it."))
    return redirect("letter", proposal.uuid)


def _grid(
    request: PersonRequest, proposal: Proposal, rows: Sequence[grid.Typed], *, answers: dict[str, str],
    blank: int = 0, problems: Sequence[Fault] = (), refused: str = "",
) -> HttpResponse:  # fmt: skip
    shown = grid.rows_of(rows, problems=problems, blank=blank)
    words = _("Line %(line)s, %(field)s: %(why)s")
    summary = [
        (cell.id, words % {"line": row.number, "field": cell.label, "why": one.whole})
        for row in shown
        for cell in (*row.first, *row.rest)
        for one in cell.problems
    ]
    context = {
        "proposal": proposal,
        "rows": shown,
        "answered": [(f"{asking.PREFIX}{name}", value) for name, value in answers.items()] if not blank else [],
        "summary": [("", refused)] * bool(refused) + summary,
        "attached": attaching.listed(letters.letters(proposal)),
        "items": Item.objects.filter(sector__in=proposal.round.asked.values("sector"), retired_on=None),
        "groups": Group.objects.exclude(code=Group.EVERYONE),
    }
    status = REFUSED_STATUS if problems or refused else 200
    return render(request, "web/desk/letter_lines.html", context, status=status)


# ── one letter ───────────────────────────────────────────────────────────────
@desk_page
@require_GET
def one(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """A letter and its lines: for the office that typed it, and for the member once it is proposed."""
    proposal = letters.seen(pk)
    if proposal is None:
        raise Http404
    return letter(request, proposal)


def _day(typed: str) -> str:
    """A date of a proposal, which holds it as 2021-06-30, as the reader writes it."""
    try:
        return formats.day(date.fromisoformat(typed))
    except ValueError:  # still as typed, with its fault
        return typed


def letter(request: PersonRequest, proposal: Proposal, *, refused: str = "") -> HttpResponse:
    """The page of a letter."""
    own = proposal.member_id in request.actor.own_parties
    waits = proposal.state == Proposal.State.PROPOSED
    context = {
        "proposal": proposal,
        "own": own,
        "waits": waits,
        "withdraws": not own and proposal.state in (Proposal.State.PROPOSED, Proposal.State.TYPING),
        "takes": queries.rounds_open(at=request.at).filter(pk=proposal.round_id).exists(),
        "lines": [{**row, "needed_by": _day(row.get("needed_by", ""))} for row in letters.in_words(proposal)],
        "attached": attaching.listed(letters.letters(proposal), to_others=True),
        "problems": [("", refused)] if refused else [],
    }
    return render(request, "web/desk/letter.html", context, status=REFUSED_STATUS if refused else 200)


@desk_page
@require_POST
def withdraw(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The office takes a proposal back until the member has decided."""
    proposal = _typed(request, pk)
    try:
        letters.withdraw(proposal, by=request.user, at=request.at)
    except REFUSED as refused:
        proposal.refresh_from_db()
        return letter(request, proposal, refused=sentence(refused))
    messages.success(request, _("The proposal is withdrawn. It counted nowhere."))
    return redirect("letter", proposal.uuid)
