"""First appointments of a party: proposed on its letter by one person of coordination, confirmed by another."""

from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unmet.access import services as access
from unmet.access.may import Deed
from unmet.access.models import Appointment
from unmet.catalogue.windows import day_still_running
from unmet.files import services as files
from unmet.files.models import StoredFile
from unmet.files.services import TooLarge
from unmet.web.appointing import FirstAppointmentForm, field_of, sentence
from unmet.web.coordination.doors import REFUSED, only_for
from unmet.web.desk.doors import pages_of
from unmet.web.desk.people import say_letter
from unmet.web.requests import PersonRequest

PER_PAGE = 50
_coordination = only_for(Deed.PROPOSE_APPOINTMENT)
# How a letter may begin. Anything else is not a scan, whatever it is called.
_LETTERS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n": "image/png"}


@_coordination
def page(request: PersonRequest) -> HttpResponse:
    """What waits, what stands, and the form that proposes."""
    form = FirstAppointmentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and _propose(request, form):
        return redirect("appointments")
    running = Appointment.objects.filter(ended_at=None, until_on__gte=day_still_running(request.at))
    running = running.select_related("person", "party", "letter").order_by("party__code", "role", "until_on", "pk")
    standing = running.exclude(confirmed_at=None)
    pages = pages_of(request, standing.count(), size=PER_PAGE)
    context = {
        "form": form,
        "waiting": running.filter(confirmed_at=None),
        "standing": standing[(pages.number - 1) * PER_PAGE : pages.number * PER_PAGE],
        "pages": pages,
    }
    return render(request, "web/coordination/appointments.html", context, status=REFUSED if form.errors else 200)


def _propose(request: PersonRequest, form: FirstAppointmentForm) -> bool:
    said = form.cleaned_data
    try:
        with transaction.atomic():
            access.propose_appointment(
                person=form.person(), party=said["party"], role=said["role"], until_on=said["until_on"],
                letter=_keep(request, said["letter"]), by=request.user, at=request.at,
            )  # fmt: skip
    except access.AppointmentRefused as refused:
        form.add_error(field_of(refused), sentence(refused))
        return False
    except TooLarge as refused:
        words = _("The file is larger than %(megabytes)s MB. Scan it in grey, or with fewer dots per inch.")
        form.add_error("letter", words % {"megabytes": refused.limit // 1_000_000})
        return False
    except NotALetter:
        words = _("“%(name)s” is neither a PDF nor a JPEG or PNG picture. Scan the letter, or take a photo of it.")
        form.add_error("letter", words % {"name": said["letter"].name})
        return False
    messages.success(request, _("Proposed. It stands when another person of coordination has confirmed it."))
    return True


class NotALetter(Exception):
    """The file is of no kind in which letters are scanned."""


def _keep(request: PersonRequest, upload: UploadedFile) -> StoredFile:
    upload.seek(0)
    if _kind(upload.read(16)) is None:
        raise NotALetter
    upload.seek(0)
    name, person = upload.name or "", str(request.user.uuid)
    # It is about a party, but sent to coordination: its people keep it.
    return files.keep(upload.chunks(), name=name, owner="COORD", person=person, at=request.at)


def _kind(head: bytes) -> str | None:
    return next((kind for begin, kind in _LETTERS.items() if head.startswith(begin)), None)


def _running(uuid: UUID) -> Appointment:
    appointment = (
        Appointment.objects.select_related("person", "party", "letter").filter(uuid=uuid, ended_at=None).first()
    )
    if appointment is None:
        raise Http404
    return appointment


@require_POST
@_coordination
def confirm(request: PersonRequest, uuid: UUID) -> HttpResponse:
    """Confirm what another person of coordination proposed; the person gets the letter."""
    appointment = _running(uuid)
    try:
        access.confirm_appointment(appointment, by=request.user, at=request.at)
        say_letter(request, appointment)
    except access.AppointmentRefused as refused:
        messages.error(request, sentence(refused))
    return redirect("appointments")


@require_POST
@_coordination
def end(request: PersonRequest, uuid: UUID) -> HttpResponse:
    """Drop a proposal, or end what stands."""
    try:
        access.end_appointment(_running(uuid), by=request.user, at=request.at)
        messages.success(request, _("The appointment has ended. What was done under it stays."))
    except access.AppointmentRefused as refused:
        messages.error(request, sentence(refused))
    return redirect("appointments")


@require_POST
@_coordination
def letter(request: PersonRequest, uuid: UUID) -> HttpResponse:
    """Send the letter of a standing appointment again."""
    appointment = _running(uuid)
    if appointment.confirmed_at is None:
        raise Http404
    say_letter(request, appointment)
    return redirect("appointments")


@_coordination
def letter_file(request: PersonRequest, uuid: UUID) -> HttpResponseBase:
    """The letter that a party sent, to be read before confirming. Always a download: it is a stranger's file."""
    appointment = Appointment.objects.select_related("letter").filter(uuid=uuid).first()
    if appointment is None or appointment.letter is None or not files.path(appointment.letter).exists():
        raise Http404
    file = files.path(appointment.letter).open("rb")
    kind = _kind(file.read(16)) or "application/octet-stream"
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=appointment.letter.name, content_type=kind)
