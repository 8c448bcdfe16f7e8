"""What can be done to money: its source states and publishes it, those it is for confirm it and agree to be named."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unmet.access import may
from unmet.access.may import Deed
from unmet.parties.models import Party
from unmet.support import flow_deeds, flow_queries, flows
from unmet.support.flow_rules import FlowRefused
from unmet.support.models import Flow
from unmet.web import carried
from unmet.web.desk import money, money_words
from unmet.web.desk.doors import desk_page
from unmet.web.requests import PersonRequest


# ── deeds of the source ──────────────────────────────────────────────────────
@desk_page
@require_POST
def step(request: PersonRequest, pk: uuid.UUID, deed: str) -> HttpResponse:
    """Commit, pay, state more, or take back."""
    flow = money.found(pk)
    may.require(Deed.STATE_FLOW, by=request.user, party=flow.source)
    asked = money.deed_of(request, flow, deed, typed=request.POST)
    assert asked is not None
    form = asked.form
    if not form.is_valid():
        if "stage" in form.errors:  # it stood there when the page was made, and does not now
            return _changed(request, pk, deed)
        return money.page(request, flow, refused=asked)
    said = form.cleaned_data
    version, by, at = said["version"], request.user, request.at
    try:
        if deed == "back":
            flows.take_back(
                flow, said["stage"], said["minor"], dated_on=said["dated_on"], reason=said["reason"], version=version,
                by=by, at=at,
            )  # fmt: skip
        else:
            service = flows.add if deed == "add" else flows.move_on
            service(flow, said["stage"], form.as_amount(), version=version, by=by, at=at)
    except FlowRefused as refused:
        if refused.reason == "changed":
            return _changed(request, pk, deed)
        name = money_words.FIELD.get(refused.reason)
        form.add_error(name if name != "stage" else None, money_words.sentence(refused))
        return money.page(request, flow, refused=asked)
    done = {
        "commit": _("Committed."), "pay": _("Paid. Those it is for are asked to confirm that it arrived."),
        "add": _("Stated."), "back": _("Taken back. The step and its reason stay readable."),
    }  # fmt: skip
    messages.success(request, done[deed])
    return redirect("money_one", flow.uuid)


def _changed(request: PersonRequest, pk: uuid.UUID, deed: str) -> HttpResponse:
    """The page as the money stands now, what was typed kept: whoever has read that can press again."""
    flow = money.found(pk)
    typed = request.POST.copy()
    typed[f"{deed}-version"] = str(flow.version)
    asked = money.deed_of(request, flow, deed, typed=typed)
    assert asked is not None
    asked.form.add_error(None, money_words.sentence(FlowRefused("changed")))
    return money.page(request, flow, refused=asked)


def _pressed(request: PersonRequest, flow: Flow, act: Callable[[], Any], done: str) -> HttpResponse:
    """A button without typed words: done, or why not."""
    try:
        act()
    except FlowRefused as refused:
        messages.error(request, money_words.sentence(refused))
    else:
        messages.success(request, done)
    return redirect("money_one", flow.uuid)


@desk_page
@require_POST
def publish(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Show it to everyone."""
    flow, by, at = money.found(pk), request.user, request.at
    return _pressed(
        request,
        flow,
        lambda: flow_deeds.publish(flow, by=by, at=at),
        _("Public. Everyone sees it on the page “Money”."),
    )


@desk_page
@require_POST
def hide(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Show it to everyone no longer."""
    flow, by, at = money.found(pk), request.user, request.at
    return _pressed(request, flow, lambda: flow_deeds.hide(flow, by=by, at=at), _("It is public no longer."))


# ── deeds of those it is for ─────────────────────────────────────────────────
@desk_page
@require_POST
def confirm(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Say that a payment arrived."""
    flow = money.found(pk)
    paid = flow.steps.filter(pk=carried.number(request.POST.get("step", ""), digits=carried.ROW) or 0).first()
    party = _getting(flow, Deed.CONFIRM_FLOW, request.POST.get("party", ""))
    if paid is None:
        raise Http404
    by, at = request.user, request.at
    return _pressed(
        request, flow, lambda: flow_deeds.confirm(paid, party=party, by=by, at=at),
        _("Confirmed. The source reads it; no amount changes."),
    )  # fmt: skip


@desk_page
@require_POST
def name(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Agree to be named in public as the one that the money is for, or take that back."""
    flow = money.found(pk)
    party = _getting(flow, Deed.NAME_IN_FLOW, request.POST.get("party", ""))
    named, by, at = request.POST.get("named") == "1", request.user, request.at
    return _pressed(
        request, flow, lambda: flow_deeds.agree_to_be_named(flow, party=party, named=named, by=by, at=at),
        _("Your party may be named.") if named else _("Your party is named no longer."),
    )  # fmt: skip


def _getting(flow: Flow, deed: Deed, code: str) -> Party:
    """The destination for which the person does a deed: the one that was sent, else the only one."""
    mine = {party.code: party for party in flow_queries.getting(flow, deed)}
    party = mine.get(code)
    if party is None:
        raise may.NotAllowed(deed, code[:20])
    return party
