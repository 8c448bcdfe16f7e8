"""The fields of an offer and of its lines, read as people type them."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from unmet.catalogue.models import Item
from unmet.methods.fold import fold
from unmet.needs.lookup import words_of
from unmet.needs.models import Need
from unmet.parties import sets
from unmet.parties.models import Party
from unmet.support import request_queries
from unmet.support.models import Offer, RequestLine
from unmet.support.offer_rules import FITTING, LONGEST, Capacity, LineDraft, OfferDraft, Technology
from unmet.web import set_words
from unmet.web.day_field import DayField
from unmet.web.desk import quantities
from unmet.web.desk.quantities import Refused
from unmet.web.ticks import Ticks

_NAMES: Final = ("name_en", "name_ar", "name_es", "name_fr")


def kind_of(item: Item) -> str:
    """The kind of offer that an item is offered as: goods as supplies rather than as capacity to make them."""
    return next(kind for kind, items in FITTING.items() if item.kind in items)


def items_named(texts: Iterable[str]) -> dict[str, Item]:
    """Text -> the item with this code or one of its names, in any of the four languages, where exactly one fits."""
    wanted = {text: fold(text) for text in texts if text.strip()}
    found: dict[str, set[int]] = {text: set() for text in wanted}
    codes = {text.strip().upper(): text for text in wanted}
    named: dict[str, int] = {}
    for pk, code, *names in Item.objects.filter(retired_on=None).values_list("pk", "code", *_NAMES) if wanted else ():
        if code in codes:
            named[codes[code]] = pk
        folded = {fold(name) for name in names if name}
        for text, word in wanted.items():
            if word in folded:
                found[text].add(pk)
    named = {text: pks.copy().pop() for text, pks in found.items() if len(pks) == 1} | named
    items = Item.objects.select_related("base_unit").in_bulk(set(named.values()))
    return {text: items[pk] for text, pk in named.items()}


def item_named(text: str) -> Item | None:
    """The item with this code or one of its names, in any of the four languages; None where none or several fit."""
    return items_named([text]).get(text)


class OfferForm(forms.Form):
    """To whom, until when, on which conditions."""

    giver = forms.ChoiceField(label=gettext_lazy("In the name of"))
    aim = forms.ChoiceField(
        label=gettext_lazy("To whom it is offered"), widget=forms.RadioSelect, choices=Offer.Aim.choices,
        error_messages={"required": gettext_lazy("Say to whom it is offered: one member, several, or any.")},
    )  # fmt: skip
    member = forms.ChoiceField(
        label=gettext_lazy("The one member"), required=False,
        help_text=gettext_lazy("For “one member”. It is a pledge to it as soon as it is sent."),
    )  # fmt: skip
    group = forms.ChoiceField(
        label=gettext_lazy("A set of members"),
        required=False,
        help_text=gettext_lazy("For “several members”: those who are in it on the day the offer is sent."),
    )
    members = forms.MultipleChoiceField(
        label=gettext_lazy("Members one by one"), required=False, widget=Ticks,
        help_text=gettext_lazy("For “several members”, beside the set or instead of it."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=gettext_lazy("Kind of offer"), choices=Offer.Kind.choices)
    held_until = DayField(
        label=gettext_lazy("Held until"), help_text=gettext_lazy("The last day on which it can be accepted"),
        error_messages={"required": gettext_lazy("Say until when the offer is held.")},
    )  # fmt: skip
    conditions = forms.CharField(
        label=gettext_lazy("Conditions"), required=False, max_length=LONGEST,
        help_text=gettext_lazy("Shown in full before anybody accepts. At most 4,000 characters."),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )  # fmt: skip
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"), required=False, help_text=gettext_lazy("Through whom, if not directly")
    )
    earmarking = forms.ChoiceField(
        label=gettext_lazy("Earmarking"), required=False,
        choices=[("", gettext_lazy("as it is aimed")), *Offer.Earmarking.choices],
    )  # fmt: skip

    def __init__(self, givers: Sequence[Party], at: datetime, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        members = list(Party.objects.all().members(on=at.date()).in_reading_order())
        others = list(Party.objects.exclude(code="COORD").in_reading_order())
        for name in ("member", "group", "members"):
            # Needed for one choice of whom it is offered to; the hint says which.
            self.fields[name].conditional = True  # type: ignore[attr-defined]
        self.parties = {party.code: party for party in [*others, *members, *givers]}
        self._choose("giver", [(party.code, party.name) for party in givers])
        if len(givers) == 1:
            self.fields["giver"].widget, self.initial["giver"] = forms.HiddenInput(), givers[0].code
        named = [(party.code, party.name) for party in members]
        self._choose("member", [("", "–"), *named])
        self._choose("members", named)
        self._choose("group", [("", "–"), *set_words.choices(sets.known())])
        self._choose("channel", [("", _("directly")), *((party.code, party.name) for party in others)])

    def _choose(self, name: str, choices: Sequence[tuple[str, object]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @staticmethod
    def typed(sent: Any) -> dict[str, Any]:
        """What was typed, to be shown as it was."""
        return {name: sent.getlist(name) if name == "members" else sent.get(name, "") for name in OfferForm.base_fields}

    def clean_giver(self) -> Party:
        """The party itself."""
        return self.parties[self.cleaned_data["giver"]]

    def clean(self) -> dict[str, Any]:
        """Whoever it is offered to by name must be named."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("aim") == Offer.Aim.MEMBER and not said.get("member") and "member" not in self.errors:
            self.add_error("member", _("Choose to whom it is offered."))
        several = said.get("members") or said.get("group")
        if said.get("aim") == Offer.Aim.MEMBERS and not several and "members" not in self.errors:
            self.add_error("members", _("Choose to whom it is offered."))
        return said

    def wanted(self, lines: Sequence[LineDraft]) -> OfferDraft:
        """What the offer is to say."""
        said = self.cleaned_data
        chosen = {self.parties[code].pk: self.parties[code] for code in said["members"]}
        several, alone = said["aim"] == Offer.Aim.MEMBERS, said["aim"] == Offer.Aim.MEMBER
        member = self.parties[said["member"]] if alone else None
        # Whoever offers it to somebody else than the link said has no need of that one in mind.
        lines = [
            line if line.need is None or line.need.member == member else replace(line, need=None, request_line=None)
            for line in lines
        ]
        lines = _together(lines)
        return OfferDraft(
            kind=said["kind"], aim=said["aim"], held_until_on=said["held_until"], lines=lines, member=member,
            members=list(chosen.values()) if several else [], to_set=said["group"] if several else "",
            channel=self.parties.get(said["channel"]), conditions=said["conditions"],
            earmarking=int(said["earmarking"]) if said["earmarking"] else None,
        )  # fmt: skip


def _together(lines: Sequence[LineDraft]) -> list[LineDraft]:
    """Another lot of an item is for the same need, and answers the same request, as the line before that says so."""
    meant: dict[int, LineDraft] = {}
    for line in lines:
        if line.need is not None:
            meant.setdefault(line.item.pk, line)
    return [
        replace(line, need=meant[line.item.pk].need, request_line=meant[line.item.pk].request_line)
        if line.need is None and line.item.pk in meant
        else line
        for line in lines
    ]


class LineForm(forms.Form):
    """One line: what and how much; its goods; for capacity and technology what belongs to them."""

    use_required_attribute = False  # an empty line is left out

    need = forms.CharField(required=False, widget=forms.HiddenInput)
    request = forms.CharField(required=False, widget=forms.HiddenInput)
    item = forms.CharField(
        label=gettext_lazy("Item"), max_length=300, error_messages={"required": gettext_lazy("Write the item.")},
        widget=forms.TextInput(attrs={"list": "items", "autocomplete": "off", "dir": "auto"}),
    )  # fmt: skip
    quantity = forms.CharField(
        label=gettext_lazy("Quantity"), max_length=40,
        error_messages={"required": gettext_lazy("Write a quantity above zero.")},
        help_text=gettext_lazy("In base units of the item unless you write a pack beside it; money in US$"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off", "class": "short"}),
    )  # fmt: skip
    unit = forms.CharField(
        label=gettext_lazy("Unit or pack"), required=False, max_length=80,
        help_text=gettext_lazy("Empty, or a pack of the item as the catalogue names it"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )  # fmt: skip
    lot = forms.CharField(label=gettext_lazy("Lot"), required=False, max_length=80)
    expires = DayField(label=gettext_lazy("Expiry date of the goods"), required=False)
    stands_at = forms.CharField(label=gettext_lazy("Where it stands"), required=False, max_length=200)
    papers = forms.CharField(
        label=gettext_lazy("Quality papers"), required=False, max_length=500,
        help_text=gettext_lazy("Certificates, and who issued them"),
    )  # fmt: skip
    a_month = forms.CharField(label=gettext_lazy("Units a month"), required=False, max_length=40)
    from_on = DayField(label=gettext_lazy("From when it can be made"), required=False)
    bottleneck = forms.CharField(label=gettext_lazy("What holds more up"), required=False, max_length=500)
    product = forms.CharField(label=gettext_lazy("Product"), required=False, max_length=200)
    holder = forms.CharField(label=gettext_lazy("Who holds the right"), required=False, max_length=200)
    territory = forms.CharField(label=pgettext_lazy("of a licence", "Territory"), required=False, max_length=300)
    terms = forms.CharField(label=pgettext_lazy("of a licence", "Terms"), required=False, max_length=1000)
    licence_until = DayField(label=gettext_lazy("Until when the licence runs"), required=False)

    # What is shown beside the fields: the packs of the item, and what the quantity comes to in base units.
    units: Sequence[str] = ()
    comes_to: str = ""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["unit"].widget.attrs["list"] = f"{self.prefix}-units"

    def typed(self) -> dict[str, Any]:
        """What was typed, to be shown as it was."""
        return {name: self[name].value() for name in self.fields}

    def is_empty(self) -> bool:
        """Whether nothing was typed; such a line is left out."""
        return not any(str(self[name].value() or "").strip() for name in self.fields if name not in {"need", "request"})

    def is_good(self, kind: str) -> bool:
        """Whether all of it can be read, and what belongs to the kind is there."""
        if not self.is_valid():
            return False
        if kind == Offer.Kind.CAPACITY and not (self.cleaned_data["a_month"] and self.cleaned_data["from_on"]):
            self.add_error("a_month", _("Say how many units a month can be made, and from when."))
        if kind == Offer.Kind.TECHNOLOGY and not (self.cleaned_data["product"] and self.cleaned_data["holder"]):
            self.add_error("product", _("Say which product it is about and who holds the right."))
        return not self.errors

    def clean_item(self) -> Item:
        """The item itself."""
        text = self.cleaned_data["item"]
        found = item_named(text)
        if found is None:
            words = _("“%(value)s” is not an item we know. Choose one from the list, or write its code.")
            raise forms.ValidationError(words % {"value": text})
        return found

    def clean(self) -> dict[str, Any]:
        """Quantities, in the units of the item."""
        said: dict[str, Any] = super().clean() or {}
        item = said.get("item")
        for name in ("quantity", "a_month"):
            text = str(said.get(name) or "").strip()
            if not isinstance(item, Item) or not text:
                continue
            # Capacity is stated in base units a month.
            unit = str(said.get("unit") or "") if name == "quantity" else ""
            read = quantities.read_in(text, unit, item, words_of([item])[item.pk])
            if read == 0:
                read = Refused("quantity", _("Write a quantity above zero."))
            if isinstance(read, Refused):
                self.add_error("unit" if read.field == "unit" else name, read.why)
            else:
                said[name] = read
        return said

    def said(self, kind: str) -> LineDraft:
        """What the line says."""
        one = self.cleaned_data
        capacity = technology = None
        if kind == Offer.Kind.CAPACITY:
            capacity = Capacity(one["a_month"], one["from_on"], one["bottleneck"])
        if kind == Offer.Kind.TECHNOLOGY:
            technology = Technology(one["product"], one["holder"], one["territory"], one["terms"], one["licence_until"])
        return LineDraft(
            item=one["item"], quantity=one["quantity"], need=_row(Need.objects.select_related("member"), one["need"]),
            request_line=_request_line(one["request"]), lot=one["lot"], expires_on=one["expires"],
            papers=one["papers"], stands_at=one["stands_at"], capacity=capacity, technology=technology,
        )  # fmt: skip


def _row(rows: Any, text: str) -> Any:
    try:
        return rows.filter(uuid=uuid.UUID(text)).first()
    except ValueError:
        return None


def _request_line(text: str) -> RequestLine | None:
    try:
        return request_queries.line_of(uuid.UUID(text))
    except ValueError:
        return None
