"""The items of the catalogue as a CSV file, out and in again: all rows or none. Our own file changes nothing.

Looking at a file first and writing it are one code: the look is taken back at the end.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction

from unmet.catalogue.models import Item, Sector, Unit
from unmet.exchange.download import neutralised
from unmet.needs import catalogue_items
from unmet.needs.catalogue_changes import LANGUAGES, CatalogueRefused, ItemChanged
from unmet.needs.catalogue_items import ItemEntry
from unmet.parties.models import Person

_NAMES: Final = tuple(f"name_{language}" for language in LANGUAGES)
COLUMNS: Final = ("code", *_NAMES, "kind", "base_unit", "sector", "whole", "flags", "source", "version")
LARGEST: Final = 1_000_000  # bytes
MOST: Final = 5_000  # rows
_OURS: Final = re.compile(r"'+[=+\-@\t\r]")


class NotOurSheet(Exception):
    """The file is no CSV with the columns of the catalogue. `reason`: `size`, `text`, `columns`, `rows`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that is refused: the row as a person sees it in the file, its code, and why (None: changed since)."""

    row: int
    code: str
    refused: CatalogueRefused | None


@dataclass(slots=True)
class Outcome:
    """What a file does, by code of the item; nothing is written while `faults` is not empty."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


def export() -> str:
    """Every item that is in use, as text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for item in Item.objects.filter(retired_on=None).select_related("base_unit", "sector").order_by("code"):
        names = [getattr(item, name) for name in _NAMES]
        cells = [
            item.code, *names, item.kind, item.base_unit.code, item.sector.code, "1" if item.whole else "0", item.flags,
            item.source, str(item.version),
        ]  # fmt: skip
        writer.writerow([neutralised(cell) for cell in cells])
    return out.getvalue()


def read(content: bytes) -> str:
    """The text of a file.

    Raises:
        NotOurSheet: `size`, `text`.
    """
    if len(content) > LARGEST:
        raise NotOurSheet("size")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotOurSheet("text") from error
    if "\0" in text:
        raise NotOurSheet("text")
    return text


def apply(text: str, *, write: bool, by: Person, at: datetime) -> Outcome:
    """Add the items that are new and correct those that differ. Without `write`, or with a fault, nothing is changed.

    The version column says from which standing a row was typed; empty for an item that is new, or to correct it as it
    stands.

    Raises:
        NotAllowed: `by` is not of coordination.
        NotOurSheet: `columns`, `rows`.
    """
    rows = list(_rows(text))
    outcome = Outcome()
    with transaction.atomic():
        standing = {item.code: item for item in Item.objects.select_related("base_unit", "sector")}
        for number, row in rows:
            try:
                with transaction.atomic():
                    _one(row, standing, outcome, by=by, at=at)
            except CatalogueRefused as refused:
                outcome.faults.append(Fault(number, row["code"], refused))
            except ItemChanged:
                outcome.faults.append(Fault(number, row["code"], None))
        if not write or outcome.faults:
            transaction.set_rollback(True)
    return outcome


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text))
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if sorted(header) != sorted(COLUMNS):
            raise NotOurSheet("columns")
        for count, cells in enumerate(reader):
            if count >= MOST:
                raise NotOurSheet("rows")
            if any(cell.strip() for cell in cells):
                padded = [*cells, *[""] * len(header)]
                yield reader.line_num, {name: _typed(cell) for name, cell in zip(header, padded, strict=False)}
    except csv.Error as error:
        raise NotOurSheet("text") from error


def _typed(cell: str) -> str:
    """A cell without the apostrophe that our own file puts before what a spreadsheet would take for a formula."""
    return (cell[1:] if _OURS.match(cell) else cell).strip()


def _one(row: dict[str, str], standing: dict[str, Item], outcome: Outcome, *, by: Person, at: datetime) -> None:
    item = standing.get(row["code"])
    entry = _entry(row, item)
    if item is None:
        standing[entry.code] = catalogue_items.add_item(entry, by=by, at=at)
        outcome.created.append(entry.code)
        return
    version = item.version
    if row["version"]:
        version = int(row["version"]) if re.fullmatch(r"[0-9]{1,9}", row["version"]) else 0
    if all(getattr(item, name) == value for name, value in entry.columns.items()):
        # Nothing to say of it: its version does not go up, and nobody who edits it is told of a change.
        outcome.unchanged += 1
        return
    catalogue_items.correct_item(item, entry, version=version, by=by, at=at)
    outcome.updated.append(entry.code)


def _names(row: dict[str, str], standing: Item | None) -> dict[str, str]:
    """The names of a row. One left blank in a language that is not read here stays, or is that of the leading one."""
    served = [language for language, _name in settings.LANGUAGES]
    names = {language: row[f"name_{language}"] for language in LANGUAGES}
    for language in LANGUAGES:
        if language not in served and not names[language]:
            names[language] = getattr(standing, f"name_{language}", "") or names[served[0]]
    return names


def _entry(row: dict[str, str], standing: Item | None) -> ItemEntry:
    """A row as an item; `standing` is what it corrects.

    Raises:
        CatalogueRefused: `unit_code`, `sector_code`, `whole`, `length`: the row names what there is not.
    """
    unit = Unit.objects.filter(code=row["base_unit"]).first()
    sector = Sector.objects.filter(code=row["sector"]).first()
    if unit is None:
        raise CatalogueRefused("unit_code", row["base_unit"])
    if sector is None:
        raise CatalogueRefused("sector_code", row["sector"])
    if row["whole"] not in ("0", "1"):
        raise CatalogueRefused("whole", row["whole"])
    if any(len(row[name]) > 200 for name in (*_NAMES, "source")) or len(row["flags"]) > 80:
        raise CatalogueRefused("length", row["code"])
    return ItemEntry(
        code=row["code"], names=_names(row, standing), kind=row["kind"],
        base_unit=unit, sector=sector, whole=row["whole"] == "1", flags=row["flags"], source=row["source"],
    )  # fmt: skip
