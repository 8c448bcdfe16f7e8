"""A consignment on a phone without JavaScript: packed, sent, held, received short; the public reads what was kept."""

import json

import pytest

from tests.journeys.conftest import press

LANGUAGES = ("en", "ar")
GIVER, MEMBER = "World Health Organization, responder", "Zambia, focal point"


def received(site) -> int:
    """What the public list says that Zambia received of oxygen concentrators."""
    rows = json.loads(site.read("/en/needs.json?member=ZMB"))["rows"]
    return sum(int(row["received"] or 0) for row in rows if row["item"] == "O2-CONC")


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_accepted_line_to_the_certificate(language, site, open_page):
    before = received(site)
    who = open_page(who=GIVER, language=language, width=375, javascript=False)
    who.goto(f"/{language}/desk/consignments/new?giver=WHO&member=ZMB")
    row = who.locator("main tbody tr", has_text="DEMO-001").first
    row.locator("input[name^=quantity-]").fill("40")
    row.locator("input[name^=lot-]").fill(f"L-{language}")
    who.fill("#id_waybill", f"JOURNEY {language} 1")
    press(who.locator("button[value=save]").last)
    box = who.url.split(f"/{language}/")[1]
    assert box.startswith("desk/consignments/") and "?" not in box
    press(who.locator("form[action$='/dispatch'] button"))
    assert who.locator("form[action$='/dispatch']").count() == 0

    # The member is told, says that it is held and why, then cleared; the giver reads that.
    member = open_page(who=MEMBER, language=language, width=375, javascript=False)
    member.goto(f"/{language}/{box}")
    member.locator("details:has(#hold-why) summary").click()
    member.select_option("#hold-why", "customs")
    member.fill("#hold-text", "The form is missing")
    press(member.locator("form[action$='/hold'] button"))
    who.goto(f"/{language}/{box}")
    assert "The form is missing" in who.locator("main .note").first.inner_text()
    press(member.locator("form[action$='/clear'] button"))

    # Received short: what does not add up is refused and kept; a reason for each shortfall.
    member.goto(f"/{language}/{box}/receive")
    for numbers, stated in ((("30", "6", "5"), False), (("30", "6", "4"), True)):
        for name, number in zip(("accepted", "rejected", "missing"), numbers, strict=True):
            member.locator(f"input[name^={name}-]").fill(number)
        member.locator("select[name^=rejected_why-]").select_option("damaged")
        member.locator("select[name^=missing_why-]").select_option("lost")
        press(member.locator("button[value=state]").last)
        assert (member.locator(".sum[role=alert]").count() == 0) == stated
        if not stated:
            assert member.locator("input[name^=accepted-]").input_value() == "30"
    assert "/desk/receipts/" in member.url
    code = member.locator("main .code").inner_text()

    # The giver finds the certificate by its code; the public reads the sum and nothing else.
    who.goto(f"/{language}/desk/receipts?code={code.lower()}")
    assert who.url.endswith(code) and who.locator("main tbody tr").count() == 1
    assert received(site) - before == 30
    for address in ("/en/members/ZMB", "/en/items/O2-CONC"):
        assert f"JOURNEY {language} 1".encode() not in site.read(address)
