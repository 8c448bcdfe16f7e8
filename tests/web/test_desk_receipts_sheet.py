"""Receipts by a sheet on the desk: downloaded, sent, looked at, answered, posted; nobody else's business."""

import html
import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests import make
from tests.exchange.receipt_store import FIRST, fill
from tests.web import desk_world as world

from unmet.books import doctor
from unmet.books.models import Account
from unmet.parties.models import Place
from unmet.support import consignments
from unmet.support.consignments import Packed, Plan
from unmet.support.models import Consignment, Line, Receipt
from unmet.web.desk.uploads import XLSX
from unmet.web.models import Upload

pytestmark = pytest.mark.django_db
WORKBOOK, IMPORT = "/en/desk/consignments/ZMB/workbook", "/en/desk/consignments/ZMB/import"


class Desk:
    """WHO's masks are on their way to Zambia, since three days."""

    def __init__(self) -> None:
        round_ = world.open_round()
        world.approved(make.line(quantity=1000), round_=round_)
        self.person, self.focal = world.focal_point()
        self.approver, (giver, self.giver) = world.approver()[1], world.responder()
        self.stranger = world.approver("CUB")[1]
        at = world.now() - timedelta(days=3)
        line = make.support_line("WHO", "ZMB", "committed", 300, reference="M-1", dated_on=at.date())
        make.stated([line], by=make.approver("ZMB"), round_=round_, at=world.now())
        packed = [Packed(Line.objects.get(), 300_000, "L-1")]
        plan = Plan(packed, Place.objects.whole_country(make.party("ZMB")), "air", waybill="157-1234")
        with make.as_(giver, at=world.now()):
            self.box = consignments.plan(plan, by=giver, at=world.now())
            consignments.dispatch(self.box, on=at.date(), by=giver, at=world.now(), version=1)

    def workbook(self, language: str = "en", **values: Any) -> bytes:
        """The workbook as it is downloaded, with its first line filled in."""
        answer = self.focal.get(WORKBOOK.replace("/en/", f"/{language}/"))
        assert answer.status_code == 200 and answer["Content-Type"] == XLSX
        book, out = openpyxl.load_workbook(io.BytesIO(answer.content)), io.BytesIO()
        fill(book.worksheets[0], FIRST, **values)
        book.save(out)
        return out.getvalue()

    def send(self, content: bytes, name: str = "counted.xlsx", browser: Client | None = None) -> Any:
        """Send a file: the page of what it says."""
        answer = (browser or self.focal).post(IMPORT, {"file": SimpleUploadedFile(name, content)})
        assert answer.status_code == 302, text(answer)
        return answer.url


WORLD = Desk


@pytest.fixture
def desk(fresh: Desk) -> Desk:
    return fresh


def text(answer: Any) -> str:
    """The words of a page."""
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def counted(**more: Any) -> dict[str, Any]:
    """All as shipped but ten, of which the reason is known."""
    return {
        "accepted": 290, "missing": 10, "missing_why": "lost on the way", "received_on": f"{world.today():%d %B %Y}",
        **more,
    }  # fmt: skip


def test_downloaded_filled_in_sent_and_posted(desk: Desk) -> None:
    page = text(desk.focal.get("/en/desk/consignments"))
    assert WORKBOOK in page and IMPORT in page and "A warehouse without a line?" in page
    at = desk.send(desk.workbook(**counted()))
    shown = text(desk.focal.get(at))
    assert "Nothing has been written yet" in shown and "157-1234" in shown and "1 = 1 + 0 + 0 + 0" in shown
    assert "Write 1 row" in shown and "round" not in shown.partition("<main")[2].partition("</main")[0].lower()
    assert not Receipt.objects.exists()
    answer = desk.focal.post(at, {"do": "all"}, follow=True)
    assert "1 row read: 1 created" in text(answer) and answer.redirect_chain[-1][0] == "/en/desk/consignments"
    account = Account.objects.get(item__code="MASK-IIR")
    assert (account.received, account.missing) == (290_000, 10_000) and doctor.differences() == []
    shown = text(desk.focal.get(at))
    assert "1 = 0 + 0 + 1 + 0" in shown, "pressed twice it changes nothing"
    assert "nothing would change" in shown and "Write 1 row" not in shown
    assert desk.focal.post(at, {"do": "all"}).status_code == 302 and Receipt.objects.count() == 1


def test_in_arabic_the_name_and_the_direction_follow(desk: Desk) -> None:
    answer = desk.focal.get(WORKBOOK.replace("/en/", "/ar/"))
    assert f"receipts-ZMB-{world.today().isoformat()}-ar.xlsx" in answer["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert all(sheet.sheet_view.rightToLeft for sheet in book)


def test_what_is_wrong_is_said_by_cell_and_the_workbook_comes_back_marked(desk: Desk) -> None:
    at = desk.send(desk.workbook(**counted(missing_why="")))
    shown = text(desk.focal.get(at))
    assert "What is missing needs a reason." in shown and f"L{FIRST}" in shown and "Import the" not in shown
    answer = desk.focal.get(f"{at}/marked")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book["On its way"][f"L{FIRST}"].comment
    assert desk.focal.post(at, {"do": "all"}).url == at and not Receipt.objects.exists()
    assert desk.focal.post(at, {"do": "nothing"}).url == "/en/desk/consignments"


def test_a_row_that_says_nothing_is_no_good_row(desk: Desk) -> None:
    head, empty = "Waybill,Item,Accepted,Missing,Received on", "157-1234,MASK-IIR,,,"
    wrong = f"157-1234,MASK-IIR,299,,{world.today():%d %B %Y}"
    beside_a_fault = text(desk.focal.get(desk.send(f"{head}\n{wrong}\n{empty}\n".encode(), "own.csv")))
    assert "and 300 were shipped" in beside_a_fault and "good row" not in beside_a_fault
    alone = text(desk.focal.get(desk.send(f"{head}\n{empty}\n".encode(), "own.csv")))
    assert "Nothing is filled in yet" in alone and "Write 1 row" not in alone and "in already" not in alone


def test_a_question_is_answered_and_columns_are_named_once(desk: Desk) -> None:
    rows = f"No.,What,How many\r\n157-1234,MASK-IIR,300\r\n"  # noqa: F541 - a table as somebody types it
    at = desk.send(rows.encode(), "own.csv")
    assert "Which column is which?" in text(desk.focal.get(at))
    named = {"map.waybill": "0", "map.item": "1", "map.accepted": "2", "sheet": "own", "do": "columns"}
    desk.focal.post(at, named)
    assert "The date is blank" in text(desk.focal.get(at))
    dated = f"No.,What,How many,Received on\r\n157-1234,MASK-IIR,300,{world.today():%d/%m/%Y}\r\n"
    again = desk.send(dated.encode(), "own.csv")
    assert "Which column is which?" in text(desk.focal.get(again)), "another header row is asked about anew"
    assert not Receipt.objects.exists()


def test_a_large_table_is_checked_by_a_job_and_its_page_leads_back(desk: Desk, settings: Any) -> None:
    from unmet.config import working

    settings.UNMET_UPLOAD_AT_ONCE = 10
    at = desk.send(desk.workbook(**counted()))
    working.once(settle=False)
    assert "157-1234" in text(desk.focal.get(at))
    desk.focal.post(at, {"do": "all"})
    working.once(settle=False)
    shown = text(desk.focal.get(at))
    assert "Your table is written" in shown and "Open the consignments" in shown
    assert Receipt.objects.count() == 1 and Upload.objects.get().state == "written"


def test_nobody_else_comes_near_it(desk: Desk) -> None:
    at = desk.send(desk.workbook(**counted()))
    for browser in (desk.giver, desk.stranger):
        for address in (WORKBOOK, IMPORT, at, f"{at}/marked"):
            assert browser.get(address).status_code == 404
        assert browser.post(at, {"do": "all"}).status_code == 404
    assert desk.stranger.get(at.replace("ZMB", "CUB")).status_code == 404
    assert "A warehouse without a line?" not in text(desk.giver.get("/en/desk/consignments"))
    assert desk.approver.post(at, {"do": "all"}).status_code == 302 and Receipt.objects.count() == 1


def test_without_a_file_or_a_consignment_it_says_so(desk: Desk) -> None:
    answer = desk.focal.post(IMPORT, {})
    assert answer.status_code == 422 and "Choose a file first." in text(answer)
    file = SimpleUploadedFile("a.csv", b"waybill,item,accepted\r\n1,2,3\r\n")
    answer = desk.stranger.post(IMPORT.replace("ZMB", "CUB"), {"file": file})
    assert answer.status_code == 422 and "Nothing was packed for this member yet" in text(answer)
    at = desk.send(b"\x00 no table", "photo.xlsx")
    refused = desk.focal.get(at)
    assert refused.status_code == 422 and "Send a table of receipts" in text(refused)
    assert Consignment.objects.get().state == "dispatched"
