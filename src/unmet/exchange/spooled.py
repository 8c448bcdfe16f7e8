"""A table of any size as a file to send: written to the disk in pieces first, then sent, so that memory stays flat.

Nothing waits for a slow line with a cursor of the database open, the length is known before the first byte, and a
fault while writing is an error page instead of half a file.
"""

import gzip
import io
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Final, cast

from unmet.exchange import download
from unmet.exchange.download import Column, Value

TYPES: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
}
# Half of the time of the usual level for files a tenth larger.
_LEVEL: Final = 3


def spooled(
    form: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    *,
    title: str,
    language: str,
    notes: Mapping[str, str],
    packed: bool = False,
) -> IO[bytes]:
    """The rows as .csv, .xlsx or .json in an unnamed temporary file, at its beginning; whoever takes it closes it.

    `packed` writes it as gzip (`Content-Encoding: gzip`), so that its length is known then too; a workbook, which is
    packed already and is written with seeks, stays as it is.

    Raises:
        download.TooManyRows: see there; nothing is left on the disk.
    """
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller
    try:
        if packed and form != "xlsx":
            with gzip.GzipFile(fileobj=spool, mode="wb", compresslevel=_LEVEL, mtime=0) as packer:
                _write(cast(IO[bytes], packer), form, columns, rows, title=title, language=language, notes=notes)
        else:
            _write(spool, form, columns, rows, title=title, language=language, notes=notes)
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    return spool


def _write(
    to: IO[bytes],
    form: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    *,
    title: str,
    language: str,
    notes: Mapping[str, str],
) -> None:
    if form == "xlsx":
        download.write_xlsx(to, columns, rows, title=title, language=language, notes=notes)
        return
    wrapper = io.TextIOWrapper(to, encoding="utf-8", newline="", write_through=False)
    if form == "csv":
        download.write_csv(wrapper, columns, rows, notes=notes)
    else:
        download.write_json(wrapper, columns, rows, title=title, notes=notes)
    wrapper.detach()  # flushes; else the wrapper closes the file under it
