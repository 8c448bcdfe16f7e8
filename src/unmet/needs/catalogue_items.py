"""Coordination adds, corrects, retires and merges items of the catalogue, without a release of the program."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from unmet.access import may, visible
from unmet.access.may import Deed
from unmet.books.models import Account
from unmet.catalogue.lookup import FINANCE
from unmet.catalogue.models import Item, Sector, Unit
from unmet.methods.fold import fold
from unmet.needs.catalogue_changes import (
    LANGUAGES,
    CatalogueRefused,
    changed,
    check_names,
    check_names_free,
    standing_item,
)
from unmet.needs.models import Need
from unmet.parties.models import Person

CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{1,19}")
MONEY_UNIT: Final = "US cent"


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
    check_names(entry.names)
    check_names_free(entry.names, but=None)
    _check_kind(entry)
    item = Item.objects.create(**entry.columns, edited_here=True)
    changed(item, "item_added", at, code=item.code)
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
    standing = standing_item(item, version)
    if entry.code != standing.code:
        raise CatalogueRefused("code", standing.code)
    check_names(entry.names)
    check_names_free(entry.names, but=standing)
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
        changed(standing, "item_corrected", at, changes=changes)
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
    standing = standing_item(item, version)
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
    changed(standing, "item_retired", at, reason=reason.strip(), successor=successor.code if successor else "")
    return standing


@transaction.atomic
def bring_back_item(item: Item, *, version: int, by: Person, at: datetime) -> Item:
    """Put a retired item to use again.

    Raises:
        NotAllowed: `by` is not of coordination.
        ItemChanged: somebody else changed it since `version`.
        CatalogueRefused: `in_use`.
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = standing_item(item, version)
    if standing.retired_on is None:
        raise CatalogueRefused("in_use", standing.code)
    Item.objects.filter(pk=item.pk).update(retired_on=None, successor=None)
    changed(standing, "item_brought_back", at)
    return standing


def _check_kind(entry: ItemEntry) -> None:
    if entry.kind not in Item.Kind.values or (entry.kind == FINANCE) != (entry.base_unit.code == MONEY_UNIT):
        raise CatalogueRefused("kind")


def _plain(value: Any) -> object:
    return value.code if isinstance(value, Unit | Sector) else value
