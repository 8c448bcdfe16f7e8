"""After dispatch: another day on which a consignment is expected, and a waybill that was written wrongly.

Both are said by those who send it: the waybill by whoever sends all that is in the box, since all of it bears one. What
stood there before stays in the steps of the consignment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from django.db.models import QuerySet

from unmet.books import services as books
from unmet.methods.plain import plain
from unmet.parties.models import Person
from unmet.support import consignment_boxes as boxes
from unmet.support import consignment_telling as tell
from unmet.support.consignment_boxes import Spoken
from unmet.support.consignment_checks import ConsignmentRefused, State, check_waybill, fresh
from unmet.support.consignment_days import expect
from unmet.support.consignment_parties import SENDERS
from unmet.support.consignments import LONGEST_TEXT, record, step
from unmet.support.models import Consignment, ConsignmentStep
from unmet.support.waybills import LONGEST_WAYBILL, folded

What: Final = ConsignmentStep.What


def correct_expected(consignment: Consignment, day: date, *, why: str, by: Person, at: datetime) -> None:
    """Say on which day it is expected now, and why not on the day that was said. Its lines are expected then too.

    It goes for every part of its box that is under way and of which `by` may say it.

    Raises:
        NotAllowed: `by` acts neither for the giver nor for the channel.
        ConsignmentRefused: `why` (no reason), `too_long`, `past` (the day has passed), `same` (it stands there
            already), `state` (it is not under way, or was changed meanwhile).
    """
    spoken = boxes.spoken(consignment, SENDERS, by=by)
    said = _reason(why)
    if day < at.date():
        raise ConsignmentRefused("past")
    with books.open(at=at) as book:
        standing = _under_way(spoken)
        others = [one for one in standing if one.part.expected_on != day]
        if not others:
            raise ConsignmentRefused("same")
        for one in others:
            part, old = one.part, one.part.expected_on
            if not _unchanged(part).filter(expected_on=old).update(expected_on=day):
                raise ConsignmentRefused("state")
            lines = fresh(part.lines.filter(standing=None).values_list("line", flat=True))
            expect(lines.values(), day, was=old)
            step(
                part, part.state, on=at.date(), by=by, party=one.party, at=book.at, text=said, what=What.EXPECTED,
                was=str(old or ""), now=str(day),
            )  # fmt: skip
            record("support.consignment_expected", part, book.at, party=one.party, reason=said)
        tell.went([one.part for one in others], What.EXPECTED, party=others[0].party, by=by, at=book.at)


def correct_waybill(consignment: Consignment, waybill: str, *, why: str, by: Person, at: datetime) -> None:
    """Write the waybill as it should have been, and why. By the new one everybody finds the consignment.

    All parts of its box bear it from then on, those too that were received already.

    Raises:
        NotAllowed: `by` acts neither for the giver nor for the channel.
        ConsignmentRefused: `with_others` (what others give is in its box), `waybill` (there is none), `why` (no
            reason), `too_long`, `same` (it stands there already), `waybill_known`, `waybill_taken`, `state` (nothing of
            it is under way, or it was changed meanwhile).
    """
    spoken = boxes.whole(consignment, SENDERS, by=by)
    new, said = plain(waybill), _reason(why)
    if len(new) > LONGEST_WAYBILL:
        raise ConsignmentRefused("too_long")
    if not folded(new):
        raise ConsignmentRefused("waybill")
    with books.open(at=at) as book:
        _under_way(spoken)
        standing = _standing(spoken, set(State))
        old = standing[0].part.waybill
        if new == old:
            raise ConsignmentRefused("same")
        check_waybill(folded(new), [one.part for one in standing])
        for one in standing:
            if not _unchanged(one.part).filter(waybill=old).update(waybill=new, waybill_folded=folded(new)):
                raise ConsignmentRefused("state")
            step(
                one.part, one.part.state, on=at.date(), by=by, party=one.party, at=book.at, text=said,
                what=What.WAYBILL, was=old, now=new,
            )  # fmt: skip
            record("support.consignment_waybill", one.part, book.at, party=one.party, reason=said)
        tell.went([one.part for one in standing], What.WAYBILL, party=spoken[0].party, by=by, at=book.at)


def _reason(why: str) -> str:
    said = plain(why)
    if not said:
        raise ConsignmentRefused("why")
    if len(said) > LONGEST_TEXT:
        raise ConsignmentRefused("too_long")
    return said


def _under_way(spoken: Sequence[Spoken]) -> list[Spoken]:
    """Those that are under way, as they stand now."""
    found = _standing(spoken, Consignment.UNDER_WAY)
    if not found:
        raise ConsignmentRefused("state")
    return found


def _standing(spoken: Sequence[Spoken], states: Iterable[str]) -> list[Spoken]:
    found = Consignment.objects.filter(pk__in=[one.part.pk for one in spoken], state__in=list(states))
    parts = found.select_related("giver", "channel", "carrier", "member").in_bulk()
    return [replace(one, part=parts[one.part.pk]) for one in spoken if one.part.pk in parts]


def _unchanged(standing: Consignment) -> QuerySet[Consignment]:
    return Consignment.objects.filter(pk=standing.pk, state=standing.state)
