"""What was asked, what was answered, what was closed, and how many days each step took.

In public only of requests that were put to everyone and whose needs are public: a request to named parties is seen by
them alone, so it enters no public number, not even a large one. The numbers are counted by sector and quarter, and a
cell to which fewer than three members contribute is left out, out of the sums too: else it could be worked out from
them. Members are never told apart; of one member only its own people read its numbers (`of_member`).
"""

import csv
import statistics
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from unmet.access import visible
from unmet.books.models import Account
from unmet.support.models import AssistanceRequest, Line, OfferLine, RequestAnswer, RequestLine, Stage

LEAST: Final = 3  # members behind a public number
STEPS: Final = ("answer", "offer", "acceptance", "receipt")

_ANSWERS: Final = frozenset({"part", "full", "referred", "unable"})
_OFFERED_AT: Final = "offered__offer_line__offer__offered_at"
_COMPARISONS: Final = Path(__file__).parent / "data" / "comparisons.csv"
_REQUESTS: Final = visible.Columns(
    member="need__member_id", sector="need__item__sector__uuid", subject="need__uuid"
)  # fmt: skip

Key = tuple[int, int, int]  # sector id, year, quarter


@dataclass(frozen=True, slots=True)
class Asked:
    """One need that was asked for: when, and what was said to it. `days` are those to the first answer and offer.

    `line` is the id of the line of its request.
    """

    key: Key
    member: int
    in_full: bool
    in_part: bool
    closed: bool
    days: Mapping[str, int]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """How many days a line of support (its id) took from its offer to its acceptance, or from that to its receipt."""

    key: Key
    member: int
    step: str
    days: int
    line: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One sector in one quarter. Counts and medians (days) are None where fewer than `LEAST` members stand behind."""

    sector: int
    year: int
    quarter: int
    asked: int | None
    in_full: int | None
    in_part: int | None
    closed: int | None
    medians: Mapping[str, Decimal | None]

    @property
    def shown(self) -> bool:
        """Whether any number of it is."""
        return self.asked is not None or any(median is not None for median in self.medians.values())

    @property
    def name(self) -> str:
        """The quarter as it is written: 2026-Q1."""
        return quarter_name((self.sector, self.year, self.quarter))


@dataclass(frozen=True, slots=True)
class Report:
    """The three numbers over the cells that are shown, and those cells.

    A cell of which no number is shown is not among them: that something happened there is not told either.
    """

    asked: int
    in_full: int
    in_part: int
    closed: int
    medians: Mapping[str, Decimal | None]
    cells: Sequence[Cell]

    @property
    def answered(self) -> int:
        """In part or in full."""
        return self.in_full + self.in_part

    @property
    def counted(self) -> bool:
        """Whether any cell is in the counts; where none is, they are not zero but not shown."""
        return any(cell.asked is not None for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What another body published of the requests that it received, with the source."""

    body: str
    from_on: date
    until_on: date
    asked: int
    answered: int
    closed: int
    title: str
    publisher: str
    dated_on: date
    address: str


@lru_cache(maxsize=1)
def comparisons() -> tuple[Comparison, ...]:
    """See `data/README.md`."""
    with _COMPARISONS.open(encoding="utf-8", newline="") as file:
        return tuple(
            Comparison(
                row["body"], date.fromisoformat(row["from_on"]), date.fromisoformat(row["until_on"]),
                int(row["asked"]), int(row["answered"]), int(row["closed"]), row["title"], row["publisher"],
                date.fromisoformat(row["dated_on"]), row["address"],
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


# ── the two reports ──────────────────────────────────────────────────────────
def published() -> Report:
    """What everyone may read."""
    public = Account.objects.filter(public=True)
    lines = _standing(RequestLine.objects.filter(request__to_everyone=True)).filter(
        Exists(public.filter(subject=OuterRef("need__uuid")))
    )
    return report(_asked(lines), _taken(Line.objects.filter(account__public=True)), least=LEAST)


def of_member(member: int) -> Report:
    """The same of all requests of one member, for its own people; nothing is left out."""
    return report(*rows_of_member(member), least=1)


def rows_of_member(member: int) -> tuple[list[Asked], list[Taken]]:
    """The rows behind the numbers of one member, for its own people: lines of requests, and steps of support."""
    lines = visible.own(_standing(RequestLine.objects.filter(request__member=member)), _REQUESTS)
    given = visible.own(Line.objects.filter(member=member), visible.Columns("member_id", "", ""))
    return _asked(lines), _taken(given)


def report(asked: Iterable[Asked], taken: Iterable[Taken], *, least: int) -> Report:
    """Count by sector and quarter, leave out what fewer than `least` members stand behind, and add up the rest.

    A median over all cells is that of the single days in the cells whose own median is shown.
    """
    lines: defaultdict[Key, list[Asked]] = defaultdict(list)
    days: defaultdict[Key, defaultdict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for line in asked:
        lines[line.key].append(line)
        for step, count in line.days.items():
            days[line.key][step].append((line.member, count))
    for one in taken:
        days[one.key][one.step].append((one.member, one.days))
    shown_days: defaultdict[str, list[int]] = defaultdict(list)
    cells = []
    for key in sorted({*lines, *days}, key=lambda key: (-key[1], -key[2], key[0])):  # the newest quarter first
        medians: dict[str, Decimal | None] = dict.fromkeys(STEPS)
        for step, found in days[key].items():
            if len({member for member, _ in found}) >= least:
                shown_days[step] += [count for _, count in found]
                medians[step] = median([count for _, count in found])
        cells.append(_cell(key, lines[key], medians, least))
    counted = [cell for cell in cells if cell.asked is not None]
    return Report(
        asked=sum(cell.asked or 0 for cell in counted), in_full=sum(cell.in_full or 0 for cell in counted),
        in_part=sum(cell.in_part or 0 for cell in counted), closed=sum(cell.closed or 0 for cell in counted),
        medians={step: median(shown_days[step]) for step in STEPS}, cells=[cell for cell in cells if cell.shown],
    )  # fmt: skip


def _cell(key: Key, lines: Sequence[Asked], medians: Mapping[str, Decimal | None], least: int) -> Cell:
    if len({line.member for line in lines}) < least:
        return Cell(*key, None, None, None, None, medians)
    return Cell(
        *key, len(lines), sum(line.in_full for line in lines), sum(line.in_part for line in lines),
        sum(line.closed for line in lines), medians,
    )  # fmt: skip


def median(days: Sequence[int]) -> Decimal | None:
    """The middle of some days; of an even number the mean of the two middle ones. None where there are none.

    >>> median([9, 1, 4]), median([1, 2])
    (Decimal('4'), Decimal('1.5'))
    """
    return statistics.median([Decimal(one) for one in days]) if days else None


# ── reading ──────────────────────────────────────────────────────────────────
def _standing(lines: QuerySet[RequestLine]) -> QuerySet[RequestLine]:
    """Lines that were asked and not taken back."""
    states = [AssistanceRequest.State.SENT, AssistanceRequest.State.CLOSED]
    return lines.filter(request__state__in=states, withdrawn_at=None, need__item__isnull=False)


def _asked(lines: QuerySet[RequestLine]) -> list[Asked]:
    rows = list(
        lines.values_list(
            "pk", "need__item__sector_id", "request__sent_at", "request__member_id", "request__state", "need__uuid"
        )
    )
    said = _said([row[0] for row in rows])
    offers = _offered({row[5] for row in rows})
    found = []
    for pk, sector, sent_at, member, state, need in rows:
        assert sent_at is not None  # a constraint: what is not a draft was sent
        sent_on = sent_at.date()
        kinds, first_on = said.get(pk, (frozenset(), None))
        days = {} if first_on is None else {"answer": max((first_on - sent_on).days, 0)}
        later = [on for on in offers.get(need, ()) if on >= sent_on]
        if later:
            days["offer"] = (min(later) - sent_on).days
        full = "full" in kinds
        closed = state == AssistanceRequest.State.CLOSED
        found.append(Asked(_key(sector, sent_on), member, full, not full and "part" in kinds, closed, days, pk))
    return found


def _said(lines: Sequence[int]) -> dict[int, tuple[frozenset[str], date | None]]:
    """Line -> the answers of its parties that stand, and the day of the first one; *seen* and *review* are none."""
    standing: dict[int, dict[int, str]] = {}
    first: dict[int, date] = {}
    found = RequestAnswer.objects.filter(line__in=lines).order_by("pk").values_list("line", "party", "kind", "at")
    for line, party, kind, at in found:
        standing.setdefault(line, {})[party] = kind
        if kind in _ANSWERS:
            first.setdefault(line, at.date())
    return {line: (frozenset(kinds.values()), first.get(line)) for line, kinds in standing.items()}


def _offered(needs: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[date]]:
    """Need -> the days on which somebody first offered something for it, or stated support without an offer."""
    found: defaultdict[uuid.UUID, list[date]] = defaultdict(list)
    threads = list(needs)
    lines = Line.objects.filter(account__subject__in=threads, account__kind=Account.Kind.NEED)
    stated = lines.annotate(on=Min("steps__dated_on")).values_list("account__subject", "on", _OFFERED_AT)
    offers = OfferLine.objects.filter(need__uuid__in=threads, offer__offered_at__isnull=False)
    made = ((need, None, at) for need, at in offers.values_list("need__uuid", "offer__offered_at"))
    for need, on, offered_at in (*stated, *made):
        if (first := _first(on, offered_at)) is not None:
            found[need].append(first)
    return found


def _first(stated_on: date | None, offered_at: datetime | None) -> date | None:
    """The day of an offer. One to several members is stated for none of them before it is accepted."""
    return min((on for on in (stated_on, offered_at and offered_at.date()) if on), default=None)


def _taken(lines: QuerySet[Line]) -> list[Taken]:
    def first(*stages: str) -> Any:
        return Min("steps__dated_on", filter=Q(steps__to_stage__in=stages))

    rows = lines.filter(account__kind=Account.Kind.NEED).annotate(
        offer_on=first(Stage.PLEDGED, Stage.ALLOCATED),
        accepted_on=first(Stage.COMMITTED),
        came_on=first(Stage.RECEIVED),
    )
    found = []
    columns = ("pk", "account__sector_id", "member_id", "offer_on", _OFFERED_AT, "accepted_on", "came_on")
    for pk, sector, member, stated, offered_at, accepted, came in rows.values_list(*columns):
        offered = _first(stated, offered_at)
        for step, begun, ended in (("acceptance", offered, accepted), ("receipt", accepted, came)):
            if begun is not None and ended is not None:
                found.append(Taken(_key(sector, begun), member, step, max((ended - begun).days, 0), pk))
    return found


def quarter_name(key: Key) -> str:
    """The quarter of a key as it is written: 2026-Q1."""
    return f"{key[1]}-Q{key[2]}"


def _key(sector: int, on: date) -> Key:
    return sector, on.year, (on.month + 2) // 3
