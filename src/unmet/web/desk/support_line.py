"""One line of support: how far it has come, what happened to it, and the next step of whoever may take it."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from unmet.access import may
from unmet.access.may import Deed, NotAllowed
from unmet.books.models import Account
from unmet.exchange import refusals
from unmet.parties.models import Party
from unmet.support import (
    commitments,
    consignment_queries,
    line_accounts,
    line_cover,
    line_receipts,
    offer_queries,
    proposed_commitments,
    queries,
    signs,
    stating,
)
from unmet.support.lines import SupportRefused
from unmet.support.models import Line, Proposal, ReceiptLine, Stage
from unmet.support.said import boxed
from unmet.web import carried
from unmet.web.desk import giver_names, open_signs, quantities, support_rows
from unmet.web.desk.doors import REFUSED_STATUS, back_with, desk_page
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.requests import PersonRequest
from unmet.web.templatetags.desk import amount_of, unit_of

# Forms of the page beside those of a stage.
ARRIVED, ASSIGN, BACK = "arrived", "assign", "back"


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of a line stands at a stage, in thousandths of the base unit."""

    stage: str
    label: str
    quantity: int


def amounts(line: Line) -> list[Amount]:
    """What stands at each stage that holds something."""
    return [Amount(stage, str(label), getattr(line, stage)) for stage, label in Stage.choices if getattr(line, stage)]


def seen_line(request: PersonRequest, pk: uuid.UUID) -> Line:
    """A line that the person's parties give or receive; for everybody else there is none."""
    found = queries.for_reading(queries.for_actor().filter(uuid=pk), today=request.at.date()).first()
    if found is None:
        raise Http404
    return found


@desk_page
@require_GET
def line(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The page of one line."""
    return page(request, seen_line(request, pk))


def page(
    request: PersonRequest, line: Line, *, problems: Sequence[tuple[str, str]] = (), deed: str = ""
) -> HttpResponse:
    """The page; of the `deed` that was refused with what was typed and what is wrong with it.

    What was typed of a receipt stays in sight, though somebody received the rest meanwhile.
    """
    mine = line.member_id in request.actor.own_parties
    # What a focal point proposes is its party's own business until the approver makes it a commitment.
    # What a consignment holds is sent by its page and received by its receipt.
    held, receivable = boxed(line), line_receipts.receivable(line)
    waiting = line.proposals.filter(state=Proposal.State.PROPOSED).select_related("proposed_by") if mine else None
    proposal = waiting.first() if waiting is not None else None
    offer = offer_queries.of_line(line)
    # Whoever gives or receives this line could ship it or call it off.
    stopped, here = signs.of_lines([line]), reverse("support_line", args=[line.uuid])
    context = {
        "line": line,
        "amounts": amounts(line),
        "steps": line.steps.select_related("by_party").order_by("-pk"),
        "proposal": proposal,
        "ended": line.proposals.order_by("-pk").first() if mine and proposal is None else None,
        "me": request.user,
        "beyond": line_cover.exceeded(proposal) if proposal is not None else None,
        "mine": mine,
        "may_accept": may.may(request.actor, Deed.ACCEPT_SUPPORT, line.member),
        "may_propose": may.may(request.actor, Deed.PROPOSE_COMMITMENT, line.member),
        "may_give": may.may(request.actor, Deed.STATE_SUPPORT, line.giver),
        # What came of an offer is accepted and taken back with the offer.
        "offer": offer,
        "giver_name": giver_names.of_line(request, line) if offer is None else None,
        "acceptable": 0 if offer else line.pledged + line.allocated,
        "receivable": receivable,
        "receiving": mine and (receivable or deed == ARRIVED),
        "rejected_whys": [(why.value, why.label) for why in ReceiptLine.OF_REJECTED],
        "missing_whys": [(why.value, why.label) for why in ReceiptLine.OF_MISSING],
        "sendable": line.committed - held[Stage.COMMITTED],
        "revocable": commitments.free(line) if _taking_back(request, line) is not None else 0,
        # What is still committed has the day of the line; what was sent that of its consignments.
        "next_on": line.expected_on if line.committed else getattr(line, "arrives_on", line.expected_on),
        "under_way": line.committed + line.in_transit,
        "consigned": consignment_queries.of_line(line),
        "needs": list(queries.needs_for(line)) if mine and line.account.kind == Account.Kind.UNASSIGNED else [],
        "stopped": stopped,
        "watch": open_signs.watch(request, "lines", [line.uuid], stopped, again=here),
        "today": support_rows.today(request),
        # The forms of the page have fields of the same names.
        "typed": {deed: request.POST},
        "problems": problems,
    }
    return render(request, "web/desk/support_line.html", context, status=REFUSED_STATUS if problems else 200)


def _step(request: PersonRequest, line: Line, rows: Sequence[dict[str, str]], done: str) -> HttpResponse:
    """Book the next steps of a line, or show what is wrong with them beside what was typed."""
    parsed = support_rows.read(request, rows, line.round)
    if parsed.problems():
        problems = [(_anchor(fault.field, rows[fault.row - 1]), fault.sentence) for fault in parsed.problems()]
        return page(request, line, problems=problems, deed=rows[0]["stage"])
    try:
        planned = support_rows.book(request, parsed.lines, line.round)
    except REFUSED as refused:
        return page(request, line, problems=[("", sentence(refused))], deed=rows[0]["stage"])
    if all(one.outcome == "unchanged" for one in planned):
        messages.success(request, _("Nothing changed: this was stated already."))
    elif any(one.outcome == "proposed" for one in planned):
        messages.success(request, _("Proposed. An approver of your party makes the commitment."))
    else:
        messages.success(request, done)
    return redirect("support_line", line.uuid)


def _anchor(field: str, row: dict[str, str]) -> str:
    """The field of the page that a fault is about."""
    if field in {"quantity", "stage"}:  # what is asked about a stage is asked at the tick, beside the quantity
        return f"{row['stage']}-quantity"
    return {"date": f"{row['stage']}-date", "expected": f"{row['stage']}-expected"}.get(field, "")


@desk_page
@require_POST
def accept(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Accept support: the approver makes a proposed commitment or one of its own; a focal point proposes one."""
    line = seen_line(request, pk)
    if line.member_id not in request.actor.own_parties:
        raise NotAllowed(Deed.ACCEPT_SUPPORT, line.member.code)
    if "proposal" not in request.POST:
        sent = request.POST
        row = support_rows.row_of(
            line, stage=Stage.COMMITTED, quantity=sent.get("quantity", ""), on=sent.get("date", ""),
            expected=sent.get("expected", ""), meant="meant" in sent,
        )  # fmt: skip
        return _step(request, line, [row], _("Accepted: the quantity is committed."))
    return _decide(request, line, accepting=True)


@desk_page
@require_POST
def decline(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Decline a proposed commitment; nothing moves."""
    return _decide(request, seen_line(request, pk), accepting=False)


@desk_page
@require_POST
def proposal_take_back(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Whoever proposed a commitment takes it back; nothing moves."""
    line = seen_line(request, pk)
    try:
        proposed_commitments.take_back(_proposal(request, line), by=request.user, at=request.at)
        messages.success(request, _("Taken back. Your approver is told; nothing moved."))
    except REFUSED as refused:
        return back_with(request, refused, "support_line", line.uuid)
    return redirect("support_line", line.uuid)


def _proposal(request: PersonRequest, line: Line) -> Proposal:
    """The one that the form names, of the person's own member."""
    if line.member_id not in request.actor.own_parties:
        raise NotAllowed(Deed.ACCEPT_SUPPORT, line.member.code)
    proposal = line.proposals.filter(pk=_number(request.POST.get("proposal", ""))).first()
    if proposal is None:
        raise Http404
    return proposal


def _decide(request: PersonRequest, line: Line, *, accepting: bool) -> HttpResponse:
    proposal = _proposal(request, line)
    try:
        if accepting:
            proposed_commitments.accept(proposal, by=request.user, at=request.at, over="meant" in request.POST)
            messages.success(request, _("Accepted: the quantity is committed."))
        else:
            proposed_commitments.decline(proposal, by=request.user, at=request.at)
            messages.success(request, _("Declined. Nothing moved."))
    except REFUSED as refused:
        if isinstance(refused, SupportRefused) and refused.reason == "more_than_needed":
            return page(request, line, problems=[("over", refusals.sentence(refused, shown=_shown(line)))])
        return back_with(request, refused, "support_line", line.uuid)
    return redirect("support_line", line.uuid)


@desk_page
@require_POST
def send(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The giver states that something accepted is on its way."""
    line, sent = seen_line(request, pk), request.POST
    if not may.may(request.actor, Deed.STATE_SUPPORT, line.giver):
        raise NotAllowed(Deed.STATE_SUPPORT, line.giver.code)
    row = support_rows.row_of(
        line, stage=Stage.IN_TRANSIT, quantity=sent.get("quantity", ""), on=sent.get("date", ""),
        expected=sent.get("expected", ""), meant="meant" in sent,
    )  # fmt: skip
    return _step(request, line, [row], _("Stated: it is in transit."))


@desk_page
@require_POST
def assign(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Say which need a line of unassigned support is for."""
    line = seen_line(request, pk)
    if line.member_id not in request.actor.own_parties:  # before the need is looked up: its giver must not try numbers
        raise NotAllowed(Deed.ASSIGN_SUPPORT, line.member.code)
    account = queries.needs_for(line).filter(pk=_number(request.POST.get("account", ""))).first()
    if account is None:
        return page(request, line, problems=[("account", _("Choose a need that is open."))], deed=ASSIGN)
    try:
        line_accounts.assign(line, account, by=request.user, at=request.at, over="over" in request.POST)
    except SupportRefused as refused:
        if refused.reason == "more_than_needed":
            why = refusals.sentence(refused, shown=_shown(line))
            return page(request, line, problems=[("account", why)], deed=ASSIGN)
        return back_with(request, refused, "support_line", line.uuid)
    except REFUSED as refused:
        return back_with(request, refused, "support_line", line.uuid)
    messages.success(request, _("Assigned: it counts for that need now."))
    return redirect("support_line", line.uuid)


@desk_page
@require_POST
def withdraw(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """The giver takes back what was pledged or allocated and not accepted."""
    line = seen_line(request, pk)
    try:
        stating.withdraw(line, by=request.user, at=request.at, reason=request.POST.get("reason", ""))
    except SupportRefused as refused:
        if refused.reason in {"of_offer", "too_long"}:
            return back_with(request, refused, "support_line", line.uuid)
        messages.error(request, _("Nothing of this line can be taken back: all of it was accepted or withdrawn."))
    else:
        messages.success(request, _("Withdrawn: what was not accepted is taken back."))
    return redirect("support_line", line.uuid)


def _taking_back(request: PersonRequest, line: Line) -> Party | None:
    """In whose name the person may take back part of a commitment: the giver's, or the member's."""
    if may.may(request.actor, Deed.STATE_SUPPORT, line.giver):
        return line.giver
    return line.member if may.may(request.actor, Deed.ACCEPT_SUPPORT, line.member) else None


@desk_page
@require_POST
def take_back(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back part of what was accepted and is not packed, with a reason that the other side reads."""
    line, sent = seen_line(request, pk), request.POST
    party = _taking_back(request, line)
    if party is None:
        raise NotAllowed(Deed.ACCEPT_SUPPORT, line.member.code)
    quantity, read = quantities.read(sent.get("quantity", "").strip(), line.item), sent.get("read", "")
    if isinstance(quantity, str):
        words = quantity if sent.get("quantity", "").strip() else _("Write a quantity above zero.")
        return page(request, line, problems=[("back-quantity", words)], deed=BACK)
    try:
        commitments.take_back(
            line, quantity, party=party, reason=sent.get("reason", ""), by=request.user, at=request.at,
            read=_number(read) if read else None,
        )  # fmt: skip
    except SupportRefused as refused:
        line = seen_line(request, pk)
        where = "back-reason" if refused.reason in {"why", "too_long"} else "back-quantity"
        return page(request, line, problems=[(where, refusals.sentence(refused, shown=_shown(line)))], deed=BACK)
    messages.success(request, _("Taken back. It covers nothing any more, and the other side is told."))
    return redirect("support_line", line.uuid)


def _shown(line: Line) -> Callable[[int], str]:
    return lambda quantity: f"{amount_of(quantity, line.item)} {unit_of(line.item)}"


def _number(text: str) -> int:
    return carried.number(text, digits=carried.ROW) or 0
