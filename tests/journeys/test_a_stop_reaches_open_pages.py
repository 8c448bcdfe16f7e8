"""*Stop sending* reaches pages that a responder has open, on a phone, and types into; pressed all the same, it asks."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request

from tests.journeys.conftest import press

LANGUAGES = ("en", "ar")
RESPONDER, MEMBER = "World Health Organization, responder", "Zambia, focal point"
WHY, EVERY = "The store is full", 20_000  # milliseconds between two questions of an open page


def need_of(page: Page, language: str) -> str:
    """The need of Zambia for oxygen concentrators, for which the responder has something to pack."""
    page.goto(f"/{language}/respond/lines?item=O2-CONC&member=ZMB")
    return str(page.locator("main tbody a[href*='/respond/lines/']").first.get_attribute("href")).rsplit("/", 1)[1]


def looked_at_again(page: Page) -> None:
    """The network was gone for a moment, so that every open page of this browser asks at once."""
    page.context.set_offline(True)
    page.context.set_offline(False)


def signs_loaded(page: Page) -> int:
    """How many signs of those that the page was loaded with can be seen."""
    return page.locator("main [data-sign]:not([data-signs-now] *)").filter(visible=True).count()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_typed_stays_what_is_pressed_is_asked(language, open_page, picture):
    who = open_page(who=RESPONDER, language=language, width=375)
    need = need_of(who, language)
    who.goto(f"/{language}/desk/consignments/new?giver=WHO&member=ZMB")
    who.locator("main tbody tr", has_text="DEMO-001").first.locator("input[name^=quantity-]").fill("1")
    press(who.locator("button[value=save]").last)
    who.clock.install()
    who.reload()
    who.fill("#dispatch-waybill", "157-1102 0042")
    offer = who.context.new_page()
    offer.goto(f"/{language}/desk/offers/new?need={need}")
    offer.fill("textarea[name=conditions]", "By air only")

    member = open_page(who=MEMBER, language=language, width=375)
    member.goto(f"/{language}/desk/needs/{need}/standing")
    for details in member.locator("details:not([open]):has(#stop-reason)").all():
        details.locator("summary").click()
    member.fill("#stop-reason", WHY)
    press(member.locator("form[action$='/stop'] button"))

    # Twenty seconds later it stands at the head of the open page and beside the button, in the reader's language.
    who.clock.fast_forward(EVERY)
    said = who.locator("[data-signs-now]")
    said.filter(has_text=WHY).first.wait_for()
    assert said.count() == 2 and said.nth(0).get_attribute("role") == "alert"
    assert WHY in who.locator("form[action$='/dispatch'] [data-signs-now]").inner_text()
    assert said.nth(0).evaluate("one => getComputedStyle(one).direction") == ("rtl" if language == "ar" else "ltr")
    assert who.input_value("#dispatch-waybill") == "157-1102 0042"
    assert who.evaluate("document.documentElement.scrollWidth") == 375
    assert Axe().run(who, options={"resultTypes": ["violations"]}).response["violations"] == []
    picture(who, f"open-page-{language}")

    # An open form learns it as soon as it is looked at again, and loses nothing.
    looked_at_again(offer)
    offer.locator("[data-signs-now][role=alert]").filter(has_text=WHY).wait_for()
    assert offer.input_value("textarea[name=conditions]") == "By air only"

    # Pressed all the same: the page asks, with what was typed, and shows the sign itself.
    press(who.locator("form[action$='/dispatch'] button"))
    assert who.locator(".sum[role=alert] a[href='#dispatch-knowing']").count() == 1
    assert who.input_value("#dispatch-waybill") == "157-1102 0042" and signs_loaded(who) == 1

    # Lifted: the sign goes from the open page, and from the form that never had it.
    member.goto(f"/{language}/desk/needs/{need}/standing")
    press(member.locator("form[action$='/lift'] button"))
    looked_at_again(who)
    said.locator(".note").first.wait_for()
    assert signs_loaded(who) == 0 and WHY not in who.locator("main").inner_text()
    offer.locator("[data-signs-now][role=alert]").filter(has_not_text=WHY).wait_for()
    assert WHY not in offer.locator("main").inner_text() and offer.locator("[data-signs-now] .note").count() == 2
    press(who.locator("form[action$='/discard'] button"))


def test_it_asks_less_often_without_a_network_and_not_at_all_signed_out(open_page):
    who = open_page(who=RESPONDER)
    need = need_of(who, "en")
    asked: list[Request] = []
    who.on("request", lambda request: asked.append(request) if "/desk/signs/" in request.url else None)
    who.clock.install()
    who.goto(f"/en/respond/lines/{need}")
    who.context.set_offline(True)
    for number, seconds in enumerate((20, 40, 80)):  # ever less often
        who.clock.fast_forward(seconds * 1000 - 1000)
        assert who.evaluate("navigator.onLine") is False and len(asked) == number
        with who.expect_event("requestfailed"):
            who.clock.fast_forward(1000)
    with who.expect_response("**/desk/signs/**") as back:
        who.context.set_offline(False)
    assert back.value.status == 304

    who.context.clear_cookies()
    with who.expect_response("**/desk/signs/**") as gone:
        who.clock.fast_forward(EVERY)
    assert gone.value.status == 302
    before = len(asked)
    who.clock.fast_forward(100 * EVERY)
    who.evaluate("dispatchEvent(new Event('online'))")
    assert len(asked) == before and who.url.endswith(need)
