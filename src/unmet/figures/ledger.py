"""The lines of the public book behind a figure, as far as the world may see them.

Three things are kept back, and the rows still add up to the figure:

* What is under way (pledged, allocated, accepted, sent) has no date and no sequence before it is received: one row of
  sums for each account. The day a consignment left must not be read from the book while it travels.
* Needs released as figures are not told apart: their lines are summed by movement and moment.
* Asked for a past day, what its member has withdrawn since stands as one sum, without a name.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from unmet.books import services as books
from unmet.books.measures import INDEX, MEASURES, STAGES
from unmet.books.models import Account, Book, Entry, Movement
from unmet.figures.totals import Scope
from unmet.support.models import Step

UNDER_WAY = frozenset(
    {
        Movement.PLEDGED, Movement.ALLOCATED, Movement.COMMITTED, Movement.DISPATCHED, Movement.LOST, Movement.ASSIGNED,
        Movement.WITHDRAWN_SUPPORT, Movement.RETURNED,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the ledger. `at` and `sequence` are None for sums of what is under way or was withdrawn.

    `changes` are signed: thousandths of the base unit, US cents, or counts. `lines` is how many lines of the book the
    row sums. `movement` is None where lines of different movements are summed. `subject` is the need, where its detail
    is public. `supersedes` is the sequence of the public line that this one takes back.
    """

    movement: Movement | None
    sequence: int | None
    at: datetime | None
    member: int | None
    item: int | None
    round: int | None
    account: int | None
    subject: uuid.UUID | None
    place: int | None
    closed: bool
    changes: Mapping[str, int]
    lines: int
    supersedes: int | None = None
    withdrawn: bool = False

    @property
    def stages(self) -> dict[str, int]:
        """The changes of stages only: what moved, without what follows from it."""
        return {name: self.changes[name] for name in STAGES if self.changes.get(name)}


@dataclass(frozen=True, slots=True)
class Threads:
    """Some needs of one member: those with their detail by uuid, those released as figures by item id."""

    subjects: frozenset[uuid.UUID]
    items: frozenset[int]


@dataclass(slots=True)
class _Line:
    """One line as read, with what the account of it lets the world see."""

    sequence: int
    closed: bool
    account: int
    movement: int
    at: datetime
    supersedes: int | None
    source: int | None
    member: int
    item: int
    round: int
    subject: uuid.UUID
    place: int
    public: bool
    detail: bool
    m: tuple[int, ...]


_COLUMNS = (
    "sequence", "closed", "account_id", "movement", "at", "supersedes", "source", "account__member_id",
    "account__item_id", "account__round_id", "account__subject", "account__place_id", "account__public",
    "account__public_detail",
)  # fmt: skip


def rows(scope: Scope, *, of: Threads | None = None) -> list[Row]:
    """The rows behind the figures of a scope, newest first. The sums over all rows are those of `totals.total`.

    Meant for a member and an item, one need, or the threads `of` a page: everything in them is read. Two or three
    queries.
    """
    lines = list(_read(scope, of))
    settled = _settled_steps(line.source for line in lines if line.movement in UNDER_WAY and line.source)
    groups: dict[tuple[Any, ...], list[_Line]] = {}
    for line in lines:
        groups.setdefault(_group(line, settled), []).append(line)
    found = [_row(key, group, groups) for key, group in groups.items()]
    return sorted(found, key=_newest_first)


def _read(scope: Scope, of: Threads | None) -> Iterator[_Line]:
    entries = Entry.objects.filter(book=Book.PUBLIC)
    if of is not None:
        entries = entries.filter(account__in=_accounts(scope, of))
    wanted = {
        "account__member": scope.member, "account__item": scope.item, "account__sector": scope.sector,
        "account__emergency": scope.emergency, "account__round": scope.round, "account__subject": scope.need,
    }  # fmt: skip
    entries = entries.filter(**{name: value for name, value in wanted.items() if value is not None})
    if scope.round is None:
        entries = entries.filter(closed=False)
    if scope.on is None:
        # What is not public now has balances of zero in the public book; its lines are nobody's business.
        entries = entries.filter(account__public=True)
    else:
        entries = entries.filter(sequence__lte=books.last_sequence(on=scope.on))
    count = len(_COLUMNS)
    for values in entries.order_by("sequence").values_list(*_COLUMNS, *MEASURES).iterator():
        line: list[Any] = [*values[:count], values[count:]]
        yield _Line(*line)


def _accounts(scope: Scope, of: Threads) -> list[int]:
    """The accounts of some threads over all rounds: few, and found by two indexes, so the lines are found at once."""
    mine = Account.objects.filter(member=scope.member)
    named = mine.filter(subject__in=of.subjects).values_list("pk", flat=True)
    summed = mine.filter(item__in=of.items, public_detail=False).values_list("pk", flat=True)
    return [*named, *summed]


def _settled_steps(sources: Iterable[int]) -> set[int]:
    """The steps of lines of support of which something was received and nothing is under way any more."""
    over = Q(line__pledged=0, line__allocated=0, line__committed=0, line__in_transit=0)
    done = Step.objects.filter(over, pk__in=set(sources)).annotate(got=F("line__received")).filter(got__gt=0)
    return set(done.values_list("pk", flat=True))


def _group(line: _Line, settled: set[int]) -> tuple[Any, ...]:
    """Lines with the same key become one row."""
    if not line.public:
        return ("withdrawn",)
    where = line.account if line.detail else (line.member, line.item, line.round)
    if line.movement in UNDER_WAY and line.source not in settled:
        return ("under way", where, line.closed)
    if line.detail:
        return ("line", line.sequence)
    # The old and the new quantity of a revision stay apart.
    return ("sum", where, line.movement, line.at, line.closed, line.supersedes is not None)


def _row(key: tuple[Any, ...], group: list[_Line], groups: Mapping[tuple[Any, ...], list[_Line]]) -> Row:
    last = group[-1]
    sums = [sum(values) for values in zip(*(line.m for line in group), strict=True)]
    changes = {name: sums[INDEX[name]] for name in MEASURES if sums[INDEX[name]]}
    if key[0] == "withdrawn":
        return Row(None, None, None, None, None, None, None, None, None, False, changes, len(group), withdrawn=True)
    shown = last.detail
    dated = key[0] != "under way"
    return Row(
        movement=Movement(last.movement) if dated else None,
        sequence=last.sequence if dated else None,
        at=last.at if dated else None,
        member=last.member,
        item=last.item,
        round=last.round,
        account=last.account if shown else None,
        subject=last.subject if shown else None,
        place=last.place if shown else None,
        closed=last.closed,
        changes=changes,
        lines=len(group),
        supersedes=_superseded(last, groups) if key[0] == "line" else None,
    )


def _superseded(line: _Line, groups: Mapping[tuple[Any, ...], list[_Line]]) -> int | None:
    """The public line that this one takes back.

    A line names the one in the own book; its twin in the public book is the next sequence. When the need was released
    later, what the world saw is the line of the release.
    """
    if line.supersedes is None:
        return None
    twin = groups.get(("line", line.supersedes + 1))
    if twin and twin[0].account == line.account:
        return twin[0].sequence
    earlier = [
        other[0].sequence
        for key, other in groups.items()
        if key[0] == "line"
        and other[0].account == line.account
        and other[0].movement == Movement.RELEASED
        and other[0].sequence < line.sequence
    ]
    return max(earlier, default=None)


def _newest_first(row: Row) -> tuple[int, int]:
    if row.withdrawn:
        return (2, 0)
    return (0, 0) if row.sequence is None else (1, -row.sequence)
