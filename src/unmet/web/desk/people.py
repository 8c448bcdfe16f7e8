"""The people of a party: who may act for it, until when; its approver appoints and ends."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed, NotAllowed
from unmet.access.models import Appointment, Role
from unmet.catalogue.windows import day_still_running
from unmet.parties.models import Party
from unmet.web import letters
from unmet.web.appointing import PersonForm, field_of, sentence
from unmet.web.requests import PersonRequest

REFUSED = 422  # a form shown again with what was typed


def page(request: PersonRequest) -> HttpResponse:
    """All appointments of the person's own parties; for an approver also the form that appoints."""
    parties = list(Party.objects.filter(pk__in=request.actor.own_parties).in_reading_order())
    if not parties:
        raise Http404
    sent: PersonForm | None = None
    party = None
    if request.method == "POST":
        party = next((party for party in parties if party.code == request.POST.get("party")), None)
        if party is None:
            raise Http404
        if not may.may(request.actor, Deed.APPOINT, party):
            raise NotAllowed(Deed.APPOINT, party.code)
        sent = PersonForm(request.POST, auto_id=f"{party.code}_%s")
        if sent.is_valid() and _appoint(request, sent, party):
            return redirect("people")
    blocks = [_block(request, one, sent if one == party else None) for one in parties]
    context = {"blocks": blocks, "refused": sent is not None}
    return render(request, "web/desk/people.html", context, status=REFUSED if sent else 200)


def _block(request: PersonRequest, party: Party, sent: PersonForm | None) -> dict[str, object]:
    standing = Appointment.objects.filter(party=party, ended_at=None, until_on__gte=day_still_running(request.at))
    return {
        "party": party,
        "appointments": standing.select_related("person", "party").order_by("role", "until_on", "pk"),
        "may_appoint": may.may(request.actor, Deed.APPOINT, party),
        "form": sent or PersonForm(auto_id=f"{party.code}_%s"),
    }


def _appoint(request: PersonRequest, form: PersonForm, party: Party) -> bool:
    """Appoint, and write to the person afterwards; False leaves the reason in the form."""
    try:
        with transaction.atomic():  # no person is made for an appointment that is refused
            made = access.appoint(
                person=form.person(), party=party, role=form.cleaned_data["role"],
                until_on=form.cleaned_data["until_on"], by=request.user, at=request.at,
            )  # fmt: skip
    except access.AppointmentRefused as refused:
        form.add_error(field_of(refused), sentence(refused))
        return False
    say_letter(request, made)
    return True


def say_letter(request: PersonRequest, appointment: Appointment) -> None:
    """Send the letter of an appointment and say on the next page what became of it."""
    if letters.appointed(appointment, request=request):
        words = _("The appointment stands. A letter goes to %(address)s.") % {"address": appointment.person.email}
        messages.success(request, words)
    else:
        words = _("The appointment stands, but the letter to %(address)s could not be sent. Send it again later.")
        messages.warning(request, words % {"address": appointment.person.email})


def _own(request: PersonRequest, uuid: UUID) -> Appointment:
    """A standing appointment of a party whose approver the person is; nothing tells others from none."""
    found = Appointment.objects.filter(uuid=uuid, ended_at=None, party_id__in=request.actor.parties_as(Role.APPROVER))
    appointment = found.select_related("person", "party").first()
    if appointment is None:
        raise Http404
    return appointment


@require_POST
def end(request: PersonRequest, uuid: UUID) -> HttpResponse:
    """End an appointment before its last day."""
    try:
        access.end_appointment(_own(request, uuid), by=request.user, at=request.at)
        messages.success(request, _("The appointment has ended. What was done under it stays."))
    except access.AppointmentRefused as refused:
        messages.error(request, sentence(refused))
    return redirect("people")


@require_POST
def letter(request: PersonRequest, uuid: UUID) -> HttpResponse:
    """Send the letter of a standing appointment again."""
    say_letter(request, _own(request, uuid))
    return redirect("people")
