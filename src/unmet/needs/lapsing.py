"""Needs that nobody confirms lapse; before that, the member's people are reminded twice.

Whoever approves a return, or confirms needs, sets when they lapse, so the reminders are asked for in that transaction.
Each is for all needs of one member and round that lapse at the same moment, and says nothing when they were confirmed
meanwhile.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from unmet.books.models import Account
from unmet.books.prepared import lapse
from unmet.catalogue.models import Round
from unmet.jobs import services as jobs
from unmet.needs import telling
from unmet.needs.models import Return
from unmet.parties.models import Party

JOB: Final = "needs.lapsing"
# How long before the lapse, and the kind of notice.
REMINDERS: Final = ((timedelta(days=14), "needs.lapsing_in_two_weeks"), (timedelta(days=3), "needs.lapsing_in_days"))
# Where hardly more than two weeks are left when it is asked for: after these tenths of the time, so that they are two.
SHORT: Final = (5, 9)
SOON: Final = "needs.lapsing_soon"


def ask(return_: Return, *, at: datetime) -> None:
    """See that the member is reminded of the needs that are approved at a moment, as far as that time is not over."""
    ask_for(member=return_.member, round_=return_.round, at=at)


def ask_for(*, member: Party, round_: Round, at: datetime) -> None:
    """The same for what a member stands for again at a moment."""
    moment = lapse(round_, at)
    about = {"member": member.pk, "round": round_.pk, "lapses_at": moment.isoformat()}
    for due, kind, name in _due(at, moment):
        key = f"{member.code} {round_.code} {moment.isoformat()} {name}"
        jobs.ask(handler=JOB, key=key, due_at=due, payload={**about, "kind": kind})


def _due(at: datetime, moment: datetime) -> list[tuple[datetime, str, str]]:
    """When to remind of what lapses at a moment, with which kind of notice, and the name of that reminder: two."""
    longest = max(before for before, _kind in REMINDERS)
    if moment - at > longest + timedelta(days=2):
        return [(moment - before, kind, kind) for before, kind in REMINDERS]
    return [(at + (moment - at) * tenths / 10, SOON, f"{SOON} {tenths}") for tenths in SHORT if moment > at]


@jobs.handles(JOB)
def remind(payload: dict[str, Any], at: datetime) -> None:
    """Tell the member's people how many needs lapse, unless that moment is past or nothing lapses then."""
    moment = datetime.fromisoformat(payload["lapses_at"])
    lapsing = Account.objects.filter(
        member=payload["member"], round=payload["round"], kind=Account.Kind.NEED, closed=False, approved__gt=0,
        lapses_at=moment,
    ).count()  # fmt: skip
    if lapsing and at < moment:
        member, round_ = Party.objects.get(pk=payload["member"]), Round.objects.get(pk=payload["round"])
        telling.lapsing(payload["kind"], member=member, round_=round_, needs=lapsing, at=at)
