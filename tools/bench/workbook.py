"""Benchmark (d): a workbook of ten columns read and checked, beside python-calamine alone."""

from tools.bench.measure import Floor, NotTheSame, Report, Spread, interleaved, step
from tools.bench.scratch import Scratch

NAME = "d"
TITLE = "a workbook read and checked"
SIZES = {"full": (100, 1000, 4), "tenth": (100, 100, 4), "tiny": (4, 5, 2)}  # items, places, rounds


def run(scratch: Scratch, size: str, **gate: int) -> Report:
    """Measure. `gate` falsifies the expectation: see `workbook_ours`."""
    items, places, rounds = SIZES[size]
    report = Report(NAME, scratch.engine)
    scratch.template("make_world", items=items, places=places, members=1)
    path = str(scratch.folder / "needs.xlsx")
    with scratch.copy() as environment:
        made = step("workbook_make", environment, path=path, items=items, places=places)
        rows = made["rows"]
        told = interleaved(
            [
                ("ours", lambda: step("workbook_ours", environment, path=path, rows=rows, **gate)),
                ("python-calamine", lambda: step("workbook_raw", environment, path=path, rows=rows)),
            ],
            rounds=rounds,
        )
    if len({run["quantity"] for runs in told.values() for run in runs}) != 1:
        raise NotTheSame("the quantities of both sides differ")
    report.say(f"{rows:,} rows, 10 columns, {made['bytes'] / 1e6:.1f} MB; the quantities of both sides are the same")
    spreads = {name: Spread.of([run["seconds"] for run in runs]) for name, runs in told.items()}
    for name, runs in told.items():
        cpu = Spread.of([run["cpu"] for run in runs])
        peak = max(run["peak_mb"] for run in runs)
        report.say(
            f"{name}: {spreads[name].said('.2f')} s, {rows / spreads[name].median:,.0f} rows/s; "
            f"CPU {cpu.median:.1f} s, peak {peak:,.0f} MB"
        )
    report.say(f"of ours, the child reads in {Spread.of([run['read'] for run in told['ours']]).said('.2f')} s")
    binding = size == "full"
    ratio = spreads["ours"].median / spreads["python-calamine"].median
    report.floor(Floor("read and checked beside python-calamine alone", ratio, most=4, unit="×", binding=binding))
    child = max(run["child_mb"] for run in told["ours"])
    report.floor(Floor("memory of the reading child", child, most=300, unit=" MB", binding=binding))
    report.figures = told
    return report
