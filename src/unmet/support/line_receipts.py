"""What arrived of a line of support that no consignment holds: it gets a consignment of its own, and its receipt.

So there is one way to receive. Whatever door it comes through, a receipt adds up, gives the reason of each shortfall,
has its certificate, and is corrected by a new one. What is still on its way stays under way, and is received later.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from unmet.access import may
from unmet.access.may import Deed
from unmet.books import services as books
from unmet.methods.plain import plain
from unmet.parties.models import Party, Person, Place
from unmet.support import consignment_telling as tell
from unmet.support import dated, receipts
from unmet.support.consignments import LONGEST_TEXT, ConsignmentRefused, State, record
from unmet.support.lines import IN_TRANSIT, MISSING, RECEIVED, REJECTED, SupportLine
from unmet.support.models import Consignment, ConsignmentLine, Line, Receipt, Stage, Step
from unmet.support.receipt_words import why_of
from unmet.support.receipts import Counted
from unmet.support.said import boxed

# A consignment that nobody packed has no waybill. No waybill that somebody writes is folded into such words.
_NO_WAYBILL = "+"


@dataclass(frozen=True, slots=True)
class Arrived:
    """What was counted of a line, in thousandths; what is still on its way; why something of it was not accepted.

    accepted + rejected + missing + on_the_way = what is under way of the line and in no consignment.
    """

    accepted: int
    rejected: int = 0
    missing: int = 0
    surplus: int = 0
    on_the_way: int = 0
    rejected_why: str = ""
    missing_why: str = ""
    text: str = ""


def receivable(line: Line) -> int:
    """How much of a line can be received without a consignment: under way, and in none."""
    return sum(quantity for _stage, quantity in _standing(line))


def receive(line: Line, arrived: Arrived, *, on: date, by: Person, at: datetime, note: str = "") -> Receipt:
    """State what arrived of a line that no consignment holds; the rest stays under way.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        ConsignmentRefused: `none_under_way`; `nothing`; `still_adds_up`
            (with what is under way, where somebody received or packed some of it meanwhile too); and of
            `receipts.receive`: `below_zero`, `reason`, `too_long`, `future`, `before_dispatch`.
    """
    may.require(Deed.RECEIVE_SUPPORT, by=by, party=line.member)
    if dated.has_not_begun(on, at=at):
        raise ConsignmentRefused("future", line=line.uuid)
    with books.open(at=at) as book:
        line = Line.objects.select_related("giver", "channel", "member").get(pk=line.pk)
        sources = _standing(line)
        under_way = sum(quantity for _stage, quantity in sources)
        if not under_way:
            raise ConsignmentRefused("none_under_way", line=line.uuid)
        told = (arrived.accepted, arrived.rejected, arrived.missing)
        if min(*told, arrived.surplus, arrived.on_the_way) < 0:
            raise ConsignmentRefused("below_zero", line=line.uuid)
        if sum(told) + arrived.on_the_way != under_way:
            raise ConsignmentRefused("still_adds_up", line=line.uuid, standing=under_way)
        if not sum(told):
            raise ConsignmentRefused("nothing")
        try:
            receipt = keep(book, line, arrived, sources=_first(sources, sum(told)), on=on, by=by, note=note)
        except ConsignmentRefused as refused:
            # Said of the line of support: the consignment that it would have got is not there.
            raise ConsignmentRefused(refused.reason, line=line.uuid, standing=refused.standing) from refused
        box = receipt.consignment
        record("support.consignment_received", box, book.at, party=box.member, receipt=receipt.number, lines=1)
        tell.received(box, corrected=False, by=by, at=book.at)
    return receipt


def keep(
    book: books.Writer, line: Line, arrived: Arrived, *, sources: Sequence[tuple[str, int]], on: date, by: Person,
    note: str = "",
) -> Receipt:  # fmt: skip
    """The consignment that a line gets for what arrived of it, and its receipt.

    `sources` says from which stages how much comes, in thousandths; "" is from nothing.

    Raises:
        ConsignmentRefused: see `receive`.
    """
    consignment = Consignment.objects.create(
        giver=line.giver, channel=line.channel, member=line.member, to_place=_place(line.member),
        waybill_folded=f"{_NO_WAYBILL}{uuid.uuid4().hex}", dispatched_on=_sent_on(line, on), state=State.DISPATCHED,
        made_by=by, made_at=book.at,
    )  # fmt: skip
    packed = ConsignmentLine.objects.create(
        consignment=consignment, line=line, quantity=arrived.accepted + arrived.rejected + arrived.missing
    )
    counted = Counted(
        packed, arrived.accepted, arrived.rejected, arrived.missing, arrived.surplus,
        rejected_why=arrived.rejected_why, missing_why=arrived.missing_why, text=arrived.text,
    )  # fmt: skip
    return receipts.first(book, consignment, counted, line, sources=sources, on=on, by=by, note=plain(note))


def keep_stated(
    book: books.Writer, line: Line, rows: Sequence[SupportLine], *, sources: Sequence[tuple[str, int]], by: Person
) -> Receipt:
    """What was stated of a line at the stages received, rejected and missing, of one day, as one receipt."""
    quantities = {row.stage: row.quantity for row in rows}
    whys = {row.stage: why_of(row.stage, row.reason) for row in rows}
    arrived = Arrived(
        quantities.get(RECEIVED, 0), quantities.get(REJECTED, 0), quantities.get(MISSING, 0),
        rejected_why=whys.get(REJECTED, ""), missing_why=whys.get(MISSING, ""),
        text=_text(rows),
    )  # fmt: skip
    return keep(book, line, arrived, sources=sources, on=rows[0].dated_on, by=by)


def go_together(rows: Sequence[SupportLine]) -> bool:
    """Whether rows of one line fit on one receipt: of one day, with what was typed as their reasons kept whole."""
    return len({row.dated_on for row in rows}) == 1 and len(_text(rows)) <= LONGEST_TEXT


def _text(rows: Sequence[SupportLine]) -> str:
    return "; ".join(dict.fromkeys(said for row in rows if (said := plain(row.reason))))


def _standing(line: Line) -> list[tuple[str, int]]:
    """(stage, quantity) of what is under way of a line and in no consignment: what was sent first."""
    held = boxed(line)
    free = [(stage.value, getattr(line, stage) - held[stage]) for stage in (Stage.IN_TRANSIT, Stage.COMMITTED)]
    return [(stage, quantity) for stage, quantity in free if quantity > 0]


def _first(sources: Sequence[tuple[str, int]], quantity: int) -> list[tuple[str, int]]:
    """As much as was counted, out of the sources in their order."""
    taken = []
    for stage, standing in sources:
        taken.append((stage, min(standing, quantity)))
        quantity -= taken[-1][1]
    return [(stage, part) for stage, part in taken if part]


def _sent_on(line: Line, on: date) -> date:
    """The day on which the giver said that it went; without such a day that of the receipt."""
    sent = Step.objects.filter(line=line, to_stage=IN_TRANSIT).order_by("dated_on").first()
    return min(sent.dated_on, on) if sent else on


def _place(member: Party) -> Place:
    return Place.objects.whole_country(member)
