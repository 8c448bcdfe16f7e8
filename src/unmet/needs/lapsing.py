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


def ask(return_: Return, *, at: datetime) -> None:
    """See that the member is reminded of the needs that are approved at a moment, as far as that time is not over."""
    ask_for(member=return_.member, round_=return_.round, at=at)


def ask_for(*, member: Party, round_: Round, at: datetime) -> None:
    """The same for what a member stands for again at a moment."""
    moment = lapse(round_, at)
    about = {"member": member.pk, "round": round_.pk, "lapses_at": moment.isoformat()}
    for before, kind in REMINDERS:
        if moment - before > at:
            key = f"{member.code} {round_.code} {moment.isoformat()} {kind}"
            jobs.ask(handler=JOB, key=key, due_at=moment - before, payload={**about, "kind": kind})


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
