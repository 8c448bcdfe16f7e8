"""Tables that are checked and written by jobs: the page that can be left, the same words as for a small one, once."""

import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import xlsxwriter
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests import make
from tests.web import desk_world as world
from tests.web.test_desk_import import workbook

from unmet.access.actors import Actor, acting
from unmet.access.models import Appointment
from unmet.audit.models import AuditRow
from unmet.jobs import services as jobs
from unmet.jobs.models import Job
from unmet.needs.models import HeaderMapping, Return, Statement
from unmet.notices.models import Notice
from unmet.parties.models import Person
from unmet.support.models import Line
from unmet.web.models import Upload

pytestmark = pytest.mark.django_db
SEND = "/en/desk/ZMB/r-now/import"


def text(answer: Any) -> str:
    return answer.content.decode()


def work(*, later: timedelta = timedelta()) -> int:
    """What the worker does, at this moment or later."""
    at = timezone.now() + later
    with acting(Actor.for_system(at=at)):
        return jobs.run_due(at=at)


def sent(browser: Client, file: SimpleUploadedFile, to: str = SEND) -> str:
    answer = browser.post(to, {"file": file})
    assert answer.status_code == 302, text(answer)
    return answer.headers["Location"]


@pytest.fixture(autouse=True)
def everything_is_large(settings: Any) -> None:
    settings.UNMET_UPLOAD_AT_ONCE = 0


@pytest.fixture
def person() -> Person:
    world.open_round()
    return world.focal_point()[0]


@pytest.fixture
def browser(person: Person) -> Client:
    return world.at_the_browser(person)


def test_it_can_be_left_and_found_again_and_is_written_once_however_often_somebody_presses(browser):
    address = sent(browser, workbook(["MASK-IIR", 1000], ["GOWN-ISO", 20], ["APRON", "about 300"]))
    waiting = text(browser.get(address))
    assert '<meta http-equiv="refresh" content="3">' in waiting and "<progress" in waiting
    assert "Your table is being checked" in waiting and "Your table is next." in waiting
    desk = text(browser.get("/en/desk"))
    assert address in desk and "needs.xlsx" in desk and "being checked" in desk
    assert work() == 1
    assert "waits for you" in text(browser.get("/en/desk"))
    page = text(browser.get(address))
    assert "refresh" not in page and "3 = 2 + 0 + 0 + 1" in page and ">B4</bdi>" in page
    assert "Write 300 in this cell" in page and "Import the 2 good rows" in page
    assert not Statement.objects.exists()

    for _ in range(3):
        assert browser.post(address, {"do": "good"}).status_code == 302
    writing = text(browser.get(address))
    assert "Your table is being written" in writing and "refresh" in writing
    assert Job.objects.waiting().filter(handler="desk.write_upload").count() == 1
    assert work() == 1 and Statement.objects.count() == 2
    done = text(browser.get(address))
    assert "Your table is written" in done and "refresh" not in done
    assert "3 rows read: 2 created, 0 updated, 0 unchanged, 1 refused." in done
    assert "about 300" in text(browser.get(f"{address}?rows=1"))
    browser.post(address, {"do": "good"})
    assert work() == 0 and Return.objects.get().revision == 1
    assert AuditRow.objects.get(event="needs.submitted").via == "job"


def test_the_page_says_how_many_rows_are_checked(browser):
    address = sent(browser, workbook(*([f"Item {n}", n + 1] for n in range(1200))))
    Job.objects.filter(handler="desk.check_upload").update(
        progress_says="checking", progress_done=500, progress_total=1201, leased_until=timezone.now()
    )
    page = text(browser.get(address))
    assert "Rows checked: 500 of 1,201." in page and 'value="500" max="1201"' in page
    assert "Rows checked" in text(browser.get("/en/desk"))
    arabic = text(browser.get(address.replace("/en/", "/ar/")))
    assert 'dir="rtl"' in arabic and 'value="500"' in arabic


@pytest.mark.parametrize("language", ["en", "ar", "es", "fr"])
def test_the_page_is_the_same_as_of_a_table_that_was_checked_at_once(browser, person, settings, language):
    world.submitted(make.line("MASK-IIR", quantity=5), round_=world.Round.objects.get(), by=person)
    rows = [["MASK-IIR", 1000], ["Oxigen consentrator 10L", 3], ["GOWN-ISO", 2, "Port", "crate"], ["APRON", "1,250"]]
    pages = []
    for limit in (0, 10**9):
        settings.UNMET_UPLOAD_AT_ONCE = limit
        address = sent(browser, workbook(*rows), SEND.replace("/en/", f"/{language}/"))
        work()
        page = text(browser.get(address))
        assert "<progress" not in page
        pages.append(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|name=\"csrfmiddlewaretoken\" value=\"[^\"]+\"", "", page))
    assert pages[0] == pages[1]


def test_answers_are_checked_again_by_a_job_and_columns_are_remembered(browser):
    strange = ["Ding", "Anzahl"]
    address = sent(browser, workbook(["MASK-IIR", "1,250"], headers=strange))
    work()
    assert "Which column is which?" in text(browser.get(address))
    browser.post(address, {"do": "columns", "sheet": "Needs", "map.item": "0"})
    work()
    left_out = text(browser.get(address))
    assert "Which column is which?" in left_out and "A column that is needed was not named." in left_out
    browser.post(address, {"do": "columns", "sheet": "Needs", "map.item": "0", "map.quantity": "1"})
    assert "being checked" in text(browser.get(address))
    work()
    assert HeaderMapping.objects.count() == 1 and "1 question" in text(browser.get(address))
    for _ in range(2):  # pressed twice: checked twice at most, the last answers count
        browser.post(address, {"do": "answer", "answer.decimal.quantity": "."})
    work()
    assert "1 = 1 + 0 + 0 + 0" in text(browser.get(address))


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
    return content.getvalue()


@pytest.mark.parametrize(("name", "content"), [("bomb.xlsx", bomb), ("letter.xlsx", lambda: b"%PDF-1.7")])
def test_a_hostile_file_ends_in_the_same_sentence(browser, settings, name, content):
    said = []
    for limit in (0, 10**9):
        settings.UNMET_UPLOAD_AT_ONCE = limit
        address = sent(browser, SimpleUploadedFile(name, content()))
        work()
        answer = browser.get(address)
        assert answer.status_code == 422 and 'role="alert"' in text(answer)
        said.append(re.search(r'id="file-e">([^<]+)<', text(answer))[1])
    assert said[0] == said[1] and name in said[0]


def test_what_is_refused_when_it_is_written_is_said_on_top_and_nothing_is_lost(browser):
    address = sent(browser, workbook(["MASK-IIR", 1000]))
    work()
    browser.post(address, {"do": "all"})
    world.Round.objects.update(window_until_on=world.today() - timedelta(days=3))
    assert work() == 1 and not Statement.objects.exists()
    answer = browser.get(address)
    assert answer.status_code == 422 and "This round takes no returns now" in text(answer)
    assert "1 = 1 + 0 + 0 + 0" in text(answer)


def test_whose_appointment_ended_meanwhile_writes_nothing(browser, person):
    address = sent(browser, workbook(["MASK-IIR", 1000]))
    work()
    browser.post(address, {"do": "all"})
    Appointment.objects.filter(person=person).update(until_on=world.today() - timedelta(days=2))
    work()
    assert not Statement.objects.exists() and Upload.objects.get().state == Upload.State.CHECKED
    assert "no longer appointed" in Upload.objects.get().checked["en"]["problem"]
    assert browser.get(address).status_code in {403, 404}


def test_a_job_that_was_given_up_is_said_and_goes_on_when_the_operator_tries_it_again(browser):
    address = sent(browser, workbook(["MASK-IIR", 1000]))
    Job.objects.update(attempts=jobs.MOST_ATTEMPTS, dead_at=timezone.now())
    page = text(browser.get(address))
    assert "Your table could not be checked" in page and "refresh" not in page
    assert "stopped" in text(browser.get("/en/desk"))
    jobs.again(at=timezone.now())
    work()
    assert "1 = 1 + 0 + 0 + 0" in text(browser.get(address))


def test_import_nothing_takes_it_off_the_desk_unless_it_is_being_written(browser):
    address = sent(browser, workbook(["MASK-IIR", 1]))
    assert "Nothing was imported." in text(browser.post(address, {"do": "nothing"}, follow=True))
    assert work() == 1 and address not in text(browser.get("/en/desk"))
    address = sent(browser, workbook(["MASK-IIR", 1]))
    work()
    browser.post(address, {"do": "all"})
    assert "being written" in text(browser.post(address, {"do": "nothing"}, follow=True))


class TestTold:
    """In the inbox; and by one letter, in the language of the person, to whoever has not looked."""

    @pytest.fixture(autouse=True)
    def a_mail_server_is_set(self, settings):
        settings.EMAIL_HOST = "127.0.0.1"

    def test_a_letter_comes_when_the_work_is_done_and_nobody_has_looked(self, browser, person):
        Person.objects.filter(pk=person.pk).update(language="fr")
        address = sent(browser, workbook(["MASK-IIR", 1]))
        work()
        assert mail.outbox == []
        work(later=timedelta(minutes=2))
        [letter] = mail.outbox
        assert letter.to == [person.email]
        [link] = re.findall(r"http\S+", letter.body)
        followed = browser.get(link.removeprefix("http://localhost:8000"))
        assert followed["Location"] == address.replace("/en/", "/fr/")
        work(later=timedelta(minutes=3))
        assert len(mail.outbox) == 1

    def test_none_to_somebody_who_has_looked(self, browser, person):
        address = sent(browser, workbook(["MASK-IIR", 1]))
        work()
        browser.get(address)
        work(later=timedelta(minutes=2))
        assert mail.outbox == []
        assert Notice.objects.get(person=person).read_at is not None

    def test_each_step_stands_in_the_inbox_without_the_name_of_the_file(self, browser, person):
        address = sent(browser, workbook(["MASK-IIR", 1]))
        work()
        page = text(browser.get("/en/desk/inbox"))
        assert "your table for" in page and "is checked" in page and "needs.xlsx" not in page
        browser.post(address, {"do": "all"})
        work()
        [written, checked] = Notice.objects.filter(person=person).order_by("-pk")[:2]
        assert (checked.kind, written.kind) == ("web.table_checked", "web.table_written")
        assert browser.get(f"/en/desk/inbox/{written.uuid}")["Location"] == address

    def test_work_that_was_given_up_is_told_once(self, browser, person):
        address = sent(browser, workbook(["MASK-IIR", 1]))
        Job.objects.update(attempts=jobs.MOST_ATTEMPTS)
        work()
        work()
        notice = Notice.objects.get(person=person)
        assert notice.kind == "web.table_stopped" and Job.objects.dead().count() == 1
        assert "stopped, and nothing of it is written" in text(browser.get("/en/desk/inbox"))
        assert browser.get(f"/en/desk/inbox/{notice.uuid}")["Location"] == address

    def test_nobody_else_is_told(self, browser, person):
        world.focal_point(), world.approver()
        sent(browser, workbook(["MASK-IIR", 1]))
        work()
        assert set(Notice.objects.values_list("person", flat=True)) == {person.pk}


def test_for_others_it_does_not_exist(browser):
    address = sent(browser, workbook(["MASK-IIR", 1]))
    work()
    for _, other in (world.focal_point(world.OTHER), world.responder()):
        assert other.get(address).status_code == 404 and other.post(address, {"do": "all"}).status_code == 404
        assert "needs.xlsx" not in text(other.get("/en/desk", follow=True))
    assert not Job.objects.filter(handler="desk.write_upload").exists()


def test_a_large_support_sheet_goes_the_same_way():
    world.approved(make.line("MASK-IIR", quantity=500), round_=world.open_round())
    make.released("ZMB")
    _person, browser = world.responder("WHO")
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("Support")
        day = world.today().isoformat()
        for number, row in enumerate(
            [
                ["Giver", "Member", "Item", "Quantity", "Stage", "Date", "Reference"],
                ["WHO", "ZMB", "MASK-IIR", 100, "pledged", day, "A-1"],
            ]
        ):
            sheet.write_row(number, 0, row)
    file = SimpleUploadedFile("support.xlsx", content.getvalue())
    answer = browser.post("/en/desk/support/import", {"file": file, "round": "r-now"})
    address = answer.headers["Location"]
    assert "being checked" in text(browser.get(address)) and address in text(browser.get("/en/desk/support"))
    start = browser.get("/en/desk", follow=True)
    assert start.request["PATH_INFO"] == "/en/respond" and address in text(start) and "being checked" in text(start)
    work()
    assert "waits for you" in text(browser.get("/en/respond"))
    assert address not in text(world.responder("UNICEF")[1].get("/en/respond"))
    page = text(browser.get(address))
    assert "1 = 1 + 0 + 0 + 0" in page and "pledged" in page
    for _ in range(2):
        browser.post(address, {"do": "all"})
    assert work() == 1 and Line.objects.count() == 1
    assert "1 row read: 1 created" in text(browser.get(address))
