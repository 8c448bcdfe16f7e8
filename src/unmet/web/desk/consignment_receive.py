"""What arrived of a consignment, line by line; all as shipped by one button; a correction says all lines anew."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from unmet.access import may
from unmet.access.may import Deed
from unmet.catalogue.models import Item
from unmet.parties.models import Person
from unmet.support import box_receipts, receipts, substitutes
from unmet.support import consignment_queries as queries
from unmet.support.consignments import ConsignmentRefused
from unmet.support.models import Consignment, ConsignmentLine, Receipt, ReceiptLine
from unmet.support.receipts import Counted
from unmet.support.substitutes import Substitute
from unmet.web import carried, formats
from unmet.web.day_field import DayField
from unmet.web.desk import quantities
from unmet.web.desk.consignment_words import sentence
from unmet.web.desk.consignments import seen
from unmet.web.desk.doors import REFUSED_STATUS, desk_page
from unmet.web.requests import PersonRequest

_NUMBERS: Final = ("accepted", "rejected", "missing", "surplus")
_WORDS: Final = ("rejected_why", "missing_why", "text")
_LONGEST: Final = 600  # what is longer than a text may be is refused with what was typed
Why = ReceiptLine.Why


@dataclass(frozen=True, slots=True)
class Row:
    """One lot on the form: what was typed, and what is wrong with it."""

    one: ConsignmentLine
    accepted: str = ""
    rejected: str = ""
    missing: str = ""
    surplus: str = ""
    rejected_why: str = ""
    missing_why: str = ""
    text: str = ""
    problem: str = ""
    substitute: Substitute | None = None

    @property
    def item(self) -> Item:
        """What is counted: the item of the line, or the kit or substitute that was accepted for it."""
        return self.substitute.item if self.substitute else self.one.line.item

    @property
    def sent(self) -> int:
        """How much of it was sent, in thousandths of its own base unit."""
        return self.substitute.real(self.one.quantity) if self.substitute else self.one.quantity

    @property
    def field(self) -> str:
        """By it the labels and the summary name the fields."""
        return str(self.one.uuid)

    @property
    def said(self) -> bool:
        """Whether anything was typed of it."""
        return any(getattr(self, name) for name in (*_NUMBERS, *_WORDS))


@desk_page
@require_http_methods(["GET", "POST"])
def receive(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The form of a receipt, of all givers in a box; `?correct=2` is that of a correction of the second receipt."""
    box = seen(request, pk)
    if box.member_id not in request.actor.own_parties:
        raise Http404
    may.require(Deed.RECEIVE_SUPPORT, by=request.user, party=box.member)
    corrected = _corrected(box, request.POST.get("correct", "") or request.GET.get("correct", ""))
    parts = [box] if corrected else _waiting(queries.whole(box, today=request.at.date()))
    lines = [one for one in queries.lines(*parts) if _is_of(one, corrected)]
    if not lines and corrected is None and request.method == "POST":
        messages.info(request, _("A colleague has stated already what arrived: nothing of it waits for a receipt."))
        for words in _lost(request, box, ()):
            messages.info(request, words)
        return redirect("consignment", box.uuid)
    if not lines and request.method == "GET":
        messages.info(request, _("Nothing of this consignment waits for a receipt."))
        return redirect("consignment", box.uuid)
    stands = substitutes.of(one.line_id for one in lines)
    if request.method == "POST":
        return _sent(request, box, [Row(one, substitute=stands.get(one.line_id)) for one in lines], corrected)
    rows = [
        _filled(one, stands.get(one.line_id)) if corrected else Row(one, substitute=stands.get(one.line_id))
        for one in lines
    ]
    return _page(request, box, rows, corrected, on=formats.day(request.at))


def _waiting(parts: list[Consignment]) -> list[Consignment]:
    """The parts of a box of which something can arrive: those that went back are not asked for with the others."""
    return [part for part in parts if len(parts) == 1 or part.state in receipts.RECEIVABLE]


def _corrected(box: Consignment, typed: str) -> Receipt | None:
    if not typed:
        return None
    found = queries.receipts(box).filter(number=carried.number(typed, digits=carried.VERSION) or 0).first()
    if found is None:
        raise Http404
    return found


def _is_of(one: ConsignmentLine, corrected: Receipt | None) -> bool:
    if corrected is None:
        return one.standing is None
    return one.standing is not None and one.standing.receipt_id == corrected.pk


def _filled(one: ConsignmentLine, substitute: Substitute | None) -> Row:
    """A line as its receipt says it now."""
    row, item = one.standing, substitute.item if substitute else one.line.item
    assert row is not None
    said = {name: getattr(row, name) for name in _NUMBERS}
    said = {name: substitute.real(value) if substitute else value for name, value in said.items()}
    numbers = {name: quantities.written(value, item) for name, value in said.items()}
    numbers = {name: "" if value == "0" and name != "accepted" else value for name, value in numbers.items()}
    return Row(one, **numbers, **{name: getattr(row, name) for name in _WORDS}, substitute=substitute)


# ── what was sent ────────────────────────────────────────────────────────────
def _read(row: Row) -> Counted | str:
    """A row for the service, or why it cannot be read. An empty field of a row that says something is none."""
    numbers = {}
    for name in _NUMBERS:
        typed = getattr(row, name)
        read = quantities.read(typed, row.item) if typed else 0
        if isinstance(read, str):
            return read
        numbers[name] = read
    if row.substitute is not None:
        parts = row.substitute.shared([numbers[name] for name in _NUMBERS[:3]], row.one.quantity)
        numbers = dict(zip(_NUMBERS, [*parts, row.substitute.counted(numbers["surplus"])], strict=True))
    return Counted(
        row.one, numbers["accepted"], numbers["rejected"], numbers["missing"], numbers["surplus"],
        rejected_why=row.rejected_why, missing_why=row.missing_why, text=row.text,
    )  # fmt: skip


def _which(row: Row) -> str:
    return _(
        "You pressed “all as shipped” and wrote something beside “%(line)s” too: which did you mean? Press “State what "
        "arrived” to state what you wrote, or empty its fields."
    ) % {"line": row.one.line.item.name}


def _lost(request: PersonRequest, box: Consignment, rows: Sequence[Row]) -> list[str]:
    """What was typed of lots that the form had and that wait no more, in words: a colleague received or corrected them.

    Nothing of it is thrown away without a word.
    """
    labels = {
        "accepted": _("Accepted"), "rejected": _("Rejected"), "missing": _("Missing"), "surplus": _("Surplus"),
        "text": _("In words"),
    }  # fmt: skip
    waiting, told = {row.field for row in rows}, []
    for one in queries.lines(*queries.whole(box, today=request.at.date())):
        typed = {name: request.POST.get(f"{name}-{one.uuid}", "").strip()[:_LONGEST] for name in labels}
        if str(one.uuid) in waiting or not any(typed.values()):
            continue
        named = [_("%(line)s: %(why)s") % {"line": labels[name], "why": text} for name, text in typed.items() if text]
        words = _("%(line)s: a colleague has stated meanwhile what arrived of it. You had written: %(typed)s.")
        told.append(words % {"line": one.line.item.name, "typed": formats.listed(named)})
    return told


def _sent(request: PersonRequest, box: Consignment, empty: Sequence[Row], corrected: Receipt | None) -> HttpResponse:
    sent = request.POST
    rows = [
        Row(
            row.one, substitute=row.substitute,
            **{name: sent.get(f"{name}-{row.field}", "").strip()[:_LONGEST] for name in (*_NUMBERS, *_WORDS)},
        )
        for row in empty
    ]  # fmt: skip
    on, note = sent.get("date", ""), sent.get("note", "")
    everything = sent.get("do") == "all"
    read = [(row, Counted(row.one, row.one.quantity) if everything else _read(row)) for row in rows
            if everything or row.said or corrected]  # fmt: skip
    problems = {row.field: said for row, said in read if isinstance(said, str)}
    if everything:
        # A shortfall that was typed is not thrown away by the button above it.
        problems = {row.field: _which(row) for row in rows if row.said}
    day: date | None = None
    try:
        day = DayField(required=False).clean(on) or request.at.date()
    except forms.ValidationError as error:
        problems["date"] = " ".join(error.messages)
    lost = _lost(request, box, rows)
    if problems or lost or day is None:
        return _page(request, box, rows, corrected, on=on, note=note, problems=problems, lost=lost)
    counted = [said for _row, said in read if isinstance(said, Counted)]
    try:
        made = _stated(box, counted, corrected, on=day, note=note, by=request.user, at=request.at)
    except ConsignmentRefused as refused:
        about = next((row for row in rows if row.one.uuid == refused.line), None)
        item = about.item if about else None
        if about is not None and refused.reason == "adds_up":
            refused.standing = about.sent
        where = "date" if refused.reason in ("future", "before_dispatch") else str(refused.line or "")
        return _page(request, box, rows, corrected, on=on, note=note, problems={where: sentence(refused, item)})
    if len(made) > 1:
        messages.success(
            request, _("Stated: what arrived is in the books. Each giver finds the certificate of its part.")
        )
        return redirect("consignment", box.uuid)
    messages.success(request, _("Stated: what arrived is in the books. The giver finds the certificate here."))
    return redirect("receipt", made[0].shown)


def _stated(
    box: Consignment, counted: Sequence[Counted], corrected: Receipt | None, *, on: date, note: str, by: Person,
    at: datetime,
) -> list[Receipt]:  # fmt: skip
    """A receipt for each part of the box; a correction is of one."""
    if corrected is None and counted:
        return box_receipts.receive(counted, on=on, by=by, at=at, note=note)
    return [receipts.receive(box, counted, on=on, by=by, at=at, note=note, supersedes=corrected)]


def _page(
    request: PersonRequest, box: Consignment, rows: Sequence[Row], corrected: Receipt | None, *, on: str,
    note: str = "", problems: dict[str, str] | None = None, lost: Sequence[str] = (),
) -> HttpResponse:  # fmt: skip
    problems = problems or {}
    names = {row.field: row.item.name for row in rows}
    summary = [
        (f"accepted-{where}", _("%(line)s: %(why)s") % {"line": names[where], "why": why}) if where in names
        else ("received-date" if where == "date" else "", why)
        for where, why in problems.items()
    ]  # fmt: skip
    summary += [("", words) for words in lost]
    context = {
        "box": box,
        "rows": [replace(row, problem=problems.get(row.field, "")) for row in rows],
        "corrected": corrected,
        "several": len({row.one.consignment_id for row in rows}) > 1,
        "rejected_whys": [(why.value, why.label) for why in ReceiptLine.OF_REJECTED],
        "missing_whys": [(why.value, why.label) for why in ReceiptLine.OF_MISSING],
        "on": on,
        "note": note,
        "date_problem": problems.get("date", ""),
        "problems": summary,
    }
    return render(request, "web/desk/consignment_receive.html", context, status=REFUSED_STATUS if summary else 200)


# ── the certificate ──────────────────────────────────────────────────────────
@desk_page
@require_GET
def find(request: PersonRequest) -> HttpResponse:
    """The certificate that a code on paper belongs to."""
    code = request.GET.get("code", "")
    found = receipts.find(code) if code else None
    if found is not None:
        return redirect("receipt", found.shown)
    return render(request, "web/desk/receipt_find.html", {"code": code})


@desk_page
@require_GET
def certificate(request: PersonRequest, code: str) -> HttpResponse:
    """What the member states to have received: a page to read and to print, for giver, channel and member."""
    receipt = receipts.find(code)
    if receipt is None:
        raise Http404
    rows = list(receipt.lines.select_related("line__line__item__base_unit").order_by("pk"))
    stands = substitutes.of(row.line.line_id for row in rows)
    context = {
        "receipt": receipt,
        "box": receipt.consignment,
        "later": receipts.newest(receipt),
        "address": request.build_absolute_uri(request.path),
        "rows": [(row, stands.get(row.line.line_id)) for row in rows],
    }
    return render(request, "web/desk/receipt.html", context)
