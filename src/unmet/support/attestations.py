"""What each of those who see a consignment saw of it: giver, channel, carrier, member. It moves nothing in the books.

Counts that differ stand side by side: what was received is what the member's receipt says.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from unmet.books import services as books
from unmet.catalogue.models import Item
from unmet.methods.plain import plain
from unmet.parties.models import Person
from unmet.support import consignment_boxes as boxes
from unmet.support import dated
from unmet.support.consignment_boxes import Spoken
from unmet.support.consignment_parties import EVERYBODY
from unmet.support.consignments import LONGEST, LONGEST_TEXT, ConsignmentRefused, State, record
from unmet.support.models import Attestation, Consignment, ConsignmentLine
from unmet.support.waybills import LONGEST_WAYBILL


@dataclass(frozen=True, slots=True)
class Seen:
    """How many of one lot somebody saw, in thousandths of the item's base unit."""

    line: ConsignmentLine
    quantity: int


@dataclass(frozen=True, slots=True)
class Unlisted:
    """How many of a lot somebody saw that is not in the packing list, in thousandths of the item's base unit."""

    item: Item
    quantity: int
    lot: str = ""


def attest(
    consignment: Consignment, seen: Sequence[Seen], *, place: str, on: date, by: Person, at: datetime, role: str = "",
    note: str = "", unlisted: Sequence[Unlisted] = (),
) -> list[Attestation]:  # fmt: skip
    """Say what a party saw of a consignment that was sent: where, how many of which line, when.

    The lines may be of any part of its box of which `by` may speak. `role` is the one in which the person speaks, if
    it is several; `unlisted` is what is not in the packing list. The same count of the same day and place again
    changes nothing, unless a note is new. Returns what was added.

    Raises:
        NotAllowed: `by` speaks for none of the four, or not in `role`.
        ConsignmentRefused: `not_sent`, `nothing`, `not_in_it`, `twice`, `below_zero`, `place`, `too_long`, `future`;
            of what is not in the packing list `listed` (it is) and `quantity` (none was seen).
    """
    spoken = {one.part.pk: one for one in boxes.spoken(consignment, [role] if role else EVERYBODY, by=by)}
    where, said = plain(place), plain(note)
    parts = Consignment.objects.filter(pk__in=spoken)
    if not parts.exclude(state=State.PLANNED).filter(pk=consignment.pk).exists():
        raise ConsignmentRefused("not_sent")
    if not seen and not unlisted:
        raise ConsignmentRefused("nothing")
    _check_listed(spoken, seen)
    _check_unlisted(spoken, unlisted)
    if not where:
        raise ConsignmentRefused("place")
    if len(where) > LONGEST or len(said) > LONGEST_TEXT:
        raise ConsignmentRefused("too_long")
    if dated.has_not_begun(on, at=at):
        raise ConsignmentRefused("future")
    lots: list[tuple[int, dict[str, object]]] = [
        *((one.line.consignment_id, {"line": one.line, "quantity": one.quantity}) for one in seen),
        *(
            (
                consignment.pk,
                {"consignment": consignment, "item": one.item, "lot": plain(one.lot), "quantity": one.quantity},
            )
            for one in unlisted
        ),
    ]
    added: list[Attestation] = []
    # Nothing is posted, but all that happens to a box waits its turn here: two who press at once say it once, and
    # whoever receives or sends it does not wait for us while we wait for him.
    with books.open(at=at):
        for part, lot in lots:
            words = {"role": spoken[part].role, "party": spoken[part].party, "place": where, "seen_on": on}
            same = Attestation.objects.filter(**words, **lot)
            if not (same.filter(note=said) if said else same).exists():
                added.append(Attestation.objects.create(**words, **lot, note=said, by=by, at=at))
        _record(spoken.values(), added, at=at)
    return added


def _record(spoken: Iterable[Spoken], added: Sequence[Attestation], *, at: datetime) -> None:
    """An audit row for each part of which something new was said."""
    for one in spoken:
        lots = [lot for lot in added if (lot.line.consignment_id if lot.line else lot.consignment_id) == one.part.pk]
        if lots:
            record(
                "support.consignment_attested", one.part, at, party=one.party, role=one.role, lines=len(lots)
            )  # fmt: skip


def _check_listed(parts: Collection[int], seen: Sequence[Seen]) -> None:
    if len({one.line.pk for one in seen}) < len(seen):
        raise ConsignmentRefused("twice")
    for one in seen:
        if one.line.consignment_id not in parts:
            raise ConsignmentRefused("not_in_it", line=one.line.uuid)
        if one.quantity < 0:
            raise ConsignmentRefused("below_zero", line=one.line.uuid)


def _check_unlisted(parts: Collection[int], unlisted: Sequence[Unlisted]) -> None:
    """What is said to be in no packing list must not stand there, and must have been seen."""
    if len({(one.item.pk, plain(one.lot)) for one in unlisted}) < len(unlisted):
        raise ConsignmentRefused("twice")
    listed = set(ConsignmentLine.objects.filter(consignment__in=parts).values_list("line__item", "lot"))
    for one in unlisted:
        if len(plain(one.lot)) > LONGEST_WAYBILL:
            raise ConsignmentRefused("too_long")
        if (one.item.pk, plain(one.lot)) in listed:
            raise ConsignmentRefused("listed")
        if one.quantity <= 0:
            raise ConsignmentRefused("quantity")
