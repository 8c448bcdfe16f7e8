"""The approver's page: what changed, to whom approval publishes, and the decision."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from unmet.access import audiences, may
from unmet.access.audiences import ORDER, Seen
from unmet.access.may import Deed
from unmet.access.models import Release
from unmet.needs import attachments, countersign, first, queries
from unmet.needs import services as needs
from unmet.needs.first import Question
from unmet.needs.models import Return
from unmet.needs.queries import Review
from unmet.needs.services import Change
from unmet.web import attaching, carried
from unmet.web.desk import meeting, quantities
from unmet.web.desk.doors import REFUSED_STATUS, desk_page
from unmet.web.desk.meeting import Met
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.desk.returns import own_return
from unmet.web.requests import PersonRequest

SHOWN = 200  # changed lines on one page, and as many names of unchanged ones


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page: what is reviewed, who will see it, and what the approver typed."""

    review: Review
    seen: Seen
    quantity: str = ""
    why: str = ""
    problem: str = ""

    @property
    def pk(self) -> int:
        """By it the fields of the line are named."""
        return self.review.statement.pk


@desk_page
@require_http_methods(["GET", "POST"])
def approve(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Read a return and approve it, with the approver's own quantities where they differ."""
    return_ = own_return(request, pk)
    lines = _lines(request, return_)
    if request.method == "GET":
        return _page(request, return_, lines)
    if _revision(request) != return_.revision and return_.state == Return.State.SUBMITTED:
        return _merge_page(request, return_, needs.ReturnChanged())
    typed, changes = _changes(request, lines)
    if any(line.problem for line in typed):
        return _page(request, return_, typed)
    try:
        signed = countersign.current(return_) if request.POST.get("countersigned") else None
        needs.approve(
            return_, by=request.user, at=request.at, revision=_revision(request), changes=changes, countersigned=signed
        )
    except (needs.ReturnChanged, needs.NotYoursToApprove) as refused:
        return _merge_page(request, return_, refused)
    except REFUSED as refused:
        return_.refresh_from_db()
        return _page(request, return_, typed, refused=sentence(refused))
    public = sum(line.seen.everyone for line in lines)
    if public:
        # The second number stands for itself: a sentence has one plural only.
        words = ngettext(
            "Approved: %(count)s line. Public: %(public)s.",
            "Approved: %(count)s lines. Public: %(public)s.",
            len(lines),
        )
    else:
        words = ngettext("Approved: %(count)s line.", "Approved: %(count)s lines.", len(lines))
    messages.success(request, words % {"count": len(lines), "public": public})
    return redirect("return", return_.member.code, return_.round.code)


@desk_page
@require_POST
def send_back(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a return back with a comment."""
    return_ = own_return(request, pk)
    comment = request.POST.get("comment", "")
    try:
        needs.send_back(return_, comment=comment, by=request.user, at=request.at, revision=_revision(request))
    except (needs.ReturnChanged, needs.NotYoursToApprove) as refused:
        return _merge_page(request, return_, refused)
    except REFUSED as refused:
        return_.refresh_from_db()
        return _page(request, return_, _lines(request, return_), refused=sentence(refused), comment=comment)
    messages.success(request, _("The return is sent back with your comment."))
    return redirect("return", return_.member.code, return_.round.code)


def _merge_page(request: PersonRequest, return_: Return, refused: Exception) -> HttpResponse:
    """Somebody else was first: what this person typed beside what stands now, and in the form again where it fits."""
    return_.refresh_from_db()
    typed, lines = meeting.sent(request), _lines(request, return_)
    reviewed = [line.review for line in lines]
    carried = meeting.carried(typed, return_, reviewed)
    filled = [
        replace(line, quantity=said.quantity, why=said.why) if (said := carried.get(line.pk)) else line
        for line in lines
    ]
    met = meeting.met(typed, return_, reviewed)
    comment = request.POST.get("comment", "")
    return _page(request, return_, filled, refused=sentence(refused), comment=comment, met=met)


def _revision(request: PersonRequest) -> int:
    """The version that the person has read."""
    return carried.number(request.POST.get("revision", ""), digits=carried.VERSION) or 0


def _lines(request: PersonRequest, return_: Return) -> list[Line]:
    reviewed = queries.review(return_)
    pairs = queries.subjects([review.statement for review in reviewed])
    seen = audiences.for_subjects(member=return_.member, pairs=pairs, at=request.at)
    return [Line(review, seen[review.statement.need.uuid]) for review in reviewed]


def _changes(request: PersonRequest, lines: Sequence[Line]) -> tuple[list[Line], dict[int, Change]]:
    """The approver's own quantities, by statement; and the lines with what was typed and what is wrong with it."""
    typed, changes = [], {}
    for line in lines:
        quantity = request.POST.get(f"quantity-{line.pk}", "").strip()
        why = request.POST.get(f"why-{line.pk}", "").strip()
        problem = ""
        if quantity:
            read = quantities.read(quantity, line.review.item)
            if isinstance(read, str):
                problem = read
            elif read != line.review.statement.requested:
                changes[line.pk] = Change(read, why)
                problem = "" if why else _("A changed quantity needs a reason.")
        typed.append(Line(line.review, line.seen, quantity, why, problem))
    return typed, changes


@dataclass(frozen=True, slots=True)
class Audience:
    """How many lines of the return one audience will see."""

    seen: Seen
    count: int
    level: str


def _audiences(lines: Sequence[Line]) -> list[Audience]:
    """To whom approval publishes, the widest audience first."""
    counted: Counter[tuple[str, bool]] = Counter((line.seen.audience, line.seen.held_back) for line in lines)
    example = {(line.seen.audience, line.seen.held_back): line.seen for line in lines}
    levels = dict(Release.Level.choices)
    ordered = sorted(counted, key=lambda key: (-ORDER.index(key[0]), key[1]))
    return [Audience(example[key], counted[key], str(levels.get(example[key].level, ""))) for key in ordered]


def _page(
    request: PersonRequest, return_: Return, lines: Sequence[Line], *, refused: str = "", comment: str = "",
    met: Sequence[Met] | None = None,
) -> HttpResponse:  # fmt: skip
    problems = [
        (f"quantity-{line.pk}", _("%(line)s: %(why)s") % {"line": _name(line), "why": line.problem})
        for line in lines
        if line.problem
    ]
    if refused:
        problems.insert(0, ("", refused))
    changed = [line for line in lines if not line.review.unchanged]
    same = [line for line in lines if line.review.unchanged]
    public = sum(line.seen.everyone for line in lines)
    context = {
        "return": return_,
        "party": return_.member,
        "changed": changed[:SHOWN],
        "left_out": max(len(changed) - SHOWN, 0),
        "same": same[:SHOWN],
        "same_count": len(same),
        "new": sum(line.review.new for line in changed),
        "revised": sum(not line.review.new for line in changed),
        "total": len(lines),
        "public": public,
        "audiences": _audiences(lines),
        "problems": problems,
        "comment": comment,
        "met": met,
        "typed_something": bool(comment) or any(one.typed.quantity or one.typed.why for one in met or ()),
        "waits": return_.state == Return.State.SUBMITTED,
        "may_approve": may.may(request.actor, Deed.APPROVE_NEEDS, return_.member),
        "typed_it": return_.entered_by.filter(pk=request.user.pk).exists()
        or return_.submitted_by_id == request.user.pk,
        "letters": list(return_.proposals.select_related("office")),
        "printed": countersign.current(return_),
        "attached": attaching.listed(attachments.of(return_)),
        "asked": first.newest(Question.ELSEWHERE, member=return_.member, emergency=return_.round.emergency),
        "wish": first.newest(Question.SEEN_BY, member=return_.member, emergency=return_.round.emergency),
        "button": button(len(lines), public, return_.nothing_to_report),
    }
    return render(request, "web/desk/approve.html", context, status=REFUSED_STATUS if problems else 200)


def _name(line: Line) -> str:
    return line.review.item.name if line.review.item else line.review.statement.words


def button(lines: int, public: int, nothing: bool) -> str:
    """The text of the button is the consequence."""
    if nothing or not lines:
        return _("Approve “nothing to report”")
    words = ngettext("Approve %(count)s line", "Approve %(count)s lines", lines) % {"count": lines}
    if not public:
        return words
    if public == lines:
        return ngettext(
            "Approve %(count)s line and publish it to everyone",
            "Approve %(count)s lines and publish all of them to everyone",
            lines,
        ) % {"count": lines}
    # Translators: a sentence has one plural only, that of the lines. Say “N of them” for the second number.
    return ngettext(
        "Approve %(lines)s line and publish %(public)s to everyone",
        "Approve %(lines)s lines and publish %(public)s to everyone",
        lines,
    ) % {"lines": lines, "public": public}
