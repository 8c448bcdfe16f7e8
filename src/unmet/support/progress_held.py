"""Consignments that cannot go on: why, since when, and where they were last seen."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from unmet.support import consignment_queries as queries
from unmet.support.models import Attestation, Consignment
from unmet.support.progress import Listing, days_since


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One consignment that is held. `place` is where a lot of it was last seen, empty where nobody has said so."""

    box: Consignment
    tab: str
    since: date | None
    days: int | None
    place: str
    seen_on: date | None


class Held(Listing[HeldRow]):
    """Consignments held, by why; the longest held first."""

    tabs = tuple(Consignment.Held.values)

    def found(self) -> QuerySet[Consignment]:
        """Those that the acting person's parties give, pass on, carry or await."""
        last = Attestation.objects.filter(Q(line__consignment=OuterRef("pk")) | Q(consignment=OuterRef("pk")))
        last = last.order_by("-seen_on", "-pk")
        held = queries.for_actor().filter(state=Consignment.State.HELD).annotate(
            tab=F("held_why"), place=Subquery(last.values("place")[:1]), seen_on=Subquery(last.values("seen_on")[:1])
        )  # fmt: skip
        return held.select_related("giver", "channel", "carrier", "member", "to_place").order_by("held_on", "pk")

    def condition(self, tab: str) -> Q:
        """The rows of a tab."""
        return Q(held_why=tab)

    def read(self, found: QuerySet[Any]) -> list[HeldRow]:
        """In the one query of the rows."""
        return [
            HeldRow(box, box.tab, box.held_on, days_since(box.held_on, self.today), box.place or "", box.seen_on)
            for box in found
        ]
