"""Sums of the books. The world's figures read the public book only; other audiences get sums over what they may see."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from unmet.access import visible
from unmet.books import services as books
from unmet.books.measures import MEASURES
from unmet.books.models import Account, Book, Cube, Entry
from unmet.catalogue.models import Item

# What sums may hold: the measures of the books, and the counts of figures about members and risk.
_KNOWN = frozenset((*MEASURES, "accounts", "at_risk", "members_public", "members_reported", "members_of_date"))
_SUMS = {f"sum_{name}": Sum(name) for name in MEASURES}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the books a figure is about. Ids; None means all.

    Without a round it is *open now*: the one open account of each need, whatever its round. With a round it is *of
    round R*. `on` asks for the figure as known at the end of a past day (24:00 UTC), what was withdrawn since included.
    `need` narrows to one need thread by its uuid; the caller has checked that its detail is public.
    """

    member: int | None = None
    item: int | None = None
    sector: int | None = None
    emergency: int | None = None
    round: int | None = None
    on: date | None = None
    need: uuid.UUID | None = None

    @property
    def from_entries(self) -> bool:
        """Whether the sums are taken from the lines of the book and not from the cube."""
        return self.on is not None or self.need is not None

    def of(self, **changes: Any) -> "Scope":
        """The same scope with some parts changed."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of all measures over a scope: quantities in thousandths, values in US cents."""

    sums: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, measure: str) -> int:
        # Templates look here first: what is no measure must not be found, or a property would read as zero.
        if measure not in _KNOWN:
            raise KeyError(measure)
        return self.sums.get(measure, 0)

    def __getattr__(self, measure: str) -> int:
        # Bars read measures as attributes.
        if measure in _KNOWN:
            return self.sums.get(measure, 0)
        raise AttributeError(measure)

    @property
    def coverage_by_value(self) -> Fraction | None:
        """1 − value not covered ÷ value approved; None where nothing priced is approved."""
        value = self["value_approved"]
        return 1 - Fraction(self["value_not_covered"], value) if value else None

    @property
    def gap_by_value(self) -> Fraction | None:
        """Value not covered ÷ value approved; None where nothing priced is approved."""
        covered = self.coverage_by_value
        return None if covered is None else 1 - covered

    @property
    def coverage(self) -> Fraction | None:
        """1 − not covered ÷ approved, of one item; None where nothing is approved."""
        return 1 - Fraction(self["not_covered"], self["approved"]) if self["approved"] else None

    @property
    def anything(self) -> bool:
        """Whether anything at all is public in the scope."""
        return self["accounts"] > 0


def total(scope: Scope, *, goods: bool | None = True) -> Totals:
    """The sums of one scope of the public book.

    `goods`: True leaves money out, whose value stands beside, never inside; False takes money only; None takes both,
    which is right for counts of needs and for values (a line of money carries no value).
    """
    row = _public(scope, goods=goods).aggregate(**_SUMS, n=_accounts(scope))
    return _totals(row)


def by(dimension: str, scope: Scope, *, goods: bool | None = None) -> dict[int, Totals]:
    """The sums by member, item, sector, round or emergency (ids), of what is public in a scope."""
    column = _column(dimension, scope)
    rows = _public(scope, goods=goods).order_by().values(column).annotate(**_SUMS, n=_accounts(scope))
    return {row[column]: _totals(row) for row in rows.iterator()}


Cell = tuple[int, int, int]


def cells(
    scope: Scope, *, goods: bool | None = None, inputs: Sequence[str] = (), members: Iterable[int] | None = None
) -> Iterator[tuple[Cell, Totals]]:
    """The sums by (member, item, round): the rows behind a figure.

    `inputs` leaves out cells where all of these measures are zero; `members` reads those of a few members only.
    """
    columns = [_column(name, scope) for name in ("member", "item", "round")]
    rows = _public(scope, goods=goods)
    if members is not None:
        rows = rows.filter(**{f"{columns[0].removesuffix('_id')}__in": list(members)})
    rows = rows.order_by(*columns).values(*columns).annotate(**_SUMS, n=_accounts(scope))
    for row in rows.iterator():
        sums = _totals(row)
        if not inputs or any(sums[name] for name in inputs):
            yield (row[columns[0]], row[columns[1]], row[columns[2]]), sums


def cell_counts(scope: Scope, *, goods: bool | None = None, inputs: Sequence[str]) -> dict[int, int]:
    """How many cells each member has behind a figure: see `cells`."""
    if scope.from_entries:
        return dict(Counter(member for (member, _, _), _ in cells(scope, goods=goods, inputs=inputs)))
    something = Q()
    for name in inputs:
        something |= ~Q(**{name: 0})
    # Of one round, a cell may have an open and a closed standing.
    each = Count("pk") if scope.round is None else Count("item_id", distinct=True)
    rows = _public(scope, goods=goods).filter(something).order_by().values("member_id").annotate(n=each)
    return {row["member_id"]: row["n"] for row in rows}


def members_with_figures(scope: Scope) -> set[int]:
    """The parties of which anything stands in the public book. A balance of zero all through is nothing."""
    return {member for member, sums in by("member", scope).items() if sums.anything}


def members_by_item(scope: Scope, items: Iterable[int]) -> dict[int, int]:
    """How many members have public figures for each of these items."""
    rows = Cube.objects.filter(
        _conditions(scope, sector="item__sector_id"), item__in=list(items), accounts__gt=0, closed=False
    )
    counted = rows.order_by().values("item_id").annotate(n=Count("member_id", distinct=True))
    return {row["item_id"]: row["n"] for row in counted}


def public_cells(scope: Scope) -> set[tuple[int, int]]:
    """The (member, item) pairs of a scope of which something is public now."""
    now = scope.of(on=None, need=None)
    rows = Cube.objects.filter(_conditions(now, sector="item__sector_id"), accounts__gt=0)
    return set(rows.order_by().values_list("member_id", "item_id").distinct())


def seen(scope: Scope) -> Totals:
    """The sums over the accounts that the acting actor may see, by the releases that stand now."""
    return _totals(seen_accounts(scope).aggregate(**_SUMS, n=Count("pk")))


def seen_by(dimension: str, scope: Scope) -> dict[int, Totals]:
    """The sums by member, item or sector over the accounts that the acting actor may see."""
    column = f"{dimension}_id"
    rows = seen_accounts(scope).order_by().values(column).annotate(**_SUMS, n=Count("pk"))
    return {row[column]: _totals(row) for row in rows.iterator()}


def seen_accounts(scope: Scope) -> QuerySet[Account]:
    """The need accounts of a scope that the acting actor may see."""
    accounts = Account.objects.filter(_conditions(scope, sector="sector_id"), kind=Account.Kind.NEED)
    if scope.round is None:
        accounts = accounts.filter(closed=False)
    return visible.rows(accounts)


# ── where the sums come from ─────────────────────────────────────────────────
def _public(scope: Scope, *, goods: bool | None) -> QuerySet[Any]:
    """The cube now; the lines of the public book for one need, or up to a past day."""
    if scope.from_entries:
        rows: QuerySet[Any] = Entry.objects.filter(
            _conditions(scope, "account__", sector="account__sector_id"), book=Book.PUBLIC
        )
        if scope.on is not None:
            rows = rows.filter(sequence__lte=books.last_sequence(on=scope.on))
        if scope.need is not None:
            rows = rows.filter(account__subject=scope.need)
        kind = "account__item__kind"
    else:
        rows = Cube.objects.filter(_conditions(scope, sector="item__sector_id"))
        kind = "item__kind"
    if scope.round is None:
        rows = rows.filter(closed=False)
    if goods is None:
        return rows
    return rows.exclude(**{kind: Item.Kind.FINANCE}) if goods else rows.filter(**{kind: Item.Kind.FINANCE})


def _conditions(scope: Scope, prefix: str = "", *, sector: str) -> Q:
    wanted = {
        f"{prefix}member_id": scope.member,
        f"{prefix}item_id": scope.item,
        f"{prefix}emergency_id": scope.emergency,
        f"{prefix}round_id": scope.round,
        sector: scope.sector,
    }
    return Q(**{name: value for name, value in wanted.items() if value is not None})


def _column(dimension: str, scope: Scope) -> str:
    if dimension == "sector":
        return "account__sector_id" if scope.from_entries else "item__sector_id"
    return f"account__{dimension}_id" if scope.from_entries else f"{dimension}_id"


def _accounts(scope: Scope) -> Any:
    return Count("account_id", distinct=True) if scope.from_entries else Sum("accounts")


def _totals(row: Mapping[str, Any]) -> Totals:
    sums = {name: int(row[f"sum_{name}"] or 0) for name in MEASURES}
    # Lines that cancel out are nothing: what was withdrawn before the asked day leaves no trace in a sum.
    sums["accounts"] = int(row["n"] or 0) if any(sums.values()) else 0
    return Totals(sums)


def add(parts: Iterable[Totals]) -> Totals:
    """The sum of totals."""
    sums: dict[str, int] = {}
    for part in parts:
        for name, value in part.sums.items():
            sums[name] = sums.get(name, 0) + value
    return Totals(sums)
