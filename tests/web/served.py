"""`unmet serve`, really started on the database of a test, and a browser reduced to posting forms."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.test import Client

_TOKEN = "t" * 32
SECONDS = 60


@dataclass(frozen=True)
class Served:
    """A served site."""

    port: int

    def post(self, path: str, fields: Mapping[str, str], *, cookie: str, leave: bool = False) -> int:
        """Send a form; the status, or 0 when the sender leaves (`leave`) before there is an answer."""
        body = urlencode({**fields, "csrfmiddlewaretoken": _TOKEN})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={_TOKEN}; {cookie}",
            "Connection": "close",
        }  # fmt: skip
        browser = http.client.HTTPConnection("localhost", self.port, timeout=SECONDS)
        try:
            browser.request("POST", path, body, headers)
            if leave:
                return 0
            with browser.getresponse() as answer:
                answer.read()
                return answer.status
        finally:
            browser.close()


def cookie_of(browser: Client) -> str:
    """The sign-in of a test's browser, for a real one."""
    return f"sessionid={browser.cookies['sessionid'].value}"


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Serve the database of this test with the real command, until the block ends."""
    environment = {**os.environ, "UNMET_DATA": str(folder), "UNMET_SECRET_KEY": settings.SECRET_KEY}
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        (folder / "unmet.sqlite3").symlink_to(name)
    else:
        environment["DATABASE_URL"] = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "unmet.config.cli", "serve", "--port", str(port)],
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            _wait(port, server, folder / "server.log")
            yield Served(port)
        finally:
            server.terminate()
            server.wait(timeout=40)


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        page = http.client.HTTPConnection("localhost", port, timeout=20)
        try:
            page.request("GET", "/en/account/login")
            answer = page.getresponse()
            answer.read()
            if answer.status == 200:
                return
        except OSError:
            pass
        finally:
            page.close()
        time.sleep(0.2)
    raise AssertionError(log.read_text())
