"""One try at a job, as its handler sees it: what is asked, how far it is, and the one transaction that finishes it."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import QuerySet

from unmet.jobs.models import Job

logger = logging.getLogger(__name__)

# Progress is written at most this often: a counter, not a log.
_TELL_EVERY_SECONDS: Final = 0.5
_BEATS_PER_LEASE: Final = 4


class LeaseLost(Exception):
    """Another worker holds the job now, or it is done; nothing of this try may stay."""


class Stopping(Exception):
    """The worker was asked to end; the job goes back to the table."""


class Task:
    """A job in the hands of one worker. `at` is the moment of the try, `lease` how long a silent worker keeps it."""

    def __init__(self, job: Job, *, word: str, at: datetime, lease: timedelta, stopping: threading.Event) -> None:
        self.job, self.word, self.at, self.lease = job, word, at, lease
        self.payload: dict[str, Any] = job.payload
        self.finished = False
        self._stopping, self._lost, self._over = stopping, threading.Event(), threading.Event()
        self._begun, self._told = time.monotonic(), 0.0

    @property
    def mine(self) -> QuerySet[Job]:
        """The job's row, as long as it is this try's."""
        return Job.objects.waiting().filter(pk=self.job.pk, leased_by=self.word)

    def progress(self, says: str, done: int = 0, total: int = 0) -> None:
        """Say how far it is: the key of a sentence, and how many of how many (0: not known). Never in a transaction.

        Raises:
            LeaseLost, Stopping: the handler ends here.
        """
        if self._lost.is_set():
            raise LeaseLost
        if self._stopping.is_set():
            raise Stopping
        changed = says != self.job.progress_says
        if not changed and time.monotonic() - self._told < _TELL_EVERY_SECONDS:
            return
        self.job.progress_says, self._told = says, time.monotonic()
        if not self.mine.update(
            progress_says=says, progress_done=done, progress_total=total, leased_until=self._until()
        ):
            raise LeaseLost

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """The effect and the completion, both or neither, and only while the lease is ours.

        Raises:
            LeaseLost: it is not; everything inside is undone.
        """
        with transaction.atomic():
            yield
            # Asked last: whoever took the job meanwhile has changed the word, and all of this is undone.
            if not self.mine.update(done_at=self.at, error="", leased_until=None):
                raise LeaseLost
        self.finished = True

    # ── the heart ────────────────────────────────────────────────────────────
    @contextmanager
    def beating(self) -> Iterator[None]:
        """Renew the lease from a thread of its own while the block runs."""
        heart = threading.Thread(target=self._beat, daemon=True)
        heart.start()
        try:
            yield
        finally:
            self._over.set()
            heart.join()

    def _beat(self) -> None:
        pause = self.lease.total_seconds() / _BEATS_PER_LEASE
        try:
            while not self._over.wait(pause):
                try:
                    if not self.mine.update(leased_until=self._until()):
                        self._lost.set()
                        return
                except Exception as error:  # busy or gone for a moment: the next beat tries again
                    logger.info("A beat of job %s was missed: %s", self.job, type(error).__name__)
                    connection.close()
        finally:
            connection.close()

    def _until(self) -> datetime:
        """The new end of the lease, on the clock of `at`."""
        return self.at + timedelta(seconds=time.monotonic() - self._begun) + self.lease
