"""Files of a return: attached at the desk, fetched as downloads by the member's own people, taken back in time."""

import html
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests import make
from tests.files import samples
from tests.web import desk_world as world

from unmet.audit.models import AuditRow
from unmet.files.models import Attachment, StoredFile
from unmet.needs import services as needs
from unmet.needs.models import Return

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Any, settings: Any) -> None:
    """A folder of this test."""
    settings.MEDIA_ROOT = tmp_path


def waiting() -> Return:
    """A return that waits."""
    return world.submitted(make.line(), round_=world.open_round())


def file(content: bytes = samples.PDF, name: str = "letter.pdf") -> SimpleUploadedFile:
    """A file of a form."""
    return SimpleUploadedFile(name, content)


def attach(browser: Client, return_: Return, sent: Any = None, kind: str = "letter") -> Any:
    """What the form is answered."""
    return browser.post(f"/en/desk/returns/{return_.uuid}/attach", {"file": sent or file(), "kind": kind})


def text(answer: Any) -> str:
    """The words of a page."""
    return html.unescape(answer.content.decode())


def test_a_file_is_attached_listed_and_fetched_as_a_download():
    return_ = waiting()
    person, browser = world.focal_point()
    assert attach(browser, return_, file(name="مذكرة.html")).status_code == 302
    one = Attachment.objects.get()
    page = text(browser.get("/en/desk/ZMB/r-now"))
    assert "مذكرة.html.pdf" in page and person.office in page and f"/en/desk/attachments/{one.uuid}" in page
    assert "مذكرة.html.pdf" in text(world.approver()[1].get(f"/en/desk/returns/{return_.uuid}/approve"))
    answer = browser.get(f"/en/desk/attachments/{one.uuid}")
    assert b"".join(answer.streaming_content) == samples.PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''%D9%85") and disposition.endswith(".html.pdf")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer.headers["Cache-Control"] and "private" in answer.headers["Cache-Control"]
    assert AuditRow.objects.filter(event="needs.attached", subject=str(return_.uuid)).count() == 1


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"MZ\x00", "This is a program"),
        (b"<svg></svg>", "web page or a drawing"),
        (samples.REFUSED["word with macros"][1], "macros, scripts or other files"),
        (samples.REFUSED["jpeg and archive"][1], "something else behind or inside"),
        (samples.PDF + b" " * 3_000, "larger than 1 MB"),
    ],
)
def test_a_refused_file_is_said_why_beside_the_field(settings, sent, told):
    settings.UNMET_ATTACHMENT_LIMIT = 3_000
    return_ = waiting()
    answer = attach(world.focal_point()[1], return_, file(sent))
    page = text(answer)
    assert answer.status_code == 422 and told in page and 'aria-describedby="file-e"' in page
    assert not Attachment.objects.exists() and not StoredFile.objects.exists()


@pytest.mark.parametrize(("ending", "told"), [(1, "is infected"), (3, "could not be checked")])
def test_the_scanner_of_the_host_is_asked(settings, ending, told):
    settings.UNMET_VIRUS_SCANNER = f"sh -c 'exit {ending}'"
    answer = attach(world.focal_point()[1], waiting())
    assert answer.status_code == 422 and told in text(answer) and not StoredFile.objects.exists()


@pytest.mark.parametrize("kind", ["", "signed_print", "anything"])
def test_what_it_is_must_be_one_of_the_kinds_of_the_form(kind):
    answer = attach(world.focal_point()[1], waiting(), kind=kind)
    assert answer.status_code == 422 and not Attachment.objects.exists()


def test_a_file_is_taken_back_while_the_return_is_not_decided():
    return_ = waiting()
    _, browser = world.focal_point()
    attach(browser, return_)
    one = Attachment.objects.get()
    assert browser.post(f"/en/desk/attachments/{one.uuid}/take-back").status_code == 302
    assert browser.get(f"/en/desk/attachments/{one.uuid}").status_code == 404
    assert browser.post(f"/en/desk/attachments/{one.uuid}/take-back").status_code == 404
    one.refresh_from_db()
    assert one.taken_back_at and AuditRow.objects.filter(event="needs.attachment_taken_back").count() == 1
    assert "letter.pdf" not in text(browser.get("/en/desk/ZMB/r-now"))


def test_what_the_approver_saw_stays():
    return_ = waiting()
    _, browser = world.focal_point()
    attach(browser, return_)
    approver, _ = world.approver()
    with make.as_(approver, at=world.now()):
        needs.approve(return_, by=approver, at=world.now(), revision=return_.revision)
    one = Attachment.objects.get()
    page = text(browser.post(f"/en/desk/attachments/{one.uuid}/take-back", follow=True))
    assert "its files stay as they were seen" in page
    assert "its files stay as they were seen" in text(attach(browser, return_, file(samples.PNG)))
    assert b"".join(browser.get(f"/en/desk/attachments/{one.uuid}").streaming_content) == samples.PDF
    assert Attachment.objects.count() == 1


def test_there_is_an_end_to_the_number_of_files():
    return_ = waiting()
    _, browser = world.focal_point()
    for number in range(20):
        attach(browser, return_, file(f"letter {number}".encode()))
    assert "20 files are attached already" in text(attach(browser, return_)) and Attachment.objects.count() == 20


def test_to_everybody_else_a_file_is_not_there():
    return_ = waiting()
    attach(world.focal_point()[1], return_)
    one, none = Attachment.objects.get(), uuid.uuid4()
    for _, browser in (world.approver(world.OTHER), world.responder()):
        answers = [browser.get(f"/en/desk/attachments/{pk}") for pk in (one.uuid, none)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert text(answers[0]).replace(str(one.uuid), "") == text(answers[1]).replace(str(none), "")
        assert browser.post(f"/en/desk/attachments/{one.uuid}/take-back").status_code == 404
        assert attach(browser, return_).status_code == 404
    assert Client().get(f"/en/desk/attachments/{one.uuid}").status_code == 302
    one.refresh_from_db()
    assert one.taken_back_at is None and Attachment.objects.count() == 1


def test_a_file_of_something_without_a_rule_is_seen_by_nobody():
    attach(world.focal_point()[1], waiting())
    Attachment.objects.update(subject_kind="nothing")
    pk = Attachment.objects.get().uuid
    assert world.focal_point()[1].get(f"/en/desk/attachments/{pk}").status_code == 404
