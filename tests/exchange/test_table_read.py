"""Honest tables in three formats: the same cells, at the rows and columns that a person sees."""

import subprocess
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P

from tests import programs
from tests.exchange import make_files
from unmet.exchange import table

Read = Callable[..., table.Table]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_bytes(content: bytes, filename: str = "needs.xlsx") -> table.Table:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return table.read(path, filename=filename)

    return read_bytes


def cells(got: table.Table, sheet: str | None = None) -> list[tuple[int, tuple[Any, ...]]]:
    """Rows by number, without blanks at the end."""
    rows = []
    for row in got.rows(sheet):
        values = list(row.cells)
        while values and values[-1] is None:
            values.pop()
        rows.append((row.number, tuple(values)))
    return rows


def named(got: table.Table) -> dict[str, Any]:
    return {
        table.cell_name(row.number, column): value
        for row in got.rows()
        for column, value in enumerate(row.cells)
        if value is not None
    }


# ── values ───────────────────────────────────────────────────────────────────
def test_native_values_of_a_workbook(read: Read) -> None:
    values = ["ORS", 0.1, 0.1 + 0.2, 12, 12.0, -5, 1e15, 1234567.891, True, date(2020, 2, 29), None, "007", "x"]
    got = read(make_files.xlsx({"Needs": [values]}))
    (row,) = got.rows()
    assert row.cells == (
        *("ORS", Decimal("0.1"), Decimal("0.3"), 12, 12, -5, 10**15, Decimal("1234567.891"), True),
        *(date(2020, 2, 29), None, "007", "x"),
    )
    assert [type(value) for value in row.cells[1:6]] == [Decimal, Decimal, int, int, int]
    assert type(row.cells[8]) is bool
    assert type(row.cells[9]) is date


@pytest.mark.parametrize("digits", ["0.30000000000000004", "0.1", "1.0000000000000002E-3", "4.35", "2.675", "1E-7"])
def test_a_stored_number_shows_no_float_noise(read: Read, digits: str) -> None:
    got = read(make_files.raw_xlsx(make_files.number_row(value=digits)))
    (row,) = got.rows()
    assert row.cells == (Decimal(f"{float(digits):.15g}"),)


@pytest.mark.parametrize("first_year", [1900, 1904])
def test_both_calendars_of_workbooks(read: Read, first_year: int) -> None:
    days = [date(2020, 2, 29), date(1999, 12, 31), datetime.fromisoformat("2021-05-04T13:05")]
    got = read(make_files.xlsx({"Needs": [days]}, date_1904=first_year == 1904))
    (row,) = got.rows()
    assert row.cells == tuple(days)


def test_text_as_typed_and_blank_apart(read: Read) -> None:
    got = read(make_files.xlsx({"Needs": [["  ORS ", " ", "\u00a0", "مستلزمات", "1,250", "a\nb", "end"]]}))
    (row,) = got.rows()
    assert row.cells == ("  ORS ", None, None, "مستلزمات", "1,250", "a\nb", "end")


def test_formulas_give_their_stored_result_and_without_one_a_note(read: Read) -> None:
    got = read(make_files.openpyxl_xlsx(lambda sheet: sheet.append([5, "=A1*2", "text"])))
    assert cells(got) == [(1, (5, None, "text"))]
    assert [(note.code, note.sheet, note.cell) for note in got.notes] == [("formula-without-value", "Sheet", "B1")]
    assert "B1" in got.notes[0].sentence
    rows = '<row r="1"><c r="A1"><f>2+2</f><v>4</v></c><c r="B1" t="str"><f>""</f><v></v></c></row>'
    stored = read(make_files.raw_xlsx(rows))
    assert cells(stored) == [(1, (4,))]
    assert stored.notes == ()


def test_error_cells_are_their_text_also_at_the_edge(read: Read) -> None:
    rows = (
        '<row r="1"><c r="A1" t="e"><v>#N/A</v></c><c r="B1"><v>1</v></c><c r="D1" t="e"><v>#DIV/0!</v></c></row>'
        '<row r="3"><c r="C3" t="e"><f>X</f><v>#NAME?</v></c></row>'
    )
    got = read(make_files.raw_xlsx(rows))
    assert named(got) == {"A1": "#N/A", "B1": 1, "D1": "#DIV/0!", "C3": "#NAME?"}


def test_errors_in_a_document(read: Read) -> None:
    error = (
        '<table:table-cell office:value-type="string" office:string-value="" calcext:value-type="error">'
        "<text:p>#N/A</text:p></table:table-cell>"
    )
    formula = '<table:table-cell table:formula="of:=1+1"/>'
    got = read(make_files.ods(make_files.ods_row(make_files.ods_text("x"), error, formula)), "needs.ods")
    assert cells(got) == [(1, ("x", "#N/A"))]
    assert [note.cell for note in got.notes] == ["C1"]


def test_the_apostrophe_of_our_exports_comes_off_once(read: Read) -> None:
    typed = ["'=1+1", "''=1", "'-5", "'@x", "O'Neill", "'quoted'", "'"]
    read_as = ("=1+1", "'=1", "-5", "@x", "O'Neill", "'quoted'", "'")
    workbook = read(make_files.openpyxl_xlsx(lambda sheet: sheet.append(typed)))
    assert next(workbook.rows()).cells == read_as
    assert next(read(",".join(typed).encode(), "a.csv").rows()).cells == read_as


def test_numbers_without_plain_cell_tags_are_the_same(read: Read) -> None:
    """The quick look and the full count must lead to the same table."""
    plain = make_files.raw_xlsx(make_files.number_row(3, "B3", "0.5"))
    odd = make_files.raw_xlsx('<!-- x --><row r="3"><c  r = "B3"><v>0.5</v></c></row>')
    assert named(read(plain)) == named(read(odd)) == {"B3": Decimal("0.5")}


# ── places ───────────────────────────────────────────────────────────────────
def lay_out(sheet: Any) -> None:
    """A title in C2, merged cells, a hidden row and column, blank rows, the header in row 6."""
    sheet["C2"] = "Needs of a member"
    sheet.merge_cells("C2:F2")
    sheet["C6"], sheet["E6"] = "item", "quantity"
    sheet["C7"], sheet["E7"] = "ORS", 5
    sheet["C9"], sheet["E9"] = "zinc", 6
    sheet["C12"], sheet["E12"] = "last", 7
    sheet.merge_cells("C12:C14")
    sheet.row_dimensions[9].hidden = True
    sheet.column_dimensions["D"].hidden = True


LAID_OUT = {
    "C2": "Needs of a member",
    "C6": "item",
    "E6": "quantity",
    "C7": "ORS",
    "E7": 5,
    "C9": "zinc",
    "E9": 6,
    "C12": "last",
    "E12": 7,
}


def test_places_as_a_person_sees_them(read: Read) -> None:
    got = read(make_files.openpyxl_xlsx(lay_out))
    assert named(got) == LAID_OUT
    assert [row.number for row in got.rows()] == [2, 6, 7, 9, 12]


def test_places_in_a_document_of_odfpy(read: Read, tmp_path: Path) -> None:
    document = OpenDocumentSpreadsheet()
    sheet = Table(name="Needs")
    document.spreadsheet.addElement(sheet)
    for row in ([], ["", "item", "", "quantity"], None, ["", "ORS", "", 5]):
        line = TableRow(numberrowsrepeated=3) if row is None else TableRow()
        sheet.addElement(line)
        for value in row or []:
            kind = {"valuetype": "float", "value": value} if isinstance(value, int) else {"valuetype": "string"}
            cell = TableCell(**kind) if value != "" else TableCell()
            if value != "":
                cell.addElement(P(text=str(value)))
            line.addElement(cell)
    merged = TableRow()
    sheet.addElement(merged)
    cell = TableCell(valuetype="string", numbercolumnsspanned=2)
    cell.addElement(P(text="merged"))
    after = TableCell(valuetype="date", datevalue="2020-02-29")
    for part in (cell, CoveredTableCell(), after):
        merged.addElement(part)
    document.save(tmp_path / "needs.ods")
    got = table.read(tmp_path / "needs.ods", filename="needs.ods")
    assert got.kind == "ods"
    assert named(got) == {"B2": "item", "D2": "quantity", "B6": "ORS", "D6": 5, "A7": "merged", "C7": date(2020, 2, 29)}


def test_a_comment_in_a_document_is_not_its_cell(read: Read) -> None:
    noted = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>why?</text:p></office:annotation>'
        "<text:p>ORS</text:p></table:table-cell>"
    )
    only_noted = "<table:table-cell><office:annotation><text:p>why?</text:p></office:annotation></table:table-cell>"
    got = read(make_files.ods(make_files.ods_row(noted, only_noted, make_files.ods_text("x"))), "needs.ods")
    assert named(got) == {"A1": "ORS", "C1": "x"}


@pytest.mark.parametrize(
    ("row", "column", "name"),
    [(7, 2, "C7"), (1, 0, "A1"), (1, 25, "Z1"), (1, 26, "AA1"), (9, 701, "ZZ9"), (1, 702, "AAA1")],
)
def test_cell_names(row: int, column: int, name: str) -> None:
    assert table.cell_name(row, column) == name


# ── sheets ───────────────────────────────────────────────────────────────────
def test_the_first_filled_sheet_is_meant_unless_one_is_named(read: Read) -> None:
    got = read(make_files.xlsx({"Blank": [], "Needs": [["a"]], "More": [["b"], ["c"]]}))
    assert got.sheets == ("Blank", "Needs", "More")
    assert (got.default_sheet, cells(got)) == ("Needs", [(1, ("a",))])
    assert cells(got, "More") == [(1, ("b",)), (2, ("c",))]
    assert cells(got, "Blank") == []
    assert {row.sheet for row in got.rows("More")} == {"More"}
    with pytest.raises(ValueError, match="tuple"):
        list(got.rows("Nowhere"))


def test_hidden_sheets_and_our_own_list_come_last(read: Read) -> None:
    def fill(sheet: Any) -> None:
        sheet.title = "⚑ To correct"
        sheet["A1"] = "ours"
        hidden = sheet.parent.create_sheet("Lists")
        hidden["A1"], hidden.sheet_state = "hidden", "hidden"
        sheet.parent.create_sheet("Needs")["A1"] = "meant"

    got = read(make_files.openpyxl_xlsx(fill))
    assert (got.default_sheet, cells(got)) == ("Needs", [(1, ("meant",))])


def test_a_later_sheet_beyond_the_limits_is_left_out_with_a_note(read: Read) -> None:
    got = read(make_files.xlsx({"Needs": [["a"]], "Raw": [["x"] * 300]}))
    assert got.sheets == ("Needs",)
    assert [(note.code, note.sheet) for note in got.notes] == [("sheet-left-out", "Raw")]
    with pytest.raises(table.FileRefused, match="Raw"):
        read(make_files.xlsx({"Raw": [["x"] * 300], "Needs": [["a"]]}))


def test_two_readers_of_one_table_do_not_disturb_each_other(read: Read) -> None:
    got = read(make_files.xlsx({"Needs": [[n, f"item {n}"] for n in range(3000)]}))
    pairs = list(zip(got.rows(), got.rows(), strict=True))
    assert len(pairs) == 3000
    assert all(one == other for one, other in pairs)
    assert pairs[-1][0].cells == (2999, "item 2999")


# ── LibreOffice ──────────────────────────────────────────────────────────────
@pytest.mark.needs("libreoffice")
def test_libreoffice_saves_the_same_table_in_three_formats(tmp_path: Path) -> None:
    """A workbook of ours, saved anew by LibreOffice as .xlsx, .ods and .csv, has the same cells at the same places."""
    office = programs.find("libreoffice")
    assert office
    source = tmp_path / "needs.xlsx"

    def fill(sheet: Any) -> None:
        lay_out(sheet)
        sheet["A7"], sheet["B7"], sheet["F7"], sheet["G7"] = "007", 0.1, date(2020, 2, 29), "=NA()"
        sheet["H7"], sheet["I7"] = "=E7*2", "مستلزمات"

    source.write_bytes(make_files.openpyxl_xlsx(fill))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    for kind in ("ods", "xlsx", "csv:Text - txt - csv (StarCalc):59,34,76"):
        command = [
            str(office),
            profile,
            "--headless",
            "--convert-to",
            kind,
            "--outdir",
            str(tmp_path / kind[:3]),
            str(source),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    wanted = LAID_OUT | {
        "A7": "007",
        "B7": Decimal("0.1"),
        "F7": date(2020, 2, 29),
        "G7": "#N/A",
        "H7": 10,
        "I7": "مستلزمات",
    }
    assert named(table.read(tmp_path / "ods" / "needs.ods", filename="needs.ods")) == wanted
    assert named(table.read(tmp_path / "xls" / "needs.xlsx", filename="needs.xlsx")) == wanted
    text = table.read(tmp_path / "csv" / "needs.csv", filename="needs.csv")
    assert text.delimiter == ";"
    shown = {name: str(value) for name, value in wanted.items() if name != "F7"}
    assert {name: value for name, value in named(text).items() if name != "F7"} == shown
