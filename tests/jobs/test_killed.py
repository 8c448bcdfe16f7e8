"""kill -9 of the worker at any moment: N jobs, N effects. Real processes on a real database, ended by their own pid."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from django.db import connection
from django.utils import timezone
from tests.conftest import engine, prove_scale
from tests.jobs.killed_worker import HANDLER

from unmet.jobs import services as jobs
from unmet.jobs.models import Job

pytestmark = pytest.mark.usefixtures("committed_db")
KILLS = int(200 * prove_scale())
WORKERS = 2


def start() -> subprocess.Popen[str]:
    """A worker of its own, on the database of this test."""
    name = str(connection.settings_dict["NAME"])
    return subprocess.Popen(
        [sys.executable, "-m", "tests.jobs.killed_worker", name], stdout=subprocess.PIPE, text=True, env=os.environ
    )


def ready(worker: subprocess.Popen[str]) -> None:
    """Wait until it takes jobs."""
    assert worker.stdout is not None and worker.stdout.readline() == "ready\n"


def kill(worker: subprocess.Popen[str]) -> None:
    """kill -9, by the pid that we started."""
    worker.kill()
    worker.wait()
    assert worker.returncode == -signal.SIGKILL
    assert worker.stdout is not None
    worker.stdout.close()


def test_any_number_of_kills_and_as_many_effects_as_jobs() -> None:
    chance, asked = random.Random(7), 0
    workers = [start() for _ in range(WORKERS)]
    try:
        for worker in workers:
            ready(worker)
        for _ in range(KILLS):
            # The next worker starts while the others are at work: its start costs no time.
            workers.append(start())
            for _ in range(20):
                jobs.ask(handler=HANDLER, key=str(asked), due_at=timezone.now(), payload={"number": asked})
                asked += 1
            time.sleep(chance.random() * 0.2)
            kill(workers.pop(0))
            ready(workers[-1])
        deadline = time.monotonic() + 120
        while Job.objects.waiting().filter(handler=HANDLER).exists() and time.monotonic() < deadline:
            time.sleep(0.2)
    finally:
        for worker in workers:
            kill(worker)
    assert not Job.objects.waiting().filter(handler=HANDLER).exists() and not Job.objects.dead().exists()
    done = Job.objects.filter(handler=HANDLER, done_at__isnull=False).count()
    effects = [key.split()[0] for key in Job.objects.filter(handler="tests.effect").values_list("key", flat=True)]
    assert done == asked == len(effects) == len(set(effects))
    # The kills hit something: without them nobody would have tried twice.
    assert Job.objects.filter(handler=HANDLER, attempts__gt=1).exists()


def test_told_to_stop_the_worker_finishes_what_it_has_in_hand() -> None:
    for number in range(30):
        jobs.ask(handler=HANDLER, key=str(number), due_at=timezone.now(), payload={"number": number})
    worker = start()
    ready(worker)
    deadline = time.monotonic() + 30
    while not Job.objects.filter(handler="tests.effect").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    worker.terminate()
    assert worker.wait(timeout=20) == 0
    assert worker.stdout is not None
    worker.stdout.close()
    done = Job.objects.filter(handler=HANDLER, done_at__isnull=False).count()
    assert 0 < done == Job.objects.filter(handler="tests.effect").count() < 30, engine()
    # Nothing is left leased: the next worker goes on at once.
    assert not Job.objects.waiting().filter(handler=HANDLER).exclude(leased_until=None).exists()
