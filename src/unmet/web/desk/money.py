"""Money at the desk: what one's parties give and get, and the page of one flow with all that can be done to it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from unmet.access import may
from unmet.access.may import Deed
from unmet.parties.models import Party
from unmet.support import flow_queries, flows, offer_queries
from unmet.support.models import Flow, FlowConfirmation, FlowStep, MoneyStage, Offer
from unmet.web import funding
from unmet.web.desk.doors import REFUSED_STATUS, desk_page, pages_of
from unmet.web.desk.money_forms import StepForm
from unmet.web.requests import PersonRequest

PER_PAGE = 50
Stage = MoneyStage


# ── lists ────────────────────────────────────────────────────────────────────
@desk_page
@require_GET
def lists(request: PersonRequest) -> HttpResponse:
    """What one's parties give, and what comes to them or through them; the newest first, by pages."""
    given, coming = flow_queries.given(), flow_queries.coming()
    counts = given.count(), coming.count()
    asked = request.GET.get("list")
    # Unless one list is asked for, the first that has rows: a member is given money more often than it gives any.
    of_us = asked == "coming" or (asked != "given" and counts[1] > 0 == counts[0])
    chosen = coming if of_us else given
    pages = pages_of(request, counts[of_us], size=PER_PAGE)
    start = (pages.number - 1) * PER_PAGE
    context = {
        "coming": of_us,
        "rows": list(flow_queries.for_reading(chosen)[start : start + PER_PAGE]),
        "pages": pages,
        "counts": counts,
        "may_state": bool(flow_queries.stating()),
    }
    return render(request, "web/desk/money.html", context)


# ── one flow ─────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Deedform:
    """One thing that can be done to the amounts, with its form. `open`: it was refused and is shown again."""

    name: str
    words: str
    hint: str
    form: StepForm
    open: bool = False


def found(pk: uuid.UUID) -> Flow:
    """A flow that the person may read; any other does not exist."""
    flow = flow_queries.find(pk)
    if flow is None:
        raise Http404
    return flow


@desk_page
@require_GET
def one(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The page of one flow of money."""
    return page(request, found(pk))


def page(request: PersonRequest, flow: Flow, *, refused: Deedform | None = None) -> HttpResponse:
    """The page; `refused` is the deed that was refused, with what was typed."""
    mine = bool(flow_queries.stating(flow))
    deeds = _deeds(request, flow, refused) if mine else []
    confirmations = FlowConfirmation.objects.select_related("party")
    steps = list(
        flow.steps.select_related("by_party", "flow")
        .prefetch_related(Prefetch("confirmations", queryset=confirmations))
        .order_by("-pk")
    )
    problems = []
    if refused is not None:
        form = refused.form
        problems = [
            (form[name].auto_id if name in form.fields and not form[name].is_hidden else "", str(error))
            for name, errors in form.errors.items()
            for error in errors
        ]
    context = {
        "flow": flow,
        "mine": mine,
        "offer": _offer(flow),
        "deeds": deeds,
        "steps": steps,
        "to_confirm": _to_confirm(flow, steps),
        "may_publish": may.may(request.actor, Deed.PUBLISH_FLOW, flow.source),
        "naming": _naming(flow),
        "going_to": sorted((row.party for row in flow.going_to.all()), key=lambda party: party.name),
        "funded": funding.of(Flow.objects.filter(pk=flow.pk), flow.item) if flow.item else None,
        "problems": problems,
    }
    return render(request, "web/desk/money_one.html", context, status=REFUSED_STATUS if problems else 200)


def _offer(flow: Flow) -> Offer | None:
    """The offer that it came of, for those who see it."""
    if flow.acceptance is None:
        return None
    return offer_queries.find(flow.acceptance.offer_line.offer.uuid)


def _deeds(request: PersonRequest, flow: Flow, refused: Deedform | None) -> list[Deedform]:
    """What the source's people can do to the amounts now; the one that was refused with what was typed."""
    found = []
    for name in ("commit", "pay", "add", "back"):
        deed = deed_of(request, flow, name)
        if refused is not None and refused.name == name:
            found.append(refused)
        elif deed is not None:
            found.append(deed)
    return found


def deed_of(request: PersonRequest, flow: Flow, name: str, *, typed: Any = None) -> Deedform | None:
    """A deed with its form, with what was typed; None where nothing stands to do it to and nothing was typed."""
    standing = [stage for stage in Stage.values if getattr(flow, flows.COLUMN[Stage(stage)])]
    known: dict[str, tuple[str, str, list[str], int]] = {
        "commit": (
            _("Commit it"), _("An agreement binds you now. The amount leaves what is pledged."), [Stage.COMMITMENT],
            flow.pledged,
        ),
        "pay": (
            _("State that it is paid"), _("The amount leaves what is committed. Those it is for can confirm it."),
            [Stage.PAID], flow.committed,
        ),
        "add": (
            _("State more of it"), _("A higher pledge, or money that was never promised before."),
            _addable(flow), 0,
        ),
        "back": (
            _("Take back or correct"), _("Nothing is deleted: the step and its reason stay readable."), standing, 0,
        ),
    }  # fmt: skip
    words, hint, stages, full = known[name]
    if not stages or (name in ("commit", "pay") and not full):
        if typed is None:
            return None
        stages = stages or [Stage.PLEDGE]
    form = StepForm(
        flow, typed, today=request.at.date(), stages=list(stages), full=full, why=name == "back", prefix=name
    )
    return Deedform(name, words, hint, form, open=typed is not None)


def _addable(flow: Flow) -> list[str]:
    """Stages to which more may come from nothing: none while an earlier one waits to be moved on."""
    if flow.pledged:
        return [Stage.PLEDGE]
    return [Stage.PLEDGE, Stage.COMMITMENT] if flow.committed else list(Stage.values)


def _to_confirm(flow: Flow, steps: Sequence[FlowStep]) -> list[tuple[FlowStep, Party, int]]:
    """Payments that the person may confirm, for each of his or her parties that has not yet, with what stands of them.

    What stands is in the smallest units of the currency.
    """
    parties = flow_queries.getting(flow, Deed.CONFIRM_FLOW)
    left = flow_queries.left_of_payments(flow) if parties else {}
    return [
        (step, party, left[step.pk])
        for step in steps
        if left.get(step.pk)
        for party in parties
        if party.pk not in {one.party_id for one in step.confirmations.all()}
    ]


def _naming(flow: Flow) -> list[tuple[Party, bool]]:
    """Parties for whose naming in public the person decides, and whether they are named."""
    parties = [party for party in flow_queries.getting(flow, Deed.NAME_IN_FLOW) if party.kind == Party.Kind.STATE]
    named = set(flow.going_to.filter(named_at__isnull=False).values_list("party", flat=True))
    return [(party, party.pk in named) for party in parties]
