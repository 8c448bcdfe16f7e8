"""The page of a return to be signed and stamped, the scan of it, and the code that finds the return."""

import uuid
from collections import defaultdict
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from unmet.catalogue.models import Item
from unmet.needs import countersign
from unmet.needs.models import Return, Statement
from unmet.web import attaching
from unmet.web.desk import returns
from unmet.web.desk.doors import back_with, desk_page
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.requests import PersonRequest

# More lines than these do not fit one page: then the sums by item stand for them, and the digest names them all.
ON_ONE_PAGE = 24


@dataclass(frozen=True, slots=True)
class Sum:
    """One item with the sum of its lines, in thousandths of the base unit. `item` is None for own words."""

    item: Item | None
    words: str
    requested: int
    lines: int


def sums(statements: list[Statement]) -> list[Sum]:
    """The sums by item, in the order of the lines. Lines in own words stand by themselves: nothing adds them up."""
    by_item: dict[tuple[int | None, str], list[Statement]] = defaultdict(list)
    for one in statements:
        by_item[one.need.item_id, "" if one.need.item_id else one.words].append(one)
    return [
        Sum(found[0].need.item, found[0].words, sum(one.requested for one in found), len(found))
        for found in by_item.values()
    ]


@desk_page
@require_POST
def make(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Make the page of the version that waits, and go to it."""
    return_ = returns.own_return(request, pk)
    try:
        printed = countersign.make(return_, by=request.user, at=request.at)
    except REFUSED as refused:
        return back_with(request, refused, "return", return_.member.code, return_.round.code)
    return redirect("print", printed.code)


@desk_page
@require_GET
def find(request: PersonRequest) -> HttpResponse:
    """The return that a code on paper belongs to."""
    code = request.GET.get("code", "")
    printed = countersign.find(code) if code else None
    if printed is not None:
        return redirect("return", printed.of.member.code, printed.of.round.code)
    if not request.actor.own_parties:
        raise Http404
    return render(request, "web/desk/print_find.html", {"code": code}, status=200)


@desk_page
@require_GET
def sheet(request: PersonRequest, code: str) -> HttpResponse:
    """One page to print, sign and stamp."""
    printed = countersign.find(code)
    if printed is None:
        raise Http404
    lines = countersign.lines(printed.of)
    changed = printed.revision != printed.of.revision or printed.digest != countersign.digest(lines)
    context = {
        "printed": printed,
        "return": printed.of,
        "party": printed.of.member,
        "round": printed.of.round,
        "changed": changed or printed.of.state != Return.State.SUBMITTED,
        "lines": lines if len(lines) <= ON_ONE_PAGE else [],
        "count": len(lines),
        "sums": sums(lines),
    }
    return render(request, "web/desk/print.html", context)


@desk_page
@require_POST
def signed(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Attach the scan of the signed page."""
    return_ = returns.own_return(request, pk)
    sent = request.FILES.get("scan")
    if sent is None:
        why = _("Choose the scan of the signed page.")
        return returns.page(request, return_.member, return_.round, no_scan=why)
    try:
        countersign.attach(
            return_, sent.chunks(), code=request.POST.get("code", ""), name=sent.name or "", by=request.user,
            at=request.at,
        )  # fmt: skip
    except attaching.REFUSED as refused:
        return returns.page(request, return_.member, return_.round, no_scan=attaching.sentence(refused))
    except REFUSED as refused:
        return returns.page(request, return_.member, return_.round, no_scan=sentence(refused))
    messages.success(request, _("The signed page is attached. An approver of your party confirms it."))
    return redirect("return", return_.member.code, return_.round.code)
