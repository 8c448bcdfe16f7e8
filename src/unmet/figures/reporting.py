"""How many members answered a round: a number only, after its window has closed. Never which."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, QuerySet

from unmet.catalogue.models import Round
from unmet.catalogue.windows import end_of_day
from unmet.needs.models import Return
from unmet.parties.models import Party


@dataclass(frozen=True, slots=True)
class Reporting:
    """`answered` of the `members` on the last day of the window; "nothing to report" is an answer."""

    round: Round
    answered: int
    members: int


def answered(round_: Round, *, at: datetime, on: date | None = None) -> Reporting | None:
    """How many of the members of the window's last day have an approved return; None while the window is open.

    `on` asks for what was known at the end of a past day (24:00 UTC).
    """
    known = at if on is None else min(at, datetime.combine(on + timedelta(days=1), time(), tzinfo=UTC))
    closes = end_of_day(round_.window_until_on)
    if round_.state == Round.State.PLANNED or known < closes:
        return None
    members = Party.objects.members(on=round_.window_until_on)
    given = Return.objects.filter(
        round=round_,
        state__in=[Return.State.APPROVED, Return.State.SUPERSEDED],
        decided_at__lt=known,
        member__in=members,
    )
    return Reporting(round_, given.values("member").distinct().count(), members.count())


def closed_rounds(*, at: datetime) -> QuerySet[Round]:
    """Rounds whose window has closed, the latest first."""
    # A window with this last day closes at 12:00 UTC of the next one.
    last = (at.astimezone(UTC) - timedelta(hours=36)).date()
    return (
        Round.objects.exclude(state=Round.State.PLANNED)
        .filter(window_until_on__lte=last)
        .select_related("emergency")
        .order_by("-window_until_on", "code")
    )


def answers_by_round(*, at: datetime) -> list[tuple[int, int]]:
    """(round id, members that answered) of each round whose window has closed: all that is public about answers."""
    given = Return.objects.filter(
        state__in=[Return.State.APPROVED, Return.State.SUPERSEDED], decided_at__lt=at,
        round__in=closed_rounds(at=at).order_by().values("pk"),
    )  # fmt: skip
    counted = given.order_by("round_id").values("round_id").annotate(n=Count("member", distinct=True))
    return list(counted.values_list("round_id", "n"))
