"""What becomes of a letter: sent, tried again with the same Message-ID, given up, or kept back."""

import socket
import time
from datetime import timedelta

import pytest

from tests import make
from tests.notices.letters_world import DATA, tell, work
from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.jobs import services as jobs
from unmet.jobs.models import Job
from unmet.notices import services as notices
from unmet.notices import suppressing
from unmet.notices.models import Delivery, Group, How, Notice, SuppressedAddress
from unmet.notices.services import Link, Recipient

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture(autouse=True)
def world():
    make.round_()


def only():
    return Delivery.objects.get()


def test_sent_once(mail_server):
    who = make.approver("ZMB")
    tell(who)
    assert only().state == State.WAITING and mail_server.taken == []
    for _ in range(3):
        work()
    delivery = only()
    assert len(mail_server.taken) == 1
    assert (delivery.state, delivery.attempts, delivery.address) == (State.SENT, 1, who.email)
    assert delivery.ended_at == make.AT and delivery.next_at is None and delivery.says == ""


def nobody_listens(settings):
    """A port at which no mail server is."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.EMAIL_PORT = free.getsockname()[1]


def test_a_server_that_is_down_is_tried_again_with_growing_pauses_and_the_same_message_id(mail_server, settings):
    tell(make.approver("ZMB"))
    name, at = only().message_id, make.AT
    nobody_listens(settings)
    rests = []
    for _ in range(4):
        work(at)
        delivery = only()
        assert delivery.state == State.WAITING and "ConnectionRefused" in delivery.says
        rests.append(delivery.next_at - at)
        work(delivery.next_at - timedelta(seconds=1))
        at = delivery.next_at
    assert rests == sorted(set(rests)) and only().attempts == 4
    settings.EMAIL_PORT = mail_server.port
    work(at)
    [letter] = mail_server.taken
    assert letter["Message-ID"] == f"<{name}>" and only().state == State.SENT and only().attempts == 5


def test_a_server_that_lets_us_wait_holds_up_one_letter_a_minute_and_not_the_other_jobs(mail_server, settings):
    settings.EMAIL_TIMEOUT = 0.3
    for _ in range(5):
        tell(make.approver("ZMB"))
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it listens, and never says a word
        settings.EMAIL_PORT = silent.getsockname()[1]
        begun = time.monotonic()
        work()
        assert time.monotonic() - begun < 2 * settings.EMAIL_TIMEOUT
    assert set(Delivery.objects.values_list("state", "attempts")) == {(State.WAITING, 1)}
    assert all("timed out" in says for says in Delivery.objects.values_list("says", flat=True))
    settings.EMAIL_PORT = mail_server.port
    for minutes in range(10):
        work(make.AT + timedelta(minutes=minutes))
    assert len(mail_server.taken) == 5


def test_it_is_given_up_and_the_reason_is_kept(mail_server):
    mail_server.to_recipient = "451 4.7.1 greylisted"
    tell(make.approver("ZMB"))
    at = make.AT
    for _ in range(jobs.MOST_ATTEMPTS):
        assert only().state == State.WAITING
        work(at)
        at = only().next_at or at
    delivery = only()
    assert delivery.state == State.FAILED and delivery.attempts == jobs.MOST_ATTEMPTS
    assert "greylisted" in delivery.says and delivery.ended_at == at
    assert "@" not in delivery.says
    assert not Job.objects.waiting().exists() and not Job.objects.dead().exists()
    assert not SuppressedAddress.objects.exists()


def test_no_such_mailbox_suppresses_the_address(mail_server):
    who = make.approver("ZMB")
    mail_server.to_recipient = "550 5.1.1 no such user here"
    tell(who)
    work()
    assert only().state == State.FAILED
    found = suppressing.standing(who.email.upper())
    assert found is not None and found.status == "5.1.1" and "no such user" in found.says
    row = AuditRow.objects.get(event="notices.address_suppressed")
    assert row.subject == str(who.uuid) and who.email not in str(row.__dict__)
    mail_server.to_recipient = "250 ok"
    tell(who)
    work()
    assert mail_server.taken == [] and Delivery.objects.order_by("-pk")[0].state == State.SUPPRESSED


@pytest.mark.parametrize("answer", ["550 relay not permitted", "554 5.7.1 relay access denied", "450 4.2.0 later"])
def test_a_no_that_may_be_about_our_own_server_silences_nobody(mail_server, answer):
    mail_server.to_recipient = answer
    tell(make.approver("ZMB"))
    work()
    assert only().state == State.WAITING and not SuppressedAddress.objects.exists()


def test_a_letter_refused_for_good_is_not_sent_again(mail_server):
    mail_server.to_letter = "554 5.6.0 not like this"
    tell(make.approver("ZMB"))
    work()
    assert only().state == State.FAILED and "not like this" in only().says
    assert not Job.objects.waiting().exists() and not SuppressedAddress.objects.exists()


def test_a_letter_that_rests_is_not_sent_to_whoever_has_opened_the_page_by_then(mail_server):
    who, link = make.approver("ZMB"), Link("return", ["ZMB", "r1"])
    one = Recipient(who.pk, make.party("ZMB").pk, (Role.APPROVER,))
    for about in (link, Link("desk")):
        notices.tell(
            kind="needs.approved", people=[one], at=make.AT, link=about, data=DATA["needs.approved"],
            rest=timedelta(minutes=1),
        )  # fmt: skip
    work(make.AT + timedelta(seconds=59))
    assert mail_server.taken == []
    assert notices.mark_read(who, at=make.AT, about=link) == 1
    work(make.AT + timedelta(seconds=60))
    assert len(mail_server.taken) == 1


class TestKeptBack:
    """Between the deed and the letter things change."""

    def kept_back(self, server):
        work()
        assert server.taken == [] and only().state == State.SUPPRESSED and only().says

    def test_whoever_has_read_it(self, mail_server):
        who = make.approver("ZMB")
        tell(who)
        notices.mark_read(who, at=make.AT)
        self.kept_back(mail_server)

    def test_whoever_has_lost_the_appointment(self, mail_server):
        who = make.approver("ZMB")
        tell(who)
        who.appointments.update(ended_at=make.AT)
        self.kept_back(mail_server)

    def test_whoever_wants_it_here_only_by_now(self, mail_server):
        who = make.approver("ZMB")
        tell(who)
        notices.choose(who, {Group.OUTCOME: How.HERE})
        self.kept_back(mail_server)

    def test_what_is_no_news_any_more(self, mail_server):
        tell(make.approver("ZMB"), at=make.AT - timedelta(days=8))
        self.kept_back(mail_server)


class TestDaily:
    """One letter a day with all of it; none when there is nothing."""

    MORNING = make.AT.replace(hour=5) + timedelta(days=1)

    @pytest.fixture
    def who(self):
        who = make.approver("ZMB")
        notices.choose(who, {Group.OUTCOME: How.DAILY})
        return who

    def test_all_of_a_day_in_one(self, mail_server, who):
        told = [tell(who, at=make.AT + timedelta(hours=hours)) for hours in range(3)]
        for hours in range(19):
            work(make.AT + timedelta(hours=hours))
        assert mail_server.taken == []
        work(self.MORNING)
        [letter] = mail_server.taken
        assert letter["Subject"] == "Unmet: 3 notices of the last day"
        text = letter.get_body(("plain",)).get_content()
        assert text.count("is approved") == len(told)
        assert text.count("https://") == 1 and "/en/desk/inbox\r\n" in text
        for days in range(1, 4):
            work(self.MORNING + timedelta(days=days))
        assert len(mail_server.taken) == 1

    def test_none_when_all_of_it_was_read(self, mail_server, who):
        tell(who)
        notices.mark_read(who, at=make.AT)
        work(self.MORNING)
        assert mail_server.taken == [] and not Delivery.objects.exists()

    def test_only_what_is_unread(self, mail_server, who):
        first = tell(who)
        tell(who)
        notices.mark_read(who, at=make.AT, only=first)
        work(self.MORNING)
        assert mail_server.taken[0]["Subject"] == "Unmet: 1 notice of the last day"

    def test_what_comes_shortly_before_goes_into_the_next(self, mail_server, who):
        tell(who, at=self.MORNING - timedelta(minutes=10))
        work(self.MORNING)
        assert mail_server.taken == []
        work(self.MORNING + timedelta(days=1))
        assert len(mail_server.taken) == 1

    def test_at_once_and_daily_do_not_tell_the_same_twice(self, mail_server, who):
        notices.choose(who, {Group.OUTCOME: How.AT_ONCE})
        tell(who)
        notices.choose(who, {Group.OUTCOME: How.DAILY})
        tell(who)
        work()
        work(self.MORNING)
        assert [letter["Subject"] for letter in mail_server.taken] == [
            "Unmet: Your return is approved", "Unmet: 1 notice of the last day",
        ]  # fmt: skip
        assert Notice.objects.filter(delivery=None).count() == 0
