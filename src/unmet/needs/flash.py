"""A flash round: coordination asks, within an open round, for ten most urgent lines in 72 hours.

It is no round of its own: what is sent counts as lines of the round it falls in. Nothing has to end it: whoever asks
compares with the moment.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.catalogue.models import Round
from unmet.catalogue.windows import day_still_running, end_of_day
from unmet.methods.plain import plain
from unmet.needs import telling
from unmet.needs.models import FlashAnswer, FlashCall, Return
from unmet.parties.models import Party, Person

LASTS: Final = timedelta(hours=72)
MOST_LINES: Final = 10
LONGEST_NOTE: Final = 500


class FlashRefused(Exception):
    """The flash call cannot be opened or ended.

    `reason`: `round` (it takes no returns now), `running` (one runs already), `over` (it has ended).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def open_call(round_: Round, *, note: str = "", by: Person, at: datetime) -> FlashCall:
    """Ask all members for their most urgent lines, for 72 hours or until the window of the round closes.

    Raises:
        NotAllowed: `by` is not of coordination.
        FlashRefused: `round`, `running`.
    """
    may.require(Deed.CALL_FLASH, by=by)
    # Two people who press together: the second waits here, and then sees the call of the first.
    Round.objects.select_for_update(no_key=True).get(pk=round_.pk)
    if not _taking_returns(at=at).filter(pk=round_.pk).exists():
        raise FlashRefused("round")
    if running(at=at).filter(round=round_).exists():
        raise FlashRefused("running")
    call = FlashCall.objects.create(
        round=round_, note=plain(note)[:LONGEST_NOTE], most_lines=MOST_LINES, opened_by=by, opened_at=at,
        until_at=min(at + LASTS, end_of_day(round_.window_until_on)),
    )  # fmt: skip
    access.record(
        event="flash.opened", at=at, role=Role.COORDINATION, subject_kind="flash_call", subject=call.uuid,
        round=round_.code, until=call.until_at.isoformat(),
    )  # fmt: skip
    telling.flash_called(call, hours=hours_left(call, at=at), by=by, at=at)
    return call


@transaction.atomic
def end_call(call: FlashCall, *, by: Person, at: datetime) -> None:
    """End a running flash call before its time. What was sent stays.

    Raises:
        NotAllowed: `by` is not of coordination.
        FlashRefused: `over`.
    """
    may.require(Deed.CALL_FLASH, by=by)
    # One UPDATE, so that two people who press together end it once; with its round it was over.
    still = FlashCall.objects.filter(pk=call.pk, ended_at=None, until_at__gt=at, round__in=_taking_returns(at=at))
    if not still.update(ended_by=by, ended_at=at):
        raise FlashRefused("over")
    call.refresh_from_db()
    access.record(event="flash.ended", at=at, role=Role.COORDINATION, subject_kind="flash_call", subject=call.uuid)


def running(*, at: datetime) -> QuerySet[FlashCall]:
    """Flash calls that run at a moment: not over, not ended, in a round that takes returns; the first to end first."""
    calls = FlashCall.objects.filter(Q(ended_at=None) | Q(ended_at__gt=at), opened_at__lte=at, until_at__gt=at)
    return calls.filter(round__in=_taking_returns(at=at)).select_related("round__emergency").order_by("until_at", "pk")


def _taking_returns(*, at: datetime) -> QuerySet[Round]:
    return Round.objects.open().filter(window_from_on__lte=at.date(), window_until_on__gte=day_still_running(at))


def note_answer(*, member: Party, round_: Round, at: datetime) -> None:
    """A member has sent something for a round: if a flash call runs in it, it has answered that too."""
    for call in running(at=at).filter(round=round_):
        FlashAnswer.objects.get_or_create(call=call, member=member, defaults={"answered_at": at})


def with_answers(calls: QuerySet[FlashCall]) -> list[tuple[FlashCall, int]]:
    """Each call with the number of members that answered. Which ones, nobody is told."""
    counted = dict.fromkeys(calls.values_list("pk", flat=True), 0)
    for answer in _standing(FlashAnswer.objects.filter(call__in=list(counted))).values_list("call_id", flat=True):
        counted[answer] += 1
    return [(call, counted[call.pk]) for call in calls]


def answered(call: FlashCall, *, member: Party) -> bool:
    """Whether a member has answered a call, for its own people."""
    return _standing(FlashAnswer.objects.filter(call=call, member=member)).exists()


def _standing(answers: QuerySet[FlashAnswer]) -> QuerySet[FlashAnswer]:
    """Answers of members that have not withdrawn everything they sent for the round."""
    kept = Return.objects.filter(round=OuterRef("call__round"), member=OuterRef("member"))
    return answers.filter(Exists(kept.exclude(state=Return.State.WITHDRAWN)))


def hours_left(call: FlashCall, *, at: datetime) -> int:
    """Hours until it ends, a begun one counted whole."""
    seconds = int((call.until_at - at).total_seconds())
    return max(-(-seconds // 3600), 0)
