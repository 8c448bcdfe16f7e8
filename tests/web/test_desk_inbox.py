"""The inbox at the desk: what it shows, to whom, and what is read."""

import html
import re

import pytest
from django.utils import timezone
from tests import make
from tests.web import desk_world as world

from unmet.access.models import Appointment
from unmet.notices import services as notices
from unmet.notices import suppressing
from unmet.notices.models import Group, How, Notice

pytestmark = pytest.mark.django_db


def text(answer):
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


@pytest.fixture
def approver():
    """An approver with two notices, and his or her browser."""
    round_ = world.open_round()
    person, browser = world.approver()
    for quantity in (100, 200):
        make.submitted([make.line(quantity=quantity)], of=world.MEMBER, round_=round_, at=world.now())
    assert Notice.objects.filter(person=person).count() == 2
    return person, browser


def test_the_newest_first_and_how_many_are_new(approver):
    _, browser = approver
    page = text(browser.get("/en/desk/inbox"))
    assert "Seen by you only" in page
    assert "2 unread notices" in page and "Inbox (2 new)" in page
    assert page.index("version 2 of the return") < page.index("version 1 of the return")
    assert "Inbox (2 new)" in text(browser.get("/en/desk"))
    assert "زامبيا" in text(browser.get("/ar/desk/inbox"))


def test_following_one_marks_it_read_and_leads_to_its_page(approver):
    person, browser = approver
    notice = Notice.objects.filter(person=person).order_by("-pk")[0]
    answer = browser.get(f"/fr/desk/inbox/{notice.uuid}")
    assert answer.status_code == 302 and answer["Location"] == f"/fr/desk/returns/{notice.link_arguments[0]}/approve"
    assert browser.get(answer["Location"]).status_code == 200
    assert "Inbox (1 new)" in text(browser.get("/en/desk/inbox"))


def test_marking_all_as_read_leaves_what_came_meanwhile(approver):
    person, browser = approver
    page = browser.get("/en/desk/inbox").content.decode()
    until = re.search(r'name="until" value="(\d+)"', page)[1]
    make.submitted([make.line(quantity=300)], of=world.MEMBER, round_=make.Round.objects.get(), at=world.now())
    answer = browser.post("/en/desk/inbox/read", {"until": until}, follow=True)
    assert "2 notices are marked as read." in text(answer) and "Inbox (1 new)" in text(answer)
    assert Notice.objects.filter(person=person, read_at=None).count() == 1


@pytest.mark.parametrize("until", ["", "x", "-1", "1" * 19, "٣"])
def test_marking_up_to_nonsense_does_not_exist(approver, until):
    assert approver[1].post("/en/desk/inbox/read", {"until": until}).status_code == 404
    assert not Notice.objects.exclude(read_at=None).exists()


def test_somebody_elses_notice_does_not_exist(approver):
    _, browser = world.approver()
    for notice in Notice.objects.all():
        assert browser.get(f"/en/desk/inbox/{notice.uuid}").status_code == 404
    assert "Nothing has happened yet" in text(browser.get("/en/desk/inbox"))
    browser.post("/en/desk/inbox/read", {"until": str(Notice.objects.order_by("-pk")[0].pk)})
    assert not Notice.objects.exclude(read_at=None).exists()


def test_of_a_party_one_spoke_for_nothing_is_shown(approver):
    person, browser = approver
    Appointment.objects.filter(person=person).update(ended_at=timezone.now())
    Appointment.objects.create(
        person=person, party=make.party(world.OTHER), role="approver", until_on=world.today().replace(year=2099),
        proposed_at=world.now(), confirmed_at=world.now(),
    )  # fmt: skip
    page = text(browser.get("/en/desk/inbox"))
    assert "Nothing has happened yet" in page and "Zambia" not in page


def test_in_another_role_for_the_party_its_words_are_not_shown(approver):
    person, browser = approver
    Appointment.objects.filter(person=person).update(role="focal_point")
    page = text(browser.get("/en/desk/inbox"))
    assert "waits for your approval" not in page and page.count("You may not see any more") == 2
    notice = Notice.objects.filter(person=person)[0]
    answer = browser.get(f"/en/desk/inbox/{notice.uuid}", follow=True)
    assert answer.redirect_chain == [("/en/desk/inbox", 302)] and "You may not see any more" in text(answer)


def test_pages_of_twenty_five(approver):
    person, browser = approver
    one = Notice.objects.filter(person=person)[0]
    for _ in range(24):
        Notice.objects.create(
            person=person, party=one.party, roles=one.roles, kind=one.kind, at=one.at, link_name=one.link_name,
            link_arguments=one.link_arguments, data=one.data, how=one.how,
        )  # fmt: skip
    assert text(browser.get("/en/desk/inbox")).count("waits for your approval") == 25
    assert text(browser.get("/en/desk/inbox?page=2")).count("waits for your approval") == 1
    assert browser.get("/en/desk/inbox?page=3").status_code == 404


class TestChoices:
    """How one wants to be told."""

    def test_they_are_kept_and_shown(self):
        world.open_round()
        person, browser = world.approver()
        answer = browser.post("/en/desk/inbox/choices", {"waiting": "daily", "support": "here"}, follow=True)
        assert "Your choices are kept." in text(answer)
        chosen = notices.choices(person)
        assert (chosen[Group.WAITING], chosen[Group.SUPPORT], chosen[Group.OUTCOME]) == (
            How.DAILY, How.HERE, How.AT_ONCE,
        )  # fmt: skip
        page = browser.get("/en/desk/inbox/choices").content.decode()
        assert page.count(" checked") == len(Group.values)
        assert 'name="waiting" value="daily" checked' in page

    def test_what_there_is_not_changes_nothing(self):
        world.open_round()
        person, browser = world.approver()
        browser.post("/en/desk/inbox/choices", {"waiting": "never", "all": "here"})
        assert notices.choices(person) == dict(notices.UNLESS_CHOSEN)

    def test_without_a_mail_server_it_says_so(self):
        world.open_round()
        assert "sends no e-mail" in text(world.approver()[1].get("/en/desk/inbox/choices"))

    def test_whoever_is_not_reached_reads_why_and_how_to_mend_it(self, settings):
        settings.EMAIL_HOST, settings.UNMET_CONTACT = "127.0.0.1", "+41 22 000 0000"
        world.open_round()
        person, browser = world.approver()
        assert "does not reach you" not in text(browser.get("/en/desk/inbox"))
        suppressing.suppress(person.email, status="5.1.1", says="no such <user>", at=world.now(), via="job")
        for address in ("/en/desk/inbox", "/en/desk/inbox/choices"):
            page = text(browser.get(address))
            assert "E-mail does not reach you" in page and person.email in page and "no such <user>" in page
            assert "Then ask the operator" in page and "+41 22 000 0000" in page
        assert "does not reach you" not in text(world.approver()[1].get("/en/desk/inbox"))
