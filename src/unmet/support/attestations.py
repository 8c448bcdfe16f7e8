"""What each of those who see a consignment saw of it: giver, channel, carrier, member. It moves nothing in the books.

Counts that differ stand side by side: what was received is what the member's receipt says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from unmet.methods.plain import plain
from unmet.parties.models import Person
from unmet.support import consignment_parties as parties
from unmet.support.consignment_parties import EVERYBODY
from unmet.support.consignments import LONGEST, LONGEST_TEXT, ConsignmentRefused, State, record
from unmet.support.models import Attestation, Consignment, ConsignmentLine


@dataclass(frozen=True, slots=True)
class Seen:
    """How many of one lot somebody saw, in thousandths of the item's base unit."""

    line: ConsignmentLine
    quantity: int


@transaction.atomic
def attest(
    consignment: Consignment, seen: Sequence[Seen], *, place: str, on: date, by: Person, at: datetime, role: str = "",
    note: str = "",
) -> list[Attestation]:  # fmt: skip
    """Say what a party saw of a consignment that was sent: where, how many of which line, when.

    `role` is the one in which the person speaks, if it is several. The same count of the same day and place again
    changes nothing. Returns what was added.

    Raises:
        NotAllowed: `by` speaks for none of the four, or not in `role`.
        ConsignmentRefused: `not_sent`, `nothing`, `not_in_it`, `twice`, `below_zero`, `place`, `too_long`, `future`.
    """
    role, party = parties.require(consignment, [role] if role else EVERYBODY, by=by)
    where, said = plain(place), plain(note)
    if not Consignment.objects.exclude(state=State.PLANNED).filter(pk=consignment.pk).exists():
        raise ConsignmentRefused("not_sent")
    if not seen:
        raise ConsignmentRefused("nothing")
    if len({one.line.pk for one in seen}) < len(seen):
        raise ConsignmentRefused("twice")
    for one in seen:
        if one.line.consignment_id != consignment.pk:
            raise ConsignmentRefused("not_in_it", line=one.line.uuid)
        if one.quantity < 0:
            raise ConsignmentRefused("below_zero", line=one.line.uuid)
    if not where:
        raise ConsignmentRefused("place")
    if len(where) > LONGEST or len(said) > LONGEST_TEXT:
        raise ConsignmentRefused("too_long")
    if on > at.date():
        raise ConsignmentRefused("future")
    Consignment.objects.select_for_update().get(pk=consignment.pk)  # two who press at once say it once
    same = Attestation.objects.filter(role=role, party=party, place=where, seen_on=on)
    added = [
        Attestation.objects.create(
            line=one.line, role=role, party=party, quantity=one.quantity, place=where, seen_on=on, note=said, by=by,
            at=at,
        )
        for one in seen
        if not same.filter(line=one.line, quantity=one.quantity).exists()
    ]  # fmt: skip
    if added:
        record("support.consignment_attested", consignment, at, party=party, role=role, lines=len(added))
    return added
