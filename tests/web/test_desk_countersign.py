"""The page to sign, in both directions of writing; its scan; and how the approval on it is shown."""

import html
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests import make
from tests.files import samples
from tests.web import desk_world as world

from unmet.needs.models import Return, SignedPrint

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Any, settings: Any) -> None:
    """A folder of this test."""
    settings.MEDIA_ROOT = tmp_path


def text(answer: Any) -> str:
    """The words of a page."""
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def scan() -> SimpleUploadedFile:
    """The scan of a signed page."""
    return SimpleUploadedFile("signed.pdf", samples.PDF)


def test_from_the_page_to_the_approval():
    round_ = world.open_round()
    _, ministry = world.focal_point()
    lines = [make.line(quantity=4000), make.line("MASK-IIR", 500, place_name="Copperbelt"), make.line("GOWN-ISO", 7)]
    return_ = world.submitted(*lines, round_=round_, by=make.focal_point("ZMB"))
    made = ministry.post(f"/en/desk/returns/{return_.uuid}/print")
    page = SignedPrint.objects.get()
    assert made.headers["Location"] == f"/en/desk/prints/{page.code}"
    sheet = text(ministry.get(made.headers["Location"]))
    assert page.shown in sheet and "Copperbelt" in sheet and "4,500" in sheet and "Stamp" in sheet
    arabic = text(ministry.get(f"/ar/desk/prints/{page.code}"))
    assert 'dir="rtl"' in arabic and page.shown in arabic
    assert ministry.get(f"/en/desk/prints?code={page.shown}").headers["Location"] == "/en/desk/ZMB/r-now"
    assert "<title>Error: " in text(ministry.get("/en/desk/prints?code=nothing"))
    wrong = ministry.post(f"/en/desk/returns/{return_.uuid}/signed", {"code": "nothing", "scan": scan()})
    assert wrong.status_code == 422 and "This code is not that of the version" in text(wrong)
    none = ministry.post(f"/en/desk/returns/{return_.uuid}/signed", {"code": page.code})
    assert none.status_code == 422
    ministry.post(f"/en/desk/returns/{return_.uuid}/signed", {"code": page.shown, "scan": scan()})
    assert "waits to be confirmed" in text(ministry.get("/en/desk/ZMB/r-now"))
    _, mission = world.approver()
    assert "signed.pdf" in text(mission.get(f"/en/desk/returns/{return_.uuid}/approve"))
    mission.post(f"/en/desk/returns/{return_.uuid}/approve", {"revision": 1, "countersigned": "1"})
    return_.refresh_from_db()
    assert return_.state == Return.State.APPROVED and return_.countersigned == page
    for path in ("ZMB/r-now", "returns", "ZMB/needs", f"returns/{return_.uuid}/approve"):
        assert "approved by countersigned letter" in text(ministry.get(f"/en/desk/{path}")), path
    assert "Do not sign it" in text(ministry.get(f"/en/desk/prints/{page.code}"))


def test_who_attached_the_scan_is_told_that_somebody_else_confirms():
    return_ = world.submitted(make.line(), round_=world.open_round())
    _, browser = world.approver()
    browser.post(f"/en/desk/returns/{return_.uuid}/print")
    browser.post(f"/en/desk/returns/{return_.uuid}/signed", {"code": SignedPrint.objects.get().code, "scan": scan()})
    answer = browser.post(f"/en/desk/returns/{return_.uuid}/approve", {"revision": 1, "countersigned": "1"})
    assert answer.status_code == 422 and "Who attached a signed print cannot confirm it" in text(answer)
    return_.refresh_from_db()
    assert return_.state == Return.State.SUBMITTED


def test_many_lines_become_sums_on_one_page():
    lines = [make.line(place_name=f"District {number}", quantity=10) for number in range(30)]
    return_ = world.submitted(*lines, round_=world.open_round())
    _, browser = world.focal_point()
    page = text(browser.get(browser.post(f"/en/desk/returns/{return_.uuid}/print").headers["Location"]))
    assert "District 7" not in page and "Sums by item, of 30 lines" in page and "300" in page


def test_to_others_a_code_and_its_page_are_not_there():
    return_ = world.submitted(make.line(), round_=world.open_round())
    world.focal_point()[1].post(f"/en/desk/returns/{return_.uuid}/print")
    code = SignedPrint.objects.get().code
    for _, browser in (world.approver(world.OTHER), world.responder()):
        assert browser.get(f"/en/desk/prints/{code}").status_code == 404
        assert browser.post(f"/en/desk/returns/{return_.uuid}/print").status_code == 404
        assert browser.post(f"/en/desk/returns/{return_.uuid}/signed", {"code": code}).status_code == 404
    other = text(world.approver(world.OTHER)[1].get(f"/en/desk/prints?code={code}"))
    assert "No return of yours has this code" in other and "ZMB" not in other
    assert world.responder()[1].get(f"/en/desk/prints?code={code}").status_code == 404
