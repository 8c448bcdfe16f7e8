"""The first screen: five questions, a page each, which can be left and found again at any of them.

Each page saves what it was told and leads on to the next one that still has to be asked. What the member answered
within 90 days is shown, not asked. The lines have a page of their own (`first_lines`), and so has the end
(`first_send`).
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from unmet.access import may
from unmet.access.may import Deed
from unmet.catalogue.models import Round
from unmet.needs import first, flash, queries
from unmet.needs import services as needs
from unmet.needs.first import Choice, Question
from unmet.needs.models import Draft, FirstAnswer, FlashCall, Return
from unmet.parties.models import Party
from unmet.web import carried
from unmet.web.desk.doors import REFUSED_STATUS, asked_round, back_with, desk_page, own_party
from unmet.web.desk.first_forms import AnswerForm, AskedForm, HaveForm, SeenForm, refuse
from unmet.web.requests import PersonRequest

# Address of each step → its name in the list of the five.
STEPS: Final[dict[str, str | Promise]] = {
    "first_have": gettext_lazy("A list or a letter"),
    "first_lines": gettext_lazy("Your most urgent lines"),
    "first_asked": gettext_lazy("Already asked elsewhere"),
    "first_seen": gettext_lazy("Who may see"),
    "first_send": gettext_lazy("Print, sign, send"),
}
ROUTES: Final = tuple(STEPS)
View = Callable[[PersonRequest, Party, Round], HttpResponse]


def first_page(view: View) -> Callable[..., HttpResponseBase]:
    """A page of the first screen: for the member's own people, while the round takes returns."""

    @desk_page
    @functools.wraps(view)
    def at_the_door(request: PersonRequest, member: str, code: str) -> HttpResponse:
        party, round_ = own_party(request, member), asked_round(code)
        may.require(Deed.ENTER_NEEDS, by=request.user, party=party)
        try:
            needs.require_open(round_, at=request.at)
        except needs.RoundNotOpen as refused:
            return back_with(request, refused, "return", party.code, round_.code)
        if party.pk not in request.actor.member_parties:
            return back_with(request, needs.NotAMember(), "return", party.code, round_.code)
        return view(request, party, round_)

    return at_the_door


# ── where somebody is ────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Progress:
    """What a member's people have said so far in a round. Answers older than 90 days are asked for again."""

    answers: dict[str, FirstAnswer | None]
    fresh: frozenset[str]
    draft: Draft | None
    newest: Return | None
    call: FlashCall | None
    answered_call: bool

    @property
    def sent(self) -> bool:
        """Whether the lines are with the approver and nothing more is being typed."""
        waits = self.newest is not None and self.newest.state == Return.State.SUBMITTED
        typing = self.draft is not None and bool(self.draft.rows)
        return waits and not typing and (self.call is None or self.answered_call)

    @property
    def has_lines(self) -> bool:
        """Whether there are lines to send, or some were sent."""
        return self.sent or bool(self.draft and self.draft.rows)

    def done(self, route: str) -> bool:
        """Whether a step need not be asked."""
        question = QUESTIONS.get(route)
        if question:
            return question in self.fresh
        return self.has_lines if route == "first_lines" else self.sent


QUESTIONS: Final[dict[str, str]] = {
    "first_have": Question.HAVE,
    "first_asked": Question.ELSEWHERE,
    "first_seen": Question.SEEN_BY,
}


def progress(request: PersonRequest, party: Party, round_: Round) -> Progress:
    """What was said so far."""
    answers = {
        question: first.newest(question, member=party, emergency=round_.emergency) for question in QUESTIONS.values()
    }
    call = flash.running(at=request.at).filter(round=round_).first()
    return Progress(
        answers=answers,
        fresh=frozenset(name for name, answer in answers.items() if first.is_fresh(answer, at=request.at)),
        draft=queries.draft(member=party, round_=round_),
        newest=queries.newest_return(member=party, round_=round_),
        call=call,
        answered_call=call is not None and flash.answered(call, member=party),
    )


def left_off(so_far: Progress) -> str:
    """The step at which somebody goes on."""
    have = so_far.answers[Question.HAVE]
    if not so_far.has_lines and Question.HAVE in so_far.fresh and have and have.choice == Choice.TABLE:
        return "first_have"  # it says where the table goes
    return next((route for route in ROUTES if not so_far.done(route)), "first_send")


def after(route: str, so_far: Progress) -> str:
    """The next step that has to be asked."""
    return next((name for name in ROUTES[ROUTES.index(route) + 1 :] if not so_far.done(name)), "first_send")


def on(request: PersonRequest, party: Party, round_: Round, route: str) -> HttpResponse:
    """On from a step that has been saved, or back from it."""
    if request.POST.get("do") == "back":
        return redirect(ROUTES[max(ROUTES.index(route) - 1, 0)], party.code, round_.code)
    return redirect(after(route, progress(request, party, round_)), party.code, round_.code)


def frame(request: PersonRequest, party: Party, round_: Round, route: str) -> dict[str, Any]:
    """What every page of the five shows: where one is, what is done, and the flash call that runs."""
    so_far = progress(request, party, round_)
    number = ROUTES.index(route) + 1
    return {
        "party": party,
        "round": round_,
        "step": number,
        "steps": [(one, STEPS[one], so_far.done(one)) for one in ROUTES],
        "here": route,
        "before": ROUTES[number - 2] if number > 1 else "",
        "progress": so_far,
        "call": so_far.call,
        "hours_left": flash.hours_left(so_far.call, at=request.at) if so_far.call else 0,
        "most": most_lines(request, round_),
    }


def most_lines(request: PersonRequest, round_: Round) -> int:
    """How many lines the first screen takes."""
    call = flash.running(at=request.at).filter(round=round_).first()
    return call.most_lines if call else flash.MOST_LINES


@require_GET
@first_page
def start(request: PersonRequest, party: Party, round_: Round) -> HttpResponse:
    """Go on where it was left."""
    return redirect(left_off(progress(request, party, round_)), party.code, round_.code)


# ── the three questions about the member ─────────────────────────────────────
@require_http_methods(["GET", "POST"])
@first_page
def have(request: PersonRequest, party: Party, round_: Round) -> HttpResponse:
    """Question 1: is there a list or a letter already?"""
    answer = _question(request, party, round_, "first_have", HaveForm)
    if request.POST.get("choice") == Choice.TABLE and answer.status_code == 302:
        return redirect("needs_import", party.code, round_.code)
    return answer


@require_http_methods(["GET", "POST"])
@first_page
def asked(request: PersonRequest, party: Party, round_: Round) -> HttpResponse:
    """Question 3: were others asked already?"""
    return _question(request, party, round_, "first_asked", AskedForm)


@require_http_methods(["GET", "POST"])
@first_page
def seen(request: PersonRequest, party: Party, round_: Round) -> HttpResponse:
    """Question 4: who may see? A wish: nothing is released by it."""
    return _question(request, party, round_, "first_seen", SeenForm)


def _question(
    request: PersonRequest, party: Party, round_: Round, route: str, form_class: type[AnswerForm]
) -> HttpResponse:
    """One question: what was answered, "still so" and "change", or the form. POST `do`: next, back, still."""
    question = QUESTIONS[route]
    standing = first.newest(question, member=party, emergency=round_.emergency)
    if request.method == "GET":
        told = first.is_fresh(standing, at=request.at) and "change" not in request.GET
        return _question_page(request, party, round_, route, form_class(party, standing), standing, told=told)
    if request.POST.get("do") == "back" and not any(request.POST.get(name) for name in form_class.base_fields):
        return on(request, party, round_, route)
    read = request.POST.get("seen", "")
    form = form_class(party, standing, request.POST)
    try:
        if request.POST.get("do") == "still" and standing and read == str(standing.pk):
            first.still_so(standing, by=request.user, at=request.at)
        elif not form.is_valid():
            return _question_page(request, party, round_, route, form, standing)
        else:
            first.answer(
                question, form.said(), member=party, emergency=round_.emergency, by=request.user, at=request.at,
                seen=carried.number(read, digits=carried.ROW),
            )  # fmt: skip
    except first.AnswerRefused as refused:
        refuse(form, refused)
        return _question_page(request, party, round_, route, form, standing)
    except first.AnswerChanged as changed:
        return _question_page(request, party, round_, route, form, changed.theirs, conflict=True)
    return on(request, party, round_, route)


def _question_page(
    request: PersonRequest, party: Party, round_: Round, route: str, form: AnswerForm, standing: FirstAnswer | None, *,
    told: bool = False, conflict: bool = False,
) -> HttpResponse:  # fmt: skip
    context = frame(request, party, round_, route) | {
        "form": form, "standing": standing, "told": told, "conflict": conflict,
    }  # fmt: skip
    status = 409 if conflict else REFUSED_STATUS if form.is_bound and form.errors else 200
    return render(request, f"web/desk/{route}.html", context, status=status)


def say_kept(request: PersonRequest) -> None:
    """Say that what was typed is kept."""
    messages.success(request, _("Your lines are kept. Nothing was sent. Go on whenever you like."))
