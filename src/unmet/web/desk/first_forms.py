"""The forms of the first screen's questions about the member: what each answer means, in words."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from unmet.needs import first
from unmet.needs.first import AnswerRefused, Choice, Said
from unmet.needs.models import FirstAnswer
from unmet.parties.models import Party
from unmet.web.day_field import DayField
from unmet.web.ticks import Ticks

_CHOOSE: Final = {"required": gettext_lazy("Choose one of the answers.")}


class AnswerForm(forms.Form):
    """An answer to one question. What was answered before is filled in."""

    def __init__(self, party: Party, standing: FirstAnswer | None, data: Any = None) -> None:
        super().__init__(data, initial=_as_initial(standing))
        self._by_code: dict[str, Party] = {}
        if "parties" in self.fields:
            others = self._others(party)
            self._by_code = {other.code: other for other in others}
            self.fields["parties"].choices = [(other.code, other.name) for other in others]  # type: ignore[attr-defined]

    def _others(self, party: Party) -> list[Party]:
        return list(Party.objects.exclude(pk=party.pk).in_reading_order())

    def said(self) -> Said:
        """The answer, as the service takes it."""
        typed = self.cleaned_data
        return Said(
            choice=typed["choice"],
            parties=tuple(self._by_code[code] for code in typed.get("parties", ())),
            words=typed.get("words", ""),
            asked_on=typed.get("asked_on"),
        )


def _as_initial(standing: FirstAnswer | None) -> dict[str, Any]:
    if standing is None:
        return {}
    return {
        "choice": standing.choice, "words": standing.words, "asked_on": standing.asked_on,
        "parties": [party.code for party in standing.parties.all()],
    }  # fmt: skip


class HaveForm(AnswerForm):
    """Is there a list or a letter already?"""

    choice = forms.ChoiceField(
        label=gettext_lazy("What you have"), widget=forms.RadioSelect, error_messages=_CHOOSE,
        choices=[
            (Choice.TABLE, gettext_lazy("A list or table: you send it as it is, and type nothing twice")),
            (Choice.LETTER, gettext_lazy("A letter or note verbale: you type its most urgent lines, and keep it")),
            (Choice.NEITHER, gettext_lazy("Neither: you type your most urgent lines")),
        ],
    )  # fmt: skip


class AskedForm(AnswerForm):
    """Were others asked for this already, whom, and when?"""

    choice = forms.ChoiceField(
        label=gettext_lazy("Did you ask others already?"), widget=forms.RadioSelect, error_messages=_CHOOSE,
        choices=[(Choice.NO, gettext_lazy("No, nobody yet")), (Choice.YES, gettext_lazy("Yes, those below"))],
    )  # fmt: skip
    parties = forms.MultipleChoiceField(
        label=gettext_lazy("Of whom"), required=False, widget=forms.CheckboxSelectMultiple
    )
    words = forms.CharField(
        label=gettext_lazy("Others, in your words"), required=False, max_length=first.LONGEST_WORDS,
        help_text=gettext_lazy("For example a neighbouring state or a company"),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )  # fmt: skip
    asked_on = DayField(
        label=gettext_lazy("When"), required=False, years_back=5,
        help_text=gettext_lazy("The last time; for example 30 June 2021"),
    )  # fmt: skip

    def _others(self, party: Party) -> list[Party]:
        """Organisations, funds and banks. A state is written in words: there are too many for a telephone."""
        bodies = Party.objects.exclude(kind=Party.Kind.STATE).exclude(pk=party.pk).exclude(code="COORD")
        return list(bodies.in_reading_order())


class SeenForm(AnswerForm):
    """Who may see the lines? A wish, which the approver grants or not."""

    choice = forms.ChoiceField(
        label=gettext_lazy("Who should see these lines?"), widget=forms.RadioSelect, initial=Choice.NOBODY,
        error_messages=_CHOOSE,
        choices=[
            (Choice.NOBODY, gettext_lazy("Nobody else: the lines stay with the people of your party")),
            (Choice.COORDINATION, gettext_lazy("The chair’s team: it can look for help, and may tell nobody")),
            (Choice.MEMBERS, gettext_lazy("All members of the coalition and the chair’s team, each signed in")),
            (Choice.NAMED, gettext_lazy("Named parties: only those you choose below, each signed in")),
            (Choice.EVERYONE, gettext_lazy("Everyone: the quantities are public, and count in the public totals")),
        ],
    )  # fmt: skip
    parties = forms.MultipleChoiceField(
        label=gettext_lazy("Named parties"), required=False, widget=Ticks,
        help_text=gettext_lazy("Only for the answer “named parties”"),
    )  # fmt: skip

    def __init__(self, party: Party, standing: FirstAnswer | None, data: Any = None) -> None:
        super().__init__(party, standing, data)
        self.initial.setdefault("choice", Choice.NOBODY)


def refuse(form: AnswerForm, refused: AnswerRefused) -> None:
    """Say at the field why the answer was not kept, and what to do."""
    field, words = {
        "choice": ("choice", _("Choose one of the answers.")),
        "of_whom": ("parties", _("You say that others were asked. Choose at least one, or write who it was.")),
        "future": ("asked_on", _("This day has not come yet. Write the day on which you asked, or leave it empty.")),
        "no_party": ("parties", _("Choose at least one party, or another answer.")),
        "own_party": ("parties", _("Your own people see everything already. Choose other parties.")),
    }[refused.reason]
    form.add_error(field if field in form.fields else None, words)
