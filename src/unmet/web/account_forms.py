"""The forms of sign-in in our words: labels that say what to type, no text inside the fields."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

_LABELS = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
    "code": pgettext_lazy("of the second factor", "Code"),
    "name": _("Name of the key"),
    "passwordless": _("Sign in with this key alone, without the password"),
}
_HINTS = {
    "password1": _("At least 12 characters, and not a common password. A short sentence is easy to remember."),
    "name": _("So that you can tell your keys apart, for example: office computer"),
}


class _Plain:
    """Ours instead of the labels, hints and placeholders that come with the package."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        for name, field in self.fields.items():
            field.label = _LABELS.get(name, field.label)
            field.help_text = _HINTS.get(name, "")
            field.widget.attrs.pop("placeholder", None)


class LoginForm(_Plain, account.LoginForm):
    """E-mail address and password."""


class ReauthenticateForm(_Plain, account.ReauthenticateForm):
    """The password once more, before the second factor is changed."""


class ResetPasswordForm(_Plain, account.ResetPasswordForm):
    """Whom to write to."""


class ResetPasswordKeyForm(_Plain, account.ResetPasswordKeyForm):
    """A password chosen from a letter."""


class ChangePasswordForm(_Plain, account.ChangePasswordForm):
    """Another password."""


class SetPasswordForm(_Plain, account.SetPasswordForm):
    """The first password of somebody who signed in without one."""


class _Code(_Plain):
    hint = _("Six digits that your app shows now, or one of your recovery codes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = self.hint
        self.fields["code"].widget.attrs |= {"class": "short", "dir": "ltr", "autocapitalize": "none"}


class AuthenticateForm(_Code, mfa.AuthenticateForm):
    """The second factor at sign-in."""


class ReauthenticateCodeForm(_Code, mfa.ReauthenticateForm):
    """The second factor once more."""


class ActivateTOTPForm(_Code, totp.ActivateTOTPForm):
    """The first code of an app, which proves that it was set up."""

    hint = _("Six digits that your app shows now")


class AddWebAuthnForm(_Plain, webauthn.AddWebAuthnForm):
    """A new key or passkey."""


class EditWebAuthnForm(_Plain, webauthn.EditWebAuthnForm):
    """Another name for a key."""
