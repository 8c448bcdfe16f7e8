"""The list of public needs, open now.

A need whose detail is released is a row of its own; needs released as figures stand as one row for each member, item
and round, without place, group, date, rank, or a word on how many they are. Constant numbers of queries, whatever
the length: see `figures.order`.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

from django.db.models import Count, Q, QuerySet, Sum

from unmet.books.models import Account
from unmet.figures.order import window
from unmet.figures.search import FITTING_BY_DATE, Reading, condition

Sort = Literal["needed_by", "item", "member"]
SORTS: tuple[Sort, ...] = ("needed_by", "item", "member")
_STAGES = (
    "approved", "pledged", "allocated", "committed", "in_transit", "received", "rejected", "missing", "last_stated",
    "not_covered", "not_in_country", "value_approved", "value_not_covered", "value_not_in_country", "needs_unpriced",
)  # fmt: skip
_KEY = ("member_id", "item_id", "emergency_id", "round_id")
_DETAIL = ("pk", "subject", "place_id", "group_id", "needed_by_on", "rank")
_AT_ONCE = 2000

_Cell = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which needs are asked for. `words` are the ways to read a search; None where nothing is searched for."""

    words: tuple[Reading, ...] | None = None
    member: int | None = None
    item: int | None = None
    sector: int | None = None
    domain: str | None = None
    emergency: int | None = None
    needed_until: date | None = None
    only_not_covered: bool = False
    lapsed_too: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """One row: a need with its detail, or the sum of those released as figures (then the detail is None).

    Quantities in thousandths of the base unit, values in US cents.
    """

    member: int
    item: int
    emergency: int
    round: int
    approved: int
    pledged: int
    allocated: int
    committed: int
    in_transit: int
    received: int
    rejected: int
    missing: int
    last_stated: int
    not_covered: int
    not_in_country: int
    value_approved: int
    value_not_covered: int
    value_not_in_country: int
    needs_unpriced: int
    account: int | None = None
    subject: uuid.UUID | None = None
    place: int | None = None
    group: int | None = None
    needed_by: date | None = None
    rank: int | None = None

    @property
    def has_detail(self) -> bool:
        """Whether this row is one need with its place, group, date and rank."""
        return self.account is not None


@dataclass(frozen=True)
class Needs:
    """A filtered list in one order. `members` and `items` are all ids, A to Z in the reader's language."""

    wanted: Filter
    sort: Sort
    members: Sequence[int]
    items: Sequence[int]

    def count(self) -> int:
        """How many rows there are."""
        return self._dated + len(self._cells)

    def page(self, start: int, stop: int) -> list[Need]:
        """Rows start to stop."""
        return self._by_date(start, stop) if self.sort == "needed_by" else self._by_block(start, stop)

    def pieces(self) -> Iterator[list[Need]]:
        """Every row, some thousands at a time."""
        start = 0
        while rows := self.page(start, start + _AT_ONCE):
            yield rows
            start += _AT_ONCE

    def following(self, key: str, limit: int) -> list[tuple[str, Need]]:
        """Up to `limit` rows after a row, each with its key, in an order that new rows do not disturb.

        Needs with their detail come first, by uuid, then sums by member, item, emergency and round. An empty key is the
        beginning.
        """
        kind, _colon, last = key.partition(":")
        found: list[tuple[str, Need]] = []
        if kind != "s":
            details = self._details().order_by("subject")
            rest = details.filter(subject__gt=uuid.UUID(last)) if last else details
            found = [(f"n:{need.subject}", need) for need in _read(rest[:limit])]
        if len(found) < limit:
            before = tuple(int(part) for part in last.split(",")) if kind == "s" else ()
            cells = [cell for cell in self._cells_by_key if cell > before][: limit - len(found)]
            sums = self._read_cells(cells)
            found += [(f"s:{','.join(map(str, cell))}", need) for cell, need in zip(cells, sums, strict=True)]
        return found

    @property
    def has_detail(self) -> bool:
        """Whether any row is one need with its detail."""
        return bool(self._dated)

    def position(self, *, subject: uuid.UUID | None = None, item: int | None = None) -> int | None:
        """Where, earliest needed-by first, the row of a need stands, or the first sum of an item; None: nowhere."""
        if subject is None:
            return next((self._dated + at for at, cell in enumerate(self._cells) if cell[1] == item), None)
        found = self._details().filter(subject=subject).values_list("needed_by_on", "pk").first()
        if found is None:
            return None
        day, pk = found
        return self._details().filter(Q(needed_by_on__lt=day) | Q(needed_by_on=day, pk__lt=pk)).count()

    def sums_by_item(self, stages: Sequence[str]) -> dict[int, dict[str, int]]:
        """Stages added up over all rows, by item."""
        named = {f"sum_{name}": Sum(name) for name in stages}
        rows = self._details().order_by().values_list("item_id").annotate(**named)
        sums = {item: dict(zip(stages, map(int, values), strict=True)) for item, *values in rows}
        for need in self._read_cells(self._cells):
            held = sums.setdefault(need.item, dict.fromkeys(stages, 0))
            for name in stages:
                held[name] += getattr(need, name)
        return sums

    # ── two kinds of rows ────────────────────────────────────────────────────
    @cached_property
    def _dated(self) -> int:
        return self._details().count()

    @cached_property
    def _cells(self) -> list[_Cell]:
        """The keys of the rows that are sums, in order. Their measures are read for the page only."""
        return sorted(self._found_cells(), key=lambda cell: self._place_of(*cell))

    @cached_property
    def _cells_by_key(self) -> list[_Cell]:
        return sorted(self._found_cells())

    @cached_property
    def _ranks(self) -> tuple[dict[int, int], dict[int, int]]:
        member_ranks, item_ranks = ({pk: rank for rank, pk in enumerate(order)} for order in (self.members, self.items))
        return member_ranks, item_ranks

    def _accounts(self) -> QuerySet[Account]:
        wanted = self.wanted
        accounts = Account.objects.filter(kind=Account.Kind.NEED, public=True, closed=False)
        plain = {
            "member": wanted.member, "item": wanted.item, "sector": wanted.sector, "emergency": wanted.emergency,
            "sector__domain": wanted.domain,
        }  # fmt: skip
        return accounts.filter(**{name: value for name, value in plain.items() if value is not None})

    def _standing(self) -> Q:
        """What stands on the list at all: something approved, or lapsed and still shown beside the totals."""
        something = Q(approved__gt=0)
        if self.wanted.lapsed_too:
            something |= Q(last_stated__gt=0)
        return something & Q(not_covered__gt=0) if self.wanted.only_not_covered else something

    def _details(self) -> QuerySet[Account]:
        accounts = self._accounts().filter(self._standing(), public_detail=True)
        if self.wanted.words is not None:
            accounts = accounts.filter(condition(self.wanted.words))
        if self.wanted.needed_until is not None:
            accounts = accounts.filter(needed_by_on__lte=self.wanted.needed_until)
        return accounts

    def _sums(self) -> QuerySet[Account, dict[str, int]]:
        accounts = self._accounts().filter(public_detail=False)
        if self.wanted.words is not None:
            # The place of what is released as figures is no condition on it.
            accounts = accounts.filter(condition([words for words in self.wanted.words if words.places is None]))
        return accounts.order_by().values(*_KEY)

    def _found_cells(self) -> list[_Cell]:
        """The sums that stand on the list. Conditions are put to the sums, never to the needs behind them."""
        if self.wanted.needed_until is not None:
            return []
        sums = self._sums().annotate(a=Sum("approved"), l=Sum("last_stated"), n=Sum("not_covered"))
        something = Q(a__gt=0) | Q(l__gt=0) if self.wanted.lapsed_too else Q(a__gt=0)
        if self.wanted.only_not_covered:
            something &= Q(n__gt=0)
        return list(sums.filter(something).values_list(*_KEY))

    def _read_cells(self, cells: Sequence[_Cell]) -> list[Need]:
        """The sums of some cells, in the order given."""
        if not cells:
            return []
        some = self._sums().filter(member__in={cell[0] for cell in cells}, item__in={cell[1] for cell in cells})
        rows = some.annotate(**{f"sum_{name}": Sum(name) for name in _STAGES})
        found = {
            row[: len(_KEY)]: Need(*row[: len(_KEY)], *(int(value) for value in row[len(_KEY) :]))
            for row in rows.values_list(*_KEY, *(f"sum_{name}" for name in _STAGES))
        }
        return [found[cell] for cell in cells]

    # ── orders ───────────────────────────────────────────────────────────────
    def _place_of(self, member: int, item: int, _emergency: int, round_: int) -> tuple[int, int, int]:
        members, items = self._ranks
        names = (members[member], items[item])
        return (*(names if self.sort != "item" else names[::-1]), round_)

    def _place_of_need(self, need: Need) -> tuple[Any, ...]:
        first, second, round_ = self._place_of(need.member, need.item, need.emergency, need.round)
        return first, second, need.needed_by or date.max, need.rank or 0, round_, need.account or 0

    def _by_date(self, start: int, stop: int) -> list[Need]:
        """Earliest needed-by first; rows without a public date come last, A to Z."""
        by_date = "needed_by_on" if self.wanted.words is None else FITTING_BY_DATE
        dated = _read(self._details().order_by(by_date, "pk")[start:stop]) if start < self._dated else []
        return dated + self._read_cells(self._cells[max(start - self._dated, 0) : max(stop - self._dated, 0)])

    def _by_block(self, start: int, stop: int) -> list[Need]:
        """By member or item, A to Z: only the blocks that the page shows are read."""
        name, order = f"{self.sort}_id", self.members if self.sort == "member" else self.items
        of = _KEY.index(name)
        cells: dict[int, list[_Cell]] = {}
        for cell in self._cells:
            cells.setdefault(cell[of], []).append(cell)
        counts = {key: count + len(cells.get(key, ())) for key, count in self._block_counts.items()}
        counts |= {key: len(found) for key, found in cells.items() if key not in counts}
        shown = list(window(counts, order, start, stop))
        blocks: dict[int, list[Need]] = {block: [] for block, _, _ in shown}
        sums = self._read_cells([cell for block in blocks for cell in cells.get(block, ())])
        for need in sums + _read(self._details().filter(**{f"{name}__in": list(blocks)})):
            blocks[need.member if self.sort == "member" else need.item].append(need)
        return [
            need for block, begin, end in shown for need in sorted(blocks[block], key=self._place_of_need)[begin:end]
        ]

    @cached_property
    def _block_counts(self) -> dict[int, int]:
        """How many needs with detail each member or item has."""
        name = f"{self.sort}_id"
        return dict(self._details().order_by().values(name).annotate(n=Count("pk")).values_list(name, "n"))


def _read(accounts: QuerySet[Account]) -> list[Need]:
    rows = accounts.values_list(*_KEY, *_STAGES, *_DETAIL)
    return [Need(*row) for row in rows]
