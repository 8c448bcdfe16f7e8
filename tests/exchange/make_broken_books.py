"""Workbooks whose parts are broken, or odd and right: parts, links, cells, formulas, dates, sheets, sheer mass."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date

from tests.exchange.broken import (
    BOOK,
    BOOK_LINKS,
    PARTS,
    STYLE_SHEET,
    STYLES,
    TABLE,
    TEXTS,
    Broken,
    book_parts,
    link,
    one_row,
    read,
    refused,
    tabs,
    two_sheets,
)
from tests.exchange.make_files import LINKS, MAIN, PACKAGE, SHEET, number_row, raw_parts, raw_xlsx, zipped

XXE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
FIRST = '<sheet name="Needs" sheetId="1" r:id="rId1"/>'


def broken_books() -> Iterator[Broken]:
    """Every workbook with a broken part, and the odd ones that are read."""
    yield from _each_part()
    yield from _definitions()
    yield from _links()
    yield from _tabs()
    yield from _places()
    yield from _texts()
    yield from _values()
    yield from _formulas()
    yield from _odd_and_right()
    yield from _masses()


# ── each part in turn ────────────────────────────────────────────────────────
_NOT_NEEDED = {"[Content_Types].xml", "docProps/app.xml"}


def _each_part() -> Iterator[Broken]:
    """A part that no value hangs on may be missing or empty; no part may be rubbish or define entities."""
    for name in PARTS:

        def changed(change: bytes | None, name: str = name) -> bytes:
            parts = book_parts()
            del parts[name]
            return zipped(parts if change is None else {**parts, name: change})

        content = str(book_parts()[name]).encode()
        for what, change in (("missing", None), ("empty", b"")):
            title, make = f"{what}: {name}", lambda c=change, f=changed: f(c)
            if name in _NOT_NEEDED:
                yield read(title, "part.xlsx", make, *TABLE)
            else:
                yield refused(
                    title, "part.xlsx", make, "not-a-table" if (what, name) == ("missing", BOOK) else "damaged"
                )
        for what, change, *codes in (
            ("bytes of chance for", bytes(range(1, 256)) * 3, "damaged"),
            ("in the alphabet of IBM:", content.decode().encode("cp037"), "damaged"),
            ("two bytes a letter:", content.decode().encode("utf-16"), "damaged"),
            ("definitions in", b'<!DOCTYPE x [<!ENTITY a "b">]>' + content, "entities"),
        ):
            yield refused(f"{what} {name}", "part.xlsx", lambda c=change, f=changed: f(c), *codes)
        if name not in _NOT_NEEDED:
            half = content[: len(content) // 2]
            yield refused(f"half of {name}", "part.xlsx", lambda c=half, f=changed: f(c), "damaged")


def _definitions() -> Iterator[Broken]:
    sheet = str(raw_parts(number_row())[SHEET])
    for what, before in (
        ("a file of the machine", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
        ("a page elsewhere", '<!DOCTYPE x [<!ENTITY a SYSTEM "http://localhost:1/x">]>'),
        ("a public name", '<!DOCTYPE x [<!ENTITY a PUBLIC "-//X//EN" "x.ent">]>'),
        ("a parameter", '<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>'),
        ("definitions elsewhere", '<!DOCTYPE x SYSTEM "http://localhost:1/x.dtd">'),
        ("a notation", '<!DOCTYPE x [<!NOTATION n SYSTEM "x"><!ENTITY a SYSTEM "x" NDATA n>]>'),
        ("default attributes", '<!DOCTYPE x [<!ATTLIST c r CDATA "XFD1048576">]>'),
        ("one long text, many times", f'<!DOCTYPE x [<!ENTITY a "{"x" * 50_000}">]>'),
        ("itself", '<!DOCTYPE x [<!ENTITY a "&b;"><!ENTITY b "&a;">]>'),
        ("nothing", "<!DOCTYPE worksheet>"),
        ("a file, over the edge of a block", " " * (2**18 - 5) + '<!DOCTYPE x SYSTEM "x">'),
        ("a file, behind a comment", "<!-- x --><?x y?><!DOCTYPE x [ ]>"),
    ):
        used = sheet.replace("<v>1<", f"<v>{'&a;' * 1000 if 'many' in what else '1'}<")
        yield refused(
            f"definitions that name {what}", "xxe.xlsx", lambda b=before, u=used: raw_xlsx(sheet=b + u), "entities"
        )
    yield refused(
        "a definition in small letters", "xxe.xlsx", lambda: raw_xlsx(sheet="<!doctype x>" + sheet), "damaged"
    )
    undefined = sheet.replace("<v>1<", "<v>&a;<")
    yield refused("an entity that is not defined", "xxe.xlsx", lambda: raw_xlsx(sheet=undefined), "damaged")
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    for what, content in (
        ("an inclusion beside the rows", sheet.replace("<sheetData>", include + "<sheetData>")),
        ("an instruction", '<?xml-stylesheet href="http://localhost:1/x.xsl"?><?php x ?>' + sheet),
        (
            "a schema elsewhere",
            sheet.replace("<sheetData>", '<x xmlns:s="urn:s" s:schemaLocation="http://localhost:1/"/><sheetData>'),
        ),
    ):
        yield read(f"{what} is not followed", "xxe.xlsx", lambda c=content: raw_xlsx(sheet=c), (1, (1,)))
    yield refused(
        "an inclusion for a number",
        "xxe.xlsx",
        lambda: raw_xlsx(sheet=sheet.replace("<v>1<", f"<v>{include}<")),
        "empty",
        "damaged",
    )


# ── which part is the sheet ──────────────────────────────────────────────────
def _links() -> Iterator[Broken]:
    original = str(raw_parts()[BOOK_LINKS])

    def to(target: str) -> bytes:
        return raw_xlsx(number_row(), links=original.replace("worksheets/sheet1.xml", target))

    for target in (
        "xl/worksheets/sheet1.xml",
        "../xl/worksheets/sheet1.xml",
        "./worksheets/sheet1.xml",
        "worksheets\\sheet1.xml",
        "WORKSHEETS/SHEET1.XML",
        "worksheets/sheet1.xml#x",
        "worksheets/sheet1.xml?x",
        "worksheets/sheet1%2Exml",
        "http://localhost:1/x.xml",
        "file:///etc/passwd",
        "/etc/passwd",
        "../../../../etc/passwd",
        "",
        "/",
        "worksheets/",
        "&#x202E;lmx.1teehs",
        "x" * 100_000,
    ):
        yield refused(f"the sheet at “{target[:40]}”", "link.xlsx", lambda t=target: to(t), "damaged")
    yield read("the sheet at its full address", "link.xlsx", lambda: to("/xl/worksheets/sheet1.xml"), (1, (1,)))
    yield refused("the sheet in the list of sheets", "link.xlsx", lambda: to("workbook.xml"), "empty", "damaged")
    for what, old, new in (
        ("without an address", ' Target="worksheets/sheet1.xml"', ""),
        ("without a name", ' Id="rId1"', ""),
        ("without a kind", f' Type="{LINKS}/worksheet"', ""),
        ("of an unknown kind", "/worksheet", "/unknown"),
        ("by another name", "rId1", "rId7"),
    ):
        yield refused(
            f"a link {what}",
            "link.xlsx",
            lambda o=old, n=new: raw_xlsx(number_row(), links=original.replace(o, n)),
            "damaged",
        )
    both = tabs('<sheet name="A" sheetId="1" r:id="rId1"/>')
    yield refused(
        "two links of one name",
        "link.xlsx",
        lambda: zipped(two_sheets(both, links=link(1, "worksheet", "worksheets/other.xml"))),
        "damaged",
    )
    yield refused(
        "an address that readers understand differently",
        "link.xlsx",
        lambda: zipped(
            {
                **raw_parts(number_row(), links=original.replace("worksheets/", "xl/worksheets/")),
                f"xl/{SHEET}": "<worksheet/>",
            }
        ),
        "damaged",
    )
    for kind, code in (
        ("chartsheet", "empty"),
        ("dialogsheet", "empty"),
        ("xlMacrosheet", "macros"),
        ("xlIntlMacrosheet", "macros"),
    ):
        yield refused(
            f"nothing but a {kind}",
            "kind.xlsx",
            lambda k=kind: raw_xlsx(number_row(), links=original.replace('/worksheet"', f'/{k}"')),
            code,
        )


def _tabs() -> Iterator[Broken]:
    for what, sheets, spaces in (
        ("two names of links for one", '<sheet name="A" sheetId="1" q:id="rId1" r:id="rId2"/>', 'xmlns:q="urn:q"'),
        ("two names of links, turned", '<sheet name="A" sheetId="1" r:id="rId2" q:id="rId1"/>', 'xmlns:q="urn:q"'),
        ("no link", '<sheet name="A" sheetId="1"/>', ""),
        ("a link to nothing", '<sheet name="A" sheetId="1" r:id="rId99"/>', ""),
        ("a state nobody knows", '<sheet name="A" sheetId="1" state="gone" r:id="rId1"/>', ""),
        ("one name for two", '<sheet name="A" sheetId="1" r:id="rId1"/><sheet name="A" sheetId="2" r:id="rId2"/>', ""),
        ("one part for two", '<sheet name="A" sheetId="1" r:id="rId1"/><sheet name="B" sheetId="2" r:id="rId1"/>', ""),
        ("a name of 300 letters", f'<sheet name="{"A" * 300}" sheetId="1" r:id="rId1"/>', ""),
        ("a name of 3.9 million letters", f'<sheet name="{"A" * 3_900_000}" sheetId="1" r:id="rId1"/>', ""),
    ):
        yield refused(
            f"sheets: {what}", "tab.xlsx", lambda s=sheets, x=spaces: zipped(two_sheets(tabs(s, spaces=x))), "damaged"
        )
    many = "".join(f'<sheet name="N{n}" sheetId="{n}" r:id="rId1"/>' for n in range(20_000))
    yield refused(
        "sheets: 20,000 in one part",
        "tab.xlsx",
        lambda: raw_xlsx("<a/>" * 10_000, book=tabs(many)),
        "damaged",
        "too-large",
    )
    hidden = '<sheet name="A" sheetId="1" state="{}" r:id="rId1"/><sheet name="B" sheetId="2" r:id="rId2"/>'
    for state in ("hidden", "veryHidden"):
        yield read(
            f"sheets: a {state} one before",
            "tab.xlsx",
            lambda s=state: zipped(two_sheets(tabs(hidden.format(s)))),
            (1, (222,)),
        )
        yield read(
            f"sheets: nothing but a {state} one",
            "tab.xlsx",
            lambda s=state: zipped(two_sheets(tabs(FIRST.replace("/>", f' state="{s}"/>')))),
            (1, (111,)),
        )
    for what, name in (
        ("no letters", ""),
        ("marks of direction", "&#x2066;&#x202E;needs"),
        ("Arabic", "الاحتياجات"),
        ("markup", "&lt;b&gt;%s&amp;"),
    ):
        yield read(
            f"sheets: a name of {what}",
            "tab.xlsx",
            lambda n=name: zipped(two_sheets(tabs(f'<sheet name="{n}" sheetId="1" r:id="rId1"/>'))),
            (1, (111,)),
        )
    prefixed = (
        f'<x:workbook xmlns:x="{MAIN}" xmlns:n="{LINKS}"><x:sheets><x:sheet name="A" sheetId="2" n:id="rId2"/>'
        "</x:sheets></x:workbook>"
    )
    yield read("sheets and links under odd prefixes", "tab.xlsx", lambda: zipped(two_sheets(prefixed)), (1, (222,)))
    usual = prefixed.replace("n:", "r:").replace("xmlns:n", "xmlns:r")
    yield read("sheets under a prefix", "tab.xlsx", lambda: zipped(two_sheets(usual)), (1, (222,)))


# ── where a cell says it stands ──────────────────────────────────────────────
def _places() -> Iterator[Broken]:
    for place in (
        "$A$1",
        "A1:B2",
        "Needs!A1",
        "A-1",
        "-A1",
        "A",
        "1",
        "A1B",
        "R1C1",
        "",
        "٣",
        "A٣",
        " A1",
        "A1 ",
        "A0",
        "AAAAA1",
        "A999999999",
    ):
        yield refused(
            f"a cell at “{place}”",
            "place.xlsx",
            lambda p=place: raw_xlsx(one_row(f'<c r="{p}"><v>5</v></c>')),
            "damaged",
        )
    for place, code in (
        ("A99999999", "too-many-rows"),
        ("A1048577", "too-many-rows"),
        ("A100200", "too-many-rows"),
        ("XFE1", "too-many-columns"),
        ("GS1", "too-many-columns"),
        ("ZZZ1048576", "too-many-columns"),
        ("xfd1048576", "too-many-columns"),
    ):
        yield refused(
            f"a cell at {place}", "place.xlsx", lambda p=place: raw_xlsx(one_row(f'<c r="{p}"><v>5</v></c>')), code
        )
    yield read(
        "a cell in small letters", "place.xlsx", lambda: raw_xlsx(one_row('<c r="b1"><v>5</v></c>')), (1, (None, 5))
    )
    yield read(
        "the last cell that we read",
        "place.xlsx",
        lambda: raw_xlsx(number_row() + number_row(100_199, "GR100199", 7)),
        (1, (1,)),
        (100_199, (*[None] * 199, 7)),
    )
    for row in ("0", "-1", "x", "", "1e3", "1.5"):
        yield refused(
            f"row “{row}”", "place.xlsx", lambda r=row: raw_xlsx(f'<row r="{r}"><c><v>5</v></c></row>'), "damaged"
        )
    for row in ("1048577", "4294967297"):
        yield refused(
            f"row {row}", "place.xlsx", lambda r=row: raw_xlsx(f'<row r="{r}"><c><v>5</v></c></row>'), "too-many-rows"
        )
    yield read(
        "a row and a cell that differ",
        "place.xlsx",
        lambda: raw_xlsx('<row r="3"><c r="A1"><v>5</v></c></row>'),
        (1, (5,)),
    )
    yield read(
        "rows and cells from the end",
        "place.xlsx",
        lambda: raw_xlsx('<row r="2"><c r="B2"><v>5</v></c><c r="A2"><v>6</v></c></row>' + number_row(1, "A1", 7)),
        (1, (7,)),
        (2, (6, 5)),
    )
    yield read(
        "rows without numbers",
        "place.xlsx",
        lambda: raw_xlsx("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"),
        (1, (1, 2)),
        (2, (3,)),
    )
    yield refused(
        "cells outside of the rows",
        "place.xlsx",
        lambda: raw_xlsx(sheet=f'<worksheet xmlns="{MAIN}">{number_row()}</worksheet>'),
        "empty",
        "damaged",
    )


# ── shared texts ─────────────────────────────────────────────────────────────
def _texts() -> Iterator[Broken]:
    def shared(inner: str, place: str = "0", more: str = "") -> bytes:
        rows = one_row(f'<c r="A1" t="s"{more}><v>{place}</v></c><c r="B1"><v>7</v></c>')
        return zipped(book_parts(rows, **{TEXTS: f'<sst xmlns="{MAIN}">{inner}</sst>'}))

    one = "<si><t>a</t></si>"
    for place in ("1", "-1", "1.5", "x", "0x0", "1e0", "99999999999999999999", "4294967296", "٠"):
        yield refused(f"the shared text “{place}” of one", "text.xlsx", lambda p=place: shared(one, p), "damaged")
        yield refused(
            f"the shared text “{place}” of one, styled",
            "text.xlsx",
            lambda p=place: shared(one, p, ' s="0"'),
            "damaged",
        )
    yield read("no number of a shared text", "text.xlsx", lambda: shared(one, ""), (1, (None, 7)))
    for what, inner, value in (
        ("in pieces", '<si><r><t>a</t></r><r><rPr><b/></rPr><t xml:space="preserve"> b</t></r></si>', "a b"),
        ("with its sounds", '<si><t>東京</t><rPh sb="0" eb="1"><t>とうきょう</t></rPh></si>', "東京"),
        ("of nothing", "<si/>", None),
        ("of markup", "<si><t><![CDATA[<a>&amp;]]></t></si>", "<a>&amp;"),
        ("with an escaped letter", "<si><t>_x0041_BC</t></si>", "ABC"),
        ("with a mark of direction", "<si><t>&#x202E;item</t></si>", "\u202eitem"),
        ("with a formula", "<si><t>=1+1</t></si>", "=1+1"),
        ("with our apostrophe", "<si><t>'=1+1</t></si>", "=1+1"),
        ("with a control", "<si><t>a&#x9;b</t></si>", "a\tb"),
    ):
        yield read(f"a shared text {what}", "text.xlsx", lambda i=inner: shared(i), (1, (value, 7)))
    for what, inner in (
        ("NUL as an escape", "<si><t>a_x0000_b</t></si>"),
        ("NUL as a number", "<si><t>a&#0;b</t></si>"),
        ("half a pair", "<si><t>a&#xD800;b</t></si>"),
        ("a number beyond letters", "<si><t>a&#x110000;b</t></si>"),
    ):
        yield refused(f"a shared text with {what}", "text.xlsx", lambda i=inner: shared(i), "damaged")


# ── values ───────────────────────────────────────────────────────────────────
def _values() -> Iterator[Broken]:
    seven = '<c r="B1"><v>7</v></c>'

    def cell(attributes: str, value: str, **more: str) -> bytes:
        return zipped(book_parts(one_row(f'<c r="A1" {attributes}><v>{value}</v></c>', seven), **more))

    for style in ("99", "-1", "x", "", "4294967296"):
        yield read(f"a number of the style “{style}”", "style.xlsx", lambda s=style: cell(f's="{s}"', "5"), (1, (5, 7)))
    for kind, value in (
        ("z", "1"),
        ("S", "1"),
        ("", "1"),
        ("b", "2"),
        ("b", "maybe"),
        ("n", "TRUE"),
        ("n", "2020-02-29"),
        ("n", "#REF!"),
        ("e", "1"),
        ("e", "#OOPS!"),
        ("s", "a"),
    ):
        yield refused(
            f"“{value}” as a value of the kind “{kind}”",
            "kind.xlsx",
            lambda k=kind, v=value: cell(f't="{k}"', v),
            "damaged",
        )
    for kind, value, is_read in (
        ("d", "2020-02-29", date(2020, 2, 29)),
        ("d", "2020-13-45", "2020-13-45"),
        ("b", "1", True),
        ("b", "0", False),
        ("str", "#REF!", "#REF!"),
        ("e", "#REF!", "#REF!"),
        ("n", "", None),
        ("n", "-0", 0),
        ("n", "1e400", "#NUM!"),
    ):
        yield read(
            f"“{value}”, rightly of the kind “{kind}”",
            "kind.xlsx",
            lambda k=kind, v=value: cell(f't="{k}"', v),
            (1, (is_read, 7)),
        )
    for serial, is_read in (
        ("1", date(1900, 1, 1)),
        ("59", date(1900, 2, 28)),
        ("61", date(1900, 3, 1)),
        ("2958465", date(9999, 12, 31)),
        ("2958466", 2_958_466),
        ("1e10", 10_000_000_000),
        ("0.5", "12:00:00"),
        ("abc", "abc"),
    ):
        yield read(f"the day {serial}", "day.xlsx", lambda s=serial: cell('s="1"', s), (1, (is_read, 7)))
    yield refused("the day before all days", "day.xlsx", lambda: cell('s="1"', "-1e300"), "damaged")
    for spelling in ("1", "true"):
        about = f'<workbookPr date1904="{spelling}"/>'
        yield read(
            f"days since 1904, said by “{spelling}”",
            "day.xlsx",
            lambda a=about: cell('s="1"', "42428", **{BOOK: tabs(FIRST, about=a)}),
            (1, (date(2020, 2, 29), 7)),
        )
    for spelling in ("0", "false"):
        about = f'<workbookPr date1904="{spelling}"/>'
        yield read(
            f"days since 1900, said by “{spelling}”",
            "day.xlsx",
            lambda a=about: cell('s="1"', "43890", **{BOOK: tabs(FIRST, about=a)}),
            (1, (date(2020, 2, 29), 7)),
        )
    for what, code in (
        ("an endless format", "y" * 200_000),
        ("a format in brackets", "[" * 5000),
        ("a format of quotes", "&quot;" * 4999),
    ):
        style = STYLE_SHEET.replace("yyyy-mm-dd", code)
        yield read(f"a number in {what}", "style.xlsx", lambda s=style: cell('s="0"', "5", **{STYLES: s}), (1, (5, 7)))


# ── formulas ─────────────────────────────────────────────────────────────────
def _formulas() -> Iterator[Broken]:
    for what, formula in (
        ("an array", '<f t="array" ref="A1:A3">SUM(B1:B3)</f>'),
        ("a shared one", '<f t="shared" si="0" ref="A1:A9">B1*2</f>'),
        ("a shared one of everything", '<f t="shared" si="0" ref="A1:XFD1048576">B1*2</f>'),
        ("a shared one that is not there", '<f t="shared" si="99"/>'),
        ("a shared one below zero", '<f t="shared" si="-1" ref="">B1</f>'),
        ("a data table", '<f t="dataTable" ref="A1:B2" dt2D="1" dtr="1" r1="X1" r2="Y1"/>'),
        ("a link to another workbook", "<f>[1]Sheet!A1</f>"),
        ("a program", "<f>cmd|'/c calc'!A1</f>"),
        ("a page elsewhere", '<f>WEBSERVICE("http://localhost:1/")</f>'),
        ("an address", '<f>HYPERLINK("http://localhost:1/","x")</f>'),
        ("nothing", "<f/>"),
        ("9,000 brackets", f"<f>{'(' * 9000}</f>"),
        ("itself", "<f>A1+1</f>"),
        ("an unknown kind", '<f t="odd" si="x" ref="ZZZZ9:A">1</f>'),
    ):
        for kind, stored, value in (
            ("n", "5", 5),
            ("str", "'=a", "=a"),
            ("b", "1", True),
            ("e", "#N/A", "#N/A"),
            ("n", "", None),
        ):
            if kind != "n" and what not in ("an array", "a program", "a link to another workbook"):
                continue
            shown = f"<v>{stored}</v>" if stored else ""
            yield read(
                f"a formula of {what}, its result “{stored}”",
                "formula.xlsx",
                lambda f=formula, k=kind, s=shown: raw_xlsx(
                    one_row(f'<c r="A1" t="{k}">{f}{s}</c><c r="B1"><v>7</v></c>')
                ),
                (1, (value, 7)),
            )
    external = f'<externalLink xmlns="{MAIN}"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    yield read(
        "a link to a program in a part",
        "formula.xlsx",
        lambda: zipped(book_parts(**{"xl/externalLinks/externalLink1.xml": external})),
        *TABLE,
    )


# ── odd, and right ───────────────────────────────────────────────────────────
def _odd_and_right() -> Iterator[Broken]:
    table = ((4, ("item", None, "quantity")), (6, ("ORS", None, 5)), (7, ("zinc", None, 6)))

    def text(place: str, value: str) -> str:
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'

    rows = (
        f'<row r="4">{text("A4", "item")}<c r="B4"/>{text("C4", "quantity")}</row><row r="5" hidden="1"/>'
        f'<row r="6" hidden="1" ht="0" customHeight="1">{text("A6", "ORS")}<c r="C6"><v>5</v></c></row>'
        f'<row r="7" outlineLevel="3" collapsed="1">{text("A7", "zinc")}<c r="C7"><v>6</v></c></row>'
    )
    for what, before, after in (
        ("header in row 4 and hidden rows", "", ""),
        ("hidden columns", '<cols><col min="1" max="3" width="0" hidden="1"/></cols>', ""),
        (
            "merged cells over the header",
            "",
            '<mergeCells><mergeCell ref="A4:B4"/><mergeCell ref="C4:D5"/></mergeCells>',
        ),
        ("merges that overlap", "", '<mergeCells><mergeCell ref="A4:C6"/><mergeCell ref="B5:D9"/></mergeCells>'),
        (
            "a filter",
            "",
            '<autoFilter ref="A4:C7"><filterColumn colId="0"><filters><filter val="zinc"/></filters></filterColumn>'
            "</autoFilter>",
        ),
        ("a size that is too small", '<dimension ref="A1"/>', ""),
        ("a lock", "", '<sheetProtection password="CC1A" sheet="1" objects="1"/>'),
        (
            "a list of choices elsewhere",
            "",
            '<dataValidations count="1"><dataValidation type="list" sqref="A1:XFD1048576"><formula1>[9]x!A1</formula1>'
            "</dataValidation></dataValidations>",
        ),
        (
            "a condition on everything",
            "",
            '<conditionalFormatting sqref="A1:XFD1048576"><cfRule type="expression" priority="1">'
            "<formula>1/0</formula></cfRule></conditionalFormatting>",
        ),
        (
            "an address to a program",
            "",
            '<hyperlinks><hyperlink ref="A6" location="file:///bin/sh" display="x"/></hyperlinks>',
        ),
        ("a sheet from right to left", '<sheetViews><sheetView rightToLeft="1" workbookViewId="0"/></sheetViews>', ""),
    ):
        sheet = f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
        yield read(what, "odd.xlsx", lambda s=sheet: raw_xlsx(sheet=s), *table)
    for what, before, after in (
        ("merges of nowhere", "", '<mergeCells><mergeCell ref="x"/><mergeCell ref=""/><mergeCell/></mergeCells>'),
        ("a size that is none", '<dimension ref="x:y:z"/>', ""),
    ):
        sheet = f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
        yield refused(what, "odd.xlsx", lambda s=sheet: raw_xlsx(sheet=s), "damaged")
    strict = {
        MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
        LINKS: "http://purl.oclc.org/ooxml/officeDocument/relationships",
    }

    def in_strict_names() -> bytes:
        parts = {name: str(content) for name, content in book_parts().items()}
        for old, new in strict.items():
            parts = {name: content.replace(old, new) for name, content in parts.items()}
        return zipped(parts)

    yield read("the names of the strict standard", "strict.xlsx", in_strict_names, *TABLE)
    for part in (
        "xl/embeddings/oleObject1.bin",
        "xl/activeX/activeX1.bin",
        "xl/ctrlProps/ctrlProp1.xml",
        "customXml/item1.xml",
        "xl/comments1.xml",
        "xl/printerSettings/p.bin",
        "_xmlsignatures/sig1.xml",
        "docMetadata/LabelInfo.xml",
    ):
        yield read(f"beside the table: {part}", "odd.xlsx", lambda p=part: zipped(book_parts(**{p: "<x/>"})), *TABLE)
    yield refused(
        "macros under a name in capitals",
        "macro.xlsx",
        lambda: zipped(book_parts(**{"XL/VBAPROJECT.BIN": "x"})),
        "macros",
    )


# ── sheer mass ───────────────────────────────────────────────────────────────
def packed(name: str, pieces: Iterable[bytes], parts: dict[str, str | bytes]) -> bytes:
    """An archive in which one part is written in pieces, so that its size never stands in our memory."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for other, content in parts.items():
            if other != name:
                file.writestr(other, content)
        with file.open(name, "w") as part:
            for piece in pieces:
                part.write(piece)
    return out.getvalue()


def _sheet_of(piece: bytes, times: int, before: str = "", after: str = "") -> bytes:
    head, tail = f'<worksheet xmlns="{MAIN}"><sheetData>{before}'.encode(), f"{after}</sheetData></worksheet>".encode()
    return packed(SHEET, (head, *[piece] * times, tail), raw_parts())


def _masses() -> Iterator[Broken]:
    formula = '<row r="1"><c r="A1"><f>1</f><v>1</v></c></row>'
    megabyte = b"x" * 2**20
    for what, make, *codes in (
        (
            "11 million blank cells",
            lambda: _sheet_of(b'<c r="A1" s="1"/>' * 1000, 11_000, '<row r="1">', "</row>"),
            "too-large",
        ),
        (
            "45 million cells of nothing",
            lambda: _sheet_of(b"<c/>" * 1000, 45_000, formula + '<row r="2">', "</row>"),
            "too-large",
        ),
        ("45 million foreign elements", lambda: _sheet_of(b"<a/>" * 1000, 45_000, formula), "too-large"),
        (
            "a million attributes an element",
            lambda: _sheet_of(b"<a " + b" ".join(b'a%d=""' % n for n in range(60_000)) + b"/>", 200, formula),
            "too-large",
            "damaged",
        ),
        ("one attribute of 150 MB", lambda: _sheet_of(megabyte, 150, formula + '<a b="', '"/>'), "damaged"),
        ("one comment of 150 MB", lambda: _sheet_of(megabyte, 150, formula + "<!-- ", " -->"), "damaged"),
        ("one instruction of 150 MB", lambda: _sheet_of(megabyte, 150, formula + "<?a ", "?>"), "damaged"),
        (
            "20 million elements in each other",
            lambda: _sheet_of(b"<a>" * 1000, 20_000, formula),
            "too-large",
            "damaged",
        ),
        (
            "one text of 150 MB",
            lambda: _sheet_of(megabyte, 150, '<row r="1"><c r="A1" t="inlineStr"><is><t>', "</t></is></c></row>"),
            "too-large",
            "cell-too-long",
        ),
        ("30 million line breaks and nothing", lambda: _sheet_of(b"\r\n" * 1000, 30_000), "empty", "damaged"),
    ):
        yield refused(what, "mass.xlsx", make, *codes)
    yield refused(
        "one number of 150 MB",
        "mass.xlsx",
        lambda: _sheet_of(b"1" * 2**20, 150, '<row r="1"><c r="A1"><v>', "</v></c></row>"),
        "cell-too-long",
    )
    texts = (f'<sst xmlns="{MAIN}"><si><t>'.encode(), *[megabyte] * 150, b"</t></si></sst>")
    yield refused(
        "one shared text of 150 MB", "mass.xlsx", lambda: packed(TEXTS, texts, book_parts()), "too-large", "damaged"
    )
    query = '<?xml version="1.0" encoding="utf-16"?>{}<DataMashup>UEsDBBQ=</DataMashup>'
    for what, definition in (
        ("steps of a query in two bytes a letter", ""),
        ("definitions in the steps of a query", XXE),
    ):
        item = {"customXml/item1.xml": query.format(definition).encode("utf-16")}
        if definition:
            yield refused(what, "query.xlsx", lambda i=item: zipped(book_parts(**i)), "entities")
        else:
            yield read(what, "query.xlsx", lambda i=item: zipped(book_parts(**i)), *TABLE)

    def wide(length: int) -> str:
        return "<row>" + f'<c t="inlineStr"><is><t>{chr(0x1F600) * length}</t></is></c>' * 200 + "</row>"

    yield refused("a row of 200 texts of 32,000 letters", "mass.xlsx", lambda: raw_xlsx(wide(32_000)), "too-large")
    longest = (1, (chr(0x1F600) * 4_900,) * 200)
    yield read("a row of 200 texts of 4,900 letters", "mass.xlsx", lambda: raw_xlsx(wide(4_900)), longest)
    yield refused(
        "a long row behind 300 short ones",
        "mass.xlsx",
        lambda: raw_xlsx("<row><c><v>1</v></c></row>" * 300 + wide(32_000)),
        "too-large",
    )
    yield read(
        "500 parts that nobody reads",
        "mass.xlsx",
        lambda: zipped({**book_parts(), **{f"x{n}": "y" for n in range(492)}}),
        *TABLE,
    )
    many = "".join(f'<sheet name="N{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, 301))
    links = "".join(link(n, "worksheet", f"worksheets/s{n}.xml") for n in range(1, 301))
    sheets = {f"xl/worksheets/s{n}.xml": str(raw_parts()[SHEET]) for n in range(1, 301)}
    yield refused(
        "300 sheets",
        "mass.xlsx",
        lambda: zipped(
            {
                **raw_parts(
                    book=tabs(many), links=f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'
                ),
                **sheets,
            }
        ),
        "too-large",
    )
