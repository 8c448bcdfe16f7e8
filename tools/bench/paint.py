"""Benchmark (paint): first paint of four pages in Chromium on a slow line and processor, in English and Arabic."""

import gzip
import re
import subprocess
import sys
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from tests import programs

from tools.bench.load import served
from tools.bench.measure import ROOT, Floor, NotTheSame, Report, Spread, StepFailed, plain_environment
from tools.bench.scratch import Scratch

NAME = "paint"
TITLE = "first paint at 400 kbit/s, 400 ms, a processor four times slower"
# Times each page is opened, in a browser that has seen nothing.
SIZES = {"full": 5, "tenth": 3, "tiny": 1}
FOCAL = "Zambia, focal point"
PAGES = (  # name, path, who, bytes
    ("overview", "/", None, 50_000), ("member", "/members/ZMB", None, 50_000), ("needs", "/needs", None, 50_000),
    ("return entry", "/desk/ZMB/covid-19-2021", FOCAL, 15_000),
)  # fmt: skip
LANGUAGES = ("en", "ar")
LIMIT = 2.0
_LINK = re.compile(r"^ {2}(?P<who>.+)\n {4}http://localhost:\d+(?P<path>/en/enter/\S+)$", re.MULTILINE)
_PAINT = """new Promise(done => {
    const seen = performance.getEntriesByName('first-contentful-paint')[0];
    if (seen) return done(seen.startTime);
    new PerformanceObserver(list => {
        const entry = list.getEntriesByName('first-contentful-paint')[0];
        if (entry) done(entry.startTime);
    }).observe({type: 'paint', buffered: true});
})"""


def run(scratch: Scratch, size: str, **gate: str) -> Report:
    """Measure the served demonstration; `gate` names another title of the overview to look for (a test of the gate)."""
    report = Report(NAME, "chromium")
    chromium = programs.find("chromium")
    if chromium is None:
        raise StepFailed(f"left out: needs {programs.how_to_get('chromium')}")
    environment = plain_environment() | {
        "UNMET_DATA": str(scratch.folder), "DJANGO_SETTINGS_MODULE": "unmet.config.settings",
    }  # fmt: skip
    links = _links(environment)
    with served(environment, scratch.folder / "server.log") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(chromium),
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking",
                  "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost"],
        )  # fmt: skip
        cookies = _signed_in(browser, address, links)
        for name, path, who, most in PAGES if size != "tiny" else PAGES[::3]:
            for language in LANGUAGES:
                _one(
                    report,
                    browser,
                    f"{address}/{language}{path}",
                    (name, language, most),
                    cookies if who else [],
                    SIZES[size],
                    gate,
                )
        browser.close()
    return report


def _one(
    report: Report,
    browser: Browser,
    url: str,
    told: tuple[str, str, int],
    cookies: list[Any],
    times: int,
    gate: dict[str, str],
) -> None:
    name, language, most = told
    _open(browser, url, cookies, language, gate)  # the server's own caches are warm, as on any day but the first
    seen = [_open(browser, url, cookies, language, gate) for _ in range(times)]
    paint = Spread.of([seconds for seconds, _ in seen])
    size = seen[0][1]
    report.say(f"{name} {language}: {paint.said('.2f')} s; {size / 1000:.1f} kB gzip")
    report.floor(Floor(f"first paint of {name} {language}", paint.median, most=LIMIT, unit=" s"))
    report.floor(Floor(f"bytes of {name} {language}", size, most=most))
    report.figures[f"{name} {language}"] = {"paint": vars(paint), "bytes": size}


def _open(browser: Browser, url: str, cookies: list[Any], language: str, gate: dict[str, str]) -> tuple[float, int]:
    """Open a page with an empty cache on the slow line; seconds to the first contentful paint, and bytes (gzip)."""
    context = browser.new_context(viewport={"width": 375, "height": 800}, locale=language)
    try:
        context.add_cookies(cookies)
        page = context.new_page()
        asked: list[Any] = []
        page.on("response", lambda response: asked.append(response))
        _slow(page)
        answer = page.goto(url, wait_until="load", timeout=60_000)
        direction = page.locator("html").get_attribute("dir")
        heading = page.locator("h1").first.inner_text()
        if (
            answer is None
            or answer.status != 200
            or page.url != url
            or not heading
            or direction != ("rtl" if language == "ar" else "ltr")
        ):
            raise NotTheSame(f"{url} is not the page that was asked for: {page.url}, {direction}, {heading!r}")
        if gate.get("heading") and gate["heading"] != heading:
            raise NotTheSame(f"{url} is headed {heading!r}")
        seconds = float(page.evaluate(_PAINT)) / 1000
        return seconds, sum(len(gzip.compress(response.body(), 6)) for response in asked if response.ok)
    finally:
        context.close()


def _slow(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    line = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
    session.send("Network.emulateNetworkConditions", line)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})


def _links(environment: dict[str, str]) -> dict[str, str]:
    """Load the demonstration; the paths of its sign-in links by role."""
    done = subprocess.run(
        [sys.executable, "-m", "unmet.config.cli", "demo", "--no-serve"], env=environment, cwd=ROOT,
        capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise StepFailed(f"the demonstration did not load: {done.stderr[-2000:]}")
    return {found["who"]: found["path"] for found in _LINK.finditer(done.stdout)}


def _signed_in(browser: Browser, address: str, links: dict[str, str]) -> list[Any]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address + links[FOCAL])
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    cookies: list[Any] = list(context.cookies())
    context.close()
    return cookies
