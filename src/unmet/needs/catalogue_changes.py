"""What all changes of the catalogue share: why one is refused, who changed an item meanwhile, names, and the traces.

The rows lie in the catalogue; their services lie here, because they ask who may and whether an item is in use. A change
here is never taken back by an upgrade: corrected rows are marked, and shipped rows that were taken out are struck.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db.models import F

from unmet.access import services as access
from unmet.access.models import Role
from unmet.catalogue.models import CatalogueState, Item
from unmet.methods.fold import fold

LANGUAGES: Final = ("en", "ar", "es", "fr")
FARTHEST: Final = 9_000_000_000_000  # thousandths or millionths: far below what 64 bits hold


class CatalogueRefused(Exception):
    """The catalogue cannot be changed so; `reason` says why, `about` names what stands in the way.

    `code` (taken), `code_form`, `name` (missing in the language `about`), `name_taken` (by `about`), `unit` and
    `sector` (statements exist under them), `kind` (money and goods are never changed into one another, and money is in
    US cents), `retired` and `in_use` (already), `successor` (itself, retired, or of another unit), `reason` (neither a
    successor nor a word on what happens), `taken` (this pack, code, name or price stands already), `factor`, `price`,
    `money` (no price for money), `date` (still to come), `source` (missing), `measures` (weight
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


def standing_item(item: Item, version: int) -> Item:
    """The item as it stands, locked, if it is still the version that the person has seen; its version goes up.

    Raises:
        ItemChanged: see there.
    """
    met = Item.objects.filter(pk=item.pk, version=version).update(version=F("version") + 1)
    standing = Item.objects.select_related("base_unit", "sector", "successor").get(pk=item.pk)
    if not met:
        raise ItemChanged(standing)
    return standing


def check_names(names: Mapping[str, str]) -> None:
    """A name in every language.

    Raises:
        CatalogueRefused: `name`, in the language that has none.
    """
    for language in LANGUAGES:
        if not fold(names.get(language, "")):
            raise CatalogueRefused("name", language)


def check_names_free(names: Mapping[str, str], *, but: Item | None) -> None:
    """Two items in use never bear the same name in a language: nobody could say which one a letter means.

    Raises:
        CatalogueRefused: `name_taken`, by the item that bears it.
    """
    wanted = {language: fold(names[language]) for language in LANGUAGES}
    others = Item.objects.filter(retired_on=None)
    for other in others.exclude(pk=but.pk) if but else others:
        if any(fold(getattr(other, f"name_{language}")) == wanted[language] for language in LANGUAGES):
            raise CatalogueRefused("name_taken", other.code)


def changed(item: Item, event: str, at: datetime, *, reason: str = "", **detail: object) -> None:
    """Let every process read the catalogue anew, and write the audit row of what was done to an item."""
    item.refresh_from_db()
    CatalogueState.changed()
    access.record(
        event=f"catalogue.{event}", at=at, role=Role.COORDINATION, subject_kind="item", subject=item.uuid,
        reason=reason, detail={"item": item.code, **detail},
    )  # fmt: skip
