"""How far each offer has come, since when, and until when it is held: one's own, and those made to one's members."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Case, DateField, DateTimeField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import TruncDate

from unmet.access.actors import current
from unmet.support import offer_queries
from unmet.support.models import Acceptance, Offer, OfferedLine, OfferLine, Stage, Step
from unmet.support.progress import Listing, days_since

State = Offer.State
OVER: Final = ("received", "expired", "withdrawn", "declined")


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One offer: its tab, since which day it stands there, and for how many days."""

    offer: Offer
    tab: str
    since: date | None
    days: int | None
    lines: Sequence[OfferLine]


class Offers(Listing[OfferRow]):
    """Offers by how far they have come. What still waits or moves comes first, the longest in its state on top.

    What was sent and received of an offer is read by its giver and by the member that accepted; to others to whom it
    was made it stays *accepted*.
    """

    tabs = ("offered", "in_part", "accepted", "under_way", *OVER)

    def found(self) -> QuerySet[Offer]:
        """Offers made by the acting person's parties or to its members; drafts are nobody's waiting."""
        seen = Q(pk__in=offer_queries.given().values("pk")) | Q(pk__in=offer_queries.received().values("pk"))
        found = Offer.objects.filter(seen).exclude(state=State.DRAFT).annotate(tab=self._tab())
        found = found.annotate(since=self._since(), over=Case(When(tab__in=OVER, then=1), default=0))
        return found.select_related("giver", "channel", "member").order_by(
            "over", F("since").asc(nulls_last=True), "pk"
        )

    def _tab(self) -> Case:
        standing = Q(state=State.OFFERED, ends_at__gt=self.at)
        waits = Q(pk__in=_with(line__committed__gt=0))
        taken = Q(pk__in=OfferLine.objects.filter(accepted__gt=0).values("offer"))
        return Case(
            When(pk__in=_with(line__in_transit__gt=0), then=Value("under_way")),
            When(waits & standing, then=Value("in_part")),
            When(waits, then=Value("accepted")),
            # While some of it is still offered it is not done, whatever of the rest was received.
            When(taken & standing, then=Value("in_part")),
            When(pk__in=_with(line__received__gt=0), then=Value("received")),
            When(_taken_back(), then=Value("withdrawn")),
            When(taken, then=Value("accepted")),
            When(standing, then=Value("offered")),
            # Past its day it is expired, whether that is posted already or not.
            When(state__in=(State.OFFERED, State.EXPIRED), then=Value("expired")),
            When(state=State.WITHDRAWN, then=Value("withdrawn")),
            default=Value("declined"),
        )

    @staticmethod
    def _since() -> Case:
        readable = _readable("offer_line__offer__", "")
        accepted = (
            Acceptance.objects.filter(readable, offer_line__offer=OuterRef("pk")).order_by("-pk").values("at")[:1]
        )
        return Case(
            When(tab="under_way", then=Subquery(_last_step(Stage.IN_TRANSIT))),
            When(tab="received", then=Subquery(_last_step(Stage.RECEIVED))),
            When(_taken_back(), tab="withdrawn", then=Subquery(_last_step(""))),
            When(
                tab__in=("in_part", "accepted"),
                then=TruncDate(Subquery(accepted, output_field=DateTimeField())),
            ),
            When(tab="offered", then=TruncDate("offered_at")),
            When(tab="expired", then=F("held_until_on")),
            default=TruncDate("ended_at"),
            output_field=DateField(),
        )

    def read(self, found: QuerySet[Any]) -> list[OfferRow]:
        """With their lines, in one more query."""
        offers = list(found)
        lines: dict[int, list[OfferLine]] = {one.pk: [] for one in offers}
        for line in OfferLine.objects.filter(offer__in=offers).select_related("item__base_unit").order_by("pk"):
            lines[line.offer_id].append(line)
        return [OfferRow(one, one.tab, one.since, days_since(one.since, self.today), lines[one.pk]) for one in offers]


def _readable(offer: str, line: str) -> Q:
    """Whose support an offer became is read by the giver, and by the member that accepted it."""
    actor = current()
    return Q(**{f"{offer}giver__in": actor.all_parties}) | Q(**{f"{line}member__in": actor.own_parties})


def _with(*such: Q, **of: int) -> QuerySet[Any]:
    """Offers of which such a line of support came. Asked once for the whole list, not again for each of its rows."""
    readable = _readable("offer_line__offer__", "line__")
    return OfferedLine.objects.filter(readable, *such, **of).values("offer_line__offer")


def _taken_back() -> Q:
    """Nothing stands any more of what was accepted: one side took all of it back. Others do not learn of it."""
    stands = Q()
    for stage in (Stage.COMMITTED, Stage.IN_TRANSIT, Stage.RECEIVED, Stage.REJECTED, Stage.MISSING):
        stands |= Q(**{f"line__{stage}__gt": 0})
    return Q(pk__in=_with(offer_line__accepted__gt=0)) & ~Q(pk__in=_with(stands))


def _last_step(stage: str) -> QuerySet[Any]:
    """The day of the last step to a stage ("": out of the books), of those lines that the acting person may read."""
    steps = Step.objects.filter(line__offered__offer_line__offer=OuterRef("pk"), to_stage=stage)
    steps = steps.filter(_readable("line__offered__offer_line__offer__", "line__"))
    return steps.order_by("-dated_on", "-pk").values("dated_on")[:1]
