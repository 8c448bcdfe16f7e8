"""The demonstration, really loaded and really served, and a real browser that reads it."""

import gzip
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from tests import programs

ROOT = Path(__file__).resolve().parents[2]
UNMET = Path(sys.executable).with_name("unmet")
_LINK = re.compile(r"^ {2}(?P<who>.+)\n {4}http://localhost:\d+(?P<path>/en/enter/\S+)$", re.MULTILINE)


@dataclass
class Site:
    """A served demonstration: its address, its data folder, and the one-time links that are still unused, by role."""

    address: str
    data: Path
    environment: dict[str, str]
    links: dict[str, list[str]] = field(default_factory=dict)
    sessions: dict[str, Any] = field(default_factory=dict)  # by role: cookies of somebody who has signed in

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `unmet` on the same data folder."""
        return subprocess.run(
            [str(UNMET), *arguments], env=self.environment, capture_output=True, text=True, check=False, timeout=300
        )

    def told(self, *arguments: str) -> Any:
        """What a command prints as JSON."""
        done = self.command(*arguments, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def fresh_links(self) -> None:
        """New one-time links for every role."""
        printed = self.command("demo", "--no-serve")
        assert printed.returncode == 0, printed.stderr
        for found in _LINK.finditer(printed.stdout):
            self.links.setdefault(found["who"], []).append(found["path"])

    def link(self, who: str) -> str:
        """The path of an unused sign-in link, such as "Zambia, focal point"."""
        if not self.links.get(who):
            self.fresh_links()
        return self.links[who].pop()

    def read(self, path: str) -> bytes:
        """A page or file, as the public gets it."""
        with urllib.request.urlopen(self.address + path, timeout=30) as answer:
            return bytes(answer.read())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration, loaded by the command and served by granian, for the whole run."""
    memory = Path("/dev/shm")
    data = (memory / f"unmet-journeys-{os.getpid()}") if memory.is_dir() else tmp_path_factory.mktemp("journeys")
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "UNMET_AS"}}
    environment |= {"UNMET_DATA": str(data), "DJANGO_SETTINGS_MODULE": "unmet.config.settings"}
    port = _free_port()
    served = Site(f"http://localhost:{port}", data, environment)
    served.fresh_links()
    log = (data / "server.log").open("w")
    server = subprocess.Popen([str(UNMET), "serve", "--port", str(port)], env=environment, stdout=log, stderr=log)
    try:
        _wait_until_up(served.address, server, data / "server.log")
        yield served
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()
        subprocess.run(["rm", "-rf", str(data)], check=False)


def _wait_until_up(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(address + "/en/", timeout=5).read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"the site did not come up: {log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, which speaks to this machine only."""
    found = programs.find("chromium")
    if found is None:
        programs.leave_out(programs.how_to_get("chromium"))
        pytest.skip(f"left out: needs {programs.how_to_get('chromium')}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(found),
            args=[
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
            ],
        )  # fmt: skip
        yield chromium
        chromium.close()


def press(button: Locator) -> None:
    """Click what leads to another page, and wait until that page is there: a click alone may still count in the old."""
    with button.page.expect_navigation():
        button.click()


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """`open_page(width=…, javascript=…, who=…, language=…)` opens a page; `who` signs in once for all tests."""
    opened: list[BrowserContext] = []

    def open_(
        *, width: int = 1280, javascript: bool = True, who: str | None = None, language: str = "en", dark: bool = False
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=javascript, base_url=site.address,
            locale=language, color_scheme="dark" if dark else "light",
            storage_state=site.sessions.get(who or ""),
        )  # fmt: skip
        context.set_default_timeout(30_000)
        opened.append(context)
        page = context.new_page()
        if who in site.sessions:
            page.goto(f"/{language}/desk")
        if who is not None and (who not in site.sessions or "/account/login" in page.url):  # a test may have signed out
            page.goto(site.link(who).replace("/en/", f"/{language}/", 1))
            press(page.locator("main form button").first)
            site.sessions[who] = context.storage_state()
        return page

    yield open_
    for context in opened:
        context.close()


def gzipped(body: bytes) -> int:
    """Bytes on the wire."""
    return len(gzip.compress(body, 6))


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Keep a screenshot for the guides, when `make screenshots` asks for it."""
    folder = os.environ.get("UNMET_SCREENSHOTS")

    def take(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=False)

    return take
