"""The forms for money: an amount as people write it, its currency, the rate where there is one, and where it goes."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from babel.numbers import get_currency_name
from django import forms
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from unmet.catalogue import rates
from unmet.catalogue.models import Emergency, ExchangeRate, Item, Sector
from unmet.exchange.flow_refusals import too_fine
from unmet.exchange.typed import Ambiguous, NotANumber, parse_number
from unmet.figures.order import by_name
from unmet.parties.models import Party
from unmet.support.flow_rules import Amount, FlowRefused, Rate
from unmet.support.models import Flow, MoneyStage
from unmet.web import formats
from unmet.web.day_field import DayField
from unmet.web.desk import money_words
from unmet.web.number_field import number
from unmet.web.ticks import Ticks

YEARS_BACK: Final = 10  # public facts of past years are stated too


class AmountForm(forms.Form):
    """An amount for a day, with the rate that whoever types it used. Without a rate the one of this place is taken."""

    amount = forms.CharField(
        label=gettext_lazy("Amount"), max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        help_text=gettext_lazy("In the currency, as you write it: 5 000 000 or 1250.50"),
    )  # fmt: skip
    dated_on = DayField(label=gettext_lazy("Day on which it happened"), years_back=YEARS_BACK)
    rate = forms.CharField(
        label=gettext_lazy("Exchange rate"), max_length=24, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr"}),
        help_text=gettext_lazy("Empty: the published rate that is known here for that day. For US dollars none."),
    )  # fmt: skip
    quoted = forms.ChoiceField(
        label=gettext_lazy("The rate is"), choices=ExchangeRate.Quoted.choices, required=False,
        initial=ExchangeRate.Quoted.USD_PER_UNIT,
    )  # fmt: skip
    rate_on = DayField(
        label=gettext_lazy("Day of the rate"), years_back=YEARS_BACK, required=False,
        help_text=gettext_lazy("Empty: the day on which it happened"),
    )  # fmt: skip
    rate_source = forms.CharField(
        label=gettext_lazy("Where the rate was published"), max_length=300, required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )  # fmt: skip

    def currency_of(self) -> str:
        """The currency that the amount is in, as it is chosen in the form; "" while none is."""
        return str(self.cleaned_data.get("currency", ""))

    def clean(self) -> dict[str, Any]:
        """The amount in the smallest units of its currency, the rate as an exact decimal."""
        said: dict[str, Any] = super().clean() or {}
        currency = self.currency_of()
        if currency and "amount" in said:
            read = read_amount(said["amount"], currency)
            if isinstance(read, str):
                self.add_error("amount", read)
            said["minor"] = read
        if said.get("rate"):
            try:
                said["exact_rate"] = f"{number(said['rate']):f}"
            except InvalidOperation:
                self.add_error(
                    "rate",
                    _("“%(typed)s” can be read in two ways, or is no number. Write one more decimal, such as 1.0820.")
                    % {"typed": said["rate"]},
                )
        return said

    def as_amount(self) -> Amount:
        """What was typed, of a form that is valid."""
        said = self.cleaned_data
        rate = None
        if said.get("exact_rate") and self.currency_of() != rates.USD:
            on = said["rate_on"] or said["dated_on"]
            rate = Rate(said["exact_rate"], said["quoted"], on, said["rate_source"])
        return Amount(said["minor"], said["dated_on"], rate)

    @property
    def rate_fields(self) -> list[Any]:
        """The fields of the rate, for a part of the page that may stay closed."""
        return [self[name] for name in ("rate", "quoted", "rate_on", "rate_source")]

    @property
    def rate_open(self) -> bool:
        """Whether that part must be open: another currency was chosen, or something was typed or refused there."""
        if not self.is_bound:
            return False
        if self.data.get(self.add_prefix("currency"), rates.USD) != rates.USD:
            return True
        return any(field.errors or (field.name != "quoted" and field.data) for field in self.rate_fields)


def read_amount(text: str, currency: str) -> int | str:
    """An amount in the smallest units of its currency, or why it cannot be read."""
    read = parse_number(text, decimal=None)
    if isinstance(read, Ambiguous):
        one, other = (
            formats.number(reading.value) if isinstance(reading.value, Decimal) else "" for reading in read.readings[:2]
        )
        return _("“%(typed)s” may mean %(one)s or %(other)s. Write it without marks between the digits.") % {
            "typed": text, "one": one, "other": other,
        }  # fmt: skip
    if isinstance(read, NotANumber):
        if read.reason == "number_too_large":
            return money_words.sentence(FlowRefused("too_large"))
        if read.likely and read.reason == "number_words":
            return _("“%(typed)s” is not a number alone. Did you mean %(likely)s? Please write that.") % {
                "typed": text, "likely": formats.number(read.likely),
            }  # fmt: skip
        return _("“%(typed)s” is not an amount. Write one number above zero.") % {"typed": text}
    scaled = read.scaleb(rates.digits(currency))
    if scaled != int(scaled):
        return too_fine(currency)
    return int(scaled)


class MoneyForm(AmountForm):
    """Money of one's own party, stated for the first time."""

    source = forms.ChoiceField(label=gettext_lazy("From"))
    destinations = forms.MultipleChoiceField(
        label=gettext_lazy("For"), widget=Ticks,
        help_text=gettext_lazy("One party or a set of them, all members or none of them."),
        error_messages={"required": gettext_lazy("Choose at least one party that the money is for.")},
    )  # fmt: skip
    stage = forms.ChoiceField(
        label=gettext_lazy("How far it has come"), widget=forms.RadioSelect,
        choices=[
            (MoneyStage.PLEDGE, gettext_lazy("Pledged: promised, no agreement yet")),
            (MoneyStage.COMMITMENT, gettext_lazy("Committed: bound by an agreement")),
            (MoneyStage.PAID, gettext_lazy("Paid at once")),
        ],
    )  # fmt: skip
    instrument = forms.ChoiceField(
        label=gettext_lazy("Kind"), widget=forms.RadioSelect, choices=Flow.Instrument.choices,
        initial=Flow.Instrument.GRANT, help_text=gettext_lazy("What is given in kind is stated as support, not here."),
    )  # fmt: skip
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), initial=rates.USD)
    via = forms.ChoiceField(label=gettext_lazy("Channel"), choices=Flow.Via.choices, initial=Flow.Via.BILATERAL)
    channel = forms.ChoiceField(label=gettext_lazy("Through which party"), required=False)
    emergency = forms.ChoiceField(label=gettext_lazy("Emergency"))
    sector = forms.ChoiceField(label=gettext_lazy("Sector it is for"), required=False)
    item = forms.ChoiceField(label=gettext_lazy("Item it is for"), required=False)
    passes_on = forms.ChoiceField(
        label=gettext_lazy("Money that you were given to pass on"), required=False,
        help_text=gettext_lazy("It was counted when its source stated it, and is not counted again."),
    )  # fmt: skip
    reference = forms.CharField(
        label=gettext_lazy("Reference"), max_length=80, widget=forms.TextInput(attrs={"dir": "auto"}),
        help_text=gettext_lazy("Your own number of it. The same number sent twice counts once."),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("In your own words"), max_length=2000, required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}), help_text=gettext_lazy("Never public."),
    )  # fmt: skip
    fact_source = forms.CharField(
        label=gettext_lazy("Where the fact can be read"), max_length=500, required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        help_text=gettext_lazy("An address or the name of a document, if it is published. Public if you make it so."),
    )  # fmt: skip

    def __init__(self, *args: Any, sources: list[Party], to_pass_on: Mapping[str, Flow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.to_pass_on = to_pass_on
        parties = sorted(Party.objects.all().in_reading_order(), key=lambda party: party.kind == Party.Kind.STATE)
        self.parties = {party.code: party for party in parties}
        self.emergencies = {one.code: one for one in by_name(Emergency.objects.all())}
        self.sectors = {one.code: one for one in by_name(Sector.objects.all())}
        self.items = {one.code: one for one in by_name(Item.objects.filter(retired_on=None))}
        for name, kinds in (("instrument", Flow.Instrument), ("via", Flow.Via)):
            self.fields[name].choices = [  # type: ignore[attr-defined]
                (value, capfirst(str(label))) for value, label in kinds.choices
            ]
        self._choose("source", {party.code: party for party in sources})
        self._choose("destinations", self.parties)
        self._choose("channel", self.parties, none="–")
        self._choose("emergency", self.emergencies)
        self._choose("sector", self.sectors, none="–")
        self._choose("item", self.items, none="–")
        self.fields["currency"].choices = currency_choices()  # type: ignore[attr-defined]
        self.fields["passes_on"].choices = [  # type: ignore[attr-defined]
            ("", pgettext_lazy("money to pass on", "none")),
            *((key, f"{flow.source.name} · {flow.reference}") for key, flow in to_pass_on.items()),
        ]

    def _choose(self, name: str, rows: Mapping[str, Any], *, none: str = "") -> None:
        choices = [(code, row.name) for code, row in rows.items()]
        self.fields[name].choices = [("", none), *choices] if none else choices  # type: ignore[attr-defined]


def currency_choices() -> list[tuple[str, str]]:
    """Currencies by code, with their names in the reader's language; the US dollar first."""
    locale = (get_language() or "en")[:2]
    codes = sorted(rates.currencies(), key=lambda code: (code != rates.USD, code))
    return [(code, f"{code} · {get_currency_name(code, locale=locale)}") for code in codes]


class StepForm(AmountForm):
    """A further step of money: more of it, moved on, or taken back."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    stage = forms.ChoiceField(label=gettext_lazy("Stage"))
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=500, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )

    def __init__(
        self, flow: Flow, *args: Any, today: date, stages: list[str], full: int = 0, why: bool = False, **kwargs: Any
    ) -> None:
        self.flow, self._known = flow, rates.rate_for(flow.currency, on=today) is not None
        digits = rates.digits(flow.currency)
        kwargs["initial"] = {
            "version": flow.version, "dated_on": today, "quoted": ExchangeRate.Quoted.USD_PER_UNIT,
            "amount": f"{Decimal(full).scaleb(-digits).normalize():f}" if full else "",
        }  # fmt: skip
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = why
        self.fields["reason"].error_messages["required"] = _("Please write why.")
        self.fields["amount"].error_messages["required"] = _("Write an amount above zero.")
        choices = [(stage, MoneyStage(stage).label) for stage in stages]
        self.fields["stage"].choices = choices  # type: ignore[attr-defined]
        # Whoever chose a stage that was there before sees which one is left, and that it is another.
        if len(stages) == 1 and self.data.get(self.add_prefix("stage"), stages[0]) == stages[0]:
            self.fields["stage"].widget = forms.HiddenInput()
            self.initial["stage"] = stages[0]

    def currency_of(self) -> str:
        """See `AmountForm`."""
        return self.flow.currency

    @property
    def rate_open(self) -> bool:
        """See `AmountForm`; also where no rate is known here for today."""
        return not self._known or super().rate_open
