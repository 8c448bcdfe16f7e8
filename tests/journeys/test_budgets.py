"""What every page must be: small, readable by everybody, as wide as a phone, alive without script, of one origin."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request

from tests.conftest import prove_scale
from tests.journeys.conftest import Site, gzipped

PUBLIC = (
    "/", "/needs", "/members", "/members/ZMB", "/members/KNA", "/members/WHO", "/items", "/items/RESP-N95",
    "/items/VAC-C19-VV", "/sectors", "/sectors/IPC", "/emergencies/covid-19", "/figures", "/figures/needs_open",
    "/asked", "/money", "/figures/coverage_by_value", "/figures/not_covered?item=RESP-N95&member=ZMB", "/about",
    "/account/login", "/search?q=mask", "/given",
)  # fmt: skip
# The first screen: five questions, a page each.
FIRST = tuple(f"/desk/ZMB/covid-19-2021/first/{step}" for step in ("have", "lines", "asked", "seen", "send"))
FOCAL = (
    *FIRST,
    "/desk", "/desk/returns", "/desk/ZMB/covid-19-2021", "/desk/ZMB/covid-19-2021/lines",
    "/desk/ZMB/covid-19-2021/import", "/desk/support",
    "/desk/releases", "/desk/search?q=mask", "/desk/ZMB/own-words", "/desk/requests", "/desk/ZMB/requests",
    "/desk/ZMB/needs", "/desk/ZMB/letters", "/desk/prints", "/account/settings", "/account/tokens", "/respond/lines",
    "/desk/inbox", "/desk/inbox/choices", "/desk/support/money", "/desk/support/money/new",
    "/desk/consignments", "/desk/receipts", "/desk/offers", "/desk/offers/new", "/respond",
    "/desk/progress", "/desk/progress/requests", "/desk/given",
)  # fmt: skip
ENTRY_PAGES = {"/desk/ZMB/covid-19-2021/lines", *FIRST}
COORDINATION = (
    "/coordination/rounds",
    "/coordination/rounds/new",
    "/desk/letters",
    "/desk/letters/new",
    "/coordination/rounds/covid-19-2021/flash",
    "/coordination/appointments",
    "/coordination/catalogue",
    "/coordination/catalogue/items/MASK-IIR",
    "/coordination/catalogue/items/MASK-IIR/edit",
    "/coordination/catalogue/items/KIT-NCD-2022/contents",
    "/coordination/catalogue/items/MASK-IIR/retire",
    "/coordination/catalogue/new",
    "/coordination/catalogue/import",
    "/coordination/catalogue/units",
    "/coordination/catalogue/rates",
    "/coordination/own-words",
    "/desk/progress",
)
FOCAL_POINT, APPROVER, CHAIR = (
    "Zambia, focal point",
    "Zambia, approver",
    "Coordination of the Movement (the chair’s team), coordination",
)
LANGUAGES = ("en", "ar")


def _check(page: Page, path: str, language: str, site: Site) -> list[str]:
    """Every budget of one page; returns what it breaks."""
    broken: list[str] = []
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    answer = page.goto(f"/{language}{path}")
    assert answer is not None
    if answer.status != 200:
        return [f"answered {answer.status}"]
    html = page.locator("html")
    if html.get_attribute("dir") != ("rtl" if language == "ar" else "ltr") or html.get_attribute("lang") != language:
        broken.append("lang and dir are not those of the language")
    others = {request.url for request in asked if urlsplit(request.url).netloc != urlsplit(site.address).netloc}
    others = {url for url in others if not url.startswith("data:")}
    if others:
        broken.append(f"asks other origins: {sorted(others)}")
    size = sum(gzipped(response.body()) for request in asked if (response := request.response()) and response.ok)
    limit = 15_000 if path in ENTRY_PAGES else 50_000
    if size > limit:
        broken.append(f"{size} bytes, more than {limit}")
    # Of what is in order it needs no list of all its elements: that is most of the work on a long page.
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
    broken += [
        f"axe {violation['id']}: {violation['help']} ({violation['nodes'][0]['html'][:150]})"
        for violation in found.response["violations"]
    ]
    page.set_viewport_size({"width": 375, "height": 800})
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > 375:
        broken.append(f"{wide} px wide on a phone of 375 px")
    if re.search(r"<[^>]+\sstyle=", page.content()):
        broken.append("an inline style, which the content security policy forbids")
    return broken


def _all(open_page: Callable[..., Page], site: Site, paths: tuple[str, ...], who: str | None) -> dict[str, list[str]]:
    """Every page in both languages in `make prove`; otherwise each in one of them, by turns."""
    broken = {}
    step = 1 if prove_scale() == 1 else len(LANGUAGES)
    for first, language in enumerate(LANGUAGES):
        page = open_page(who=who, language=language)
        for path in paths[first % step :: step]:
            tab = page.context.new_page()
            if found := _check(tab, path, language, site):
                broken[f"/{language}{path}"] = found
            tab.close()
    return broken


@pytest.mark.parametrize(
    ("who", "paths"),
    [
        (None, PUBLIC),
        (FOCAL_POINT, FOCAL),
        (APPROVER, ("/desk", "/desk/releases", "/desk/people")),
        (CHAIR, COORDINATION),
    ],
    ids=["public", "focal point", "approver", "coordination"],
)
def test_every_page_keeps_its_budgets(open_page, site, who, paths):
    assert _all(open_page, site, paths, who) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_main_pages_say_the_same_without_script(open_page, site, language):
    with_script, without = open_page(language=language), open_page(language=language, javascript=False)
    for path in ("/", "/needs", "/members/ZMB", "/figures/needs_open"):
        with_script.goto(f"/{language}{path}")
        without.goto(f"/{language}{path}")
        assert with_script.locator("main").inner_text() == without.locator("main").inner_text(), path
