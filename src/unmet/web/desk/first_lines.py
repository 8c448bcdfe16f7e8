"""Question 2 of the first screen: at most ten lines, one small card each. The draft is that of the grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from unmet.catalogue.models import Item, Round
from unmet.exchange.answers import Answers
from unmet.exchange.faults import Fault
from unmet.exchange.needs_import import with_own_words
from unmet.exchange.parsed import Parsed
from unmet.needs import first, flash, queries
from unmet.needs import services as needs
from unmet.needs.lines import NeedLine
from unmet.needs.lookup import lookup as needs_lookup
from unmet.needs.models import Draft
from unmet.parties.models import Party
from unmet.web import carried
from unmet.web.desk import asking, grid
from unmet.web.desk.doors import REFUSED_STATUS
from unmet.web.desk.first import first_page, frame, most_lines, on, say_kept
from unmet.web.requests import PersonRequest

ASKED: Final = ("item", "quantity", "unit", "needed_by", "remark")
LABELS: Final[dict[str, str | Promise]] = {"remark": gettext_lazy("Why, in one line")}
BLANK: Final = 3  # cards to begin with, and with each press of "more"


@dataclass(frozen=True, slots=True)
class Card:
    """One line: the fields that are asked, those that are kept as they are, and whose it is where two drafts meet."""

    number: int
    fields: tuple[grid.Cell, ...]
    kept: tuple[grid.Cell, ...]
    whose: str

    @property
    def filled(self) -> bool:
        """Whether anything stands in it."""
        return any(cell.value for cell in self.fields)


@require_http_methods(["GET", "POST"])
@first_page
def lines(request: PersonRequest, party: Party, round_: Round) -> HttpResponse:
    """Type the most urgent lines. POST `do`: next, back, save, more (cards), unchanged (as stated before)."""
    draft = queries.draft(member=party, round_=round_)
    if request.method == "GET":
        if draft and draft.rows:
            problems = read(draft.rows, draft.answers, party, round_).problems() if "check" in request.GET else ()
            return _page(request, party, round_, draft.rows, draft=draft, problems=problems)
        ready = stated_before(request, party, round_)
        return _page(request, party, round_, ready, draft=draft, ready=bool(ready))
    do = request.POST.get("do")
    rows = stated_before(request, party, round_) if do == "unchanged" else ranked(_typed(request, draft))
    # What is in the draft already may stay, whatever door it came through.
    if len(rows) > max(most_lines(request, round_), len(draft.rows) if draft else 0):
        return _page(request, party, round_, rows, draft=draft, too_many=True)
    try:
        draft = keep(request, party, round_, rows, draft)
    except needs.DraftChanged as changed:
        both, whose = grid.merged(rows, changed.theirs.rows)
        return _page(request, party, round_, both, draft=changed.theirs, whose=whose or [""])
    if do == "more":
        return _page(request, party, round_, rows, draft=draft, blank=BLANK)
    if do == "save":
        say_kept(request)
        return redirect("return", party.code, round_.code)
    if do == "back":
        return on(request, party, round_, "first_lines")
    problems = read(rows, draft.answers, party, round_).problems()
    if problems or not rows:
        return _page(request, party, round_, rows, draft=draft, problems=problems, nothing=not rows)
    return on(request, party, round_, "first_lines")


# ── what was typed, and what stands ──────────────────────────────────────────
def read(rows: Sequence[grid.Typed], answers: Mapping[str, str], party: Party, round_: Round) -> Parsed[NeedLine]:
    """The lines under the rules of every door, with the answers that were given about them."""
    said = with_own_words(Answers.from_controls(answers), member=party)
    return grid.read(rows, needs_lookup(member=party, round_=round_), said)


def keep(
    request: PersonRequest, party: Party, round_: Round, rows: Sequence[grid.Typed], standing: Draft | None
) -> Draft:
    """The draft as typed, faults included. The same rows sent twice are one draft, not a conflict.

    Raises:
        needs.DraftChanged: a colleague saved other lines meanwhile.
    """
    version = request.POST.get("version", "")
    if standing and standing.rows == list(rows):
        version = str(standing.version)
    answers = {**(standing.answers if standing else {}), **asking.said(request.POST.dict())}
    return needs.save_draft(
        rows, member=party, round_=round_, by=request.user, at=request.at, answers=answers,
        version=carried.number(version, digits=carried.VERSION),
    )  # fmt: skip


def _typed(request: PersonRequest, standing: Draft | None) -> list[grid.Typed]:
    """The lines of the cards, and after them those of the draft for which there was no card."""
    rows = grid.typed_rows(request.POST)
    hidden = carried.number(request.POST.get("hidden", ""), digits=carried.VERSION) or 0
    same = standing is not None and request.POST.get("version") == str(standing.version)
    if standing and same and 0 < hidden <= len(standing.rows):
        rows += standing.rows[-hidden:]
    return rows


def ranked(rows: Sequence[grid.Typed]) -> list[grid.Typed]:
    """The lines with their order as rank, since the page asks for the most urgent first.

    Ranks that say the same already stay as they are: a line that is confirmed must not look changed.
    """
    standing = [row.get("rank", "").strip() for row in rows]
    numbers = [int(rank) for rank in standing if rank.isdecimal() and len(rank) < 6]
    if len(numbers) == len(rows) and numbers == sorted(set(numbers)):
        return list(rows)
    return [{**row, "rank": str(number)} for number, row in enumerate(rows, 1)]


def stated_before(request: PersonRequest, party: Party, round_: Round) -> list[grid.Typed]:
    """What the member stated in this emergency within 90 days, the most urgent first, as somebody would type it."""
    stated = queries.for_reading(first.lines_stated(member=party, round_=round_, at=request.at))
    ranked = stated.order_by(F("rank").asc(nulls_last=True), "pk")[: flash.MOST_LINES]
    return [
        grid.as_typed(
            statement, approved=True, from_on=None if statement.round_id == round_.pk else round_.period_from_on
        )
        for statement in ranked
    ]


# ── the page ─────────────────────────────────────────────────────────────────
def _page(
    request: PersonRequest, party: Party, round_: Round, rows: Sequence[grid.Typed], *, draft: Draft | None,
    problems: Sequence[Fault] = (), whose: Sequence[str] = (), blank: int = 0, ready: bool = False,
    nothing: bool = False, too_many: bool = False,
) -> HttpResponse:  # fmt: skip
    context = frame(request, party, round_, "first_lines")
    most = context["most"]
    # Every line has its card where a person must choose among them, or where one without a card needs attention.
    every = bool(whose) or too_many or any(problem.row > most for problem in problems)
    shown = list(rows) if every else list(rows[:most])
    if not blank and not problems and not whose and not too_many:
        blank = 1 if shown else BLANK
    cards = _cards(shown, problems, whose, min(blank, max(most - len(shown), 0)))
    refused = _refusal(most, nothing=nothing, too_many=too_many)
    context |= {
        "cards": cards,
        "version": "" if draft is None else draft.version,
        "hidden": len(rows) - len(shown),
        "draft": draft,
        "conflict": bool(whose),
        "ready": ready,
        "others": first.lines_stated(member=party, round_=round_, at=request.at).count() - len(rows) if ready else 0,
        "room": len(cards) < most,
        "dropping": bool(whose) or too_many,
        "summary": [("item-1" if nothing else "", refused)] * bool(refused) + _summary(cards),
        "items": Item.objects.filter(sector__in=round_.asked.values("sector"), retired_on=None),
    }
    status = 409 if whose else REFUSED_STATUS if problems or refused else 200
    return render(request, "web/desk/first_lines.html", context, status=status)


def _refusal(most: int, *, nothing: bool, too_many: bool) -> str:
    if too_many:
        return _("Here is room for %(most)s lines. Leave some out, or send a table: it may be as long as you like.") % {
            "most": most
        }
    return _("There is no line yet. Write at least one, or send a table.") if nothing else ""


def _cards(
    rows: Sequence[grid.Typed], problems: Sequence[Fault], whose: Sequence[str], blank: int
) -> list[Card]:  # fmt: skip
    cards = []
    for row in grid.rows_of(rows, problems=problems, blank=blank, whose=whose):
        cells = {cell.name: _as_asked(cell) for cell in (*row.first, *row.rest)}
        asked = [name for name in cells if name in ASKED or cells[name].problems]
        cards.append(
            Card(
                number=row.number,
                fields=tuple(cells[name] for name in sorted(asked, key=_place)),
                kept=tuple(cell for name, cell in cells.items() if name not in asked and cell.value),
                whose=row.whose,
            )
        )
    return cards


def _as_asked(cell: grid.Cell) -> grid.Cell:
    """The field in the words of this page, which says once on top what a quantity is."""
    return replace(cell, label=LABELS.get(cell.name, cell.label), hint="" if cell.name == "quantity" else cell.hint)


def _place(name: str) -> int:
    return ASKED.index(name) if name in ASKED else len(ASKED)


def _summary(cards: Sequence[Card]) -> list[tuple[str, str]]:
    """Each problem as a link to its field."""
    words = _("Line %(line)s, %(field)s: %(why)s")
    return [
        (cell.id, words % {"line": card.number, "field": cell.label, "why": one.whole})
        for card in cards
        for cell in card.fields
        for one in cell.problems
    ]
