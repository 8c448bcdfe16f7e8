"""Workbooks whose archive is broken: every header field, every part, every place where a transfer may stop."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

from tests.exchange.broken import BOOK, PARTS, TABLE, TEXTS, Broken, book_parts, read, refused
from tests.exchange.make_files import SHEET, ods, ods_row, ods_text, zipped

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def whole() -> bytes:
    return zipped(book_parts())


def broken_zips() -> Iterator[Broken]:
    """Every broken archive, by a name that says where it is broken."""
    yield from _cut()
    yield from _header_fields()
    yield from _end_fields()
    yield from _each_part()
    yield from _names()
    yield from _nested()
    yield from _two_faced()
    yield from _large_archives()


# ── where a transfer may stop ────────────────────────────────────────────────
def _cut() -> Iterator[Broken]:
    data = whole()
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        starts = {part.filename: part.header_offset for part in file.infolist()}
        centre = file.start_dir
    places = {f"in the header of {name}": start + 15 for name, start in starts.items()}
    places |= {f"in the data of {name}": start + 30 + len(name) + 20 for name, start in starts.items()}
    places |= {
        "before the list of parts": centre,
        "in the first line of the list": centre + 23,
        "in the last line of the list": data.rfind(CENTRAL) + 23,
        "before the end record": data.rfind(END),
        "in the mark of the end record": data.rfind(END) + 2,
        "in the counts of the end record": data.rfind(END) + 9,
        "before the length of the comment": len(data) - 2,
    }
    for place, at in places.items():
        yield refused(f"cut {place}", "cut.xlsx", lambda at=at: whole()[:at], "truncated")


# ── fields that lie ──────────────────────────────────────────────────────────
def _at(data: bytes, signature: bytes, name: str) -> int:
    """Where the local or central header of a part begins."""
    at = data.find(signature)
    while at >= 0:
        length, where = (26, 30) if signature == LOCAL else (28, 46)
        size = struct.unpack_from("<H", data, at + length)[0]
        if data[at + where : at + where + size] == name.encode():
            return at
        at = data.find(signature, at + 4)
    raise LookupError(name)


def with_field(signature: bytes, offset: int, form: str, value: int, name: str = SHEET) -> bytes:
    data = bytearray(whole())
    at = data.rfind(END) if signature == END else _at(data, signature, name)
    struct.pack_into(form, data, at + offset, value)
    return bytes(data)


def _field(what: str, signature: bytes, offset: int, form: str, value: int, *codes: str) -> Broken:
    def make() -> bytes:
        return with_field(signature, offset, form, value)

    return refused(what, "field.xlsx", make, *codes) if codes else read(what, "field.xlsx", make, *TABLE)


def _header_fields() -> Iterator[Broken]:
    """Of the sheet: what nobody needs may be wrong, what says where and how the part is packed may not."""
    for what, offset, form, value, *codes in (
        ("mark", 0, "<I", 0x04034B51, "damaged"),
        ("version", 4, "<H", 99),
        ("flags", 6, "<H", 0xF000),
        ("method", 8, "<H", 97),
        ("time", 10, "<H", 0xFFFF),
        ("date", 12, "<H", 0xFFFF),
        ("checksum", 14, "<I", 1),
        ("packed size", 18, "<I", 1),
        ("size", 22, "<I", 1),
        ("length of the name", 26, "<H", 500, "damaged"),
        ("length of what follows the name", 28, "<H", 500, "damaged", "wrong-crc", "truncated"),
        ("first letter of the name", 30, "<B", 0x79, "damaged"),
    ):
        yield _field(f"local header, {what}", LOCAL, offset, form, value, *codes)
    for what, offset, form, value, *codes in (
        ("mark", 0, "<I", 0x02014B51, "damaged"),
        ("system", 4, "<H", 0xFFFF),
        ("version", 6, "<H", 99, "damaged"),
        ("flag of a patch", 8, "<H", 0x20, "damaged"),
        ("flag of strong encryption", 8, "<H", 0x40, "encrypted"),
        ("flag of an encrypted list", 8, "<H", 0x2000, "encrypted"),
        ("method", 10, "<H", 14, "damaged"),
        ("method of AES", 10, "<H", 99, "damaged", "encrypted"),
        ("date", 14, "<H", 0xFFFF),
        ("packed size, less", 20, "<I", 20, "damaged", "truncated", "wrong-crc"),
        ("packed size, more", 20, "<I", 90_000),
        ("size, none", 24, "<I", 0, "damaged"),
        ("size, more", 24, "<I", 90_000, "damaged"),
        ("length of the name", 28, "<H", 900, "damaged"),
        ("length of what follows the name", 30, "<H", 900, "damaged"),
        ("length of the comment", 32, "<H", 900, "damaged"),
        ("disk", 34, "<H", 7),
        ("kind of file: a link", 38, "<I", 0xA1FF0000),
        ("place, the beginning", 42, "<I", 0, "damaged"),
        ("place, beyond the end", 42, "<I", 0x7FFFFFFF, "damaged", "truncated"),
        ("place, in a part", 42, "<I", 60, "damaged"),
    ):
        yield _field(f"list of parts, {what}", CENTRAL, offset, form, value, *codes)


def _end_fields() -> Iterator[Broken]:
    for what, offset, form, value in (
        ("disk", 4, "<H", 1),
        ("disk of the list", 6, "<H", 1),
        ("parts on this disk, none", 8, "<H", 0),
        ("parts on this disk, more", 8, "<H", 9),
        ("parts, none", 10, "<H", 0),
        ("parts, one", 10, "<H", 1),
        ("parts, more", 10, "<H", 9000),
        ("size of the list, none", 12, "<I", 0),
        ("size of the list, less", 12, "<I", 100),
        ("size of the list, more", 12, "<I", 0x7FFFFFFF),
        ("place of the list, the beginning", 16, "<I", 0),
        ("place of the list, beyond the end", 16, "<I", 0x7FFFFFFF),
        ("place of the list, elsewhere", 16, "<I", 0xFFFFFFFF),
        ("length of the comment", 20, "<H", 500),
    ):
        yield _field(f"end record, {what}", END, offset, form, value, "damaged", "truncated")


# ── each part in turn ────────────────────────────────────────────────────────
def _twice(name: str, second: Callable[[str], str]) -> bytes:
    parts = list(book_parts().items())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for part, content in parts:
            file.writestr(part, content)
        file.writestr("~" * len(name), dict(parts)[name])
    return out.getvalue().replace(b"~" * len(name), second(name).encode())


def _each_part() -> Iterator[Broken]:
    for name in PARTS:

        def crc(name: str = name) -> bytes:
            data = whole()
            known = struct.unpack_from("<I", data, _at(data, CENTRAL, name) + 16)[0]
            return with_field(CENTRAL, 16, "<I", known ^ 0x10, name)

        yield refused(f"wrong checksum of {name}", "crc.xlsx", crc, "wrong-crc", "damaged")
        yield refused(
            f"encrypted: {name}", "secret.xlsx", lambda n=name: with_field(CENTRAL, 8, "<H", 1, n), "encrypted"
        )
        yield refused(
            f"unknown compression of {name}", "odd.xlsx", lambda n=name: with_field(CENTRAL, 10, "<H", 95, n), "damaged"
        )
        yield refused(f"twice: {name}", "twice.xlsx", lambda n=name: _twice(n, str), "damaged")
        yield refused(f"twice, in capitals: {name}", "twice.xlsx", lambda n=name: _twice(n, str.upper), "damaged")
    yield refused(
        "twice, with backslashes", "twice.xlsx", lambda: _twice(SHEET, lambda n: n.replace("/", "\\")), "damaged"
    )


def _names() -> Iterator[Broken]:
    def named(name: str) -> Callable[[], bytes]:
        return lambda: zipped({**book_parts(), name: "x"})

    for what, name in (
        ("above, behind a folder", "xl/../../x.xml"),
        ("above, with backslashes in the middle", "xl\\..\\..\\x.xml"),
        ("on another machine", "\\\\host\\share\\x.xml"),
        ("two dots alone", ".."),
    ):
        yield refused(f"a part named {what}", "name.xlsx", named(name), "damaged")
    yield refused(
        "a part with NUL in its name",
        "name.xlsx",
        lambda: zipped({**book_parts(), "xl/a~b.xml": "x"}).replace(b"xl/a~b.xml", b"xl/a\0b.xml"),
        "damaged",
    )
    for what, name in (
        ("with a mark of direction", "xl/\u202egpj.txt"),
        ("of 60,000 letters", "xl/" + "x" * 60_000),
        ("as a device", "xl/CON"),
        ("by controls", "xl/\x07\x1b[31m.txt"),
        ("by a blank", " "),
        ("as a folder", "xl/worksheets/"),
        ("by three dots", "xl/.../x.txt"),
        ("in Arabic", "xl/ملف.txt"),
    ):
        yield read(f"a part named {what}", "name.xlsx", named(name), *TABLE)


# ── archives in archives ─────────────────────────────────────────────────────
def _nested() -> Iterator[Broken]:
    def inside(depth: int) -> bytes:
        data = whole()
        for _ in range(depth):
            data = zipped({"inner.xlsx": data})
        return data

    for name in (BOOK, "xl/_rels/workbook.xml.rels", SHEET, TEXTS, "xl/styles.xml"):
        yield refused(
            f"a zip in the place of {name}",
            "nested.xlsx",
            lambda n=name: zipped(book_parts(**{n: whole()})),
            "damaged",
        )
    yield read("a zip beside the parts", "nested.xlsx", lambda: zipped({**book_parts(), "a.zip": whole()}), *TABLE)
    yield read("forty zips in each other", "nested.xlsx", lambda: zipped({**book_parts(), "a.zip": inside(40)}), *TABLE)
    yield refused("only a zip in a zip", "nested.xlsx", lambda: inside(1), "not-a-table")
    yield read(
        "a workbook in it that is not packed",
        "nested.xlsx",
        lambda: zipped({**book_parts(), "xl/embeddings/a.xlsx": whole()}, zipfile.ZIP_STORED),
        *TABLE,
    )


# ── archives that show two lists of parts ────────────────────────────────────
def _other() -> bytes:
    return zipped(book_parts('<row r="1"><c r="A1"><v>999</v></c></row>'))


def with_second_name(name: str, second: str) -> bytes:
    """A part known by a second name to readers that heed the Unicode path of Info-ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for part, content in {**book_parts(), "xl/worksheets/other.xml": "<worksheet/>"}.items():
            info = zipfile.ZipInfo(part)
            if part == name:
                encoded = second.encode()
                crc = zlib.crc32(part.encode())
                info.extra = struct.pack("<HHBI", 0x7075, 5 + len(encoded), 1, crc) + encoded
            file.writestr(info, content)
    return out.getvalue()


class _Pipe(io.RawIOBase):
    """Takes bytes and cannot go back: what is written to it states sizes after the parts."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, block: bytes) -> int:  # type: ignore[override]
        self.written += block
        return len(block)


def _streamed() -> bytes:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as file:  # type: ignore[call-overload]
        for name, content in book_parts().items():
            file.writestr(name, content)
    return bytes(pipe.written)


def _two_faced() -> Iterator[Broken]:
    def with_comment(comment: bytes) -> bytes:
        return whole()[:-2] + struct.pack("<H", len(comment)) + comment

    yield refused("one archive behind another", "two.xlsx", lambda: whole() + _other(), "damaged")
    yield refused("an archive in the comment of another", "two.xlsx", lambda: with_comment(_other()), "damaged")
    yield refused("an end record in the comment", "two.xlsx", lambda: with_comment(END + b"\0" * 18), "damaged")
    yield read("a comment", "comment.xlsx", lambda: with_comment(b"made by hand"), *TABLE)
    yield read("a line break behind the end", "more.xlsx", lambda: whole() + b"\r\n", *TABLE)
    yield read("a block of NULs behind the end", "more.xlsx", lambda: whole() + b"\0" * 512, *TABLE)
    yield refused("much behind the end", "more.xlsx", lambda: whole() + b"x" * 70_000, "truncated", "damaged")
    yield refused(
        "a second name for another part",
        "two.xlsx",
        lambda: with_second_name("xl/worksheets/other.xml", SHEET),
        "damaged",
    )
    yield refused("a second name for the sheet", "two.xlsx", lambda: with_second_name(SHEET, "xl/x.xml"), "damaged")
    yield read("sizes stated after the parts", "stream.xlsx", _streamed, *TABLE)
    yield refused(
        "two parts in one place",
        "overlap.xlsx",
        lambda: with_field(CENTRAL, 42, "<I", _at(whole(), LOCAL, BOOK)),
        "damaged",
    )


# ── archives that claim to be large ──────────────────────────────────────────
def _with_large_record(entries: int, place: int, *, record_at: int | None = None) -> bytes:
    """The end records of an archive beyond 4 GB in front of the plain one."""
    data = whole()
    at = data.rfind(END)
    size, start = struct.unpack_from("<II", data, at + 12)
    record = struct.pack(
        "<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, size, start if place < 0 else place
    )
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at if record_at is None else record_at, 1)
    end = bytearray(data[at:])
    struct.pack_into("<HHII", end, 8, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    return data[:at] + record + locator + bytes(end)


def _with_large_part(size: int) -> bytes:
    data = bytearray(whole())
    at = _at(bytes(data), CENTRAL, SHEET)
    struct.pack_into("<I", data, at + 24, 0xFFFFFFFF)
    struct.pack_into("<H", data, at + 30, 12)
    extra = struct.pack("<HHQ", 1, 8, size)
    behind = at + 46 + len(SHEET)
    data[behind:behind] = extra
    end = data.rfind(END)
    struct.pack_into("<I", data, end + 12, struct.unpack_from("<I", data, end + 12)[0] + len(extra))
    return bytes(data)


def _large_archives() -> Iterator[Broken]:
    count = len(PARTS)
    yield read("end records of a large archive", "64.xlsx", lambda: _with_large_record(count, -1), *TABLE)
    yield refused("a large archive of no parts", "64.xlsx", lambda: _with_large_record(2**63, 2**62), "damaged")
    yield refused("its list before the beginning", "64.xlsx", lambda: _with_large_record(count, 2**40), "damaged")
    yield refused(
        "its end record nowhere",
        "64.xlsx",
        lambda: _with_large_record(count, -1, record_at=2**40),
        "damaged",
        "truncated",
    )
    yield refused("a part of 8 exabytes", "64.xlsx", lambda: _with_large_part(2**63 - 1), "too-large", "damaged")
    yield refused("a part of 100 bytes, said large", "64.xlsx", lambda: _with_large_part(100), "damaged")
    yield refused("a document cut in its first part", "cut.ods", lambda: ods(ods_row(ods_text("x")))[:90], "truncated")
