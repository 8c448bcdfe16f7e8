"""Ask for something to be done at a moment, and do what is due. At least once; its effect in the database once.

The effect of a job and its completion are one transaction, and that transaction goes through only for the worker that
still holds the lease: a worker that was killed, or that slept so long that another one took its job, leaves nothing.
What a handler does outside the database (a letter, a file) may happen again and must bear it.
"""

import logging
import os
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from unmet.jobs.models import Job
from unmet.jobs.tasks import LeaseLost, Stopping, Task

logger = logging.getLogger(__name__)

Handler = Callable[[dict[str, Any], datetime], None]
LongHandler = Callable[[Task], None]
_HANDLERS: dict[str, Handler] = {}
_LONG: dict[str, LongHandler] = {}
_GIVEN_UP: dict[str, Handler] = {}
# After each try that failed, the job rests this long; after the last one it is given up until somebody looks.
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 120, 600, 1800, 7200, 21_600, 43_200, 86_400))
MOST_ATTEMPTS: Final = len(PAUSES) + 1


class NotDead(Exception):
    """There is no job of this number that was given up."""


def lease() -> timedelta:
    """How long a job belongs to a worker of whom nothing is heard (`UNMET_JOB_LEASE`)."""
    return timedelta(seconds=settings.UNMET_JOB_LEASE)


def handles(name: str) -> Callable[[Handler], Handler]:
    """Register a function as the handler of a name. The name is kept for ever, since jobs in the table carry it.

    The whole function runs in the transaction of its effect; it should be short.
    """

    def register(function: Handler) -> Handler:
        _HANDLERS[name] = function
        return function

    return register


def handles_long(name: str) -> Callable[[LongHandler], LongHandler]:
    """Register a handler that takes its time: it runs outside a transaction, and its effect in `task.finishing()`."""

    def register(function: LongHandler) -> LongHandler:
        _LONG[name] = function
        return function

    return register


def gives_up(*names: str) -> Callable[[Handler], Handler]:
    """Register what else happens, in the same transaction, when a job of one of these names is given up."""

    def register(function: Handler) -> Handler:
        _GIVEN_UP.update(dict.fromkeys(names, function))
        return function

    return register


# ── asking ───────────────────────────────────────────────────────────────────
def ask(*, handler: str, key: str, due_at: datetime, payload: dict[str, Any] | None = None) -> None:
    """Put a job in the table, in the caller's transaction. The same handler and key stand once."""
    Job.objects.get_or_create(handler=handler, key=key, defaults={"due_at": due_at, "payload": payload or {}})


def ask_each(*, handler: str, due_at: datetime, payloads: Mapping[str, dict[str, Any]]) -> None:
    """Put many jobs of one handler in the table, by key, in the caller's transaction. Those that stand already stay."""
    Job.objects.bulk_create(
        [Job(handler=handler, key=key, due_at=due_at, payload=payload) for key, payload in payloads.items()],
        batch_size=500, ignore_conflicts=True,
    )  # fmt: skip


def again(*, at: datetime, number: int | None = None) -> int:
    """Try a job that was given up again, or all of them; returns how many.

    Raises:
        NotDead: see there.
    """
    chosen = Job.objects.dead() if number is None else Job.objects.dead().filter(pk=number)
    count = chosen.update(dead_at=None, attempts=0, due_at=at, leased_until=None, leased_by="")
    if number is not None and not count:
        raise NotDead(number)
    return count


def forget_done(*, handlers: Sequence[str], before: datetime, most: int) -> int:
    """Take up to `most` jobs out of the table that were done before a moment; returns how many.

    For handlers whose keys are never asked for again: whoever asks for one that is gone has it done once more.
    """
    old = Job.objects.filter(handler__in=list(handlers), done_at__lt=before).order_by("pk")
    return Job.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:most])).delete()[0]


# ── doing ────────────────────────────────────────────────────────────────────
def run_due(*, at: datetime, most: int = 100, stopping: threading.Event | None = None) -> int:
    """Do what is due at a moment; returns how many jobs were done. A dead worker's job is taken after its lease."""
    done = 0
    for _ in range(most):
        if stopping is not None and stopping.is_set():
            break
        taken = _take(at)
        if taken is None:
            break
        done += _do(taken, at, stopping or threading.Event())
    return done


@dataclass(frozen=True, slots=True)
class _Taken:
    """A job, and the word under which this try holds it."""

    job: Job
    word: str


def _take(at: datetime) -> _Taken | None:
    """The earliest job that is due and free, for this try only."""
    free = Q(leased_until=None) | Q(leased_until__lt=at)
    for job in Job.objects.waiting().filter(free, due_at__lte=at).order_by("due_at", "pk")[:5]:
        waiting = Job.objects.waiting().filter(free, pk=job.pk, attempts=job.attempts)
        if job.attempts >= MOST_ATTEMPTS:
            # Every try took its worker down before it could say why.
            _give_up(job, waiting, at, job.error or "the worker ended during every try")
            continue
        word = f"{os.getpid()}-{uuid.uuid4().hex[:16]}"
        if waiting.update(leased_until=at + lease(), leased_by=word, attempts=F("attempts") + 1):
            job.attempts += 1
            return _Taken(job, word)
    return None


def _do(taken: _Taken, at: datetime, stopping: threading.Event) -> int:
    """Run the handler; 1 when its effect is in the database."""
    job = taken.job
    task = Task(job, word=taken.word, at=at, lease=lease(), stopping=stopping)
    try:
        with task.beating():
            _run(task)
    except LeaseLost:
        logger.warning("Job %s took longer than its lease; another worker has it", job)
        return 0
    except Stopping:
        # The worker was asked to end: the job is as if it had not been taken.
        task.mine.update(leased_until=None, leased_by="", attempts=F("attempts") - 1)
        return 0
    except Exception as error:  # a broken handler must not stop the others; the operator reads `error`
        _note(task, error, at)
        return 0
    return 1


def _run(task: Task) -> None:
    name = task.job.handler
    if name in _LONG:
        _LONG[name](task)
        if not task.finished:
            with task.finishing():
                pass
        return
    # Effect and completion in one transaction: a kill in between leaves neither.
    with task.finishing():
        _HANDLERS[name](task.payload, task.at)


def _note(task: Task, error: Exception, at: datetime) -> None:
    """Keep what went wrong; rest, or give up after the last try."""
    job = task.job
    says = f"{type(error).__name__}: {error}"[:2000]
    logger.warning("Job %s, try %s of %s: %s", job, job.attempts, MOST_ATTEMPTS, type(error).__name__)
    if job.attempts >= MOST_ATTEMPTS:
        _give_up(job, task.mine, at, says)
    else:
        task.mine.update(error=says, due_at=at + PAUSES[job.attempts - 1], leased_until=None, leased_by="")


def _give_up(job: Job, still: QuerySet[Job], at: datetime, says: str) -> None:
    """No more tries by itself, and whoever waits for it is told; `still` is the job as long as it is free or ours."""
    given_up = {"error": says, "dead_at": at, "leased_until": None, "leased_by": ""}
    try:
        with transaction.atomic():
            if still.update(**given_up) and job.handler in _GIVEN_UP:
                _GIVEN_UP[job.handler](job.payload, at)
    except Exception as error:  # given up it is all the same: else it would be tried for ever
        logger.warning("Nobody was told that job %s was given up: %s", job, type(error).__name__)
        still.update(**given_up)
