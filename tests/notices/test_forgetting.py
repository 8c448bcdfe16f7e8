"""Old notices go, with what became of their letters, and the link that stops letters works all the same."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests import make
from tests.notices.letters_world import tell, work
from tests.notices.smtp_server import MailServer
from unmet.config import working
from unmet.jobs.models import Job
from unmet.notices import forgetting, letters
from unmet.notices import services as notices
from unmet.notices.models import Delivery, Group, How, Notice
from unmet.parties.models import Person

pytestmark = pytest.mark.django_db


def after(days: int) -> datetime:
    """So many days later."""
    return make.AT + timedelta(days=days)


def forgotten(at: datetime) -> None:
    """The job of a day, done at a moment."""
    forgetting.ask(at=at - timedelta(days=1))
    work(at)


@pytest.fixture
def person() -> Person:
    """Somebody of Zambia."""
    return make.approver("ZMB")


def test_read_ones_go_after_ninety_days_and_unread_ones_after_four_hundred(person: Person) -> None:
    read, unread = tell(person), tell(person)
    notices.mark_read(person, at=after(10), only=read)
    forgotten(after(99))
    assert Notice.objects.count() == 2
    forgotten(after(101))
    assert list(Notice.objects.all()) == [unread]
    forgotten(after(399))
    assert Notice.objects.exists()
    forgotten(after(401))
    assert not Notice.objects.exists()


def test_as_the_host_sets_it(person: Person, settings: Any) -> None:
    settings.UNMET_NOTICES_READ_DAYS, settings.UNMET_NOTICES_UNREAD_DAYS = 5, 7
    notices.mark_read(person, at=make.AT, only=tell(person))
    tell(person)
    forgotten(after(6))
    assert Notice.objects.count() == 1
    forgotten(after(8))
    assert not Notice.objects.exists()


def test_a_letter_goes_with_the_last_of_its_notices_and_stays_stoppable(
    person: Person, mail_server: MailServer
) -> None:
    notices.choose(person, {Group.OUTCOME: How.DAILY})
    first, second = tell(person), tell(person)
    work(after(1))
    letter = Delivery.objects.get()
    assert letter.state == Delivery.State.SENT and letter.notices.count() == 2
    token = letters.stop_token(person, [Group.OUTCOME])
    notices.mark_read(person, at=after(1), only=first)
    forgotten(after(100))
    assert list(Notice.objects.all()) == [second] and Delivery.objects.count() == 1
    forgotten(after(402))
    assert not Notice.objects.exists() and not Delivery.objects.exists()
    assert letters.read_stop_token(token) == (person, [Group.OUTCOME])


def test_a_letter_that_waits_stays(person: Person, mail_server: MailServer) -> None:
    notice = tell(person)
    Delivery.objects.update(state=Delivery.State.WAITING, ended_at=None)
    Notice.objects.filter(pk=notice.pk).delete()
    Job.objects.all().delete()
    forgotten(after(500))
    assert Delivery.objects.count() == 1


def test_done_jobs_of_letters_go_and_no_others(person: Person, mail_server: MailServer) -> None:
    tell(person)
    work(make.AT)
    Job.objects.create(handler="books.settle", key="kept", due_at=make.AT, done_at=make.AT)
    Job.objects.create(handler="notices.send", key="dead", due_at=make.AT, dead_at=make.AT)
    forgotten(after(91))
    left = set(Job.objects.exclude(handler=forgetting.JOB).values_list("handler", "key"))
    assert left == {("books.settle", "kept"), ("notices.send", "dead")}


def test_the_worker_asks_once_a_day() -> None:
    for _ in range(2):
        working.once()
    assert Job.objects.filter(handler=forgetting.JOB, done_at=None).count() == 1
