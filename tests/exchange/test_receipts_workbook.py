"""The workbook of receipts: its form, what stands in it, and that it comes back as it went out."""

import csv
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils.translation import override

from tests import make, programs
from tests.exchange.receipt_store import FIRST, WAYBILL, Store, counts, fill, told
from tests.support.box import DAY, Boxes, count
from unmet.access.may import NotAllowed
from unmet.books import doctor
from unmet.exchange import stamp, table, workbook
from unmet.exchange.headers import Headers, find_headers
from unmet.exchange.receipts_form import FILLED_IN, RECEIPTS, RECEIPTS_FORM
from unmet.exchange.table import Row
from unmet.support import receipt_lookup
from unmet.support.consignments import Packed
from unmet.support.models import Consignment, Receipt, ReceiptLine

pytestmark = pytest.mark.django_db
# Version -> its columns. A column that comes, goes or means something else asks for the next version, and a line here.
VERSIONS = {
    1: "waybill giver item lot expires unit shipped accepted rejected rejected_why missing missing_why surplus "
    "received_on remark correction line",
}
LANGUAGES = ("en", "ar", "es", "fr")
ON_ITS_WAY, RECEIVED = "On its way", "Received already"


WORLD = Boxes


@pytest.fixture
def store(tmp_path: Path, fresh: Boxes) -> Store:
    return Store(tmp_path, fresh)


def filled_in(book: Any) -> None:
    """Both lines counted: the masks short, the gloves with a surplus."""
    sheet = book.worksheets[0]
    fill(sheet, FIRST, accepted=280, rejected=15, rejected_why="damaged", missing=5, missing_why="lost",
         received_on=DAY, remark="wet «carton»")  # fmt: skip
    fill(sheet, FIRST + 1, accepted=200, surplus=7)


# ── the form ─────────────────────────────────────────────────────────────────
def test_a_change_of_the_columns_is_a_new_version() -> None:
    assert VERSIONS[RECEIPTS_FORM.version].split() == list(RECEIPTS_FORM.names)
    assert RECEIPTS_FORM.version == max(VERSIONS)
    assert set(FILLED_IN) == {name for name in RECEIPTS_FORM.names if name not in (
        "waybill", "giver", "item", "lot", "expires", "unit", "shipped", "line")}  # fmt: skip


def test_no_other_word_for_a_column_is_a_word_for_another_one() -> None:
    for column in RECEIPTS:
        for word in column.words.split(","):
            found = find_headers([Row("Sheet", 1, (word.strip(),))], RECEIPTS, optional=frozenset(RECEIPTS_FORM.names))
            assert isinstance(found, Headers) and list(found.columns) == [column.name], word


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_and_help_fit_the_cells_of_a_workbook(language: str) -> None:
    with override(language):
        assert len({str(column.title) for column in RECEIPTS}) == len(RECEIPTS)
        assert all(len(str(column.help)) <= workbook.MESSAGE for column in RECEIPTS)


# ── the workbook ─────────────────────────────────────────────────────────────
def test_what_is_on_its_way_stands_in_it_one_row_a_line(store: Store) -> None:
    store.boxes.sent()
    store.boxes.plan(Packed(store.boxes.accepted("M-9", 5), 5000), waybill="not sent yet")
    book = openpyxl.load_workbook(store.download())
    sheet = book.worksheets[0]
    assert book.sheetnames == [ON_ITS_WAY, RECEIVED, "⚑ Help", workbook.LISTS, workbook.STAMP]
    assert [cell.value for cell in sheet[FIRST - 1]] == [str(column.title) for column in RECEIPTS_FORM.short]
    rows = [[cell.value for cell in row][:7] for row in sheet.iter_rows(min_row=FIRST)]
    assert rows == [
        [WAYBILL, "World Health Organization", "Medical mask, type IIR", "L-1", None, "piece", 300],
        [WAYBILL, "World Health Organization", make.item("GLOVE-EXAM").name, None, None, "pair", 200],
    ]
    lines = Consignment.objects.get(waybill=WAYBILL).lines.order_by("pk")
    hidden = openpyxl.utils.get_column_letter(len(RECEIPTS_FORM.short))
    assert [sheet[f"{hidden}{FIRST + n}"].value for n in range(2)] == [str(line.uuid) for line in lines]
    assert sheet.column_dimensions[hidden].hidden and not sheet.column_dimensions["A"].hidden
    assert sheet.column_dimensions["A"].number_format == "@", "a waybill is text"


def test_it_is_written_in_each_language_with_lists_of_reasons(store: Store) -> None:
    store.boxes.sent()
    for language in LANGUAGES:
        path = store.download(language)
        book = openpyxl.load_workbook(path)
        assert {bool(sheet.sheet_view.rightToLeft) for sheet in book} == {language == "ar"}
        lists = [one for one in book.worksheets[0].data_validations.dataValidation if one.type == "list"]
        assert len(lists) == 2 and all("lists" in one.formula1 and not one.showErrorMessage for one in lists)
        with override(language):
            offered = {cell.value for column in "AB" for cell in book[workbook.LISTS][column][1:] if cell.value}
            assert offered == {str(one.label) for one in (*ReceiptLine.OF_REJECTED, *ReceiptLine.OF_MISSING)}
        with zipfile.ZipFile(path) as parts:
            assert not [name for name in parts.namelist() if "worksheets" in name and b"<f>" in parts.read(name)]


def test_only_the_members_own_people_have_it(store: Store) -> None:
    store.boxes.sent()
    for who in ("giver", "channel", "carrier", "other member", "coordination"):
        store.who = who
        with pytest.raises(NotAllowed):
            store.download()


def test_without_a_consignment_it_has_no_line_and_no_table_is_read(store: Store) -> None:
    sheet = openpyxl.load_workbook(store.download()).worksheets[0]
    assert sheet.max_row == FIRST - 1
    with make.as_(store.boxes.people["focal point"]), pytest.raises(receipt_lookup.NothingSent):
        receipt_lookup.counted_in(store.boxes.zambia)


def test_the_hidden_sheet_says_for_whom_and_when_it_was_made(store: Store) -> None:
    path = store.download("fr")
    assert stamp.read(table.read(path, filename=path.name)) == stamp.Stamp(
        form="receipts", version=1, member="ZMB", round="", language="fr", day="2021-02-01",
        columns=RECEIPTS_FORM.names,
    )  # fmt: skip


# ── out and back ─────────────────────────────────────────────────────────────
def test_filled_in_and_sent_back_it_is_posted_and_once_more_changes_nothing(store: Store) -> None:
    store.boxes.sent()
    for language in LANGUAGES:
        path = store.download(language, filled_in)
        examined = store.examine(path)
        assert told(examined) == [] and counts(examined.report) == (2, 2, 0, 0, 0), language
    assert store.write(examined).written
    assert store.boxes.stages() == {"received": 280, "rejected": 15, "missing": 5}
    assert store.boxes.stages("GLOVE-EXAM") == {"received": 207}
    receipt = Receipt.objects.get()
    assert (receipt.received_on, receipt.by) == (DAY, store.boxes.people["focal point"])
    assert receipt.lines.get(rejected__gt=0).text == "wet «carton»"
    assert Consignment.objects.get().state == "received" and doctor.differences() == []
    again = store.examine(path)
    assert told(again) == [] and counts(again.report) == (2, 0, 0, 2, 0)
    assert store.write(again).written and Receipt.objects.count() == 1


def worked(store: Store) -> None:
    """One consignment received short with all that a receipt can say, one lost, one on its way."""
    boxes = store.boxes
    box = boxes.sent()
    boxes.receive(box, [count(line, *numbers, **more) for line, (numbers, more) in zip(
        box.lines.order_by("pk"),
        [((280, 15, 5, 3), {"rejected_why": "other", "text": "=a, «b»\nc"}), ((0, 0, 200), {"missing_why": "short"})],
        strict=True,
    )], note="kept by the page")  # fmt: skip
    boxes.go(boxes.sent(Packed(boxes.accepted("M-2", 10), 10_000, "007"), waybill="0042"), "lose")
    boxes.sent(Packed(boxes.accepted("M-3", 10), 10_000, "+1"), waybill="=HYPERLINK(1)")


def test_imported_as_it_is_our_own_export_changes_nothing(store: Store) -> None:
    worked(store)
    for language in LANGUAGES:
        examined = store.examine(store.download(language))
        assert told(examined) == [] and counts(examined.report) == (3, 0, 0, 3, 0), language
    assert store.write(examined).written and Receipt.objects.count() == 1


@pytest.mark.needs("libreoffice")
def test_libreoffice_opens_it_and_it_survives_ods_and_back(store: Store) -> None:
    """Our export in all three formats: saved by the real program as .ods and as .xlsx again, and each sheet as text."""
    office = programs.find("libreoffice")
    assert office
    worked(store)
    source = store.download("ar")
    path, wanted = source, _cells(source)
    for kind in ("ods", "xlsx"):
        folder = store.folder / f"as-{kind}"
        command = [
            str(office), f"-env:UserInstallation=file://{store.folder}/profile", "--headless", "--convert-to", kind,
            "--outdir", str(folder), str(path),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        path = folder / f"{source.stem}.{kind}"
        assert _cells(path) == wanted
        examined = store.examine(path)
        assert told(examined) == [] and counts(examined.report) == (3, 0, 0, 3, 0)
    book = openpyxl.load_workbook(path)
    assert {bool(sheet.sheet_view.rightToLeft) for sheet in book} == {True}
    assert sum(one.type == "list" for one in book.worksheets[1].data_validations.dataValidation) == 3
    for sheet in list(wanted)[:2]:
        text = store.folder / f"{sheet}.csv"
        with text.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(["" if cell is None else cell for cell in row] for _n, row in wanted[sheet])
        examined = store.examine(text)
        assert told(examined) == [] and examined.report.unchanged == examined.report.read > 0


def _cells(path: Path) -> dict[str, list[Any]]:
    read = table.read(path, filename=path.name)
    return {sheet: [(row.number, _trimmed(row.cells)) for row in read.rows(sheet)] for sheet in read.sheets}


def _trimmed(row: tuple[Any, ...]) -> tuple[Any, ...]:
    while row and row[-1] is None:
        row = row[:-1]
    return row
