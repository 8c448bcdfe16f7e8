"""Benchmark (c): not covered by member and item, and the ten largest gaps, from the public cube on disk."""

import statistics
from collections.abc import Callable
from typing import Any

from tools.bench.measure import Floor, NotTheSame, Report, Spread, interleaved, step
from tools.bench.scratch import Scratch

NAME = "c"
TITLE = "not covered by member and item, and the ten largest gaps, from the public cube"
# members, items, emergencies with one open round each, rounds of the measurement
SIZES = {"full": (120, 100, 20, 3), "tenth": (120, 100, 2, 3), "tiny": (4, 5, 2, 2)}


def run(scratch: Scratch, size: str, **gate: int) -> Report:
    """Measure on one engine. `gate` falsifies the expectation: see `cube_ours`."""
    members, items, emergencies, rounds = SIZES[size]
    report = Report(NAME, scratch.engine)
    scratch.template("make_cube", members=members, items=items, emergencies=emergencies)
    with scratch.copy() as environment:
        told = interleaved(
            [("ours", _step("cube_ours", environment, gate)), ("plain SQL", _step("cube_raw", environment, {}))],
            rounds=rounds,
        )
    if len({run["digest"] for runs in told.values() for run in runs}) != 1:
        raise NotTheSame("plain SQL and the figures say different things")
    report.say(f"{members * items * emergencies:,} cells; the results of both sides are the same")
    binding = size == "full"
    for question, title, most in (("matrix", "not covered by member and item", 100), ("gaps", "ten largest gaps", 40)):
        medians = {}
        for name, runs in told.items():
            spread = Spread.of([value for run in runs for value in run[question]])
            medians[name] = statistics.median(value for run in runs for value in run[question])
            report.say(f"{title}, {name}: {spread.said('.1f')} ms")
        report.say(f"{title}: plain SQL is {medians['plain SQL'] / medians['ours']:.0%} of ours")
        report.floor(Floor(title, medians["ours"], most=most, unit=" ms", binding=binding))
    for plan in told["ours"][0]["plans"]:
        report.say(f"plan: {plan}")
    peak = max(run["peak_mb"] for run in told["ours"])
    report.say(f"CPU {Spread.of([run['cpu'] for run in told['ours']]).said('.1f')} s a process, peak {peak:,.0f} MB")
    report.figures = told
    return report


def _step(name: str, environment: dict[str, str], given: dict[str, int]) -> Callable[[], dict[str, Any]]:
    return lambda: step(name, environment, **given)
