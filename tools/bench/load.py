"""Benchmark (b): public pages and small writes while a large table is imported, approved and released."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.bench.measure import ROOT, Floor, NotTheSame, Report, StepFailed, percentile, step
from tools.bench.scratch import Scratch

NAME = "b"
TITLE = "public pages and small writes while a table is imported, approved and released"
SIZES = {"full": (100, 1000, 8.0), "tenth": (100, 100, 5.0), "tiny": (4, 5, 1.0)}  # items, places, quiet seconds
READ_EVERY, WRITE_EVERY = 1.0, 0.5  # two readers, one writer
COMMANDS = (
    ("import", ("import", "needs", "{file}", "--round", "{round}", "--member", "{member}", "--as", "{focal}",
                "--json")),
    ("approve", ("approve", "--round", "{round}", "--member", "{member}", "--as", "{approver}", "--json")),
    ("release", ("release", "--member", "{member}", "--to", "everyone", "--as", "{approver}", "--json")),
)  # fmt: skip


Gate = Callable[..., None]


def run(scratch: Scratch, size: str) -> Report:
    """Measure on one engine."""
    with measured(scratch, size) as (report, gate):
        gate()
    return report


@contextmanager
def measured(scratch: Scratch, size: str) -> Iterator[tuple[Report, Gate]]:
    """What was measured, and the gate: it compares the database with what was written (`wrong` falsifies that).

    Raises:
        NotTheSame: a page or a small write failed meanwhile; by the gate: something is not there once.
    """
    items, places, quiet = SIZES[size]
    report = Report(NAME, scratch.engine)
    scratch.template("make_world", items=items, places=places, members=3)
    table, stop = scratch.folder / "needs.csv", scratch.folder / "stop"
    with scratch.copy() as environment:
        made = step("load_make", environment, path=str(table), items=items, places=places)
        with served(environment, scratch.folder / "server.log") as address, ThreadPoolExecutor(2) as others:
            given = {"stop": str(stop)}
            reading = others.submit(
                step, "load_read", environment, address=address, member="DZA", every=READ_EVERY, **given
            )
            writing = others.submit(step, "load_write", environment, every=WRITE_EVERY, **given)
            try:
                time.sleep(3 + quiet)  # both have started by then
                began = time.time()
                spans = [(name, *_command(name, words, environment, table)) for name, words in COMMANDS]
                ended = time.time()
                time.sleep(1)
            finally:
                stop.touch()
            read, written = reading.result(), writing.result()
        if errors := [*read["errors"], *written["errors"]]:
            raise NotTheSame(f"errors while importing: {errors}")
        _say(report, read, written, spans, (began, ended), binding=size == "full")
        report.figures = {"read": read, "written": written, "spans": spans}

        def gate(*, wrong: int = 0) -> None:
            step(
                "load_gate", environment, lines=items * places + wrong, shown=made["lines"],
                support=written["support"], returns=written["returns"],
            )  # fmt: skip

        yield report, gate


def _say(
    report: Report,
    read: dict[str, Any],
    written: dict[str, Any],
    spans: list[Any],
    during: tuple[float, float],
    *,
    binding: bool,
) -> None:
    for name, seconds, cpu, peak in spans:
        report.say(f"unmet {name}: {seconds:.1f} s, CPU {cpu:.1f} s, peak {peak:,.0f} MB")
    for title, told, most in (("public page", read, 0.5), ("small write", written, 2.0)):
        before = [wait for due, wait in told["taken"] if due < during[0]]
        while_ = [wait for due, wait in told["taken"] if during[0] <= due <= during[1]]
        if before:
            report.say(
                f"{title} before: p50 {percentile(before, 0.5):.3f} s, p95 {percentile(before, 0.95):.3f} s "
                f"of {len(before)}"
            )
        report.say(
            f"{title} while importing: p50 {percentile(while_, 0.5):.3f} s, p95 {percentile(while_, 0.95):.3f} s, "
            f"longest {max(while_):.3f} s of {len(while_)}, 0 errors"
        )
        report.floor(Floor(f"{title}, p95", percentile(while_, 0.95), most=most, unit=" s", binding=binding))


def _command(name: str, words: tuple[str, ...], environment: dict[str, str], table: Path) -> tuple[float, float, float]:
    """Run one command of ours; seconds, CPU seconds and peak MB of its process and its children."""
    said = {
        "file": str(table),
        "round": "bench-round",
        "member": "AFG",
        "focal": "focal.afg@example.org",
        "approver": "approver.afg@example.org",
    }
    unmet = str(Path(sys.executable).with_name("unmet"))
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(
            [unmet, *(word.format(**said) for word in words)],
            env=environment,
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(child.pid, 0)  # for what it alone has used
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        told = out.read()
    if child.returncode:
        raise StepFailed(f"unmet {name} ended with {child.returncode}: {told[-2000:]}")
    json.loads(told)
    return time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


@contextmanager
def served(environment: dict[str, str], log: Path) -> Iterator[str]:
    """The site, served by `unmet serve` on loopback; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    address = f"http://localhost:{port}"
    with log.open("w") as file:
        server = subprocess.Popen(
            [str(Path(sys.executable).with_name("unmet")), "serve", "--port", str(port)], env=environment, cwd=ROOT,
            stdout=file, stderr=file,
        )  # fmt: skip
    try:
        for _ in range(200):
            if server.poll() is not None:
                raise StepFailed(f"the site did not come up: {log.read_text()[-2000:]}")
            try:
                urllib.request.urlopen(address + "/en/", timeout=10).read()
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)
