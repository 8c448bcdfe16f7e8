"""A table that was read and checked, of whichever form: what it would do, before anything of it is written."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from unmet.exchange.answers import Answers
from unmet.exchange.faults import Fault
from unmet.exchange.import_report import Report
from unmet.exchange.parsed import Line, Parsed
from unmet.exchange.table import Table
from unmet.needs.lines import CREATED, UNCHANGED, UPDATED

Words = TypeVar("Words")


@dataclass(frozen=True)
class Examined(Generic[Line, Words]):
    """A table, its lines, the words that it was read with, and the answers to what was asked about it."""

    table: Table
    parsed: Parsed[Line]
    lookup: Words
    answers: Answers

    @property
    def lines(self) -> tuple[Line, ...]:
        """The good rows."""
        return self.parsed.lines

    @property
    def faults(self) -> tuple[Fault, ...]:
        """One fault for each refused cell, by row."""
        return self.parsed.problems()

    @property
    def report(self) -> Report:
        """What the table would do."""
        parsed = self.parsed
        return Report(
            read=parsed.read, created=parsed.count(CREATED), updated=parsed.count(UPDATED),
            unchanged=parsed.count(UNCHANGED), refused=parsed.refused, written=False, faults=self.faults,
        )  # fmt: skip
