"""Who may still be told. The rooms above know the rules of who sees what, and leave them here.

A gate is asked when somebody opens the inbox and right before a letter goes out: whoever lost the appointment, or may
not see the row any more, gets neither.
"""

from collections.abc import Callable
from datetime import datetime

from unmet.notices.models import Notice

Gate = Callable[[Notice, datetime], bool]
_FOR_ALL: list[Gate] = []
_STILL_SO: dict[str, list[Gate]] = {}
_MARKS: list[Callable[[], bool]] = []
_OF_KIND: dict[str, list[Gate]] = {}


def gate(*kinds: str) -> Callable[[Gate], Gate]:
    """Register a rule for some kinds; without any, for all. It says whether the person may still be told."""

    def register(function: Gate) -> Gate:
        if not kinds:
            _FOR_ALL.append(function)
        for kind in kinds:
            _OF_KIND.setdefault(kind, []).append(function)
        return function

    return register


def may_be_told(notice: Notice, *, at: datetime) -> bool:
    """Whether every gate lets a notice through now. Nobody is told anything where no rule for all is known."""
    rules = [*_FOR_ALL, *_OF_KIND.get(notice.kind, ())]
    return bool(_FOR_ALL) and all(rule(notice, at) for rule in rules)


def still_so(*kinds: str) -> Callable[[Gate], Gate]:
    """Register when a notice that something waits is true. A letter is not written about what waits no longer."""

    def register(function: Gate) -> Gate:
        for kind in kinds:
            _STILL_SO.setdefault(kind, []).append(function)
        return function

    return register


def is_still_so(notice: Notice, *, at: datetime) -> bool:
    """Whether what a notice says is true now. What is not about waiting stays true: it happened."""
    return all(rule(notice, at) for rule in _STILL_SO.get(notice.kind, ()))


def mark(function: Callable[[], bool]) -> Callable[[], bool]:
    """Register how to learn whether this database is marked DEMONSTRATION."""
    _MARKS.append(function)
    return function


def is_demonstration() -> bool:
    """Whether letters must say that they come from a demonstration."""
    return any(marked() for marked in _MARKS)
