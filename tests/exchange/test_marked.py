"""The person's own workbook comes back with its faulty cells marked and everything else as it was."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import translation
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from tests.exchange import make_files
from unmet.exchange import _limits, _process, table
from unmet.exchange.marked import MarkedCell, mark

YELLOW = "00FFE08A"
BLANK_FILL = "00000000"


@pytest.fixture
def upload(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return path

    return write


def fault(place: str, value: str = "many", sheet: str = "Needs", **texts: str) -> MarkedCell:
    column, row = openpyxl.utils.cell.coordinate_from_string(place)
    texts = {"sentence": "This is not a number.", "remedy": "Type digits."} | texts
    return MarkedCell(sheet, row, openpyxl.utils.column_index_from_string(column) - 1, value, **texts)


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def fill_needs(sheet: Any) -> None:
    sheet.title = "Needs"
    sheet.append(["item", "quantity", "total"])
    sheet.append(["ORS", "many", "=B2*2"])
    sheet.append(["zinc", 6, None])
    sheet.merge_cells("A5:B6")
    sheet["A5"] = "merged"
    sheet["A1"].font = Font(bold=True)
    sheet["A3"].fill = PatternFill("solid", start_color="00AA0000")
    sheet["B3"].comment = Comment("my own remark", "me")
    sheet.column_dimensions["A"].width = 33
    sheet.row_dimensions[3].hidden = True
    validation = DataValidation(type="whole", operator="greaterThan", formula1="0")
    validation.add("B2:B99")
    sheet.add_data_validation(validation)
    sheet.parent.create_sheet("Other")["A1"] = "kept"


def test_cells_are_coloured_and_explained_and_the_rest_is_kept(upload: Callable[[bytes], Path]) -> None:
    path = upload(make_files.openpyxl_xlsx(fill_needs))
    faults = [fault("B2"), fault("B2", sentence="Second reason."), fault("B3", "6"), fault("B6", "merged")]
    book = opened(mark(path, kind="xlsx", faults=faults, title="Needs of a member"))
    front, needs, other = book.worksheets
    assert other["A1"].value == "kept"
    assert front.title.startswith(_limits.OUR_SHEET_MARK)
    assert {c for c in ("B2", "B3", "A5") if needs[c].fill.start_color.rgb == YELLOW} == {"B2", "B3", "A5"}
    assert needs["A2"].fill.start_color.rgb == BLANK_FILL
    assert needs["A3"].fill.start_color.rgb == "00AA0000"
    assert needs["B2"].comment.text == "This is not a number.\nType digits.\n\nSecond reason.\nType digits."
    assert needs["B3"].comment.text.startswith("my own remark\n\nThis is not")
    assert needs["C2"].value == "=B2*2"
    assert needs["A1"].font.bold
    assert needs.column_dimensions["A"].width == 33
    assert needs.row_dimensions[3].hidden
    assert str(needs.data_validations.dataValidation[0].sqref) == "B2:B99"
    assert front.sheet_view.rightToLeft in (None, False)


def test_the_list_in_front_names_each_fault_and_leads_to_it(upload: Callable[[bytes], Path]) -> None:
    path = upload(make_files.openpyxl_xlsx(fill_needs))
    faults = [
        fault("B2", "=cmd|' /C calc'!A0"),
        fault("A1", sheet="Gone"),
        MarkedCell("Needs", 3, None, "", "Row.", "Do."),
    ]
    front = opened(mark(path, kind="xlsx", faults=faults, title="=title")).worksheets[0]
    rows = [[cell.value for cell in row] for row in front.iter_rows(min_row=5)]
    assert rows == [
        ["Sheet", "Cell", "As typed", "Reason", "What to do"],
        ["Needs", "B2", "=cmd|' /C calc'!A0", "This is not a number.", "Type digits."],
        ["Gone", "A1", "many", "This is not a number.", "Type digits."],
        ["Needs", "3", None, "Row.", "Do."],
    ]
    assert front["B6"].hyperlink.location == "'Needs'!B2"
    assert front["B7"].hyperlink is None
    assert front["B8"].hyperlink.location == "'Needs'!A3"
    # Typed text that looks like a formula is text, wherever we write it.
    assert {cell.data_type for row in front.iter_rows() for cell in row if cell.value} == {"s"}


def test_the_list_is_passed_over_when_the_file_comes_again(upload: Callable[[bytes], Path]) -> None:
    path = upload(make_files.openpyxl_xlsx(fill_needs))
    once = upload(mark(path, kind="xlsx", faults=[fault("B2")], title="t"))
    again = table.read(once, filename="needs.xlsx")
    assert again.default_sheet == "Needs"
    assert [row.cells[0] for row in again.rows()] == ["item", "ORS", "zinc", "merged"]
    # Marked a second time with another fault: one list, and the corrected cell is plain again.
    twice = opened(mark(once, kind="xlsx", faults=[fault("B3")], title="t"))
    assert [sheet.title for sheet in twice.worksheets[1:]] == ["Needs", "Other"]
    assert twice["Needs"]["B2"].comment is None
    assert twice["Needs"]["B2"].fill.start_color.rgb == BLANK_FILL
    assert twice["Needs"]["B3"].fill.start_color.rgb == YELLOW


def test_in_arabic_the_list_runs_from_right_to_left(upload: Callable[[bytes], Path]) -> None:
    path = upload(make_files.openpyxl_xlsx(fill_needs))
    with translation.override("ar"):
        book = opened(mark(path, kind="xlsx", faults=[fault("B2", sentence="ليس رقمًا")], title="حاجات"))
    assert book.worksheets[0].sheet_view.rightToLeft
    assert not book["Needs"].sheet_view.rightToLeft
    assert "ليس رقمًا" in book["Needs"]["B2"].comment.text


def test_a_text_table_comes_back_as_a_workbook(upload: Callable[[bytes], Path]) -> None:
    path = upload(b"\n\nitem;quantity\nORS;many\n'=1+1;6\n")
    got = table.read(path, filename="needs: of [a] member.csv")
    faults = [fault("B4", sheet=got.default_sheet)]
    content = mark(path, kind="csv", faults=faults, title="t")
    front, needs = opened(content).worksheets
    assert needs["B4"].value == "many"
    assert needs["B4"].fill.start_color.rgb.endswith("FFE08A")
    assert needs["B4"].comment.text == "This is not a number.\nType digits."
    assert (needs["A5"].value, needs["A5"].data_type) == ("=1+1", "s")
    assert front["B6"].hyperlink.location == "'needs  of  a  member'!B4"
    assert "made anew" in front["A3"].value
    again = table.read(upload(content), filename="needs.xlsx")
    assert [(r.number, r.cells) for r in again.rows()] == [(r.number, r.cells) for r in got.rows()]


def test_a_document_comes_back_as_a_workbook(upload: Callable[[bytes], Path]) -> None:
    day = '<table:table-cell office:value-type="date" office:date-value="2020-02-29"/>'
    number = '<table:table-cell office:value-type="float" office:value="0.1"/>'
    path = upload(make_files.ods(make_files.ods_row(make_files.ods_blank(2), make_files.ods_text("many"), day, number)))
    got = table.read(path, filename="needs.ods")
    content = mark(path, kind="ods", faults=[fault("C1"), fault("D1", "2020-02-29")], title="t")
    assert opened(content)["Needs"]["C1"].comment
    assert list(table.read(upload(content), filename="a.xlsx").rows()) == list(got.rows())


def test_no_more_comments_than_a_spreadsheet_bears(upload: Callable[[bytes], Path]) -> None:
    count = _limits.COMMENTS + 5
    path = upload(make_files.xlsx({"Needs": [["many"]] * count}))
    front, needs = opened(
        mark(path, kind="xlsx", faults=[fault(f"A{n}") for n in range(1, count + 1)], title="t")
    ).worksheets
    assert sum(1 for (cell,) in needs.iter_rows() if cell.comment) == _limits.COMMENTS
    assert all(cell.fill.start_color.rgb == YELLOW for (cell,) in needs.iter_rows())
    assert str(_limits.COMMENTS) in front["A3"].value


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_characters_that_no_workbook_can_hold(upload: Callable[[bytes], Path], kind: Any) -> None:
    path = upload(make_files.xlsx({"Needs": [["many"]]}) if kind == "xlsx" else b"many,b\n")
    content = mark(path, kind=kind, faults=[fault("A1", "a\x00\x1b\ud800b", sentence="\x01?")], title="\x02t")
    assert opened(content).worksheets[0]["C6"].value == "a\ufffd\ufffd\ufffdb"


def test_a_hostile_workbook_is_refused_here_too(upload: Callable[[bytes], Path]) -> None:
    xxe = '<!DOCTYPE x [<!ENTITY s SYSTEM "file:///etc/hostname">]>'
    for content, code in (
        (make_files.raw_xlsx(sheet=xxe + str(make_files.raw_parts()[make_files.SHEET])), "entities"),
        (make_files.xlsx_with_bomb(300, declared=0), "too-large"),
        (make_files.xlsx({"Needs": [["a"]]})[:-40], "truncated"),
    ):
        with pytest.raises(table.FileRefused) as refused:
            mark(upload(content), kind="xlsx", faults=[fault("A1")], title="t")
        assert refused.value.code == code


def test_a_large_workbook_is_marked_within_the_limits(upload: Callable[[bytes], Path]) -> None:
    path = upload(make_files.big_xlsx(5_000, 10))
    faults = [fault(f"B{n}") for n in range(2, 1000)]
    assert opened(mark(path, kind="xlsx", faults=faults, title="t"))["Needs"]["B999"].comment


def test_a_workbook_too_large_to_keep_is_made_anew(
    upload: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first attempt is stopped by its time limit; the second, from the rows, has enough."""
    path = upload(make_files.big_xlsx(20_000, 10))
    run = _process.run
    jobs: list[str] = []

    def run_with_little_time_at_first(task: str, path: Path, *fds: int) -> dict[str, Any]:
        monkeypatch.setattr(_limits, "CHILD_WALL_SECONDS", 60 if jobs else 0.5)
        jobs.append(task)
        return run(task, path, *fds)

    monkeypatch.setattr(_process, "run", run_with_little_time_at_first)
    book = opened(mark(path, kind="xlsx", faults=[fault("B2")], title="t"))
    assert len(jobs) == 2
    assert "made anew" in book.worksheets[0]["A3"].value
    assert book["Needs"]["B2"].comment
