"""How severe an index of others says the crises are: what is known here by month, and the form that enters a month."""

import re
from datetime import date
from decimal import InvalidOperation

from django import forms
from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from unmet.access.may import Deed
from unmet.parties.models import Party, Severity
from unmet.support import coverage_by_severity, severities
from unmet.support.severities import SeverityRefused
from unmet.web.coordination.doors import REFUSED, only_for
from unmet.web.number_field import number
from unmet.web.requests import PersonRequest

_coordination = only_for(Deed.EDIT_CATALOGUE)
_FIELD = {"nothing": "values", "value": "values", "future": "month", "source": "source"}


class SeverityForm(forms.Form):
    """One month of the index, a country a line."""

    month = forms.CharField(
        label=gettext_lazy("Month"), max_length=7, help_text=gettext_lazy("Year and month, for example 2022-05"),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "class": "short"}),
    )  # fmt: skip
    source = forms.CharField(
        label=gettext_lazy("Where it was published"), max_length=severities.LONGEST,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )  # fmt: skip
    values = forms.CharField(
        label=gettext_lazy("Values"), max_length=20_000,
        help_text=gettext_lazy(
            "A line for each country: its code of three letters and the value, for example ZMB 2.9. Countries that "
            "are not here are left out."
        ),
        widget=forms.Textarea(attrs={"rows": 8, "dir": "ltr"}),
    )  # fmt: skip

    def clean_month(self) -> date:
        """The first day of the month."""
        found = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})", str(self.cleaned_data["month"]).strip())
        try:
            return date(int(found[1]), int(found[2]), 1) if found else date(0, 1, 1)
        except ValueError as error:
            raise forms.ValidationError(_("Write the year and the month like this: 2022-05.")) from error

    def clean_values(self) -> dict[Party, int]:
        """Party -> value in tenths."""
        typed: dict[str, int] = {}
        for position, line in enumerate(str(self.cleaned_data["values"]).splitlines(), 1):
            if line.strip():
                code, tenths = _line(line, position)
                if typed.setdefault(code, tenths) != tenths:
                    words = _("%(code)s stands there twice, with two values. Leave one of them out.")
                    raise forms.ValidationError(words % {"code": code})
        return {party: typed[party.code] for party in Party.objects.filter(code__in=typed, kind=Party.Kind.STATE)}


def _line(line: str, position: int) -> tuple[str, int]:
    """The code and the value in tenths of a line."""
    found = re.fullmatch(r"\s*([A-Za-z]{3})[\s,;]+(\S+?)[\s,;]*", line)
    try:
        tenths = number(found[2]) * 10 if found else None
    except InvalidOperation:
        tenths = None
    if found is None or tenths is None or tenths != int(tenths):
        words = _("Line %(n)s, “%(typed)s”, is not a code and a value with one decimal. Write it like this: ZMB 2.9.")
        raise forms.ValidationError(words % {"n": position, "typed": line.strip()[:60]})
    return found[1].upper(), int(tenths)


def sentence(refused: SeverityRefused) -> str:
    """Why nothing was written, and what to do."""
    sentences = {
        "nothing": _("None of these countries is here. Write at least one code of a country that is."),
        "future": _("This month is still to come."),
        "source": _("Say where it was published, in at most 300 characters."),
        "value": _("The index goes from 0 to 5. Correct the value that does not."),
        "shipped": _("Nothing of this month was entered here."),
    }
    return sentences[refused.reason]


@_coordination
def page(request: PersonRequest) -> HttpResponse:
    """What is known, the newest month first, and the form that enters a month."""
    form = SeverityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            done = severities.enter(
                said["values"], month_on=said["month"], source=said["source"], by=request.user, at=request.at
            )
        except SeverityRefused as refused:
            form.add_error(_FIELD[refused.reason], sentence(refused))
        else:
            written = done.created + done.changed
            words = ngettext("%(n)s value is entered.", "%(n)s values are entered.", written)
            messages.success(request, words % {"n": written})
            return redirect("severities")
    here = Count("pk", filter=Q(edition=""))
    months = Severity.objects.order_by().values("month_on").annotate(count=Count("pk"), here=here, said=Max("source"))
    by_severity = coverage_by_severity.table(on=request.at.date())
    context = {"form": form, "rows": months.order_by("-month_on"), "by_severity": by_severity}
    return render(request, "web/coordination/severities.html", context, status=REFUSED if form.errors else 200)


@_coordination
@require_POST
def drop(request: PersonRequest, month: str) -> HttpResponse:
    """Take out what was entered here for a month."""
    try:
        month_on = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Http404 from None
    try:
        severities.drop(month_on, by=request.user, at=request.at)
    except SeverityRefused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, _("What was entered here for this month is taken out."))
    return redirect("severities")
