"""`python tools/bench [--only a,b,c,d,e,f,paint] [--size tenth|full] [--engine …] [--json OUT]`: run, print, judge."""

import argparse
import importlib
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests import postgres

from tools.bench.measure import NotTheSame, Report, StepFailed
from tools.bench.scratch import POSTGRESQL, SQLITE, Scratch, folder_for

# Benchmark → (module, engines). Reading a workbook needs no database of ours; the pages are painted over SQLite.
BENCHMARKS = {
    "a": ("imports", (SQLITE, POSTGRESQL)), "b": ("load", (SQLITE, POSTGRESQL)), "c": ("cube", (SQLITE, POSTGRESQL)),
    "d": ("workbook", (SQLITE,)), "e": ("clients", (POSTGRESQL,)),
    "f": ("partner", (SQLITE, POSTGRESQL)), "paint": ("paint", (SQLITE,)),
}  # fmt: skip
OK, MISSED, WRONG = 0, 1, 2


def main(arguments: list[str]) -> int:
    """Run the benchmarks; 1 when a target was missed or something could not run, 2 when a result was wrong."""
    given = _parser().parse_args(arguments)
    chosen = given.only.split(",") if given.only else list(BENCHMARKS)
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        print(f"No such benchmark: {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return WRONG
    busy = f"load {os.getloadavg()[0]:.1f} before it began"
    print(f"{machine()}; {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; size {given.size}; {busy}", flush=True)
    reports: list[Report] = []
    failures: list[str] = []
    engines = [given.engine] if given.engine else [SQLITE, POSTGRESQL]
    with server(wanted=POSTGRESQL in engines and _uses_postgresql(chosen)) as url:
        for name in chosen:
            module, runs_on = BENCHMARKS[name]
            benchmark = importlib.import_module(f"tools.bench.{module}")
            for engine in runs_on:
                if engine not in engines:
                    continue
                if engine == POSTGRESQL and not url:
                    failures.append(f"({name}) on PostgreSQL was left out: it is not installed")
                    continue
                print(f"\n({name}) {benchmark.TITLE}{f', {engine}' if len(runs_on) > 1 else ''}", flush=True)
                started = time.monotonic()
                with folder_for(f"{name}-{engine}") as folder:
                    try:
                        reports.append(benchmark.run(Scratch(engine, folder, url), given.size))
                    except (NotTheSame, StepFailed) as wrong:
                        failures.append(f"({name}) {engine}: {type(wrong).__name__}: {wrong}")
                        print(f"  {failures[-1]}", flush=True)
                print(f"  [{time.monotonic() - started:.0f} s]", flush=True)
    return _judge(reports, failures, given.json, given.size)


def _judge(reports: list[Report], failures: list[str], out: Path | None, size: str) -> int:
    missed = [f"({report.benchmark}) {report.engine}: {floor.said}" for report in reports for floor in report.missed]
    if out:
        kept = [asdict(report) for report in reports]
        told = {
            "machine": machine(),
            "at": datetime.now(UTC).isoformat(),
            "size": size,
            "reports": kept,
            "missed": missed,
            "failures": failures,
        }
        out.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print()
    for line in [*failures, *missed]:
        print(line)
    if failures:
        return WRONG
    print("Every target was reached." if not missed else f"{len(missed)} missed.")
    return MISSED if missed else OK


def machine() -> str:
    """The class of this machine, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores {platform.machine()}, {memory:.0f} GiB, Python {platform.python_version()}"


def _uses_postgresql(chosen: list[str]) -> bool:
    return any(POSTGRESQL in BENCHMARKS[name][1] for name in chosen)


@contextmanager
def server(*, wanted: bool) -> Iterator[str]:
    """The address of a private PostgreSQL: the one that DATABASE_URL names, or our own; empty without one."""
    if not wanted or os.environ.get("DATABASE_URL"):
        yield os.environ.get("DATABASE_URL", "") if wanted else ""
        return
    try:
        cluster = postgres.cluster()
        url = cluster.__enter__()
    except FileNotFoundError as missing:
        print(f"Left out: PostgreSQL. Missing: {missing}")
        yield ""
        return
    try:
        yield url
    finally:
        cluster.__exit__(None, None, None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tools/bench", description="Measure speed beside the peer and the raw database."
    )
    parser.add_argument("--only", default="", metavar="a,b,c,d,e,f,paint", help="these benchmarks only")
    parser.add_argument("--size", choices=["tiny", "tenth", "full"], default="full", help="targets bind at full size")
    parser.add_argument("--engine", choices=[SQLITE, POSTGRESQL], help="on this engine only")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write everything measured to this file")
    return parser
