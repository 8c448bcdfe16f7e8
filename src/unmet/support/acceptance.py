"""A member accepts some of an offer, or declines it. Accepting makes a commitment with an expected arrival.

Nothing of an offer moves before. Everything is asked again under the one lock of the books, so that two who press at
once overcommit neither the offer nor the need.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed, NotAllowed
from unmet.access.models import Role
from unmet.books import services as books
from unmet.books.measures import INDEX
from unmet.books.models import Account
from unmet.catalogue.successors import lasting
from unmet.methods.plain import plain
from unmet.needs.models import Need
from unmet.parties.models import Party, Person
from unmet.support import (
    arrival,
    offer_answers,
    offer_booking,
    offer_telling,
    profile_telling,
    proposals_waiting,
    request_queries,
)
from unmet.support.models import Acceptance, Offer, OfferDecline, OfferLine
from unmet.support.offer_rules import OfferRefused
from unmet.support.profile_form import wants

LONGEST_REASON = 500
Aim, State = Offer.Aim, Offer.State


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a member accepts of a line. `quantity` in thousandths of the offered item's base unit.

    `need` is the one it is for; None keeps it without a need. `counts_as`, in thousandths of the need's item, is said
    where that is another item: a kit or a substitute counts as no more than the member says. `over` says that more
    than is not covered is meant. `read` is how much of the line was accepted when it was read: whoever says it is
    refused where it is not so any more, so that a second press of the same form accepts nothing again.
    Goods are expected on a day: without `expected_on` on the one of `arrival.proposed`.
    """

    quantity: int
    need: Need | None = None
    counts_as: int | None = None
    expected_on: date | None = None
    over: bool = False
    conditions_seen: bool = False
    read: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What may be accepted: the line as it stands now, the account, how much it counts as there, and what is said."""

    line: OfferLine
    target: Account | None
    counts: int
    counts_as: int | None  # where the need is of another item
    over: bool


def accept(
    line: OfferLine, said: Accepted, *, member: Party, by: Person, at: datetime, proposal: uuid.UUID | None = None
) -> Acceptance:  # fmt: skip
    """Accept some of a line, or all of it: a commitment from now on. `proposal` is the one that was read, if any.

    Raises:
        NotAllowed: `by` is no approver of the member, or the offer is not made to it.
        OfferRefused: `not_offered`, `expired`, `already_declined`; `quantity`, `less_left`, `conditions` (not read);
            `need`, `counts_as`, `stopped` (a request for the need says stop sending), `more_than_needed`; `expected`;
            `no_need`, `beyond_need` (of what is to be shared out a member takes what its open need lacks, no more);
            `no_round`; `proposal` (it does not wait any more); `changed`: something of the line was accepted or taken
            back since it was read.
    """
    may.require(Deed.ACCEPT_SUPPORT, by=by, party=member)
    with books.open(at=at) as book:
        checked = check(book, line, said, member)
        line, made = checked.line, checked.line.offer
        needed_by = checked.target.needed_by_on if checked.target else None
        expected = said.expected_on or arrival.proposed(line.item, needed_by, today=book.at.date())
        room = OfferLine.objects.filter(pk=line.pk, accepted__lte=F("quantity") - said.quantity)
        if not room.update(accepted=F("accepted") + said.quantity):
            raise OfferRefused("less_left", line.item, line.left)
        kept = offer_booking.commit(
            book, line, member=member, target=checked.target, quantity=said.quantity, counts=checked.counts,
            expected_on=expected, by=by,
        )  # fmt: skip
        acceptance = Acceptance.objects.create(
            offer_line=line, member=member, line=kept, need=said.need, quantity=said.quantity,
            counts_as=checked.counts_as, over=checked.over, conditions_seen=said.conditions_seen,
            expected_on=expected, by=by, at=book.at,
        )  # fmt: skip
        proposals_waiting.take(proposal, made, line=line.pk, member=member, by=by, at=book.at, acceptance=acceptance)
        if not made.lines.filter(accepted__lt=F("quantity")).exists():
            Offer.objects.filter(pk=made.pk).update(state=State.CLOSED, ended_at=book.at)
            proposals_waiting.end(made, at=book.at)
        _record("support.offer_accepted", made, member, book.at, line=str(line.uuid), quantity=said.quantity)
        offer_telling.accepted(made, member=member, by=by, at=book.at)
        if wants(line.item.kind, line.item.flags):  # it travels, and whoever sends it must know where to
            profile_telling.ask_once(member, by=by, at=book.at)
    return acceptance


def check(
    book: books.Writer, line: OfferLine, said: Accepted, member: Party, deed: Deed = Deed.ACCEPT_SUPPORT
) -> Checked:  # fmt: skip
    """What is asked of everything that is accepted, or proposed for it, but how much is left of the line.

    Whether the conditions were read is asked at acceptance alone: a proposal leaves them to the approver.

    Raises:
        NotAllowed: the offer is not made to the member.
        OfferRefused: see `accept`.
    """
    line = OfferLine.objects.select_related("offer__giver", "offer__channel", "offer__offered_by", "item").get(
        pk=line.pk
    )
    made = standing(line.offer, member, book.at, deed)
    if said.read not in (None, line.accepted):
        raise OfferRefused("changed", line.item)
    if said.quantity <= 0:
        raise OfferRefused("quantity", line.item)
    if deed == Deed.ACCEPT_SUPPORT and made.conditions and not said.conditions_seen:
        raise OfferRefused("conditions", line.item)
    if said.expected_on is not None and said.expected_on < book.at.date():
        raise OfferRefused("expected", line.item)
    target = _need(said, line, member)
    if target is None and is_shared_out(made):
        raise OfferRefused("no_need", line.item)
    counts = _counts(said, line, target)
    other = target is not None and target.item_id not in lasting(line.item_id)
    over = target is not None and _check_need(book, said, counts, target, made)
    return Checked(line, target, counts, counts if other else None, over)


def standing(found: Offer, member: Party, at: datetime, deed: Deed = Deed.ACCEPT_SUPPORT) -> Offer:
    """The offer, as long as this member can accept it.

    Raises:
        NotAllowed: it is not made to the member.
        OfferRefused: `not_offered`, `expired`, `already_declined`.
    """
    if not is_for(found, member, at=at):
        raise NotAllowed(deed, member.code)
    if found.state != State.OFFERED:
        raise OfferRefused("expired" if found.state == State.EXPIRED else "not_offered")
    if found.ends_at <= at:
        raise OfferRefused("expired")
    if found.declines.filter(member=member).exists():
        raise OfferRefused("already_declined")
    return found


def is_for(found: Offer, member: Party, *, at: datetime) -> bool:
    """Whether an offer is made to this member: by name, in its set, or to any member that needs it."""
    if found.state == State.DRAFT or found.giver_id == member.pk:
        return False
    if found.aim == Aim.MEMBER:
        return found.member_id == member.pk
    if found.aim == Aim.MEMBERS:
        return found.addressees.filter(pk=member.pk).exists()
    return Party.objects.filter(pk=member.pk).members(on=at.date()).exists()


def is_shared_out(made: Offer) -> bool:
    """Whether it is offered to whoever needs it, or to a whole set: nobody may take more of it than it needs."""
    return made.aim == Aim.ANY or (made.aim == Aim.MEMBERS and bool(made.to_set))


def _need(said: Accepted, line: OfferLine, member: Party) -> Account | None:
    if said.need is None:
        return None
    open_ones = Account.objects.filter(
        subject=said.need.uuid, member=member, kind=Account.Kind.NEED, closed=False
    ).select_related("item", "round")
    found = open_ones.first()
    if found is None:
        raise OfferRefused("need", line.item)
    return found


def _counts(said: Accepted, line: OfferLine, target: Account | None) -> int:
    """How much of the need's item the quantity is: itself, or what the member says of a kit or a substitute."""
    if target is None or target.item_id in lasting(line.item_id):
        return said.quantity
    if not said.counts_as or said.counts_as < 0:
        raise OfferRefused("counts_as", target.item)
    return said.counts_as


def _check_need(book: books.Writer, said: Accepted, counts: int, target: Account, made: Offer) -> bool:
    """Refuse what is not wanted; whether it is more than is not covered, and the member knows."""
    if request_queries.stopped([target.subject]):
        raise OfferRefused("stopped", target.item)
    if made.kind == Offer.Kind.CAPACITY:
        return False  # it commits nothing
    not_covered = book.account(target.pk).m[INDEX["not_covered"]]
    if counts > not_covered and is_shared_out(made):
        raise OfferRefused("beyond_need", target.item, not_covered)
    if counts > not_covered and not said.over:
        raise OfferRefused("more_than_needed", target.item, not_covered)
    return counts > not_covered


def decline(
    found: Offer, *, member: Party, reason: str, by: Person, at: datetime, proposal: uuid.UUID | None = None
) -> OfferDecline:  # fmt: skip
    """Decline what is left of an offer for this member. An offer to this member alone ends with it.

    `proposal` is the one to decline that was read, if any.

    Raises:
        NotAllowed: `by` is no approver of the member, or the offer is not made to it.
        OfferRefused: `not_offered`, `expired`, `already_declined`, `too_long`, `proposal` (it waits no more).
    """
    may.require(Deed.ACCEPT_SUPPORT, by=by, party=member)
    why = plain(reason)
    if len(why) > LONGEST_REASON:
        raise OfferRefused("too_long")
    with books.open(at=at) as book:
        made = standing(Offer.objects.select_related("giver", "offered_by").get(pk=found.pk), member, book.at)
        declined = OfferDecline.objects.create(offer=made, member=member, reason=why, by=by, at=book.at)
        proposals_waiting.take(proposal, made, line=None, member=member, by=by, at=book.at)
        proposals_waiting.end(made, member=member, at=book.at)
        if made.aim == Aim.MEMBER:
            Offer.objects.filter(pk=made.pk).update(state=State.DECLINED, ended_at=book.at)
            offer_booking.take_back_rest(book, made, by=by, party=member, reason=why)
            offer_answers.ended(made, by=by, at=book.at)
        _record("support.offer_declined", made, member, book.at, reason=why)
        offer_telling.declined(made, member=member, by=by, at=book.at)
    return declined


def _record(event: str, made: Offer, member: Party, at: datetime, *, reason: str = "", **detail: object) -> None:
    access.record(
        event=event, at=at, party=member, role=Role.APPROVER, subject_kind="offer", subject=made.uuid, reason=reason,
        detail=detail,
    )  # fmt: skip
