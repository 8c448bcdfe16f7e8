"""`/metrics`: off until it is set up, exact over several processes, and without a word about members and people."""

import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import make
from unmet.access.actors import Actor, acting
from unmet.config import backup, metrics
from unmet.jobs.models import Job

pytestmark = pytest.mark.django_db
TOKEN = "a-long-secret"
SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="[A-Za-z0-9_+.:-]+"(,[a-z]+="[A-Za-z0-9_+.]+")?\})? -?[0-9.]+')


@pytest.fixture
def on(settings, tmp_path, monkeypatch) -> None:
    settings.UNMET_DATA, settings.UNMET_METRICS_TOKEN = tmp_path, TOKEN
    monkeypatch.setattr(metrics, "_counts", None)


def ask(client: Any, token: str = TOKEN, **more: Any) -> Any:
    return client.get("/metrics", headers={"authorization": f"Bearer {token}"}, **more)


def samples(client: Any) -> dict[str, float]:
    """Every sample of the page by its name and labels."""
    lines = [line for line in ask(client).content.decode().splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_off_is_the_same_as_not_there(client):
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"])
def test_a_wrong_token_is_the_same_as_not_there(client, on, given):
    assert client.get("/metrics", headers={"authorization": given}).status_code == 404
    assert ask(client).status_code == 200


@pytest.mark.parametrize(
    ("nets", "address", "status"),
    [
        (["127.0.0.1"], "127.0.0.1", 200), (["10.0.0.0/8", "::1"], "10.2.3.4", 200), (["::1/128"], "::1", 200),
        (["10.0.0.0/8"], "11.0.0.1", 404), (["10.0.0.0/8"], "", 404),
    ],
)  # fmt: skip
def test_by_address(client, settings, on, nets, address, status):
    settings.UNMET_METRICS_TOKEN, settings.UNMET_METRICS_FROM = "", nets
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == status
    assert client.get("/metrics", REMOTE_ADDR=address, headers={"x-forwarded-for": address}).status_code == 404
    settings.UNMET_METRICS_TOKEN = TOKEN
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == 404
    assert ask(client, REMOTE_ADDR=address).status_code == status


def test_every_line_is_of_the_format_and_none_is_about_somebody(client, on):
    make.approved([make.line()], of="ZMB", round_=make.round_())
    client.force_login(make.person("focal_point", "ZMB", email="focal@zmb.example"))
    client.get("/en/members/ZMB?q=typed")
    client.get("/nowhere/at/all")
    answer = ask(client)
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4") and answer["Cache-Control"] == "no-store"
    text = answer.content.decode()
    assert text.endswith("\n")
    for line in text.splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or SAMPLE.fullmatch(line), line
    for private in ("ZMB", "zmb", "focal", "typed", "nowhere", "1000000"):
        assert private not in text
    names = re.findall(r"# TYPE (\S+)", text)
    assert len(names) == len(set(names)) >= 8


def test_requests_are_counted_by_route_and_status_with_their_time(client, on):
    for _ in range(3):
        client.get("/en/figures")
    client.get("/nowhere")
    found = samples(client)
    assert found['unmet_requests_total{route="figures",status="200"}'] == 3
    assert found['unmet_requests_total{route="none",status="404"}'] == 1
    assert found['unmet_request_seconds_count{route="figures"}'] == 3
    buckets = [found[f'unmet_request_seconds_bucket{{route="figures",le="{bound}"}}'] for bound in metrics.BOUNDS]
    assert buckets == sorted(buckets) and found['unmet_request_seconds_bucket{route="figures",le="+Inf"}'] == 3
    assert found['unmet_request_seconds_sum{route="figures"}'] > 0


def test_jobs_backup_and_books(client, on, settings):
    now = timezone.now()
    later, done, dead = {"due_at": now + timedelta(days=3)}, {"done_at": now}, {"dead_at": now}
    for number, told in enumerate(({}, later, done, dead)):
        Job.objects.create(handler="test", key=str(number), **({"due_at": now} | told))
    assert "unmet_last_backup_age_seconds" not in samples(client)
    made = backup.Made(settings.UNMET_DATA / "x.zip", 1, "0" * 64, 7, 0, [])
    with acting(Actor.of(None, at=now, via="console")):
        backup._remember(made, now - timedelta(hours=2))
    found = samples(client)
    assert (found["unmet_jobs_waiting"], found["unmet_jobs_due"], found["unmet_jobs_failed"]) == (2, 1, 1)
    assert 7200 <= found["unmet_last_backup_age_seconds"] < 7300
    assert found["unmet_books_sequence"] == 0 and found["unmet_database_up"] == 1
    make.approved([make.line()], of="ZMB", round_=make.round_())
    assert samples(client)["unmet_books_sequence"] > 0


COUNT = """
import sys, pathlib
from unmet.config.metrics import Counts
counts = Counts(pathlib.Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    counts.add("requests overview 200")
    counts.add("seconds overview", 0.5)
"""


@pytest.mark.pure
def test_several_processes_add_up_and_a_new_run_begins_at_nothing(tmp_path):
    folder = tmp_path / metrics.FOLDER
    running = [
        subprocess.Popen([sys.executable, "-c", _with_settings(COUNT), str(folder), "500"]) for _ in range(3)
    ]  # fmt: skip
    assert [process.wait() for process in running] == [0, 0, 0]
    total = metrics.added_up(folder)
    assert total["requests overview 200"] == 1500 and total["seconds overview"] == 750
    metrics.begin_anew(tmp_path)
    assert not metrics.added_up(folder)


def _with_settings(code: str) -> str:
    return f"import django; django.setup(){code}"


@pytest.mark.pure
def test_counts_survive_a_process_of_the_same_number_and_too_many_names(tmp_path, monkeypatch):
    monkeypatch.setattr(metrics, "_SLOTS", 8)
    for _ in range(2):
        counts = metrics.Counts(tmp_path)
        for number in range(20):
            counts.add(f"requests route{number} 200")
    total = metrics.added_up(tmp_path)
    assert sum(total.values()) == 40 and total["requests route0 200"] == 2 and total["other"] > 0
