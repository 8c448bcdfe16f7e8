"""A process that does nothing but read tables, one after the other, and says what each cost: for measuring memory.

`python -m tests.exchange.read_all < files.json`, where the input is a list of [path, filename] and the output one line
of JSON a file: {code, sentence, rows, count, seconds, memory, peak}, memory in kilobytes before the first and after
this file.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path
from typing import Any

import django
from django.conf import settings

SHOWN_ROWS = 20


def memory(what: str) -> int:
    """Kilobytes of this process: "VmRSS" now, "VmHWM" at most so far.

    Not getrusage: there a process begins with what its parent once had, which would hide everything.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1])
    raise LookupError(what)


def shown(cells: tuple[Any, ...]) -> list[str]:
    """The cells as text that tells their type, without blanks at the end."""
    filled = list(cells)
    while filled and filled[-1] is None:
        filled.pop()
    return [repr(cell) for cell in filled]


def answer(path: str, filename: str) -> dict[str, Any]:
    """What a person gets for the file."""
    from unmet.exchange import table

    code, sentence, rows, count = "", "", [], 0
    started = time.monotonic()
    try:
        for count, row in enumerate(table.read(Path(path), filename=filename).rows(), 1):
            if count <= SHOWN_ROWS:
                rows.append([row.number, shown(row.cells)])
    except table.FileRefused as refusal:
        code, sentence = refusal.code, refusal.sentence
    except Exception as error:
        code = f"!{type(error).__name__}: {error}"
    seconds = time.monotonic() - started
    return {"code": code, "sentence": sentence, "rows": rows, "count": count, "seconds": seconds}


def main() -> None:
    settings.configure(USE_I18N=False)
    django.setup()
    files = json.load(sys.stdin)
    before = {"memory": memory("VmRSS"), "peak": memory("VmHWM")}
    print(json.dumps(before))
    for path, filename in files:
        said = answer(path, filename)
        gc.collect()
        print(json.dumps({**said, "memory": memory("VmRSS"), "peak": memory("VmHWM")}), flush=True)


if __name__ == "__main__":
    main()
