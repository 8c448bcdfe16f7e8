"""Plan a consignment: which accepted lines go into it, of which lots, and how it travels. What was typed is kept."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from unmet.access import may
from unmet.access.may import Deed, NotAllowed
from unmet.parties.models import Party
from unmet.support import consignment_boxes as boxes
from unmet.support import consignment_parties as parties
from unmet.support import consignment_queries as queries
from unmet.support import consignments, profile_queries, signs, substitutes
from unmet.support.consignment_queries import Free
from unmet.support.consignments import ConsignmentRefused, Packed
from unmet.support.models import Consignment, ConsignmentLine
from unmet.web import carried, formats
from unmet.web.day_field import DayField
from unmet.web.desk import consignment_pairs, open_signs, quantities
from unmet.web.desk.consignment_fields import Row, WayForm
from unmet.web.desk.consignment_pairs import sends
from unmet.web.desk.consignment_words import sentence
from unmet.web.desk.doors import REFUSED_STATUS, desk_page
from unmet.web.requests import PersonRequest

MOST_LOTS: Final = 20  # rows of one line


# ── pages ────────────────────────────────────────────────────────────────────
@desk_page
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """A new consignment to one member, from one giver: `?giver=WHO&member=ZMB`; `?line=UUID` fills a line in.

    `?channel=UNICEF&member=ZMB` is for all that UNICEF carries there, whoever gives it: one box of several givers.
    """
    if not any(may.may(request.actor, Deed.STATE_SUPPORT, party) for party in request.actor.all_parties):
        raise NotAllowed(Deed.STATE_SUPPORT)
    free = queries.packable()
    asked = request.POST if request.method == "POST" else request.GET
    wanted = next((one.line for one in free if str(one.line.uuid) == asked.get("line")), None)
    giver = wanted.giver.code if wanted else asked.get("giver", "")
    member = wanted.member.code if wanted else asked.get("member", "")
    pairs, hubs = consignment_pairs.pairs(free), consignment_pairs.hubs(request, free)
    hub = next((pair for pair in hubs if (pair[0].code, pair[1].code) == (asked.get("channel"), member)), None)
    chosen = [pair for pair in pairs if (pair[0].code, pair[1].code) == (giver, member)]
    if request.method == "POST" and not (hub or chosen):  # pressed twice, or a colleague was faster
        messages.info(request, _("Nothing of it can be packed any more: a plan holds it already, or it has left."))
        return redirect(reverse("consignments") + "?side=sent")
    chosen = chosen or list(pairs)
    if hub is None and len(chosen) != 1:
        context = {
            "pairs": [(*pair, n) for pair, n in pairs.items()],
            "hubs": [(*pair, n, givers) for pair, (n, givers) in hubs.items() if len(givers) > 1],
        }
        return render(request, "web/desk/consignment_pairs.html", context)
    channel, (sender, to) = hub[0] if hub else None, hub or chosen[0]
    rows = _rows([one for one in free if one.line.member == to and sends(one.line, sender, channel)])
    if request.method == "POST":
        return _sent(request, rows, None, channel)
    rows = [
        replace(row, quantity=quantities.written(row.to_pack, row.item)) if row.line == wanted else row for row in rows
    ]
    return _page(request, rows, None, WayForm(rows), channel=channel)


@desk_page
@require_http_methods(["GET", "POST"])
def edit(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a plan: the channel may add what others give, which it carries to the same member."""
    draft = queries.find(pk, today=request.at.date())
    if draft is None:
        raise Http404
    roles = parties.roles(draft, request.actor)
    parties.require(draft, parties.SENDERS, by=request.user)
    parts = boxes.parts(draft)
    seen = queries.whole(draft, today=request.at.date())
    if draft.state != Consignment.State.PLANNED or len(seen) < len(parts):
        return redirect("consignment", draft.uuid)
    channel = roles.get(parties.Role.CHANNEL)
    free = [one for one in queries.packable(but=draft) if one.line.member_id == draft.member_id]
    mine = _rows([one for one in free if sends(one.line, draft.giver, channel)])
    if request.method == "POST":
        return _sent(request, mine, draft, channel)
    initial = {
        name: next((value for part in parts if (value := getattr(part, name))), getattr(draft, name))
        for name in (
            "waybill", "mode", "planned_on", "expected_on", "carrier_name", "from_place", "cold_chain", "permit",
        )
    }  # fmt: skip
    initial |= {"to_place": str(draft.to_place.uuid), "carrier": draft.carrier.code if draft.carrier else ""}
    return _page(request, _packed_rows(mine, parts), draft, WayForm(mine, initial=initial), channel=channel)


def _rows(free: Sequence[Free]) -> list[Row]:
    """The lines of one giver together."""
    stands = substitutes.of(one.line.pk for one in free)
    givers = list(dict.fromkeys(one.line.giver_id for one in free))
    return sorted(
        (Row(one.line, one.quantity, substitute=stands.get(one.line.pk)) for one in free),
        key=lambda row: givers.index(row.line.giver_id),
    )


def _packed_rows(rows: Sequence[Row], parts: Sequence[Consignment]) -> list[Row]:
    """What is packed, filled in."""
    packed: dict[int, list[Row]] = {}
    by_line = {row.line.pk: row for row in rows}
    for one in ConsignmentLine.objects.filter(consignment__in=parts).order_by("pk"):
        row = by_line.get(one.line_id)
        if row is not None:
            found = packed.setdefault(one.line_id, [])
            quantity = quantities.written(row.real(one.quantity), row.item)
            expires = formats.day(one.expires_on) if one.expires_on else ""
            found.append(replace(row, number=len(found), quantity=quantity, lot=one.lot, expires=expires))
    return [lot for row in rows for lot in packed.get(row.line.pk, [row])]


# ── what was sent ────────────────────────────────────────────────────────────
def _typed_rows(sent: Mapping[str, str], rows: Sequence[Row], *, more: bool = False) -> list[Row]:
    """The rows as they were typed; with one lot more of each line that has one, where that was asked for."""
    found: list[Row] = []
    for row in rows:
        lots = [
            replace(
                row, number=number, quantity=_text(sent, "quantity", row, number), lot=_text(sent, "lot", row, number),
                expires=_text(sent, "expires", row, number),
            )
            for number in range(MOST_LOTS)
            if f"quantity-{row.line.uuid}-{number}" in sent
        ]  # fmt: skip
        lots = [lot for lot in lots if lot.quantity or lot.lot or lot.expires or lot.first] or [row]
        if more and lots[-1].quantity and len(lots) < MOST_LOTS:
            lots.append(row)
        found += [replace(lot, number=number) for number, lot in enumerate(lots)]
    return found


def _text(sent: Mapping[str, str], name: str, row: Row, number: int) -> str:
    return sent.get(f"{name}-{row.line.uuid}-{number}", "").strip()[:100]


def _read(row: Row) -> Packed | str | None:
    """A row as it was typed, in the unit of what is packed; None where nothing is; or why it cannot be read."""
    if not row.quantity:
        return _("Write how much of this lot is packed.") if row.lot or row.expires else None
    quantity = quantities.read(row.quantity, row.item)
    if isinstance(quantity, str):
        return quantity
    if not quantity:
        return None  # a typed zero packs nothing of it
    try:
        expires = DayField(required=False).clean(row.expires)
    except forms.ValidationError as error:
        return " ".join(error.messages)
    return Packed(row.line, quantity, row.lot, expires)


def _counted(read: Sequence[tuple[Row, Packed | str | None]]) -> list[Packed]:
    """Rows for the service: the lots of a kit or a substitute add up to what they count as together."""
    found, typed = [], dict.fromkeys((row.line.pk for row, _said in read), 0)
    for row, said in read:
        if not isinstance(said, Packed):
            continue
        before, typed[row.line.pk] = typed[row.line.pk], typed[row.line.pk] + said.quantity
        if row.substitute is not None:
            counts = row.substitute.counted(typed[row.line.pk], at_most=row.free)
            said = replace(said, quantity=counts - (row.substitute.counted(before) if before else 0))
        found.append(said)
    return found


def _sent(
    request: PersonRequest, rows: Sequence[Row], draft: Consignment | None, channel: Party | None
) -> HttpResponse:  # fmt: skip
    form = WayForm(rows, request.POST)
    typed = _typed_rows(request.POST, rows, more=request.POST.get("do") == "more")
    if request.POST.get("do") == "more":
        return _page(request, typed, draft, WayForm(rows, initial=request.POST.dict()), channel=channel)
    read = [(row, _read(row)) for row in typed]
    typed = [replace(row, problem=said) if isinstance(said, str) else row for row, said in read]
    if not form.is_valid() or any(row.problem for row in typed):
        return _page(request, typed, draft, form, channel=channel)
    packed = _counted(read)
    version = carried.number(request.POST.get("version", ""), digits=carried.VERSION) or 0
    try:
        box = consignments.plan(form.plan(packed), by=request.user, at=request.at, draft=draft, version=version)
    except ConsignmentRefused as refused:
        if refused.known is not None:
            form.add_error("waybill", sentence(refused))
            return _page(request, typed, draft, form, known=refused.known, channel=channel)
        about = next((row for row in typed if row.line.uuid == refused.line), None)
        if about is None:
            return _page(request, typed, draft, form, refused=sentence(refused), channel=channel)
        refused.standing = about.real(refused.standing)
        said = sentence(refused, about.item)
        typed = [replace(row, problem=said) if row.line.uuid == refused.line and row.quantity else row for row in typed]
        return _page(request, typed, draft, form, channel=channel)
    messages.success(request, _("Planned. Nothing moved in the books; what is packed is held for this consignment."))
    return redirect("consignment", box.uuid)


def _page(
    request: PersonRequest,
    rows: Sequence[Row],
    draft: Consignment | None,
    form: WayForm,
    *,
    channel: Party | None,
    refused: str = "",
    known: Consignment | None = None,
) -> HttpResponse:
    problems = [("", refused)] * bool(refused) + [
        (f"quantity-{row.field}", _("%(line)s: %(why)s") % {"line": row.item.name, "why": row.problem})
        for row in rows
        if row.problem
    ]
    stopped = signs.of_lines(row.line for row in rows)
    context = {
        "draft": draft,
        "rows": rows,
        "giver": rows[0].line.giver if rows else None,
        "givers": (givers := list(dict.fromkeys(row.line.giver for row in rows))),
        "several": len(givers) > 1,
        "channel": channel,
        "member": rows[0].line.member if rows else None,
        "form": form,
        "stopped": stopped,
        "watch": open_signs.watch(request, "lines", (row.line.uuid for row in rows), stopped),
        "readiness": profile_queries.for_goods(rows[0].line.member, [row.item for row in rows]) if rows else None,
        "problems": problems,
        "known": known,
    }
    wrong = bool(form.errors or problems)
    return render(request, "web/desk/consignment_form.html", context, status=REFUSED_STATUS if wrong else 200)
