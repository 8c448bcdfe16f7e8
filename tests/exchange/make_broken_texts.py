"""Text tables that are broken or only look like text tables, and files of every other kind."""

from __future__ import annotations

from collections.abc import Iterator

from tests.exchange.broken import TABLE, Broken, book_parts, read, refused
from tests.exchange.make_files import ole, zipped

HEADER = (1, ("item", "quantity"))
ORS = (2, ("ORS", "5"))


def broken_texts() -> Iterator[Broken]:
    """Every broken text, and the odd ones that are read."""
    yield from _alphabets()
    yield from _bytes()
    yield from _cells()
    yield from _masses()
    yield from _other_kinds()
    yield from _in_two_kinds()


def _alphabets() -> Iterator[Broken]:
    text = "item,quantity\nORS,5\nقطن,6\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1256"):
        yield read(
            f"written in {encoding}", "letters.csv", lambda e=encoding: text.encode(e), HEADER, ORS, (3, ("قطن", "6"))
        )
    for encoding in ("utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
        yield refused(f"written in {encoding}", "letters.csv", lambda e=encoding: text.encode(e), "nul")
    for encoding in ("cp037", "cp500", "cp273"):
        yield refused(
            f"written in {encoding}",
            "letters.csv",
            lambda e=encoding: "data[1]!,item\nsalt,5\n".encode(e),
            "encoding",
            "not-a-table",
        )
    yield read(
        "written in UTF-7: as its letters stand",
        "letters.csv",
        lambda: b"item,quantity\nORS,+AOk-\n",
        HEADER,
        (2, ("ORS", "+AOk-")),
    )
    yield refused("UTF-16 with one byte more", "letters.csv", lambda: text.encode("utf-16") + b"\0", "encoding")
    yield refused(
        "half a pair in UTF-16", "letters.csv", lambda: "item,x".encode("utf-16") + b"\x00\xd8\n\0", "encoding"
    )
    for what, content in (("UTF-8", b"\xef\xbb\xbf"), ("UTF-16", b"\xff\xfe"), ("UTF-16, turned", b"\xfe\xff")):
        yield refused(f"the mark of {what} and nothing", "letters.csv", lambda c=content: c, "empty")
    yield read(
        "two marks of UTF-8",
        "letters.csv",
        lambda: b"\xef\xbb\xbf\xef\xbb\xbfitem,quantity\nORS,5\n",
        (1, ("\ufeffitem", "quantity")),
        ORS,
    )


def _bytes() -> Iterator[Broken]:
    arabic = "صنف,كمية\nملح,5\nقطن,6\n".encode()
    for what, broken in (
        ("a lone continuation", b"\x80"),
        ("a letter cut off", b"\xd9"),
        ("a letter too long", b"\xc0\xaf"),
        ("half a pair", b"\xed\xa0\x80"),
        ("a letter of five bytes", b"\xf8\x88\x80\x80\x80"),
        ("a byte of no letter", b"\xff"),
    ):
        middle = len(arabic) // 2
        middle = arabic.index(b"\n", middle)
        for where, content in (
            ("beginning", broken + b"," + arabic),
            ("middle", arabic[:middle] + broken + arabic[middle:]),
            ("end", arabic + broken),
        ):
            yield refused(
                f"{what} at the {where} of UTF-8", "bytes.csv", lambda c=content: c, "encoding", "not-a-table"
            )
    for byte in (0x00, 0x01, 0x07, 0x08, 0x0E, 0x1A, 0x1C, 0x1F):
        yield refused(
            f"byte {byte:02X} in a cell",
            "bytes.csv",
            lambda b=byte: b"item,quantity\nO" + bytes([b]) + b"RS,5\n",
            "nul" if byte == 0 else "not-a-table",
        )
    for where, content in (
        ("beginning", b"\0item,q\nORS,5\n"),
        ("end", b"item,q\nORS,5\n\0"),
        ("header", b"it\0em,q\nORS,5\n"),
    ):
        yield refused(f"NUL at the {where}", "bytes.csv", lambda c=content: c, "nul")


def _cells() -> Iterator[Broken]:
    for what, end in (("CR", "\r"), ("CR LF", "\r\n"), ("LF CR", "\n\r")):
        rows = (HEADER, (3, ("ORS", "5"))) if what == "LF CR" else (HEADER, ORS)
        yield read(f"lines ended by {what}", "lines.csv", lambda e=end: f"item,quantity{e}ORS,5{e}".encode(), *rows)
    yield read(
        "lines ended in all ways",
        "lines.csv",
        lambda: b"item,quantity\rORS,5\nzinc,6\r\nsalt,7",
        HEADER,
        ORS,
        (3, ("zinc", "6")),
        (4, ("salt", "7")),
    )
    yield read(
        "other breaks are letters",
        "lines.csv",
        lambda: "item,quantity\nO\u2028R\u2029S,5\x85\n".encode(),
        HEADER,
        (2, ("O\u2028R\u2029S", "5\x85")),
    )
    yield read("a text of DOS to its end", "lines.csv", lambda: b"item,quantity\r\nORS,5\r\n\x1a", HEADER, ORS)
    for delimiter in ",;\t|":
        yield read(
            f"cut by “{delimiter}”, cells of differing number",
            "ragged.csv",
            lambda d=delimiter: f"item{d}quantity\nORS{d}5{d}{d}\nzinc\n".encode(),
            HEADER,
            ORS,
            (3, ("zinc",)),
        )
    yield read(
        "a delimiter nobody uses",
        "cut.csv",
        lambda: b"item^quantity\nORS^5\n",
        (1, ("item^quantity",)),
        (2, ("ORS^5",)),
    )
    yield read(
        "a delimiter said to be a letter",
        "cut.csv",
        lambda: b"sep=x\nitem,quantity\n",
        (1, ("sep=x",)),
        (2, ("item", "quantity")),
    )
    yield refused("a delimiter said, and nothing", "cut.csv", lambda: b"sep=;\n", "empty")
    for what, content in (
        ("in the header", b'"item,quantity\nORS,5\n'),
        ("in the middle", b'item,quantity\n"ORS,5\nzinc,6\n'),
        ("in the last cell", b'item,quantity\nORS,"5'),
        ("before the last line break", b'item,quantity\nORS,5"\n"\n\n'),
        ("after a doubled one", b'item,quantity\n"O""RS,5\n'),
    ):
        yield refused(f"a quotation mark left open {what}", "quote.csv", lambda c=content: c, "open-quote")
    yield read(
        "quotation marks as signs of inches",
        "quote.csv",
        lambda: b'item,quantity\ntube 5",6\n',
        HEADER,
        (2, ('tube 5"', "6")),
    )
    yield read(
        "text behind a quotation mark", "quote.csv", lambda: b'item,quantity\n"a"b,6\n', HEADER, (2, ("ab", "6"))
    )
    for text in (
        "=1+1",
        "=cmd|'/c calc'!A1",
        '=HYPERLINK("http://localhost:1/")',
        "@SUM(A1)",
        "+1+1",
        "-1+1",
        "\u202eitem",
        "\u2066item\u2069",
        "it\u200bem",
        "\u200fملح",
        "a\x1b[31m",
        "a\x7f",
        "%s %(x)s {0}",
        "<b>x</b>",
        "{{ x }}",
        "../../x",
        "' OR 1=1 --",
        "a\u0301",
        "😀",
    ):
        quoted = '"' + text.replace('"', '""') + '"'
        yield read(
            f"the text “{text}”",
            "texts.csv",
            lambda q=quoted: f"item,quantity\n{q},5\n".encode(),
            HEADER,
            (2, (text, "5")),
        )
        yield read(
            f"the header “{text}”",
            "texts.csv",
            lambda q=quoted: f"{q},quantity\nORS,5\n".encode(),
            (1, (text, "quantity")),
            ORS,
        )


def _masses() -> Iterator[Broken]:
    megabyte = 2**20
    yield read(
        "20 million blank lines behind the table",
        "mass.csv",
        lambda: b"item,quantity\nORS,5\n" + b"\n" * (20 * megabyte - 20),
        HEADER,
        ORS,
    )
    yield refused(
        "20 million blank lines before a row",
        "mass.csv",
        lambda: b"item,quantity\n" + b"\n" * (20 * megabyte - 30) + b"ORS,5",
        "too-many-rows",
    )
    yield read(
        "7 million lines of delimiters",
        "mass.csv",
        lambda: b"item,quantity\nORS,5\n" + b",,\n" * (5 * megabyte),
        HEADER,
        ORS,
    )
    yield read(
        "10 million lines of a blank",
        "mass.csv",
        lambda: b"item,quantity\nORS,5\n" + b" \n" * (9 * megabyte),
        HEADER,
        ORS,
    )
    yield read(
        "20 million delimiters in a line", "mass.csv", lambda: b"item,quantity\n" + b"," * (20 * megabyte - 20), HEADER
    )
    yield refused(
        "20 million delimiters and a text",
        "mass.csv",
        lambda: b"item,quantity\n" + b"," * (20 * megabyte - 20) + b"x",
        "too-many-columns",
    )
    yield refused("one line of 20 MB", "mass.csv", lambda: b"x" * (20 * megabyte - 1), "cell-too-long")
    yield refused(
        "one line of 20 MB in the second column",
        "mass.csv",
        lambda: b"a,b\n1," + b"x" * (20 * megabyte - 9),
        "cell-too-long",
    )
    yield refused(
        "20 million quotation marks", "mass.csv", lambda: b"item,quantity\n" + b'"' * (20 * megabyte - 20), "open-quote"
    )
    yield refused(
        "9 million Arabic letters in a line", "mass.csv", lambda: "ا".encode() * (9 * megabyte), "cell-too-long"
    )
    yield refused("200,000 rows of two delimiters", "mass.csv", lambda: b"a;b,c\n" * 200_000, "too-many-rows")
    yield refused("20 MB of high bytes", "mass.csv", lambda: b"\xe9" * (20 * megabyte - 1), "cell-too-long", "encoding")
    yield refused("20 MB of NULs", "mass.csv", lambda: b"\0" * (20 * megabyte), "nul")
    yield refused("one byte more than 20 MB", "mass.csv", lambda: b"a" * (20 * megabyte + 1), "too-large")


def _other_kinds() -> Iterator[Broken]:
    for what, content in (
        ("GIF", b"GIF89a\x01\x00\x01\x00\x80,;"),
        ("GIF without NUL", b"GIF87a" + b"\xff,\xe9;" * 30),
        ("JPEG", b"\xff\xd8\xff\xe0\0\x10JFIF\0"),
        ("TIFF", b"II*\0\x08\0\0\0"),
        ("icon", b"\0\0\x01\0\x01\0"),
        ("SVG picture", b'<svg xmlns="x"><text>a,b</text></svg>'),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03abc"),
        ("bzip2", b"BZh91AY&SY\xff\xff,\xe9"),
        ("xz", b"\xfd7zXZ\0\0\x04"),
        ("7-Zip", b"7z\xbc\xaf\x27\x1c\0\x04"),
        ("RAR", b"Rar!\x1a\x07\x01\0"),
        ("Zstandard", b"\x28\xb5\x2f\xfd\x04\0"),
        ("split zip", b"PK\x07\x08PK\x03\x04"),
        ("program of Windows", b"MZ\x90\0\x03\0\0\0"),
        ("class of Java", b"\xca\xfe\xba\xbe\0\0\x004"),
        ("module for browsers", b"\0asm\x01\0\0\0"),
        ("SQLite database", b"SQLite format 3\0\x10\0"),
        ("PostScript", b"%!PS-Adobe-3.0\n(a,b) show\n"),
        ("PDF behind blanks", b"\n\n%PDF-1.4\n"),
        ("RTF", b"{\\rtf1\\ansi item,quantity}"),
        ("HTML part", b"<div><table><tr><td>1</td></tr></table></div>"),
        ("HTML page behind a comment", b"<!-- x --><html></html>"),
        ("workbook of 2003 in XML", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>'),
        ("flat open document", b'<?xml version="1.0"?><office:document xmlns:office="x"/>'),
        ("web page in one file", b"MIME-Version: 1.0\nContent-Type: multipart/related\n"),
        ("business card", b"BEGIN:VCARD\nFN:x\nEND:VCARD\n"),
        ("calendar", b"BEGIN:VCALENDAR\nEND:VCALENDAR\n"),
        ("key", b"-----BEGIN CERTIFICATE-----\nMIIB\n"),
        ("JSON list", b'[{"item": "ORS", "quantity": 5}]'),
        ("JSON object", b'{"item": "ORS", "quantity": 5}'),
        ("SYLK table", b'ID;PWXL;N;E\r\nC;Y1;X1;K"item"\r\nC;X2;K"quantity"\r\nE\r\n'),
        ("DIF table", b'TABLE\r\n0,1\r\n"EXCEL"\r\nVECTORS\r\n0,2\r\n""\r\n'),
        ("old letter", ole("Root Entry", "WordDocument")),
        ("old set of slides", ole("Root Entry", "PowerPoint Document")),
        ("message of Outlook", ole("Root Entry", "__substg1.0_001A001F")),
    ):
        yield refused(f"a {what} for a table", "needs.csv", lambda c=content: c, "not-a-table")
    for what, content in (
        ("2", b"\x09\0\x04\0\x02\0\x10\0"),
        ("3", b"\x09\x02\x06\0\0\0\x10\0"),
        ("4", b"\x09\x04\x06\0\0\0\x10\0"),
        ("5", b"\x09\x08\x08\0\0\x05\x05\0"),
        ("97 in its container", ole("Root Entry", "Workbook", "SummaryInformation")),
    ):
        yield refused(f"a workbook of Excel {what}", "needs.xls", lambda c=content: c, "old-xls")
    for what, part in (
        ("a letter", "word/document.xml"),
        ("slides", "ppt/presentation.xml"),
        ("a binary workbook", "xl/workbook.bin"),
        ("a program of Java", "META-INF/MANIFEST.MF"),
        ("a book", "META-INF/container.xml"),
        ("a map", "doc.kml"),
        ("a table of Apple", "Index/Document.iwa"),
    ):
        yield refused(f"{what} in a zip", "needs.xlsx", lambda p=part: zipped({p: "<x/>"}), "not-a-table")


def _in_two_kinds() -> Iterator[Broken]:
    def book() -> bytes:
        return zipped(book_parts())

    for what, before in (
        ("a PDF", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"),
        ("a GIF", b"GIF89a\x01\0\x01\0\0\0\0;"),
        ("a JPEG", b"\xff\xd8\xff\xfe\0\x08"),
        ("a program", b"MZ\x90\0"),
        ("an RTF", b"{\\rtf1 "),
        ("a script", b"#!/bin/sh\nexit\n"),
        ("a text table", b"item,quantity\nORS,5\n"),
        ("a page", b"<html><!--"),
        ("an old workbook", ole("Root Entry", "Workbook")),
    ):
        yield refused(
            f"{what} that is a workbook as well",
            "both.xlsx",
            lambda b=before: b + book(),
            "not-a-table",
            "nul",
            "old-xls",
        )
    yield read("a workbook that is a script as well", "both.xlsx", lambda: book() + b"\n#!/bin/sh\n", *TABLE)
    yield refused(
        "a workbook that is a PDF as well",
        "both.xlsx",
        lambda: zipped({"%PDF-1.7": "x", **book_parts(), "a.pdf": b"%PDF-1.7\n%%EOF"})[:-22],
        "truncated",
    )
    yield refused(
        "a text that begins like a zip", "both.csv", lambda: b"PK\x03\x04,quantity\nORS,5\n", "truncated", "not-a-table"
    )
    yield refused(
        "a text that begins like an empty zip",
        "both.csv",
        lambda: b"PK\x05\x06,quantity\nORS,5\n",
        "truncated",
        "not-a-table",
    )
    yield read(
        "a text that begins with the letters of a zip",
        "both.csv",
        lambda: b"PK,quantity\nORS,5\n",
        (1, ("PK", "quantity")),
        ORS,
    )
    yield read("a text that begins with MZ", "both.csv", lambda: b"MZ,quantity\nORS,5\n", (1, ("MZ", "quantity")), ORS)
    yield read(
        "a text that begins with ID", "both.csv", lambda: b"ID;Product\n1;E\n", (1, ("ID", "Product")), (2, ("1", "E"))
    )
