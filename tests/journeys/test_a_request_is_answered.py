"""A request for assistance on a phone without JavaScript: asked, sent, answered, stopped; no public figure moves."""

import pytest

from tests.journeys.conftest import press

LANGUAGES = ("en", "ar")
RESPONDER = "World Health Organization, responder"


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_first_search_to_stop_sending(language, site, open_page):
    before = site.read("/en/overview.json")
    focal = open_page(who="Honduras, focal point", language=language, width=375, javascript=False)
    focal.goto(f"/{language}/desk/requests")
    press(focal.locator("main a.btn").first)
    assert focal.url.endswith("/desk/HND/requests")

    # Two needs found by their words; what was typed before a search is there after it.
    for words, quantity in (("vaccine", "1000"), ("school", "3")):
        focal.fill("#q", words)
        press(focal.locator("button[value=find]"))
        field = focal.locator("section:has(#q) table").last.locator("input[name^=quantity-]").first
        field.fill(quantity)
    assert [one.input_value() for one in focal.locator("input[name^=quantity-]").all() if one.input_value()] == [
        "1000", "3"
    ]  # fmt: skip
    focal.check("#id_parties input[value=WHO]")
    focal.fill("#id_text", "Asked in a journey")
    press(focal.locator("button[value=save]").last)
    request = focal.url.split(f"/{language}/")[1]
    assert request.startswith("desk/requests/") and focal.locator("main article").count() == 2

    approver = open_page(who="Honduras, approver", language=language, width=375, javascript=False)
    approver.goto(f"/{language}/{request}")
    press(approver.locator("form[action$='/send'] button"))
    assert approver.locator("form[action$='/send']").count() == 0

    # WHO is told, acknowledges, and answers; a refused answer keeps what was typed.
    who = open_page(who=RESPONDER, language=language, width=375, javascript=False)
    who.goto(f"/{language}/desk/inbox")
    assert who.locator("main a[href*='/inbox/']").count() >= 1
    who.goto(f"/{language}/{request}")
    press(who.locator("form[action$='/acknowledge'] button"))
    line = who.locator("main article").first
    for quantity, answered in (("1001", False), ("400", True)):
        if line.locator("details:not([open])").count():
            line.locator("summary").click()
        line.locator("select[name=kind]").select_option("part")
        line.locator("input[name=quantity]").fill(quantity)
        press(line.locator("form[action$='/answer'] button"))
        assert (who.locator(".sum[role=alert]").count() == 0) == answered
        if not answered:
            assert line.locator("input[name=quantity]").input_value() == quantity

    # The member reads it and stops sending; WHO reads that.
    focal.goto(f"/{language}/{request}")
    focal.locator("details:has(#stop-reason) summary").click()
    focal.fill("#stop-reason", "The store is full")
    press(focal.locator("form[action$='/stop'] button"))
    who.goto(f"/{language}/{request}")
    assert "The store is full" in who.locator("main .note").inner_text()
    assert site.read("/en/overview.json") == before
