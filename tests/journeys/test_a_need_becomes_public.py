"""A ministry's own workbook, three wrong cells, two people, a public figure: what the product is for."""

import io
import re
import urllib.request
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.journeys.conftest import press

FOCAL_POINT, APPROVER = "Honduras, focal point", "Honduras, approver"
ROUND = "/desk/HND/covid-19-2021"

# The header is in the language of the ministry; three cells need a person.
SHEETS = {
    "en": (
        ("Item", "Quantity", "Unit", "Needed by", "Remark"),
        [
            ("Pulse oximeter", "1,250", "piece", "30 June 2021", "provincial hospitals"),
            ("Respirator, N95/FFP2", "3 000", "box of 20", "15/06/2021", ""),
            ("Ventilator, intensive care", "about 12", "piece", "2021-05-31", ""),
        ],
    ),
    "ar": (
        ("الصنف", "الكمية", "الوحدة", "مطلوب بحلول", "ملاحظة"),
        [
            ("Pulse oximeter", "1,300", "", "30 June 2021", "المستشفيات"),
            ("Respirator, N95/FFP2", "٣٢٠٠", "box of 20", "2021-06-15", ""),
            ("Ventilator, intensive care", "about 14", "", "2021-05-31", ""),
        ],
    ),
    "fr": (
        ("Article", "Quantité", "Unité", "Requis le", "Remarque"),
        [
            ("Pulse oximeter", "1,400", "", "30 juin 2021", "hôpitaux provinciaux"),
            ("Respirator, N95/FFP2", "3 400", "box of 20", "15/06/2021", ""),
            ("Ventilator, intensive care", "about 16", "", "2021-05-31", ""),
        ],
    ),
}


def _workbook(folder: Path, language: str) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Needs"
    headers, rows = SHEETS[language]
    sheet.append(["Ministry of Health"])
    sheet.append([])
    sheet.append(headers)
    for row in rows:
        sheet.append(row)
    path = folder / f"needs-{language}.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("language", SHEETS)
def test_from_a_workbook_to_a_public_page(language, site, open_page, tmp_path, picture):
    page = open_page(who=FOCAL_POINT, language=language, javascript=language == "en")
    page.goto(f"/{language}{ROUND}/import")
    page.set_input_files("#file", str(_workbook(tmp_path, language)))
    page.locator("main form button").first.click()

    # Nothing is written; each doubtful cell is named as a person sees it in the file.
    text = page.locator("main").inner_text()
    assert "B4" in text and SHEETS[language][1][0][1] in text
    assert "B6" in text and "about 1" in text
    if language == "en":
        picture(page, "import")
    keys = [figure.strip() for figure in page.locator("dl.keys dd.n").all_inner_texts()]
    read, created, updated, unchanged, refused = (int(figure) for figure in keys)
    assert read == 3 == created + updated + unchanged + refused and refused == 2

    # The workbook comes back with those cells marked.
    address = page.locator("a[href$='/marked']").first.get_attribute("href")
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())
    request = urllib.request.Request(site.address + str(address), headers={"Cookie": cookies})
    marked = openpyxl.load_workbook(io.BytesIO(urllib.request.urlopen(request, timeout=60).read()))
    assert "about 1" in str(marked["Needs"]["B6"].value) and marked["Needs"]["B6"].comment is not None

    # One answer for the column, then the good rows.
    page.locator("li.ask input[type=radio]").first.check()
    press(page.locator("button[value=answer]").first)
    press(page.locator("button[value=good]"))
    assert page.url.endswith(ROUND) or "import" not in page.url

    # Another person approves; the button says to whom it publishes.
    approver = open_page(who=APPROVER, language=language)
    approver.goto(f"/{language}/desk/returns")
    approver.locator("a[href*='/approve']").first.click()
    if language == "en":
        picture(approver, "approve")
    button = approver.locator("form button.btn:not(.alt)").first
    assert any(character.isdigit() for character in button.inner_text())
    button.click()

    # Honduras has released what is not a vaccine to everyone, so it is public at once.
    pulse = {"en": Decimal(1250), "ar": Decimal(1300), "fr": Decimal(1400)}[language]
    told = site.told("figure", "approved", "--item", "OXIMETER", "--member", "HND")
    assert Decimal(told["value"]) == pulse
    public = open_page(language=language)
    public.goto(f"/{language}/members/HND")
    separator = r"\s" if language == "fr" else ","
    assert re.search(f"{pulse:,}".replace(",", separator), public.locator("main").inner_text())


def test_who_entered_a_return_cannot_approve_it(site, open_page):
    page = open_page(who="Zambia, approver")
    page.goto("/en/desk/ZMB/covid-19-2021/lines")
    # The approver types a line himself …
    row = page.locator("input[name^='item-']").last
    name = row.get_attribute("name")
    row.fill("Suction pump")
    page.locator(f"input[name='{name.replace('item', 'quantity')}']").fill("17")
    page.locator("form button.btn:not(.alt)").last.click()
    page.goto("/en/desk/returns")
    press(page.locator("a[href*='/approve']").first)
    # … and reads why the decision is another person's.
    assert "another approver" in page.locator("main").inner_text()
    assert page.get_by_role("button", name="Approve").count() == 0


def test_pictures_for_the_guides(open_page, picture):
    page = open_page()
    page.goto("/en/")
    picture(page, "overview")
    page.goto("/en/figures/not_covered?item=RESP-N95&member=ZMB")
    assert "Not covered" in page.locator("h1").inner_text()
    picture(page, "figure")
    phone = open_page(width=375, language="ar")
    phone.goto("/ar/members/ZMB")
    picture(phone, "member-ar-375")
    assert phone.locator("html").get_attribute("dir") == "rtl"
    desk = open_page(who="Zambia, focal point")
    for path, name in (("/desk", "desk"), ("/desk/ZMB/covid-19-2021/lines", "lines")):
        desk.goto(f"/en{path}")
        picture(desk, name)
    approver = open_page(who="Zambia, approver")
    approver.goto("/en/desk/ZMB/releases")
    picture(approver, "releases")
