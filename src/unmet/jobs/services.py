"""Ask for something to be done at a moment, and do what is due. At least once; handlers must bear being run twice."""

import os
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from unmet.jobs.models import Job

Handler = Callable[[dict[str, Any], datetime], None]
LEASE = timedelta(minutes=5)
_HANDLERS: dict[str, Handler] = {}


def handles(name: str) -> Callable[[Handler], Handler]:
    """Register a function as the handler of a name. The name is kept for ever, since jobs in the table carry it."""

    def register(function: Handler) -> Handler:
        _HANDLERS[name] = function
        return function

    return register


def ask(*, handler: str, key: str, due_at: datetime, payload: dict[str, Any] | None = None) -> None:
    """Put a job in the table, in the caller's transaction. The same handler and key stand once."""
    Job.objects.get_or_create(handler=handler, key=key, defaults={"due_at": due_at, "payload": payload or {}})


def run_due(*, at: datetime, most: int = 100) -> int:
    """Do what is due; returns how many jobs were done. A job whose worker died is taken again after its lease."""
    done = 0
    worker = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
    for _ in range(most):
        job = _take(worker, at)
        if job is None:
            break
        done += _do(job, worker, at)
    return done


def _take(worker: str, at: datetime) -> Job | None:
    free = Q(leased_until=None) | Q(leased_until__lt=at)
    for job in Job.objects.filter(free, done_at=None, due_at__lte=at).order_by("due_at")[:5]:
        taken = Job.objects.filter(free, pk=job.pk, done_at=None).update(
            leased_until=at + LEASE, leased_by=worker, attempts=job.attempts + 1
        )
        if taken:
            return job
    return None


def _do(job: Job, worker: str, at: datetime) -> int:
    mine = Job.objects.filter(pk=job.pk, leased_by=worker, done_at=None)
    try:
        # Effect and completion in one transaction: a kill in between leaves neither.
        with transaction.atomic():
            _HANDLERS[job.handler](job.payload, at)
            return mine.update(done_at=at, error="")
    except Exception as error:  # a broken handler must not stop the others; the operator reads `error`
        mine.update(error=f"{type(error).__name__}: {error}"[:2000])
        return 0
