"""The import pages: preview, questions, good rows, the marked workbook, files that are no tables."""

import io
import zipfile

import openpyxl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from tests import make
from tests.web import desk_world as world

from unmet.needs.models import HeaderMapping, Return, Statement
from unmet.web.models import Upload

pytestmark = pytest.mark.django_db
SEND = "/en/desk/ZMB/r-now/import"
HEADERS = ["Item", "Quantity", "Place", "Unit"]


def text(answer) -> str:
    return answer.content.decode()


def workbook(*rows, headers=HEADERS, name="needs.xlsx") -> SimpleUploadedFile:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("Needs")
        for number, row in enumerate([headers, *rows]):
            sheet.write_row(number, 0, row)
    return SimpleUploadedFile(name, content.getvalue())


def sent(browser, file) -> str:
    """The address of the preview."""
    answer = browser.post(SEND, {"file": file})
    assert answer.status_code == 302, text(answer)
    return answer.headers["Location"]


@pytest.fixture
def browser():
    world.open_round()
    return world.focal_point()[1]


def test_the_preview_shows_counts_and_the_sum_and_writes_nothing(browser):
    address = sent(browser, workbook(["MASK-IIR", 1000], ["GOWN-ISO", 20], ["APRON", "about 300"]))
    page = text(browser.get(address))
    assert "3 = 2 + 0 + 0 + 1" in page and "We read 3 rows." in page
    assert ">B4</bdi>" in page and "about 300" in page and "Write 300 in this cell" in page
    assert "Import the 2 good rows" in page and "Download my workbook" in page
    assert not Statement.objects.exists()


def test_where_no_row_is_good_nobody_is_told_to_import_the_good_ones(browser):
    page = text(browser.get(sent(browser, workbook(["APRON", "about 300"]))))
    assert "send it again" in page and "good rows" not in page


def test_a_good_table_is_sent_to_the_approver_and_the_same_file_again_changes_nothing(browser):
    file = [["MASK-IIR", 1000], ["GOWN-ISO", 20]]
    told = text(browser.post(sent(browser, workbook(*file)), {"do": "all"}, follow=True))
    assert "2 rows read: 2 created, 0 updated, 0 unchanged, 0 refused." in told
    assert Return.objects.get().state == Return.State.SUBMITTED
    again = text(browser.post(sent(browser, workbook(*file)), {"do": "all"}, follow=True))
    assert "2 rows read: 0 created, 0 updated, 2 unchanged, 0 refused." in again
    assert Statement.objects.count() == 2 and Return.objects.get().revision == 1


def test_a_number_as_typed_runs_as_in_its_cell_whatever_the_language(browser):
    address = sent(browser, workbook(["MASK-IIR", "-3"], ["APRON", "كثير"]))
    page = text(browser.get(address.replace("/en/", "/ar/")))
    assert '<bdi class="typed" dir="ltr">-3</bdi>' in page and '<bdi class="typed" dir="auto">كثير</bdi>' in page


def test_pressing_twice_does_no_harm(browser):
    address = sent(browser, workbook(["MASK-IIR", 1000]))
    browser.post(address, {"do": "all"})
    assert browser.post(address, {"do": "all"}).status_code == 302
    assert Statement.objects.count() == 1 and "This table was written on" in text(browser.get(address))


def test_all_with_refused_rows_writes_nothing_and_good_rows_writes_the_good_ones(browser):
    address = sent(browser, workbook(["MASK-IIR", 1000], ["APRON", "x"]))
    browser.post(address, {"do": "all"})
    assert not Statement.objects.exists()
    browser.post(address, {"do": "good"})
    assert Statement.objects.get().need.item.code == "MASK-IIR"


def test_questions_come_first_once_a_column_and_the_answers_are_kept(browser):
    address = sent(browser, workbook(["MASK-IIR", "1,250"], ["GOWN-ISO", "2,500"], ["APRON", "x"]))
    page = text(browser.get(address))
    assert page.index("1 question") < page.index("1 place to correct") and "B2, B3" in page
    assert page.count('name="answer.decimal.quantity" value=","') == 1
    answered = browser.post(address, {"do": "answer", "answer.decimal.quantity": "."})
    assert answered.status_code == 302 and Upload.objects.get().answers == {"decimal.quantity": "."}
    page = text(browser.get(address))
    assert "question" not in page and "3 = 2 + 0 + 0 + 1" in page and "1,250" in page


def test_item_place_and_pack_are_answered_beside_their_fault(browser):
    rows = [["Oxigen consentrator 10L", 3], ["MASK-IIR", 5, "Port of our own"], ["GOWN-ISO", 2, None, "crate"]]
    address = sent(browser, workbook(*rows))
    page = text(browser.get(address))
    assert 'name="answer.item.oxigen consentrator 10l" value="own_words"' in page
    assert 'name="answer.place.port of our own" value="new_place"' in page
    pack = f"answer.pack.{make.item('GOWN-ISO').pk}.crate"
    assert f'name="{pack}"' in page
    answers = {
        "answer.item.oxigen consentrator 10l": str(make.item("O2-CONC").pk),
        "answer.place.port of our own": "new_place",
        pack: "40",
    }
    browser.post(address, {"do": "all", **answers})
    found = dict(Statement.objects.values_list("need__item__code", "requested"))
    assert found == {"O2-CONC": 3000, "MASK-IIR": 5000, "GOWN-ISO": 80_000}


def test_many_places_and_own_words_are_confirmed_at_once(browser):
    rows = [["MASK-IIR", number, f"Clinic {number}"] for number in range(1, 121)]
    rows += [[f"Tent of kind {'abc'[number]}", 5, ""] for number in range(3)]
    address = sent(browser, workbook(*rows, headers=["Item", "Quantity", "Place"]))
    page = text(browser.get(address))
    assert "Make all 120 places that are not known" in page and "Keep all 3 items that are not known" in page
    browser.post(address, {"do": "answer", "answer.new_places": "1", "answer.own_words": "1"})
    page = text(browser.get(address))
    assert "123 = 123 + 0 + 0 + 0" in page and "Send 123 rows to the approver" in page


def test_no_button_takes_answers_where_none_is_offered(browser):
    page = text(browser.get(sent(browser, workbook(["MASK-IIR", "-3"]))))
    assert "1 place to correct" in page and "Take these answers" not in page and "Make all" not in page


def test_unknown_headers_are_asked_about_once_and_remembered(browser):
    strange = ["Ding", "Anzahl"]
    address = sent(browser, workbook(["MASK-IIR", 7], headers=strange))
    page = text(browser.get(address))
    assert "Which column is which?" in page and '<option value="1">Anzahl</option>' in page
    browser.post(address, {"do": "columns", "sheet": "Needs", "map.item": "0"})
    assert "Which column is which?" in text(browser.get(address))  # the quantity was left out
    browser.post(address, {"do": "columns", "sheet": "Needs", "map.item": "0", "map.quantity": "1"})
    assert "1 = 1 + 0 + 0 + 0" in text(browser.get(address))
    assert HeaderMapping.objects.count() == 1
    assert "1 = 1 + 0 + 0 + 0" in text(browser.get(sent(browser, workbook(["APRON", 7], headers=strange))))


def test_the_marked_workbook_opens_and_names_the_cell(browser):
    address = sent(browser, workbook(["MASK-IIR", 1000], ["APRON", "about 300"]))
    answer = browser.get(f"{address}/marked")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert len(book.sheetnames) == 2 and book["Needs"]["B3"].value == "about 300"
    assert book["Needs"]["B3"].comment is not None


def test_the_marked_workbook_can_be_sent_again(browser):
    address = sent(browser, workbook(["MASK-IIR", 1000], ["APRON", "about 300"]))
    book = openpyxl.load_workbook(io.BytesIO(browser.get(f"{address}/marked").content))
    book["Needs"]["B3"] = 300
    corrected = io.BytesIO()
    book.save(corrected)
    again = sent(browser, SimpleUploadedFile("corrected.xlsx", corrected.getvalue()))
    assert "2 = 2 + 0 + 0 + 0" in text(browser.get(again))


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [("bomb.xlsx", bomb), ("letter.xlsx", lambda: b"%PDF-1.7"), ("half.xlsx", lambda: workbook(["x", 1]).read()[:900])],
)
def test_a_file_that_is_no_table_gets_a_sentence_and_never_a_500(browser, name, content):
    answer = browser.get(sent(browser, SimpleUploadedFile(name, content())))
    assert answer.status_code == 422 and name in text(answer) and 'role="alert"' in text(answer)
    assert browser.get(Upload.objects.get() and f"{SEND}/{Upload.objects.get().uuid}/marked").status_code == 302


def test_no_file_and_too_large_a_file_are_said_at_the_field(browser, settings):
    assert "Choose a file first." in text(browser.post(SEND, {}))
    settings.UNMET_FILE_LIMIT = 1000
    answer = browser.post(SEND, {"file": workbook(["MASK-IIR", 1])})
    assert answer.status_code == 422 and "The file is larger than" in text(answer)
    assert not Upload.objects.exists()


def test_import_nothing_leaves_everything_as_it_is(browser):
    address = sent(browser, workbook(["MASK-IIR", 1]))
    assert "Nothing was imported." in text(browser.post(address, {"do": "nothing"}, follow=True))
    assert not Statement.objects.exists()


def test_a_blank_pipeline_and_its_sum_are_shown_before_writing(browser):
    page = text(browser.get(sent(browser, workbook(["MASK-IIR", 1000, 450], headers=["Item", "Quantity", "Pipeline"]))))
    assert "1,000 + 450 = 1,450" in page


def test_for_another_member_the_upload_does_not_exist(browser):
    address = sent(browser, workbook(["MASK-IIR", 1]))
    for _, other in (world.focal_point(world.OTHER), world.responder()):
        for page in (address, f"{address}/marked", SEND):
            assert other.get(page).status_code == 404
        assert other.post(address, {"do": "all"}).status_code == 404
    theirs = address.replace("/ZMB/", f"/{world.OTHER}/")
    assert world.focal_point(world.OTHER)[1].get(theirs).status_code == 404
    assert not Statement.objects.exists()
