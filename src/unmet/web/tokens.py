"""A person's tokens for programs: made here, shown once, ended here."""

import uuid
from datetime import timedelta
from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from unmet.access import may, tokens
from unmet.access.may import Deed
from unmet.access.tokens import TokenRefused
from unmet.catalogue.windows import day_still_running, end_of_day
from unmet.web.day_field import DayField
from unmet.web.requests import PersonRequest

SCOPES = {
    tokens.READ: gettext_lazy("read: what you may read yourself"),
    tokens.NEEDS: gettext_lazy("needs: send lines to your approver"),
    tokens.APPROVE: gettext_lazy(
        "approve: approve returns, pause, confirm and end needs, accept support and confirm the delivery profile"
    ),
    tokens.RELEASE: gettext_lazy(
        "release: let others see, send requests for assistance, make money public, and take each of these back"
    ),
    tokens.SUPPORT: gettext_lazy(
        "support: state what is given, received or paid, ask for assistance and answer, draft the delivery profile, "
        "make extracts"
    ),
}
_REFUSED_STATUS = 422


class TokenForm(forms.Form):
    """What a new token is called, what it may do, and until when."""

    name = forms.CharField(
        label=gettext_lazy("What is it for?"), max_length=tokens.LONGEST_NAME,
        help_text=gettext_lazy("For example: stock system of the ministry"),
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What may the program do?"), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Never more than you may do yourself on that day."),
        error_messages={"required": gettext_lazy("Choose at least one.")},
    )  # fmt: skip
    until = DayField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("At most a year from today; a month for a token that approves or releases."),
    )

    def __init__(self, allowed: tuple[str, ...], *args: Any) -> None:
        super().__init__(*args)
        self.fields["scopes"].choices = [(scope, SCOPES[scope]) for scope in allowed]  # type: ignore[attr-defined]


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@reauthentication_required(allow_get=True)
def tokens_page(request: PersonRequest) -> HttpResponse:
    """The person's tokens; POST makes one, whose secret is in this answer and nowhere else."""
    allowed = tokens.scopes_of(request.actor) if may.may(request.actor, Deed.MAKE_TOKEN) else ()
    if request.method == "GET" or not allowed:
        return _page(request, allowed, TokenForm(allowed))
    form = TokenForm(allowed, request.POST)
    if not form.is_valid():
        return _page(request, allowed, form)
    said = form.cleaned_data
    try:
        token, secret = tokens.make(
            name=said["name"], scopes=said["scopes"], expires_at=end_of_day(said["until"]), by=request.user,
            at=request.at,
        )  # fmt: skip
    except TokenRefused as refused:
        form.add_error(None, _sentence(refused.reason))
        return _page(request, allowed, form)
    return _page(request, allowed, TokenForm(allowed), made=(token.name, secret))


@never_cache
@login_required
@require_POST
def token_end(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """End one of the person's own tokens."""
    token = tokens.find_own(request.user, pk)
    if token is None:
        raise Http404
    try:
        tokens.end(token, by=request.user, at=request.at)
    except TokenRefused as refused:
        messages.error(request, _sentence(refused.reason))
    else:
        messages.success(request, _("The token is ended. Programs that use it are refused from now on."))
    return redirect("account_tokens")


def _page(
    request: PersonRequest, allowed: tuple[str, ...], form: TokenForm, *, made: tuple[str, str] | None = None
) -> HttpResponse:
    standing = [
        (
            token,
            token.scopes.split(),
            day_still_running(token.expires_at - timedelta(hours=1)),
            token.expires_at <= request.at,
        )
        for token in tokens.own(request.user).filter(ended_at=None)
    ]
    context = {"form": form, "allowed": allowed, "standing": standing, "made": made}
    return render(request, "account/tokens.html", context, status=_REFUSED_STATUS if form.errors else 200)


def _sentence(reason: str) -> str:
    sentences = {
        "name": _("Give the token a name of at most 80 letters."),
        "scopes": _("Choose at least one thing that the program may do, of those you may do yourself."),
        "past": _("The last day has passed already. Choose a later day."),
        "too_long": _("That is too long: at most a year, or a month for a token that approves or releases."),
        "too_many": _("You have as many tokens as one person may have. End one that is not used any more."),
        "second_factor": _("Set up a second factor first: a token of an approver or of coordination needs it."),
        "ended": _("This token was ended already."),
    }
    return sentences[reason]
