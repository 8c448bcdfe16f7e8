"""Benchmark (f): the pages of a named partner over 100,000 needs and a million entries: biggest gaps, a member."""

import statistics
from typing import Any

from tools.bench.measure import Floor, Report, Spread, interleaved, step
from tools.bench.scratch import Scratch

NAME = "f"
TITLE = "what a named partner may see: biggest gaps, and the lines of a member"
# members, items, places, entries an account, rounds of the measurement
SIZES = {"full": (120, 28, 30, 10, 3), "tenth": (120, 28, 3, 10, 3), "tiny": (8, 3, 4, 3, 2)}


def run(scratch: Scratch, size: str, **gate: int) -> Report:
    """Measure on one engine. `gate` falsifies the expectation: see `partner_ours`."""
    members, items, places, lines, rounds = SIZES[size]
    report = Report(NAME, scratch.engine)
    scratch.template("partner_make", members=members, items=items, places=places, lines=lines)
    with scratch.copy() as environment:
        first = step("partner_ours", environment, **gate)
        told = interleaved(
            [
                ("ours", lambda: step("partner_ours", environment, **gate)),
                ("raw sums without rights", lambda: step("partner_raw", environment, member=first["member_id"])),
            ],
            rounds=rounds,
        )
    shown = told["ours"][0]
    report.say(
        f"{shown['accounts']:,} needs, {shown['entries']:,} entries; the partner may see {shown['visible']:,} needs; "
        "the results are those of plain Python over the releases"
    )
    for question, title in (("gaps", "biggest gaps"), ("member", "lines of a member")):
        _say(report, question, title, told, binding=size == "full")
    for question, page in shown["statements"].items():
        report.say(
            f"page of {question}: {page['count']} statements give {page['rows']:,} rows; the slowest gives "
            f"{page['rows_of_it']:,} in {page['spent']:.1f} ms, so:"
        )
        for line in page["plan"]:
            report.say(f"    {line}")
    report.figures = told
    return report


def _say(report: Report, question: str, title: str, told: dict[str, list[dict[str, Any]]], *, binding: bool) -> None:
    medians = {}
    for name, runs in told.items():
        values = [value for run in runs for value in run[question]]
        medians[name] = statistics.median(values)
        report.say(f"{title}, {name}: {Spread.of(values).said('.1f')} ms of the database")
    report.say(f"{title}: ours takes {medians['ours'] / medians['raw sums without rights']:.2f}× the raw store's time")
    report.floor(Floor(title, medians["ours"], most=50, unit=" ms", binding=binding))
