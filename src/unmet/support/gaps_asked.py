"""Which gaps a responder asks for, and who has them: the same on the page, in its file and for programs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db.models import Q

from unmet.catalogue import search as catalogue
from unmet.catalogue.models import Item
from unmet.parties import sets, severities
from unmet.parties.models import Party, Severity
from unmet.support import profile_queries, queries
from unmet.support.queries import MemberGap, Wanted

Measure = Literal["not_covered", "not_in_country"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GapsAsked:
    """By item, sector, members, severity, readiness and day, ordered by one of the two figures.

    `severity` is the lowest category of the index of others (1 to 5), 0 for any; `ready` leaves those that are ready to
    ship, as far as the person may know. `region` is the key of a set of members (`parties.sets`), who are in it `on` a
    day. A day of need is detail: with it only those needs count that the person may see in detail.
    """

    on: date
    q: str = ""
    sector: str = ""
    region: str = ""
    severity: int = 0
    ready: bool = False
    day: date | None = None
    measure: Measure = "not_covered"

    @property
    def condition(self) -> Q:
        """As a condition on items and members, of accounts and of cells of the books alike."""
        wanted = Q()
        if self.q:
            wanted &= Q(item__in=list(catalogue.items().find(self.q).things))
        if self.sector:
            wanted &= Q(item__sector__code=self.sector)
        if self.region:
            # A few dozen at most: read once, instead of a join for each of the sums.
            wanted &= Q(member__in=list(sets.of(self.region, on=self.on).values_list("pk", flat=True)))
        if self.severity:
            found = severities.newest(on=self.on).values()
            wanted &= Q(member__in=[row.party_id for row in found if row.level >= self.severity])
        return wanted

    @property
    def wanted(self) -> Wanted:
        """As the books are asked for it."""
        return Wanted(self.condition, self.measure, self.day, profile_queries.ready_pairs if self.ready else None)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member that needs an item.

    `ready` says that it is ready to ship, of those of which the person may know it; `severity` is what an index of
    others states.
    """

    member: Party
    gap: MemberGap
    ready: bool
    severity: Severity | None


def members(item: Item, asked: GapsAsked, *, but_of: Iterable[int]) -> list[MemberRow]:
    """Who needs an item, of what was asked for: members A to Z."""
    gaps = {gap.member: gap for gap in queries.gaps_of(item, but_of=but_of, wanted=asked.wanted)}
    ready = profile_queries.ready_pairs((item.pk, member) for member in gaps)
    severe = severities.newest(on=asked.on)
    return [
        MemberRow(party, gaps[party.pk], (item.pk, party.pk) in ready, severe.get(party.pk))
        for party in Party.objects.filter(pk__in=gaps).in_reading_order()
    ]
