"""Text tables: their letters, delimiters and quotes."""

from pathlib import Path

import pytest

from unmet.exchange import table
from unmet.exchange._child_csv import find_delimiter


def read(tmp_path: Path, content: bytes, filename: str = "needs.csv") -> table.Table:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return table.read(path, filename=filename)


def lines(got: table.Table) -> list[tuple[object, ...]]:
    return [row.cells for row in got.rows()]


@pytest.mark.parametrize(
    ("encoding", "said", "text"),
    [
        ("utf-8", "utf-8", "صنف,quantité"),
        ("utf-8-sig", "utf-8-sig", "صنف,quantité"),
        ("utf-16", "utf-16", "صنف,quantité"),
        ("cp1256", "cp1256", "صنف,الكمية المطلوبة"),
        ("cp1256", "cp1256", "البلد,الصنف,ORS 20.5 g,الكمية"),
        ("cp1252", "cp1252", "quantité,année,déjà reçu"),
        ("cp1252", "cp1252", "artículo,cantidad,año,niños"),
    ],
)
def test_the_encoding_is_found_and_said(tmp_path: Path, encoding: str, said: str, text: str) -> None:
    got = read(tmp_path, f"{text}\n1,2\n".encode(encoding))
    assert lines(got)[0] == tuple(text.split(","))
    assert got.encoding == said
    guessed = [note.sentence for note in got.notes]
    assert bool(guessed) == said.startswith("cp")
    assert all(said in sentence for sentence in guessed)


@pytest.mark.parametrize(
    ("delimiter", "text"),
    [
        (",", "item,quantity\nORS,5\n"),
        (";", "item;quantity\nORS;1,5\nzinc;2,25\n"),
        (";", "item, in words;quantity\nORS, sachet;1,5\nzinc, tablet;2,25\n"),
        ("\t", "item\tquantity\nORS, 20 g; sachet\t1,5\n"),
        ("|", "item|quantity\nORS|1,5\n"),
        (",", 'item,remark\n"ORS; sachet","a;b;c"\nzinc,"x;y"\n'),
        (",", "Needs of a member\n\nitem,quantity\nORS,5\nzinc,6\n"),
        (",", "item\nORS\n"),
        (";", "sep=;\nitem;a,b,c,d\n"),
    ],
)
def test_the_delimiter_is_found_from_the_rows(tmp_path: Path, delimiter: str, text: str) -> None:
    got = read(tmp_path, text.encode())
    assert got.delimiter == delimiter
    assert all(isinstance(cell, str) for row in lines(got) for cell in row)


def test_a_sample_cut_in_a_row_does_not_mislead() -> None:
    text = "item;quantity\n" + "ORS;1,5\n" * 20_000
    assert find_delimiter(text) == ";"


def test_cells_of_a_text_table_are_text_as_typed(tmp_path: Path) -> None:
    got = read(tmp_path, b"a;b;c\n1,5;007; x \n1.250;;01/02/2026\n")
    assert lines(got) == [("a", "b", "c"), ("1,5", "007", " x "), ("1.250", None, "01/02/2026")]
    assert got.sheets == ("needs",)
    assert got.kind == "csv"


def test_quotes_and_breaks_inside_cells(tmp_path: Path) -> None:
    got = read(tmp_path, b'item,remark\r\n"ORS, 20 g","say ""hello""\r\nand more"\r\nzinc,x\r\n')
    assert lines(got)[1:] == [("ORS, 20 g", 'say "hello"\r\nand more'), ("zinc", "x")]
    assert [row.number for row in got.rows()] == [1, 2, 3]


def test_blank_lines_count(tmp_path: Path) -> None:
    got = read(tmp_path, b"\n\nitem,quantity\n,\nORS,5\n\nzinc,6")
    assert [row.number for row in got.rows()] == [3, 5, 7]


def test_a_row_knows_cells_beyond_its_end(tmp_path: Path) -> None:
    got = read(tmp_path, b"a,b,c\n1\n")
    *_, row = got.rows()
    assert (row.cell(0), row.cell(2), row.cell(99)) == ("1", None, None)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_line(tmp_path: Path, end: str) -> None:
    got = read(tmp_path, f"a,b{end}1,2{end}".encode())
    assert lines(got) == [("a", "b"), ("1", "2")]
