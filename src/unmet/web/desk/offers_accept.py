"""Accept a line of an offer, whole or in part, or decline what is left. A refused form keeps what was typed."""

import uuid
from collections.abc import Mapping
from datetime import date

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unmet.access.may import Deed, NotAllowed
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.support import acceptance
from unmet.support.acceptance import Accepted
from unmet.support.models import Offer, OfferLine
from unmet.support.offers import OfferRefused
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
    line = OfferLine.objects.select_related("offer", "item__base_unit").filter(uuid=pk).first()
    if line is None:
        raise Http404
    made = offers.found(line.offer.uuid)
    member = _receiver(request, made)
    try:
        acceptance.accept(line, _said(line, member, request.POST), member=member, by=request.user, at=request.at)
    except CannotBeRead as why:
        return offers.page(request, made, typed=offers.Typed(line.uuid, request.POST, str(why)))
    except OfferRefused as refused:
        made.refresh_from_db()
        return offers.page(request, made, typed=offers.Typed(line.uuid, request.POST, sentence(refused)))
    messages.success(request, _("Accepted: the quantity is committed. The giver is told."))
    return redirect("offer", made.uuid)


def _said(line: OfferLine, member: Party, sent: Mapping[str, str]) -> Accepted:
    """What was typed.

    Raises:
        CannotBeRead: a quantity or a day, or no need was chosen.
    """
    chosen = sent.get("need", "")
    need = None if chosen == NO_NEED else _need(chosen, member)
    counts: int | None = None
    if sent.get("counts_as", "").strip() and need is not None:
        counts = _quantity(sent["counts_as"], need.item)
    return Accepted(
        quantity=_quantity(sent.get("quantity", ""), line.item), need=need, counts_as=counts,
        expected_on=_day(sent.get("expected", "")), over="over" in sent, conditions_seen="conditions" in sent,
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
    made, reason = offers.found(pk), request.POST.get("reason", "")
    member = _receiver(request, made)
    try:
        acceptance.decline(made, member=member, reason=reason, by=request.user, at=request.at)
    except OfferRefused as refused:
        made.refresh_from_db()
        if refused.reason == "too_long":
            return offers.page(request, made, why=("decline", reason, sentence(refused)))
        messages.error(request, sentence(refused))
        return redirect("offer", made.uuid)
    messages.success(request, _("Declined. The giver is told."))
    return redirect("offer", made.uuid)


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
