"""Who is told of what happens to a consignment. Called by the services, in their transactions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from unmet.access import telling
from unmet.access.telling import GIVING, OWN
from unmet.notices.services import Link, Recipient
from unmet.parties.models import Party, Person
from unmet.support.models import Consignment, ConsignmentStep

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


def sent(consignment: Consignment, *, party: Party, lines: int, by: Person, at: datetime) -> None:
    """The member's people, and those of the giver, channel and carrier: it is on its way."""
    _tell(SENT, consignment, _all(consignment, at=at), by=by, at=at, party=party.code, lines=lines)


def went(consignment: Consignment, what: str, *, party: Party, by: Person, at: datetime) -> None:
    """Everybody concerned: where it has come to, what was corrected, or that it will not arrive."""
    kind = _STATES.get(what, ENDED)
    _tell(kind, consignment, _all(consignment, at=at), by=by, at=at, party=party.code)


def received(consignment: Consignment, *, corrected: bool, by: Person, at: datetime) -> None:
    """The people of the giver, the channel and the carrier: what the member says arrived."""
    people = _senders(consignment, at=at)
    _tell(CORRECTED if corrected else RECEIVED, consignment, people, by=by, at=at)


def _senders(consignment: Consignment, *, at: datetime) -> list[Recipient]:
    sides = (consignment.giver_id, consignment.channel_id, consignment.carrier_id)
    return telling.people_of({side for side in sides if side}, GIVING, at=at)


def _all(consignment: Consignment, *, at: datetime) -> list[Recipient]:
    return [*telling.people_of([consignment.member_id], OWN, at=at), *_senders(consignment, at=at)]


def _tell(
    kind: str, consignment: Consignment, people: Iterable[Recipient], *, by: Person, at: datetime, **data: str | int
) -> None:
    telling.tell(
        kind, people, by=by, at=at, link=Link("consignment", [str(consignment.uuid)]),
        data={"member": consignment.member.code, **data},
    )  # fmt: skip
