"""A process that serves files and says how much it grew: `python -m tests.web.export_child DATABASE FORM…`.

It prints one JSON object: for each form the bytes sent, the length that was announced, the rows, and by how many
bytes the peak of its memory grew while it served the file.
"""

import gc
import gzip
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import IO, Any


def _status(name: str) -> int:
    """Bytes that the kernel counts for this process: VmRSS (now) or VmHWM (most so far)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


def begin() -> int:
    """Memory now; from here on the peak is counted anew. (`ru_maxrss` will not do: a child inherits its parent's.)"""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def rows_in(body: IO[bytes], form: str, packed: bool) -> int:
    """Rows of a file, counted in a file on the disk so that counting costs no memory of ours."""
    if form == "xlsx":
        import zipfile

        with zipfile.ZipFile(body) as book, book.open("xl/worksheets/sheet1.xml") as sheet:
            count, rest = 0, b""
            while piece := sheet.read(1 << 16):
                count += (rest + piece).count(b"<row ")
                rest = piece[-4:]
        return count - 1
    lines: Any = gzip.GzipFile(fileobj=body) if packed else body
    return sum(1 for _ in lines) - 1


def serve(form: str) -> dict[str, int]:
    """Ask for the list of needs as a browser would, and take it away piece by piece."""
    from django.core.handlers.wsgi import WSGIHandler

    told: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], *_more: Any) -> None:
        told.update(headers, status=status)

    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET", "PATH_INFO": f"/en/needs.{form}", "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "HTTP_HOST": "localhost", "wsgi.url_scheme": "http", "wsgi.input": sys.stdin.buffer,
        "wsgi.errors": sys.stderr, "HTTP_ACCEPT_ENCODING": "gzip",
    }  # fmt: skip
    before, sent = begin(), 0
    answer = WSGIHandler()(environ, start)  # type: ignore[arg-type]
    with tempfile.TemporaryFile() as body:
        for piece in answer:
            sent += body.write(piece)
        answer.close()  # type: ignore[attr-defined]
        grew = _status("VmHWM") - before
        assert told["status"] == "200 OK", told
        body.seek(0)
        rows = rows_in(body, form, told.get("Content-Encoding") == "gzip")
    return {"sent": sent, "length": int(told["Content-Length"]), "rows": rows, "grew": grew}


def main(database: str, forms: list[str]) -> None:
    """Serve each form once, after a first small page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unmet.config.settings")
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    import django

    django.setup()
    from django.test import Client

    settings.ALLOWED_HOSTS = ["*"]
    # Everything that a process loads with its first request is there before the measuring begins.
    for form in forms:
        Client().get(f"/en/items.{form}").close()
        Client().get(f"/en/needs.{form}?q=nothing-of-this-name").close()
    print(json.dumps({form: serve(form) for form in forms}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
