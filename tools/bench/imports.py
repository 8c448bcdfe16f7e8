"""Benchmark (a): files submitted, approved and released, in table rows written per second."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.bench.measure import Floor, Report, Spread, interleaved, step
from tools.bench.scratch import SQLITE, Scratch

NAME = "a"
TITLE = "files of lines submitted, approved and released"
# files, items, places a member, lines of the peer, rounds
SIZES = {"full": (10, 100, 1000, 10_000, 3), "tenth": (10, 100, 100, 5_000, 3), "tiny": (2, 4, 5, 10, 2)}
RAW_FLOOR = {"sqlite": 0.4, "postgresql": 0.2}


def run(scratch: Scratch, size: str, **gate: int) -> Report:
    """Measure on one engine. `gate` falsifies the expectation: see `import_ours`."""
    files, items, places, peer_lines, rounds = SIZES[size]
    report = Report(NAME, scratch.engine)
    scratch.template("make_world", items=items, places=places, members=files)
    rows_folder = scratch.folder / "rows"
    rows_folder.mkdir(exist_ok=True)
    given = {"files": files, "items": items, "places": places, **gate}
    with scratch.copy() as environment:  # the first run also gives the rows that the others write
        first = step("import_ours", environment, **given)
        step("import_rows", environment, folder=str(rows_folder), files=files)

    told = interleaved(
        [
            ("ours", _fresh(scratch, "import_ours", **given)),
            ("raw", _fresh(scratch, "import_raw", folder=str(rows_folder), files=files, rows=first["rows"])),
            ("django-import-export", _fresh(scratch, "import_peer", folder=str(rows_folder), lines=peer_lines)),
        ],
        rounds=rounds,
    )
    told["ours"].append(first)
    _remove(rows_folder)
    _say(report, told, size, peer_lines)
    return report


def _fresh(scratch: Scratch, name: str, **given: Any) -> Callable[[], dict[str, Any]]:
    def in_a_copy() -> dict[str, Any]:
        with scratch.copy() as environment:
            return step(name, environment, **given)

    return in_a_copy


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def _say(report: Report, told: dict[str, list[dict[str, Any]]], size: str, peer_lines: int) -> None:
    raw_name = "raw executemany" if report.engine == SQLITE else "raw COPY"
    rates = {}
    for name, runs in told.items():
        rates[name] = Spread.of([run["rows"] / run["seconds"] for run in runs])
        shown = {"raw": raw_name, "django-import-export": f"django-import-export ({peer_lines:,} lines)"}.get(
            name, name
        )
        cpu, peak = Spread.of([run["cpu"] for run in runs]), max(run["peak_mb"] for run in runs)
        report.say(
            f"{shown}: {rates[name].said()} rows/s; {runs[0]['rows']:,} rows, "
            f"CPU {cpu.median:.1f} s, peak {peak:,.0f} MB"
        )
    ours = told["ours"]
    for phase in ("submit", "approve", "release"):
        report.say(f"{phase}: {Spread.of([s for run in ours for s in run['phases'][phase]]).said('.2f')} s a file")
    lock = Spread.of([seconds for run in ours for seconds in run["lock"]])
    report.say(f"lock of the books, longest of a file: {lock.most:.2f} s")
    rate = rates["ours"].median
    binding = size == "full"
    report.floor(
        Floor(
            "rows/s beside django-import-export",
            rate / rates["django-import-export"].median,
            least=15,
            unit="×",
            binding=binding,
        )
    )
    report.floor(
        Floor(
            f"share of {raw_name}",
            rate / rates["raw"].median,
            least=RAW_FLOOR[report.engine],
            unit="×",
            binding=binding,
        )
    )
    # The median of the longest of each run: one hiccup of a busy machine is not the product.
    longest = Spread.of([max(run["lock"]) for run in ours])
    report.floor(Floor("lock of the books for a file", longest.median, most=2, unit=" s", binding=binding))
    report.figures = {name: {"rows_per_second": vars(rates[name]), "runs": runs} for name, runs in told.items()}
