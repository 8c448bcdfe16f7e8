"""A note verbale, typed by coordination, adopted by the ministry, approved by a third person: in three languages."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.files import samples
from tests.journeys.conftest import press

COORDINATION = "Coordination of the Movement (the chair’s team), coordination"
# Each language is one member's own letter, so that one journey does not stand in the way of another.
LETTERS = {"en": ("Zambia", "ZMB", "VAC-YF"), "ar": ("Honduras", "HND", "VAC-YF"), "fr": ("Zambia", "ZMB", "VAC-MEN")}


@pytest.mark.parametrize("language", LETTERS)
def test_from_the_scan_to_the_approval(language, site, open_page, tmp_path: Path):
    name, code, item = LETTERS[language]
    scan = tmp_path / "note.pdf"
    scan.write_bytes(samples.PDF)

    # Coordination: the scan first, then one line, on a phone without JavaScript.
    page = open_page(who=COORDINATION, language=language, width=375, javascript=False)
    page.goto(f"/{language}/desk/letters/new")
    page.select_option("#id_member", code)
    page.select_option("#id_round", "covid-19-2021")
    page.fill("#id_dated_on", datetime.now(UTC).date().isoformat())
    page.set_input_files("#id_file", str(scan))
    page.locator("main form button").first.click()
    page.fill("#item-1", item)
    page.fill("#quantity-1", "1,234")
    press(page.locator("button[value=propose]"))

    # What has two readings is asked about; nothing reached the member meanwhile.
    assert page.locator("input[type=radio]").count() == 2
    page.locator("input[type=radio]").first.check()
    press(page.locator("button[value=propose]"))
    letter = page.url.split(f"/{language}/")[1]
    assert letter.startswith("desk/letters/") and not letter.endswith("/lines")
    before = site.read("/en/overview.json")

    # The ministry compares it with the scan and adopts it; the draft is sent.
    ministry = open_page(who=f"{name}, focal point", language=language, javascript=language != "fr")
    ministry.goto(f"/{language}/desk")
    ministry.locator(f"a[href='/{language}/{letter}']").click()
    with ministry.expect_download() as waited:
        ministry.locator("main table a").first.click()
    assert Path(str(waited.value.path())).read_bytes() == samples.PDF
    press(ministry.locator("button[value=edit]"))
    assert ministry.url.endswith("/lines")
    press(ministry.locator("button[value=send]"))
    returned = f"/{language}/desk/{code}/covid-19-2021"
    assert ministry.url.endswith(returned)
    assert ministry.locator(f"main a[href='/{language}/{letter}']").count() == 1

    # A third person approves; until then nobody else could tell.
    assert site.read("/en/overview.json") == before
    approver = open_page(who=f"{name}, approver", language=language)
    approver.goto(returned)
    press(approver.locator("main a.btn[href$='/approve']"))
    press(approver.locator("main form button").first)
    assert approver.url.endswith(returned)
    page.goto(f"/{language}/{letter}")
    assert page.locator("ol.time li").count() == 3
