"""Money on a phone without JavaScript: pledged, committed, paid, confirmed; the public total of paid rises by that."""

import json
from decimal import Decimal

import pytest

from tests.journeys.conftest import press

LANGUAGES = ("en", "ar")
RESPONDER = "World Health Organization, responder"


def totals(site) -> dict[str, Decimal]:
    """What stands at each stage as incoming grants, in US$, by the public file."""
    rows = json.loads(site.read("/en/money.json?boundary=incoming&instrument=grant"), parse_float=Decimal)["rows"]
    found = dict.fromkeys(("pledge", "commitment", "paid"), Decimal(0))
    for row in rows:
        found[row["stage"]] += Decimal(row["amount_usd"])
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_pledged_committed_paid_and_confirmed(language, site, open_page):
    before = totals(site)
    public_needs = site.read("/en/overview.json")
    who = open_page(who=RESPONDER, language=language, width=375, javascript=False)
    who.goto(f"/{language}/desk/support/money")
    press(who.locator("main a.btn").first)

    # What can be read in two ways is asked about, and everything else stays as it was typed.
    who.check("input[name=stage][value=pledge]")
    who.check("#id_destinations input[value=ZMB]")
    who.fill("#id_reference", f"JOURNEY-{language}")
    for amount, taken in (("12,345", False), ("12345.50", True)):
        who.fill("#id_amount", amount)
        press(who.locator("main form button.btn"))
        assert (who.locator(".sum[role=alert]").count() == 0) == taken
        if not taken:
            assert who.input_value("#id_reference") == f"JOURNEY-{language}"
    money = who.url.split(f"/{language}/")[1]
    assert totals(site) == before, "nobody else sees it"

    press(who.locator("form[action$='/publish'] button"))
    assert totals(site) == before | {"pledge": before["pledge"] + Decimal("12345.50")}

    for deed in ("commit", "pay"):
        who.locator(f"details#{deed} summary").first.click()
        press(who.locator(f"form[action$='/{deed}'] button"))
        assert who.locator(".sum[role=alert]").count() == 0
    assert totals(site) == before | {"paid": before["paid"] + Decimal("12345.50")}, "and the pledge stands no more"
    assert site.read("/en/overview.json") == public_needs, "money lowers no need"

    focal = open_page(who="Zambia, focal point", language=language, width=375, javascript=False)
    focal.goto(f"/{language}/{money}")
    press(focal.locator("form[action$='/confirm'] button"))
    assert focal.locator("form[action$='/confirm']").count() == 0
    assert focal.locator("ol.time .st.done").count() == 1
    assert totals(site) == before | {"paid": before["paid"] + Decimal("12345.50")}, "a confirmation is no amount"

    reader = open_page(language=language, width=375)
    reader.goto(f"/{language}/money?boundary=incoming&instrument=grant&stage=paid")
    assert reader.locator("#rows tbody tr").count() >= 1
    assert reader.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
