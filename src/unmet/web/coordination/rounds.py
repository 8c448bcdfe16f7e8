"""Rounds: plan, open, close."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, slug_re
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from unmet.access.may import Deed
from unmet.catalogue.models import Emergency, Round, Sector
from unmet.catalogue.windows import end_of_day
from unmet.needs import rounds
from unmet.needs.rounds import RoundRefused
from unmet.web.coordination.doors import REFUSED, only_for
from unmet.web.day_field import DayField
from unmet.web.requests import PersonRequest

LANGUAGES = ("en", "ar", "es", "fr")
_coordination = only_for(Deed.OPEN_ROUND)


class RoundForm(forms.Form):
    """A round to be planned."""

    emergency = forms.ModelChoiceField(
        Emergency.objects.none(),
        label=gettext_lazy("Emergency"),
        to_field_name="code",
        empty_label=gettext_lazy("Choose one"),
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        validators=[
            RegexValidator(slug_re, gettext_lazy("Use Latin letters, digits, hyphens and underscores, without spaces."))
        ],
        help_text=gettext_lazy(
            "Short, in Latin letters, digits and hyphens, and never changed: for example covid-19-2021"
        ),
        widget=forms.TextInput(attrs={"class": "short", "dir": "ltr", "autocapitalize": "none", "autocomplete": "off"}),
    )
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200)
    name_ar = forms.CharField(label=gettext_lazy("Name in Arabic"), max_length=200)
    name_es = forms.CharField(label=gettext_lazy("Name in Spanish"), max_length=200)
    name_fr = forms.CharField(label=gettext_lazy("Name in French"), max_length=200)
    window_from = DayField(label=gettext_lazy("First day on which members answer"))
    window_until = DayField(
        label=gettext_lazy("Last day on which members answer"),
        help_text=gettext_lazy("The window closes at 24:00 UTC−12 of that day, when the day has ended everywhere."),
    )
    period_from = DayField(
        label=gettext_lazy("First day of the period asked about"),
        years_back=10,
        help_text=gettext_lazy("Needs are totals for the whole period; stock counts as on its first day."),
    )
    period_until = DayField(label=gettext_lazy("Last day of the period asked about"), years_back=10)
    sectors = forms.ModelMultipleChoiceField(
        Sector.objects.none(),
        label=gettext_lazy("Sectors asked about"),
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Two open rounds of one emergency cannot ask about the same sector."),
    )
    freshness_days = forms.IntegerField(
        label=gettext_lazy("Freshness limit, in days"),
        min_value=1,
        max_value=3_660,
        initial=180,
        help_text=gettext_lazy("A need that is not stated again within this time lapses and leaves the totals."),
        widget=forms.NumberInput(attrs={"class": "short"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["emergency"].queryset = Emergency.objects.filter(ended_on=None)  # type: ignore[attr-defined]
        self.fields["sectors"].queryset = Sector.objects.order_by("domain", "pk")  # type: ignore[attr-defined]
        served = dict(settings.LANGUAGES)
        for language in LANGUAGES:
            if language not in served:
                del self.fields[f"name_{language}"]  # a coalition with fewer languages
                continue
            self.fields[f"name_{language}"].widget.attrs |= {
                "lang": language, "dir": "rtl" if language == "ar" else "ltr",
            }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Windows and periods end after they begin."""
        cleaned = super().clean() or {}
        for name, words in (
            ("window", _("The window ends before it begins. Choose a later last day.")),
            ("period", _("The period ends before it begins. Choose a later last day.")),
        ):
            first, last = cleaned.get(f"{name}_from"), cleaned.get(f"{name}_until")
            if first and last and last < first:
                self.add_error(f"{name}_until", ValidationError(words))
        return cleaned


def sentence(refused: RoundRefused) -> str:
    """Why a round was not made, opened or closed, and what to do."""
    sentences = {
        "sectors": _("Choose at least one sector."),
        "code": _("Another round has this code. Choose another one; codes are never used twice."),
        "dates": _("One of the dates does not fit the others. Check the first and last days."),
        "overlap": _("Another open round of this emergency asks about one of these sectors. Close that one first."),
        "state": _("Somebody opened or closed it meanwhile. The list shows how it is now."),
    }
    return sentences[refused.reason]


@_coordination
def page(request: PersonRequest) -> HttpResponse:
    """All rounds, the newest window first."""
    found = (
        Round.objects.select_related("emergency").prefetch_related("asked__sector").order_by("-window_from_on", "code")
    )
    rows = [
        {"round": round_, "over": end_of_day(round_.window_until_on) <= request.at,
         "sectors": sorted(asked.sector.name for asked in round_.asked.all())}
        for round_ in found
    ]  # fmt: skip
    return render(request, "web/coordination/rounds.html", {"rows": rows})


@_coordination
def plan(request: PersonRequest) -> HttpResponse:
    """Plan a round. It is not open yet: it can be looked at first."""
    form = RoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _plan(request, form):
        return redirect("rounds")
    return render(request, "web/coordination/round_plan.html", {"form": form}, status=REFUSED if form.errors else 200)


def _names(said: dict[str, Any]) -> dict[str, str]:
    """A name in each of the four columns: in a language that is not served here, that of the leading one."""
    leading = said[f"name_{settings.LANGUAGES[0][0]}"]
    return {language: said.get(f"name_{language}", leading) for language in LANGUAGES}


def _plan(request: PersonRequest, form: RoundForm) -> bool:
    said = form.cleaned_data
    try:
        rounds.plan(
            code=said["code"], names=_names(said),
            emergency=said["emergency"], window=(said["window_from"], said["window_until"]),
            period=(said["period_from"], said["period_until"]), sectors=list(said["sectors"]),
            freshness_days=said["freshness_days"], by=request.user, at=request.at,
        )  # fmt: skip
    except RoundRefused as refused:
        form.add_error({"sectors": "sectors", "code": "code"}.get(refused.reason), sentence(refused))
        return False
    messages.success(request, _("The round is planned. Open it when the members may answer."))
    return True


@require_POST
@_coordination
def open_(request: PersonRequest, code: str) -> HttpResponse:
    """Open a planned round; its price list is frozen."""
    round_ = get_object_or_404(Round, code=code)
    try:
        rounds.open_round(round_, by=request.user, at=request.at)
        messages.success(request, _("The round %(name)s is open. Prices are frozen for it.") % {"name": round_.name})
    except RoundRefused as refused:
        messages.error(request, sentence(refused))
    return redirect("rounds")


@require_POST
@_coordination
def close(request: PersonRequest, code: str) -> HttpResponse:
    """Close an open round."""
    round_ = get_object_or_404(Round, code=code)
    try:
        rounds.close_round(round_, by=request.user, at=request.at)
        messages.success(request, _("The round %(name)s is closed. Its needs stay open.") % {"name": round_.name})
    except RoundRefused as refused:
        messages.error(request, sentence(refused))
    return redirect("rounds")
