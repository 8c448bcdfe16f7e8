"""What belongs to the items in use, as files: packs, dated prices, codes in other systems, names in each language."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.urls import register_converter, reverse
from django.utils.translation import gettext as _

from unmet.catalogue.models import Item, ItemCode, Pack, Price
from unmet.exchange.download import Column, Value
from unmet.web.public.pages import FORMS, Answer, Table, public
from unmet.web.requests import PageRequest

LANGUAGES = ("en", "ar", "es", "fr")
_NAMES = tuple(f"name_{language}" for language in LANGUAGES)


class _Listed:
    """The name of a list in an address. Codes of items are in capitals, so it is none of them."""

    regex = "packs|prices|codes|names"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(_Listed, "item_list")


@dataclass(frozen=True, slots=True)
class _List:
    title: str
    columns: Sequence[Column]
    rows: Callable[[], Iterable[Sequence[Value]]]


def _lists() -> dict[str, _List]:
    """The lists in the reader's language, by their name in the address. Keys of columns are those of the API."""
    item, source = Column("item", _("Item, code"), "text"), Column("source", _("Source"), "text")
    names = [
        Column("name_en", _("Name in English"), "text"),
        Column("name_ar", _("Name in Arabic"), "text"),
        Column("name_es", _("Name in Spanish"), "text"),
        Column("name_fr", _("Name in French"), "text"),
    ]
    return {
        "packs": _List(
            _("Packs"), [item, *names, Column("base_units", _("Base units in one pack"), "quantity"), source], _packs
        ),
        "prices": _List(
            _("Reference prices"),
            [
                item, Column("usd", _("US$ for one base unit"), "quantity"), Column("dated_on", _("Date"), "date"),
                source,
            ],
            _prices,
        ),
        "codes": _List(
            _("Codes in other systems"),
            [
                item, Column("system", _("System"), "text"), Column("code", _("Code"), "text"),
                Column("edition", _("Edition"), "text"),
            ],
            _codes,
        ),
        "names": _List(_("Names in each language"), [item, *names], _item_names),
    }  # fmt: skip


def _packs() -> Iterator[Sequence[Value]]:
    packs = Pack.objects.filter(item__retired_on=None).exclude(item__kind=Item.Kind.FINANCE).select_related("item")
    for pack in packs.order_by("item__code", "factor", "pk"):
        yield [pack.item.code, *(getattr(pack, name) for name in _NAMES), Decimal(pack.factor) / 1000, pack.source]


def _prices() -> Iterator[Sequence[Value]]:
    prices = Price.objects.filter(item__retired_on=None).select_related("item")
    for price in prices.order_by("item__code", "-dated_on", "source"):
        yield [price.item.code, price.usd, price.dated_on, price.source]


def _codes() -> Iterator[Sequence[Value]]:
    codes = ItemCode.objects.filter(item__retired_on=None).select_related("item")
    for one in codes.order_by("item__code", "system", "code"):
        yield [one.item.code, one.system, one.code, one.in_edition]


def _item_names() -> Iterable[Sequence[Value]]:
    return Item.objects.filter(retired_on=None).order_by("code").values_list("code", *_NAMES)


@public
def item_list(request: PageRequest, listed: str) -> Answer:
    """One list, as the file that the address asks for."""
    found = _lists()[listed]

    def table() -> Table:
        about = {"source": _("Source: the catalogue that coordination keeps.")}
        return Table(f"unmet-item-{listed}", found.title, found.columns, found.rows, about)

    return Answer("", dict, table)


@dataclass(frozen=True, slots=True)
class Files:
    """A list and its files: (form, address) pairs."""

    title: str
    files: Sequence[tuple[str, str]]


def lists() -> list[Files]:
    """All lists, for the pages that lead to them."""
    return [
        Files(one.title, [(form.upper(), reverse("item_list_file", args=[name, form])) for form in FORMS])
        for name, one in _lists().items()
    ]
