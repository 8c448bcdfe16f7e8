"""From a telephone of 375 px, in Arabic, without script: five questions to a return that waits for its approver."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, Request

from tests.journeys.conftest import Site, gzipped

FIRST = "/ar/desk/HND/covid-19-2021/first"
FOCAL_POINT, CHAIR = "Honduras, focal point", "Coordination of the Movement (the chair’s team), coordination"
STEPS = ("have", "lines", "asked", "seen", "send")
LIMIT = 15_000  # bytes of a page with its style, compressed


def _fits(page: Page) -> None:
    """A page of the five on a telephone: no sideways scroll, right to left, small enough for 2G."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert not re.search(r"<[^>]+\sstyle=", page.content())


def _at(page: Page) -> str:
    return page.url.split("?")[0].rsplit("/", 1)[1]


def _go_on(page: Page) -> None:
    page.locator("button[name=do][value=next]").click()
    page.wait_for_load_state()


def test_five_questions_on_a_telephone_in_arabic(site: Site, open_page: Callable[..., Page], picture) -> None:
    page = open_page(who=FOCAL_POINT, language="ar", width=375, javascript=False)
    page.goto(FIRST)
    assert _at(page) == "have"
    _fits(page)
    page.locator("input[name=choice][value=neither]").check()
    _go_on(page)

    assert _at(page) == "lines"
    _fits(page)
    # What the member stated within 90 days would be here; the second line has a slip.
    for cell in page.locator("input[name^=drop-]").all():
        cell.check()
    if page.locator("input[name^=drop-]").count():
        page.locator("button[value=more]").click()
    page.locator("[name=item-1]").fill("Suction pump")
    page.locator("[name=quantity-1]").fill("١٧")
    page.locator("[name=remark-1]").fill("المستشفيات الريفية")
    page.locator("[name=item-2]").fill("Pulse oximeter")
    page.locator("[name=quantity-2]").fill("نحو 300")
    _go_on(page)
    assert _at(page) == "lines" and page.locator("[name=quantity-2][aria-invalid=true]").count() == 1
    assert page.locator("[name=remark-1]").input_value() == "المستشفيات الريفية"
    _fits(page)
    picture(page, "first-lines-ar-375")
    page.locator("[name=quantity-2]").fill("300")
    _go_on(page)

    # Left and found again, in the same place, in another browser.
    assert _at(page) == "asked"
    again = open_page(who=FOCAL_POINT, language="ar", width=375, javascript=False)
    again.goto(FIRST)
    assert _at(again) == "asked"
    _fits(again)
    again.locator("input[name=choice][value=yes]").check()
    again.locator("input[name=parties][value=WHO]").check()
    again.locator("[name=asked_on]").fill((datetime.now(UTC) - timedelta(days=40)).date().isoformat())
    _go_on(again)

    assert _at(again) == "seen"
    _fits(again)
    assert again.locator("input[name=choice][value=nobody]").is_checked()
    again.locator("input[name=choice][value=members]").check()
    _go_on(again)

    assert _at(again) == "send"
    _fits(again)
    text = again.locator("main").inner_text()
    assert "17" in text and "300" in text and "المستشفيات الريفية" in text
    again.emulate_media(media="print")
    assert not again.locator("main form button").is_visible() and again.locator("table.paper").is_visible()
    again.emulate_media(media="screen")
    again.locator("main form button").click()
    again.wait_for_load_state()
    assert again.locator("main .st.risk").count() >= 1  # waits for the approver
    assert site.told("figure", "approved", "--item", "SUCTION", "--member", "HND")["value"] in (None, "0", 0, "0.000")

    # The same questions are not asked again: the answer stands there, with "still so".
    again.goto(f"{FIRST}/seen")
    assert again.locator("input[name=choice]").count() == 0
    assert again.locator("button[value=still]").count() == 1


def test_every_page_of_the_five_is_small_enough_for_2g(open_page: Callable[..., Page]) -> None:
    chair = open_page(who=CHAIR)
    chair.goto("/en/coordination/rounds/covid-19-2021/flash")
    chair.locator("[name=note]").fill("After the flood: what is needed in the next days?")
    chair.locator("main form button").click()
    chair.wait_for_load_state()
    sizes = {}
    try:
        for language in ("ar", "en", "es", "fr"):
            page = open_page(who="Zambia, focal point", language=language, width=375, javascript=False)
            for step in STEPS:
                asked: list[Request] = []
                tab = page.context.new_page()
                tab.on("request", lambda request, asked=asked: asked.append(request))
                tab.goto(f"/{language}/desk/ZMB/covid-19-2021/first/{step}")
                assert _at(tab) == step
                answers = [request.response() for request in asked]
                sizes[language, step] = sum(gzipped(one.body()) for one in answers if one and one.ok)
                assert tab.evaluate("document.documentElement.scrollWidth") <= 375
                tab.close()
    finally:
        chair.locator("form[action$='/flash/end'] button").click()
        chair.wait_for_load_state()
    assert len(sizes) == 20 and min(sizes.values()) > 3_000
    assert {page: size for page, size in sizes.items() if size > LIMIT} == {}
