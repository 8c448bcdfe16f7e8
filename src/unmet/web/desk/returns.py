"""The returns of a member: which rounds ask, what was said in each; withdraw, or say that there is nothing."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from unmet.access import audiences, may
from unmet.access.audiences import Seen
from unmet.access.may import Deed
from unmet.catalogue.models import Round
from unmet.catalogue.windows import day_still_running
from unmet.files.models import Attachment
from unmet.needs import attachments, countersign, queries
from unmet.needs import services as needs
from unmet.needs.models import Draft, Return, Statement
from unmet.parties.models import Party
from unmet.web import attaching
from unmet.web.desk.doors import REFUSED_STATUS, asked_round, back_with, desk_page, own_members, own_party
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.requests import PersonRequest

SHOWN = 200
# A signed print is attached with its code, by a form of its own.
FORM_KINDS = (Attachment.Kind.LETTER, Attachment.Kind.EVIDENCE, Attachment.Kind.CERTIFICATE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a member has said in a round so far. `days_left` is None for a round that takes no returns.

    `approves` says whether the person may approve for this member.
    """

    party: Party
    round: Round
    newest: Return | None
    draft: Draft | None
    days_left: int | None
    approves: bool


def answers(request: PersonRequest, *, open_only: bool = False) -> list[Answer]:
    """The rounds of the person's members, open ones first: those that take returns, and those that were answered."""
    open_rounds = list(queries.rounds_open(at=request.at))
    today = day_still_running(request.at)
    found = []
    for party in own_members(request):
        rounds, approves = list(open_rounds), may.may(request.actor, Deed.APPROVE_NEEDS, party)
        if not open_only:
            answered = Round.objects.filter(returns__member=party).select_related("emergency").distinct()
            rounds += sorted(set(answered) - set(open_rounds), key=lambda one: one.window_until_on, reverse=True)
        for round_ in rounds:
            left = (round_.window_until_on - today).days + 1 if round_ in open_rounds else None
            newest = queries.newest_return(member=party, round_=round_)
            found.append(Answer(party, round_, newest, queries.draft(member=party, round_=round_), left, approves))
    return found


@desk_page
@require_GET
def returns(request: PersonRequest) -> HttpResponse:
    """All rounds of the person's members, with the state of the answer."""
    return render(request, "web/desk/returns.html", {"answers": answers(request)})


def own_return(request: PersonRequest, pk: uuid.UUID) -> Return:
    """A return of a member of whose own people the person is one."""
    found = Return.objects.filter(uuid=pk, member__in=request.actor.own_parties)
    return_ = found.select_related("member", "round__emergency", "submitted_by", "decided_by").first()
    if return_ is None:
        raise Http404
    return return_


@desk_page
@require_GET
def one(request: PersonRequest, member: str, code: str) -> HttpResponse:
    """The return of a member for a round: its state, its lines, and what can be done."""
    return page(request, own_party(request, member), asked_round(code))


def page(
    request: PersonRequest, party: Party, round_: Round, *, refused: str = "", no_file: str = "", no_scan: str = ""
) -> HttpResponse:
    """The page of the return, with a refusal on top if any; `no_file` and `no_scan` say why none was attached."""
    listed = queries.for_reading(queries.listed(member=party, round_=round_))
    statements = list(listed[:SHOWN])
    takes = queries.rounds_open(at=request.at).filter(pk=round_.pk).exists()
    confirm = list(queries.for_reading(queries.to_confirm(member=party, round_=round_))[:SHOWN]) if takes else []
    newest = queries.newest_return(member=party, round_=round_)
    context = {
        "party": party,
        "round": round_,
        "return": newest,
        "takes": takes,
        "draft": queries.draft(member=party, round_=round_),
        "lines": seen_lines(statements, party, request),
        "count": listed.count(),
        "shown": SHOWN,
        "on_its_way": sum(statement.pipeline > 0 for statement in statements),
        "confirm": confirm,
        "may_approve": may.may(request.actor, Deed.APPROVE_NEEDS, party),
        "waits": newest is not None and newest.state == Return.State.SUBMITTED,
        "sent_back": newest is not None and newest.state == Return.State.SENT_BACK,
        "letters": list(newest.proposals.select_related("office")) if newest else [],
        "attached": attaching.listed(attachments.of(newest)) if newest else [],
        "may_attach": newest is not None and newest.state in (Return.State.SUBMITTED, Return.State.SENT_BACK),
        "kinds": FORM_KINDS,
        "no_file": no_file,
        "no_scan": no_scan,
        "printed": countersign.current(newest) if newest else None,
        "problems": [(at, why) for at, why in (("", refused), ("attach", no_file), ("signed", no_scan)) if why],
    }
    return render(request, "web/desk/return.html", context, status=REFUSED_STATUS if context["problems"] else 200)


def seen_lines(statements: Sequence[Statement], party: Party, request: PersonRequest) -> list[tuple[Statement, Seen]]:
    """Each line with the audience that sees it once it is approved."""
    seen = audiences.for_subjects(member=party, pairs=queries.subjects(statements), at=request.at)
    return [(statement, seen[statement.need.uuid]) for statement in statements]


@desk_page
@require_POST
def nothing(request: PersonRequest, member: str, code: str) -> HttpResponse:
    """ "Nothing to report" is an answer. It is refused while needs of the emergency are open."""
    party, round_ = own_party(request, member), asked_round(code)
    try:
        needs.submit([], member=party, round_=round_, by=request.user, at=request.at, nothing_to_report=True)
    except needs.OpenNeedsStand as refused:
        return page(request, party, round_, refused=sentence(refused))
    except REFUSED as refused:
        return back_with(request, refused, "return", party.code, round_.code)
    messages.success(request, _("Sent to the approver: nothing to report."))
    return redirect("return", party.code, round_.code)


@desk_page
@require_POST
def withdraw(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back a return that is not approved yet."""
    return_ = own_return(request, pk)
    where = ("return", return_.member.code, return_.round.code)
    try:
        needs.withdraw(return_, by=request.user, at=request.at)
    except REFUSED as refused:
        return back_with(request, refused, *where)
    messages.success(request, _("The return is withdrawn. Its lines count nowhere."))
    return redirect(*where)


@desk_page
@require_POST
def discard(request: PersonRequest, member: str, code: str) -> HttpResponse:
    """Delete the draft; only drafts are ever deleted."""
    party, round_ = own_party(request, member), asked_round(code)
    draft = queries.draft(member=party, round_=round_)
    if draft and str(draft.version) == request.POST.get("version"):
        letters = needs.discard_draft(draft, by=request.user, at=request.at)
        if letters:
            said = _("The draft is deleted. The letters whose lines were in it wait for your decision again.")
        else:
            said = _("The draft is deleted.")
        messages.success(request, said)
    elif draft:
        messages.error(request, _("A colleague saved this draft while your page was open. Nothing was deleted."))
    return redirect("return", party.code, round_.code)
