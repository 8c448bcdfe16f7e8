"""Coverage by severity: of each category of the index of others, how many needs are open and how much is not covered.

Over what the acting person may see, open now. Severity is what others state of a country, never a judgement of ours;
the share is the one of the figure *coverage*: by value, at the prices of each round.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from unmet.parties import severities
from unmet.parties.models import Severity
from unmet.support import queries

_SUMMED: Final = ("needs_open", "needs_unpriced", "value_approved", "value_not_covered")


@dataclass(frozen=True, slots=True)
class Category:
    """One category; `severity` is None for members of which the index states nothing. `value` is in US cents.

    `open` counts needs of which something is not yet in the country, `unpriced` those of which no value is known.
    """

    severity: Severity.Level | None
    members: int
    open: int
    unpriced: int
    approved: int
    value: int

    @property
    def not_covered(self) -> Fraction | None:
        """The share of the value that is approved and not covered; None where nothing has a value."""
        return Fraction(self.value, self.approved) if self.approved else None


@dataclass(frozen=True, slots=True)
class Table:
    """All categories, the most severe first, with where and for which months the index was published."""

    categories: Sequence[Category]
    sources: Sequence[str]
    first: date | None
    last: date | None

    @property
    def any(self) -> bool:
        """Whether there is anything to show."""
        return any(row.open for row in self.categories)


def table(*, on: date, but_of: Iterable[int] = (), sums: queries.Sums | None = None) -> Table:
    """The table on a day; `but_of` are parties that are left out, such as the reader's own.

    `sums` is what `queries.open_sums` gave for the same, where it was read already.
    """
    stated = severities.newest(on=on)
    sums_of = _of_members(queries.open_sums(but_of=but_of) if sums is None else sums)
    members: dict[Severity.Level | None, list[int]] = {}
    for member, row in sums_of.items():
        if row["needs_open"]:
            found = stated.get(member)
            members.setdefault(found.level if found else None, []).append(member)
    levels: list[Severity.Level | None] = [*sorted(Severity.Level, reverse=True), None]
    rows = [_category(level, [sums_of[member] for member in members.get(level, [])]) for level in levels]
    used = [stated[member] for of_one in members.values() for member in of_one if member in stated]
    months = [one.month_on for one in used]
    return Table(
        [row for row in rows if row.severity is not None or row.members], sorted({one.source for one in used}),
        min(months, default=None), max(months, default=None),
    )  # fmt: skip


def _category(level: Severity.Level | None, rows: Sequence[Mapping[str, int]]) -> Category:
    total: Counter[str] = Counter()
    for row in rows:
        total.update(row)
    return Category(
        level, len(rows), total["needs_open"], total["needs_unpriced"], total["value_approved"],
        total["value_not_covered"],
    )  # fmt: skip


def _of_members(sums: queries.Sums) -> dict[int, Counter[str]]:
    """Member -> sums of `_SUMMED` over all items."""
    places = {name: queries.SUMMED.index(name) for name in _SUMMED}
    members: dict[int, Counter[str]] = {}
    for (_item, member), values in sums.items():
        members.setdefault(member, Counter()).update({name: values[place] for name, place in places.items()})
    return members
