"""What the makers of broken files share: the form of a case, and one small honest workbook to break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.exchange.make_files import LINKS, MAIN, SHEET, number_row, ods, ods_row, ods_text, raw_parts

Rows = tuple[tuple[int, tuple[Any, ...]], ...]


@dataclass(frozen=True)
class Broken:
    """A file that must be refused for one of these reasons, or, when `codes` is empty, read as exactly these rows."""

    name: str
    filename: str
    make: Callable[[], bytes]
    codes: frozenset[str]
    rows: Rows | None = None  # (number, cells without blanks at the end); None: any rows


def refused(name: str, filename: str, make: Callable[[], bytes], *codes: str) -> Broken:
    assert codes
    return Broken(name, filename, make, frozenset(codes))


def read(name: str, filename: str, make: Callable[[], bytes], *rows: tuple[int, tuple[Any, ...]]) -> Broken:
    assert rows
    return Broken(name, filename, make, frozenset(), rows)


# ── a workbook with each kind of part that the values hang on ────────────────
TYPES, PACKAGE_LINKS, BOOK = "[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"
BOOK_LINKS, TEXTS, STYLES, ABOUT = (
    "xl/_rels/workbook.xml.rels",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "docProps/app.xml",
)
TABLE: Rows = ((1, ("item", "quantity", "needed by")), (2, ("ORS", 5, date(2020, 2, 29))))
STYLE_SHEET = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)


def link(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{LINKS}/{kind}" Target="{target}"/>'


def book_parts(rows: str | None = None, **changes: str | bytes) -> dict[str, str | bytes]:
    """The parts by name; `rows` instead of the table's own."""
    table = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>'
        '<row r="2"><c r="A2" t="s"><v>3</v></c><c r="B2"><v>5</v></c><c r="C2" s="1"><v>43890</v></c></row>'
    )
    texts = "".join(f"<si><t>{text}</t></si>" for text in ("item", "quantity", "needed by", "ORS"))
    parts = raw_parts(table if rows is None else rows)
    more = link(8, "sharedStrings", "sharedStrings.xml") + link(9, "styles", "styles.xml")
    parts[BOOK_LINKS] = str(parts[BOOK_LINKS]).replace("</Relationships>", f"{more}</Relationships>")
    parts[TEXTS] = f'<sst xmlns="{MAIN}">{texts}</sst>'
    parts[STYLES] = STYLE_SHEET
    parts[ABOUT] = "<Properties><Application>x</Application></Properties>"
    return parts | changes


PARTS = tuple(book_parts())
assert set(PARTS) == {TYPES, PACKAGE_LINKS, BOOK, BOOK_LINKS, SHEET, TEXTS, STYLES, ABOUT}


def one_row(*cells: str) -> str:
    return f'<row r="1">{"".join(cells)}</row>'


def plain_document(**options: Any) -> bytes:
    return ods(ods_row(ods_text("x")), **options)


def tabs(*sheets: str, about: str = "", spaces: str = "") -> str:
    """A workbook part with these sheet tags."""
    return f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}" {spaces}>{about}<sheets>{"".join(sheets)}</sheets></workbook>'


def two_sheets(book: str, *, links: str = "") -> dict[str, str | bytes]:
    """Parts of a workbook with the values 111 (rId1, sheet1.xml) and 222 (rId2, other.xml)."""
    parts = raw_parts(number_row(value=111))
    parts["xl/worksheets/other.xml"] = str(raw_parts(number_row(value=222))[SHEET])
    more = links or link(2, "worksheet", "worksheets/other.xml")
    parts[BOOK_LINKS] = str(parts[BOOK_LINKS]).replace("</Relationships>", f"{more}</Relationships>")
    return parts | {BOOK: book}
