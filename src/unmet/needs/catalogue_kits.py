"""Coordination says what one kit of an edition holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from unmet.access import may
from unmet.access.may import Deed
from unmet.catalogue.models import Item, KitContent
from unmet.methods.fold import fold
from unmet.needs.catalogue_changes import FARTHEST, CatalogueRefused, changed, standing_item
from unmet.parties.models import Person


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
        NotAllowed, ItemChanged: see `catalogue_items.correct_item`.
        CatalogueRefused: `contents` (no edition, the kit itself, a line twice, or a quantity that is none).
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    standing = standing_item(kit, version)
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
    changed(standing, "contents_saved", at, edition=edition, lines=len(lines))


def _holds(line: ContentEntry, kit: Item) -> bool:
    quantity = line.quantity * 1000
    named = line.item.pk != kit.pk if line.item else bool(fold(line.words))
    return named and quantity == quantity.to_integral_value() and 0 < quantity < FARTHEST
