"""The button that downloads the workbook, and the workbook sent back through the page."""

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override
from tests import make
from tests.web import desk_world as world

from unmet.needs import queries
from unmet.needs.lines import NeedLine
from unmet.needs.models import Return
from unmet.parties.models import Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_():
    return world.open_round()


def address(name: str, round_: Any, of: str = world.MEMBER) -> str:
    with override("en"):
        return reverse(name, args=[of, round_.code])


def line(code: str, quantity: int, **changes: Any) -> NeedLine:
    """A line with a day inside the round."""
    return make.line(code, quantity, needed_by=world.today(), **changes)


@pytest.mark.parametrize("page", ["return", "needs_import"])
def test_the_pages_of_a_return_offer_it_while_the_round_takes_returns(round_, page):
    _person, browser = world.focal_point()
    assert address("needs_workbook", round_) in browser.get(address(page, round_)).content.decode()


def test_it_is_a_download_in_the_language_of_the_page_with_the_lines_that_stand(round_):
    world.submitted(line("MASK-IIR", 4200), round_=round_)
    _person, browser = world.focal_point()
    answer = browser.get(address("needs_workbook", round_).replace("/en/", "/ar/", 1))
    assert answer.status_code == 200 and answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert f"needs-{world.MEMBER}-{round_.code}-ar.xlsx" in answer["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert sheet.sheet_view.rightToLeft and "كمامة" in str(sheet["A5"].value) and sheet["B5"].value == 4200


def test_sent_back_on_the_page_as_it_is_nothing_is_asked_and_nothing_changes(round_):
    member = make.party(world.MEMBER)
    lusaka = Place.objects.create(party=member, code="ZM-09", kind=Place.Kind.AREA, own_name="Lusaka")
    world.submitted(line("MASK-IIR", 4200), line("GOWN-ISO", 7, place_id=lusaka.pk), round_=round_)
    person, browser = world.focal_point()
    file = SimpleUploadedFile("filled in.xlsx", browser.get(address("needs_workbook", round_)).content)
    shown = browser.post(address("needs_import", round_), {"file": file}, follow=True)
    assert shown.status_code == 200 and "2 = 0 + 0 + 2 + 0" in shown.content.decode()
    assert "was not read" not in shown.content.decode(), "the sheets of our own are not spoken of"
    browser.post(shown.request["PATH_INFO"], {"do": "all"})
    with make.as_(person, at=world.now()):
        newest = queries.newest_return(member=member, round_=round_)
    assert newest is not None and newest.revision == 1 and Return.objects.count() == 1


def test_a_workbook_of_another_member_is_explained_on_the_page(round_):
    world.submitted(line("MASK-IIR", 4200), round_=round_)
    _person, browser = world.focal_point()
    content = browser.get(address("needs_workbook", round_)).content
    _stranger, theirs = world.focal_point(world.OTHER)
    file = SimpleUploadedFile("needs.xlsx", content)
    shown = theirs.post(address("needs_import", round_, world.OTHER), {"file": file}, follow=True)
    text = shown.content.decode()
    assert shown.status_code == 200 and "This workbook was made for" in text and "Send it where it belongs" in text
    assert 'value="good"' not in text and 'value="all"' not in text


def test_a_workbook_of_an_older_form_is_read_after_one_answer(round_):
    world.submitted(line("MASK-IIR", 4200), round_=round_)
    _person, browser = world.focal_point()
    book = openpyxl.load_workbook(io.BytesIO(browser.get(address("needs_workbook", round_)).content))
    book["⚑ form"]["B2"] = "0"
    out = io.BytesIO()
    book.save(out)
    file = SimpleUploadedFile("old.xlsx", out.getvalue())
    shown = browser.post(address("needs_import", round_), {"file": file}, follow=True)
    text = shown.content.decode()
    assert "This workbook has version 0 of the form" in text and "Read the workbook as it is" in text
    shown = browser.post(shown.request["PATH_INFO"], {"do": "answer", "answer.form": "as_it_is"}, follow=True)
    assert "1 = 0 + 0 + 1 + 0" in shown.content.decode()


def test_there_is_none_for_other_people_nor_for_a_round_that_takes_no_returns(round_):
    _stranger, browser = world.focal_point(world.OTHER)
    assert browser.get(address("needs_workbook", round_)).status_code == 404
    begun = world.today() - timedelta(days=400)
    over = make.round_(
        "r-over", of="another", window=(begun, begun + timedelta(days=30)), period=(begun, begun + timedelta(days=90)),
        at=world.now() - timedelta(days=390),
    )  # fmt: skip
    _person, own = world.focal_point()
    refused = own.get(address("needs_workbook", over))
    assert refused.status_code == 302 and refused["Location"] == address("return", over)
    page = own.get(refused["Location"]).content.decode()
    assert "takes no returns" in page and address("needs_workbook", over) not in page
    assert own.post(address("needs_workbook", round_)).status_code == 405
