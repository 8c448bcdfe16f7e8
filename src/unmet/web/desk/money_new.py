"""State money of one's own party for the first time: pledged, committed, or paid at once."""

import uuid
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from unmet.access.may import Deed, NotAllowed
from unmet.needs import comments
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.support import flow_queries as queries
from unmet.support import flows
from unmet.support.flow_rules import FlowRefused, Money
from unmet.support.models import Flow, MoneyStage
from unmet.web import formats
from unmet.web.desk import money_words
from unmet.web.desk.doors import REFUSED_STATUS, desk_page
from unmet.web.desk.money_forms import MoneyForm
from unmet.web.requests import PersonRequest


@desk_page
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """State money. `?need=UUID` says which need it is for, and fills in what follows from it."""
    sources = queries.stating()
    if not sources:
        raise NotAllowed(Deed.STATE_FLOW)
    need = _need((request.POST if request.method == "POST" else request.GET).get("need", ""))
    passing = {str(flow.uuid): flow for source in sources for flow in queries.to_pass_on(source)}
    if request.method == "POST":
        form = MoneyForm(request.POST, sources=sources, to_pass_on=passing)
        made = _stated(request, form, need, sources)
        if made is not None:
            return redirect("money_one", made.uuid)
    else:
        form = MoneyForm(sources=sources, to_pass_on=passing, initial=_initial(need, today=request.at.date()))
    context = {"form": form, "need": need, "many": len(sources) > 1, "passing": bool(passing)}
    return render(request, "web/desk/money_new.html", context, status=REFUSED_STATUS if form.errors else 200)


def _initial(need: Need | None, *, today: date) -> dict[str, Any]:
    first: dict[str, Any] = {"dated_on": today, "stage": MoneyStage.PLEDGE}
    if need is not None:
        first |= {"destinations": [need.member.code], "emergency": need.emergency.code}
        first |= {"item": need.item.code} if need.item else {}
    return first


def _need(typed: str) -> Need | None:
    """The need that the money is for, if the person sees it in detail."""
    if not typed:
        return None
    try:
        subject = uuid.UUID(typed)
    except ValueError:
        raise Http404 from None
    need = comments.need(subject)
    if need is None:
        raise Http404
    return need


def _stated(request: PersonRequest, form: MoneyForm, need: Need | None, sources: list[Party]) -> Flow | None:
    """The money that was stated; None where the form says what is wrong."""
    if not form.is_valid():
        return None
    said = form.cleaned_data
    wanted = Money(
        destinations=[form.parties[code] for code in said["destinations"]],
        emergency=form.emergencies[said["emergency"]], currency=said["currency"], reference=said["reference"],
        instrument=said["instrument"], via=said["via"], channel=form.parties.get(said["channel"]),
        sector=form.sectors.get(said["sector"]), item=form.items.get(said["item"]), need=need,
        passes_on=form.to_pass_on.get(said["passes_on"]), text=said["text"], fact_source=said["fact_source"],
    )  # fmt: skip
    source = next(one for one in sources if one.code == said["source"])
    try:
        made, is_new = flows.state(
            wanted, said["stage"], form.as_amount(), source=source, by=request.user, at=request.at
        )
    except FlowRefused as refused:
        form.add_error(money_words.FIELD.get(refused.reason), money_words.sentence(refused))
        return None
    if not is_new:
        messages.info(request, _("Nothing changed: this was stated already."))
        return made
    words = _("Stated: %(amount)s %(currency)s. Those it is for read it now; nobody else does.")
    amount = formats.minor(form.as_amount().minor, made.currency)
    messages.success(request, words % {"amount": amount, "currency": made.currency})
    return made
