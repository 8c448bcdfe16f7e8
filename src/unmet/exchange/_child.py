"""The process that opens files of strangers: `python -I -m unmet.exchange._child read PATH ROWS_FD`.

It limits itself before it opens anything, imports no Django, gets no environment and no input, writes rows to the file
it was handed and one JSON answer to its output. Whatever goes wrong inside is either a refusal or the death of this
process, which the parent understands as "too large".
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import zipfile
from pathlib import Path
from typing import Any

from unmet.exchange import _limits

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_OLD_WORKBOOK_STREAMS = tuple(f"{name}\0".encode("utf-16-le") for name in ("Workbook", "Book"))
_BARE_OLD_WORKBOOK = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08")  # Excel 2, 3, 4, 5
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def main(arguments: list[str]) -> int:
    limit()
    gc.disable()  # nothing here refers to itself, and the process ends with the file
    task, path, *fds = arguments
    from unmet.exchange._child_rows import Refuse  # after the limits, like everything that could use memory

    try:
        if task == "read":
            answer = read(path, int(fds[0]))
        elif task == "mark":
            from unmet.exchange._child_mark import mark

            answer = mark(path, int(fds[0]), int(fds[1]))
        else:
            raise ValueError(task)
    except Refuse as refusal:
        answer = {"refused": refusal.code, "args": refusal.details}
    except (MemoryError, OSError):  # OSError: the output outgrew its limit
        answer = {"refused": "too-large"}
    except BaseException as error:  # a panic of the Rust reader is a BaseException
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        answer = {"refused": "damaged"}
    sys.stdout.write(json.dumps(answer))
    return 0


def limit() -> None:
    """Bound memory, processor time, written bytes and open files of this process for good."""
    for what, most in (
        (resource.RLIMIT_AS, _limits.CHILD_MEMORY_BYTES),
        (resource.RLIMIT_CPU, _limits.CHILD_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, _limits.CHILD_OUTPUT_BYTES),
        (resource.RLIMIT_NOFILE, _limits.CHILD_OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def read(path: str, rows_fd: int) -> dict[str, Any]:
    """Read a file of any kind, found from its content, into the rows file.

    Raises:
        Refuse: see `_refusals.SENTENCES`.
    """
    from unmet.exchange._child_rows import Refuse, RowFile

    with Path(path).open("rb") as file:
        head = file.read(8)
    if not head:
        raise Refuse("empty")
    rows_file = RowFile(rows_fd)
    try:
        if head[:4] in _ZIP:
            return _read_workbook(path, rows_file)
        if head.startswith(_OLE):
            raise Refuse(_kind_of_ole(Path(path).read_bytes()))
        if head.startswith(_BARE_OLD_WORKBOOK):
            raise Refuse("old-xls")
        return _read_text(path, rows_file)
    finally:
        rows_file.close()


def _kind_of_ole(container: bytes) -> str:
    """Letters, slides and messages of before 2007 come in the same container as workbooks."""
    if _ENCRYPTED_STREAM in container:
        return "encrypted"
    return "old-xls" if any(name in container for name in _OLD_WORKBOOK_STREAMS) else "not-a-table"


def _read_workbook(path: str, rows_file: Any) -> dict[str, Any]:
    from unmet.exchange import _child_ods, _child_xlsx
    from unmet.exchange._child_rows import Refuse
    from unmet.exchange._child_zip import check_list, opened

    with opened(path) as parts:
        names = check_list(parts)
        is_ods = "content.xml" in names and _is_spreadsheet_document(parts)
        is_xlsx = "xl/workbook.xml" in names
        if is_ods == is_xlsx:
            # Both would be a file that shows one table to us and another to the next reader.
            raise Refuse("damaged" if is_ods else "not-a-table")
        reader = _child_xlsx.read if is_xlsx else _child_ods.read
        written, sheets = reader(parts, path, rows_file)
    return {
        "kind": "xlsx" if is_xlsx else "ods",
        "encoding": None,
        "delimiter": None,
        "sheets": written,
        "default": _default(written, sheets),
        "notes": _notes(sheets),
    }


def _is_spreadsheet_document(parts: zipfile.ZipFile) -> bool:
    from unmet.exchange._child_zip import small_part

    return small_part(parts, "mimetype").startswith(_ODS)


def _default(written: list[dict[str, Any]], sheets: list[Any]) -> int:
    """The index in `written` of the sheet that is meant when none is named: the first visible one with a filled cell.

    A sheet that we ourselves added to a marked workbook is passed over; hidden ones come last.

    Raises:
        Refuse: the refusal of that very sheet, or empty.
    """
    from unmet.exchange._child_rows import Refuse

    index_of = {}
    position = 0
    for sheet in sheets:
        if not sheet.refusal:
            index_of[id(sheet)] = position
            position += 1
    wanted = [s for s in sheets if s.visible and not s.name.startswith(_limits.OUR_SHEET_MARK)]
    for sheet in [*wanted, *(s for s in sheets if s not in wanted)]:
        if sheet.refusal:
            raise sheet.refusal
        if written[index_of[id(sheet)]]["rows"]:
            return index_of[id(sheet)]
    raise Refuse("empty")


def _notes(sheets: list[Any]) -> list[dict[str, Any]]:
    notes = []
    for sheet in sheets:
        if sheet.refusal:
            notes.append({"code": "sheet-left-out", "sheet": sheet.name, "cell": ""})
        notes += [{"code": "formula-without-value", "sheet": sheet.name, "cell": cell} for cell in sheet.unvalued]
    return notes[: _limits.NOTES]


def _read_text(path: str, rows_file: Any) -> dict[str, Any]:
    from unmet.exchange import _child_csv
    from unmet.exchange._child_rows import Refuse

    sheet, decoded, delimiter = _child_csv.read(Path(path).read_bytes(), rows_file)
    if not sheet["rows"]:
        raise Refuse("empty")
    guess = {"code": "encoding-guessed", "sheet": "", "cell": "", "args": {"encoding": decoded.encoding}}
    return {
        "kind": "csv",
        "encoding": decoded.encoding,
        "delimiter": delimiter,
        "sheets": [sheet],
        "default": 0,
        "notes": [guess] if decoded.guessed else [],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
