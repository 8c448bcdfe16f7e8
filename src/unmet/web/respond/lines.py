"""Lines of other members that a person may see in detail, and what parties say beside them."""

import uuid
from dataclasses import dataclass
from itertools import chain

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from unmet.books.models import Account
from unmet.catalogue.models import Item
from unmet.figures.order import by_name, window
from unmet.needs import comments
from unmet.needs.comments import CommentRefused
from unmet.needs.models import Need, TechnicalComment
from unmet.notices.following import Subject
from unmet.parties.models import Party
from unmet.support import signs
from unmet.support.history import of_need
from unmet.web.desk import follow, history, offers_lists, open_signs
from unmet.web.desk.doors import REFUSED_STATUS, desk_page, pages_of
from unmet.web.requests import PersonRequest


def sentence(refused: CommentRefused) -> str:
    """Why nothing was written, and what to do."""
    sentences = {
        "blank": _("Write at least one word."),
        "too_long": _("A comment has at most 2,000 characters. Shorten it."),
        "withdrawn": _("This comment was withdrawn meanwhile."),
        "answered": _("A colleague answered it meanwhile."),
    }
    return sentences[refused.reason]


@desk_page
@require_GET
def lines(request: PersonRequest) -> HttpResponse:
    """Open needs that the person may see in detail, members A to Z; with `?item=` or `?member=` those of one code."""
    found = comments.lines().select_related("member", "item__base_unit", "place", "group", "round")
    code, of = request.GET.get("item", ""), request.GET.get("member", "")
    item = Item.objects.filter(code=code).first() if code else None
    if item is not None:
        found = found.filter(item=item)
    member = Party.objects.filter(code=of).first() if of else None
    if member is not None:
        found = found.filter(member=member)
    counts = dict(found.order_by().values_list("member_id").annotate(n=Count("pk")))
    order = [member.pk for member in by_name(Party.objects.filter(pk__in=counts))]
    pages = pages_of(request, sum(counts.values()))
    shown = [
        account
        for of_one, begin, end in window(counts, order, pages.start, pages.stop)
        for account in found.filter(member=of_one).order_by("needed_by_on", "pk")[begin:end]
    ]
    needs = [account.subject for account in shown]
    said = signs.by_need(needs)
    context = {
        "gives": bool(offers_lists.giving(request)),
        "mine": request.actor.own_parties,
        "lines": shown,
        "signs": said,
        "watch": open_signs.watch(request, "needs", needs, chain.from_iterable(said.values())),
        "pages": pages,
        "item": item,
        "member": member,
    }
    return render(request, "web/respond/lines.html", context)


def _need(pk: uuid.UUID) -> Need:
    """A line that the person may see in detail; any other does not exist."""
    found = comments.need(pk)
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed and why it was refused: beside the line (`to` is empty) or as an answer to a comment."""

    text: str = ""
    why: str = ""
    to: str = ""


@desk_page
@require_GET
def line(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """One line with what was said beside it."""
    return _page(request, _need(pk))


def _page(request: PersonRequest, need: Need, typed: Typed | None = None) -> HttpResponse:
    typed = typed or Typed()
    own = need.member_id in request.actor.own_parties
    account = Account.objects.filter(subject=need.uuid, kind=Account.Kind.NEED, closed=False).first()
    said = signs.of([need.uuid])
    context = {
        "need": need,
        "follow": follow.button(request, Subject.need(need.uuid)),
        "item": need.item,
        "own": own,
        "account": account,
        "comments": list(comments.of(need)),
        "history": history.part(request, of_need(need), item=need.item),
        "stopped": said,
        "watch": open_signs.watch(request, "needs", [need.uuid], said, again=reverse("detail_line", args=[need.uuid])),
        "gives": not own and bool(offers_lists.giving(request)),
        "parties": [] if own else [party for party in comments.parties() if party.pk != need.member_id],
        "mine": request.actor.all_parties,
        "typed": typed,
        "problems": [(typed.to or "text", typed.why)] if typed.why else [],
    }
    return render(request, "web/respond/line.html", context, status=REFUSED_STATUS if typed.why else 200)


@desk_page
@require_POST
def write(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Say something beside a line, in the name of one's party."""
    need, text = _need(pk), request.POST.get("text", "")
    own = {party.code: party for party in comments.parties()}
    party = own.get(request.POST.get("party", "")) or next(iter(own.values()), None)
    if party is None or need.member_id in request.actor.own_parties:
        raise Http404
    try:
        comments.write(need, text, party=party, by=request.user, at=request.at)
    except CommentRefused as refused:
        return _page(request, need, Typed(text, sentence(refused)))
    messages.success(request, _("Said. The member is told, and whoever may see this line in detail reads it."))
    return redirect("detail_line", need.uuid)


def _comment(pk: uuid.UUID) -> TechnicalComment:
    found = comments.comment(pk)
    if found is None:
        raise Http404
    return found


@desk_page
@require_POST
def answer(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The member's people answer a comment, once."""
    said, text = _comment(pk), request.POST.get("text", "")
    if said.need.member_id not in request.actor.own_parties:
        raise Http404
    try:
        comments.answer(said, text, by=request.user, at=request.at)
    except CommentRefused as refused:
        return _page(request, _need(said.need.uuid), Typed(text, sentence(refused), f"answer-{said.uuid}"))
    messages.success(request, _("Answered. Whoever reads the comment reads your answer."))
    return redirect("detail_line", said.need.uuid)


@desk_page
@require_POST
def withdraw(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The party that wrote a comment takes it back."""
    said = _comment(pk)
    if said.party_id not in request.actor.all_parties:
        raise Http404
    try:
        comments.withdraw(said, by=request.user, at=request.at)
        messages.success(request, _("The comment is withdrawn. That it was there stays visible."))
    except CommentRefused as refused:
        messages.error(request, sentence(refused))
    return redirect("detail_line", said.need.uuid)
