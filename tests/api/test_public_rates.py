"""How often one address may ask the API without a token: over all processes, and without keeping an address."""

import logging
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from tests import make
from tests.api.calls import Program, open_round, problem, token
from unmet.api import public_rates
from unmet.api.problems import Problem

STILL = datetime(2026, 7, 1, 12, 0, 13, tzinfo=UTC)
LIMIT = 5


@pytest.fixture(autouse=True)
def limited(settings: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """A small limit, counters of this test only, and a clock that stands still."""
    settings.UNMET_API_PUBLIC_RATE, settings.UNMET_DATA = LIMIT, tmp_path
    monkeypatch.setattr(public_rates, "_counts", None)
    monkeypatch.setattr(timezone, "now", lambda: STILL)


def asked(times: int, address: str = "192.0.2.1", *, at: datetime = STILL, **meta: str) -> list[bool]:
    """Whether each of so many requests from an address is let through."""
    let = []
    for _ in range(times):
        request = RequestFactory().get("/api/v1/parties", REMOTE_ADDR=address, **meta)
        try:
            public_rates.count(request, at=at)
            let.append(True)
        except Problem as often:
            let.append(often.code != "too-often")
    return let


@pytest.mark.django_db
class TestTheDoor:
    """What a client meets."""

    def test_more_than_the_limit_is_429_with_the_seconds_to_wait(self) -> None:
        open_round()
        answers = [Program().get("/parties", {"limit": 1}) for _ in range(LIMIT + 2)]
        assert [answer.status_code for answer in answers] == [200] * LIMIT + [429] * 2
        assert problem(answers[-1]) == (429, "too-often")
        assert answers[-1].headers["Retry-After"] == "47"  # the clock stands at 13 seconds

    def test_every_public_address_of_the_api_counts_whatever_it_answers(self) -> None:
        for path in ("/openapi.json", "/parties", "/nowhere", "/parties/NOBODY", "/releases"):
            assert Program().get(path).status_code != 429
        assert {Program().get(path).status_code for path in ("/openapi.json", "/nowhere", "/releases")} == {429}

    def test_a_token_has_a_limit_of_its_own_and_a_wrong_one_counts_as_none(self) -> None:
        open_round()
        program = Program(token(make.focal_point("ZMB")))
        assert {program.get("/parties", {"limit": 1}).status_code for _ in range(LIMIT * 2)} == {200}
        wrong = [problem(Program("unmet_guessed").get("/parties"))[0] for _ in range(LIMIT + 1)]
        assert wrong == [401] * LIMIT + [429]
        assert problem(Program().get("/parties")) == (429, "too-often")
        assert program.get("/parties", {"limit": 1}).status_code == 200

    def test_pages_health_and_static_files_do_not_count(self) -> None:
        make.reference()
        client = Client()
        for path in ("/healthz", "/en/", "/en/items", "/static/web/site.css"):
            for _ in range(LIMIT + 1):
                assert client.get(path).status_code != 429
        assert Program().get("/parties").status_code == 200

    def test_no_address_in_the_database_the_files_or_the_log(self, caplog: Any, tmp_path: Path) -> None:
        caplog.set_level(logging.DEBUG)
        with connection.execute_wrapper(_refuse_writing):
            for _ in range(LIMIT + 1):
                Client().get("/api/v1/nowhere", REMOTE_ADDR="203.0.113.77")
        assert "203.0.113.77" not in caplog.text
        [file] = (tmp_path / "limits").iterdir()
        content = file.read_bytes()
        # Nothing but the minute and counters: six in each of four places.
        assert sum(content[4:]) == (LIMIT + 1) * 4 and b"203.0" not in content


def _refuse_writing(execute: Any, sql: str, *rest: Any) -> Any:
    assert not sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")), sql
    return execute(sql, *rest)


# ── whom it counts as one ────────────────────────────────────────────────────
def test_each_address_has_its_own_count_and_each_minute_begins_anew() -> None:
    assert asked(LIMIT + 1) == [True] * LIMIT + [False]
    assert asked(LIMIT + 1, "192.0.2.2") == [True] * LIMIT + [False]
    assert asked(1, at=STILL + timedelta(seconds=46)) == [False]
    assert asked(LIMIT + 1, at=STILL + timedelta(seconds=47)) == [True] * LIMIT + [False]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True), ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True), ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "no address", True), ("", "192.0.2.1", False),
    ],
)  # fmt: skip
def test_networks(one: str, other: str, same: bool) -> None:
    assert asked(LIMIT, one) == [True] * LIMIT
    assert asked(1, other) == [not same]


def test_behind_proxies_the_one_whom_the_farthest_of_ours_saw_is_counted(settings: Any) -> None:
    proxy = "10.0.0.1"
    assert asked(LIMIT, proxy, HTTP_X_FORWARDED_FOR="192.0.2.7") == [True] * LIMIT
    assert asked(1, proxy, HTTP_X_FORWARDED_FOR="192.0.2.8") == [False], "without proxies of ours it says nothing"
    settings.UNMET_PROXIES = 1
    # Whatever the client itself claims stands before what the proxy has seen.
    for number in range(LIMIT):
        assert asked(1, proxy, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}, 192.0.2.7") == [True]
    assert asked(1, proxy, HTTP_X_FORWARDED_FOR="192.0.2.7") == [False]
    assert asked(1, proxy, HTTP_X_FORWARDED_FOR="192.0.2.8") == [True]
    assert asked(1, proxy) == [False], "asked without the proxy's word: the proxy itself"
    settings.UNMET_PROXIES = 2
    assert asked(1, proxy, HTTP_X_FORWARDED_FOR="192.0.2.9, 10.0.0.2") == [True]
    assert asked(1, proxy, HTTP_X_FORWARDED_FOR="1.1.1.1, 192.0.2.7, 10.0.0.2") == [False]


def test_thousands_of_others_do_not_use_up_somebodys_share(settings: Any) -> None:
    settings.UNMET_API_PUBLIC_RATE = 60
    for number in range(3000):
        assert asked(1, f"10.1.{number // 250}.{number % 250}") == [True]
    assert asked(61) == [True] * 60 + [False]


# ── several at once ──────────────────────────────────────────────────────────
def test_threads_count_together(settings: Any) -> None:
    settings.UNMET_API_PUBLIC_RATE = 100
    with ThreadPoolExecutor(5) as threads:
        let = [one for many in threads.map(lambda _number: asked(30), range(5)) for one in many]
    assert (len(let), sum(let)) == (150, 100)


CHILD = """
import sys, django, datetime
django.setup()
from django.conf import settings
settings.UNMET_API_PUBLIC_RATE = 300
from django.test import RequestFactory
from unmet.api import public_rates
from unmet.api.problems import Problem
print("ready", flush=True)
sys.stdin.readline()
let, at = 0, datetime.datetime.fromisoformat(sys.argv[1])
for _ in range(200):
    try:
        public_rates.count(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1"), at=at)
        let += 1
    except Problem:
        pass
print(let)
"""


def test_processes_count_together(tmp_path: Path) -> None:
    environment = {**os.environ, "UNMET_DATA": str(tmp_path), "UNMET_SECRET_KEY": "x" * 50}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, STILL.isoformat()], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in range(3)
    ]  # fmt: skip
    for child in children:
        assert child.stdout and child.stdout.readline() == "ready\n"
    told = [int(child.communicate("\n")[0]) for child in children]
    # Never more than the limit; two that ask at the same moment at its end may both be told to wait.
    assert 297 <= sum(told) <= 300, told
    assert len(list((tmp_path / "limits").iterdir())) == 3
    public_rates.begin_anew(tmp_path)
    assert not list((tmp_path / "limits").iterdir())
