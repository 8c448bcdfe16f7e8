"""Consignments: the lists of who sends and who awaits, one consignment with what happened to it, and the next step."""

import io
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from unmet.access.services import is_demonstration
from unmet.exchange import download
from unmet.exchange.download import Column
from unmet.support import attestations, consignment_ways, consignments
from unmet.support import consignment_parties as parties
from unmet.support import consignment_queries as queries
from unmet.support.attestations import Seen
from unmet.support.consignments import ConsignmentRefused
from unmet.support.models import Attestation, Consignment, ConsignmentLine
from unmet.web import formats
from unmet.web.day_field import DayField
from unmet.web.desk import quantities
from unmet.web.desk.consignment_words import sentence
from unmet.web.desk.doors import REFUSED_STATUS, desk_page, pages_of
from unmet.web.requests import PersonRequest

PER_PAGE: Final = 50
State = Consignment.State


# ── lists ────────────────────────────────────────────────────────────────────
@desk_page
@require_GET
def lists(request: PersonRequest) -> HttpResponse:
    """What comes to one's members, or what one's parties send; by how far it has come, each list by pages."""
    found, coming = _side(request)
    counts = queries.counts(found)
    wanted = request.GET.get("list", "")
    first = next((name for name, number in counts.items() if number), "planned")
    chosen = wanted if wanted in queries.LISTS else first
    pages = pages_of(request, counts[chosen], size=PER_PAGE)
    rows = queries.for_reading(found.filter(state__in=queries.LISTS[chosen]), today=request.at.date())
    shown = list(rows[(pages.number - 1) * PER_PAGE : pages.number * PER_PAGE])
    goods = queries.goods(shown)
    context = {
        "coming": coming,
        "both": bool(request.actor.own_parties),
        "tabs": [(name, _LISTS[name], counts[name]) for name in queries.LISTS],
        "chosen": chosen,
        "rows": [(box, goods.get(box.pk, []), held_days(box, request.at.date())) for box in shown],
        "pages": pages,
        "packable": len(queries.packable()),
    }
    return render(request, "web/desk/consignments.html", context)


_LISTS: Final = {
    "planned": gettext_lazy("Planned"), "under_way": gettext_lazy("Under way"), "held": gettext_lazy("Held"),
    "received": gettext_lazy("Received"), "ended": gettext_lazy("Will not arrive"),
}  # fmt: skip


def _side(request: PersonRequest) -> tuple[Any, bool]:
    """The consignments of the side that the address asks for, and whether it is the one that awaits."""
    everything = queries.for_actor()
    coming = request.GET.get("side", "coming") != "sent" and bool(request.actor.own_parties)
    return (queries.incoming(everything) if coming else queries.outgoing(everything)), coming


def held_days(box: Consignment, today: date) -> int | None:
    """For how many days a consignment has been held."""
    return max((today - box.held_on).days, 0) if box.held_on else None


_COLUMNS: Final = (
    ("waybill", gettext_lazy("Waybill"), "text"), ("state", gettext_lazy("State"), "text"),
    ("giver", gettext_lazy("Giver of record"), "text"), ("channel", gettext_lazy("Channel"), "text"),
    ("carrier", gettext_lazy("Carrier"), "text"), ("member", gettext_lazy("Member"), "text"),
    ("to", gettext_lazy("To"), "text"), ("mode", gettext_lazy("How it travels"), "text"),
    ("dispatched_on", gettext_lazy("Sent on"), "date"), ("expected_on", gettext_lazy("Expected arrival"), "date"),
    ("held_on", gettext_lazy("Held since"), "date"), ("held_why", gettext_lazy("Why it is held"), "text"),
    ("reference", gettext_lazy("Reference"), "text"), ("item", gettext_lazy("Item"), "text"),
    ("lot", gettext_lazy("Lot"), "text"), ("expires_on", gettext_lazy("Expiry date"), "date"),
    ("shipped", gettext_lazy("Packed"), "quantity"), ("accepted", gettext_lazy("Accepted"), "quantity"),
    ("rejected", gettext_lazy("Rejected"), "quantity"), ("missing", gettext_lazy("Missing"), "quantity"),
    ("surplus", gettext_lazy("Surplus"), "quantity"),
)  # fmt: skip


@desk_page
@require_GET
def table(request: PersonRequest) -> HttpResponse:
    """The list as a file: one row for each lot, all states, of the same side as the page."""
    found, _coming = _side(request)
    boxes = {box.pk: box for box in queries.for_reading(found, today=request.at.date())}
    rows = (_cells(boxes[pk], one) for pk, lines in queries.goods(boxes.values()).items() for one in lines)
    written = io.StringIO(newline="")
    notes = {download.MARK: download.demonstration_words()} if is_demonstration() else {}
    columns = [Column(key, str(title), kind) for key, title, kind in _COLUMNS]  # type: ignore[arg-type]
    download.write_csv(written, columns, rows, notes=notes)
    answer = HttpResponse(written.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="consignments.csv"'
    return answer


def _cells(box: Consignment, one: ConsignmentLine) -> list[download.Value]:
    row, item = one.standing, one.line.item
    carrier = box.carrier.code if box.carrier else box.carrier_name
    counts = [getattr(row, name) if row else None for name in ("accepted", "rejected", "missing", "surplus")]
    return [
        box.waybill, box.state, box.giver.code, box.channel.code if box.channel else "", carrier, box.member.code,
        box.to_place.name, box.mode, box.dispatched_on, box.expected_on, box.held_on, box.held_why,
        one.line.reference, item.code, one.lot, one.expires_on,
        *(None if value is None else Decimal(quantities.written(value, item)) for value in (one.quantity, *counts)),
    ]  # fmt: skip


# ── one consignment ──────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Typed:
    """A step that was refused: which one, what was typed, and what is wrong with it, by field ("" is the whole)."""

    deed: str = ""
    sent: dict[str, str] = field(default_factory=dict)
    problems: tuple[tuple[str, str], ...] = ()


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


def page(request: PersonRequest, box: Consignment, typed: Typed | None = None) -> HttpResponse:
    """The page, with what was typed and what is wrong with it when a step was refused."""
    typed = typed or Typed()
    mine = parties.roles(box, request.actor)
    rows = [_row(line, typed) for line in queries.lines(box)]
    ways = [
        verb for verb, way in consignment_ways.WAYS.items() if box.state in way.before and set(way.roles) & set(mine)
    ]
    open_lines = sum(row.one.standing_id is None for row in rows)
    receivable = box.state in (*Consignment.UNDER_WAY, State.LOST) and open_lines
    sends = parties.Role.GIVER in mine or parties.Role.CHANNEL in mine
    context = {
        "box": box,
        "rows": rows,
        "sends": sends,
        "receives": parties.Role.MEMBER in mine,
        "owns_lines": box.giver_id in request.actor.all_parties or box.member_id in request.actor.own_parties,
        "certifies": box.member_id in request.actor.own_parties
        or bool({box.giver_id, box.channel_id} & request.actor.all_parties),
        "planned": box.state == State.PLANNED,
        "receivable": receivable,
        "ways": ways,
        "ends": [verb for verb in ways if consignment_ways.WAYS[verb].ends],
        "held": Consignment.Held.choices,
        "held_days": held_days(box, request.at.date()),
        "roles": [(role, party) for role, party in mine.items()],
        "attests": bool(mine) and box.state != State.PLANNED,
        "steps": box.steps.select_related("by_party").order_by("-pk"),
        "receipts": queries.receipts(box),
        "today": formats.day(request.at),
        "deed": typed.deed,
        "typed": typed.sent,
        "problems": typed.problems,
    }
    return render(request, "web/desk/consignment.html", context, status=REFUSED_STATUS if typed.problems else 200)


def _row(line: ConsignmentLine, typed: Typed) -> LineRow:
    newest: dict[tuple[str, int], Attestation] = {}
    for one in line.attestations.all():  # the newest first
        newest.setdefault((one.role, one.party_id), one)
    counts = sorted(newest.values(), key=lambda one: parties.EVERYBODY.index(Attestation.Role(one.role)))
    differ = any(one.quantity != line.quantity for one in counts)
    return LineRow(line, counts, differ, typed.sent.get(f"saw-{line.uuid}", ""))


# ── steps ────────────────────────────────────────────────────────────────────
def _step(request: PersonRequest, box: Consignment, deed: str, act: Callable[[], object], done: str) -> HttpResponse:
    """Do the next step, or show the page again with what was typed and why it was refused."""
    sent = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    try:
        act()
    except forms.ValidationError as error:
        said = " ".join(error.messages)
        return page(request, box, Typed(deed, sent, ((f"{deed}-date", said),)))
    except ConsignmentRefused as refused:
        if refused.known is not None:
            messages.warning(request, sentence(refused))
            return redirect("consignment", refused.known.uuid)
        item = next((one.line.item for one in queries.lines(box) if one.line.uuid == refused.line), None)
        again = queries.find(box.uuid, today=request.at.date())
        if again is None:
            messages.error(request, sentence(refused))
            return redirect("consignments")
        anchors = {"why": "text", "waybill": "waybill", "future": "date", "before_dispatch": "date", "place": "place"}
        anchor = f"{deed}-{anchors[refused.reason]}" if refused.reason in anchors else ""
        return page(request, again, Typed(deed, sent, ((anchor, sentence(refused, item)),)))
    messages.success(request, done)
    return redirect("consignment", box.uuid)


def _day(request: PersonRequest, name: str = "date") -> date:
    """The day that was typed; today where none was."""
    typed = DayField(required=False).clean(request.POST.get(name, ""))
    return typed or request.at.date()


@desk_page
@require_POST
def dispatch(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a planned consignment."""
    box = seen(request, pk)
    parties.require(box, parties.SENDERS, by=request.user)
    number = request.POST.get("version", "")
    version = int(number) if number.isdecimal() and len(number) < 9 else 0

    def act() -> None:
        consignments.dispatch(
            box, on=_day(request), by=request.user, at=request.at, version=version,
            waybill=request.POST.get("waybill", ""),
            expected_on=DayField(required=False).clean(request.POST.get("expected", "")),
        )  # fmt: skip

    return _step(request, box, "dispatch", act, _("Sent: all that is packed is in transit."))


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
            box, verb, on=_day(request), by=request.user, at=request.at, why=request.POST.get("why", ""),
            text=request.POST.get("text", ""),
        )  # fmt: skip

    return _step(request, box, verb, act, _("Stated. Everybody concerned is told."))


@desk_page
@require_POST
def attest(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Say what one saw of it."""
    box = seen(request, pk)
    wanted = request.POST.get("role", "")
    parties.require(box, [wanted] if wanted in Attestation.Role.values else parties.EVERYBODY, by=request.user)
    counted, wrong = [], []
    for line in queries.lines(box):
        text = request.POST.get(f"saw-{line.uuid}", "").strip()
        read = quantities.read(text, line.line.item) if text else None
        if isinstance(read, str):
            words = _("%(line)s: %(why)s") % {"line": line.line.item.name, "why": read}
            wrong.append((f"saw-{line.uuid}", words))
        elif read is not None:
            counted.append(Seen(line, read))
    if wrong:
        sent = {name: value for name, value in request.POST.items() if isinstance(value, str)}
        return page(request, box, Typed("attest", sent, tuple(wrong)))

    def act() -> None:
        attestations.attest(
            box, counted, place=request.POST.get("place", ""), on=_day(request), by=request.user, at=request.at,
            role=wanted if wanted in Attestation.Role.values else "", note=request.POST.get("note", ""),
        )  # fmt: skip

    return _step(request, box, "attest", act, _("Attested. It stands beside what others saw; nothing moved."))
