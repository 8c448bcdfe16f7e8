"""Answers under an `Idempotency-Key` are kept for seven days, then deleted by a job; the key is then free again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tests import make
from tests.api.calls import Program, lines, open_round, problem, token
from unmet.access.models import Token
from unmet.api import forgetting
from unmet.api.models import KeptAnswer
from unmet.audit.models import AuditRow
from unmet.jobs import services as jobs
from unmet.jobs.models import Job

pytestmark = pytest.mark.django_db
HEADS = {"Idempotency_Key": "stock-2026-07-01-a"}


@pytest.fixture
def focal() -> Program:
    """A program of Zambia, and the round it answers."""
    open_round()
    return Program(token(make.focal_point("ZMB")))


def aged(by: timedelta, **chosen: str) -> None:
    """Let kept answers have been made that much earlier."""
    assert KeptAnswer.objects.filter(**chosen).update(made_at=timezone.now() - by) == 1


def times_submitted() -> int:
    """How many times something was sent."""
    return AuditRow.objects.filter(event="needs.submitted").count()


def test_an_answer_asks_for_its_end_and_goes_when_it_is_old_while_a_young_one_stays(focal):
    focal.post("/returns", lines(), **HEADS)
    focal.post("/returns", lines({"item": "MASK-IIR", "quantity": 3}), Idempotency_Key="a-young-one")
    job = Job.objects.get(handler="api.forget_answers")
    made_at = KeptAnswer.objects.earliest("made_at").made_at
    # Seven days after the last moment of its day.
    assert made_at + timedelta(days=7) < job.due_at <= made_at + timedelta(days=8)
    assert job.due_at == datetime(*job.due_at.timetuple()[:3], tzinfo=UTC)
    KeptAnswer.objects.filter(key="a-young-one").update(made_at=job.due_at - timedelta(days=7) + timedelta(seconds=1))
    assert jobs.run_due(at=job.due_at - timedelta(seconds=1)) == 0 and KeptAnswer.objects.count() == 2
    assert jobs.run_due(at=job.due_at) == 1
    assert list(KeptAnswer.objects.values_list("key", flat=True)) == ["a-young-one"]
    job.refresh_from_db()
    assert job.done_at == job.due_at and not job.error


def test_one_job_serves_all_answers_of_a_day():
    for hour in (0, 23):
        forgetting.ask(at=datetime(2026, 3, 1, hour, 59, tzinfo=UTC))
    forgetting.ask(at=datetime(2026, 3, 2, tzinfo=UTC))
    due = Job.objects.filter(handler=forgetting.JOB).order_by("due_at").values_list("due_at", flat=True)
    assert list(due) == [datetime(2026, 3, day, tzinfo=UTC) for day in (9, 10)]


def test_more_than_a_batch_goes_in_one_job(focal, monkeypatch):
    monkeypatch.setattr(forgetting, "BATCH", 2)
    at = timezone.now()
    kept = [KeptAnswer(token=Token.objects.get(), key=f"number-{number}", digest="", made_at=at) for number in range(5)]
    KeptAnswer.objects.bulk_create(kept)
    forgetting.ask(at=at)
    assert jobs.run_due(at=at + timedelta(days=9)) == 1
    assert not KeptAnswer.objects.exists()


def test_within_seven_days_it_is_answered_again_and_after_them_it_is_a_new_request(focal):
    first = focal.post("/returns", lines(), **HEADS)
    aged(timedelta(days=7) - timedelta(minutes=1))
    again = focal.post("/returns", lines(), **HEADS)
    assert again.headers["Idempotency-Replayed"] == "yes" and again.content == first.content
    # Its row stands until the job comes, but it counts no longer: a late worker makes no difference.
    aged(timedelta(days=7))
    fresh = focal.post("/returns", lines(), **HEADS)
    assert fresh.status_code == 200 and "Idempotency-Replayed" not in fresh.headers
    assert fresh.json()["unchanged"] == 1 and times_submitted() == 1
    assert focal.post("/returns", lines(), **HEADS).content == fresh.content
    assert KeptAnswer.objects.count() == 1


def test_after_the_job_the_key_serves_another_request(focal):
    other = lines({"item": "MASK-IIR", "quantity": 3})
    focal.post("/returns", lines(), **HEADS)
    assert problem(focal.post("/returns", other, **HEADS)) == (422, "key-reused")
    jobs.run_due(at=timezone.now() + timedelta(days=8))
    assert not KeptAnswer.objects.exists()
    assert focal.post("/returns", other, **HEADS).status_code == 201
    assert times_submitted() == 2
