"""Two reminders before a need lapses, to the member's people only, and none where nothing lapses."""

from datetime import UTC, datetime, timedelta

import pytest
from tests import make

from unmet.books import services as books
from unmet.books.models import Account
from unmet.jobs import services as jobs
from unmet.jobs.models import Job
from unmet.needs import lapsing
from unmet.notices import kinds
from unmet.notices.models import Notice

pytestmark = pytest.mark.django_db
TWO_WEEKS, DAYS = (kind for _before, kind in lapsing.REMINDERS)


def due() -> list[Job]:
    """Reminders that are asked for, the first to come first."""
    return list(Job.objects.filter(handler=lapsing.JOB).order_by("due_at"))


def run(job: Job, *, late: timedelta = timedelta()) -> list[Notice]:
    """What a reminder tells, when the worker comes to it."""
    Notice.objects.all().delete()
    lapsing.remind(job.payload, job.due_at + late)
    return list(Notice.objects.order_by("person"))


def test_each_of_the_members_people_is_reminded_twice() -> None:
    round_ = make.round_(freshness_days=60)
    make.approved([make.line(), make.line("GLOVE-EXAM")], of="ZMB", round_=round_)
    make.approved([make.line()], of="CUB", round_=round_)
    moment = Account.objects.filter(member__code="ZMB")[0].lapses_at
    assert moment == datetime(2021, 4, 3, 12, tzinfo=UTC)
    mine = [job for job in due() if job.key.startswith("ZMB ")]
    assert [moment - job.due_at for job in mine] == [timedelta(days=14), timedelta(days=3)]
    for job, kind in zip(mine, (TWO_WEEKS, DAYS), strict=True):
        told = run(job)
        people = set(make.party("ZMB").appointments.values_list("person", flat=True))
        assert {notice.person_id for notice in told} == people and len(people) == 2
        assert {(notice.kind, notice.link_name) for notice in told} == {(kind, "own_needs")}
        says = kinds.says(told[0].kind, told[0].data, kinds.Names.of([told[0].data]))
        assert says.startswith("Zambia: 2 needs stated for r1 lapse in t"), says


def test_whoever_confirmed_is_not_reminded_of_what_was_before() -> None:
    round_ = make.round_(freshness_days=60)
    make.approved([make.line()], of="ZMB", round_=round_)
    make.approved([make.line(quantity=7)], of="ZMB", round_=round_, at=make.AT + timedelta(days=30))
    first, second, third, fourth = due()
    assert [bool(run(job)) for job in (first, second, third, fourth)] == [False, False, True, True]


def test_what_was_ended_lapses_no_more() -> None:
    round_ = make.round_(freshness_days=60)
    make.approved([make.line()], of="ZMB", round_=round_)
    make.approved([make.line(quantity=0)], of="ZMB", round_=round_, at=make.AT + timedelta(days=1))
    assert [run(job) for job in due()] == [[]] * len(due())


def test_a_worker_that_comes_after_the_lapse_says_nothing() -> None:
    make.approved([make.line()], of="ZMB", round_=make.round_(freshness_days=60))
    assert run(due()[1], late=timedelta(days=4)) == []
    books.settle(at=make.AT + timedelta(days=62))
    assert Account.objects.get().last_stated == 1_000_000


@pytest.mark.parametrize("days", [14, 10, 3, 1])
def test_a_short_limit_has_two_reminders_too(days: int) -> None:
    make.approved([make.line()], of="ZMB", round_=make.round_(freshness_days=days))
    moment = Account.objects.get().lapses_at
    assert [(moment - job.due_at) / (moment - make.AT) for job in due()] == pytest.approx([0.5, 0.1])
    for job in due():
        told = run(job)
        assert {notice.kind for notice in told} == {lapsing.SOON} and len(told) == 2
        says = kinds.says(told[0].kind, told[0].data, kinds.Names.of([told[0].data]))
        assert says.startswith("Zambia: 1 need stated for r1 lapses soon unless it is confirmed."), says


def test_a_limit_of_more_than_two_weeks_has_those_of_two_weeks_and_three_days() -> None:
    make.approved([make.line()], of="ZMB", round_=make.round_(freshness_days=16))
    assert [job.payload["kind"] for job in due()] == [TWO_WEEKS, DAYS]


def test_the_worker_finds_it() -> None:
    make.approved([make.line()], of="ZMB", round_=make.round_(freshness_days=60))
    moment = due()[0].due_at + timedelta(minutes=1)
    jobs.run_due(at=moment)
    assert Notice.objects.filter(kind=TWO_WEEKS).count() == 2 and not Notice.objects.filter(kind=DAYS).exists()
