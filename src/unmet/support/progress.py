"""Where offers, support, consignments, lots and requests stand, for the acting person: lists by how far and how old.

Nobody reads more here than on the pages of each of these things. Every list takes a constant number of queries: the
database counts and sorts, and only the rows of one page are read.
"""

import calendar
from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Final, Generic, TypeVar

from django.db.models import Count, Q, QuerySet

R = TypeVar("R")
_LONGEST: Final = 1200  # months; a longer time on the shelf is not told apart


class Listing(ABC, Generic[R]):
    """One list, at a moment. Each row has a tab: how far it has come, or how old it is.

    `overlapping` are tabs whose rows stand under another tab too. A party is the giver or the member of a row.
    """

    tabs: ClassVar[tuple[str, ...]] = ()
    overlapping: ClassVar[tuple[str, ...]] = ()
    parties_by: ClassVar[tuple[str, ...]] = ("giver", "member")

    def __init__(self, *, at: datetime) -> None:
        self.at, self.today = at, at.date()

    @abstractmethod
    def found(self) -> QuerySet[Any]:
        """All rows that the acting person may read, each with its `tab`, in the order of the list."""

    @abstractmethod
    def read(self, found: QuerySet[Any]) -> list[R]:
        """Some of them, with all that a page says of them."""

    def condition(self, tab: str) -> Q:
        """The rows of a tab."""
        return Q(tab=tab)

    def of(self, party: int | None) -> QuerySet[Any]:
        """Those of which a party is one side; all of them where none is asked for."""
        found = self.found()
        if party is None:
            return found
        wanted = Q()
        for name in self.parties_by:
            wanted |= Q(**{name: party})
        return found.filter(wanted)

    def counts(self, *, party: int | None = None) -> dict[str, int]:
        """How many rows stand under each tab."""
        counted = self.of(party).order_by().values("tab").annotate(n=Count("pk")).values_list("tab", "n")
        return {**dict.fromkeys(self.tabs, 0), **dict(counted)}

    def total(self, counts: dict[str, int]) -> int:
        """How many rows there are, each counted once."""
        return sum(number for tab, number in counts.items() if tab not in self.overlapping)

    def rows(self, start: int, stop: int | None, *, tab: str = "", party: int | None = None) -> list[R]:
        """Rows start to stop of a tab, or of the whole list."""
        found = self.of(party)
        return self.read((found.filter(self.condition(tab)) if tab else found)[start:stop])

    def parties(self) -> set[int]:
        """Which parties stand on the list, as giver or member."""
        pairs = self.found().order_by().values_list(*self.parties_by).distinct()
        return {party for pair in pairs for party in pair if party is not None}


def days_since(then: date | datetime | None, today: date) -> int | None:
    """Whole days from a day until today; never below zero."""
    if then is None:
        return None
    return max((today - (then.date() if isinstance(then, datetime) else then)).days, 0)


def months_after(day: date, months: Decimal | int) -> date:
    """So many months later, the last day of the month where it has no such day; half a month is fifteen days.

    >>> months_after(date(2020, 11, 30), 3)
    datetime.date(2021, 2, 28)
    >>> months_after(date(2020, 1, 1), Decimal("1.5"))
    datetime.date(2020, 2, 16)
    """
    wanted = min(Decimal(months), Decimal(_LONGEST))
    whole = int(wanted)
    part = int((wanted - whole) * 30)
    years, month = divmod(day.month - 1 + whole, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1])) + timedelta(days=part)


def any_of(*found: Iterable[int]) -> set[int]:
    """Ids that stand in one of several lists."""
    return set().union(*found)
