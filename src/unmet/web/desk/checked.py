"""What the page of an upload shows of a table that was checked: worked out at once, or kept by a job in each language.

Kept as plain JSON, ready to be shown: whoever looks later reads it in the language active then, and nothing is checked
again for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, override

from unmet.catalogue.models import Item
from unmet.exchange.import_report import Report
from unmet.exchange.receipts_rules import CountedRow
from unmet.exchange.table import FileRefused
from unmet.needs.lines import NeedLine
from unmet.support.lines import SupportLine
from unmet.web.desk import uploads
from unmet.web.desk.asking import Asked, Choice
from unmet.web.desk.uploads import ColumnField, MappingForm, Preview
from unmet.web.models import Upload

Line = NeedLine | SupportLine | CountedRow
_LINES: Mapping[str, type[Line]] = {
    Upload.Kind.NEEDS: NeedLine, Upload.Kind.SUPPORT: SupportLine, Upload.RECEIPTS: CountedRow,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """One good row. `beside` is the quantity that stands before it (needs, thousandths) or its stage in words."""

    line: Line
    beside: int | str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """A table that was checked: why it is refused, or which columns are asked about, or what it says."""

    refused: str = ""
    mapping: MappingForm | None = None
    preview: Preview | None = None
    good_rows: int = 0
    sample: tuple[Sample, ...] = ()
    problem: str = ""  # why nothing was written, where somebody asked for it

    @property
    def sampled(self) -> list[tuple[Line, Item | None, int | str | None]]:
        """The sample with its items, as the templates take it."""
        ids = [one.line.item_id for one in self.sample if one.line.item_id]
        items = Item.objects.select_related("base_unit").in_bulk(ids)
        return [(one.line, items.get(one.line.item_id or 0), one.beside) for one in self.sample]


def of(examined: Any, sample: Sequence[Sample]) -> Checked:
    """What was checked, in the active language."""
    if examined.parsed.unmapped is not None:
        return Checked(mapping=uploads.mapping_form(examined.parsed.unmapped))
    return Checked(preview=uploads.preview(examined), good_rows=_good(examined), sample=tuple(sample))


def _good(examined: Any) -> int:
    """How many rows can be written. A row of a table of receipts in which nothing is filled in says nothing."""
    return sum(not isinstance(line, CountedRow) or line.line_id is not None for line in examined.lines)


def now(upload: Upload, examine: Callable[[], Any], sample: Callable[[Any], list[Sample]]) -> Checked:
    """What the page of an upload shows: of a large one as its job has kept it, of a small one checked now."""
    if upload.state != Upload.State.AT_ONCE:
        return kept(upload)
    try:
        examined = examine()
    except FileRefused as refused:
        return Checked(refused=refused.sentence)
    return of(examined, [] if examined.parsed.unmapped else sample(examined))


# ── kept by a job ────────────────────────────────────────────────────────────
def to_keep(examined: Any | FileRefused, sample: Sequence[Sample]) -> dict[str, Any]:
    """The same in each language, as JSON."""
    kept = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            if isinstance(examined, FileRefused):
                kept[code] = {"refused": examined.sentence}
                continue
            kept[code] = _plain(of(examined, sample))
    return kept


def kept(upload: Upload) -> Checked:
    """What a job kept, in the active language."""
    by_language: dict[str, Any] = upload.checked or {}
    found = by_language.get(get_language() or "") or by_language.get(settings.LANGUAGE_CODE) or {}
    mapping, preview = found.get("mapping"), found.get("preview")
    line = _LINES[upload.kind]
    return Checked(
        refused=found.get("refused", ""),
        mapping=_mapping(mapping) if mapping else None,
        preview=_preview(preview) if preview else None,
        good_rows=found.get("good_rows", 0),
        sample=tuple(Sample(line(**_days(line, one["line"])), one["beside"]) for one in found.get("sample", ())),
        problem=found.get("problem", ""),
    )


def _plain(checked: Checked) -> dict[str, Any]:
    plain = asdict(checked)
    if plain["preview"]:
        plain["preview"]["report"].pop("faults")  # those that are shown stand beside
    for one in plain["sample"]:
        one["line"] = {
            name: value.isoformat() if isinstance(value, date) else value for name, value in one["line"].items()
        }
    return plain


def _days(line: type[Line], values: dict[str, Any]) -> dict[str, Any]:
    days = {field.name for field in fields(line) if "date" in str(field.type)}
    return {name: date.fromisoformat(value) if name in days and value else value for name, value in values.items()}


def _mapping(plain: dict[str, Any]) -> MappingForm:
    columns = tuple((number, title) for number, title in plain["columns"])
    return MappingForm(**{**plain, "fields": tuple(ColumnField(**one) for one in plain["fields"]), "columns": columns})


def _preview(plain: dict[str, Any]) -> Preview:
    lists = {name: tuple(plain[name]) for name in ("ignored", "notes", "sheets")}
    return Preview(
        **{
            **plain,
            **lists,
            "report": Report(**plain["report"], faults=()),
            "questions": tuple(map(_asked, plain["questions"])),
            "faults": tuple(map(_asked, plain["faults"])),
            "skipped": tuple((sheet, rows) for sheet, rows in plain["skipped"]),
        }
    )


def _asked(plain: dict[str, Any]) -> Asked:
    choices = tuple(Choice(**one) for one in plain["choices"])
    return Asked(**{**plain, "cells": tuple(plain["cells"]), "choices": choices})
