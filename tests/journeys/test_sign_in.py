"""Signing in by a key, and a form that met an expired sign-in, in a real browser under our own content policy."""

import re
from collections.abc import Callable

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as WaitedInVain

from tests.journeys.conftest import Site

WHO = "Zambia, approver"


def test_a_passkey_is_added_and_opens_the_desk(open_page: Callable[..., Page]) -> None:
    page = open_page(who=WHO)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    key = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    page.goto("/en/account/second/keys/add")
    assert page.locator("[data-without-passkey]").is_hidden()
    assert page.locator("#passkey-error").is_hidden()
    page.check("[name=passwordless]")
    page.click("#passkey")
    try:
        page.wait_for_url("**/account/second/codes")
    except WaitedInVain as late:
        raise AssertionError(f"{page.url} says: {page.locator('main').inner_text()}; the console: {said}") from late
    page.goto("/en/account/logout")
    page.locator("main form button").first.click()
    page.wait_for_url("**/en/")

    page.goto("/en/account/login")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.click("#passkey")
    page.locator("#passkey-error").wait_for(state="visible")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
    assert said == [], "the failed try is said in the page, and the content policy has nothing to complain about"
    page.click("#passkey")
    page.wait_for_url("**/en/desk")

    # The next test signs in without a key again.
    page.goto("/en/account/second/keys")
    page.get_by_role("link", name="Take off").click()
    page.get_by_role("button", name="Take the key off").click()
    page.wait_for_load_state()


def test_without_javascript_nothing_typed_is_lost(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page(who=WHO, javascript=False, width=375)
    page.goto("/en/desk/people")
    page.get_by_text("Appoint somebody").click()
    page.fill("[name=email]", "new.focal.point@health.example")
    page.fill("[name=office]", "Ministry of Health, second floor")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Appoint, and send the letter").click()
    page.wait_for_url("**/account/login")

    page.goto(site.link(WHO))
    page.locator("main form button").first.click()
    page.wait_for_url(re.compile("/en/account/kept$"))
    assert page.locator("td", has_text="Ministry of Health, second floor").is_visible()
    page.get_by_role("button", name="Send what you had typed").click()
    page.wait_for_url("**/en/desk/people")
    assert page.get_by_text("new.focal.point@health.example").first.is_visible()
    letters = [letter.read_text() for letter in (site.data / "mail").iterdir()]
    assert any(
        "To: new.focal.point@health.example" in letter and "/password/reset/key/" in letter for letter in letters
    )
