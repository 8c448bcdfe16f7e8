"""One consignment: what is in it, what happened to it, what each of those concerned saw, and the next step."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from unmet.support import consignment_boxes as boxes
from unmet.support import consignment_corrections, consignment_ways, consignments, profile_queries, signs, substitutes
from unmet.support import consignment_parties as parties
from unmet.support import consignment_queries as queries
from unmet.support.consignment_history import of_consignment, reads_receipts
from unmet.support.consignments import ConsignmentRefused
from unmet.support.models import Attestation, Consignment, ConsignmentLine
from unmet.support.receipts import RECEIVABLE
from unmet.support.substitutes import Substitute
from unmet.web import carried, formats
from unmet.web.day_field import DayField
from unmet.web.desk import history, open_signs
from unmet.web.desk.consignment_lists import held_days
from unmet.web.desk.consignment_words import sentence
from unmet.web.desk.doors import REFUSED_STATUS, desk_page
from unmet.web.requests import PersonRequest

State = Consignment.State


# ── one consignment ──────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Typed:
    """A step that was refused: which one, what was typed, and what is wrong with it, by field ("" is the whole)."""

    deed: str = ""
    sent: dict[str, str] = field(default_factory=dict)
    problems: tuple[tuple[str, str], ...] = ()
    known: Consignment | None = None  # bears the waybill already


def seen(request: PersonRequest, pk: uuid.UUID) -> Consignment:
    """A consignment of one of the person's parties; any other does not exist."""
    found = queries.find(pk, today=request.at.date())
    if found is None:
        raise Http404
    return found


@desk_page
@require_GET
def one(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The page of one consignment."""
    return page(request, seen(request, pk))


@dataclass(frozen=True, slots=True)
class LineRow:
    """One lot, the newest count of each party that saw it, and whether they differ from what was packed."""

    one: ConsignmentLine
    counts: Sequence[Attestation]
    differ: bool
    typed: str
    substitute: Substitute | None
    owned: bool  # the line of support is the reader's too


def page(request: PersonRequest, box: Consignment, typed: Typed | None = None) -> HttpResponse:
    """The page, with what was typed and what is wrong with it when a step was refused."""
    typed = typed or Typed()
    today = request.at.date()
    parts = queries.whole(box, today=today)
    mine = parties.roles(box, request.actor)
    packed = list(queries.lines(*parts))
    stands = substitutes.of(one.line_id for one in packed)
    listed = {(one.line.item_id, one.lot) for one in packed}
    unlisted = queries.unlisted(*parts)
    rows = [_row(request, one, typed, stands.get(one.line_id), unlisted) for one in packed]
    spoken = [(part.state, set(parties.roles(part, request.actor))) for part in parts]
    ways = [
        verb for verb, way in consignment_ways.WAYS.items()
        if any(state in way.before and set(way.roles) & roles for state, roles in spoken)
    ]  # fmt: skip
    waiting = {row.one.consignment_id for row in rows if row.one.standing_id is None}
    sends = parties.Role.GIVER in mine or parties.Role.CHANNEL in mine
    # Whoever sees the consignment gives, passes on, carries or awaits what is in it.
    travels, here = box.state in queries.TRAVELS, reverse("consignment", args=[box.uuid])
    stopped = signs.of_lines(row.one.line for row in rows) if travels else []
    context = {
        "box": box,
        "parts": [(part, held_days(part, today)) for part in parts],
        "several": len(parts) > 1,
        "with_others": sends and len(parts) < len(boxes.parts(box)),
        "givers": [part.giver for part in parts],
        "rows": rows,
        "sends": sends,
        "receives": parties.Role.MEMBER in mine,
        "certifies": reads_receipts(box, request.actor),
        "planned": box.state == State.PLANNED,
        "under_way": any(part.state in Consignment.UNDER_WAY for part in parts),
        "receivable": any(part.state in RECEIVABLE and part.pk in waiting for part in parts),
        "ways": ways,
        "ends": [verb for verb in ways if consignment_ways.WAYS[verb].ends],
        "held": Consignment.Held.choices,
        "held_days": held_days(box, today),
        "roles": [(role, party) for role, party in mine.items()],
        # Once it has arrived, or never will, nobody waits for how the member takes delivery.
        "readiness": profile_queries.for_goods(box.member, [row.one.line.item for row in rows])
        if sends and travels
        else None,
        "stopped": stopped,
        "watch": open_signs.watch(request, "consignment", [box.uuid], stopped, again=here) if travels else None,
        "attests": bool(mine) and box.state != State.PLANNED,
        "unlisted": [saw for saw in unlisted if (saw.item_id, saw.lot) not in listed],
        "history": history.part(request, of_consignment(*parts)),
        "receipts": queries.receipts(*parts),
        "today": formats.day(request.at),
        "deed": typed.deed,
        "typed": typed.sent,
        "problems": typed.problems,
        "known": typed.known,
    }
    return render(request, "web/desk/consignment.html", context, status=REFUSED_STATUS if typed.problems else 200)


def _row(
    request: PersonRequest, line: ConsignmentLine, typed: Typed, substitute: Substitute | None,
    unlisted: Sequence[Attestation],
) -> LineRow:  # fmt: skip
    """A lot with what was seen of it: by a giver too that does not know in whose part of the box it stands."""
    newest: dict[tuple[str, int], Attestation] = {}
    for one in line.attestations.all():  # the newest first
        newest.setdefault((one.role, one.party_id), one)
    for one in unlisted:
        if (one.item_id, one.lot) == (line.line.item_id, line.lot):
            newest.setdefault((one.role, one.party_id), one)
    counts = sorted(newest.values(), key=lambda one: parties.EVERYBODY.index(Attestation.Role(one.role)))
    differ = any(one.quantity != line.quantity for one in counts)
    part, actor = line.consignment, request.actor
    owned = part.giver_id in actor.all_parties or part.member_id in actor.own_parties
    return LineRow(line, counts, differ, typed.sent.get(f"saw-{line.uuid}", ""), substitute, owned)


# ── steps ────────────────────────────────────────────────────────────────────
def take(request: PersonRequest, box: Consignment, deed: str, act: Callable[[], object], done: str) -> HttpResponse:
    """Do the next step, or show the page again with what was typed and why it was refused."""
    sent = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    try:
        act()
    except forms.ValidationError as error:
        said = " ".join(error.messages)
        return page(request, box, Typed(deed, sent, ((f"{deed}-date", said),)))
    except ConsignmentRefused as refused:
        again = queries.find(box.uuid, today=request.at.date())
        if again is None:
            messages.error(request, sentence(refused))
            return redirect("consignments")
        packed = queries.lines(*queries.whole(again, today=request.at.date()))
        item = next((one.line.item for one in packed if one.line.uuid == refused.line), None)
        field = "waybill" if refused.reason == "same" and deed == "waybill" else _FIELDS.get(refused.reason)
        anchor = f"{deed}-{field}" if field else ""
        return page(request, again, Typed(deed, sent, ((anchor, sentence(refused, item)),), refused.known))
    messages.success(request, done)
    return redirect("consignment", box.uuid)


# The field of the form that a refusal is about.
_FIELDS: Final = {
    "why": "text", "waybill": "waybill", "waybill_known": "waybill", "waybill_taken": "waybill", "future": "date",
    "before_dispatch": "date", "past": "date", "same": "date", "place": "place", "listed": "lot",
    "stopped": "knowing", "paused": "knowing",
}  # fmt: skip


def day_typed(request: PersonRequest, name: str = "date") -> date:
    """The day that was typed; today where none was."""
    typed = DayField(required=False).clean(request.POST.get(name, ""))
    return typed or request.at.date()


@desk_page
@require_POST
def dispatch(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a planned consignment."""
    box = seen(request, pk)
    parties.require(box, parties.SENDERS, by=request.user)
    version = carried.number(request.POST.get("version", ""), digits=carried.VERSION) or 0

    def act() -> None:
        consignments.dispatch(
            box, on=day_typed(request), by=request.user, at=request.at, version=version,
            waybill=request.POST.get("waybill", ""),
            expected_on=DayField(required=False).clean(request.POST.get("expected", "")),
            knowing=request.POST.get("knowing") == "yes",
        )  # fmt: skip

    return take(request, box, "dispatch", act, _("Sent: all that is packed is in transit."))


@desk_page
@require_POST
def discard(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Throw a plan away."""
    box = seen(request, pk)
    try:
        consignments.discard(box, by=request.user, at=request.at)
    except ConsignmentRefused as refused:
        messages.error(request, sentence(refused))
        return redirect("consignment", box.uuid)
    messages.success(request, _("The plan is discarded. What it held can be packed again."))
    return redirect("consignments")


@desk_page
@require_POST
def go(request: PersonRequest, pk: uuid.UUID, verb: str) -> HttpResponse:
    """Say what happened to it on the way."""
    box, way = seen(request, pk), consignment_ways.WAYS.get(verb)
    if way is None:
        raise Http404
    parties.require(box, way.roles, by=request.user)

    def act() -> None:
        consignment_ways.go(
            box, verb, on=day_typed(request), by=request.user, at=request.at, why=request.POST.get("why", ""),
            text=request.POST.get("text", ""),
        )  # fmt: skip

    return take(request, box, verb, act, _("Stated. Everybody concerned is told."))


@desk_page
@require_POST
def expected(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Say on which day it is expected now."""
    box = seen(request, pk)
    parties.require(box, parties.SENDERS, by=request.user)

    def act() -> None:
        day: date = DayField().clean(request.POST.get("date", ""))  # type: ignore[assignment]
        consignment_corrections.correct_expected(
            box, day, why=request.POST.get("text", ""), by=request.user, at=request.at
        )

    return take(request, box, "expected", act, _("Corrected. Everybody concerned is told."))


@desk_page
@require_POST
def waybill(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Write the waybill as it should have been."""
    box = seen(request, pk)
    parties.require(box, parties.SENDERS, by=request.user)

    def act() -> None:
        consignment_corrections.correct_waybill(
            box, request.POST.get("waybill", ""), why=request.POST.get("text", ""), by=request.user, at=request.at
        )

    return take(request, box, "waybill", act, _("Corrected. Everybody concerned is told."))
