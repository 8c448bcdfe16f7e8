"""A to Z in the reader's language, and which part of a long list stands on a page.

Databases sort É after Z. Names are few (members, items), so they are sorted here, and rows are fetched block by block
in that order: a page reads no more than the blocks it shows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from unmet.methods.fold import fold


class _Named(Protocol):
    pk: int

    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


def by_name(things: Iterable[N]) -> list[N]:
    """A to Z by the name in the reader's language; accents and case do not count."""
    return sorted(things, key=lambda thing: (fold(thing.name), thing.name))


def window(counts: Mapping[int, int], order: Sequence[int], start: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """The blocks that overlap rows start to stop of a list made of blocks: (block, its first row, its last row + 1).

    >>> list(window({1: 3, 2: 4}, [2, 1], 3, 6))
    [(2, 3, 4), (1, 0, 2)]
    """
    first = 0
    for block in order:
        count = counts.get(block, 0)
        begin, end = max(start - first, 0), min(stop - first, count)
        if begin < end:
            yield block, begin, end
        first += count
        if first >= stop:
            return
