"""Who is told of what happens to a consignment. Called by the services, in their transactions."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from unmet.access import telling
from unmet.access.telling import GIVING, OWN
from unmet.notices.services import Link, Recipient
from unmet.parties.models import Party, Person
from unmet.support.models import Consignment, ConsignmentLine, ConsignmentStep

SENT: Final = "support.consignment_sent"
RECEIVED, CORRECTED = "support.consignment_received", "support.receipt_corrected"
# What a state is told as; all that ends it without a receipt is told alike, and the page says why.
_STATES: Final[dict[str, str]] = {
    Consignment.State.AT_PORT: "support.consignment_at_port",
    Consignment.State.HELD: "support.consignment_held",
    Consignment.State.CLEARED: "support.consignment_cleared",
    ConsignmentStep.What.GOES_ON: "support.consignment_goes_on",
    ConsignmentStep.What.EXPECTED: "support.consignment_expected",
    ConsignmentStep.What.WAYBILL: "support.consignment_waybill",
}
ENDED: Final = "support.consignment_ended"


def sent(parts: Sequence[Consignment], *, party: Party, by: Person, at: datetime) -> None:
    """The member's people, and those of the giver, channel and carrier: it is on its way."""
    for people, told, first in _each(parts, at=at):
        lines = ConsignmentLine.objects.filter(consignment__in=told).count()
        _tell(SENT, first, people, by=by, at=at, party=party.code, lines=lines)


def went(parts: Sequence[Consignment], what: str, *, party: Party, by: Person, at: datetime) -> None:
    """Everybody concerned: where it has come to, what was corrected, or that it will not arrive."""
    for people, _told, first in _each(parts, at=at):
        _tell(_STATES.get(what, ENDED), first, people, by=by, at=at, party=party.code)


def received(consignment: Consignment, *, corrected: bool, by: Person, at: datetime) -> None:
    """The people of the giver, the channel and the carrier: what the member says arrived."""
    people = _senders(consignment, at=at)
    _tell(CORRECTED if corrected else RECEIVED, consignment, people, by=by, at=at)


def _senders(consignment: Consignment, *, at: datetime) -> list[Recipient]:
    sides = (consignment.giver_id, consignment.channel_id, consignment.carrier_id)
    return telling.people_of({side for side in sides if side}, GIVING, at=at)


def _each(
    parts: Sequence[Consignment], *, at: datetime
) -> Iterator[tuple[list[Recipient], Sequence[Consignment], Consignment]]:
    """(whom to tell, of which parts of a box, the one to open): one deed is told once, to each giver of its own part.

    Whoever gives several of them is told of the first.
    """
    first = parts[0]
    all_of_it = {first.channel_id, first.carrier_id} | ({first.giver_id} if len(parts) == 1 else set())
    people = [
        *telling.people_of([first.member_id], OWN, at=at),
        *telling.people_of({side for side in all_of_it if side}, GIVING, at=at),
    ]
    yield people, parts, first
    told = {one.person for one in people}
    for part in parts if len(parts) > 1 else ():
        others = [one for one in telling.people_of([part.giver_id], GIVING, at=at) if one.person not in told]
        told |= {one.person for one in others}
        yield others, [part], part


def _tell(
    kind: str, consignment: Consignment, people: Iterable[Recipient], *, by: Person, at: datetime, **data: str | int
) -> None:
    telling.tell(
        kind, people, by=by, at=at, link=Link("consignment", [str(consignment.uuid)]),
        data={"member": consignment.member.code, **data},
    )  # fmt: skip
