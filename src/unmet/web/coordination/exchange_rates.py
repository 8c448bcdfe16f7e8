"""Published exchange rates: all that are known here, and the form that enters one."""

from decimal import InvalidOperation
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from unmet.access.may import Deed
from unmet.catalogue import rates
from unmet.catalogue.models import ExchangeRate
from unmet.support import exchange_rates
from unmet.support.flow_rules import FlowRefused, Rate
from unmet.web.coordination.doors import REFUSED, only_for
from unmet.web.day_field import DayField
from unmet.web.desk import money_words
from unmet.web.desk.money_forms import currency_choices
from unmet.web.number_field import number
from unmet.web.requests import PersonRequest

_coordination = only_for(Deed.EDIT_CATALOGUE)
_FIELD = {"rate_wrong": "rate", "rate_source": "source", "future": "dated_on", "known": None, "too_long": "source"}


class RateForm(forms.Form):
    """One published rate."""

    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    rate = forms.CharField(
        label=gettext_lazy("Exchange rate"), max_length=24,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )  # fmt: skip
    quoted = forms.ChoiceField(
        label=gettext_lazy("The rate is"), choices=ExchangeRate.Quoted.choices,
        help_text=gettext_lazy("As its source quotes it; it is never turned over."),
    )  # fmt: skip
    dated_on = DayField(label=gettext_lazy("Day of the rate"), years_back=60)
    fixed = forms.BooleanField(
        label=gettext_lazy("An official fixed rate: it holds until a newer one is entered"), required=False,
        help_text=gettext_lazy("Any other rate is taken for its day and the 31 days after it."),
    )  # fmt: skip
    source = forms.CharField(
        label=gettext_lazy("Where the rate was published"), max_length=300,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = [  # type: ignore[attr-defined]
            choice for choice in currency_choices() if choice[0] != rates.USD
        ]

    def clean_rate(self) -> str:
        """The rate as an exact decimal."""
        typed = str(self.cleaned_data["rate"])
        try:
            return f"{number(typed):f}"
        except InvalidOperation as error:
            words = _("“%(typed)s” can be read in two ways, or is no number. Write one more decimal, such as 1.0820.")
            raise forms.ValidationError(words % {"typed": typed}) from error


@_coordination
def page(request: PersonRequest) -> HttpResponse:
    """All rates, A to Z and the newest first, and the form that enters one."""
    form = RateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        rate = Rate(said["rate"], said["quoted"], said["dated_on"], said["source"])
        try:
            made = exchange_rates.add(said["currency"], rate, fixed=said["fixed"], by=request.user, at=request.at)
        except FlowRefused as refused:
            words = (
                _("This source has a rate of that day already.")
                if refused.reason == "known"
                else money_words.sentence(refused)
            )
            form.add_error(_FIELD.get(refused.reason), words)
        else:
            messages.success(request, _("The rate of %(currency)s is entered.") % {"currency": made.currency})
            return redirect("exchange_rates")
    context = {"form": form, "rows": ExchangeRate.objects.order_by("currency", "-dated_on", "-pk")}
    return render(request, "web/coordination/exchange_rates.html", context, status=REFUSED if form.errors else 200)


@_coordination
@require_POST
def drop(request: PersonRequest, pk: int) -> HttpResponse:
    """Take out a rate that was entered here."""
    rate = get_object_or_404(ExchangeRate, pk=pk)
    try:
        exchange_rates.drop(rate, by=request.user, at=request.at)
    except FlowRefused as refused:
        messages.error(request, money_words.sentence(refused))
    else:
        messages.success(request, _("The rate is taken out. Money that was stated with it keeps it."))
    return redirect("exchange_rates")
