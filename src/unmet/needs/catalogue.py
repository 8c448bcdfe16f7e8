"""Coordination adds, corrects, retires and merges what the catalogue holds, without a release of the program.

The rows lie in the catalogue; their services lie here, because they ask who may and whether an item is in use. A change
here is never taken back by an upgrade: corrected rows are marked, and shipped rows that were taken out are struck.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F

from unmet.access import may, visible
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.audit.shipped import label_of
from unmet.books.models import Account
from unmet.catalogue.lookup import FINANCE
from unmet.catalogue.models import (
    CatalogueState,
    Item,
    ItemAlias,
    ItemCode,
    KitContent,
    Pack,
    Price,
    Sector,
    Struck,
    Unit,
)  # fmt: skip
from unmet.catalogue.reference import KEYS
from unmet.methods.fold import fold
from unmet.needs.models import Need
from unmet.parties.models import Person

LANGUAGES: Final = ("en", "ar", "es", "fr")
CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{1,19}")
MONEY_UNIT: Final = "US cent"
_FARTHEST: Final = 9_000_000_000_000  # thousandths or millionths: far below what 64 bits hold


class CatalogueRefused(Exception):
    """The catalogue cannot be changed so; `reason` says why, `about` names what stands in the way.

    `code` (taken), `code_form`, `name` (missing in the language `about`), `name_taken` (by `about`), `unit` and
    `sector` (statements exist under them), `kind` (money and goods are never changed into one another, and money is in
    US cents), `retired` (already), `successor` (itself, retired, or of another unit), `reason` (neither a successor
    nor a word on what happens), `taken` (this pack, code, name or price stands already), `factor`, `price`, `money`
    (no price for money), `date` (still to come), `source` (missing), `measures` (weight
    and volume without a dated source, or none), `contents`; of a file `unit_code`, `sector_code`,
    `whole` and `length`.
    """

    def __init__(self, reason: str, about: str = "") -> None:
        super().__init__(reason, about)
        self.reason, self.about = reason, about


class ItemChanged(Exception):
    """Somebody else changed the item while this page was open; `theirs` is what stands now."""

    def __init__(self, theirs: Item) -> None:
        super().__init__(theirs.version)
        self.theirs = theirs


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """An item as it is typed. `names` are by language; `flags` are parted by spaces."""

    code: str
    names: Mapping[str, str]
    kind: str
    base_unit: Unit
    sector: Sector
    whole: bool = True
    flags: str = ""
    source: str = ""

    @property
    def columns(self) -> dict[str, Any]:
        """As columns of the table."""
        return {
            **{f"name_{language}": self.names[language].strip() for language in LANGUAGES},
            "code": self.code, "kind": self.kind, "base_unit": self.base_unit, "sector": self.sector,
            "whole": self.whole, "flags": " ".join(self.flags.split()), "source": self.source.strip(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Touched:
    """What a change of an item touches, as far as the acting person may see it: members and their open needs."""

    members: int
    needs: int


# ── what stands ──────────────────────────────────────────────────────────────
def touched(item: Item) -> Touched:
    """Members and open needs that an item has, among those the acting person may see."""
    seen = visible.rows(_open(item))
    return Touched(seen.order_by().values("member").distinct().count(), seen.count())


def in_use(item: Item) -> bool:
    """Whether anything was ever stated or booked under an item: its unit and sector then stay."""
    return Account.objects.filter(item=item).exists() or Need.objects.filter(item=item).exists()


def _open(item: Item) -> Any:
    return Account.objects.filter(item=item, kind=Account.Kind.NEED, closed=False, approved__gt=0)


# ── items ────────────────────────────────────────────────────────────────────
@transaction.atomic
def add_item(entry: ItemEntry, *, by: Person, at: datetime) -> Item:
    """Add an item. Members may ask for it at once; its price counts from the next round.

    Raises:
        NotAllowed: `by` is not of coordination.
        CatalogueRefused: `code`, `code_form`, `name`, `name_taken`, `kind`.
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    if not CODE.fullmatch(entry.code):
        raise CatalogueRefused("code_form", entry.code)
    if any(fold(code) == fold(entry.code) for code in Item.objects.values_list("code", flat=True)):
        raise CatalogueRefused("code", entry.code)
    _check_names(entry.names)
    _check_names_free(entry.names, but=None)
    _check_kind(entry)
    item = Item.objects.create(**entry.columns, edited_here=True)
    _changed(item, "item_added", at, code=item.code)
    return item


@transaction.atomic
def correct_item(item: Item, entry: ItemEntry, *, version: int, by: Person, at: datetime) -> Item:
    """Correct an item. Its code stays; unit, sector and the border between goods and money stay once it is in use.

    Raises:
        NotAllowed: `by` is not of coordination.
        ItemChanged: somebody else changed it since `version`.
        CatalogueRefused: `code`, `name`, `name_taken`, `unit`, `sector`, `kind`.
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = _standing(item, version)
    if entry.code != standing.code:
        raise CatalogueRefused("code", standing.code)
    _check_names(entry.names)
    _check_names_free(entry.names, but=standing)
    _check_kind(entry)
    used = in_use(standing)
    if used and entry.base_unit.pk != standing.base_unit_id:
        raise CatalogueRefused("unit", standing.base_unit.name)
    if used and entry.sector.pk != standing.sector_id:
        raise CatalogueRefused("sector", standing.sector.name)
    if used and (entry.kind == FINANCE) != (standing.kind == FINANCE):
        raise CatalogueRefused("kind")
    if used and entry.whole and not standing.whole:
        raise CatalogueRefused("unit", standing.base_unit.name)
    before = {name: _plain(getattr(standing, name)) for name in entry.columns}
    changes = {
        name: [before[name], _plain(value)] for name, value in entry.columns.items() if before[name] != _plain(value)
    }
    if changes:
        Item.objects.filter(pk=item.pk).update(**entry.columns, edited_here=True)
        _changed(standing, "item_corrected", at, changes=changes)
    return standing


@transaction.atomic
def retire_item(
    item: Item, *, successor: Item | None, reason: str, version: int, by: Person, at: datetime
) -> Item:  # fmt: skip
    """Take an item out of use, in favour of another one (a merge) or of none.

    Its open needs keep counting under it until the members restate them; their support follows to the successor then
    (`books.Writer.restate`). What is newly typed with its names or code goes to the successor. Without a successor
    `reason` says what members do instead.

    Raises:
        NotAllowed: `by` is not of coordination.
        ItemChanged: somebody else changed it since `version`.
        CatalogueRefused: `retired`, `successor`, `reason`.
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    # Both locked, in one order, so that two items are never retired in favour of each other at the same moment.
    both = [item.pk, *([successor.pk] if successor else [])]
    locked = {one.pk: one for one in Item.objects.select_for_update().filter(pk__in=both).order_by("pk")}
    standing = _standing(item, version)
    if standing.retired_on is not None:
        raise CatalogueRefused("retired", standing.code)
    if successor is None and not reason.strip():
        raise CatalogueRefused("reason", standing.code)
    if successor is not None:
        successor = locked[successor.pk]
        # Money is in US cents and goods never are, so the unit parts them too.
        alike = successor.base_unit_id == standing.base_unit_id
        if successor.pk == standing.pk or successor.retired_on is not None or not alike:
            raise CatalogueRefused("successor", successor.code)
    Item.objects.filter(pk=item.pk).update(retired_on=at.date(), successor=successor)
    _changed(standing, "item_retired", at, reason=reason.strip(), successor=successor.code if successor else "")
    return standing


@transaction.atomic
def bring_back_item(item: Item, *, version: int, by: Person, at: datetime) -> Item:
    """Put a retired item to use again.

    Raises:
        NotAllowed: `by` is not of coordination.
        ItemChanged: somebody else changed it since `version`.
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = _standing(item, version)
    Item.objects.filter(pk=item.pk).update(retired_on=None, successor=None)
    _changed(standing, "item_brought_back", at)
    return standing


def _standing(item: Item, version: int) -> Item:
    """The item as it stands, locked, if it is still the version that the person has seen; its version goes up.

    Raises:
        ItemChanged: see there.
    """
    met = Item.objects.filter(pk=item.pk, version=version).update(version=F("version") + 1)
    standing = Item.objects.select_related("base_unit", "sector", "successor").get(pk=item.pk)
    if not met:
        raise ItemChanged(standing)
    return standing


def _check_names(names: Mapping[str, str]) -> None:
    for language in LANGUAGES:
        if not fold(names.get(language, "")):
            raise CatalogueRefused("name", language)


def _check_names_free(names: Mapping[str, str], *, but: Item | None) -> None:
    """Two items in use never bear the same name in a language: nobody could say which one a letter means."""
    wanted = {language: fold(names[language]) for language in LANGUAGES}
    others = Item.objects.filter(retired_on=None)
    for other in others.exclude(pk=but.pk) if but else others:
        if any(fold(getattr(other, f"name_{language}")) == wanted[language] for language in LANGUAGES):
            raise CatalogueRefused("name_taken", other.code)


def _check_kind(entry: ItemEntry) -> None:
    if entry.kind not in Item.Kind.values or (entry.kind == FINANCE) != (entry.base_unit.code == MONEY_UNIT):
        raise CatalogueRefused("kind")


# ── what belongs to an item ──────────────────────────────────────────────────
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
        if any(one != one.to_integral_value() or not 0 < one < _FARTHEST for one in known):
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
        NotAllowed, ItemChanged: see `correct_item`.
        CatalogueRefused: `name`, `taken`, `factor`, `measures`.
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = _standing(item, version)
    _check_names(entry.names)
    factor = entry.factor * 1000
    if factor != factor.to_integral_value() or not 0 < factor < _FARTHEST or (standing.whole and factor % 1000):
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
    _changed(standing, "pack_saved", at, pack=pack.name_en, factor=str(entry.factor))
    return pack


@transaction.atomic
def add_code(
    item: Item, *, system: str, code: str, edition: str, version: int, by: Person, at: datetime
) -> ItemCode:  # fmt: skip
    """Say which code an item has in another system, in which edition of that system's list.

    Raises:
        NotAllowed, ItemChanged: see `correct_item`.
        CatalogueRefused: `name` (nothing typed), `taken` (`about` names the item that has it).
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = _standing(item, version)
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
    _changed(standing, "code_added", at, system=system, code=code)
    return made


@transaction.atomic
def add_alias(item: Item, *, language: str, text: str, version: int, by: Person, at: datetime) -> ItemAlias:
    """Add another name under which people ask for an item.

    Raises:
        NotAllowed, ItemChanged: see `correct_item`.
        CatalogueRefused: `name` (nothing typed), `taken` (`about` names the item that bears it).
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = _standing(item, version)
    text = text.strip()
    if not fold(text) or language not in LANGUAGES:
        raise CatalogueRefused("name", language)
    for other in ItemAlias.objects.select_related("item").filter(item__retired_on=None):
        if fold(other.text) == fold(text) and (other.item_id != standing.pk or other.language == language):
            raise CatalogueRefused("taken", other.item.code)
    _check_names_free(dict.fromkeys(LANGUAGES, text), but=standing)
    made = ItemAlias.objects.create(item=standing, language=language, text=text, edited_here=True)
    _unstrike(made)
    _changed(standing, "alias_added", at, language=language, text=text)
    return made


@transaction.atomic
def add_price(
    item: Item, *, usd: Decimal, dated_on: date, source: str, version: int, by: Person, at: datetime
) -> Price:  # fmt: skip
    """Add a dated reference price of one base unit, with its public source. It counts from the next round that opens.

    Raises:
        NotAllowed, ItemChanged: see `correct_item`.
        CatalogueRefused: `money`, `price`, `date`, `source`, `taken`.
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = _standing(item, version)
    if standing.kind == FINANCE:
        raise CatalogueRefused("money")
    millionths = usd * 1_000_000
    if not 0 < millionths < _FARTHEST or millionths != millionths.to_integral_value():
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
    _changed(standing, "price_added", at, usd=str(usd), dated_on=dated_on.isoformat(), source=source.strip())
    return made


@transaction.atomic
def drop(row: Pack | ItemCode | ItemAlias | Price, *, version: int, by: Person, at: datetime) -> None:
    """Take a pack, code, name or price out. Lines and rounds that used it keep what they copied; the audit keeps it.

    Raises:
        NotAllowed, ItemChanged: see `correct_item`.
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = _standing(row.item, version)
    if row.edition:
        _strike(row, at)
    named = {name: str(getattr(row, name)) for name in KEYS[type(row)] if name != "item_id"}
    kind = row._meta.model_name
    row.delete()
    _changed(standing, f"{kind}_dropped", at, **named)


@dataclass(frozen=True, slots=True)
class ContentEntry:
    """One line of what a kit holds: an item, or words; `quantity` base units in one kit."""

    item: Item | None
    words: str
    quantity: Decimal


@transaction.atomic
def save_contents(
    kit: Item, *, edition: str, lines: Sequence[ContentEntry], version: int, by: Person, at: datetime
) -> None:
    """Say what one kit of an edition holds, all of it; no lines take the edition out.

    Raises:
        NotAllowed, ItemChanged: see `correct_item`.
        CatalogueRefused: `contents` (no edition, the kit itself, a line twice, or a quantity that is none).
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = _standing(kit, version)
    edition = edition.strip()
    keys = [(line.item.pk if line.item else None, "" if line.item else fold(line.words)) for line in lines]
    wrong = next((line for line in lines if not _holds(line, standing)), None)
    if not edition or wrong is not None or len(set(keys)) < len(keys):
        raise CatalogueRefused("contents", (wrong.item.code if wrong.item else wrong.words) if wrong else edition)
    KitContent.objects.filter(kit=standing, edition=edition).delete()
    KitContent.objects.bulk_create(
        KitContent(
            kit=standing, edition=edition, item=line.item, words="" if line.item else line.words.strip()[:200],
            quantity=int(line.quantity * 1000),
        )
        for line in lines
    )  # fmt: skip
    _changed(standing, "contents_saved", at, edition=edition, lines=len(lines))


def _holds(line: ContentEntry, kit: Item) -> bool:
    quantity = line.quantity * 1000
    named = line.item.pk != kit.pk if line.item else bool(fold(line.words))
    return named and quantity == quantity.to_integral_value() and 0 < quantity < _FARTHEST


# ── units ────────────────────────────────────────────────────────────────────
@transaction.atomic
def save_unit(
    *, unit: Unit | None, code: str, names: Mapping[str, str], aliases: str, by: Person, at: datetime
) -> Unit:  # fmt: skip
    """Add a base unit, or correct the names of one; its code stays.

    Raises:
        NotAllowed: `by` is not of coordination.
        CatalogueRefused: `name`, `code` (another unit is written so).
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    _check_names(names)
    code = unit.code if unit else code.strip()
    if not code:
        raise CatalogueRefused("name")
    columns = {
        **{f"name_{language}": names[language].strip() for language in LANGUAGES},
        "aliases": "|".join(filter(None, map(str.strip, aliases.split("|")))),
    }
    words = {fold(word) for word in (code, *names.values(), *aliases.split("|"))} - {""}
    for other in Unit.objects.exclude(pk=unit.pk if unit else 0):
        theirs = (
            other.code,
            *(getattr(other, f"name_{language}") for language in LANGUAGES),
            *other.aliases.split("|"),
        )
        if words & {fold(word) for word in theirs}:
            raise CatalogueRefused("code", other.code)
    if unit is None:
        unit = Unit.objects.create(code=code, **columns, edited_here=True)
    else:
        Unit.objects.filter(pk=unit.pk).update(**columns, edited_here=True)
        unit.refresh_from_db()
    CatalogueState.changed()
    access.record(event="catalogue.unit_saved", at=at, role=Role.COORDINATION, subject_kind="unit", code=code)
    return unit


# ── the traces of a change ───────────────────────────────────────────────────
def _changed(item: Item, event: str, at: datetime, *, reason: str = "", **detail: object) -> None:
    item.refresh_from_db()
    CatalogueState.changed()
    access.record(
        event=f"catalogue.{event}", at=at, role=Role.COORDINATION, subject_kind="item", subject=item.uuid,
        reason=reason, detail={"item": item.code, **detail},
    )  # fmt: skip


def _identity(row: Pack | ItemCode | ItemAlias | Price) -> dict[str, str]:
    """What an upgrade knows a shipped row by."""
    label = label_of(getattr(row, name) for name in KEYS[type(row)])
    return {"kind": row._meta.model_name or "", "identity": label}


def _strike(row: Pack | ItemCode | ItemAlias | Price, at: datetime) -> None:
    Struck.objects.get_or_create(**_identity(row), defaults={"struck_at": at})


def _unstrike(row: Pack | ItemCode | ItemAlias | Price) -> None:
    """What coordination puts in again is no longer struck out."""
    Struck.objects.filter(**_identity(row)).delete()


def _plain(value: Any) -> object:
    return value.code if isinstance(value, Unit | Sector) else value
