"""A responder closes a gap in three clicks; the approver accepts part; the public figure falls by just that."""

import json

import pytest

LANGUAGES = ("en", "ar")
RESPONDER = "World Health Organization, responder"
ITEM, MEMBER = "VENT-ICU", "ZMB"


def gap(site):
    """What is publicly not covered of the item for the member."""
    return float(json.loads(site.read(f"/en/figures/not_covered.json?member={MEMBER}&item={ITEM}"))["about"]["value"])


def press(page, button):
    """Press a button, and wait for the page that it leads to."""
    with page.expect_navigation():
        button.click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_gap_to_the_figure_that_falls(language, site, open_page):
    before = gap(site)
    who = open_page(who=RESPONDER, language=language, width=375, javascript=False)
    who.goto(f"/{language}/respond?item={ITEM}")

    # Three clicks: the gap, the form as it is filled in, the offer.
    press(who, who.locator(f"a[href*='/offers/new?member={MEMBER}&']"))
    assert float(who.input_value("input[name=line1-quantity]")) == before
    assert who.locator("select[name=member]").input_value() == MEMBER
    who.fill("textarea[name=conditions]", "By air only")
    press(who, who.locator("button[value=save]").last)
    offer = who.url.split(f"/{language}/")[1]
    press(who, who.locator("form[action$='/send'] button"))
    assert who.locator("form[action$='/send']").count() == 0 and gap(site) == before, "an offer is no help"

    # The focal point reads it, and cannot accept it.
    focal = open_page(who="Zambia, focal point", language=language, width=375, javascript=False)
    focal.goto(f"/{language}/{offer}")
    assert "By air only" in focal.locator("main").inner_text() and focal.locator("form[action$='/accept']").count() == 0

    # The approver accepts part of it, once it says that the conditions are read; what was typed is kept.
    approver = open_page(who="Zambia, approver", language=language, width=375, javascript=False)
    approver.goto(f"/{language}/{offer}")
    form = approver.locator("form[action$='/accept']")
    form.locator("input[name=quantity]").fill("7")
    press(approver, form.locator("button"))
    assert approver.locator(".sum[role=alert]").count() == 1 and gap(site) == before
    assert form.locator("input[name=quantity]").input_value() == "7"
    form.locator("input[name=conditions]").check()
    press(approver, form.locator("button"))
    assert approver.locator(".sum[role=alert]").count() == 0
    assert gap(site) == before - 7

    # The giver reads how much was accepted, and takes the rest back: the figure stays.
    who.goto(f"/{language}/{offer}")
    assert who.locator("main article li a[href*='/desk/support/']").count() == 1
    who.locator("details:has(#withdraw-reason) summary").click()
    press(who, who.locator("form[action$='/withdraw'] button"))
    assert gap(site) == before - 7
