"""Fresh processes, one after another, and what they cost."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class NotTheSame(Exception):
    """The correctness gate: what was measured is not the same work, or its result is wrong."""


class StepFailed(Exception):
    """A fresh process did not finish; the text is the end of what it said."""


@dataclass(frozen=True)
class Floor:
    """A target: `name` must be at least (`least`) or at most (`most`) so much."""

    name: str
    measured: float
    least: float | None = None
    most: float | None = None
    unit: str = ""
    # A share of a small size says little: there the figure is printed, and only the full size can miss.
    binding: bool = True

    @property
    def met(self) -> bool:
        """Whether the target was reached."""
        if self.least is not None:
            return self.measured >= self.least
        return self.most is None or self.measured <= self.most

    @property
    def said(self) -> str:
        """One line of the report."""
        limit = self.least if self.least is not None else self.most
        target = f"at {'least' if self.least is not None else 'most'} {limit:,g}"
        mark = "ok" if self.met else ("MISSED" if self.binding else "below the target at this size")
        shown = f"{self.measured:,.0f}" if self.measured >= 100 else f"{self.measured:.3g}"
        return f"{self.name}: {shown}{self.unit} ({target}{self.unit}) {mark}"


@dataclass
class Report:
    """What one benchmark printed on one engine, for the screen and for `--json`."""

    benchmark: str
    engine: str
    lines: list[str] = field(default_factory=list)
    floors: list[Floor] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def say(self, line: str) -> None:
        """Print a line now and keep it."""
        self.lines.append(line)
        print(f"  {line}", flush=True)

    def floor(self, floor: Floor) -> None:
        """Print a target beside what was measured."""
        self.floors.append(floor)
        self.say(floor.said)

    @property
    def missed(self) -> list[Floor]:
        """The targets that were not reached."""
        return [floor for floor in self.floors if floor.binding and not floor.met]


@dataclass(frozen=True)
class Spread:
    """Median, smallest and largest of the repetitions."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Of some values."""
        return cls(statistics.median(values), min(values), max(values))

    def said(self, form: str = ",.0f") -> str:
        """As `median (min to max)`."""
        return f"{self.median:{form}} ({self.least:{form}} to {self.most:{form}})"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(share * 1000) // 1000) - 1)]


def step(name: str, environment: dict[str, str], **given: Any) -> dict[str, Any]:
    """Run one step of `tools.bench.steps` in a fresh process; returns what it told, with its CPU seconds and peak MB.

    Raises:
        StepFailed, NotTheSame: see there.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench.steps", name, json.dumps(given)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode == 3 and told:
        raise NotTheSame(json.loads(told[-1])["not_the_same"])
    if done.returncode or not told:
        raise StepFailed(f"{name}: {(done.stderr or done.stdout)[-3000:]}")
    answer: dict[str, Any] = json.loads(told[-1])
    return answer


def interleaved(
    sides: Sequence[tuple[str, Callable[[], dict[str, Any]]]], *, rounds: int
) -> dict[str, list[dict[str, Any]]]:
    """A B A B A: each side in turn, ours once more than the others, so that a busy machine slows all of them."""
    told: dict[str, list[dict[str, Any]]] = {name: [] for name, _ in sides}
    for number in range(rounds):
        for position, (name, run) in enumerate(sides):
            if number < rounds - 1 or position == 0:
                told[name].append(run())
    return told


def plain_environment() -> dict[str, str]:
    """The environment without what would choose a database or a person."""
    left = {"DATABASE_URL", "UNMET_AS", "UNMET_DATA"}
    return {name: value for name, value in os.environ.items() if name not in left}
