"""What the form of a consignment asks: how it travels, and how much of which lot of a line is packed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from unmet.catalogue.models import Item
from unmet.parties.models import Party
from unmet.support import consignment_queries as queries
from unmet.support import consignments
from unmet.support.consignments import Packed, Plan
from unmet.support.models import Consignment, Line
from unmet.support.substitutes import Substitute
from unmet.support.waybills import LONGEST_WAYBILL
from unmet.web.day_field import DayField


class WayForm(forms.Form):
    """How it travels, from where to where."""

    to_place = forms.ChoiceField(label=gettext_lazy("To"))
    mode = forms.ChoiceField(label=gettext_lazy("How it travels"), choices=Consignment.Mode.choices)
    waybill = forms.CharField(
        label=gettext_lazy("Waybill"), required=False, max_length=LONGEST_WAYBILL,
        help_text=gettext_lazy("Needed when it is sent. By it everybody finds the same consignment."),
    )  # fmt: skip
    planned_on = DayField(label=gettext_lazy("Planned day of dispatch"), required=False)
    expected_on = DayField(label=gettext_lazy("Expected arrival"), required=False)
    carrier = forms.ChoiceField(
        label=gettext_lazy("Carrier, if it is a party"), required=False,
        help_text=gettext_lazy("Its people see the consignment and say what they saw of it."),
    )  # fmt: skip
    carrier_name = forms.CharField(label=gettext_lazy("Carrier, in words"), required=False, max_length=120)
    from_place = forms.CharField(label=gettext_lazy("From"), required=False, max_length=consignments.LONGEST)
    cold_chain = forms.CharField(
        label=gettext_lazy("Cold chain"), required=False, max_length=consignments.LONGEST,
        help_text=gettext_lazy("For example: 2 to 8 °C, with a logger. Empty: none."),
    )  # fmt: skip
    permit = forms.CharField(
        label=gettext_lazy("Licence or permit"), required=False, max_length=consignments.LONGEST,
        help_text=gettext_lazy("Which one is needed, and its number."),
    )  # fmt: skip

    checked = forms.BooleanField(
        label=gettext_lazy("We have checked: where nothing is written, no cold chain and no licence is needed."),
        required=False,
    )  # fmt: skip

    def __init__(self, rows: Sequence["Row"], data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.places = {str(place.uuid): place for place in queries.destinations([row.line for row in rows])}
        members = {row.line.member_id for row in rows}
        self.carriers = {party.code: party for party in Party.objects.exclude(pk__in=members).in_reading_order()}
        to, carrier = self.fields["to_place"], self.fields["carrier"]
        to.choices = [(key, place.name) for key, place in self.places.items()]  # type: ignore[attr-defined]
        carrier.choices = [("", "–"), *((code, one.name) for code, one in self.carriers.items())]  # type: ignore[attr-defined]

    def plan(self, packed: Sequence[Packed]) -> Plan:
        """What was said, for the service."""
        said = self.cleaned_data
        words = {name: said[name] for name in ("waybill", "carrier_name", "from_place", "cold_chain", "permit")}
        return Plan(
            packed=packed, to_place=self.places[said["to_place"]], mode=said["mode"],
            carrier=self.carriers.get(said["carrier"]), planned_on=said["planned_on"],
            expected_on=said["expected_on"], checked=said["checked"], **words,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One lot of a line on the form: what was typed, and what is wrong with it. `free` in thousandths."""

    line: Line
    free: int
    number: int = 0
    quantity: str = ""
    lot: str = ""
    expires: str = ""
    problem: str = ""
    substitute: Substitute | None = None

    @property
    def item(self) -> Item:
        """What is packed: the item of the line, or the kit or substitute that was accepted for it."""
        return self.substitute.item if self.substitute else self.line.item

    @property
    def to_pack(self) -> int:
        """How much of it is free, in thousandths of its own base unit."""
        return self.real(self.free)

    def real(self, counted: int) -> int:
        """How much of what is packed a quantity of the line's item is."""
        return self.substitute.real(counted) if self.substitute else counted

    @property
    def field(self) -> str:
        """By it the labels and the summary name the fields."""
        return f"{self.line.uuid}-{self.number}"

    @property
    def first(self) -> bool:
        """Whether it is the first lot of its line."""
        return self.number == 0
