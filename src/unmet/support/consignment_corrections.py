"""After dispatch: another day on which a consignment is expected, and a waybill that was written wrongly.

Both are said by those who send it. What stood there before stays in the steps of the consignment.
"""

from datetime import date, datetime
from typing import Final

from django.db.models import QuerySet

from unmet.books import services as books
from unmet.methods.plain import plain
from unmet.parties.models import Person
from unmet.support import consignment_parties as parties
from unmet.support import consignment_telling as tell
from unmet.support.consignment_days import expect
from unmet.support.consignment_parties import SENDERS
from unmet.support.consignments import (
    LONGEST_TEXT,
    ConsignmentRefused,
    check_waybill,
    fresh,
    record,
    step,
)
from unmet.support.models import Consignment, ConsignmentStep
from unmet.support.waybills import LONGEST_WAYBILL, folded

What: Final = ConsignmentStep.What


def correct_expected(consignment: Consignment, day: date, *, why: str, by: Person, at: datetime) -> None:
    """Say on which day it is expected now, and why not on the day that was said. Its lines are expected then too.

    Raises:
        NotAllowed: `by` acts neither for the giver nor for the channel.
        ConsignmentRefused: `why` (no reason), `too_long`, `past` (the day has passed), `same` (it stands there
            already), `state` (it is not under way, or was changed meanwhile).
    """
    _role, party = parties.require(consignment, SENDERS, by=by)
    said = _reason(why)
    if day < at.date():
        raise ConsignmentRefused("past")
    with books.open(at=at) as book:
        standing = _under_way(consignment)
        old = standing.expected_on
        if day == old:
            raise ConsignmentRefused("same")
        if not _unchanged(standing).filter(expected_on=old).update(expected_on=day):
            raise ConsignmentRefused("state")
        lines = fresh(standing.lines.filter(standing=None).values_list("line", flat=True))
        expect(lines.values(), day, was=old)
        step(
            standing, standing.state, on=at.date(), by=by, party=party, at=book.at, text=said, what=What.EXPECTED,
            was=str(old or ""), now=str(day),
        )  # fmt: skip
        record("support.consignment_expected", standing, book.at, party=party, reason=said)
        tell.went(standing, What.EXPECTED, party=party, by=by, at=book.at)


def correct_waybill(consignment: Consignment, waybill: str, *, why: str, by: Person, at: datetime) -> None:
    """Write the waybill as it should have been, and why. By the new one everybody finds the consignment.

    Raises:
        NotAllowed: `by` acts neither for the giver nor for the channel.
        ConsignmentRefused: `waybill` (there is none), `why` (no reason), `too_long`, `same` (it stands there already),
            `waybill_known`, `waybill_taken`, `state` (it is not under way, or was changed meanwhile).
    """
    _role, party = parties.require(consignment, SENDERS, by=by)
    new, said = plain(waybill), _reason(why)
    if len(new) > LONGEST_WAYBILL:
        raise ConsignmentRefused("too_long")
    if not folded(new):
        raise ConsignmentRefused("waybill")
    with books.open(at=at) as book:
        standing = _under_way(consignment)
        old = standing.waybill
        if new == old:
            raise ConsignmentRefused("same")
        check_waybill(standing.member, folded(new), but=standing)
        if not _unchanged(standing).filter(waybill=old).update(waybill=new, waybill_folded=folded(new)):
            raise ConsignmentRefused("state")
        step(
            standing, standing.state, on=at.date(), by=by, party=party, at=book.at, text=said, what=What.WAYBILL,
            was=old, now=new,
        )  # fmt: skip
        record("support.consignment_waybill", standing, book.at, party=party, reason=said)
        tell.went(standing, What.WAYBILL, party=party, by=by, at=book.at)


def _reason(why: str) -> str:
    said = plain(why)
    if not said:
        raise ConsignmentRefused("why")
    if len(said) > LONGEST_TEXT:
        raise ConsignmentRefused("too_long")
    return said


def _under_way(consignment: Consignment) -> Consignment:
    found = Consignment.objects.filter(pk=consignment.pk, state__in=Consignment.UNDER_WAY)
    standing = found.select_related("giver", "channel", "carrier", "member").first()
    if standing is None:
        raise ConsignmentRefused("state")
    return standing


def _unchanged(standing: Consignment) -> QuerySet[Consignment]:
    return Consignment.objects.filter(pk=standing.pk, state=standing.state)
