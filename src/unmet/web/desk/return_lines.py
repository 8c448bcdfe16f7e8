"""The grid in which the lines of a return are typed: kept as a draft, checked, sent to the approver."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from unmet.access import may
from unmet.access.may import Deed
from unmet.catalogue.models import Item, Round
from unmet.exchange.answers import Answers
from unmet.exchange.faults import Fault
from unmet.exchange.needs_import import with_own_words
from unmet.needs import queries
from unmet.needs import services as needs
from unmet.needs.lookup import lookup as needs_lookup
from unmet.needs.models import Draft, Return
from unmet.parties.models import Group, Party, Place
from unmet.web import carried
from unmet.web.desk import asking, grid
from unmet.web.desk.doors import REFUSED_STATUS, asked_round, desk_page, own_party
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.requests import PersonRequest


@desk_page
@require_http_methods(["GET", "POST"])
def lines(request: PersonRequest, member: str, code: str) -> HttpResponse:
    """Type lines. POST with `do`: save (keep the draft), more (blank lines), send (to the approver)."""
    party, round_ = own_party(request, member), asked_round(code)
    may.require(Deed.ENTER_NEEDS, by=request.user, party=party)
    if request.method == "GET":
        draft = queries.draft(member=party, round_=round_)
        rows = draft.rows if draft else prefilled(party, round_)
        blank = 1 if "one" in request.GET else grid.BLANK
        return page(request, party, round_, rows, version=draft.version if draft else None, blank=blank, draft=draft)
    rows = grid.typed_rows(request.POST)
    try:
        draft = _keep(request, party, round_, rows)
    except needs.DraftChanged as changed:
        return _conflict(request, party, round_, rows, changed.theirs)
    if request.POST.get("do") == "send":
        return send(request, party, round_, rows, draft)
    if request.POST.get("do") == "more":
        return page(request, party, round_, rows, version=draft.version, blank=grid.BLANK, draft=draft)
    messages.success(request, _("The draft is kept. Nothing was sent."))
    return redirect("return_lines", party.code, round_.code)


def _keep(request: PersonRequest, party: Party, round_: Round, rows: Sequence[grid.Typed]) -> Draft:
    """The draft as typed, faults included. The same rows sent twice are one draft, not a conflict."""
    version = request.POST.get("version", "")
    standing = queries.draft(member=party, round_=round_)
    if standing and standing.rows == list(rows):
        version = str(standing.version)
    return needs.save_draft(
        rows, member=party, round_=round_, by=request.user, at=request.at,
        version=carried.number(version, digits=carried.VERSION),
    )  # fmt: skip


def send(request: PersonRequest, party: Party, round_: Round, rows: Sequence[grid.Typed], draft: Draft) -> HttpResponse:
    """Check the lines; send them, or show what needs attention beside them. The draft keeps them meanwhile."""
    lookup = needs_lookup(member=party, round_=round_)
    # What was answered about these lines before, on the first screen, is not asked again.
    answers = Answers.from_controls({**draft.answers, **asking.said(request.POST.dict())})
    answers = with_own_words(answers, member=party)
    parsed = grid.read(rows, lookup, answers)
    problems = parsed.problems()
    refused: Exception | None = None
    if not problems:
        try:
            done = needs.submit(
                parsed.lines, member=party, round_=round_, by=request.user, at=request.at, draft=draft,
                typed_by=draft.typed_by.all(),
            )  # fmt: skip
        except REFUSED as error:
            refused = error
        else:
            messages.success(request, sent_words(done))
            return redirect("return", party.code, round_.code)
    return page(
        request, party, round_, rows, version=draft.version, draft=draft, problems=problems,
        refused=sentence(refused) if refused else "",
    )  # fmt: skip


def sent_words(done: needs.Submitted) -> str:
    """What a submission did, in one sentence."""
    if not done.created and not done.updated:
        return _("Nothing changed: every line is as it stands already.")
    return _("Sent to the approver: %(created)s created, %(updated)s updated, %(unchanged)s unchanged.") % {
        "created": done.created, "updated": done.updated, "unchanged": done.unchanged,
    }  # fmt: skip


def prefilled(party: Party, round_: Round) -> list[grid.Typed]:
    """What a first draft begins with: the return that waits, else what is to be confirmed from the last round."""
    pending = Return.objects.pending().filter(member=party, round=round_).first()
    if pending:
        waiting = queries.for_reading(queries.listed(member=party, round_=round_).filter(in_return=pending))
        return [grid.as_typed(statement) for statement in waiting[: grid.MOST]]
    earlier = queries.for_reading(queries.to_confirm(member=party, round_=round_))
    return [
        grid.as_typed(statement, approved=True, from_on=round_.period_from_on) for statement in earlier[: grid.MOST]
    ]


def page(
    request: PersonRequest, party: Party, round_: Round, rows: Sequence[grid.Typed], *, version: int | None,
    blank: int = 0, draft: Draft | None = None, problems: Sequence[Fault] = (), refused: str = "",
    whose: Sequence[str] = (),
) -> HttpResponse:  # fmt: skip
    """The form, with what was typed."""
    shown = grid.rows_of(rows, problems=problems, blank=0 if problems or whose else blank, whose=whose)
    context = {
        "party": party,
        "round": round_,
        "rows": shown,
        "version": "" if version is None else version,
        "draft": draft,
        "refused": refused,
        "conflict": bool(whose),
        "summary": [("", refused)] * bool(refused) + _summary(shown),
        "answered": _answered(request) if problems or refused else (),
        "items": Item.objects.filter(sector__in=round_.asked.values("sector"), retired_on=None),
        "places": Place.objects.filter(party=party).exclude(kind=Place.Kind.COUNTRY),
        "groups": Group.objects.exclude(code=Group.EVERYONE),
        "most": grid.MOST,
    }
    status = 409 if whose else REFUSED_STATUS if problems or refused else 200
    return render(request, "web/desk/lines.html", context, status=status)


def _summary(rows: Sequence[grid.GridRow]) -> list[tuple[str, str]]:
    """One link for each field that needs attention."""
    words = _("Line %(line)s, %(field)s: %(why)s")
    return [
        (cell.id, words % {"line": row.number, "field": cell.label, "why": one.whole})
        for row in rows
        for cell in (*row.first, *row.rest)
        for one in cell.problems
    ]


def _answered(request: PersonRequest) -> list[tuple[str, str]]:
    """Answers given before, which the form must send again."""
    return [(f"{asking.PREFIX}{name}", value) for name, value in asking.said(request.POST.dict()).items()]


def _conflict(
    request: PersonRequest, party: Party, round_: Round, rows: Sequence[grid.Typed], theirs: Draft
) -> HttpResponse:
    """Both drafts in one form, so that the person merges them; saving it then stands on the colleague's version."""
    both, whose = grid.merged(rows, theirs.rows)
    return page(request, party, round_, both, version=theirs.version, draft=theirs, whose=whose or [""])


@desk_page
@require_http_methods(["POST"])
def unchanged(request: PersonRequest, member: str, code: str) -> HttpResponse:
    """Confirm lines of the last round as they were approved: all of them, or those that are ticked."""
    party, round_ = own_party(request, member), asked_round(code)
    may.require(Deed.ENTER_NEEDS, by=request.user, party=party)
    chosen = queries.for_reading(queries.to_confirm(member=party, round_=round_))
    if request.POST.get("do") != "all":
        sent = [carried.number(pk, digits=carried.ROW) for pk in request.POST.getlist("line")]
        chosen = chosen.filter(pk__in=[pk for pk in sent if pk is not None])
    rows = [grid.as_typed(statement, approved=True, from_on=round_.period_from_on) for statement in chosen]
    if not rows:
        messages.error(request, _("No line was ticked, so nothing was sent."))
        return redirect("return", party.code, round_.code)
    lookup = needs_lookup(member=party, round_=round_)
    parsed = grid.read(rows, lookup, with_own_words(Answers(both_levels=True), member=party))
    try:
        if parsed.problems():
            return _to_grid(request, party, round_, rows)
        needs.submit(parsed.lines, member=party, round_=round_, by=request.user, at=request.at)
    except REFUSED as refused:
        messages.error(request, sentence(refused))
        return redirect("return", party.code, round_.code)
    words = ngettext(
        "Sent to the approver: %(count)s line as it was approved last.",
        "Sent to the approver: %(count)s lines as they were approved last.",
        len(rows),
    )
    messages.success(request, words % {"count": len(rows)})
    return redirect("return", party.code, round_.code)


def _to_grid(request: PersonRequest, party: Party, round_: Round, rows: Sequence[grid.Typed]) -> HttpResponse:
    """Lines that can no longer stand as they were go to the draft, where they are corrected."""
    draft = queries.draft(member=party, round_=round_)
    both, _whose = grid.merged(rows, draft.rows if draft else [])
    needs.save_draft(
        both, member=party, round_=round_, by=request.user, at=request.at, version=draft.version if draft else None
    )
    messages.error(request, _("Some lines cannot stand as they were. They are in the draft now; please read them."))
    return redirect("return_lines", party.code, round_.code)
