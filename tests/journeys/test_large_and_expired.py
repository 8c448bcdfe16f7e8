"""A large table that is left and found again, and a grid whose session expired in the middle."""

from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site

WHO = "Honduras, focal point"
ROUND = "covid-19-2021"
ROWS = 20_000


@pytest.mark.parametrize("language", ["en", "ar", "fr"])
def test_a_session_that_expired_in_the_middle_of_a_form_loses_nothing(
    open_page: Callable[..., Page], site: Site, language: str
) -> None:
    page = open_page(who=WHO, javascript=False, width=375, language=language)
    page.goto(f"/{language}/desk/HND/{ROUND}/lines")
    row = page.locator("[name=rows]").input_value()
    typed = {"item": "Tents for the clinic of San Pedro Sula", "quantity": "17"}
    for name, value in typed.items():
        page.fill(f"[name={name}-{row}]", value)
    page.locator(f"[name=remark-{row}]").evaluate("field => { field.value = 'écrit à 23 h · كُتب ليلا' }")
    page.context.clear_cookies(name="sessionid")
    page.locator("button[value=save]").click()
    page.wait_for_url("**/account/login")

    # Somebody else who signs in on the same browser is shown nothing of it.
    page.goto(site.link("Zambia, focal point").replace("/en/", f"/{language}/", 1))
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    assert typed["item"] not in page.content()
    page.goto(f"/{language}/account/kept")
    assert typed["item"] not in page.content()
    page.context.clear_cookies(name="sessionid")

    page.goto(site.link(WHO).replace("/en/", f"/{language}/", 1))
    page.locator("main form button").first.click()
    page.goto(f"/{language}/account/kept")
    expect(page.locator("td", has_text=typed["item"])).to_be_visible()
    page.locator("main form button").first.click()
    page.wait_for_url(f"**/{language}/desk/HND/{ROUND}/lines")
    values = {field.input_value() for field in page.locator("input, textarea").all()}
    assert {*typed.values(), "écrit à 23 h · كُتب ليلا"} <= values
    # The draft goes, so that the next language begins as this one did.
    page.goto(f"/{language}/desk/HND/{ROUND}")
    page.locator("form[action$='/discard'] button").click()
    page.wait_for_load_state()


def test_a_large_table_is_checked_while_its_owner_is_away(
    open_page: Callable[..., Page], tmp_path: Path, picture: Callable[[Page, str], None]
) -> None:
    file = tmp_path / "large.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Needs")
        sheet.write_row(0, 0, ["Item", "Quantity", "Place", "Remark"])
        for number in range(1, ROWS + 1):
            wrong = number == 3
            remark = f"Warehouse {number * 7919 % 99_991}, {number * 104_729 % 1_299_709} families"
            sheet.write_row(number, 0, ["MASK-IIR", "about ten" if wrong else number, f"Barrio {number}", remark])
    page = open_page(who=WHO, javascript=False, width=375)
    page.goto(f"/en/desk/HND/{ROUND}/import")
    assert file.stat().st_size > 500_000
    page.set_input_files("[name=file]", file)
    page.get_by_role("button", name="Send and check").click()
    expect(page.locator("progress")).to_be_visible()
    picture(page, "large-table")
    page.goto("/en/desk")
    link = page.get_by_role("link", name="large.xlsx")
    expect(link).to_be_visible()
    link.click()
    # The page looks again by itself, without a script, until the work is done.
    expect(page.get_by_text("Import: check before anything is written").first).to_be_visible(timeout=180_000)
    assert f"{ROWS:,}" in page.locator(".keys").inner_text()
    assert ">B4</bdi>" in page.content()
    page.get_by_role("button", name="Import nothing").click()
    page.wait_for_load_state()
    page.goto("/en/desk")
    expect(page.get_by_role("link", name="large.xlsx")).to_have_count(0)
