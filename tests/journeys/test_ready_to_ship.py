"""Ready to ship, on a phone without JavaScript: asked after an answer, filled in, confirmed, read by those asked."""

import pytest

# A member of its own for each language: the demonstration is one for both, and a profile is asked for once.
MEMBERS = {"en": ("Honduras", "HND"), "ar": ("Zambia", "ZMB")}
RESPONDER = "World Health Organization, responder"


def press(page, locator):
    """Press a button that leads to another page."""
    with page.expect_navigation():
        locator.click()


@pytest.mark.parametrize("language", MEMBERS)
def test_from_an_answer_to_ready_to_ship(language, open_page):
    name, code = MEMBERS[language]
    focal = open_page(who=f"{name}, focal point", language=language, width=375, javascript=False)
    profile = f"/{language}/desk/{code}/profile"

    # A request of the member to WHO, sent and acknowledged.
    focal.goto(f"/{language}/desk/{code}/requests")
    focal.fill("input[name^=quantity-] >> nth=0", "1")
    focal.check("#id_parties input[value=WHO]")
    press(focal, focal.locator("button[value=save]").last)
    request = focal.url.split(f"/{language}/")[1]
    approver = open_page(who=f"{name}, approver", language=language, width=375, javascript=False)
    approver.goto(f"/{language}/{request}")
    press(approver, approver.locator("form[action$='/send'] button"))
    who = open_page(who=RESPONDER, language=language, width=375, javascript=False)
    who.goto(f"/{language}/{request}")
    press(who, who.locator("form[action$='/acknowledge'] button"))

    # The desk asks for the profile now, where none is confirmed; a slip is named and nothing typed is lost.
    if code == "HND":
        focal.goto(f"/{language}/desk")
        assert focal.locator(f"main li a[href='{profile}']").count() == 1
    focal.goto(f"{profile}/edit")
    for field, value in (
        ("consignee", "Ministry of Health"), ("contact_office", "Journey office"), ("delivery_point", "Main store"),
        ("airport", "Main airport"), ("airport_runway", "long"), ("documents", "Packing list"), ("permit", "Waiver"),
        ("shelf_life", "١٢"), ("oxygen_fitting", "ISO 5359"), ("platforms", "None"), ("store_fridge", "10"),
        ("store_freezer", "2"), ("store_ultra", "0"),
    ):  # fmt: skip
        focal.fill(f"#id_{field}", value)
    for field, value in (
        ("clears", "consignee"), ("pays", "consignee"), ("exemption", "always"), ("voltage", "220-240"),
        ("frequency", "50"), ("dangerous", "notice"),
    ):  # fmt: skip
        focal.select_option(f"#id_{field}", value)
    for field, value in (("incoterms", "DAP"), ("label_languages", "en"), ("plugs", "C")):
        focal.check(f"#id_{field} input[value={value}]")
    press(focal, focal.locator("main form button.btn"))
    assert focal.locator(".sum[role=alert] a[href='#id_airport_runway']").count() == 1
    assert focal.input_value("#id_contact_office") == "Journey office"
    focal.fill("#id_airport_runway", "3000")
    press(focal, focal.locator("main form button.btn"))
    assert focal.url.endswith(profile) and "Journey office" in focal.locator("#contact").inner_text()
    assert focal.evaluate("document.documentElement.scrollWidth") <= 375

    # Nobody else reads a draft. Confirmed, those asked read it and find it ready; the contact office only those whose
    # support under way the member has accepted: in the demonstration WHO's to Zambia, nothing to Honduras.
    who.goto(f"/{language}/{request}")
    assert who.locator("#ready .st.done").count() == 0 or code == "ZMB"
    approver.goto(profile)
    press(approver, approver.locator("form[action$='/confirm'] button"))
    assert approver.locator("form[action$='/confirm']").count() == 0
    who.goto(f"/{language}/{request}")
    ticks = who.locator("#ready li .st")
    assert ticks.count() == who.locator("#ready li .st.done").count() > 8
    press(who, who.locator("#ready a"))
    read = who.locator("main").inner_text()
    assert "Main airport" in read and ("Journey office" in read) == (code == "ZMB")
    assert who.evaluate("document.documentElement.scrollWidth") <= 375
    who.goto(f"/{language}/desk/requests?list=received&ready=1")
    assert who.locator(f"main a[href$='{request.rsplit('/', 1)[1]}']").count() == 1
