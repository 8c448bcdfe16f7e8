"""Benchmark (e): small posts of twenty clients at once, beside pgbench that sends the same statements."""

from collections.abc import Callable
from typing import Any

from tools.bench.measure import Floor, Report, Spread, interleaved, step
from tools.bench.scratch import Scratch

NAME = "e"
TITLE = "small posts of twenty clients at once, beside pgbench with the same statements"
# clients, posts of each, accounts they share, rounds of the measurement
SIZES = {"full": (20, 100, 6, 3), "tenth": (20, 10, 6, 3), "tiny": (3, 4, 6, 2)}


def run(scratch: Scratch, size: str, **gate: int) -> Report:
    """Measure on PostgreSQL. `gate` falsifies the expectation: see `clients_ours`."""
    clients, posts, accounts, rounds = SIZES[size]
    report = Report(NAME, scratch.engine)
    scratch.template("clients_make", accounts=accounts)

    def side(name: str, given: dict[str, int]) -> Callable[[], dict[str, Any]]:
        def measured() -> dict[str, Any]:
            with scratch.copy() as environment:
                return step(name, environment, clients=clients, posts=posts, **given)

        return measured

    told = interleaved([("ours", side("clients_ours", gate)), ("pgbench", side("clients_raw", {}))], rounds=rounds)
    report.say(f"{clients * posts:,} posts on {accounts} public accounts; books and cube are exact on both sides")
    spreads = {name: Spread.of([run["a_second"] for run in runs]) for name, runs in told.items()}
    for name, spread in spreads.items():
        report.say(f"{name}: {spread.said()} posts a second")
    report.say(f"share of pgbench: {spreads['ours'].median / spreads['pgbench'].median:.2f}×")
    report.floor(Floor("posts a second", spreads["ours"].median, least=300, binding=size == "full"))
    report.figures = told
    return report
