"""The end of the first screen: what was said on one sheet to print and sign, and the button that sends it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from unmet.access.actors import standing_appointments
from unmet.access.models import Role
from unmet.catalogue.models import Item, Round
from unmet.needs import queries
from unmet.needs import services as needs
from unmet.needs.first import Question
from unmet.needs.lines import NeedLine
from unmet.needs.models import Draft, Statement
from unmet.parties.models import Party, Person
from unmet.web import carried
from unmet.web.desk.doors import REFUSED_STATUS
from unmet.web.desk.first import first_page, frame
from unmet.web.desk.first_lines import read
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.desk.return_lines import sent_words
from unmet.web.requests import PersonRequest

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sheet; `requested` in thousandths of the base unit."""

    item: Item | None
    words: str
    requested: int
    needed_by: date
    why: str


@require_http_methods(["GET", "POST"])
@first_page
def send(request: PersonRequest, party: Party, round_: Round) -> HttpResponse:
    """Question 5: read, print, sign; POST sends the lines to the approver."""
    draft = queries.draft(member=party, round_=round_)
    if request.method == "GET" or draft is None or not draft.rows:
        return _page(request, party, round_, draft)
    try:
        # Saved once more as it is: a colleague who changed a line meanwhile makes this fail.
        draft = needs.save_draft(
            draft.rows, member=party, round_=round_, by=request.user, at=request.at, version=_version(request)
        )
    except needs.DraftChanged as changed:
        return _page(request, party, round_, changed.theirs, refused=sentence(changed), status=409)
    parsed = read(draft.rows, draft.answers, party, round_)
    if parsed.problems():
        return _to_the_lines(party, round_)
    try:
        done = needs.submit(
            parsed.lines, member=party, round_=round_, by=request.user, at=request.at, draft=draft,
            typed_by=draft.typed_by.all(),
        )  # fmt: skip
    except REFUSED as refused:
        return _page(request, party, round_, draft, refused=sentence(refused), status=REFUSED_STATUS)
    messages.success(request, sent_words(done))
    return redirect("first_send", party.code, round_.code)


def _version(request: PersonRequest) -> int | None:
    return carried.number(request.POST.get("version", ""), digits=carried.VERSION)


def _to_the_lines(party: Party, round_: Round) -> HttpResponse:
    """Back to the lines, which say what needs attention."""
    answer = redirect("first_lines", party.code, round_.code)
    answer["Location"] += "?check=1"
    return answer


def _page(
    request: PersonRequest, party: Party, round_: Round, draft: Draft | None, *, refused: str = "", status: int = 200
) -> HttpResponse:
    context = frame(request, party, round_, "first_send")
    faults = 0
    if draft and draft.rows:
        parsed = read(draft.rows, draft.answers, party, round_)
        faults = len({problem.row for problem in parsed.problems()})
        lines = _typed(parsed.lines)
    else:
        lines = _sent(queries.for_reading(queries.listed(member=party, round_=round_)))
    answers = context["progress"].answers
    context |= {
        "draft": draft if draft and draft.rows else None,
        "lines": lines[:SHOWN],
        "count": len(lines),
        "faults": faults,
        "asked": answers[Question.ELSEWHERE],
        "wish": answers[Question.SEEN_BY],
        "approvers": _approvers(request, party, draft),
        "today": request.at,
        "problems": [("", refused)] if refused else [],
    }
    return render(request, "web/desk/first_send.html", context, status=status)


def _typed(lines: Sequence[NeedLine]) -> list[Line]:
    items = Item.objects.select_related("base_unit").in_bulk([line.item_id for line in lines if line.item_id])
    return [
        Line(items.get(line.item_id or 0), line.words, line.quantity, line.needed_by, line.remark) for line in lines
    ]


def _sent(statements: Iterable[Statement]) -> list[Line]:
    return [
        Line(statement.need.item, statement.words, statement.requested, statement.needed_by_on, statement.remark)
        for statement in statements
    ]


def _approvers(request: PersonRequest, party: Party, draft: Draft | None) -> list[Person]:
    """Who can approve it: approvers of the member who typed no line of it."""
    standing = standing_appointments(at=request.at).filter(party=party, role=Role.APPROVER).select_related("person")
    typed = {request.user.pk, *(draft.typed_by.values_list("pk", flat=True) if draft else ())}
    return [one.person for one in standing.order_by("person__office", "pk") if one.person_id not in typed]
