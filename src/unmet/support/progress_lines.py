"""What was accepted and not sent, or sent and not received, by days; and what of it is at risk, in sums."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When

from unmet.access import visible
from unmet.access.visible import Columns
from unmet.catalogue.models import Item
from unmet.parties.models import Party, place_among
from unmet.support import queries
from unmet.support.models import Line, Stage, Step
from unmet.support.progress import Listing, days_since

_COLUMNS: Final = Columns(sector="account__sector__uuid", subject="account__subject")
MONTH, QUARTER = timedelta(days=30), timedelta(days=90)


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of support: how much stands at the stage (thousandths), since when, and whether it is at risk."""

    line: Line
    tab: str
    quantity: int
    since: date | None
    days: int | None
    late: bool
    late_days: int | None
    expected_on: date | None


class _Ageing(Listing[LineRow]):
    """Lines of support of which something stands at one stage; those at risk first, then the oldest.

    The days run from the last step to that stage, so that no line looks older than what is left of it.
    """

    tabs = ("late", "to_30", "to_90", "more")
    overlapping = ("late",)
    stage: Stage
    expected: str = "expected_on"

    def found(self) -> QuerySet[Line]:
        """Lines that the acting person's parties give, or that come to its members."""
        steps = Step.objects.filter(line=OuterRef("pk"), to_stage=self.stage)
        lines = queries.with_arrival(queries.for_actor().filter(**{f"{self.stage}__gt": 0})).annotate(
            since=Subquery(steps.order_by("-dated_on", "-pk").values("dated_on")[:1]),
            late=Case(When(**{f"{self.expected}__lt": self.today}, then=True), default=False),
        )  # fmt: skip
        lines = lines.annotate(
            tab=Case(
                When(since__gte=self.today - MONTH, then=Value("to_30")),
                When(since__gte=self.today - QUARTER, then=Value("to_90")),
                default=Value("more"),
            )
        )
        lines = lines.select_related("giver", "channel", "member", "item__base_unit")
        return lines.order_by("-late", F("since").asc(nulls_first=True), "pk")

    def condition(self, tab: str) -> Q:
        """The rows of a tab; those at risk stand under their days too."""
        return Q(late=True) if tab == "late" else Q(tab=tab)

    def counts(self, *, party: int | None = None) -> dict[str, int]:
        """How many rows stand under each tab, and how many of all are at risk."""
        found = dict.fromkeys(self.tabs, 0)
        counted = self.of(party).order_by().values("tab", "late").annotate(n=Count("pk"))
        for tab, late, number in counted.values_list("tab", "late", "n"):
            found[tab] += number
            found["late"] += number if late else 0
        return found

    def read(self, found: QuerySet[Any]) -> list[LineRow]:
        """In the one query of the rows."""
        return [
            LineRow(
                line, line.tab, getattr(line, self.stage), line.since, days_since(line.since, self.today),
                bool(line.late), days_since(getattr(line, self.expected), self.today) if line.late else None,
                getattr(line, self.expected),
            )
            for line in found
        ]  # fmt: skip


class NotSent(_Ageing):
    """Accepted by the member and not sent yet."""

    stage = Stage.COMMITTED


class NotReceived(_Ageing):
    """Sent, and not yet received, rejected or missing."""

    stage = Stage.IN_TRANSIT
    # What was sent is expected when its consignments are; the day of the line stands for what was not sent.
    expected = "arrives_on"


@dataclass(frozen=True, slots=True)
class SumRow:
    """What is committed to one member of one item and past its expected arrival; thousandths of the base unit."""

    member: Party
    item: Item
    quantity: int


class AtRisk(Listing[SumRow]):
    """What is at risk, as the figure of that name counts it: sums by member and item, never a line of support.

    Of what the acting person may see as figures. No giver, no date and no count of lines stands in it.
    """

    parties_by = ("member",)

    def found(self) -> QuerySet[Any]:
        """One row for each member and item, members A to Z."""
        late = Line.objects.filter(committed__gt=0, expected_on__lt=self.today)
        rows = visible.rows(late, _COLUMNS).order_by().values("member", "item").annotate(quantity=Sum("committed"))
        names = Party.objects.all().in_reading_order().values_list("pk", flat=True)
        return rows.order_by(place_among("member", names), "item")

    def counts(self, *, party: int | None = None) -> dict[str, int]:
        """How many sums there are; they have no tabs."""
        return {"": self.of(party).count()}

    def read(self, found: QuerySet[Any]) -> list[SumRow]:
        """With their names: two queries more."""
        rows = list(found.values_list("member", "item", "quantity"))
        members = Party.objects.in_bulk({row[0] for row in rows})
        items = Item.objects.select_related("base_unit").in_bulk({row[1] for row in rows})
        return [SumRow(members[member], items[item], quantity) for member, item, quantity in rows]
