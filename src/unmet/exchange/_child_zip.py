"""The parts of a workbook file, checked before anything reads them.

Every part is unpacked once and thrown away while counting, so that a size that was lied about is found by us and not
by a reader's memory.
"""

from __future__ import annotations

import copy
import errno
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from xml.parsers import expat

from unmet.exchange import _limits
from unmet.exchange._child_rows import Refuse

_CHUNK = 1 << 18
_SMALL_PART = 4 * 1024 * 1024
_DECLARED_ENCODING = re.compile(rb"^<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_HARMLESS_ENCODINGS = {b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252", b"cp1252"}
# Pictures may be SVG with a DOCTYPE; neither we nor the readers behind us open them.
# Power Query keeps its steps here, in two bytes a letter.
_FOREIGN = "customxml/"
_SHARED_TEXTS = "xl/sharedstrings.xml"
_PICTURES = ("xl/media/", "pictures/", "thumbnails/", "media/")
_XML_NAMES = (".xml", ".rels", ".vml", ".rdf")
_END = b"PK\x05\x06"
_END_BYTES = 22 + 0xFFFF  # the record and its longest comment
_UNICODE_PATH = 0x7075
_MARKED_UNREADABLE = 0x1 | 0x40 | 0x2000  # encrypted, strongly encrypted, encrypted list of parts


class Spare:
    """How many elements without a value the workbook may still have; one for all of its sheets."""

    def __init__(self) -> None:
        self.left = _limits.EMPTY_ELEMENTS

    def take(self, elements: int) -> None:
        """Use some up; a negative number gives some back.

        Raises:
            Refuse: too-large, when none is left.
        """
        self.left -= elements
        if self.left < 0:
            raise Refuse("too-large")


@contextmanager
def opened(path: str) -> Iterator[zipfile.ZipFile]:
    """The zip file, with what goes wrong in its reading turned into refusals."""
    try:
        with zipfile.ZipFile(path) as parts:
            yield parts
    except zipfile.BadZipFile as error:
        reason = str(error)
        if "CRC" in reason:
            raise Refuse("wrong-crc") from error
        raise Refuse("truncated" if "not a zip file" in reason else "damaged") from error
    except EOFError as error:
        raise Refuse("truncated") from error
    except OSError as error:
        # A place in the file that cannot be: before its beginning. Other failures of the disk are not the file's.
        if error.errno != errno.EINVAL:
            raise
        raise Refuse("damaged") from error
    except (zlib.error, NotImplementedError, RuntimeError, ValueError, KeyError, OverflowError) as error:
        raise Refuse("damaged") from error


def check_list(parts: zipfile.ZipFile) -> set[str]:
    """Check the list of parts before any is unpacked; returns their names.

    Raises:
        Refuse: encrypted, macros, too-large, damaged (a name that leaves its folder, a name twice, odd compression).
    """
    _check_end(parts)
    listed = parts.infolist()
    names = {part.filename for part in listed}
    if len(listed) > _limits.PARTS or sum(part.file_size for part in listed) > _limits.UNPACKED_BYTES:
        raise Refuse("too-large")
    # The reader behind us takes names that differ in letters or strokes only for the same part.
    if len({name.replace("\\", "/").lower() for name in names}) != len(listed):
        raise Refuse("damaged")
    for part in listed:
        name = part.orig_filename.replace("\\", "/")
        if part.flag_bits & _MARKED_UNREADABLE:
            raise Refuse("encrypted")
        if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/") or "\0" in name:
            raise Refuse("damaged")
        if _has_second_name(part.extra):
            raise Refuse("damaged")
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refuse("damaged")
        lower = name.lower()
        if lower.endswith("vbaproject.bin") or lower.startswith(("xl/macrosheets/", "basic/", "scripts/")):
            raise Refuse("macros")
    return names


def _check_end(parts: zipfile.ZipFile) -> None:
    """Refuse an archive whose end tells another list of parts than the one we were given: readers would differ."""
    file = parts.fp
    if file is None:
        raise ValueError("closed")
    file.seek(max(0, file.seek(0, 2) - _END_BYTES))
    tail = file.read()
    count, offset = struct.unpack_from("<H4xI", tail, tail.rfind(_END) + 10)
    if count not in (len(parts.infolist()), 0xFFFF) or offset not in (parts.start_dir, 0xFFFFFFFF):
        raise Refuse("damaged")


def _has_second_name(extra: bytes) -> bool:
    """Whether a part has a second name, in Unicode, by which some readers know it and others do not."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _UNICODE_PATH:
            return True
        at += 4 + size
    return False


def sweep(parts: zipfile.ZipFile, watchers: Mapping[str, Callable[[bytes], None]]) -> None:
    """Unpack every part once: count, check the checksum, look for DOCTYPE; `watchers` see their part go by."""
    unpacked = 0
    for part in parts.infolist():
        watch = watchers.get(part.filename)
        lower = part.filename.lower()
        watched_for_doctype = not lower.startswith(_PICTURES)
        tail, size, stretch = b"", 0, 0
        for chunk in _unpacked(parts, part):
            if not size and lower.endswith(_XML_NAMES) and not lower.startswith(_FOREIGN):
                _check_encoding(chunk)
            if lower == _SHARED_TEXTS:  # one text without end, which each of thousands of cells may name
                stretch = len(chunk) - chunk.rfind(b"<") - 1 if b"<" in chunk else stretch + len(chunk)
                if stretch > _limits.TAG_BYTES:
                    raise Refuse("too-large")
            size += len(chunk)
            unpacked += len(chunk)
            if unpacked > _limits.UNPACKED_BYTES:
                raise Refuse("too-large")
            if watched_for_doctype:
                seen = tail + (chunk.replace(b"\0", b"") if lower.startswith(_FOREIGN) else chunk)
                if b"!" in seen and (b"<!DOCTYPE" in seen or b"<!ENTITY" in seen):  # one sign is found far faster
                    raise Refuse("entities")
                tail = seen[-9:]
            if watch:
                watch(chunk)
        if size != part.file_size:
            raise Refuse("damaged")


def small_part(parts: zipfile.ZipFile, name: str) -> bytes:
    """A part that is small in every honest file, such as the list of sheets; b"" when it is missing."""
    if name not in parts.NameToInfo:
        return b""
    data = b""
    for chunk in _unpacked(parts, parts.getinfo(name)):
        data += chunk
        if len(data) > _SMALL_PART:
            raise Refuse("too-large")
    return data


def parse(source: bytes | Iterator[bytes], start: Callable[..., None], **handlers: Callable[..., None]) -> None:
    """Run expat over a part with namespaces joined to names by a blank, refusing a DOCTYPE.

    Raises:
        Refuse: entities, damaged.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    for name, handler in handlers.items():
        setattr(parser, name, handler)
    given = 0
    try:
        for chunk in (source,) if isinstance(source, bytes) else source:
            parser.Parse(chunk, False)
            given += len(chunk)
            if given - parser.CurrentByteIndex > _limits.TAG_BYTES and not isinstance(source, bytes):
                raise Refuse("damaged")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refuse("damaged") from error


def stream(parts: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """A part in pieces."""
    return _unpacked(parts, parts.getinfo(name))


def _unpacked(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    # With the declared size taken away, zipfile unpacks to the true end of the compressed data.
    honest = copy.copy(part)
    honest.file_size = 1 << 62
    with parts.open(honest) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _check_encoding(first: bytes) -> None:
    """Refuse XML in an alphabet in which the search for DOCTYPE would see nothing."""
    if first[:2] in (b"\xfe\xff", b"\xff\xfe") or b"\0" in first[:4]:
        raise Refuse("entities" if b"<!" in first.replace(b"\0", b"") else "damaged")
    declared = _DECLARED_ENCODING.match(first.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() not in _HARMLESS_ENCODINGS:
        raise Refuse("damaged")
    if first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"<", b""):
        raise Refuse("damaged")


def _refuse_doctype(*_: object) -> None:
    raise Refuse("entities")
