"""Letters to people who are appointed, in their own language."""

import logging
from smtplib import SMTPException

from allauth.account import app_settings as account
from allauth.account.adapter import get_adapter
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from unmet.access.models import Appointment
from unmet.parties.models import Person
from unmet.web import formats

logger = logging.getLogger(__name__)


def appointed(appointment: Appointment, *, request: HttpRequest) -> bool:
    """Tell a person of an appointment that stands, with a link to choose a password if there is none yet.

    False when the letter could not be handed over; the appointment stands all the same, and the page that lists it
    sends the letter again.
    """
    person = appointment.person
    with override(person.language):
        context = {
            "party": appointment.party.name,
            "role": appointment.get_role_display(),
            "until": formats.day(appointment.until_on),
            "site": request.build_absolute_uri("/"),
            "sign_in_url": request.build_absolute_uri(reverse("account_login")),
            "reset_url": request.build_absolute_uri(reverse("account_reset_password")),
            "set_password_url": "" if person.has_usable_password() else _password_url(person, request),
        }
        subject = render_to_string("account/email/invitation_subject.txt", context)
        body = render_to_string("account/email/invitation_message.txt", context)
    letter = EmailMessage(" ".join(subject.split()), body.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [person.email])
    try:
        letter.send()
    except (OSError, SMTPException):
        logger.exception("A letter of appointment could not be sent")
        return False
    return True


def _password_url(person: Person, request: HttpRequest) -> str:
    """The same one-time address as in the letter for a forgotten password."""
    token = account.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    return get_adapter(request).get_reset_password_from_key_url(f"{user_pk_to_url_str(person)}-{token}")
