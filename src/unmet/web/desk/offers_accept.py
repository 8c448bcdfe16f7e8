"""Accept a line of an offer, whole or in part, or decline what is left; or propose it to the approver.

A refused form keeps what was typed.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unmet.access.may import Deed, NotAllowed
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.support import acceptance, acceptance_proposals, arrival
from unmet.support.acceptance import Accepted
from unmet.support.models import AcceptanceProposal, Offer, OfferLine
from unmet.support.offer_rules import OfferRefused
from unmet.web import carried
from unmet.web.day_field import DayField
from unmet.web.desk import offers, quantities
from unmet.web.desk.doors import desk_page
from unmet.web.desk.offers_words import sentence
from unmet.web.requests import PersonRequest

NO_NEED = "none"


class CannotBeRead(Exception):
    """Something that was typed cannot be read; its words say why."""


@desk_page
@require_POST
def accept(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Accept some of one line."""
    line, made, member = _line(request, pk)
    try:
        said = _said(line, member, request.POST)
        acceptance.accept(
            line, said, member=member, by=request.user, at=request.at, proposal=_chosen(request.POST)
        )  # fmt: skip
    except CannotBeRead as why:
        return offers.page(request, made, typed=offers.Typed(line.uuid, request.POST, str(why)))
    except OfferRefused as refused:
        made.refresh_from_db()
        return offers.page(request, made, typed=offers.Typed(line.uuid, request.POST, sentence(refused)))
    if made.kind == Offer.Kind.CAPACITY:
        messages.success(
            request, _("Accepted. The giver is told; nothing is committed until it is offered as supplies.")
        )
    else:
        messages.success(request, _("Accepted: the quantity is committed. The giver is told."))
    return _back(made, member)


@desk_page
@require_POST
def propose(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Propose to the approver to accept some of one line."""
    line, made, member = _line(request, pk)
    try:
        said = _said(line, member, request.POST)
        acceptance_proposals.propose(line, said, member=member, by=request.user, at=request.at)
    except CannotBeRead as why:
        return offers.page(request, made, typed=offers.Typed(line.uuid, request.POST, str(why)))
    except OfferRefused as refused:
        made.refresh_from_db()
        if refused.reason == "proposed_already":  # pressed twice
            messages.info(request, sentence(refused))
            return _back(made, member)
        return offers.page(request, made, typed=offers.Typed(line.uuid, request.POST, sentence(refused)))
    messages.success(request, _("Proposed. Your approver is told; nothing moves before it is accepted."))
    return _back(made, member)


def _line(request: PersonRequest, pk: uuid.UUID) -> tuple[OfferLine, Offer, Party]:
    line = OfferLine.objects.select_related("offer", "item__base_unit").filter(uuid=pk).first()
    if line is None:
        raise Http404
    made = offers.found(line.offer.uuid)
    return line, made, _receiver(request, made)


def _chosen(sent: Mapping[str, str]) -> uuid.UUID | None:
    """The proposal that the approver read with the form, if there was one."""
    try:
        return uuid.UUID(sent.get("proposal", ""))
    except ValueError:
        return None


def _back(made: Offer, member: Party) -> HttpResponse:
    return redirect(reverse("offer", args=[made.uuid]) + "?" + urlencode({"member": member.code}))


def _said(line: OfferLine, member: Party, sent: Mapping[str, str]) -> Accepted:
    """What was typed.

    Raises:
        CannotBeRead: a quantity or a day, no day of arrival of goods, or no need was chosen.
    """
    chosen = sent.get("need", "")
    need = None if chosen == NO_NEED else _need(chosen, member)
    counts: int | None = None
    if sent.get("counts_as", "").strip() and need is not None:
        counts = _quantity(sent["counts_as"], need.item)
    expected = _day(sent.get("expected", ""))
    if expected is None and arrival.is_shipped(line.item):
        raise CannotBeRead(_("Write the day on which you expect it: without one it would never be late."))
    return Accepted(
        quantity=_quantity(sent.get("quantity", ""), line.item), need=need, counts_as=counts,
        expected_on=expected, over="over" in sent, conditions_seen="conditions" in sent,
        read=_read(sent.get("read", "")),
    )  # fmt: skip


def _need(text: str, member: Party) -> Need:
    try:
        found = Need.objects.select_related("item").filter(uuid=uuid.UUID(text), member=member).first()
    except ValueError:
        found = None
    if found is None:
        raise CannotBeRead(_("Choose the need it is for, or that it is for none."))
    return found


def _quantity(text: str, item: object) -> int:
    read = quantities.read(text.strip(), item)  # type: ignore[arg-type]
    if isinstance(read, str):
        raise CannotBeRead(read if text.strip() else _("Write a quantity above zero."))
    return read


def _read(text: str) -> int | None:
    """How much of the line was accepted when the form was shown, in thousandths; None where the form does not say."""
    return carried.number(text, digits=carried.ROW)


def _day(text: str) -> date | None:
    try:
        return DayField(required=False).clean(text)
    except forms.ValidationError as error:
        raise CannotBeRead(" ".join(error.messages)) from error


# ── declining ────────────────────────────────────────────────────────────────
@desk_page
@require_POST
def decline(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Decline what is left of an offer."""
    return _decline(
        request, pk, partial(acceptance.decline, proposal=_chosen(request.POST)), _("Declined. The giver is told.")
    )


@desk_page
@require_POST
def propose_decline(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Propose to the approver to decline what is left of an offer."""
    done = _("Proposed. Your approver is told; the giver reads nothing of it.")
    return _decline(request, pk, acceptance_proposals.propose_decline, done)


def _decline(request: PersonRequest, pk: uuid.UUID, act: Callable[..., object], done: str) -> HttpResponse:
    made, reason = offers.found(pk), request.POST.get("reason", "")
    member = _receiver(request, made)
    try:
        act(made, member=member, reason=reason, by=request.user, at=request.at)
    except OfferRefused as refused:
        return offers.not_done(request, made, refused, deed="decline", words=reason, back=_back(made, member))
    messages.success(request, done)
    return _back(made, member)


@desk_page
@require_POST
def send_back(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a proposal back to whoever made it, with a word."""
    return _end(
        request, pk, "back", acceptance_proposals.send_back, _("Sent back. Whoever proposed it reads your word.")
    )


@desk_page
@require_POST
def take_back(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back what one proposed, with a word."""
    done = _("Taken back. Your approver is told, and reads your word.")
    return _end(request, pk, "take", acceptance_proposals.take_back, done)


def _end(request: PersonRequest, pk: uuid.UUID, deed: str, end: Callable[..., None], done: str) -> HttpResponse:
    mine = AcceptanceProposal.objects.filter(member__in=request.actor.own_parties)
    proposal = mine.select_related("offer", "member", "by", "offer_line").filter(uuid=pk).first()
    if proposal is None:
        raise Http404
    made, word = offers.found(proposal.offer.uuid), request.POST.get("word", "")
    try:
        end(proposal, word=word, by=request.user, at=request.at)
    except OfferRefused as refused:
        back, field = _back(made, proposal.member), f"{deed}-{proposal.uuid}"
        return offers.not_done(request, made, refused, deed=field, words=word, back=back)
    messages.success(request, done)
    return _back(made, proposal.member)


def _receiver(request: PersonRequest, made: Offer) -> Party:
    """The member in whose name the person decides: the one named, else the first that it is offered to.

    Raises:
        NotAllowed: it is offered to none of the person's members.
    """
    mine = Party.objects.filter(pk__in=request.actor.own_parties).in_reading_order()
    for_us = [party for party in mine if acceptance.is_for(made, party, at=request.at)]
    code = request.POST.get("member", "")
    member = next((party for party in for_us if party.code == code), for_us[0] if for_us else None)
    if member is None:
        raise NotAllowed(Deed.ACCEPT_SUPPORT)
    return member
