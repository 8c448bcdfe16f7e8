"""The person's own workbook given back with the faulty cells coloured and explained, and a list of them in front."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import get_language, get_language_info, gettext

from unmet.exchange import _limits, _process
from unmet.exchange.table import FileRefused, Kind


@dataclass(frozen=True, slots=True)
class MarkedCell:
    """One fault at one cell: 1-based `row` and 0-based `column` as in `table.Row`; no column means the whole row."""

    sheet: str
    row: int
    column: int | None
    value: str
    sentence: str
    remedy: str


def mark(path: Path, *, kind: Kind, faults: Sequence[MarkedCell], title: str) -> bytes:
    """An .xlsx of the same file with the cells of `faults` marked, in the active language.

    A workbook keeps its sheets, formulas, formats and validations; a text table or .ods is written anew from its
    rows, and the list says so. The list's name begins with a mark by which the next import passes over it.

    Raises:
        FileRefused: the file cannot be opened within our limits.
    """
    language = get_language() or "en"
    sheet = gettext("To correct")
    job = {
        "keep": kind == "xlsx",
        "right_to_left": get_language_info(language)["bidi"],
        "sheet": f"{_limits.OUR_SHEET_MARK} {sheet}",
        "title": str(title),
        "told": gettext("Correct the coloured cells in your table and send the file again. This sheet is not read."),
        "told_rebuilt": gettext(
            "This workbook was made anew from the rows of your file; its colours, formulas and other formats are not "
            "in it. You can correct it here and send it, or correct your own file."
        ),
        "told_many": gettext("So many cells are faulty that only the first %(count)s have a comment; all are coloured.")
        % {"count": _limits.COMMENTS},
        "headings": [gettext("Sheet"), gettext("Cell"), gettext("As typed"), gettext("Reason"), gettext("What to do")],
        "author": gettext("Unmet: to correct"),
        "faults": [asdict(fault) for fault in faults],
    }
    answer, content = _run(path, job)
    if answer.get("refused") == "too-large" and kind == "xlsx":
        # Keeping a workbook as it is takes five times the memory and time of writing its rows anew.
        answer, content = _run(path, job | {"keep": False})
    if "refused" in answer:
        raise FileRefused(answer["refused"], filename=_process.presentable(path.name), **answer.get("args", {}))
    return content


def _run(path: Path, job: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The answer of the child and the workbook it wrote."""
    with tempfile.TemporaryFile() as job_file, tempfile.TemporaryFile() as out_file:
        job_file.write(json.dumps(job, default=str).encode())
        job_file.flush()
        answer = _process.run("mark", path, job_file.fileno(), out_file.fileno())
        return answer, os.pread(out_file.fileno(), answer.get("bytes", 0), 0)
