"""Background work: asked twice it is done once, a dead worker's job is taken again, a broken one stops nobody."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from tests import make
from tests.together import at_once

from unmet.books.models import Account
from unmet.jobs import services as jobs
from unmet.jobs.models import Job

AT = make.AT


@pytest.fixture
def handler() -> Iterator[Callable[[Callable[..., None]], str]]:
    """Registers a handler for this test only; gives its name."""
    names = []

    def register(function: Callable[..., None]) -> str:
        names.append(f"tests.{len(names)}")
        jobs.handles(names[-1])(function)
        return names[-1]

    yield register
    for name in names:
        del jobs._HANDLERS[name]


@pytest.mark.django_db
class TestRunDue:
    """`jobs.ask`, `jobs.run_due`."""

    def test_asked_twice_it_is_done_once_with_what_was_asked_first(self, handler: Any) -> None:
        seen: list[Any] = []
        name = handler(lambda payload, at: seen.append((payload, at)))
        for number in (1, 2):
            jobs.ask(handler=name, key="same", due_at=AT, payload={"number": number})
        assert (jobs.run_due(at=AT), jobs.run_due(at=AT)) == (1, 0)
        jobs.ask(handler=name, key="same", due_at=AT)
        assert jobs.run_due(at=AT) == 0 and seen == [({"number": 1}, AT)]

    def test_not_before_it_is_due_and_the_earliest_first(self, handler: Any) -> None:
        seen: list[str] = []
        name = handler(lambda payload, at: seen.append(payload["key"]))
        for key, hours in (("late", 2), ("early", 1), ("far", 99)):
            jobs.ask(handler=name, key=key, due_at=AT + timedelta(hours=hours), payload={"key": key})
        assert jobs.run_due(at=AT) == 0
        assert jobs.run_due(at=AT + timedelta(hours=3)) == 2 and seen == ["early", "late"]

    def test_no_more_than_asked_for(self, handler: Any) -> None:
        name = handler(lambda payload, at: None)
        for number in range(5):
            jobs.ask(handler=name, key=str(number), due_at=AT)
        assert [jobs.run_due(at=AT, most=3), jobs.run_due(at=AT, most=3)] == [3, 2]

    def test_a_broken_handler_undoes_its_work_stops_nobody_and_is_tried_again_after_a_pause(self, handler: Any) -> None:
        def broken(payload: dict[str, Any], at: Any) -> None:
            Job.objects.create(handler="half", key="done", due_at=at)
            raise ValueError("out of paper")

        bad, good = handler(broken), handler(lambda payload, at: None)
        jobs.ask(handler=bad, key="x", due_at=AT)
        jobs.ask(handler=good, key="x", due_at=AT + timedelta(seconds=1))
        assert jobs.run_due(at=AT + timedelta(minutes=1)) == 1
        assert not Job.objects.filter(handler="half").exists()
        job = Job.objects.get(handler=bad)
        assert (job.error, job.attempts, job.done_at) == ("ValueError: out of paper", 1, None)
        assert jobs.run_due(at=AT + timedelta(minutes=1, seconds=9)) == 0
        job.refresh_from_db()
        assert job.attempts == 1
        jobs.run_due(at=AT + timedelta(minutes=1, seconds=11))
        job.refresh_from_db()
        assert job.attempts == 2

    def test_pauses_grow_and_after_the_last_try_it_is_given_up_until_somebody_asks_again(self, handler: Any) -> None:
        broken = True

        def sometimes(payload: dict[str, Any], at: Any) -> None:
            if broken:
                raise ValueError("still out of paper")

        jobs.ask(handler=handler(sometimes), key="x", due_at=AT)
        due = []
        for _ in range(jobs.MOST_ATTEMPTS):
            at = Job.objects.get().due_at
            due.append(at)
            jobs.run_due(at=at)
        waits = [later - earlier for earlier, later in pairwise(due)]
        assert waits == sorted(waits) == list(jobs.PAUSES) and waits[-1] == timedelta(days=1)
        dead = Job.objects.get()
        assert dead.dead_at == due[-1] and dead.error == "ValueError: still out of paper"
        assert jobs.run_due(at=AT + timedelta(days=999)) == 0
        broken = False
        assert jobs.again(at=AT, number=dead.pk) == 1
        assert jobs.run_due(at=AT) == 1
        with pytest.raises(jobs.NotDead):
            jobs.again(at=AT, number=dead.pk)

    def test_a_job_that_ends_every_worker_is_given_up_too(self, handler: Any) -> None:
        jobs.ask(handler=handler(lambda payload, at: None), key="x", due_at=AT)
        for number in range(jobs.MOST_ATTEMPTS):
            assert jobs._take(AT + number * timedelta(hours=1)) is not None
        assert jobs.run_due(at=AT + timedelta(days=1)) == 0
        assert Job.objects.get().dead_at == AT + timedelta(days=1)
        assert "the worker ended during every try" in Job.objects.get().error

    def test_a_name_that_nobody_handles_is_noted_for_the_operator(self) -> None:
        jobs.ask(handler="of a newer version", key="x", due_at=AT)
        assert jobs.run_due(at=AT) == 0
        assert "of a newer version" in Job.objects.get().error

    def test_a_worker_that_died_keeps_the_job_for_its_lease_only(self, handler: Any) -> None:
        name = handler(lambda payload, at: None)
        jobs.ask(handler=name, key="x", due_at=AT)
        # A worker that was killed between taking and doing leaves just its lease.
        assert jobs._take(AT) is not None
        assert jobs.run_due(at=AT + jobs.lease()) == 0
        assert jobs.run_due(at=AT + jobs.lease() + timedelta(seconds=1)) == 1
        assert Job.objects.get().attempts == 2

    def test_a_kill_while_doing_leaves_neither_effect_nor_completion(self, handler: Any) -> None:
        class Killed(BaseException):
            """As a signal would: not an error that the runner notes."""

        def half(payload: dict[str, Any], at: Any) -> None:
            Job.objects.create(handler="half", key="done", due_at=at + timedelta(days=9))
            raise Killed

        jobs.ask(handler=handler(half), key="x", due_at=AT)
        with pytest.raises(Killed), transaction.atomic():
            jobs.run_due(at=AT)
        assert Job.objects.get().done_at is None

    def test_an_asker_that_fails_asks_nothing(self, handler: Any) -> None:
        name = handler(lambda payload, at: None)

        @transaction.atomic
        def ask_and_fail() -> None:
            jobs.ask(handler=name, key="x", due_at=AT)
            raise ConnectionError

        with pytest.raises(ConnectionError):
            ask_and_fail()
        assert jobs.run_due(at=AT) == 0

    def test_the_job_of_a_release_ends_it_and_bears_being_run_twice(self) -> None:
        make.approved([make.line(quantity=5)], of="ZMB", round_=make.round_())
        [release] = make.released("ZMB", until=AT.date())
        assert jobs.run_due(at=release.ends_at - timedelta(seconds=1)) == 0
        assert jobs.run_due(at=release.ends_at) == 1
        assert not Account.objects.get().public
        Job.objects.update(done_at=None, leased_until=None)
        assert jobs.run_due(at=release.ends_at) == 1


@pytest.mark.usefixtures("committed_db")
def test_workers_at_once_do_each_job_once(handler: Any) -> None:
    seen: list[int] = []
    name = handler(lambda payload, at: seen.append(payload["number"]))
    for number in range(12):
        jobs.ask(handler=name, key=str(number), due_at=AT, payload={"number": number})
    results = at_once([lambda: jobs.run_due(at=AT)] * 4)
    assert sum(results) + jobs.run_due(at=AT) == 12
    assert sorted(seen) == list(range(12))


@pytest.mark.django_db
class TestGivenUp:
    """Whoever waits for a job learns that it was given up, in the same transaction."""

    @pytest.fixture
    def told(self, monkeypatch):
        """A job that always fails, and what is told of it."""
        told = []
        monkeypatch.setitem(jobs._HANDLERS, "tests.fails", lambda payload, at: 1 / 0)
        monkeypatch.setitem(jobs._GIVEN_UP, "tests.fails", lambda payload, at: told.append(payload))
        jobs.ask(handler="tests.fails", key="1", due_at=AT, payload={"n": 1})
        return told

    def run_until_dead(self):
        at = AT
        while Job.objects.waiting().exists():
            jobs.run_due(at=at)
            at += timedelta(days=2)

    def test_once_after_the_last_try(self, told):
        for _ in range(2):
            self.run_until_dead()
        assert told == [{"n": 1}]
        assert Job.objects.dead().get().attempts == jobs.MOST_ATTEMPTS

    def test_when_every_try_took_its_worker_down(self, told):
        Job.objects.update(attempts=jobs.MOST_ATTEMPTS)
        jobs.run_due(at=AT)
        assert told == [{"n": 1}] and Job.objects.dead().exists()

    def test_it_is_given_up_even_when_nobody_can_be_told(self, told, monkeypatch):
        monkeypatch.setitem(jobs._GIVEN_UP, "tests.fails", lambda payload, at: 1 / 0)
        self.run_until_dead()
        assert "ZeroDivisionError" in Job.objects.dead().get().error
