"""The worker: does the jobs that are due, one after the other, until it is told to stop. Several may run at once."""

import logging
import os
import signal
import threading
from types import FrameType

from django.db import DatabaseError, connection
from django.utils import timezone

from unmet.access.actors import Actor, acting
from unmet.books import services as books
from unmet.jobs import services as jobs
from unmet.needs import followed
from unmet.notices import forgetting

logger = logging.getLogger(__name__)

# How soon somebody's upload is begun, and how often an idle worker asks the database.
IDLE_SECONDS = 1.0
# What comes due by itself (a release that ends, a commitment that is late) is posted, and followers are told of what
# the books hold, at least this often.
SETTLE_SECONDS = 30.0
_AFTER_AN_ERROR_SECONDS = 5.0


def work(*, every: float = IDLE_SECONDS, parent: int | None = None) -> int:
    """Work until SIGTERM or Ctrl-C; returns how many jobs were done.

    The job in hand is finished, or put back where its handler says how far it is. With `parent`, the worker also ends
    when that process is no longer its parent: a server that was killed leaves no worker behind.
    """
    stopping, done, rounds = threading.Event(), 0, 0

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping.is_set() and (parent is None or os.getppid() == parent):
        try:
            did = once(settle=rounds % max(int(SETTLE_SECONDS / every), 1) == 0, stopping=stopping)
        except DatabaseError as error:
            # The database restarts or is busy for long: what was in hand is taken again after its lease.
            logger.warning("The worker rests, because the database did not answer: %s", error)
            connection.close()
            stopping.wait(_AFTER_AN_ERROR_SECONDS)
            continue
        done, rounds = done + did, rounds + (not did)
        if not did:
            stopping.wait(every)
    connection.close()
    return done


def once(*, settle: bool = True, stopping: threading.Event | None = None) -> int:
    """Do what is due now; returns how many jobs were done."""
    at = timezone.now()
    with acting(Actor.for_system(at=at)):
        if settle:
            books.settle(at=at)
            followed.ask(at=at)
            forgetting.ask(at=at)
        # One at a time: each begins at its own moment.
        return jobs.run_due(at=at, most=1 if stopping is not None else 100, stopping=stopping)
