"""Start the child process that touches the file, and take its one answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

from unmet.exchange import _limits

_ANSWER_BYTES = 16 * 1024 * 1024


def run(task: str, path: Path, *fds: int) -> dict[str, Any]:
    """Run one task of `_child` on a file; `fds` are open files handed to it, in the order the task expects.

    A child that is killed (memory, processor time, abort) or answers nothing is the refusal "too-large": every way to
    get there is a file that costs more than we give to any file.
    """
    command = [sys.executable, "-I", "-m", "unmet.exchange._child", task, str(path.resolve()), *map(str, fds)]
    # The child needs no variable of ours; secrets stay out of a process that opens strangers' files.
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TMPDIR": tempfile.gettempdir()}
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL, env=environment, pass_fds=fds
        )
        try:
            child.wait(_limits.CHILD_WALL_SECONDS)
        except subprocess.TimeoutExpired:
            return {"refused": "too-large"}
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        text = os.pread(out.fileno(), _ANSWER_BYTES, 0)
    if child.returncode != 0:
        return {"refused": "too-large"}
    try:
        answer: dict[str, Any] = json.loads(text)
    except ValueError:  # an answer longer than we listen to
        return {"refused": "too-large"}
    return answer


def presentable(name: str) -> str:
    """A file name that may stand in a sentence: no control or direction characters, at most 100 characters."""
    clean = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    return clean if len(clean) <= 100 else clean[:99] + "…"
