"""Coordination says what belongs to an item: its packs, its codes in other systems, its other names, its prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from unmet.access import may
from unmet.access.may import Deed
from unmet.audit.shipped import label_of
from unmet.catalogue.lookup import FINANCE
from unmet.catalogue.models import Item, ItemAlias, ItemCode, Pack, Price, Struck
from unmet.catalogue.reference import KEYS
from unmet.methods.fold import fold
from unmet.needs.catalogue_changes import (
    FARTHEST,
    LANGUAGES,
    CatalogueRefused,
    changed,
    check_names,
    check_names_free,
    standing_item,
)
from unmet.parties.models import Person


@dataclass(frozen=True, slots=True)
class PackEntry:
    """A pack as it is typed: `factor` base units are in one; `aliases` are parted by |.

    Its gross weight in kilograms (to the gram) and its volume in litres (to the cubic centimetre) come with a dated
    source, or not at all.
    """

    names: Mapping[str, str]
    factor: Decimal
    aliases: str = ""
    source: str = ""
    weight_kg: Decimal | None = None
    volume_l: Decimal | None = None
    measured_on: date | None = None
    measured_source: str = ""

    def measures(self) -> dict[str, Any]:
        """The columns of weight and volume.

        Raises:
            CatalogueRefused: `measures`.
        """
        typed = [None if one is None else one * 1000 for one in (self.weight_kg, self.volume_l)]
        source = self.measured_source.strip()
        known = [one for one in typed if one is not None]
        if any(one != one.to_integral_value() or not 0 < one < FARTHEST for one in known):
            raise CatalogueRefused("measures")
        if bool(known) != bool(source) or bool(known) != (self.measured_on is not None):
            raise CatalogueRefused("measures")
        weight, volume = (None if one is None else int(one) for one in typed)
        return {
            "weight_g": weight, "volume_cm3": volume, "measured_on": self.measured_on, "measured_source": source,
        }  # fmt: skip


@transaction.atomic
def save_pack(item: Item, entry: PackEntry, *, pack: Pack | None, version: int, by: Person, at: datetime) -> Pack:
    """Add a pack of an item, or correct one. Lines stated before keep the factor they were stated with.

    Raises:
        NotAllowed, ItemChanged: see `catalogue_items.correct_item`.
        CatalogueRefused: `name`, `taken`, `factor`, `measures`.
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = standing_item(item, version)
    check_names(entry.names)
    factor = entry.factor * 1000
    if factor != factor.to_integral_value() or not 0 < factor < FARTHEST or (standing.whole and factor % 1000):
        raise CatalogueRefused("factor", standing.base_unit.name)
    words = [fold(word) for word in (*entry.names.values(), *entry.aliases.split("|")) if fold(word)]
    for other in standing.packs.exclude(pk=pack.pk if pack else 0):
        if other.name_en == entry.names["en"].strip() or fold(other.name_en) in words:
            raise CatalogueRefused("taken", other.name)
    columns = {
        **{f"name_{language}": entry.names[language].strip() for language in LANGUAGES},
        "factor": int(factor), "aliases": "|".join(filter(None, map(str.strip, entry.aliases.split("|")))),
        "source": entry.source.strip(), "edited_here": True, **entry.measures(),
    }  # fmt: skip
    if pack is None:
        pack = Pack.objects.create(item=standing, **columns)
    else:
        if pack.edition and pack.name_en != columns["name_en"]:
            _strike(pack, at)
        Pack.objects.filter(pk=pack.pk).update(**columns)
        pack.refresh_from_db()
    changed(standing, "pack_saved", at, pack=pack.name_en, factor=str(entry.factor))
    return pack


@transaction.atomic
def add_code(
    item: Item, *, system: str, code: str, edition: str, version: int, by: Person, at: datetime
) -> ItemCode:  # fmt: skip
    """Say which code an item has in another system, in which edition of that system's list.

    Raises:
        NotAllowed, ItemChanged: see `catalogue_items.correct_item`.
        CatalogueRefused: `name` (nothing typed), `taken` (`about` names the item that has it).
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = standing_item(item, version)
    system, code = system.strip(), code.strip()
    if not system or not code:
        raise CatalogueRefused("name")
    taken = ItemCode.objects.filter(system=system, code=code).select_related("item").first()
    if taken is not None:
        raise CatalogueRefused("taken", taken.item.code)
    made = ItemCode.objects.create(
        item=standing, system=system, code=code, in_edition=edition.strip(), edited_here=True
    )
    _unstrike(made)
    changed(standing, "code_added", at, system=system, code=code)
    return made


@transaction.atomic
def add_alias(item: Item, *, language: str, text: str, version: int, by: Person, at: datetime) -> ItemAlias:
    """Add another name under which people ask for an item.

    Raises:
        NotAllowed, ItemChanged: see `catalogue_items.correct_item`.
        CatalogueRefused: `name` (nothing typed), `taken` (`about` names the item that bears it).
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = standing_item(item, version)
    text = text.strip()
    if not fold(text) or language not in LANGUAGES:
        raise CatalogueRefused("name", language)
    for other in ItemAlias.objects.select_related("item").filter(item__retired_on=None):
        if fold(other.text) == fold(text) and (other.item_id != standing.pk or other.language == language):
            raise CatalogueRefused("taken", other.item.code)
    check_names_free(dict.fromkeys(LANGUAGES, text), but=standing)
    made = ItemAlias.objects.create(item=standing, language=language, text=text, edited_here=True)
    _unstrike(made)
    changed(standing, "alias_added", at, language=language, text=text)
    return made


@transaction.atomic
def add_price(
    item: Item, *, usd: Decimal, dated_on: date, source: str, version: int, by: Person, at: datetime
) -> Price:  # fmt: skip
    """Add a dated reference price of one base unit, with its public source. It counts from the next round that opens.

    Raises:
        NotAllowed, ItemChanged: see `catalogue_items.correct_item`.
        CatalogueRefused: `money`, `price`, `date`, `source`, `taken`.
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = standing_item(item, version)
    if standing.kind == FINANCE:
        raise CatalogueRefused("money")
    millionths = usd * 1_000_000
    if not 0 < millionths < FARTHEST or millionths != millionths.to_integral_value():
        raise CatalogueRefused("price")
    if dated_on > at.date():
        raise CatalogueRefused("date")
    if not source.strip():
        raise CatalogueRefused("source")
    try:
        with transaction.atomic():
            made = Price.objects.create(
                item=standing,
                usd_millionths=int(millionths),
                dated_on=dated_on,
                source=source.strip()[:300],
                edited_here=True,
            )
    except IntegrityError as error:
        raise CatalogueRefused("taken", source.strip()) from error
    _unstrike(made)
    changed(standing, "price_added", at, usd=str(usd), dated_on=dated_on.isoformat(), source=source.strip())
    return made


@transaction.atomic
def drop(row: Pack | ItemCode | ItemAlias | Price, *, version: int, by: Person, at: datetime) -> None:
    """Take a pack, code, name or price out. Lines and rounds that used it keep what they copied; the audit keeps it.

    Raises:
        NotAllowed, ItemChanged: see `catalogue_items.correct_item`.
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = standing_item(row.item, version)
    if row.edition:
        _strike(row, at)
    named = {name: str(getattr(row, name)) for name in KEYS[type(row)] if name != "item_id"}
    kind = row._meta.model_name
    row.delete()
    changed(standing, f"{kind}_dropped", at, **named)


# ── what was shipped, and taken out here ─────────────────────────────────────
def _identity(row: Pack | ItemCode | ItemAlias | Price) -> dict[str, str]:
    """What an upgrade knows a shipped row by."""
    label = label_of(getattr(row, name) for name in KEYS[type(row)])
    return {"kind": row._meta.model_name or "", "identity": label}


def _strike(row: Pack | ItemCode | ItemAlias | Price, at: datetime) -> None:
    Struck.objects.get_or_create(**_identity(row), defaults={"struck_at": at})


def _unstrike(row: Pack | ItemCode | ItemAlias | Price) -> None:
    """What coordination puts in again is no longer struck out."""
    Struck.objects.filter(**_identity(row)).delete()
