"""The lists of consignments, of who sends and who awaits them, and the same as a file."""

import io
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from unmet.access import may
from unmet.access.may import Deed
from unmet.access.services import is_demonstration
from unmet.exchange import download
from unmet.exchange.download import Column
from unmet.support import consignment_queries as queries
from unmet.support import substitutes
from unmet.support.models import Consignment, ConsignmentLine
from unmet.support.substitutes import Substitute
from unmet.support.waybills import LONGEST_WAYBILL
from unmet.web.desk import quantities
from unmet.web.desk.doors import desk_page, own_parties, pages_of
from unmet.web.requests import PersonRequest

PER_PAGE: Final = 50


@desk_page
@require_GET
def lists(request: PersonRequest) -> HttpResponse:
    """What comes to one's members, or what one's parties send; by how far it has come, each list by pages."""
    found, coming = _side(request)
    waybill = request.GET.get("waybill", "").strip()[:LONGEST_WAYBILL]
    if waybill:  # looked for on both sides
        found = queries.by_waybill(queries.for_actor(), waybill)
    counts = queries.counts(found)
    wanted = request.GET.get("list", "")
    first = next((name for name, number in counts.items() if number), "planned")
    chosen = wanted if wanted in queries.LISTS else first
    pages = pages_of(request, counts[chosen], size=PER_PAGE)
    found = found.filter(state__in=queries.LISTS[chosen])
    rows = queries.for_reading(queries.once(found), today=request.at.date())
    shown = list(rows[(pages.number - 1) * PER_PAGE : pages.number * PER_PAGE])
    parts = queries.parts(shown, found)
    goods = queries.goods(part for of_box in parts.values() for part in of_box)
    stands = substitutes.of(one.line_id for lines in goods.values() for one in lines)
    context = {
        "coming": coming,
        "waybill": waybill,
        "both": bool(request.actor.own_parties),
        "tabs": [(name, _LISTS[name], counts[name]) for name in queries.LISTS],
        "chosen": chosen,
        "rows": [
            (
                box,
                [(one, stands.get(one.line_id)) for part in parts[box.box] for one in goods.get(part.pk, [])],
                held_days(box, request.at.date()),
                [part.giver for part in parts[box.box]],
            )
            for box in shown
        ],
        "pages": pages,
        "packable": len(queries.packable()),
        "receiving": [party for party in own_parties(request) if may.may(request.actor, Deed.RECEIVE_SUPPORT, party)],
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
    goods = queries.goods(boxes.values())
    stands = substitutes.of(one.line_id for lines in goods.values() for one in lines)
    rows = (_cells(boxes[pk], one, stands.get(one.line_id)) for pk, lines in goods.items() for one in lines)
    written = io.StringIO(newline="")
    notes = {download.MARK: download.demonstration_words()} if is_demonstration() else {}
    columns = [Column(key, str(title), kind) for key, title, kind in _COLUMNS]  # type: ignore[arg-type]
    download.write_csv(written, columns, rows, notes=notes)
    answer = HttpResponse(written.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="consignments.csv"'
    return answer


def _cells(box: Consignment, one: ConsignmentLine, stands: Substitute | None) -> list[download.Value]:
    """A kit or a substitute stands there as what it is, as the sheet of receipts reads it."""
    row, item = one.standing, stands.item if stands else one.line.item
    carrier = box.carrier.code if box.carrier else box.carrier_name
    counts = [getattr(row, name) if row else None for name in ("accepted", "rejected", "missing", "surplus")]
    told = [value if value is None or stands is None else stands.real(value) for value in (one.quantity, *counts)]
    return [
        box.waybill, box.state, box.giver.code, box.channel.code if box.channel else "", carrier, box.member.code,
        box.to_place.name, box.mode, box.dispatched_on, box.expected_on, box.held_on, box.held_why,
        one.line.reference, item.code, one.lot, one.expires_on,
        *(None if value is None else Decimal(quantities.written(value, item)) for value in told),
    ]  # fmt: skip
