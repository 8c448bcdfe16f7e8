"""How long the answers under an `Idempotency-Key` are kept, and the job that takes the older ones out."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from django.db.models import QuerySet

from unmet.api.models import KeptAnswer
from unmet.jobs import services as jobs
from unmet.jobs.tasks import Task

# As docs/api.md promises. Clients that try again do so within minutes; a week covers a line that is down for days.
KEPT_FOR: Final = timedelta(days=7)
# Rows that one DELETE takes: short enough for a request that waits for it.
BATCH: Final = 1000
JOB: Final = "api.forget_answers"


def ask(*, at: datetime) -> None:
    """See that an answer kept at a moment will go: one job for all answers of a day, due when its last one is old."""
    day = at.astimezone(UTC).date()
    ends_at = datetime.combine(day + timedelta(days=1), time(), UTC)
    jobs.ask(handler=JOB, key=day.isoformat(), due_at=ends_at + KEPT_FOR)


def standing(*, at: datetime) -> QuerySet[KeptAnswer]:
    """Answers that still count at a moment, whether or not a worker was late with the others."""
    return KeptAnswer.objects.filter(made_at__gt=at - KEPT_FOR)


@jobs.handles_long(JOB)
def forget(task: Task) -> None:
    """Delete what is older, batch by batch, each in a transaction of its own: half of the work done is no harm."""
    old = KeptAnswer.objects.filter(made_at__lte=task.at - KEPT_FOR)
    done = 0
    while found := list(old.order_by("made_at").values_list("pk", flat=True)[:BATCH]):
        done += KeptAnswer.objects.filter(pk__in=found).delete()[0]
        task.progress("deleting", done)
