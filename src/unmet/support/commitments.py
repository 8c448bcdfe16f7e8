"""Part of a commitment is taken back: by the giver, who cannot send it, or by the member, which does not need it.

Both are told why. What is packed or has left is not taken back here: its consignment says what becomes of it.
"""

from datetime import datetime

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed, NotAllowed
from unmet.access.models import Role
from unmet.books import services as books
from unmet.books.models import Movement
from unmet.methods.plain import plain
from unmet.parties.models import Party, Person
from unmet.support import offer_answers, offer_booking, telling
from unmet.support.lines import LONGEST_REASON, SupportRefused
from unmet.support.models import Line, Stage
from unmet.support.moving import move
from unmet.support.said import boxed


def free(line: Line) -> int:
    """How much of a line is committed and not packed, in thousandths of its item's base unit."""
    return max(line.committed - boxed(line)[Stage.COMMITTED], 0)


def take_back(
    line: Line, quantity: int, *, party: Party, reason: str, by: Person, at: datetime, read: int | None = None
) -> None:
    """Take back part of a commitment, or all of it that is not packed, in the name of its giver or of its member.

    It leaves the books as withdrawn support, and covers nothing any more. What was accepted of an offer is on
    offer again while that offer stands. `quantity` is in thousandths of the line's item; `read` is how
    much was committed when it was read: a second press of the same form takes nothing back again.

    Raises:
        NotAllowed: `by` does not act for the giver, or is no approver of the member; or the party is neither.
        SupportRefused: `quantity`; `why` (a reason is needed), `too_long`; `changed`; `more_than_stands` or
            `in_consignment` (so much of it is packed).
    """
    if party.pk not in (line.giver_id, line.member_id):
        raise NotAllowed(Deed.STATE_SUPPORT, party.code)
    gives = party.pk == line.giver_id
    may.require(Deed.STATE_SUPPORT if gives else Deed.ACCEPT_SUPPORT, by=by, party=party)
    why = plain(reason)
    if not why or len(why) > LONGEST_REASON:
        raise SupportRefused("too_long" if why else "why")
    with books.open(at=at) as book:
        line = Line.objects.select_related("giver", "member", "item").get(pk=line.pk)
        _check(line, quantity, read)
        answered = offer_answers.told(line, at=book.at)
        move(
            book, line, Stage.COMMITTED, "", quantity, by=by, party=party, dated_on=book.at.date(), reason=why,
            movement=Movement.WITHDRAWN_SUPPORT,
        )  # fmt: skip
        offer_booking.offer_again(book, line, by=by, party=party)
        offer_answers.taken_back(answered, by=by, at=book.at)
        access.record(
            event="support.commitment_taken_back", at=book.at, party=party, role="" if gives else Role.APPROVER,
            subject_kind="support", subject=line.uuid, reason=why, detail={"quantity": quantity},
        )  # fmt: skip
        telling.taken_back(line, gives=gives, by=by, at=book.at)


def _check(line: Line, quantity: int, read: int | None) -> None:
    if quantity <= 0:
        raise SupportRefused("quantity")
    if read not in (None, line.committed):
        raise SupportRefused("changed")
    if quantity > line.committed:
        raise SupportRefused("more_than_stands", None, line.committed)
    if quantity > free(line):
        raise SupportRefused("in_consignment", None, line.committed - free(line))
