"""What the pages about people share: the form, the person behind an address, refusals as sentences."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from unmet.access.models import Role
from unmet.access.services import AppointmentRefused, RoleDoesNotFit, require_fit
from unmet.parties.models import Party, Person
from unmet.web.day_field import DayField

# What a party gives its own people. Coordination and operators are proposed by coordination, for its own body only.
OWN_ROLES = (Role.FOCAL_POINT, Role.APPROVER, Role.RESPONDER)


class PersonForm(forms.Form):
    """Who is appointed: address, office and language of somebody who may be new here."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        help_text=gettext_lazy("An address of the office. The letter with the link to choose a password goes there."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    office = forms.CharField(
        label=gettext_lazy("Office"),
        max_length=200,
        help_text=gettext_lazy("For example: Ministry of Health, Department of Supply. No names of persons."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the letter and the pages"), choices=settings.LANGUAGES, initial=get_language
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=[(role.value, role.label) for role in OWN_ROLES])
    until_on = DayField(
        label=gettext_lazy("Last day of the appointment"),
        help_text=gettext_lazy("At most two years ahead, for example 30 June 2027. It ends at 24:00 UTC−12."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A year, so that nobody keeps a right because nobody looked.
        self.fields["until_on"].initial = timezone.now().date() + timedelta(days=365)

    def clean_email(self) -> str:
        """As it is kept: in small letters."""
        return str(self.cleaned_data["email"]).lower()

    def person(self) -> Person:
        """The person with this address, made now if there is none. What is known of a person here already stays."""
        found = Person.objects.filter(email=self.cleaned_data["email"]).first()
        return found or Person.objects.create_user(
            self.cleaned_data["email"], office=self.cleaned_data["office"], language=self.cleaned_data["language"]
        )


class FirstAppointmentForm(PersonForm):
    """The first appointment of a party, on its letter."""

    party = forms.ModelChoiceField(
        Party.objects.none(), label=gettext_lazy("Party"), to_field_name="code", empty_label=gettext_lazy("Choose one")
    )
    letter = forms.FileField(
        label=gettext_lazy("The letter"),
        help_text=gettext_lazy("A scan or photo of the signed letter, PDF or picture, up to 20 MB."),
    )
    field_order = ("party", "role", "office", "email", "language", "until_on", "letter")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"].queryset = Party.objects.in_reading_order()  # type: ignore[attr-defined]
        self.fields["role"].choices = Role.choices  # type: ignore[attr-defined]
        self.fields["role"].initial = Role.APPROVER

    def clean(self) -> dict[str, Any]:
        """The role fits the party; said beside the other faults, before anything is sent."""
        cleaned = super().clean() or {}
        party, role = cleaned.get("party"), cleaned.get("role")
        if party and role:
            try:
                require_fit(role, party=party)
            except RoleDoesNotFit as refused:
                self.add_error(field_of(refused), sentence(refused))
        return cleaned


def sentence(refused: AppointmentRefused) -> str:
    """Why an appointment was not made or changed, and what to do."""
    sentences = {
        "past": _("The last day has passed already. Choose a later day."),
        "too_long": _("An appointment lasts at most two years. Choose an earlier last day."),
        "letter": _("Attach the letter on which the party asks for it."),
        "same_person": _("You proposed it yourself. Another person of coordination has to confirm it."),
        "role": _("People of coordination are appointed as coordination or operator, and nobody else is."),
        "standing": _("It stands already, or it was confirmed or ended meanwhile. The list shows how it is now."),
    }
    return sentences[refused.reason]


def field_of(refused: AppointmentRefused) -> str | None:
    """The field of the form that a refusal is about."""
    return {"past": "until_on", "too_long": "until_on", "letter": "letter", "role": "role"}.get(refused.reason)
