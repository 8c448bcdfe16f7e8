"""Notices are no archive: read ones go after a while, unread ones later, and with them what became of their letters.

What happened stays in the audit, whence every timeline comes. A link to stop letters works for ever: it names a person
and the groups, and no notice. An address that is suppressed stays so.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from unmet.jobs import services as jobs
from unmet.jobs.tasks import Task
from unmet.notices import following, sending
from unmet.notices.models import Delivery, Notice

JOB: Final = "notices.forget"
# Rows that one DELETE takes: short enough for a request that waits for it.
BATCH: Final = 1000
# Jobs that sent and told, done long ago. The key of none of them is asked for again.
_HANDLERS: Final = (sending.SEND, sending.DAILY, following.JOB, following.BOOKS_JOB, JOB)


def ask(*, at: datetime) -> None:
    """See that what is old goes once a day, when the day is over. The worker asks now and then."""
    day = at.astimezone(UTC).date()
    jobs.ask(handler=JOB, key=day.isoformat(), due_at=datetime.combine(day + timedelta(days=1), time(), UTC))


@jobs.handles_long(JOB)
def forget(task: Task) -> None:
    """Delete what is older, batch by batch, each in a transaction of its own: half of the work done is no harm."""
    read = task.at - timedelta(days=settings.UNMET_NOTICES_READ_DAYS)
    unread = task.at - timedelta(days=settings.UNMET_NOTICES_UNREAD_DAYS)
    old = Notice.objects.filter(Q(read_at__lte=read) | Q(read_at=None, at__lte=unread))
    done = 0
    while found := list(old.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        done += Notice.objects.filter(pk__in=found).delete()[0]
        task.progress("deleting", done)
    # A letter of a day goes with the last of its notices. One that still waits for its worker stays.
    told = Exists(Notice.objects.filter(delivery=OuterRef("pk")))
    letters = Delivery.objects.filter(~told, ended_at__lte=read)
    while found := list(letters.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        done += Delivery.objects.filter(pk__in=found).delete()[0]
        task.progress("deleting", done)
    while count := jobs.forget_done(handlers=_HANDLERS, before=read, most=BATCH):
        done += count
        task.progress("deleting", done)
