"""A member and its letters: what others typed for it, adopted or ignored; and who may type."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from unmet.access import may
from unmet.access.may import Deed
from unmet.access.services import COORDINATION_BODY
from unmet.needs import letter_offices, letters
from unmet.needs.models import LetterOffice, Proposal
from unmet.parties.models import Party
from unmet.web.day_field import DayField
from unmet.web.desk import return_lines
from unmet.web.desk.doors import REFUSED_STATUS, back_with, desk_page, own_party
from unmet.web.desk.letters import SHOWN, letter
from unmet.web.desk.refusals import REFUSED, sentence
from unmet.web.requests import PersonRequest


class OfficeForm(forms.Form):
    """Which party may type letters, until when."""

    office = forms.ModelChoiceField(
        Party.objects.none(), label=gettext_lazy("Party"), to_field_name="code", empty_label=gettext_lazy("Choose one"),
        help_text=gettext_lazy("For example the country office of a United Nations body."),
    )  # fmt: skip
    until_on = DayField(
        label=gettext_lazy("Last day"), help_text=gettext_lazy("For example 30 June 2027. You can revoke it at once.")
    )

    def __init__(self, member: Party, *args: Any) -> None:
        super().__init__(*args)
        others = Party.objects.exclude(pk=member.pk).exclude(code=COORDINATION_BODY).in_reading_order()
        self.fields["office"].queryset = others  # type: ignore[attr-defined]


@desk_page
@require_http_methods(["GET", "POST"])
def page(request: PersonRequest, member: str) -> HttpResponse:
    """The letters typed for a member, and the offices that may; its approver names one."""
    party = own_party(request, member)
    if request.method == "POST":
        may.require(Deed.NAME_LETTER_OFFICE, by=request.user, party=party)
    form = OfficeForm(party, *([request.POST] if request.method == "POST" else []))
    if request.method == "POST" and form.is_valid() and _name(request, party, form):
        return redirect("own_letters", party.code)
    context = {
        "party": party,
        "form": form,
        "proposals": letters.received(members=[party.pk])[:SHOWN],
        "offices": letter_offices.standing_offices(at=request.at).filter(member=party).select_related("office"),
        "may_name": may.may(request.actor, Deed.NAME_LETTER_OFFICE, party),
    }
    return render(request, "web/desk/own_letters.html", context, status=REFUSED_STATUS if form.errors else 200)


def _name(request: PersonRequest, party: Party, form: OfficeForm) -> bool:
    said = form.cleaned_data
    try:
        letter_offices.name_office(
            member=party, office=said["office"], until_on=said["until_on"], by=request.user, at=request.at
        )
    except letter_offices.OfficeRefused as refused:
        form.add_error("until_on" if refused.reason == "past" else "office", sentence(refused))
        return False
    messages.success(request, _("Named. What it types is a proposal until your people adopt it."))
    return True


@desk_page
@require_POST
def revoke(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """End the permission of an office at once."""
    offices = LetterOffice.objects.filter(member__in=request.actor.own_parties).select_related("member", "office")
    named = get_object_or_404(offices, uuid=pk)
    try:
        letter_offices.revoke_office(named, by=request.user, at=request.at)
    except REFUSED as refused:
        return back_with(request, refused, "own_letters", named.member.code)
    messages.success(request, _("Revoked. That party sees and types nothing of your letters any more."))
    return redirect("own_letters", named.member.code)


def _put_before_us(request: PersonRequest, pk: uuid.UUID) -> Proposal:
    proposal = letters.received(members=request.actor.own_parties).filter(uuid=pk).first()
    if proposal is None:
        raise Http404
    return proposal


@desk_page
@require_POST
def adopt(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Put the lines into the draft of the member. POST with `do`: edit (the draft first), send (to the approver)."""
    proposal = _put_before_us(request, pk)
    try:
        draft = letters.adopt(proposal, by=request.user, at=request.at, after_all="after_all" in request.POST)
    except REFUSED as refused:
        proposal.refresh_from_db()
        return letter(request, proposal, refused=sentence(refused))
    if request.POST.get("do") == "send":
        return return_lines.send(request, proposal.member, proposal.round, draft.rows, draft)
    messages.success(request, _("Adopted: its lines are in your draft. Read them, then send them to the approver."))
    return redirect("return_lines", proposal.member.code, proposal.round.code)


@desk_page
@require_POST
def ignore(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Leave it aside, with or without a reason."""
    proposal = _put_before_us(request, pk)
    try:
        letters.ignore(proposal, reason=request.POST.get("reason", ""), by=request.user, at=request.at)
    except REFUSED as refused:
        proposal.refresh_from_db()
        return letter(request, proposal, refused=sentence(refused))
    messages.success(request, _("Left aside. The party that typed it sees that, and your reason if you gave one."))
    return redirect("letter", proposal.uuid)
