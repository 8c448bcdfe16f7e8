"""The demonstration's consignments: invented, and said to be so in each. Their days are counted from today.

One is on its way, one held at the port, one was received short, so that lists and timelines show each.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from unmet.access.models import Role
from unmet.config.demonstration_people import People
from unmet.config.demonstration_requests import TEXT
from unmet.needs.models import Need
from unmet.parties.models import Place
from unmet.support import acceptance, consignment_ways, consignments, receipts
from unmet.support.acceptance import Accepted
from unmet.support.consignments import Packed, Plan
from unmet.support.models import Consignment, Line, OfferLine, ReceiptLine
from unmet.support.receipts import Counted

Why: Final = ReceiptLine.Why


def load(people: People) -> None:
    """School kits short in Honduras, the Global Fund's respirators held in Zambia, WHO's hand rub on its way there."""
    now = timezone.now()
    respirators, kits = (Line.objects.get(reference=f"DEMO-{number}") for number in ("003", "010"))
    expiry = now.date() + timedelta(days=500)
    short = [Packed(kits, kits.committed)]
    box = _send(people, "UNICEF", "DEMO-230-7781 0092", "road", short, now - timedelta(days=20), expected=9)
    rub = _accept_hand_rub(people, now - timedelta(days=16))
    two_lots = [Packed(respirators, 60_000_000, "N95-21A", expiry), Packed(respirators, 40_000_000, "N95-21B", expiry)]
    held = _send(people, "UNDP", "DEMO-071-4420 1876", "air", two_lots, now - timedelta(days=13), expected=4)
    _receive_short(people, box, now - timedelta(days=10))
    coming = [Packed(rub, 3_000_000, "WHO-0417", expiry), Packed(rub, 2_000_000, "WHO-0418", expiry)]
    _send(people, "WHO", "DEMO-157-1102 3345", "sea", coming, now - timedelta(days=9), expected=21)
    with people.acting("UNDP", Role.RESPONDER, now - timedelta(days=8)) as (by, at):
        consignment_ways.go(held, "arrive", on=at.date(), by=by, at=at)
    with people.acting("ZMB", Role.FOCAL_POINT, now - timedelta(days=6)) as (by, at):
        said = f"The import permit is with the regulator. {TEXT}"
        consignment_ways.go(held, "hold", on=at.date(), by=by, at=at, why=Consignment.Held.PERMIT, text=said)


def _accept_hand_rub(people: People, at: datetime) -> Line:
    """Zambia's approver accepts a part of what WHO offers to three members."""
    offered = OfferLine.objects.get(item__code="HAND-RUB", offer__giver__code="WHO")
    need = Need.objects.get(member__code="ZMB", item__code="HAND-RUB")
    said = Accepted(5_000_000, need, expected_on=at.date() + timedelta(days=30), conditions_seen=True)
    with people.acting("ZMB", Role.APPROVER, at) as (by, moment):
        return acceptance.accept(offered, said, member=people.parties["ZMB"], by=by, at=moment).line


def _send(
    people: People, sender: str, waybill: str, mode: str, packed: Sequence[Packed], at: datetime, *, expected: int
) -> Consignment:
    """A consignment that left on a day and is expected so many days later."""
    whole = Place.objects.whole_country(packed[0].line.member)
    on = at.date()
    plan = Plan(
        packed, whole, mode, carrier_name=TEXT, waybill=waybill, from_place="Dubai", planned_on=on,
        expected_on=on + timedelta(days=expected),
    )  # fmt: skip
    with people.acting(sender, Role.RESPONDER, at) as (by, moment):
        box = consignments.plan(plan, by=by, at=moment)
        consignments.dispatch(box, on=on, by=by, at=moment, version=box.version)
    box.refresh_from_db()
    return box


def _receive_short(people: People, box: Consignment, at: datetime) -> None:
    """All but twelve are accepted: some came damaged, some were never packed."""
    [line] = box.lines.all()
    counted = Counted(
        line, line.quantity - 12_000, rejected=8_000, missing=4_000, rejected_why=Why.DAMAGED, missing_why=Why.SHORT,
        text=f"Two boxes were wet. {TEXT}",
    )  # fmt: skip
    with people.acting(box.member.code, Role.FOCAL_POINT, at) as (by, moment):
        receipts.receive(box, [counted], on=at.date(), by=by, at=moment)
