"""Table files that mean harm or are broken, each with the refusals it may be answered with."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.exchange.make_files import (
    LINKS,
    MAIN,
    PACKAGE,
    SHEET,
    bomb,
    number_row,
    ods,
    ods_blank,
    ods_parts,
    ods_row,
    ods_text,
    ole,
    raw_parts,
    raw_xlsx,
    with_declared_size,
    with_flag,
    with_method,
    with_wrong_crc,
    xlsx,
    xlsx_with_bomb,
    zipped,
)

BILLION_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "haha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
XXE = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'


@dataclass(frozen=True)
class Hostile:
    """A file that must be answered with one of these refusals, or, when `codes` is empty, with a table."""

    name: str
    filename: str
    make: Callable[[], bytes]
    codes: frozenset[str]


def _good() -> bytes:
    return xlsx({"Needs": [["item", "quantity"], *[[f"item {n}", n] for n in range(400)]]})


def _wide(columns: int) -> bytes:
    return xlsx({"Needs": [[f"column {n}" for n in range(columns)]]})


def _rows_xlsx(rows: int) -> bytes:
    return raw_xlsx("".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, rows + 1)))


def _long_shared_string() -> bytes:
    links = f"""<Relationships xmlns="{PACKAGE}/relationships">
    <Relationship Id="rId1" Type="{LINKS}/worksheet" Target="worksheets/sheet1.xml"/>
    <Relationship Id="rId2" Type="{LINKS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>"""
    strings = f'<sst xmlns="{MAIN}"><si><t>{"x" * 5_000_000}</t></si></sst>'
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 5001))
    return raw_xlsx(rows, links=links, **{"xl/sharedStrings.xml": strings})


def _crc_of_first_part_only() -> bytes:
    data = bytearray(_good())
    data[data.find(b"PK\x01\x02") + 16] ^= 0xFF
    return bytes(data)


def _flipped_byte() -> bytes:
    stored = zipped(raw_parts(number_row(value=12345)), zipfile.ZIP_STORED)
    return stored.replace(b"<v>12345</v>", b"<v>92345</v>")


def _twice_the_same_part() -> bytes:
    data = zipped({**raw_parts(number_row()), "xl/worksheets/sheet2.xml": "<worksheet/>"})
    return data.replace(b"xl/worksheets/sheet2.xml", b"xl/worksheets/sheet1.xml")


def _cells(*cells: str) -> str:
    return f'<row r="1">{"".join(cells)}</row>'


def _book(name: str) -> str:
    return str(raw_parts()["xl/workbook.xml"]).replace('name="Needs"', f'name="{name}"')


def _prefixed_far_cell() -> str:
    return (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )


def _sheet(before: str, rows: str, after: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


_MACRO_TYPES = (
    '<Types><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
)


def _utf16_doctype() -> bytes:
    return f'<?xml version="1.0" encoding="UTF-16"?>{XXE}<worksheet xmlns="{MAIN}"/>'.encode("utf-16")


def _csv_of_rows(rows: int) -> bytes:
    return b"item,quantity\n" + b"ORS,5\n" * rows


def hostile() -> Iterator[Hostile]:
    """Every hostile file, by a name that says what is wrong with it."""

    def case(name: str, filename: str, make: Callable[[], bytes], *codes: str) -> Hostile:
        return Hostile(name, filename, make, frozenset(codes))

    yield from _hostile_zips(case)
    yield from _hostile_xml(case)
    yield from _hostile_sheets(case)
    yield from _hostile_documents(case)
    yield from _misnamed(case)
    yield from _hostile_texts(case)


Case = Callable[..., Hostile]


def _hostile_zips(case: Case) -> Iterator[Hostile]:
    def parts(**more: str | bytes) -> bytes:
        return zipped(raw_parts(number_row()) | more)

    yield case("zip bomb, declared", "bomb.xlsx", lambda: xlsx_with_bomb(1000), "too-large")
    yield case("zip bomb, declared small", "bomb.xlsx", lambda: xlsx_with_bomb(300, declared=1000), "too-large")
    yield case("zip bomb, declared as nothing", "bomb.xlsx", lambda: xlsx_with_bomb(300, declared=0), "too-large")
    yield case("a size smaller than the truth", "lie.xlsx", lambda: with_declared_size(_good(), 100), "damaged")
    yield case("a size larger than the truth", "lie.xlsx", lambda: with_declared_size(_good(), 10_000), "damaged")
    yield case("a size of four gigabytes", "lie.xlsx", lambda: with_declared_size(_good(), 2**32 - 2), "too-large")
    yield case("501 parts", "many.xlsx", lambda: parts(**{f"p{n}": "x" for n in range(501)}), "too-large")
    yield case("a nested zip is ignored", "nested.xlsx", lambda: parts(**{"xl/embeddings/inner.zip": bomb(1)}))
    yield case("a nested workbook is ignored", "nested.xlsx", lambda: parts(**{"xl/embeddings/a.xlsx": _good()}))
    yield case("a part above its folder", "up.xlsx", lambda: parts(**{"../../etc/cron.d/x": "x"}), "damaged")
    yield case("a part with backslashes", "up.xlsx", lambda: parts(**{"..\\..\\x.xml": "<x/>"}), "damaged")
    yield case("an absolute part", "abs.xlsx", lambda: parts(**{"/etc/passwd": "x"}), "damaged")
    yield case("a part on a drive", "abs.xlsx", lambda: parts(**{"C:/x.xml": "<x/>"}), "damaged")
    yield case("the same part twice", "twice.xlsx", _twice_the_same_part, "damaged")
    yield case("encrypted parts", "secret.xlsx", lambda: with_flag(_good(), 1), "encrypted")
    yield case("compressed by bzip2", "bz2.xlsx", lambda: zipped(raw_parts(number_row()), zipfile.ZIP_BZIP2), "damaged")
    yield case("an unknown compression", "odd.xlsx", lambda: with_method(_good(), 97), "damaged")
    yield case("compression that is none", "odd.xlsx", lambda: with_method(_good(), 0), "damaged", "wrong-crc")
    yield case("wrong checksums", "crc.xlsx", lambda: with_wrong_crc(_good()), "wrong-crc")
    yield case("one wrong checksum", "crc.xlsx", _crc_of_first_part_only, "wrong-crc", "damaged")
    yield case("one changed digit", "crc.xlsx", _flipped_byte, "wrong-crc")
    for percent in (1, 10, 50, 90, 99):
        yield case(
            f"truncated at {percent} %", "cut.xlsx", lambda p=percent: _good()[: len(_good()) * p // 100], "truncated"
        )
    yield case("the end cut by one byte", "cut.xlsx", lambda: _good()[:-1], "truncated")
    yield case("the beginning cut", "cut.xlsx", lambda: _good()[100:], "nul", "not-a-table")
    yield case("a hole in the middle", "hole.xlsx", lambda: _good()[:300] + _good()[600:], "damaged", "wrong-crc")
    yield case("an empty zip", "nothing.xlsx", lambda: zipped({}), "not-a-table")
    yield case("more than 20 MB", "large.csv", lambda: b"a,b\n" * (5 * 2**20 + 1), "too-large")


def _hostile_xml(case: Case) -> Iterator[Hostile]:
    sheet = str(raw_parts(number_row())[SHEET])
    yield case("XXE in the sheet", "xxe.xlsx", lambda: raw_xlsx(sheet=XXE + sheet), "entities")
    yield case("XXE in the workbook", "xxe.xlsx", lambda: raw_xlsx(number_row(), book=XXE + _book("A")), "entities")
    yield case("billion laughs in the sheet", "lol.xlsx", lambda: raw_xlsx(sheet=BILLION_LAUGHS + sheet), "entities")
    yield case(
        "billion laughs in a part nobody reads",
        "lol.xlsx",
        lambda: raw_xlsx(number_row(), **{"docProps/app.xml": BILLION_LAUGHS + "<x>&j;</x>"}),
        "entities",
    )
    yield case("DOCTYPE in UTF-16", "utf16.xlsx", lambda: raw_xlsx(sheet=_utf16_doctype()), "entities")
    yield case(
        "DOCTYPE in EBCDIC",
        "ebcdic.xlsx",
        lambda: raw_xlsx(sheet=f'<?xml version="1.0" encoding="cp037"?>{XXE}<worksheet/>'.encode("cp037")),
        "entities",
        "damaged",
    )
    yield case(
        "an encoding of 7 bits",
        "utf7.xlsx",
        lambda: raw_xlsx(sheet=f'<?xml version="1.0" encoding="UTF-7"?>{sheet}'),
        "damaged",
    )
    yield case("XXE in an .ods", "xxe.ods", lambda: ods(ods_row(ods_text("&secret;")), before=XXE), "entities")
    yield case(
        "billion laughs in an .ods", "lol.ods", lambda: ods(ods_row(ods_text("&j;")), before=BILLION_LAUGHS), "entities"
    )
    yield case("a sheet cut in the middle of its XML", "xml.xlsx", lambda: raw_xlsx(sheet=sheet[:-40]), "damaged")
    yield case(
        "a formula in XML cut off",
        "xml.xlsx",
        lambda: raw_xlsx(sheet=sheet[:-39].replace("<v>", "<f>1</f><v>")),
        "damaged",
    )
    yield case("no workbook part", "part.xlsx", lambda: zipped({SHEET: sheet}), "not-a-table")
    yield case("an empty workbook part", "part.xlsx", lambda: raw_xlsx(number_row(), book=b""), "damaged")
    yield case(
        "a sheet that is not there",
        "part.xlsx",
        lambda: raw_xlsx(links=str(raw_parts()["xl/_rels/workbook.xml.rels"]).replace("sheet1", "sheet9")),
        "damaged",
    )
    yield case("rubbish for a sheet", "part.xlsx", lambda: raw_xlsx(sheet=bytes(range(256)) * 9), "damaged", "entities")
    yield case(
        "100,000 nested elements",
        "deep.xlsx",
        lambda: raw_xlsx("<a>" * 100_000 + "</a>" * 100_000),
        "empty",
        "damaged",
        "too-large",
    )


def _hostile_sheets(case: Case) -> Iterator[Hostile]:
    far = number_row(1_048_576, "XFD1048576")
    yield case("one cell at the far corner", "far.xlsx", lambda: raw_xlsx(number_row() + far), "too-many-columns")
    yield case(
        "the far corner under a prefix", "far.xlsx", lambda: raw_xlsx(sheet=_prefixed_far_cell()), "too-many-columns"
    )
    yield case("the far corner after a comment", "far.xlsx", lambda: raw_xlsx("<!-- <c -->" + far), "too-many-columns")
    yield case(
        "the far corner, written with breaks",
        "far.xlsx",
        lambda: raw_xlsx('<row><c\n\tr = "XFD1048576"><v>1</v></c></row>'),
        "too-many-columns",
    )
    yield case(
        "the far corner as entities",
        "far.xlsx",
        lambda: raw_xlsx('<row><c r="&#88;FD1048576"><v>1</v></c></row>'),
        "too-many-columns",
    )
    yield case(
        "one cell in the last row", "far.xlsx", lambda: raw_xlsx(number_row(1_048_576, "A1048576")), "too-many-rows"
    )
    yield case(
        "a blank formatted far corner",
        "far.xlsx",
        lambda: raw_xlsx(number_row() + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'),
    )
    yield case("a column beyond the alphabet", "far.xlsx", lambda: raw_xlsx(number_row(1, "ZZZZ1")), "too-many-columns")
    yield case("a column of nine letters", "far.xlsx", lambda: raw_xlsx(number_row(1, "AAAAAAAAA1")), "damaged")
    yield case("row zero", "zero.xlsx", lambda: raw_xlsx(number_row(0, "A0")), "damaged")
    yield case(
        "201 columns without references",
        "wide.xlsx",
        lambda: raw_xlsx(_cells("<c><v>1</v></c>" * 201)),
        "too-many-columns",
    )
    yield case("200 columns", "wide.xlsx", lambda: _wide(200))
    yield case("201 columns", "wide.xlsx", lambda: _wide(201), "too-many-columns")
    yield case("100,001 rows under a header", "long.xlsx", lambda: _rows_xlsx(100_002), "too-many-rows")
    yield case("100,000 rows under a header", "long.xlsx", lambda: _rows_xlsx(100_001))
    yield case(
        "a dimension that lies",
        "dim.xlsx",
        lambda: raw_xlsx(sheet=_sheet('<dimension ref="A1:XFD1048576"/>', number_row())),
    )
    yield case(
        "a merge of everything",
        "merge.xlsx",
        lambda: raw_xlsx(sheet=_sheet("", number_row(), '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')),
    )
    yield case(
        "a shared text that is not there",
        "text.xlsx",
        lambda: raw_xlsx(_cells('<c r="A1" t="s"><v>99</v></c>')),
        "damaged",
    )
    yield case("one long text 5,000 times", "text.xlsx", _long_shared_string, "too-large", "cell-too-long")
    yield case(
        "a text longer than a cell",
        "text.xlsx",
        lambda: raw_xlsx(_cells(f'<c r="A1" t="inlineStr"><is><t>{"x" * 40_000}</t></is></c>')),
        "cell-too-long",
    )
    yield case(
        "NUL in a text",
        "nul.xlsx",
        lambda: raw_xlsx(_cells('<c r="A1" t="inlineStr"><is><t>a&#0;b</t></is></c>')),
        "nul",
        "damaged",
    )
    yield case("a name with direction marks", "bidi.xlsx", lambda: raw_xlsx(number_row(), book=_book("&#x202E;slx")))
    yield case("a name with NUL", "nul.xlsx", lambda: raw_xlsx(number_row(), book=_book("a&#0;b")), "damaged")
    yield case(
        "an unknown error", "error.xlsx", lambda: raw_xlsx(_cells('<c r="A1" t="e"><v>#WHAT!</v></c>')), "damaged"
    )
    yield case("an infinite number", "inf.xlsx", lambda: raw_xlsx(number_row(value="1e999")))
    yield case("letters for a number", "nan.xlsx", lambda: raw_xlsx(number_row(value="abc")))
    yield case("no filled cell", "empty.xlsx", lambda: xlsx({"Needs": [], "Other": []}), "empty")
    yield case(
        "no sheet", "empty.xlsx", lambda: raw_xlsx(book=f'<workbook xmlns="{MAIN}"><sheets/></workbook>'), "empty"
    )
    yield case(
        "macros in a part", "macro.xlsx", lambda: raw_xlsx(number_row(), **{"xl/vbaProject.bin": b"x"}), "macros"
    )
    yield case(
        "macros by content type",
        "macro.xlsm",
        lambda: raw_xlsx(
            number_row(),
            types=_MACRO_TYPES,
        ),
        "macros",
    )
    yield case(
        "macros of 1992",
        "macro.xlsx",
        lambda: raw_xlsx(number_row(), **{"xl/macrosheets/sheet1.xml": "<x/>"}),
        "macros",
    )


def _hostile_documents(case: Case) -> Iterator[Hostile]:
    text = ods_text("x")
    yield case("a million rows of text", "rows.ods", lambda: ods(ods_row(text, repeated=1_000_000)), "too-many-rows")
    yield case(
        "16,384 columns of text",
        "columns.ods",
        lambda: ods(ods_row(ods_text("x", repeated=16_384))),
        "too-many-columns",
    )
    yield case(
        "rows times columns",
        "both.ods",
        lambda: ods(ods_row(ods_text("x", repeated=16_384), repeated=1_048_576)),
        "too-many-columns",
    )
    yield case(
        "text after a million blank rows",
        "gap.ods",
        lambda: ods(ods_row(ods_blank(), repeated=1_000_000) + ods_row(text)),
        "too-many-rows",
    )
    yield case(
        "text after 16,000 blank columns", "gap.ods", lambda: ods(ods_row(ods_blank(16_000), text)), "too-many-columns"
    )
    yield case(
        "blank to the end of the sheet",
        "blank.ods",
        lambda: ods(ods_row(text) + ods_row(ods_blank(16_384), repeated=1_048_575)),
    )
    yield case("a negative repetition", "minus.ods", lambda: ods(ods_row(text, repeated=-3)), "damaged")
    yield case("a repetition of twenty digits", "huge.ods", lambda: ods(ods_row(text, repeated="9" * 20)), "damaged")
    yield case(
        "a table in a cell",
        "inner.ods",
        lambda: ods(ods_row(f"<table:table-cell><table:table>{ods_row(text)}</table:table></table:table-cell>")),
        "damaged",
    )
    yield case(
        "Basic in an .ods", "macro.ods", lambda: ods(ods_row(text), **{"Basic/Standard/Module1.xml": "<x/>"}), "macros"
    )
    yield case("Python in an .ods", "macro.ods", lambda: ods(ods_row(text), **{"Scripts/python/x.py": "x"}), "macros")
    manifest = '<manifest:manifest xmlns:manifest="urn:x"><manifest:encryption-data/></manifest:manifest>'
    yield case(
        "an .ods with a password",
        "secret.ods",
        lambda: ods(ods_row(text), **{"META-INF/manifest.xml": manifest}),
        "encrypted",
    )
    yield case("no filled cell in an .ods", "empty.ods", lambda: ods(ods_row(ods_blank(3))), "empty")
    yield case("a truncated .ods", "cut.ods", lambda: ods(ods_row(text))[:-30], "truncated")
    yield case(
        "a workbook and a document in one",
        "both.ods",
        lambda: zipped(raw_parts(number_row()) | ods_parts(ods_row(text))),
        "damaged",
    )
    yield case(
        "a text document",
        "letter.ods",
        lambda: ods(ods_row(text), mimetype="application/vnd.oasis.opendocument.text"),
        "not-a-table",
    )


def _misnamed(case: Case) -> Iterator[Hostile]:
    pdf = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
    yield case("a PDF named .xlsx", "needs.xlsx", lambda: pdf, "not-a-table")
    yield case("a PDF and a workbook in one", "needs.xlsx", lambda: pdf + _good(), "not-a-table")
    yield case(
        "HTML named .xls", "needs.xls", lambda: b"\n<html><table><tr><td>1</td></tr></table></html>", "not-a-table"
    )
    yield case(
        "HTML and a workbook in one", "needs.xlsx", lambda: b"<!DOCTYPE html><html>" + _good(), "not-a-table", "nul"
    )
    yield case("XML named .csv", "needs.csv", lambda: b'<?xml version="1.0"?><Workbook/>', "not-a-table")
    yield case("RTF named .csv", "needs.csv", lambda: rb"{\rtf1 a,b}", "not-a-table")
    yield case("an old workbook", "needs.xls", lambda: ole("Root Entry", "Workbook"), "old-xls")
    yield case("an old workbook named .xlsx", "needs.xlsx", lambda: ole("Root Entry", "Book"), "old-xls")
    yield case("an older workbook", "needs.xls", lambda: b"\x09\x08\x10\x00\x00\x06\x05\x00" + b"\0" * 50, "old-xls")
    yield case(
        "a workbook with a password", "needs.xlsx", lambda: ole("EncryptionInfo", "EncryptedPackage"), "encrypted"
    )
    yield case(
        "a picture named .xlsx", "needs.xlsx", lambda: b"\x89PNG\r\n\x1a\n" + b"\0\x01" * 40, "nul", "not-a-table"
    )
    yield case("a program named .csv", "needs.csv", lambda: b"\x7fELF\x02\x01\x01" + b"\0" * 64, "not-a-table")
    yield case("a Word document", "needs.docx", lambda: zipped({"word/document.xml": "<x/>"}), "not-a-table")
    yield case("a binary workbook", "needs.xlsb", lambda: zipped({"xl/workbook.bin": b"x"}), "not-a-table")
    yield case("a workbook named .csv is read", "needs.csv", _good)
    yield case("a text table named .xlsx is read", "needs.xlsx", lambda: b"item,quantity\nORS,5\n")


def _hostile_texts(case: Case) -> Iterator[Hostile]:
    yield case("nothing", "empty.csv", lambda: b"", "empty")
    yield case("blanks only", "empty.csv", lambda: b"\xef\xbb\xbf\n ; ;\n\n", "empty")
    yield case("NUL in a text table", "nul.csv", lambda: b"item,quantity\nOR\0S,5\n", "nul")
    yield case("UTF-16 without its mark", "utf16.csv", lambda: "item,quantity".encode("utf-16-le"), "nul")
    yield case("UTF-16 cut in a letter", "utf16.csv", lambda: "item\nx".encode("utf-16")[:-1], "encoding")
    yield case(
        "UTF-8 with a broken letter", "utf8.csv", lambda: "santé,année\nété,".encode() + b"\xc3\nx,y\n", "encoding"
    )
    yield case("letters that Latin does not have", "latin.csv", lambda: b"a\x81b,c\xe9d\n", "encoding")
    yield case("control characters", "escape.csv", lambda: b"item\x1b[31m,\x07bell\nORS\x08,5\n", "not-a-table")
    yield case(
        "a quotation mark left open", "quote.csv", lambda: b'item,quantity\n"ORS,5\n' + b"zinc,6\n" * 9000, "open-quote"
    )
    yield case("a long text in a text table", "long.csv", lambda: b"item\n" + b"x" * 40_000, "cell-too-long")
    yield case("201 columns in a text table", "wide.csv", lambda: b",".join([b"x"] * 201), "too-many-columns")
    yield case("a million delimiters", "wide.csv", lambda: b"a,b\n" + b"," * 1_000_000 + b"x", "too-many-columns")
    yield case("100,001 rows in a text table", "long.csv", lambda: _csv_of_rows(100_001), "too-many-rows")
    yield case("100,000 rows in a text table", "long.csv", lambda: _csv_of_rows(100_000))
    yield case(
        "text after two million blank lines",
        "gap.csv",
        lambda: b"a,b\n" + b"\n" * 2_000_000 + b"c,d\n",
        "too-many-rows",
    )
    yield case("a name with directions and controls", "a\u202e\x00\nb.csv", lambda: b"item,quantity\nORS,5\n")
