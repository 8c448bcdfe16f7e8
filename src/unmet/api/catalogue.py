"""The catalogue: emergencies, sectors, and items with their packs, codes elsewhere and reference prices."""

from decimal import Decimal
from typing import Annotated, Any

from django.db.models import QuerySet
from pydantic import Field

from unmet.api import found, lists
from unmet.api import reference_schemas as said
from unmet.api.door import ApiRequest, One, Operations
from unmet.api.lists import Cursor, Limit, Listing
from unmet.api.values import Code
from unmet.catalogue.models import Emergency, Item, ItemCode, Pack, Price, Sector
from unmet.exchange.download import number_text

operations = Operations("catalogue", "/catalogue")


@operations.listing("/emergencies", said.Emergency)
def emergencies(request: ApiRequest, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """All emergencies, by code."""
    return Listing(said.Emergency, lists.by_code(Emergency.objects.all(), _emergency), limit, cursor)


def _emergency(row: Emergency) -> said.Emergency:
    return said.Emergency(code=row.code, name=row.name, began_on=row.began_on, ended_on=row.ended_on)


@operations.listing("/sectors", said.Sector)
def sectors(request: ApiRequest, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """All sectors, by code."""
    return Listing(said.Sector, lists.by_code(Sector.objects.all(), _sector), limit, cursor)


def _sector(row: Sector) -> said.Sector:
    return said.Sector(
        code=row.code, name=row.name, domain=row.domain, who_pillar=row.who_pillar, iasc_cluster=row.iasc_cluster
    )


@operations.listing("/items", said.Item)
def items(
    request: ApiRequest, sector: Code | None = None,
    retired: Annotated[bool, Field(description="Also items that are retired.")] = False,
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """Items by code, with packs, codes in other systems and prices."""
    rows = _items()
    if sector is not None:
        rows = rows.filter(sector=found.by_code(Sector.objects.all(), sector))
    if not retired:
        rows = rows.filter(retired_on=None)
    return Listing(said.Item, lists.by_code(rows, _item), limit, cursor)


@operations.one("/items/{code}", said.Item)
def item(request: ApiRequest, code: Code) -> One:
    """One item."""
    return One(_item(found.by_code(_items(), code)))


def _items() -> QuerySet[Item]:
    rows = Item.objects.select_related("base_unit", "sector", "successor")
    return rows.prefetch_related("packs", "codes", "prices")


def _item(row: Item) -> said.Item:
    money = row.kind == Item.Kind.FINANCE
    return said.Item(
        code=row.code, name=row.name, name_en=row.name_en, name_ar=row.name_ar, name_es=row.name_es,
        name_fr=row.name_fr, kind=row.kind, unit="USD" if money else row.base_unit.code,
        unit_name="US$" if money else row.base_unit.name, sector=row.sector.code, whole=row.whole,
        flags=row.flags.split(), retired_on=row.retired_on, successor=row.successor.code if row.successor else None,
        packs=[
            said.Pack(
                name=pack.name, base_units=number_text(Decimal(pack.factor) / 1000), source=pack.source
            )
            for pack in row.packs.all()
        ],
        codes=[said.OtherCode(system=one.system, code=one.code, edition=one.in_edition) for one in row.codes.all()],
        prices=[
            said.Price(usd=number_text(price.usd), dated_on=price.dated_on, source=price.source)
            for price in row.prices.all()
        ],
    )  # fmt: skip


# ── what belongs to items, each as a list of its own ─────────────────────────
@operations.listing("/packs", said.ItemPack)
def packs(
    request: ApiRequest, item: Code | None = None, limit: Limit = lists.DEFAULT, cursor: Cursor = None
) -> Listing:
    """Packs of the items in use, by code of the item, with their names in each language."""
    rows = _belonging(Pack.objects.exclude(item__kind=Item.Kind.FINANCE), item)
    return Listing(said.ItemPack, lists.by_item(rows, _pack), limit, cursor)


def _pack(row: Pack) -> said.ItemPack:
    return said.ItemPack(
        item=row.item.code, name_en=row.name_en, name_ar=row.name_ar, name_es=row.name_es, name_fr=row.name_fr,
        base_units=number_text(Decimal(row.factor) / 1000), source=row.source,
    )  # fmt: skip


@operations.listing("/prices", said.ItemPrice)
def prices(
    request: ApiRequest, item: Code | None = None, limit: Limit = lists.DEFAULT, cursor: Cursor = None
) -> Listing:
    """Reference prices of the items in use, by code of the item, with their date and public source."""
    return Listing(said.ItemPrice, lists.by_item(_belonging(Price.objects.all(), item), _price), limit, cursor)


def _price(row: Price) -> said.ItemPrice:
    return said.ItemPrice(item=row.item.code, usd=number_text(row.usd), dated_on=row.dated_on, source=row.source)


@operations.listing("/codes", said.ItemCode)
def codes(
    request: ApiRequest, item: Code | None = None, limit: Limit = lists.DEFAULT, cursor: Cursor = None
) -> Listing:
    """Codes of the items in use in other systems, by code of the item."""
    return Listing(said.ItemCode, lists.by_item(_belonging(ItemCode.objects.all(), item), _code), limit, cursor)


def _code(row: ItemCode) -> said.ItemCode:
    return said.ItemCode(item=row.item.code, system=row.system, code=row.code, edition=row.in_edition)


def _belonging(rows: QuerySet[Any], item: str | None) -> QuerySet[Any]:
    """Rows of the items in use, or of one item, in use or not."""
    if item is None:
        return rows.filter(item__retired_on=None)
    return rows.filter(item=found.by_code(Item.objects.all(), item))
