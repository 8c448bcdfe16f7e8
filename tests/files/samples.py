"""Small files of every type, made here, and the same with something in them that should not be."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

PDF = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x11" * 40 + b"\xff\xd9"


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\x00\x00"))
    + _chunk(b"IEND", b"")
)
OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN = "application/vnd.oasis.opendocument"


def archive(parts: Mapping[str, bytes]) -> bytes:
    """A zip archive of these parts, in this order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def docx(more: Mapping[str, bytes] | None = None, *, types: bytes = b"") -> bytes:
    """A Word document, with more parts."""
    kinds = f'<Types><Override ContentType="{OFFICE}.wordprocessingml.document.main+xml"/>'.encode() + types
    return archive({"[Content_Types].xml": kinds + b"</Types>", "word/document.xml": b"<w:document/>", **(more or {})})


def xlsx() -> bytes:
    """An Excel workbook."""
    kinds = f'<Types><Override ContentType="{OFFICE}.spreadsheetml.sheet.main+xml"/></Types>'.encode()
    return archive({"[Content_Types].xml": kinds, "xl/workbook.xml": b"<workbook/>"})


def open_document(kind: str, more: Mapping[str, bytes] | None = None) -> bytes:
    """An OpenDocument text or table, with more parts."""
    return archive({"mimetype": f"{OPEN}.{kind}".encode(), "content.xml": b"<office/>", **(more or {})})


GOOD = {
    "pdf": PDF,
    "jpg": JPEG,
    "png": PNG,
    "docx": docx(),
    "xlsx": xlsx(),
    "odt": open_document("text"),
    "ods": open_document("spreadsheet"),
    "csv": b"item,quantity\nMASK,5\nGOWN,7\n",
    "txt": "Monsieur le Président,\nle Ministère a l’honneur…\n".encode(),
}


def encrypted(content: bytes) -> bytes:
    """The same archive with the mark of a password on its first entry."""
    at = content.index(b"PK\x01\x02")
    return content[: at + 8] + bytes([content[at + 8] | 1]) + content[at + 9 :]


def packed_pdf(inside: bytes) -> bytes:
    """A PDF that keeps objects compressed."""
    return PDF.replace(b"%%EOF", b"<< /Type /ObjStm >> stream\n" + zlib.compress(inside) + b"\nendstream\n%%EOF")


REFUSED = {
    "empty": ("empty", b""),
    "svg": ("markup", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'),
    "svg after a text": ("markup", b"A letter\n<svg onload=alert(1)>"),
    "html": ("markup", b"  <!DOCTYPE html><html></html>"),
    "html in UTF-16": ("markup", b"\xff\xfe" + "<html>".encode("utf-16-le")),
    "xml": ("markup", b"<letter>Sir</letter>"),
    "windows program": ("program", b"MZ\x90\x00\x03\x00"),
    "linux program": ("program", b"\x7fELF\x02\x01"),
    "shell script": ("program", b"#!/bin/sh\nrm -rf /\n"),
    "batch file": ("program", b"@echo off\r\nformat c:\r\n"),
    "old word": ("old_office", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100),
    "bytes of no type": ("unknown", bytes(range(32)) * 8),
    "rich text": ("unknown", b"{\\rtf1 letter}"),
    "gif": ("unknown", b"GIF89a"),
    "pdf cut off": ("broken", PDF[:30]),
    "pdf with a script": ("active", PDF.replace(b"/Type", b"/OpenAction << /S /JavaScript /JS (x) >> /Type")),
    "pdf with a hidden name": ("active", PDF.replace(b"/Type", b"/S /J#61vaScript /Type")),
    "pdf with a packed script": ("active", packed_pdf(b"5 0 << /S /JavaScript /JS (x) >>")),
    "pdf that starts a program": ("active", PDF.replace(b"/Type", b"/S /Launch /Type")),
    "pdf with a file inside": ("active", PDF.replace(b"/Type", b"/EmbeddedFiles << >> /Type")),
    "pdf bomb": ("too_much", packed_pdf(b"\x00" * 30_000_000)),
    "pdf and archive": ("two_things", PDF + archive({"a.txt": b"%%EOF"})),
    "jpeg cut off": ("broken", JPEG[:20]),
    "jpeg and archive": ("two_things", JPEG + archive({"a.txt": b"x"})),
    "jpeg and pdf": ("two_things", JPEG + PDF),
    "jpeg and page": ("two_things", JPEG.replace(b"\x11\x11", b"<script>", 1)),
    "png cut off": ("broken", PNG[:-6]),
    "png and more": ("two_things", PNG + b"MZ"),
    "word with macros": ("active", docx({"word/vbaProject.bin": b"x"})),
    "word that says it has macros": ("active", docx(types=b"vnd.ms-word.document.macroEnabled.main+xml")),
    "word with a program": ("active", docx({"word/embeddings/setup.exe": b"MZ"})),
    "word with an object": ("active", docx({"word/embeddings/oleObject1.bin": b"x"})),
    "word with a template from elsewhere": (
        "active",
        docx({"word/_rels/settings.xml.rels": b'<R Type="x/attachedTemplate" TargetMode="External"/>'}),
    ),
    "word and excel": ("two_things", docx(types=f"{OFFICE}.spreadsheetml.sheet.main+xml".encode())),
    "slides": ("unknown", archive({"[Content_Types].xml": b"presentationml.presentation.main+xml"})),
    "archive": ("unknown", archive({"letter.pdf": PDF})),
    "android program": ("active", archive({"AndroidManifest.xml": b"x", "classes.class": b"x"})),
    "two parts of one name": ("two_things", docx({"WORD/document.xml": b"x"})),
    "a way out": ("broken", docx({"../../etc/passwd": b"x"})),
    "locked word": ("locked", encrypted(docx())),
    "archive with a head": ("two_things", b"PK\x03\x04" + docx()),
    "archive with a tail": ("two_things", docx() + b"MZ"),
    "archive cut off": ("broken", docx()[:60]),
    "archive of too many": ("too_much", docx({f"word/{number}": b"" for number in range(5001)})),
    "open text with macros": ("active", open_document("text", {"Basic/Standard/Module1.xml": b"x"})),
    "open drawing": ("unknown", open_document("graphics")),
    "locked open text": ("locked", open_document("text", {"META-INF/manifest.xml": b"<m:encryption-data/>"})),
}  # fmt: skip
