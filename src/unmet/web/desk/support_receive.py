"""What arrived of a line of support that no consignment holds: counted on the line's own page."""

import uuid
from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unmet.access.may import Deed, NotAllowed
from unmet.support import line_receipts
from unmet.support.consignments import ConsignmentRefused
from unmet.support.line_receipts import Arrived
from unmet.support.models import Line
from unmet.web.day_field import DayField
from unmet.web.desk import quantities, support_line
from unmet.web.desk.consignment_words import sentence
from unmet.web.desk.doors import desk_page
from unmet.web.requests import PersonRequest

# Name of the field, and the field of the page that a refusal stands at.
_NUMBERS: Final = ("accepted", "rejected", "missing", "surplus", "on_the_way")
_LONGEST: Final = 600  # what is longer than a text may be is refused with what was typed
_AT: Final = {"future": "date", "before_dispatch": "date", "reason": "rejected_why"}


@desk_page
@require_POST
def receive(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """State what arrived: accepted, rejected, missing and still on its way make up what is under way."""
    line, sent = support_line.seen_line(request, pk), request.POST
    if line.member_id not in request.actor.own_parties:
        raise NotAllowed(Deed.RECEIVE_SUPPORT, line.member.code)
    typed = {name: sent.get(name, "").strip() for name in _NUMBERS}
    numbers: dict[str, Any] = {}
    problems: list[tuple[str, str]] = []
    for name, text in typed.items():
        read = quantities.read(text, line.item) if text else 0
        if isinstance(read, str):
            problems.append((f"arrived-{name}", read))
        else:
            numbers[name] = read
    if not problems and not any(numbers.values()):
        problems.append(("arrived-accepted", _("Write how much arrived.")))
    day: date | None = None
    try:
        day = DayField(required=False).clean(sent.get("date", "")) or request.at.date()
    except forms.ValidationError as error:
        problems.append(("arrived-date", " ".join(error.messages)))
    if problems or day is None:
        return support_line.page(request, line, problems=problems, deed=support_line.ARRIVED)
    words: dict[str, Any] = {
        name: sent.get(name, "").strip()[:_LONGEST] for name in ("rejected_why", "missing_why", "text")
    }
    arrived = Arrived(**numbers, **words)
    return _state(request, line, arrived, day)


def _state(request: PersonRequest, line: Line, arrived: Arrived, day: date) -> HttpResponse:
    note = request.POST.get("note", "").strip()[:_LONGEST]
    try:
        receipt = line_receipts.receive(line, arrived, on=day, by=request.user, at=request.at, note=note)
    except ConsignmentRefused as refused:
        where = _AT.get(refused.reason, "accepted")
        problems = [(f"arrived-{where}", sentence(refused, line.item))]
        return support_line.page(
            request, support_line.seen_line(request, line.uuid), problems=problems, deed=support_line.ARRIVED
        )
    messages.success(request, _("Stated: what arrived is in the books. The giver finds the certificate here."))
    return redirect("receipt", receipt.shown)
