"""Builders of table files as bytes: honest ones, hand-written parts, and zip files that lie."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import openpyxl
import xlsxwriter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET = "xl/worksheets/sheet1.xml"
ODF = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
    for prefix in ("office", "table", "text", "style")
)
CALCEXT = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


# ── honest files ─────────────────────────────────────────────────────────────
def xlsx(sheets: Mapping[str, Sequence[Sequence[Any]]], **options: Any) -> bytes:
    """A workbook as xlsxwriter writes it; text beginning with = is a formula, dates are dates."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd", **options}) as book:
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, datetime):
                        sheet.write_datetime(number, column, value, moment)
                    elif isinstance(value, date):
                        sheet.write_datetime(number, column, value)
                    elif value is not None:
                        sheet.write(number, column, value)
    return out.getvalue()


def openpyxl_xlsx(fill: Callable[[Any], None]) -> bytes:
    """A workbook as openpyxl writes it; `fill` gets its first sheet."""
    book = openpyxl.Workbook()
    fill(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def big_xlsx(rows: int, columns: int) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Needs")
        for row in range(rows):
            for column in range(columns):
                if column % 2:
                    sheet.write_string(row, column, f"item {row % 500}")
                else:
                    sheet.write_number(row, column, row + 0.5)
    return out.getvalue()


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in parts.items():
            # Without a moment of its own, so that the same parts are the same bytes whenever they are packed.
            file.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def raw_parts(rows: str = "", **changes: str | bytes) -> dict[str, str | bytes]:
    """The parts of a one-sheet workbook around hand-written rows; `changes` by short name."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>'
        '<sheet name="Needs" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{LINKS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        SHEET: f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
    }
    names = {"types": "[Content_Types].xml", "book": "xl/workbook.xml", "sheet": SHEET}
    names |= {"links": "xl/_rels/workbook.xml.rels"}
    return parts | {names.get(key, key): content for key, content in changes.items()}


def raw_xlsx(rows: str = "", **changes: str | bytes) -> bytes:
    return zipped(raw_parts(rows, **changes))


def number_row(row: int = 1, cell: str = "A1", value: object = 1) -> str:
    return f'<row r="{row}"><c r="{cell}"><v>{value}</v></c></row>'


def ods_parts(rows: str, *, before: str = "", **changes: str | bytes) -> dict[str, str | bytes]:
    """The parts of a one-table document around hand-written rows."""
    return {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        "content.xml": f"{before}<office:document-content {ODF} {CALCEXT}><office:body><office:spreadsheet>"
        f'<table:table table:name="Needs">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>",
    } | changes


def ods(rows: str, **options: Any) -> bytes:
    return zipped(ods_parts(rows, **options))


def ods_row(*cells: str, repeated: int | str = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}</table:table-row>'


def ods_text(text: str, *, repeated: int | str = 1) -> str:
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeated}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def ods_blank(repeated: int = 1) -> str:
    return f'<table:table-cell table:number-columns-repeated="{repeated}"/>'


def ole(*names: str) -> bytes:
    """The beginning of an OLE container with streams of these names: old workbooks, and encrypted new ones."""
    directory = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in names)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + directory


# ── zip files that lie ───────────────────────────────────────────────────────
def with_changed_headers(content: bytes, change: Callable[[bytearray, int, bool], None]) -> bytes:
    """Apply `change(bytes, offset, is_central)` to every local and central header."""
    changed = bytearray(content)
    for signature, central in ((b"PK\x03\x04", False), (b"PK\x01\x02", True)):
        at = changed.find(signature)
        while at >= 0:
            change(changed, at, central)
            at = changed.find(signature, at + 4)
    return bytes(changed)


def with_flag(content: bytes, flag: int) -> bytes:
    def change(data: bytearray, at: int, central: bool) -> None:
        data[at + (8 if central else 6)] |= flag

    return with_changed_headers(content, change)


def with_declared_size(content: bytes, size: int) -> bytes:
    def change(data: bytearray, at: int, central: bool) -> None:
        struct.pack_into("<I", data, at + (24 if central else 22), size)

    return with_changed_headers(content, change)


def with_wrong_crc(content: bytes) -> bytes:
    def change(data: bytearray, at: int, central: bool) -> None:
        data[at + (16 if central else 14)] ^= 0x55

    return with_changed_headers(content, change)


def with_method(content: bytes, method: int) -> bytes:
    def change(data: bytearray, at: int, central: bool) -> None:
        struct.pack_into("<H", data, at + (10 if central else 8), method)

    return with_changed_headers(content, change)


def with_field_of(content: bytes, name: str, offset: int, value: int) -> bytes:
    """Two bytes of the header of a part in the list of parts, written over."""
    data = bytearray(content)
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(name.encode()))
    struct.pack_into("<H", data, at + offset, value)
    return bytes(data)


def bomb(megabytes: int) -> bytes:
    """A part of spaces, deflated: a kilobyte for each megabyte, which stands alone and so can be written again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b" " * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * megabytes + packer.flush()


def xlsx_with_bomb(megabytes: int, *, declared: int | None = None) -> bytes:
    """A workbook with one extra part that unpacks to so many megabytes, of any declared size."""
    block, size = bomb(megabytes), megabytes * 2**20
    crc = 0
    for _ in range(megabytes):
        crc = zlib.crc32(b" " * 2**20, crc)
    stored = raw_parts(number_row()) | {"xl/media/picture.bin": b""}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        for name, content in stored.items():
            file.writestr(name, block if name.endswith(".bin") else content)
        info = file.getinfo("xl/media/picture.bin")
        at = info.header_offset
    data = bytearray(out.getvalue())
    central = data.rfind(b"PK\x01\x02")
    for offset, base in ((at, 4), (central, 6)):
        struct.pack_into("<H", data, offset + base + 4, 8)
        struct.pack_into("<I", data, offset + base + 10, crc)
        struct.pack_into("<I", data, offset + base + 18, size if declared is None else declared)
    return bytes(data)
