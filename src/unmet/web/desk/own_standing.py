"""Whether a need of one's own member stands: pause it, resume it, confirm it, end it by name."""

import uuid
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from unmet.access import may
from unmet.access.may import Deed
from unmet.books.models import Account
from unmet.exchange.standing_refusals import sentence
from unmet.figures import own
from unmet.needs import standing
from unmet.needs.models import Need
from unmet.needs.standing import StandingRefused
from unmet.support import request_queries, signs
from unmet.web import carried
from unmet.web.desk.doors import REFUSED_STATUS, desk_page, own_party
from unmet.web.requests import PersonRequest

# Deed → its field; what is refused of the others stands above the page.
_FIELDS: Final = {name: f"{name}-reason" for name in ("pause", "covered", "stop")} | {"duplicate": "same-as"}


@desk_page
@require_http_methods(["GET", "POST"])
def one(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Where one need stands. POST `do`: pause, resume, confirm, covered or duplicate."""
    need = own_need(request, pk)
    if request.method == "GET":
        return page(request, need)
    may.require(Deed.SET_STANDING, by=request.user, party=need.member)
    try:
        done = _do(request, need)
    except StandingRefused as refused:
        return page(request, need, why=sentence(refused))
    messages.success(request, done)
    return redirect("own_needs", need.member.code)


def own_need(request: PersonRequest, pk: uuid.UUID) -> Need:
    """A need of one's own members that has an item; any other does not exist."""
    found = Need.objects.filter(uuid=pk, member__in=request.actor.own_parties, item__isnull=False)
    need = found.select_related("member", "item__base_unit", "place", "group", "emergency").first()
    if need is None:
        raise Http404
    return need


def _do(request: PersonRequest, need: Need) -> str:
    by, at, do, reason = request.user, request.at, request.POST.get("do"), request.POST.get("reason", "")
    if do == "pause":
        standing.pause(need, reason=reason, by=by, at=at)
        return _("Paused. The need counts in no total until you resume it; what was last stated stands beside them.")
    if do == "resume":
        standing.resume(need, by=by, at=at)
        return _("Resumed. The need stands again as it was last stated.")
    if do == "confirm":
        standing.confirm([need], member=need.member, by=by, at=at)
        return _("Confirmed. The need stands as it was approved last.")
    if do == "covered":
        standing.end(need, covered_nationally=True, reason=reason, by=by, at=at)
        return _("Ended: your party covers this need itself.")
    if do == "duplicate":
        standing.end(need, same_as=_other(request, need), reason=reason, by=by, at=at)
        return _("Ended: it is the same as the other need, which has its support now.")
    raise Http404


def _other(request: PersonRequest, need: Need) -> Need:
    """The need that was chosen; none that a person types in is found unless it is of the same member."""
    typed = request.POST.get("same_as", "")
    try:
        chosen = Need.objects.filter(uuid=uuid.UUID(typed), member=need.member).first()
    except ValueError:
        chosen = None
    if chosen is None:
        raise StandingRefused("same_as", need)
    return chosen


def page(request: PersonRequest, need: Need, *, why: str = "", do: str = "") -> HttpResponse:
    """The page; `do` names the deed that was refused, and `why` the reason, where it is not in what was sent."""
    do = do or request.POST.get("do", "")
    account = Account.objects.filter(subject=need.uuid, kind=Account.Kind.NEED, closed=False).first()
    alike = Account.objects.filter(
        member=need.member, item=need.item, kind=Account.Kind.NEED, closed=False, approved__gt=0
    ).exclude(subject=need.uuid)
    context = {
        "party": need.member,
        "need": need,
        "account": account,
        "state": standing.state(account),
        "said": standing.reasons([need]).get(need.pk),
        "alike": alike.select_related("place", "group").order_by("pk"),
        "may_set": may.may(request.actor, Deed.SET_STANDING, need.member),
        "may_stop": may.may(request.actor, Deed.ASK, need.member),
        "stop": signs.standing(need),
        "stopped": request_queries.stopped([need.uuid]),
        "asked": request_queries.own().filter(lines__need=need, stopped_at__isnull=False).distinct(),
        "why": why,
        "do": do,
        "reason": request.POST.get("reason", ""),
        "same_as": request.POST.get("same_as", ""),
        "problems": [(_FIELDS.get(do, ""), why)] if why else [],
    }
    return render(request, "web/desk/need_standing.html", context, status=REFUSED_STATUS if why else 200)


@desk_page
@require_POST
def confirm(request: PersonRequest, member: str) -> HttpResponse:
    """Confirm needs as they were approved last: the one named, or all that lapsed or lapse within a month."""
    party = own_party(request, member)
    may.require(Deed.SET_STANDING, by=request.user, party=party)
    accounts = own.to_confirm(member=party.pk, at=request.at)
    typed = request.POST.get("need", "")
    if typed != "all":
        accounts = accounts.filter(pk=carried.number(typed, digits=carried.ROW) or 0)
    subjects = list(accounts.values_list("subject", flat=True)[: standing.MOST_CONFIRMED])
    needs = list(Need.objects.filter(uuid__in=subjects).select_related("member"))
    try:
        standing.confirm(needs, member=party, by=request.user, at=request.at)
    except StandingRefused as refused:
        messages.error(request, sentence(refused))
        return redirect("own_needs", party.code)
    words = ngettext("Confirmed as it was: %(count)s need.", "Confirmed as they were: %(count)s needs.", len(needs))
    messages.success(request, words % {"count": len(needs)})
    return redirect("own_needs", party.code)
