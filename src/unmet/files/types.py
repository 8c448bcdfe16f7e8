"""What a file is, by its content. Its name is only a name.

Nine types are known. Whatever could act on the reader's machine is refused: macros, scripts in a PDF, markup,
programs, and files that are two things at once (a picture with an archive behind it), as far as that can be told.
"""

import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_OPEN: Final = "application/vnd.oasis.opendocument"


@dataclass(frozen=True, slots=True)
class FileType:
    """One type: its code, which is also the ending of its name, and what a browser is told."""

    code: str
    media: str


PDF: Final = FileType("pdf", "application/pdf")
JPEG: Final = FileType("jpg", "image/jpeg")
PNG: Final = FileType("png", "image/png")
DOCX: Final = FileType("docx", f"{_OFFICE}.wordprocessingml.document")
XLSX: Final = FileType("xlsx", f"{_OFFICE}.spreadsheetml.sheet")
ODT: Final = FileType("odt", f"{_OPEN}.text")
ODS: Final = FileType("ods", f"{_OPEN}.spreadsheet")
CSV: Final = FileType("csv", "text/csv; charset=utf-8")
TXT: Final = FileType("txt", "text/plain; charset=utf-8")
TYPES: Final = {one.code: one for one in (PDF, JPEG, PNG, DOCX, XLSX, ODT, ODS, CSV, TXT)}


class TypeRefused(Exception):
    """The file is not one that may be attached; `reason` says why.

    `empty`, `unknown` (none of the types), `markup` (SVG, HTML, XML), `program`, `old_office` (.doc, .xls),
    `active` (macros, scripts or programs inside), `two_things` (something else lies inside or behind it), `broken`,
    `locked` (needs a password), `too_much` (unpacks to more than is read).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def tell(path: Path) -> FileType:
    """The type of a file, by its content.

    Raises:
        TypeRefused: see there.
    """
    content = path.read_bytes()  # the size was limited when it came
    if not content:
        raise TypeRefused("empty")
    for beginning, check in _BEGINNINGS:
        if content.startswith(beginning):
            return check(content, path)
    return _text(content)


# ── by their beginnings ──────────────────────────────────────────────────────
_ARCHIVE_ENDS: Final = b"PK\x05\x06"
_IN_A_PICTURE: Final = re.compile(rb"%PDF-|<script|<html|<svg|<!doctype|<\?php", re.IGNORECASE)
# Names that make a PDF do something when it is opened, or carry files. `#xx` may write any letter of a name. What
# follows a name is looked at too, so that packed pictures do not hold one by chance.
_ACTIVE_NAMES: Final = frozenset(
    {b"JavaScript", b"Launch", b"EmbeddedFile", b"EmbeddedFiles", b"RichMedia", b"XFA", b"ImportData"}
)
_PDF_NAME: Final = re.compile(rb"/((?:[A-Za-z]|#[0-9A-Fa-f]{2})+)(?=[\s/\[(<>\]])")
_STREAM: Final = re.compile(rb"stream\r?\n")
_UNPACKED_AT_MOST: Final = 20_000_000
_OBJECT_STREAM: Final = re.compile(rb"/ObjStm\b")


def _archive_behind(content: bytes) -> bool:
    """Whether a list of contents of a zip archive ends the file: it opens as an archive too, whatever comes first."""
    at = content.rfind(_ARCHIVE_ENDS, max(len(content) - 65_557, 0))
    return at >= 0 and at + 22 <= len(content) and at + 22 + _word(content, at + 20) == len(content)


def _word(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 2], "little")


def _pdf(content: bytes, _path: Path) -> FileType:
    if b"%%EOF" not in content[-2048:]:
        raise TypeRefused("broken")
    if _archive_behind(content) or re.search(rb"<script|<\?php", content, re.IGNORECASE):
        raise TypeRefused("two_things")
    if _acts(content) or any(_acts(packed) for packed in _packed_objects(content)):
        raise TypeRefused("active")
    return PDF


def _acts(content: bytes) -> bool:
    """Whether one of the names is used."""
    return any(
        re.sub(rb"#([0-9A-Fa-f]{2})", lambda code: bytes([int(code[1], 16)]), found[1]) in _ACTIVE_NAMES
        for found in _PDF_NAME.finditer(content)
    )


def _packed_objects(content: bytes) -> list[bytes]:
    """Objects that a PDF keeps compressed: names hide there."""
    unpacked, left = [], _UNPACKED_AT_MOST
    for found in _OBJECT_STREAM.finditer(content):
        begins = _STREAM.search(content, found.end())
        if begins is None:
            continue
        reader = zlib.decompressobj()
        try:
            objects = reader.decompress(content[begins.end() :], left)
        except zlib.error:
            continue
        if reader.unconsumed_tail and len(objects) == left:
            raise TypeRefused("too_much")
        left -= len(objects)
        unpacked.append(objects)
    return unpacked


def _jpeg(content: bytes, _path: Path) -> FileType:
    if b"\xff\xd9" not in content:
        raise TypeRefused("broken")
    if _archive_behind(content) or _IN_A_PICTURE.search(content):
        raise TypeRefused("two_things")
    return JPEG


def _png(content: bytes, _path: Path) -> FileType:
    at = 8
    while at + 12 <= len(content):
        length, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        at += 12 + length
        if kind == b"IEND":
            if at != len(content) or _IN_A_PICTURE.search(content):
                raise TypeRefused("two_things")
            return PNG
    raise TypeRefused("broken")


def _program(_content: bytes, _path: Path) -> FileType:
    raise TypeRefused("program")


def _perhaps_program(content: bytes, _path: Path) -> FileType:
    """A program of Windows, or a text that begins with the two letters (the code of a country)."""
    if b"\x00" in content[:1024]:
        raise TypeRefused("program")
    return _text(content)


def _old_office(_content: bytes, _path: Path) -> FileType:
    raise TypeRefused("old_office")


def _no_type(_content: bytes, _path: Path) -> FileType:
    raise TypeRefused("unknown")


# ── archives: documents and tables of two families ───────────────────────────
_ENTRIES_AT_MOST: Final = 5_000
_CONTENTS_AT_MOST: Final = 1_000_000  # bytes of the list of contents; each entry of it becomes an object in memory
_ALL_AT_MOST: Final = 300_000_000
_READ_AT_MOST: Final = 1_000_000
_ACTING: Final = re.compile(
    r"(^|/)(vbaproject\.bin|vbadata\.xml|activex/|macrosheets/|dialogsheets/|customui/|basic/|scripts/|oleobject\d*\.bin)"
    r"|\.(exe|dll|scr|com|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|jar|class|msi|lnk|html?|xhtml|php|py|sh|bin)$",
    re.IGNORECASE,
)
# Office writes the settings of a printer as .bin; nothing runs them.
_HARMLESS: Final = re.compile(r"(^|/)printersettings\d*\.bin$", re.IGNORECASE)
_MAIN: Final = {
    b"wordprocessingml.document.main+xml": DOCX,
    b"spreadsheetml.sheet.main+xml": XLSX,
}
_MIME: Final = {ODT.media.encode(): ODT, ODS.media.encode(): ODS}


def _archive(content: bytes, path: Path) -> FileType:
    _require_one_archive(content)
    try:
        with zipfile.ZipFile(path) as archive:
            return _document(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error, ValueError, UnicodeError, RuntimeError):
        raise TypeRefused("broken") from None


def _require_one_archive(content: bytes) -> None:
    """The list of contents ends the file, begins where it says, and is small enough to be read into memory."""
    if not _archive_behind(content):
        raise TypeRefused("two_things" if _ARCHIVE_ENDS in content[-65_557:] else "broken")
    at = content.rfind(_ARCHIVE_ENDS)
    size, begins = (int.from_bytes(content[at + skip : at + skip + 4], "little") for skip in (12, 16))
    if size > _CONTENTS_AT_MOST:
        raise TypeRefused("too_much")
    if begins + size != at:
        raise TypeRefused("two_things")


def _document(archive: zipfile.ZipFile) -> FileType:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > _ENTRIES_AT_MOST or sum(entry.file_size for entry in entries) > _ALL_AT_MOST:
        raise TypeRefused("too_much")
    if len({name.casefold() for name in names}) != len(names):
        raise TypeRefused("two_things")
    if any(entry.flag_bits & 1 for entry in entries) or {"EncryptedPackage", "EncryptionInfo"} & set(names):
        raise TypeRefused("locked")
    if any(name.startswith("/") or ".." in name.split("/") or "\\" in name for name in names):
        raise TypeRefused("broken")
    if any(_ACTING.search(name) and not _HARMLESS.search(name) for name in names):
        raise TypeRefused("active")
    if "[Content_Types].xml" in names:
        return _office(archive, names)
    if names[:1] == ["mimetype"]:
        return _open_document(archive, names)
    raise TypeRefused("unknown")


def _office(archive: zipfile.ZipFile, names: list[str]) -> FileType:
    kinds = _read(archive, "[Content_Types].xml")
    if b"macroenabled" in kinds.lower() or b"vbaproject" in kinds.lower():
        raise TypeRefused("active")
    for relations in ("word/_rels/settings.xml.rels", "word/_rels/document.xml.rels"):
        # A document that fetches its template from elsewhere brings the template's macros with it.
        if relations in names and re.search(
            rb"<[^>]*(attachedTemplate|oleObject|frame)\"[^>]*External", _read(archive, relations), re.IGNORECASE
        ):
            raise TypeRefused("active")
    found = [kind for main, kind in _MAIN.items() if main in kinds]
    if len(found) != 1:
        raise TypeRefused("unknown" if not found else "two_things")
    return found[0]


def _open_document(archive: zipfile.ZipFile, names: list[str]) -> FileType:
    kind = _MIME.get(_read(archive, "mimetype").strip())
    if kind is None or "content.xml" not in names:
        raise TypeRefused("unknown")
    if "META-INF/manifest.xml" in names and b"encryption-data" in _read(archive, "META-INF/manifest.xml"):
        raise TypeRefused("locked")
    return kind


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        read = part.read(_READ_AT_MOST + 1)
    if len(read) > _READ_AT_MOST:
        raise TypeRefused("too_much")
    return read


# ── text ─────────────────────────────────────────────────────────────────────
_MARKUP: Final = re.compile(
    r"<\s*(!doctype|html|head|body|svg|script|iframe|object|embed|meta|link|style|img|\?xml|\?php|xsl:)", re.IGNORECASE
)
_NOT_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def _text(content: bytes) -> FileType:
    text = _decoded(content)
    if _NOT_TEXT.search(text):
        raise TypeRefused("unknown")
    if _MARKUP.search(text):
        raise TypeRefused("markup")
    begins = text.lstrip()[:20].lower()
    if begins.startswith(("#!", "@echo")):
        raise TypeRefused("program")
    if begins.startswith(("{\\rtf", "%!ps", "<")):
        raise TypeRefused("markup" if begins.startswith("<") else "unknown")
    return CSV if _in_columns(text) else TXT


def _decoded(content: bytes) -> str:
    coding = next((coding for mark, coding in _MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(coding)
    except UnicodeDecodeError:
        if coding != "utf-8":
            raise TypeRefused("unknown") from None
    # Old Windows tables: each byte is a letter, so only what no letter has tells text from anything else.
    return content.decode("latin-1")


def _in_columns(text: str) -> bool:
    """Whether the first lines all have the same number of commas, semicolons or tabs, and some."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    return len(lines) > 1 and any(
        lines[0].count(mark) > 0 and all(line.count(mark) == lines[0].count(mark) for line in lines)
        for mark in (",", ";", "\t")
    )


_BEGINNINGS: Final[tuple[tuple[bytes, Callable[[bytes, Path], FileType]], ...]] = (
    (b"%PDF-", _pdf),
    (b"\xff\xd8\xff", _jpeg),
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"PK\x03\x04", _archive),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _old_office),
    (b"MZ", _perhaps_program),
    (b"\x7fELF", _program),
    (b"\xca\xfe\xba\xbe", _program),
    (b"\xcf\xfa\xed\xfe", _program),
    (b"#!", _program),
    (b"GIF8", _no_type),
    (b"Rar!", _no_type),
    (b"7z\xbc\xaf", _no_type),
    (b"\x1f\x8b", _no_type),
)
