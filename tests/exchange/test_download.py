"""The same rows as three files; what is written is what is read back."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unmet.exchange import download, table
from unmet.exchange.download import Column

COLUMNS = [
    Column("item_code", "Item", "text"),
    Column("quantity", "Quantity", "quantity"),
    Column("lines", "Lines", "integer"),
    Column("value_usd", "Value, US$", "money"),
    Column("coverage", "Coverage", "percent"),
    Column("needed_by_on", "Needed by", "date"),
]
ROW: list[download.Value] = ["007", Decimal("1250.500"), 3, Decimal("12.30"), Decimal("0.25"), date(2021, 5, 4)]
NOTES = {download.MARK: "DEMONSTRATION: no figure here is true.", "as_of": "As of 2021-05-04.", "source": "Unmet"}


def as_csv(rows: Sequence[Sequence[Any]], **options: Any) -> str:
    out = io.StringIO(newline="")
    download.write_csv(out, COLUMNS, rows, **{"notes": {}, **options})
    return out.getvalue()


def as_xlsx(rows: Sequence[Sequence[Any]], path: Path, **options: Any) -> openpyxl.Workbook:
    download.write_xlsx(path, COLUMNS, rows, **{"title": "Needs", "language": "en", "notes": {}, **options})
    return openpyxl.load_workbook(path)


# ── csv ──────────────────────────────────────────────────────────────────────
def test_a_csv_has_keys_and_exact_numbers() -> None:
    blank = [None] * 6
    assert as_csv([ROW, blank]).split("\r\n") == [
        "item_code,quantity,lines,value_usd,coverage,needed_by_on",
        "007,1250.5,3,12.3,0.25,2021-05-04",
        ",,,,,",
        "",
    ]


def test_the_notice_is_a_column_of_a_csv() -> None:
    header, row, _ = as_csv([ROW], notes=NOTES).split("\r\n")
    assert header.endswith(",needed_by_on,note")
    assert row.endswith(",DEMONSTRATION: no figure here is true.")
    assert "note" not in as_csv([ROW], notes={"source": "Unmet"})


def test_the_mark_of_utf8_is_written_only_when_asked() -> None:
    assert as_csv([ROW], bom=True).startswith("\ufeffitem_code")
    assert as_csv([ROW]).startswith("item_code")


# ── xlsx ─────────────────────────────────────────────────────────────────────
def test_a_workbook_has_titles_types_and_a_sheet_about_it(tmp_path: Path) -> None:
    book = as_xlsx([ROW], tmp_path / "a.xlsx", notes=NOTES)
    needs, about = book.worksheets
    assert [cell.value for cell in needs[1]] == [*(column.title for column in COLUMNS), "Note"]
    values = [cell.value for cell in needs[2]]
    assert values == ["007", 1250.5, 3, 12.3, 0.25, datetime(2021, 5, 4), NOTES[download.MARK]]  # noqa: DTZ001
    formats = [cell.number_format for cell in needs[2]]
    assert formats[:6] == ["@", "#,##0.###", "#,##0", "#,##0.00", "0.0%", "yyyy-mm-dd"]
    assert [cell.value for cell in about["A"] if cell.value] == ["Needs", *NOTES.values()]
    assert needs.freeze_panes == "A2"
    assert needs.column_dimensions["A"].width > needs.column_dimensions["E"].width
    assert not needs.sheet_view.rightToLeft


def test_without_rows_the_notice_stands_in_the_header_and_no_row_is_invented(tmp_path: Path) -> None:
    keys = [column.key for column in COLUMNS]
    (header,) = csv.reader(io.StringIO(as_csv([], notes=NOTES)))
    assert header == [*keys, "note", NOTES[download.MARK]]
    assert next(csv.reader(io.StringIO(as_csv([])))) == keys
    assert next(csv.reader(io.StringIO(as_csv([ROW], notes=NOTES)))) == [*keys, "note"]
    about = as_xlsx([], tmp_path / "a.xlsx", notes=NOTES).worksheets[1]
    assert NOTES[download.MARK] in [cell.value for cell in about["A"]]


def test_a_workbook_in_arabic_runs_from_right_to_left(tmp_path: Path) -> None:
    book = as_xlsx([ROW], tmp_path / "a.xlsx", title="الاحتياجات", language="ar")
    assert all(sheet.sheet_view.rightToLeft for sheet in book.worksheets)
    assert book.worksheets[0].title == "الاحتياجات"


def test_a_number_with_more_digits_than_a_spreadsheet_keeps_is_text(tmp_path: Path) -> None:
    long, short = Decimal("1234567890123456.789"), Decimal("123456789012.345")
    rows: list[list[download.Value]] = [["a", long, 9_007_199_254_740_993, short, None, None]]
    needs = as_xlsx(rows, tmp_path / "a.xlsx").worksheets[0]
    assert needs["B2"].value == "1234567890123456.789"
    assert needs["C2"].value == "9007199254740993"
    assert Decimal(repr(needs["D2"].value)) == short


def test_moments_and_early_days(tmp_path: Path) -> None:
    moment = datetime(2021, 5, 4, 13, 5, tzinfo=UTC)
    rows: list[list[download.Value]] = [
        ["a", None, None, None, None, moment],
        ["b", None, None, None, None, date(1899, 1, 2)],
    ]
    needs = as_xlsx(rows, tmp_path / "a.xlsx").worksheets[0]
    assert needs["F2"].value == moment.replace(tzinfo=None)
    assert needs["F3"].value == "1899-01-02"
    assert "2021-05-04T13:05:00+00:00" in as_csv(rows)


@pytest.mark.parametrize("title", ["a/b: [c]?*", "x" * 50, "'", "", "About", "about"])
def test_any_title_becomes_a_sheet_name(tmp_path: Path, title: str) -> None:
    book = as_xlsx([ROW], tmp_path / "a.xlsx", title=title)
    assert book.sheetnames[1] == "About"
    assert 0 < len(book.sheetnames[0]) <= 31


def test_too_many_rows_for_a_spreadsheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = [Column("a", "A", "integer")]
    rows = ([n] for n in range(5))
    monkeypatch.setattr(download, "_SHEET_ROWS", 5)
    with pytest.raises(download.TooManyRows, match="csv"):
        download.write_xlsx(tmp_path / "a.xlsx", columns, rows, title="t", language="en", notes={})


# ── json ─────────────────────────────────────────────────────────────────────
def test_json_says_what_it_is() -> None:
    out = io.StringIO()
    assert download.write_json(out, COLUMNS, [ROW, [None] * 6], title="Needs", notes=NOTES) == 2
    got = json.loads(out.getvalue(), parse_float=Decimal)
    assert got["about"] == {"title": "Needs", **NOTES}
    assert got["columns"][1] == {"key": "quantity", "title": "Quantity", "kind": "quantity"}
    assert got["rows"][0] == {
        "item_code": "007",
        "quantity": Decimal("1250.5"),
        "lines": 3,
        "value_usd": Decimal("12.3"),
        "coverage": Decimal("0.25"),
        "needed_by_on": "2021-05-04",
    }
    assert set(got["rows"][1].values()) == {None}


def test_json_without_rows_is_json() -> None:
    out = io.StringIO()
    assert download.write_json(out, COLUMNS, [], title="Needs", notes={}) == 0
    assert json.loads(out.getvalue())["rows"] == []


# ── formulas ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''@x"])
def test_text_that_a_spreadsheet_would_run_is_text_in_csv_and_xlsx(tmp_path: Path, text: str) -> None:
    row: list[download.Value] = [text, Decimal("-5"), -3, None, None, None]
    written = as_csv([row]).split("\r\n", 1)[1]
    assert written.lstrip('"').startswith("'" + text)
    assert ",-5,-3," in written  # numbers below zero are numbers
    needs = as_xlsx([row], tmp_path / "a.xlsx", title="=t", notes={"source": "=1"}).worksheets[0]
    assert needs["A2"].data_type == "s"
    assert needs["A2"].value.startswith("'")
    out = io.StringIO()
    download.write_json(out, COLUMNS, [row], title="t", notes={})
    assert json.loads(out.getvalue())["rows"][0]["item_code"] == text


# ── there and back ───────────────────────────────────────────────────────────
# Characters that XML cannot hold are not in our database either; a bare CR is turned into LF by every XML reader.
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\t\n'=+-@"),
    min_size=1,
    max_size=30,
).filter(lambda text: not text.isspace())
QUANTITY = st.integers(-(10**15) + 1, 10**15 - 1).map(lambda thousandths: Decimal(thousandths) / 1000)
ROWS = st.lists(
    st.tuples(
        TEXT,
        st.none() | QUANTITY,
        st.none() | st.integers(-(2**53), 2**53),
        st.none() | QUANTITY,
        st.none() | QUANTITY,
        st.none() | st.dates(date(1901, 1, 1), date(9999, 12, 31)),
    ),
    max_size=8,
)


def as_text(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, date) else None if value is None else str(value)


def without_blanks(row: Sequence[Any]) -> tuple[Any, ...]:
    values = list(row)
    while values and values[-1] is None:
        values.pop()
    return tuple(values)


@given(ROWS)
@settings(max_examples=25)
def test_rows_written_and_read_back_are_equal(rows: list[tuple[Any, ...]]) -> None:
    with TemporaryDirectory() as folder:
        workbook, text = Path(folder, "a"), Path(folder, "b")
        download.write_xlsx(workbook, COLUMNS, rows, title="Needs", language="es", notes=NOTES)
        with text.open("w", encoding="utf-8", newline="") as out:
            assert download.write_csv(out, COLUMNS, rows, notes={}) == len(rows)
        header, *from_xlsx = table.read(workbook, filename="a.xlsx").rows()
        keys, *from_csv = table.read(text, filename="b.csv").rows()
    assert [row.cells[:6] for row in from_xlsx] == [tuple(map(exact, row)) for row in rows]
    assert {row.cells[6] for row in from_xlsx} <= {NOTES[download.MARK]}
    assert [without_blanks(row.cells) for row in from_csv] == [
        without_blanks([download.number_text(v) if isinstance(v, (Decimal, int)) else as_text(v) for v in row])
        for row in rows
    ]
    assert header.cells[1] == "Quantity"
    assert keys.cells[1] == "quantity"


def exact(value: Any) -> Any:
    """What a spreadsheet can give back: a number of more than 15 digits comes as the text of its digits."""
    if isinstance(value, (Decimal, int)):
        text = download.number_text(value)
        return text if len(text.strip("-").replace(".", "").strip("0")) > 15 else value
    return value
