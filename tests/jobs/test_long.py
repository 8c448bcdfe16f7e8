"""Jobs that take their time: the lease is renewed, the fence holds, progress is kept, the worker may be told to end."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests import make

from unmet.jobs import services as jobs
from unmet.jobs.models import Job
from unmet.jobs.tasks import Task

AT = make.AT
NAME = "tests.long"


@pytest.fixture
def long() -> Iterator[Callable[[Callable[[Task], None]], None]]:
    """Registers a long handler for this test only, and asks for one job of it."""

    def register(function: Callable[[Task], None]) -> None:
        jobs.handles_long(NAME)(function)
        jobs.ask(handler=NAME, key="x", due_at=AT, payload={"number": 7})

    yield register
    jobs._LONG.pop(NAME, None)


def effect() -> None:
    """Something that is counted afterwards."""
    Job.objects.create(handler="effect", key=str(Job.objects.filter(handler="effect").count()), due_at=AT, done_at=AT)


def effects() -> int:
    """How many times it was done."""
    return Job.objects.filter(handler="effect").count()


@pytest.mark.django_db
class TestLong:
    """`jobs.handles_long`, `Task`."""

    def test_effect_and_completion_together_and_progress_is_kept(self, long: Any) -> None:
        def work(task: Task) -> None:
            task.progress("reading")
            assert Job.objects.get(handler=NAME).progress_says == "reading"
            task.progress("checking", 3, 9)
            with task.finishing():
                assert task.payload == {"number": 7}
                effect()

        long(work)
        assert (jobs.run_due(at=AT), jobs.run_due(at=AT), effects()) == (1, 0, 1)
        job = Job.objects.get(handler=NAME)
        assert (job.progress_says, job.progress_done, job.progress_total, job.done_at) == ("checking", 3, 9, AT)
        assert job.leased_until is None

    def test_a_handler_without_an_effect_is_done_when_it_returns(self, long: Any) -> None:
        long(lambda task: task.progress("reading"))
        assert jobs.run_due(at=AT) == 1

    def test_a_worker_that_lost_its_lease_leaves_no_effect(self, long: Any) -> None:
        tries = []

        def work(task: Task) -> None:
            tries.append(task.word)
            if len(tries) == 1:
                # It slept past its lease; meanwhile another worker took the job and did it.
                assert jobs.run_due(at=AT + jobs.lease() + timedelta(seconds=1)) == 1
            with task.finishing():
                effect()

        long(work)
        assert jobs.run_due(at=AT) == 0
        assert len(set(tries)) == 2 and effects() == 1

    def test_told_to_end_the_job_goes_back_as_if_it_had_not_been_taken(self, long: Any) -> None:
        stopping = threading.Event()

        def work(task: Task) -> None:
            task.progress("reading")
            stopping.set()
            task.progress("checking")
            raise AssertionError("unreachable")

        long(work)
        assert jobs.run_due(at=AT, stopping=stopping) == 0
        job = Job.objects.get(handler=NAME)
        assert (job.attempts, job.leased_until, job.done_at, job.error) == (0, None, None, "")
        assert jobs.run_due(at=AT, stopping=stopping) == 0, "a worker that ends takes nothing new"


@pytest.mark.usefixtures("committed_db")
def test_the_lease_of_a_long_job_is_renewed_while_it_runs(long: Any, settings: Any) -> None:
    settings.UNMET_JOB_LEASE = 0.4

    def work(_task: Task) -> None:
        before = Job.objects.get(handler=NAME).leased_until
        time.sleep(1.0)
        after = Job.objects.get(handler=NAME).leased_until
        # Silent to itself, never to the others: without a heart the lease had ended after 0.4 seconds.
        assert before and after and after - before > timedelta(seconds=0.5)
        assert jobs.run_due(at=AT + timedelta(seconds=0.9)) == 0

    long(work)
    assert jobs.run_due(at=AT) == 1
