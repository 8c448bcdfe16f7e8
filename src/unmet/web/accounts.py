"""How sign-in behaves here: nobody signs up by himself; rights come from appointments."""

import time
from typing import Any

from allauth.account import app_settings as account
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.dispatch import receiver
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, translate_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.cache import never_cache

from unmet.access import services as access
from unmet.access.models import Appointment
from unmet.parties.models import Person
from unmet.web import kept
from unmet.web.requests import PageRequest, PersonRequest

_WRONG_CODE = gettext_lazy("This code is not valid now. Type the one that your app shows at this moment.")


def home(request: PageRequest, person: Person, address: str) -> str:
    """Where somebody lands after signing in, in his or her language: first of all at a form that waits to be sent."""
    if kept.pending(request, person, at=request.at):
        address = reverse("kept")
    return translate_url(address, person.language)


class AccountAdapter(DefaultAccountAdapter):
    """No open sign-up: a person is made by the appointment. Everything else is the package's own way."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": gettext_lazy("This account is closed. Ask your own office to appoint you again."),
        "email_password_mismatch": gettext_lazy("The e-mail address and the password do not belong together."),
        "enter_current_password": gettext_lazy("This is not your current password."),
        "incorrect_code": _WRONG_CODE,
        "incorrect_password": gettext_lazy("This is not your password."),
        "invalid_password_reset": gettext_lazy("This link has been used or is too old. Ask for a new one."),
        "rate_limited": gettext_lazy("There were too many tries. Wait a minute, then try again."),
        "too_many_login_attempts": gettext_lazy("There were too many tries. Wait five minutes, then try again."),
    }

    def is_open_for_signup(self, request: PageRequest) -> bool:
        """Never."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Only paths of this site: `next` leads nobody elsewhere, not even to another name of the same server."""
        return bool(url) and kept.is_own_path(url)

    def post_login(self, request: PageRequest, user: Person, **how: Any) -> HttpResponse:
        """After signing in: the waiting form, or the page that was asked for, in the person's language."""
        response = super().post_login(request, user, **how)
        if isinstance(response, HttpResponseRedirect):
            response["Location"] = home(request, user, response.url)
        return response

    def get_login_redirect_url(self, request: PersonRequest) -> str:
        """The desk."""
        return home(request, request.user, reverse("desk"))

    def get_password_change_redirect_url(self, request: PageRequest) -> str:
        """Back to the settings."""
        return reverse("account_settings")

    def logout(self, request: PageRequest) -> None:
        """Sign out, and let the browser forget what it kept."""
        super().logout(request)
        request.signed_out = True

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Whether the password is asked for once more. Not of somebody who signed in a few minutes ago."""
        records = get_authentication_records(self.request, self.request.user)
        signed_in_at = max((record["at"] for record in records), default=0.0)
        return time.time() - signed_in_at > account.REAUTHENTICATION_TIMEOUT and super().is_reauthentication_required(
            app=app
        )

    def send_password_reset_mail(self, user: Person, email: str, context: dict[str, Any]) -> None:
        """The link leads to the page in the person's language too."""
        address = translate_url(context["password_reset_url"], user.language)
        super().send_password_reset_mail(user, email, context | {"password_reset_url": address})

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write to a person in his or her own language, whatever language the page was asked for in."""
        person = context.get("user")
        with override(person.language if isinstance(person, Person) else None):
            super().send_mail(template_prefix, email, context | {"site": self.request.build_absolute_uri("/")})


class SecondFactorAdapter(DefaultMFAAdapter):
    """The second factor as the package does it, with our sentences."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": gettext_lazy("This second factor cannot be taken off."),
        "cannot_generate_recovery_codes": gettext_lazy("Set up an app or a key first."),
        "incorrect_code": _WRONG_CODE,
    }

    def generate_authenticator_name(self, user: Person, type: str) -> str:  # noqa: A002 - the package names it so
        """What a key is called until its owner names it."""
        return _("My key")


@receiver(authenticator_added)
def proved(request: PageRequest, user: Person, authenticator: Authenticator, **_more: object) -> None:
    """Whoever added an app or a key has just used it, so is not asked for it before the recovery codes are shown."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(
            request, user, "mfa", id=authenticator.pk, type=authenticator.type, reauthenticated=True
        )  # fmt: skip


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Another body may vouch for an address. Whoever has no account here does not get one by that."""

    def is_open_for_signup(self, request: PageRequest, sociallogin: object) -> bool:
        """Never."""
        return False

    def pre_social_login(self, request: PageRequest, sociallogin: SocialLogin) -> None:
        """Find the person by an address that the other body has verified, the first time he or she comes from there.

        The package can do this too, but it then takes the person's password away, in case a stranger had registered
        the address before its owner. Nobody registers here: accounts begin with a letter to the address.
        """
        if sociallogin.is_existing:
            return
        verified = [address.email.lower() for address in sociallogin.email_addresses if address.verified]
        person = Person.objects.filter(email__in=verified, is_active=True).first()
        if person is not None:
            sociallogin.connect(request, person)


# ── one's own settings ───────────────────────────────────────────────────────
class SettingsForm(forms.ModelForm):
    """What a person says about him- or herself."""

    class Meta:
        model = Person
        fields = ("office", "language")
        labels = {"office": gettext_lazy("Your office"), "language": gettext_lazy("Language")}
        help_texts = {
            "office": gettext_lazy("Shown to your own people and to coordination instead of a name."),
            "language": gettext_lazy("For the pages after you sign in, and for our letters to you."),
        }
        widgets = {"language": forms.Select(choices=settings.LANGUAGES)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].required = True
        self.fields["office"].widget.attrs["autocomplete"] = "organization-title"

    def clean_language(self) -> str:
        """One of the four."""
        language = str(self.cleaned_data["language"])
        if language not in dict(settings.LANGUAGES):
            raise forms.ValidationError(_("Choose one of the languages in the list."))
        return language


@never_cache
@login_required
def settings_page(request: PersonRequest) -> HttpResponse:
    """Office and language; the ways to the password and the second factor; the person's own appointments."""
    person = Person.objects.get(uuid=request.user.uuid)
    form = SettingsForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        person.save(update_fields=["office", "language"])
        if form.has_changed():
            access.record(
                event="parties.person_changed", at=request.at, subject_kind="person", subject=person.uuid,
                changed=sorted(form.changed_data),
            )  # fmt: skip
        with override(person.language):
            messages.success(request, _("Your settings are kept."))
            return HttpResponseRedirect(reverse("account_settings"))
    appointments = Appointment.objects.filter(person=person, ended_at=None).select_related("party")
    return render(request, "account/settings.html", {"form": form, "appointments": appointments.order_by("until_on")})
