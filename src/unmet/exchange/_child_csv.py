"""Read a text table: find its encoding and delimiter, and say which."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from unmet.exchange import _limits
from unmet.exchange._child_rows import Refuse, RowFile, cell_name, text

# In the order of trust when two split the table equally well: a comma may be a decimal comma or stand in a name.
_DELIMITERS = "\t;|,"
_SAMPLE_CHARACTERS = 64_000
_SAMPLE_ROWS = 100
_HIGH_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
_ASCII_LETTER = re.compile(rb"[A-Za-z]")
_UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MARKUP = re.compile(
    r"\s*(<\?xml|<!doctype|<html|<head|<table|<body|<div|<svg|<!--|%PDF|%!PS|\{\\rtf|[\[{]\s*[\[{\"]|\[\s*\]"
    r"|MIME-Version:|BEGIN:V|-----BEGIN )",
    re.IGNORECASE,
)
# Tables of other programs that are text as well, and would be read as rows of their own signs: SYLK and DIF.
_OTHER_TABLE = re.compile(r'ID;P[^\r\n]*[\r\n]+(?:[A-Z]{1,2};[^\r\n]*[\r\n]+)*+E\s*\Z|TABLE\s*\r?\n0,1\r?\n"')
# Pictures, archives, programs, databases; letters that no table of text begins with.
_BINARY = (
    b"%PDF", b"\x89PNG", b"GIF87a", b"GIF89a", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"\0\0\x01\0",
    b"\x1f\x8b", b"BZh91AY&SY", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!\x1a", b"PK\x07\x08", b"\x28\xb5\x2f\xfd",
    b"\x7fELF", b"MZ\x90", b"\xca\xfe\xba\xbe", b"SQLite format 3\0", b"\0asm",
)  # fmt: skip
_LINE_BREAK = re.compile(r"[\r\n]")
_END_OF_FILE = ["\x1e", "\x1e"]  # no text has these: see _NOT_TEXT; two cells, unless a quotation mark is open


@dataclass(frozen=True)
class Decoded:
    """The text of the file, the codec that read it, and whether we had to guess by its letters."""

    content: str
    encoding: str
    guessed: bool


def read(data: bytes, rows_file: RowFile) -> tuple[dict[str, Any], Decoded, str]:
    """Read the table; returns its only sheet, the decoded text's properties and the delimiter."""
    if data.startswith(_BINARY):
        raise Refuse("not-a-table")
    decoded = decode(data)
    content = decoded.content.removesuffix("\x1a")  # the end of a text in the files of DOS
    if _MARKUP.match(content[:1000]) or _OTHER_TABLE.match(content):
        raise Refuse("not-a-table")
    if unprintable := _NOT_TEXT.search(content):
        raise Refuse("nul" if unprintable[0] == "\0" else "not-a-table")
    delimiter, content = _stated_delimiter(content)
    delimiter = delimiter or find_delimiter(content)
    sheet = rows_file.write_sheet("", _rows(content, delimiter))
    return sheet, decoded, delimiter


def decode(data: bytes) -> Decoded:
    """Turn bytes into text: UTF-8, UTF-16 with its mark, else one of two Windows alphabets by the look of the words.

    Raises:
        Refuse: nul (binary, or UTF-16 without its mark), encoding (damaged UTF-8, or neither alphabet fits).
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") and data[:4] != b"\xff\xfe\0\0":
        try:
            return Decoded(data.decode("utf-16"), "utf-16", False)
        except UnicodeDecodeError as error:
            raise Refuse("encoding", line=data.count(b"\n", 0, error.start) + 1) from error
    if b"\0" in data:
        raise Refuse("nul")
    try:
        marked = data.startswith(b"\xef\xbb\xbf")
        return Decoded(data.decode("utf-8-sig"), "utf-8-sig" if marked else "utf-8", False)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    high = sum(byte > 0x7F for byte in data[:1_000_000])
    well_formed = sum(len(found[0]) for found in _UTF8_LETTER.finditer(data[:1_000_000]))
    # Arabic or accented text in a Windows alphabet almost never looks like UTF-8; then a few bytes were damaged.
    if well_formed > high * 0.6:
        raise Refuse("encoding", line=line)
    encoding = "cp1256" if _looks_arabic(data) else "cp1252"
    try:
        return Decoded(data.decode(encoding), encoding, True)
    except UnicodeDecodeError as error:
        raise Refuse("encoding", line=data.count(b"\n", 0, error.start) + 1) from error


def find_delimiter(content: str) -> str:
    """The delimiter that cuts most rows of the sample into the same number of cells as the first one, quotes honoured.

    >>> find_delimiter("item;quantity\\nORS;1,5\\nzinc;2,5\\n")
    ';'
    """
    sample = content[:_SAMPLE_CHARACTERS]
    best, best_score = ",", (0.0, False)
    for delimiter in _DELIMITERS:
        widths = _widths(sample, delimiter, whole=len(sample) == len(content))
        split = Counter(width for width in widths if width > 1)
        if not split:
            continue
        width, agreeing = split.most_common(1)[0]
        score = (agreeing / len(widths), widths[0] == width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(sample: str, delimiter: str, *, whole: bool) -> list[int]:
    widths = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if any(row):
                widths.append(len(row))
            if len(widths) == _SAMPLE_ROWS:
                return widths
    except csv.Error:
        pass
    # A sample that ends in the middle of a row says nothing about that row.
    return widths if whole or len(widths) < 2 else widths[:-1]


def _stated_delimiter(content: str) -> tuple[str, str]:
    """Excel's own first line `sep=;`, which no spreadsheet shows as a row."""
    first = re.match(r'"?sep=([,;|\t])"?\r?\n', content, re.IGNORECASE)
    return (first[1], content[first.end() :]) if first else ("", content)


def _rows(content: str, delimiter: str) -> Iterator[tuple[int, list[Any]]]:
    """The rows to the last that is not blank; a quotation mark that is never closed is found at the end."""
    csv.field_size_limit(_limits.CELL_CHARACTERS)
    last_line = _LINE_BREAK.search(content, len(content.rstrip()))
    filled = content[: last_line.start()] if last_line else content
    lines = chain(io.StringIO(filled, newline=""), (delimiter.join(_END_OF_FILE),))
    number = 0
    row: list[str] = []
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=delimiter, strict=False), 1):
            if not any(row):
                continue
            if row == _END_OF_FILE:
                return
            cells = [text(cell) for cell in row]
            while cells and cells[-1] is None:
                cells.pop()
            if len(cells) > _limits.COLUMNS:
                raise Refuse("too-many-columns", sheet="", cell=cell_name(number, _limits.COLUMNS))
            if cells and number > _limits.LAST_ROW:
                raise Refuse("too-many-rows", sheet="", row=number)
            yield number, cells
    except csv.Error as error:
        if '"' not in content:
            raise Refuse("cell-too-long", sheet="", cell=_longest_cell(content, delimiter, number + 1)) from error
        raise Refuse("open-quote", row=number + 1) from error
    raise Refuse("open-quote", row=number)


def _longest_cell(content: str, delimiter: str, row: int) -> str:
    """The name of the first cell that is too long, in a text without quotation marks."""
    found = re.search(rf"[^{re.escape(delimiter)}\r\n]{{{_limits.CELL_CHARACTERS + 1}}}", content)
    end = found.start() if found else 0
    line = max(content.rfind("\n", 0, end), content.rfind("\r", 0, end)) + 1
    return cell_name(row, content.count(delimiter, line, end))


def _looks_arabic(data: bytes) -> bool:
    """Arabic words are made of high bytes only; Latin words mix them with plain letters."""
    arabic = latin = 0
    for found in _HIGH_WORD.finditer(data[:1_000_000]):
        word = found[0]
        if word.isascii():
            continue
        if _ASCII_LETTER.search(word):
            latin += 1
        elif len(word) > 1:
            arabic += 1
    return arabic > latin
