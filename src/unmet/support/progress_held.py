"""Consignments that cannot go on: why, since when, and where they were last seen."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from unmet.parties.models import Party
from unmet.support import consignment_queries as queries
from unmet.support.models import Attestation, Consignment
from unmet.support.progress import Listing, days_since


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One box that is held. `place` is where a lot of it was last seen, empty where nobody has said so.

    `givers` are those of its parts that the reader sees.
    """

    box: Consignment
    givers: tuple[Party, ...]
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

    def of(self, party: int | None) -> QuerySet[Any]:
        """A box of several givers is one row of each reason for which parts of it are held."""
        return queries.once(super().of(party), "held_why")

    def condition(self, tab: str) -> Q:
        """The rows of a tab."""
        return Q(held_why=tab)

    def read(self, found: QuerySet[Any]) -> list[HeldRow]:
        """With the givers of the other parts."""
        boxes = list(found)
        held = queries.parts(boxes, queries.for_actor().filter(state=Consignment.State.HELD))
        givers = {
            box.pk: tuple(part.giver for part in held.get(box.box, ()) if part.held_why == box.held_why)
            for box in boxes
        }
        return [
            HeldRow(
                box,
                givers[box.pk],
                box.tab,
                box.held_on,
                days_since(box.held_on, self.today),
                box.place or "",
                box.seen_on,
            )
            for box in boxes
        ]
