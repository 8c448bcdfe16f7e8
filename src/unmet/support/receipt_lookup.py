"""What a table of receipts may speak of, as plain data: the lots sent to a member, and what stands of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from unmet.catalogue.lookup import Lookup
from unmet.catalogue.models import Round
from unmet.needs.lookup import items_lookup
from unmet.parties.models import Party
from unmet.support import consignment_queries as queries
from unmet.support import substitutes
from unmet.support.models import Consignment, ConsignmentLine
from unmet.support.receipts import RECEIVABLE
from unmet.support.substitutes import Substitute

_EARLIER, _LATER = timedelta(days=730), timedelta(days=3652)


class NothingSent(Exception):
    """No consignment was ever packed for the member, so there is nothing to receive."""


@dataclass(frozen=True, slots=True)
class Stands:
    """What the receipt that stands says of a lot: quantities in thousandths of the base unit."""

    receipt: int  # its id
    received_on: date
    accepted: int
    rejected: int
    missing: int
    surplus: int
    rejected_why: str
    missing_why: str
    text: str


@dataclass(frozen=True, slots=True)
class Lot:
    """One line of a consignment. `shipped` in thousandths of the base unit; `stands` is None while it is under way.

    A kit or a substitute is named and counted as what it is; `packed` is how much it counts as.
    """

    id: int
    uuid: str
    consignment: int
    waybill: str
    giver: str
    state: str
    item_id: int
    lot: str
    expires_on: date | None
    shipped: int
    sent_on: date | None
    stands: Stands | None
    packed: int
    substitute: Substitute | None = None

    def counted(self, told: Sequence[int]) -> tuple[int, ...]:
        """Accepted, rejected, missing and surplus, as they count for the line of support."""
        if self.substitute is None:
            return tuple(told)
        *parts, surplus = told
        return (*self.substitute.shared(parts, self.packed), self.substitute.counted(surplus))

    @property
    def receivable(self) -> bool:
        """Whether it can be received for the first time now."""
        return self.stands is None and self.state in RECEIVABLE


@dataclass(frozen=True)
class ReceiptLookup:
    """Everything that reading one table of receipts needs to know.

    `words` gives the items; `lots` says folded waybill -> what is in the box, of all givers. Nothing arrived after
    `today`.
    """

    member: str  # its name, in the reader's language
    words: Lookup
    lots: Mapping[str, tuple[Lot, ...]]
    today: date
    by_id: Mapping[int, Lot] = field(default_factory=dict)

    @cached_property
    def by_consignment(self) -> Mapping[int, tuple[Lot, ...]]:
        """Consignment -> what is in it."""
        found: defaultdict[int, list[Lot]] = defaultdict(list)
        for lots in self.lots.values():  # a box of several givers is a consignment of each of them
            for lot in lots:
                found[lot.consignment].append(lot)
        return {consignment: tuple(lots) for consignment, lots in found.items()}

    @cached_property
    def window(self) -> tuple[date, date]:
        """First and last day that a date may name: two years before the first dispatch to ten years from today."""
        days = [lot.sent_on for lot in self.by_id.values() if lot.sent_on] or [self.today]
        return min(days) - _EARLIER, self.today + _LATER


def lookup(*, member: Party, round_: Round, today: date) -> ReceiptLookup:
    """The consignments of a member of the acting person, and the items with all their names, as of a round."""
    by_waybill: defaultdict[str, list[Lot]] = defaultdict(list)
    for folded, lot in _lots(member):
        by_waybill[folded].append(lot)
    return ReceiptLookup(
        member=member.name,
        words=items_lookup(round_=round_),
        lots={folded: tuple(lots) for folded, lots in by_waybill.items()},
        today=today,
        by_id={lot.id: lot for lots in by_waybill.values() for lot in lots},
    )


def counted_in(member: Party) -> Round:
    """The round on whose accounts the newest of what was packed for a member of the acting person counts.

    Raises:
        NothingSent: see there.
    """
    packed = ConsignmentLine.objects.filter(consignment__in=queries.for_actor(), consignment__member=member)
    newest = packed.select_related("line__account__round__emergency").order_by("-pk").first()
    if newest is None:
        raise NothingSent
    return newest.line.account.round


def _lots(member: Party) -> Iterator[tuple[str, Lot]]:
    """(folded waybill, lot), consignment by consignment. A plan gives way to what was sent with its waybill."""
    boxes = queries.for_actor().filter(member=member).exclude(waybill="")
    sent = boxes.exclude(state=Consignment.State.PLANNED).values("waybill_folded")
    boxes = boxes.exclude(state=Consignment.State.PLANNED, waybill_folded__in=sent)
    rows = ConsignmentLine.objects.filter(consignment__in=boxes).select_related(
        "consignment__giver", "line", "standing__receipt"
    )
    found = list(rows.order_by("consignment", "pk"))
    stands_for = substitutes.of(row.line_id for row in found)
    for row in found:
        box, substitute = row.consignment, stands_for.get(row.line_id)
        yield box.waybill_folded, Lot(
            id=row.pk, uuid=str(row.uuid), consignment=box.pk, waybill=box.waybill, giver=box.giver.name,
            state=box.state, item_id=substitute.item.pk if substitute else row.line.item_id, lot=row.lot,
            expires_on=row.expires_on, shipped=_real(row.quantity, substitute), sent_on=box.dispatched_on,
            stands=_stands(row, substitute), packed=row.quantity, substitute=substitute,
        )  # fmt: skip


def _stands(row: ConsignmentLine, substitute: Substitute | None) -> Stands | None:
    says = row.standing
    if says is None:
        return None
    accepted, rejected, missing, surplus = (
        _real(quantity, substitute) for quantity in (says.accepted, says.rejected, says.missing, says.surplus)
    )
    return Stands(
        receipt=says.receipt_id, received_on=says.receipt.received_on, accepted=accepted, rejected=rejected,
        missing=missing, surplus=surplus, rejected_why=says.rejected_why, missing_why=says.missing_why, text=says.text,
    )  # fmt: skip


def _real(counted: int, substitute: Substitute | None) -> int:
    return counted if substitute is None else substitute.real(counted)
