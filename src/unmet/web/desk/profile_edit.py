"""The delivery profile as a form, drawn from its one definition. What was typed is kept when it is refused."""

from decimal import InvalidOperation
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from unmet.parties.models import Party
from unmet.support import profile_form as definition
from unmet.support import profile_queries as queries
from unmet.support import profiles
from unmet.support.models import DeliveryProfile
from unmet.support.profile_form import LONGEST_LINES, LONGEST_TEXT, Field, Section, Value
from unmet.support.profiles import ProfileRefused
from unmet.web import carried
from unmet.web.desk.doors import REFUSED_STATUS, desk_page, own_members
from unmet.web.desk.profile_words import sentence
from unmet.web.number_field import number
from unmet.web.requests import PersonRequest
from unmet.web.ticks import Ticks

_LONGEST_NUMBER: Final = 30


class ProfileForm(forms.Form):
    """All fields of the profile, none of them required: what is not known yet is left empty."""

    all_optional = True  # the page says so once, not beside each field

    def __init__(self, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        for field in definition.FIELDS:
            self.fields[field.name] = _made(field)

    def stated(self) -> dict[str, Value]:
        """What was typed, with numbers in the one way they are kept."""
        found: dict[str, Value] = {}
        for field in definition.FIELDS:
            value = self.cleaned_data[field.name]
            if field.shape == "number" and value:
                try:
                    value = f"{number(value):f}"
                except InvalidOperation:
                    self.add_error(field.name, sentence(ProfileRefused("number")))
            found[field.name] = value
        return found

    def by_section(self) -> list[tuple[Section, list[Any]]]:
        """The fields, section by section."""
        return [
            (section, [self[field.name] for field in definition.of_section(section.name)])
            for section in definition.SECTIONS
        ]


def _made(field: Field) -> forms.Field:
    """A field of the form for a field of the profile."""
    said: dict[str, Any] = {"label": field.label, "help_text": field.help, "required": False}
    if field.shape == "choices":
        widget = Ticks(attrs=_direction(field))
        return forms.MultipleChoiceField(
            choices=field.choices, widget=widget, **said | {"help_text": field.help or _SEVERAL}
        )
    if field.shape == "choice":
        one = forms.Select(attrs=_direction(field))
        return forms.ChoiceField(choices=[("", "–"), *field.choices], widget=one, **said)
    if field.shape == "lines":
        area = forms.Textarea(attrs={"rows": 3, "dir": "auto"})
        return forms.CharField(max_length=LONGEST_LINES, widget=area, **said)
    if field.shape == "number":
        line = forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "class": "short", "autocomplete": "off"})
        return forms.CharField(max_length=_LONGEST_NUMBER, widget=line, **said)
    return forms.CharField(max_length=LONGEST_TEXT, widget=forms.TextInput(attrs={"dir": "auto"}), **said)


def _direction(field: Field) -> dict[str, str]:
    """Codes such as 220–240 V run from left to right in every language."""
    return {"dir": "ltr"} if isinstance(field.choices[0][1], str) else {}


_SEVERAL: Final = gettext_lazy("Several may be chosen.")


@desk_page
@require_http_methods(["GET", "POST"])
def edit(request: PersonRequest, member: str) -> HttpResponse:
    """Fill the profile in."""
    party = next((one for one in own_members(request) if one.code == member), None)
    if party is None:
        raise Http404
    standing = queries.draft(party) or queries.confirmed(party)
    if request.method == "GET":
        initial: dict[str, Any] = dict(queries.answers(standing)) if standing else {}
        return _page(request, party, ProfileForm(initial=initial), *_read(standing))
    form = ProfileForm(request.POST)
    version, edits = (_number(request, name) for name in ("version", "edits"))
    if not form.is_valid():
        return _page(request, party, form, version, edits)
    stated = form.stated()
    if form.errors:
        return _page(request, party, form, version, edits)
    try:
        profiles.save(stated, member=party, by=request.user, at=request.at, version=version, edits=edits)
    except ProfileRefused as refused:
        form.add_error(refused.field.name if refused.field else None, sentence(refused))
        return _page(request, party, form, version, edits)
    messages.success(request, _("The draft is kept. Others read it once an approver of your party confirms it."))
    return redirect("profile", party.code)


def _read(standing: DeliveryProfile | None) -> tuple[int, int]:
    """By what the form tells that a colleague was faster: the version that was read, and the edit of a draft."""
    if standing is None:
        return 0, 0
    return standing.version, standing.edits if standing.state == DeliveryProfile.State.DRAFT else 0


def _number(request: PersonRequest, name: str) -> int:
    return carried.number(request.POST.get(name, ""), digits=carried.VERSION) or 0


def _page(request: PersonRequest, party: Party, form: ProfileForm, version: int, edits: int) -> HttpResponse:
    context = {"party": party, "form": form, "sections": form.by_section(), "version": version, "edits": edits}
    return render(request, "web/desk/profile_edit.html", context, status=REFUSED_STATUS if form.errors else 200)
