"""Lots that expire soon: of offers that stand, and of consignments that are not received yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When

from unmet.access.actors import current
from unmet.catalogue.models import Item
from unmet.parties.models import Party
from unmet.support import consignment_queries, offer_queries, profile_contacts, request_queries, substitutes
from unmet.support.models import AssistanceRequest, Consignment, ConsignmentLine, DeliveryProfile, Offer, OfferLine
from unmet.support.progress import Listing, any_of, months_after
from unmet.support.substitutes import Substitute

SOON, LATER = 3, 9  # months
_OFFER, _BOX = "offer", "box"
_KEY: Final = ("expires_on", "kind", "id")


@dataclass(frozen=True, slots=True)
class LotRow:
    """One lot; the quantity in thousandths of the base unit: what is left of an offer, or what is packed.

    `months` is the shortest shelf life on arrival that the member states, where there is one and the person may read
    it; `short` says whether the lot expires sooner than so many months after its expected arrival, or after today where
    none is known or it has passed.
    """

    tab: str
    item: Item
    quantity: int
    lot: str
    expires_on: date
    days: int
    offer: Offer | None
    box: Consignment | None
    member: Party | None
    arrives_on: date | None
    months: Decimal | None
    short: bool

    @property
    def giver(self) -> Party:
        """Whose lot it is."""
        giver = self.offer.giver if self.offer is not None else self.box.giver if self.box is not None else None
        assert giver is not None  # a lot is of the one or of the other
        return giver


class Lots(Listing[LotRow]):
    """Lots by when they expire; the first to expire on top."""

    tabs = ("expired", "soon", "later")

    def found(self) -> QuerySet[Any]:
        """Two tables as one list of keys. Filters are put to each of them: see `_both`."""
        offered, packed = self._both()
        return offered.values_list(*_KEY).union(packed.values_list(*_KEY), all=True).order_by(*_KEY)

    def _both(self, *, tab: str = "", party: int | None = None) -> tuple[QuerySet[Any], QuerySet[Any]]:
        """Lots of offers and of consignments that the acting person may read, each with its tab."""
        offers = Q(pk__in=offer_queries.given().values("pk")) | Q(pk__in=offer_queries.received().values("pk"))
        standing = offer_queries.standing(Offer.objects.filter(offers), at=self.at)
        under_way = (Consignment.State.PLANNED, *Consignment.UNDER_WAY)
        boxes = consignment_queries.for_actor().filter(state__in=under_way)
        offered = OfferLine.objects.filter(offer__in=standing.values("pk"), accepted__lt=F("quantity"))
        packed = ConsignmentLine.objects.filter(consignment__in=boxes.values("pk"), standing=None)
        if party is not None:
            offered = offered.filter(Q(offer__giver=party) | Q(offer__member=party))
            packed = packed.filter(Q(consignment__giver=party) | Q(consignment__member=party))
        return self._soon(offered, _OFFER, tab), self._soon(packed, _BOX, tab)

    def _soon(self, lots: QuerySet[Any], kind: str, tab: str) -> QuerySet[Any]:
        """Those that expire within the longer of the two times; `expires_on` is the last day on which it is good."""
        lots = lots.filter(expires_on__lte=months_after(self.today, LATER)).order_by()
        lots = lots.annotate(
            kind=Value(kind, output_field=CharField()),
            tab=Case(
                When(expires_on__lt=self.today, then=Value("expired")),
                When(expires_on__lte=months_after(self.today, SOON), then=Value("soon")),
                default=Value("later"),
            ),
        )
        return lots.filter(tab=tab) if tab else lots

    def counts(self, *, party: int | None = None) -> dict[str, int]:
        """How many lots stand under each tab: one query of each table."""
        found = dict.fromkeys(self.tabs, 0)
        for lots in self._both(party=party):
            for tab, number in lots.values("tab").annotate(n=Count("pk")).values_list("tab", "n"):
                found[tab] += number
        return found

    def parties(self) -> set[int]:
        """Givers and members of both."""
        offered, packed = self._both()
        pairs = [
            *offered.values_list("offer__giver", "offer__member").distinct(),
            *packed.values_list("consignment__giver", "consignment__member").distinct(),
        ]
        return {party for pair in pairs for party in pair if party is not None}

    def rows(self, start: int, stop: int | None, *, tab: str = "", party: int | None = None) -> list[LotRow]:
        """Rows start to stop of both tables as one list."""
        offered, packed = self._both(tab=tab, party=party)
        keys = offered.values_list(*_KEY).union(packed.values_list(*_KEY), all=True).order_by(*_KEY)
        return self.read(keys[start:stop])

    def read(self, found: QuerySet[Any]) -> list[LotRow]:
        """The rows of some keys: one query of each table, one of substitutes, three of profiles."""
        keys = list(found)
        offered = OfferLine.objects.select_related("item__base_unit", "offer__giver", "offer__member")
        packed = ConsignmentLine.objects.select_related(
            "line__item__base_unit", "consignment__giver", "consignment__member"
        )
        lines = offered.in_bulk([pk for _day, kind, pk in keys if kind == _OFFER])
        boxed = packed.in_bulk([pk for _day, kind, pk in keys if kind == _BOX])
        members = {line.offer.member_id for line in lines.values() if line.offer.member_id is not None}
        stands = substitutes.of(one.line_id for one in boxed.values())
        months = shelf_lives(members | {one.consignment.member_id for one in boxed.values()})
        return [
            self._of_offer(lines[pk], months)
            if kind == _OFFER
            else self._of_box(boxed[pk], stands.get(boxed[pk].line_id), months)
            for _day, kind, pk in keys
        ]

    def _of_offer(self, line: OfferLine, months: Mapping[int, Decimal]) -> LotRow:
        offer = line.offer
        assert line.expires_on is not None
        wanted = months.get(offer.member_id or 0)
        return LotRow(
            self._tab(line.expires_on), line.item, line.left, line.lot, line.expires_on,
            (line.expires_on - self.today).days, offer, None, offer.member, None, wanted,
            self._short(line.expires_on, None, wanted),
        )  # fmt: skip

    def _of_box(self, one: ConsignmentLine, stands: Substitute | None, months: Mapping[int, Decimal]) -> LotRow:
        box = one.consignment
        assert one.expires_on is not None
        # A kit or a substitute expires as what it is, not as what it counts for.
        item, quantity = (stands.item, stands.real(one.quantity)) if stands else (one.line.item, one.quantity)
        wanted = months.get(box.member_id)
        return LotRow(
            self._tab(one.expires_on), item, quantity, one.lot, one.expires_on,
            (one.expires_on - self.today).days, None, box, box.member, box.expected_on, wanted,
            self._short(one.expires_on, box.expected_on, wanted),
        )  # fmt: skip

    def _tab(self, expires_on: date) -> str:
        if expires_on < self.today:
            return "expired"
        return "soon" if expires_on <= months_after(self.today, SOON) else "later"

    def _short(self, expires_on: date, arrives_on: date | None, months: Decimal | None) -> bool:
        arrival = max(arrives_on or self.today, self.today)
        return months is not None and expires_on < months_after(arrival, months)


def shelf_lives(members: Iterable[int]) -> dict[int, Decimal]:
    """Member -> the shortest shelf life on arrival that it accepts, in months, where the acting person may read it.

    Who may is what `profile_queries.may_read` says of one member, asked of all of them at once.
    """
    wanted, actor = set(members), current()
    if not wanted:
        return {}
    asked = request_queries.received().filter(member__in=wanted, state=AssistanceRequest.State.SENT)
    shipping = profile_contacts.under_way(of=actor.all_parties).filter(member__in=wanted)
    readable = any_of(
        wanted & actor.own_parties, asked.order_by().values_list("member", flat=True).distinct(),
        shipping.order_by().values_list("member", flat=True).distinct(),
    )  # fmt: skip
    confirmed = DeliveryProfile.objects.filter(member__in=readable, state=DeliveryProfile.State.CONFIRMED)
    found: dict[int, Decimal] = {}
    for member, answers in confirmed.order_by("version").values_list("member", "answers"):
        found.pop(member, None)  # a later version that says nothing of it says nothing
        if months := answers.get("shelf_life"):
            found[member] = Decimal(months)
    return found
