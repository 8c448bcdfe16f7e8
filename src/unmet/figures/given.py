"""What is given: from which giver to which member, valued at the reference prices frozen with each round.

What counts is what a member has accepted: committed, in transit and received. A pledge is no help, and what was
rejected or is missing is none either. Money stands beside the value of goods, never inside it.

The world reads sums of the public book, in which no giver has a name. Everybody else reads sums of the lines that
`access.visible` shows as figures, and of its own: the giver has a name where one's own party gives, or where it gives
to a member whose own people one is of; all others are one giver that is not named.

A giver that shows its name to everyone (`support.giver_names`) has it for the world too, beside what was received and
stands in the public book. What is committed or in transit never has a name there: it would tell of consignments.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import BigIntegerField, BooleanField, Case, F, Q, QuerySet, Sum, When

from unmet.access import visible
from unmet.access.actors import current
from unmet.access.visible import Columns
from unmet.books.measures import value_cents
from unmet.books.models import Cube
from unmet.catalogue.lookup import FINANCE
from unmet.catalogue.models import RoundPrice
from unmet.support import giver_names
from unmet.support.models import Line

NOT_NAMED: Final = 0  # instead of the id of a giver
_STAGES: Final = ("committed", "in_transit", "received")
_LINE: Final = Columns(sector="account__sector__uuid", subject="account__subject")
_PUBLIC: Final = Q(account__public=True, received__gt=0)  # lines of which everyone may read that they were received


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part is asked for, by ids; None means all. With an item it is counted, without one it is valued.

    A round stands for the period that it asks about.
    """

    item: int | None = None
    sector: int | None = None
    round: int | None = None

    def conditions(self, *, item: str = "item", sector: str = "item__sector", round_: str = "round") -> Q:
        """As a condition on rows that name the three by these columns; money only where it is the item asked for."""
        named = {item: self.item, sector: self.sector, round_: self.round}
        wanted = Q(**{name: value for name, value in named.items() if value is not None})
        return wanted if self.item is not None else wanted & ~Q(**{f"{item}__kind": FINANCE})


@dataclass(slots=True)
class Band:
    """From one giver (or `NOT_NAMED`) to one member: what is on its way and what was received.

    In US cents; where one item is asked for, in thousandths of its base unit. `unpriced` are items without a cited
    price, which are in neither.
    """

    giver: int
    member: int
    under_way: int = 0
    received: int = 0
    unpriced: set[int] = field(default_factory=set)

    @property
    def total(self) -> int:
        """How wide it is drawn."""
        return self.under_way + self.received


@dataclass(frozen=True, slots=True)
class Shown:
    """What everyone may read as received by a member of one item, in thousandths; whether with the giver's name."""

    member: int
    item: int
    received: int
    named: bool


def public(wanted: Wanted) -> list[Band]:
    """What everyone may see: the sums of the public book, and of them what was received from givers that are named."""
    cells = Cube.objects.filter(wanted.conditions())
    summed = cells.order_by().values("member", "item", "round").annotate(**_sums())
    rows = summed.values_list("member", "item", "round", *(f"sum_{stage}" for stage in _STAGES))
    return _bands(_parted(rows, _named(wanted)), wanted)


def _named(wanted: Wanted | None = None) -> Iterable[tuple[int, ...]]:
    """(giver, member, item, round, received) of givers that are named, as far as it is public. None: whatever it is."""
    if not giver_names.anybody():
        return ()
    parts = {"item": "account__item", "sector": "account__sector", "round_": "account__round"}
    conditions = wanted.conditions(**parts) if wanted is not None else Q()
    lines = Line.objects.filter(_PUBLIC, conditions).filter(giver_names.named())
    summed = lines.order_by("giver").values("giver", "member", "account__item", "account__round")
    totals = summed.annotate(sum_received=Sum("received"))
    return totals.values_list("giver", "member", "account__item", "account__round", "sum_received")


def names_edition() -> str:
    """Another word whenever everyone reads other names: of nothing but what everyone reads."""
    named = sorted(tuple(row) for row in _named())
    return hashlib.sha256(repr(named).encode()).hexdigest() if named else ""


def _parted(rows: Iterable[tuple[int, ...]], named: Iterable[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
    """Sums of the public book with what has a giver's name set apart. Never more than the book holds is named.

    What was received for an earlier round stays there, and its line may have gone on with the need.
    """
    sums = {row[:3]: list(row[3:]) for row in rows}
    for giver, member, item, round_, received in named:
        cell = sums.get((member, item, round_))
        if cell is not None and (part := min(received, cell[2])) > 0:
            cell[2] -= part
            yield giver, member, item, round_, 0, 0, part
    for key, cell in sums.items():
        yield NOT_NAMED, *key, *cell


def received_of(lines: QuerySet[Line]) -> list[Shown]:
    """What of some lines of a giver everyone may read, by member and item, and whether with its name."""
    named = Case(When(giver_names.named(), then=True), default=False, output_field=BooleanField())
    summed = lines.filter(_PUBLIC).annotate(is_named=named).order_by("member", "account__item", "is_named")
    totals = summed.values("member", "account__item", "is_named").annotate(sum_received=Sum("received"))
    return [Shown(*row) for row in totals.values_list("member", "account__item", "sum_received", "is_named")]


def seen(wanted: Wanted) -> list[Band]:
    """What the acting person may see: its own parties' lines, and the sums of what others have released to it."""
    lines = _seen().filter(wanted.conditions(sector="account__sector", round_="account__round"))
    actor = current()
    known = Q(giver__in=actor.all_parties) | Q(member__in=actor.own_parties)
    received = When(_PUBLIC & giver_names.named(), then=F("giver_id"))
    named = lines.annotate(
        named=Case(When(known, then=F("giver_id")), default=NOT_NAMED, output_field=BigIntegerField()),
        named_received=Case(
            When(known, then=F("giver_id")), received, default=NOT_NAMED, output_field=BigIntegerField()
        ),
    )  # fmt: skip
    keys = ("named", "named_received", "member", "item", "account__round")
    summed = named.order_by().values(*keys).annotate(**_sums())
    rows = summed.values_list(*keys, *(f"sum_{stage}" for stage in _STAGES))
    return _bands(_two_givers(rows), wanted)


def _two_givers(rows: Iterable[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
    """Sums of lines whose giver has a name beside what was received, and perhaps none beside what is on its way."""
    for giver, giver_of_received, *where, committed, in_transit, received in rows:
        yield giver, *where, committed, in_transit, 0
        yield giver_of_received, *where, 0, 0, received


def choices(*, of_everyone: bool) -> tuple[set[int], set[int], set[int]]:
    """Items, sectors and rounds of which anything is given, as far as it is seen: what the filters offer."""
    something = Q(committed__gt=0) | Q(in_transit__gt=0) | Q(received__gt=0)
    rows: Iterable[tuple[int, int, int]]
    if of_everyone:
        rows = Cube.objects.filter(something).order_by().values_list("item", "item__sector", "round").distinct()
    else:
        found = _seen().filter(something).order_by()
        rows = found.values_list("item", "account__sector", "account__round").distinct()
    items, sectors, rounds = zip(*rows, strict=True) if (rows := list(rows)) else ((), (), ())
    return set(items), set(sectors), set(rounds)


def _sums() -> dict[str, Sum]:
    return {f"sum_{stage}": Sum(stage) for stage in _STAGES}


def _seen() -> QuerySet[Line]:
    shown = visible.rows(Line.objects.all(), _LINE)
    return Line.objects.filter(Q(giver__in=current().all_parties) | Q(pk__in=shown.values("pk")))


def _bands(rows: Iterable[tuple[Any, ...]], wanted: Wanted) -> list[Band]:
    """Bands out of sums by giver, member, item and round; those of nothing are left out."""
    prices: dict[tuple[int, int], int] = {}
    if wanted.item is None:
        prices = {
            (round_, item): price
            for round_, item, price in RoundPrice.objects.values_list("round_id", "item_id", "usd_millionths")
        }
    bands: dict[tuple[int, int], Band] = {}
    for giver, member, item, round_, committed, in_transit, received in rows:
        if not committed and not in_transit and not received:
            continue
        band = bands.setdefault((giver, member), Band(giver, member))
        if wanted.item is not None:
            band.under_way += committed + in_transit
            band.received += received
        elif (price := prices.get((round_, item))) is None:
            band.unpriced.add(item)
        else:
            band.under_way += value_cents(committed + in_transit, price)
            band.received += value_cents(received, price)
    return list(bands.values())
