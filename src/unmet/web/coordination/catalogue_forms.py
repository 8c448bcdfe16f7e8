"""The forms in which coordination types what the catalogue holds, and why something is refused."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from unmet.catalogue.models import Item, Sector, Unit
from unmet.figures.order import by_name
from unmet.needs.catalogue_changes import LANGUAGES, CatalogueRefused
from unmet.needs.catalogue_kits import ContentEntry
from unmet.web.day_field import DayField
from unmet.web.number_field import NumberField, OptionalNumberField, number
from unmet.web.public.items import flag_words

FLAGS: Final = (
    "CC2-8", "CC-20", "CC-70", "DG", "CTRL", "REG", "EXP", "PWR", "FIT", "PLAT", "KIT", "ICG", "SENS", "POLICY",
)  # fmt: skip
_LATIN: Final = {"dir": "ltr", "autocapitalize": "none", "autocomplete": "off"}


class NamesForm(forms.Form):
    """A name in each language in which the pages are read; a coalition may have fewer than four."""

    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200)
    name_ar = forms.CharField(label=gettext_lazy("Name in Arabic"), max_length=200)
    name_es = forms.CharField(label=gettext_lazy("Name in Spanish"), max_length=200)
    name_fr = forms.CharField(label=gettext_lazy("Name in French"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        served = dict(settings.LANGUAGES)
        for language in LANGUAGES:
            if language not in served:
                del self.fields[f"name_{language}"]
                continue
            self.fields[f"name_{language}"].widget.attrs |= {
                "lang": language, "dir": "rtl" if language == "ar" else "ltr",
            }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Names that are not asked for stay as they stand; of what is new they are those of the leading language."""
        cleaned = super().clean() or {}
        leading = f"name_{settings.LANGUAGES[0][0]}"
        for language in LANGUAGES:
            name = f"name_{language}"
            if name not in self.fields and leading in cleaned:
                standing = self.initial.get(name)
                copied = standing == self.initial.get(leading)
                cleaned[name] = cleaned[leading] if not standing or copied else standing
        return cleaned

    @property
    def names(self) -> dict[str, str]:
        """The names by language."""
        return {language: self.cleaned_data[f"name_{language}"] for language in LANGUAGES}


class ItemForm(NamesForm):
    """An item. In the form of one that stands its code cannot be typed."""

    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=20,
        help_text=gettext_lazy("Capital letters, digits and hyphens, and never changed: for example MASK-IIR"),
        widget=forms.TextInput(attrs={**_LATIN, "class": "short"}),
    )  # fmt: skip
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Item.Kind.choices)
    base_unit = forms.ModelChoiceField(
        Unit.objects.none(), label=gettext_lazy("Base unit"), to_field_name="code",
        empty_label=gettext_lazy("Choose one"),
        help_text=gettext_lazy("What is counted. It stays as it is once a member has stated a need in it."),
    )  # fmt: skip
    sector = forms.ModelChoiceField(
        Sector.objects.none(), label=gettext_lazy("Sector"), to_field_name="code",
        empty_label=gettext_lazy("Choose one"),
    )  # fmt: skip
    whole = forms.BooleanField(label=gettext_lazy("Counted in whole units"), required=False, initial=True)
    flags = forms.MultipleChoiceField(
        label=gettext_lazy("Flags"), required=False, choices=[(flag, flag) for flag in FLAGS],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    source = forms.CharField(label=gettext_lazy("Source"), max_length=200, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = ("code", "name_en", "name_ar", "name_es", "name_fr", "kind", "base_unit", "sector", "whole", "flags")

    def __init__(self, *args: Any, item: Item | None = None, **kwargs: Any) -> None:
        if item is not None:
            kwargs.setdefault("initial", as_typed(item))
        super().__init__(*args, **kwargs)
        units = Unit.objects.all()
        self.fields["base_unit"].queryset = units  # type: ignore[attr-defined]
        named = [(unit.code, unit.name) for unit in by_name(units)]
        self.fields["base_unit"].choices = [("", _("Choose one")), *named]  # type: ignore[attr-defined]
        self.fields["sector"].queryset = Sector.objects.order_by("domain", "pk")  # type: ignore[attr-defined]
        self.fields["flags"].choices = [(flag, flag_words(flag)) for flag in FLAGS]  # type: ignore[attr-defined]
        if item is not None:
            del self.fields["code"]


def as_typed(item: Item) -> dict[str, Any]:
    """An item as its form shows it."""
    names = {f"name_{language}": getattr(item, f"name_{language}") for language in LANGUAGES}
    return {
        **names, "kind": item.kind, "base_unit": item.base_unit.code, "sector": item.sector.code, "whole": item.whole,
        "flags": item.flags.split(), "source": item.source, "version": item.version,
    }  # fmt: skip


class PackForm(NamesForm):
    """A pack of an item."""

    factor = NumberField(label=gettext_lazy("Base units in one pack"), max_length=20)
    aliases = forms.CharField(
        label=gettext_lazy("Other ways people write it"), required=False, max_length=1000,
        help_text=gettext_lazy("Parted by |"),
    )  # fmt: skip
    source = forms.CharField(label=gettext_lazy("Source"), max_length=200, required=False)
    weight_kg = OptionalNumberField(label=gettext_lazy("Gross weight of one pack, in kilograms"), max_length=20)
    volume_l = OptionalNumberField(label=gettext_lazy("Volume of one pack, in litres"), max_length=20)
    measured_on = DayField(label=gettext_lazy("Date of the source of weight and volume"), years_back=12, required=False)
    measured_source = forms.CharField(
        label=gettext_lazy("Source of weight and volume"), max_length=300, required=False,
        help_text=gettext_lazy("Where anybody can read it: the list, its edition, the page"),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)


class CodeForm(forms.Form):
    """The code of an item in another system."""

    system = forms.CharField(
        label=gettext_lazy("System"), max_length=40, help_text=gettext_lazy("For example UNICEF material number")
    )
    code = forms.CharField(label=gettext_lazy("Code"), max_length=60, widget=forms.TextInput(attrs=_LATIN))
    edition = forms.CharField(label=gettext_lazy("Edition of that list"), max_length=40, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


class AliasForm(forms.Form):
    """Another name of an item."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    text = forms.CharField(label=gettext_lazy("Other name"), max_length=200, widget=forms.TextInput({"dir": "auto"}))
    version = forms.IntegerField(widget=forms.HiddenInput)


class PriceForm(forms.Form):
    """A dated reference price."""

    usd = NumberField(label=gettext_lazy("US$ for one base unit"), max_length=20)
    dated_on = DayField(label=gettext_lazy("Date of the price"), years_back=12)
    source = forms.CharField(
        label=gettext_lazy("Source"), max_length=300,
        help_text=gettext_lazy("Where anybody can read it: the list, its edition, the page"),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)


class UnitForm(NamesForm):
    """A base unit."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=20, widget=forms.TextInput({"class": "short"}))
    aliases = forms.CharField(
        label=gettext_lazy("Other ways people write it"), required=False, max_length=1000,
        help_text=gettext_lazy("Parted by |"),
    )  # fmt: skip
    field_order = ("code",)


class ContentsForm(forms.Form):
    """What a kit of one edition holds: one line for each thing."""

    edition = forms.CharField(label=gettext_lazy("Edition of the kit"), max_length=40)
    lines = forms.CharField(
        label=gettext_lazy("What one kit holds"), required=False, max_length=20_000, strip=False,
        widget=forms.Textarea({"rows": 12, "dir": "auto"}),
        help_text=gettext_lazy(
            "One line for each thing: the quantity in base units, then the code of the item, or words where the "
            "catalogue has no item for it. For example: 100 MASK-IIR"
        ),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean_lines(self) -> list[ContentEntry]:
        """The lines, each an item or words."""
        entries = []
        by_code = {item.code: item for item in Item.objects.all()}
        for line in self.cleaned_data["lines"].splitlines():
            quantity, _blank, what = line.strip().partition(" ")
            if not quantity:
                continue
            try:
                read = number(quantity)
            except InvalidOperation as error:
                words = _("“%(line)s” does not begin with a quantity. Write it like this: 100 MASK-IIR.")
                raise ValidationError(words % {"line": line.strip()[:60]}) from error
            item = by_code.get(what.strip().upper())
            entries.append(ContentEntry(item, "" if item else what.strip(), read))
        return entries


class RetireForm(forms.Form):
    """Why an item is taken out of use, and what takes its place."""

    successor = forms.CharField(
        label=gettext_lazy("Code of the item that takes its place"), required=False, max_length=20,
        help_text=gettext_lazy("Of the same base unit. What is newly typed with the old name or code goes there."),
        widget=forms.TextInput(attrs={**_LATIN, "class": "short"}),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Why, and what members do instead"), required=False, max_length=500,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean_successor(self) -> Item | None:
        """The item with the code."""
        code = self.cleaned_data["successor"].strip().upper()
        item = Item.objects.filter(code=code).first() if code else None
        if code and item is None:
            raise ValidationError(_("Nothing here has the code “%(code)s”.") % {"code": code})
        return item


def sentence(refused: CatalogueRefused) -> str:
    """Why the catalogue is not changed so, and what to do."""
    about = {"about": refused.about}
    languages = dict(settings.LANGUAGES)
    sentences = {
        "code": _("The code %(about)s is taken. Codes are never changed and never used twice.") % about,
        "code_form": _("“%(about)s” is not a code. Take 2 to 20 capital letters, digits and hyphens.") % about,
        "name": _("The name is missing in this language: %(about)s. Every name stands in each language of the pages.")
        % {"about": languages.get(refused.about, refused.about)},
        "name_taken": _("The item %(about)s bears this name. Choose another name, or merge the two.") % about,
        "unit": _("Members have stated needs in this unit: %(about)s. A change of the unit is a new item.") % about,
        "sector": _("Needs stand in this sector: %(about)s. Releases cover sectors, so it stays.") % about,
        "kind": _("Money is counted in US cents and nothing else is. Choose a kind and a unit that fit."),
        "retired": _("The item %(about)s is retired already.") % about,
        "in_use": _("The item %(about)s is in use already.") % about,
        "successor": _("The item %(about)s cannot take its place: it is retired, the same, or of another unit.")
        % about,
        "reason": _("Name the item that takes its place, or say what members do instead."),
        "taken": _("This stands already: %(about)s.") % about,
        "measures": _(
            "Weight and volume are above zero, with at most three decimals, and come with a source and its date."
        ),
        "factor": _("A pack holds more than nothing, and whole units where the item is counted so: %(about)s.") % about,
        "price": _("A price is more than zero, with at most six decimals."),
        "money": _("Money has no price: its quantity is its value."),
        "date": _("The date of the price is still to come."),
        "source": _("A price needs a source that anybody can read."),
        "unit_code": _("No base unit has the code “%(about)s”. Add it first, or take one of the list.") % about,
        "sector_code": _("No sector has the code “%(about)s”.") % about,
        "whole": _("“%(about)s” says nothing about whole units. Write 1 where the item is counted so, else 0.") % about,
        "length": _("A name or the source has more than 200 characters: %(about)s.") % about,
        "contents": _("This line cannot be in the kit: %(about)s.") % about,
    }
    return sentences[refused.reason]


FIELD_OF: Final = {
    "code": "code", "code_form": "code", "kind": "kind", "unit": "base_unit", "sector": "sector",
    "successor": "successor", "reason": "reason", "factor": "factor", "price": "usd", "date": "dated_on",
    "measures": "measured_source",
    "source": "source", "contents": "lines",
}  # fmt: skip


def factor_words(thousandths: int) -> str:
    """The factor of a pack as it is typed again."""
    return f"{(Decimal(thousandths) / 1000).normalize():f}"
