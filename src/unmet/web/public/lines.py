"""Rows of the public tables: measures with the names, units and links that stand beside them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from unmet.catalogue.models import Emergency, Item, Round, Sector
from unmet.exchange.download import Column, Value
from unmet.figures.lists import Need
from unmet.figures.order import by_name
from unmet.figures.totals import Totals
from unmet.parties.models import Group, Party, Place

STAGES = ("approved", "received", "in_transit", "committed", "not_covered", "not_in_country")


class Names:
    """Everything that has a name, by id; each table is read once, when it is first asked for."""

    @cached_property
    def parties(self) -> dict[int, Party]:
        """All parties."""
        return Party.objects.in_bulk()

    @cached_property
    def items(self) -> dict[int, Item]:
        """All items, with unit and sector."""
        return Item.objects.select_related("base_unit", "sector").in_bulk()

    @cached_property
    def rounds(self) -> dict[int, Round]:
        """All rounds, with their emergency."""
        return Round.objects.select_related("emergency").in_bulk()

    @cached_property
    def emergencies(self) -> dict[int, Emergency]:
        """All emergencies."""
        return Emergency.objects.in_bulk()

    @cached_property
    def sectors(self) -> dict[int, Sector]:
        """All sectors."""
        return Sector.objects.in_bulk()

    @cached_property
    def groups(self) -> dict[int, Group]:
        """All population groups."""
        return Group.objects.in_bulk()

    @cached_property
    def members_in_order(self) -> list[int]:
        """Ids of all parties, A to Z in the reader's language."""
        return [party.pk for party in by_name(self.parties.values())]

    @cached_property
    def items_in_order(self) -> list[int]:
        """Ids of all items, A to Z in the reader's language."""
        return [item.pk for item in by_name(self.items.values())]

    def places(self, needs: Iterable[Need]) -> dict[int, Place]:
        """The places of some needs, in one query."""
        return Place.objects.in_bulk({need.place for need in needs if need.place is not None})


def is_finance(item: Item) -> bool:
    """Whether quantities of an item are money."""
    return item.kind == Item.Kind.FINANCE


def unit_of(item: Item) -> str:
    """The unit in which an item is shown."""
    return _("US$") if is_finance(item) else item.base_unit.name


def exact(thousandths: int | None, item: Item | None) -> Decimal | None:
    """A quantity for a file: base units, or US dollars for money."""
    if thousandths is None:
        return None
    return Decimal(thousandths) / (100_000 if item is not None and is_finance(item) else 1000)


def usd(cents: int | None) -> Decimal | None:
    """A value for a file, in US dollars."""
    return None if cents is None else Decimal(cents) / 100


@dataclass(frozen=True)
class Line:
    """One row: measures `m` of an item, maybe of one member; `scope` are the codes that its figures are asked by."""

    m: Need | Totals
    item: Item
    at_risk: int = 0
    member: Party | None = None
    place: Place | None = None
    group: Group | None = None
    emergency: Emergency | None = None
    round: Round | None = None
    scope: Mapping[str, str] = field(default_factory=dict)
    members: int = 0
    events: Any = ()
    out: str = ""

    @property
    def query(self) -> str:
        """Query string of this row's figures."""
        return urlencode(self.scope)

    @property
    def finance(self) -> bool:
        """Whether its quantities are money."""
        return is_finance(self.item)

    @property
    def unit(self) -> str:
        """Its unit, in the reader's language."""
        return unit_of(self.item)

    @property
    def need(self) -> Need | None:
        """The need, when the row is about needs of one member."""
        return self.m if isinstance(self.m, Need) else None

    @property
    def key(self) -> str:
        """What the address of this row names: the uuid of the need, or the code of the item."""
        need = self.need
        return str(need.subject) if need is not None and need.subject is not None else self.item.code

    @property
    def over_covered(self) -> int:
        """What is on its way or received beyond what is needed; nothing where the need stands beside the totals."""
        if self.m.last_stated and not self.m.approved:
            return 0
        return max(self.m.received + self.m.in_transit + self.m.committed - self.m.approved, 0)

    @property
    def state(self) -> str:
        """met, covered, at_risk, open or ended; a word of the page follows from it.

        What left the totals is `last_stated` in public; its own people read how (`out`: lapsed, paused, …).
        """
        if not self.m.approved:
            return self.out or ("last_stated" if self.m.last_stated else "ended")
        if self.m.received >= self.m.approved:
            return "met"
        if self.at_risk:
            return "at_risk"
        return "open" if self.m.not_covered else "covered"


def columns(*, detail: bool) -> list[Column]:
    """Columns of the list of needs as a file."""
    named = [
        Column("member", _("Member, code"), "text"),
        Column("member_name", _("Member"), "text"),
        Column("item", _("Item, code"), "text"),
        Column("item_name", _("Item"), "text"),
        Column("unit", _("Unit"), "text"),
        Column("sector", _("Sector"), "text"),
        Column("emergency", _("Emergency"), "text"),
        Column("round", _("Round"), "text"),
    ]
    if detail:
        named += [
            Column("need", _("Need, number"), "text"),
            Column("place", _("Place"), "text"),
            Column("group", _("Group"), "text"),
            Column("needed_by", _("Needed by"), "date"),
            Column("rank", _("Rank of the member"), "integer"),
        ]
    return [*named, *measure_columns()]


def measure_columns() -> list[Column]:
    """Columns of the measures as a file."""
    return [
        Column("approved", _("Approved"), "quantity"),
        Column("received", _("Received"), "quantity"),
        Column("in_transit", _("In transit"), "quantity"),
        Column("committed", _("Committed"), "quantity"),
        Column("at_risk", _("At risk, of what is committed"), "quantity"),
        Column("allocated", _("Allocated"), "quantity"),
        Column("pledged", _("Pledged"), "quantity"),
        Column("not_covered", _("Not covered"), "quantity"),
        Column("not_in_country", _("Not yet in the country"), "quantity"),
        Column("last_stated", _("Last stated"), "quantity"),
        Column("value_approved_usd", _("Value approved, US$"), "money"),
        Column("value_not_covered_usd", _("Value not covered, US$"), "money"),
        Column("value_not_in_country_usd", _("Value not yet in the country, US$"), "money"),
    ]


def measures(line: Line) -> list[Value]:
    """The measures of a row for a file. No price means no value, which is not zero."""
    m, item = line.m, line.item
    priced = m.value_approved or not (m.needs_unpriced or line.finance)
    values = [
        usd(getattr(m, f"value_{name}")) if priced else None for name in ("approved", "not_covered", "not_in_country")
    ]
    return [
        exact(m.approved, item), exact(m.received, item), exact(m.in_transit, item), exact(m.committed, item),
        exact(line.at_risk, item), exact(m.allocated, item), exact(m.pledged, item), exact(m.not_covered, item),
        exact(m.not_in_country, item), exact(m.last_stated, item), *values,
    ]  # fmt: skip


def row(line: Line, *, detail: bool) -> list[Value]:
    """One need for a file."""
    member, item, need = line.member, line.item, line.need
    named: list[Value] = [
        member.code if member else "", member.name if member else "", item.code, item.name, line.unit, item.sector.code,
        line.emergency.code if line.emergency else "", line.round.code if line.round else "",
    ]  # fmt: skip
    if detail:
        named += [
            str(need.subject) if need and need.subject else None,
            line.place.name if line.place else None,
            line.group.name if line.group else None,
            need.needed_by if need else None,
            need.rank if need else None,
        ]
    return [*named, *measures(line)]
