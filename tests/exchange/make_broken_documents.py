"""Open documents that are broken, or odd and right: kinds of values, repetitions, structure, parts, mass."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tests.exchange.broken import Broken, plain_document, read, refused
from tests.exchange.make_broken_books import packed
from tests.exchange.make_files import ods, ods_parts, ods_row, ods_text, with_field_of, zipped

CONTENT = "content.xml"
X = ods_text("x")


def broken_documents() -> Iterator[Broken]:
    """Every document that is broken, and the odd ones that are read."""
    yield from _values()
    yield from _repetitions()
    yield from _structure()
    yield from _parts()
    yield from _masses()


def _cell(attributes: str, inner: str = "<text:p>shown</text:p>") -> bytes:
    return ods(ods_row(f"<table:table-cell {attributes}>{inner}</table:table-cell>", X))


def _values() -> Iterator[Broken]:
    for kind, attribute, wrong, right, value in (
        ("float", "value", ("abc", "", "1,5", "0x10", "１"), "-0.5", None),
        ("percentage", "value", ("50%",), "5", 5),
        ("currency", "value", ("US$ 5",), "5", 5),
        ("boolean", "boolean-value", ("5", "TRUE", ""), "true", True),
        ("date", "date-value", (), "2020-02-29", date(2020, 2, 29)),
        ("time", "time-value", (), "PT13H05M00S", "13:05:00"),
        ("string", "string-value", (), "typed", "typed"),
    ):
        for value_text in wrong:
            yield refused(
                f"“{value_text}” as a {kind}",
                "value.ods",
                lambda k=kind, a=attribute, v=value_text: _cell(f'office:value-type="{k}" office:{a}="{v}"'),
                "damaged",
            )
        if kind != "string":
            yield refused(
                f"a {kind} without its value", "value.ods", lambda k=kind: _cell(f'office:value-type="{k}"'), "damaged"
            )
        if value is not None:
            yield read(
                f"“{right}”, rightly a {kind}",
                "value.ods",
                lambda k=kind, a=attribute, v=right: _cell(f'office:value-type="{k}" office:{a}="{v}"'),
                (1, (value, "x")),
            )
    for kind, attribute, odd, value in (
        ("float", "value", "1e999", "#NUM!"),
        ("float", "value", "NaN", "#NUM!"),
        ("date", "date-value", "2020-02-30", "2020-02-30"),
        ("date", "date-value", "99999-01-01", "99999-01-01"),
        ("time", "time-value", "PT99999999999H", "PT99999999999H"),
        ("string", "string-value", "=1+1", "=1+1"),
    ):
        yield read(
            f"“{odd}” as a {kind}",
            "value.ods",
            lambda k=kind, a=attribute, v=odd: _cell(f'office:value-type="{k}" office:{a}="{v}"'),
            (1, (value, "x")),
        )
    for what, formula in (
        ("a program", "of:=DDE(&quot;cmd&quot;;&quot;/c calc&quot;;&quot;x&quot;)"),
        ("a page elsewhere", "of:=WEBSERVICE(&quot;http://localhost:1/&quot;)"),
        ("nothing", ""),
    ):
        yield read(
            f"a formula of {what}, with its result",
            "formula.ods",
            lambda f=formula: _cell(f'table:formula="{f}" office:value-type="float" office:value="5"'),
            (1, (5, "x")),
        )
        yield read(
            f"a formula of {what}, without a result",
            "formula.ods",
            lambda f=formula: _cell(f'table:formula="{f}"', ""),
            (1, (None, "x")),
        )


def _repetitions() -> Iterator[Broken]:
    for times in ("0", "-1", "1.5", "x", "", "00", "+1", " 2", "1e3", "0x2", "٣", "9999999999"):
        yield refused(
            f"columns repeated “{times}” times",
            "repeat.ods",
            lambda t=times: ods(ods_row(ods_text("x", repeated=t))),
            "damaged",
        )
        yield refused(
            f"rows repeated “{times}” times", "repeat.ods", lambda t=times: ods(ods_row(X, repeated=t)), "damaged"
        )
    yield refused(
        "blank rows repeated 999,999,999 times before a text",
        "repeat.ods",
        lambda: ods(ods_row("<table:table-cell/>", repeated=999_999_999) + ods_row(X)),
        "too-many-rows",
    )
    yield read(
        "three times two",
        "repeat.ods",
        lambda: ods(ods_row(ods_text("x", repeated=2), repeated=3)),
        (1, ("x", "x")),
        (2, ("x", "x")),
        (3, ("x", "x")),
    )
    error = (
        '<table:table-cell office:value-type="string" calcext:value-type="error" '
        'table:number-columns-repeated="200"><text:p>#N/A</text:p></table:table-cell>'
    )
    yield refused("20 million errors", "repeat.ods", lambda: ods(ods_row(error, repeated=100_000)), "too-large")


def _structure() -> Iterator[Broken]:
    second = f'</table:table><table:table table:name="Needs">{ods_row(ods_text("two"))}</table:table>'

    def with_content(rows: str, *changes: tuple[str, str]) -> bytes:
        content = str(ods_parts(rows)[CONTENT])
        for old, new in changes:
            content = content.replace(old, new)
        return ods("", **{CONTENT: content})

    yield refused(
        "two tables of one name", "table.ods", lambda: with_content(ods_row(X), ("</table:table>", second)), "damaged"
    )
    yield refused(
        "two tables of one name, one blank",
        "table.ods",
        lambda: with_content("", ("</table:table>", second)),
        "damaged",
    )
    yield refused(
        "a table name of 300 letters",
        "table.ods",
        lambda: with_content(ods_row(X), ('"Needs"', f'"{"N" * 300}"')),
        "damaged",
    )
    yield refused(
        "300,000 tables",
        "table.ods",
        lambda: with_content("", ("</table:table>", "</table:table>" + "<table:table/>" * 300_000)),
        "too-large",
    )
    yield refused(
        "cells outside of any table",
        "table.ods",
        lambda: with_content("", ("<office:spreadsheet>", f"<office:spreadsheet>{ods_row(X)}")),
        "damaged",
    )
    two = ods_row(ods_text("y"))
    both = ((1, ("x",)), (2, ("y",)))
    for what, rows in (
        (
            "rows that are hidden and filtered",
            f'<table:table-row table:visibility="collapse">{X}</table:table-row>'
            f'<table:table-row table:visibility="filter">{ods_text("y")}</table:table-row>',
        ),
        ("rows of the header of a page", f"<table:table-header-rows>{ods_row(X)}</table:table-header-rows>{two}"),
        (
            "groups in groups",
            f"<table:table-row-group><table:table-row-group>{ods_row(X)}</table:table-row-group></table:table-row-group>{two}",
        ),
        ("a source elsewhere", f'<table:table-source xmlns:l="urn:l" l:href="http://localhost:1/"/>{ods_row(X)}{two}'),
        ("shapes before the rows", f"<table:shapes><x/></table:shapes>{ods_row(X)}{two}"),
    ):
        yield read(what, "odd.ods", lambda r=rows: ods(r), *both)
    merged = (
        '<table:table-cell office:value-type="string" table:number-columns-spanned="2"><text:p>quantity</text:p>'
        "</table:table-cell><table:covered-table-cell/>"
    )
    yield read(
        "a merged header in row 4",
        "odd.ods",
        lambda: ods(ods_row("<table:table-cell/>", repeated=3) + ods_row(X, merged, X)),
        (4, ("x", "quantity", None, "x")),
    )
    deletion = (
        "<office:spreadsheet><table:tracked-changes><table:deletion><table:cell-content-deletion>"
        '<table:change-track-table-cell office:value-type="string"><text:p>old</text:p></table:change-track-table-cell>'
        "</table:cell-content-deletion></table:deletion></table:tracked-changes>"
    )
    yield read(
        "what was deleted is not read",
        "odd.ods",
        lambda: with_content(ods_row(X), ("<office:spreadsheet>", deletion)),
        (1, ("x",)),
    )
    for what, inner, value in (
        ("blanks that are counted", 'a<text:s text:c="3"/>b', "a   b"),
        ("blanks below zero", 'a<text:s text:c="-1"/>b', "ab"),
        ("pieces", "a<text:span>b</text:span><text:a>c</text:a>", "abc"),
        ("a mark of direction", "&#x202E;item", "\u202eitem"),
        ("an inclusion", '<xi:include xmlns:xi="urn:xi" href="/etc/passwd" parse="text"/>', None),
    ):
        yield read(f"a text of {what}", "text.ods", lambda i=inner: ods(ods_row(ods_text(i), X)), (1, (value, "x")))
    yield refused(
        "two thousand million blanks",
        "text.ods",
        lambda: ods(ods_row(ods_text('a<text:s text:c="2000000000"/>'))),
        "too-large",
        "damaged",
    )
    yield refused(
        "40,000 counted blanks",
        "text.ods",
        lambda: ods(ods_row(ods_text('a<text:s text:c="40000"/>b'))),
        "cell-too-long",
    )
    yield refused("NUL in a text of a document", "text.ods", lambda: ods(ods_row(ods_text("a&#0;b"))), "damaged")
    yield refused(
        "an entity that a document does not define", "text.ods", lambda: ods(ods_row(ods_text("&a;"))), "damaged"
    )
    yield read(
        "an instruction before a document",
        "odd.ods",
        lambda: plain_document(before='<?xml-stylesheet href="http://localhost:1/"?>'),
        (1, ("x",)),
    )


def _parts() -> Iterator[Broken]:
    sheet = str(ods_parts(ods_row(X))[CONTENT])

    def without(name: str) -> bytes:
        return zipped({part: content for part, content in ods_parts(ods_row(X)).items() if part != name})

    yield refused("no kind of document", "part.ods", lambda: without("mimetype"), "not-a-table")
    yield refused("no content", "part.ods", lambda: without(CONTENT), "not-a-table")
    yield refused("no list of parts", "part.ods", lambda: without("META-INF/manifest.xml"), "damaged")
    for what, content, code in (
        ("empty", b"", "damaged"),
        ("half a", sheet[: len(sheet) // 2].encode(), "damaged"),
        ("bytes of chance for a", bytes(range(1, 256)) * 3, "damaged"),
        ("two bytes a letter of a", sheet.encode("utf-16"), "damaged"),
        ("an external definition in a", b'<!DOCTYPE x SYSTEM "http://localhost:1/x.dtd">' + sheet.encode(), "entities"),
        (
            "a parameter in a",
            b'<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>' + sheet.encode(),
            "entities",
        ),
        ("another zip for a", zipped({"a": "b"}), "damaged"),
    ):
        yield refused(f"{what} content", "part.ods", lambda c=content: plain_document(**{CONTENT: c}), code)
    for name in ("styles.xml", "meta.xml", "settings.xml", "META-INF/manifest.xml", "Configurations2/x.xml"):
        yield refused(
            f"definitions in {name}",
            "part.ods",
            lambda n=name: plain_document(**{n: "<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"}),
            "entities",
        )
    for kind in ("presentation", "graphics", "text-template", "formula", "chart", "database"):
        yield refused(
            f"a document of the kind {kind}",
            "kind.ods",
            lambda k=kind: plain_document(mimetype=f"application/vnd.oasis.opendocument.{k}"),
            "not-a-table",
        )
    yield read(
        "a template of a document",
        "kind.ots",
        lambda: plain_document(mimetype="application/vnd.oasis.opendocument.spreadsheet-template"),
        (1, ("x",)),
    )
    yield read(
        "an object beside the table",
        "kind.ods",
        lambda: plain_document(**{"Object 1/content.xml": "<x/>", "ObjectReplacements/Object 1": "x"}),
        (1, ("x",)),
    )
    for folder in ("BASIC/Standard/script.xml", "scripts/beanshell/x.bsh"):
        yield refused(f"a program in {folder}", "macro.ods", lambda f=folder: plain_document(**{f: "x"}), "macros")
    for name in ("mimetype", CONTENT):
        yield refused(
            f"an encrypted {name}", "secret.ods", lambda n=name: with_field_of(plain_document(), n, 8, 1), "encrypted"
        )
        yield refused(
            f"an unknown compression of {name}",
            "odd.ods",
            lambda n=name: with_field_of(plain_document(), n, 10, 19),
            "damaged",
        )


def _masses() -> Iterator[Broken]:
    head, tail = str(ods_parts(f"{ods_row(X)}@")[CONTENT]).split("@")
    blanks = '<table:table-cell office:value-type="string"/>'
    for what, before, piece, times, after, *codes in (
        (
            "9 million blank cells in a document",
            "<table:table-row>",
            b"<table:table-cell/>" * 1000,
            9_000,
            "</table:table-row>",
            "too-large",
        ),
        ("45 million foreign elements in a document", "", b"<a/>" * 1000, 45_000, "", "too-large"),
        ("7 million rows of nothing", "", b"<table:table-row/>" * 1000, 7_000, "", "too-large"),
        ("one attribute of 150 MB in a document", '<a b="', b"x" * 2**20, 150, '"/>', "damaged"),
        ("one comment of 150 MB in a document", "<!-- ", b"x" * 2**20, 150, "-->", "damaged"),
        (
            "3 million cells of a kind and nothing",
            "<table:table-row>",
            blanks.encode() * 1000,
            3_000,
            "</table:table-row>",
            "too-many-columns",
        ),
    ):
        yield refused(
            what,
            "mass.ods",
            lambda b=before, p=piece, t=times, a=after: packed(
                CONTENT, ((head + b).encode(), *[p] * t, (a + tail).encode()), ods_parts("")
            ),
            *codes,
        )
