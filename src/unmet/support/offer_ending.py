"""How an offer ends before it is accepted in whole: its giver takes it back, or its last day passes.

What members have accepted of it stays committed; what was only pledged goes out of the books again.
"""

from datetime import datetime
from typing import Any

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.books import services as books
from unmet.jobs import services as jobs
from unmet.methods.plain import plain
from unmet.parties.models import Person
from unmet.support import offer_answers, offer_booking, offer_telling, proposals_waiting
from unmet.support.acceptance import LONGEST_REASON
from unmet.support.models import Offer
from unmet.support.offer_rules import OfferRefused

State = Offer.State


def withdraw(found: Offer, *, reason: str, by: Person, at: datetime) -> None:
    """The giver takes back what nobody has accepted.

    Raises:
        NotAllowed: `by` does not act for the giver.
        OfferRefused: `not_offered`: it is a draft or has ended; `expired`; `too_long`.
    """
    may.require(Deed.STATE_SUPPORT, by=by, party=found.giver)
    why = plain(reason)
    if len(why) > LONGEST_REASON:
        raise OfferRefused("too_long")
    with books.open(at=at) as book:
        standing = Offer.objects.filter(pk=found.pk, state=State.OFFERED)
        if not standing.filter(ends_at__gt=book.at).update(state=State.WITHDRAWN, ended_at=book.at, reason=why):
            raise OfferRefused("expired" if standing.exists() else "not_offered")
        made = Offer.objects.select_related("giver", "member", "offered_by").get(pk=found.pk)
        proposals_waiting.end(made, at=book.at)
        offer_booking.take_back_rest(book, made, by=by, party=made.giver, reason=why)
        offer_answers.ended(made, by=by, at=book.at)
        _record("support.offer_withdrawn", made, book.at, reason=why)
        offer_telling.withdrawn(made, by=by, at=book.at)


@jobs.handles(offer_booking.ENDS)
def _ends(payload: dict[str, Any], at: datetime) -> None:
    expire(payload["offer"], at=at)


def expire(pk: int, *, at: datetime) -> bool:
    """Post that an offer's last day has passed; False where it has ended already or its day is still running."""
    with books.open(at=at) as book:
        due = Offer.objects.filter(pk=pk, state=State.OFFERED, ends_at__lte=at)
        if not due.update(state=State.EXPIRED, ended_at=book.at):
            return False
        made = Offer.objects.select_related("giver", "member", "offered_by").get(pk=pk)
        assert made.offered_by is not None
        proposals_waiting.end(made, at=book.at)
        # Whoever set the last day is who takes it back: the steps of a line are always somebody's.
        offer_booking.take_back_rest(book, made, by=made.offered_by, party=made.giver)
        offer_answers.ended(made, by=made.offered_by, at=book.at)
        _record("support.offer_expired", made, book.at)
        offer_telling.expired(made, at=book.at)
    return True


def _record(event: str, made: Offer, at: datetime, *, reason: str = "") -> None:
    access.record(event=event, at=at, party=made.giver, subject_kind="offer", subject=made.uuid, reason=reason)
