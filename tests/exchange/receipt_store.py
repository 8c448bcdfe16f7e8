"""What the tests of tables of receipts share: a warehouse that fills workbooks in and sends them back."""

import csv
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from tests import make
from tests.support.box import DAY, Boxes
from unmet.exchange import receipts_import, receipts_workbook, workbook
from unmet.exchange.answers import Answers
from unmet.exchange.import_report import Report
from unmet.exchange.receipts_form import RECEIPTS, RECEIPTS_FORM
from unmet.exchange.receipts_import import ExaminedReceipts

WAYBILL = "157-1234 5675"
FIRST = workbook.HEADER + 2  # the first row of lines, as a person counts rows

Work = Callable[[Any], None]
Values = Mapping[str, Any]


@dataclass
class Store:
    """The warehouse of Zambia."""

    folder: Path
    boxes: Boxes
    who: str = "focal point"
    of: str = "ZMB"

    def download(self, language: str = "en", work: Work | None = None) -> Path:
        """The workbook as a file, after somebody worked in it."""
        path, by = self.folder / f"receipts-{language}-{time.monotonic_ns()}.xlsx", self.boxes.people[self.who]
        with make.as_(by):
            receipts_workbook.write(path, member=make.party(self.of), language=language, by=by, at=make.AT)
        if work is not None:
            book = openpyxl.load_workbook(path)
            work(book)
            book.save(path)
        return path

    def typed(self, *rows: Values, titles: Mapping[str, str] | None = None) -> Path:
        """A table of its own as a file: field -> value, with the titles of our form or others."""
        path = self.folder / f"own-{time.monotonic_ns()}.csv"
        names = tuple(dict.fromkeys(name for row in rows for name in row))
        known = {column.name: str(column.title) for column in RECEIPTS} | dict(titles or {})
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([known.get(name, name) for name in names])
            writer.writerows([[row.get(name, "") for name in names] for row in rows])
        return path

    def examine(self, path: Path, answers: Answers | None = None) -> ExaminedReceipts:
        """What a file says."""
        with make.as_(self.boxes.people[self.who]):
            return receipts_import.examine(
                path, path.name, member=make.party(self.of), round_=self.boxes.round, answers=answers
            )

    def write(self, examined: ExaminedReceipts, *, good_rows: bool = False) -> Report:
        """Post it."""
        by = self.boxes.people[self.who]
        with make.as_(by):
            return receipts_import.write(examined, member=make.party(self.of), by=by, at=make.AT, good_rows=good_rows)

    def send(self, *rows: Values, good_rows: bool = False) -> Report:
        """Send a table of its own, and post it."""
        return self.write(self.examine(self.typed(*rows)), good_rows=good_rows)


def counts(report: Report) -> tuple[int, ...]:
    """read, created, updated, unchanged, refused"""
    return report.read, report.created, report.updated, report.unchanged, report.refused


def told(examined: ExaminedReceipts) -> list[tuple[str, str]]:
    """What is refused or asked about: cell and reason."""
    return [(fault.cell, fault.reason) for fault in examined.faults]


def masks(accepted: Any = 300, **more: Any) -> dict[str, Any]:
    """A row about the masks, all as shipped unless more is said."""
    return {"waybill": WAYBILL, "item": "MASK-IIR", "lot": "L-1", "accepted": accepted, "received_on": DAY, **more}


def gloves(accepted: Any = 200, **more: Any) -> dict[str, Any]:
    """A row about the gloves, all as shipped unless more is said."""
    return {"waybill": WAYBILL, "item": "GLOVE-EXAM", "accepted": accepted, "received_on": DAY, **more}


def fill(sheet: Any, row: int, **values: Any) -> None:
    """Type into a row of a downloaded sheet, by field."""
    columns = RECEIPTS_FORM.columns if sheet.max_column == len(RECEIPTS_FORM.columns) else RECEIPTS_FORM.short
    places = {column.name: number for number, column in enumerate(columns, 1)}
    for name, value in values.items():
        sheet.cell(row, places[name]).value = value
