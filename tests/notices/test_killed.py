"""kill -9 between the moment in which the mail server takes a letter and the one in which that is noted."""

import os
import signal
import subprocess
import sys
import threading
import time
from email.message import EmailMessage

import pytest
from django.db import connection
from django.utils import timezone

from tests import make
from tests.conftest import prove_scale
from tests.notices.letters_world import tell
from tests.notices.smtp_server import MailServer
from unmet.notices.models import Delivery

pytestmark = pytest.mark.usefixtures("committed_db")
LETTERS = max(int(10 * prove_scale()), 2)
KILLS_OF_EACH = 2


def start(port: int) -> subprocess.Popen[str]:
    """A worker of its own, on the database of this test."""
    name = str(connection.settings_dict["NAME"])
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.notices.killed_worker", name, str(port)],
        stdout=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
    return worker


def kill(worker: subprocess.Popen[str]) -> None:
    """kill -9, by the pid that we started."""
    worker.kill()
    worker.wait()
    assert worker.returncode == -signal.SIGKILL
    assert worker.stdout is not None
    worker.stdout.close()


def until(done: "threading.Event | None" = None, seconds: float = 60) -> None:
    """Wait until an event, or until no letter waits."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if done.is_set() if done else not Delivery.objects.filter(state=Delivery.State.WAITING).exists():
            return
        time.sleep(0.02)
    raise AssertionError("nothing happened in time")


def test_it_is_sent_again_with_the_same_message_id(mail_server: MailServer) -> None:
    make.round_()
    for _ in range(LETTERS):
        tell(make.approver("ZMB"), at=timezone.now())
    names = {f"<{name}>" for name in Delivery.objects.values_list("message_id", flat=True)}
    taken, killed = threading.Event(), threading.Event()
    left = dict.fromkeys(names, KILLS_OF_EACH)

    def hold(letter: EmailMessage) -> None:
        """The letter is taken; its worker never hears of it."""
        name = str(letter["Message-ID"]).strip()
        if left[name]:
            left[name] -= 1
            killed.clear()
            taken.set()
            assert killed.wait(30)

    mail_server.before_answering = hold
    worker = start(mail_server.port)
    try:
        for _ in range(LETTERS * KILLS_OF_EACH):
            until(taken)
            taken.clear()
            assert Delivery.objects.filter(state=Delivery.State.SENT).count() < LETTERS
            kill(worker)
            killed.set()
            worker = start(mail_server.port)
        until()
    finally:
        killed.set()
        kill(worker)
    seen = [str(letter["Message-ID"]).strip() for letter in mail_server.taken]
    # Never lost; each kill cost one letter more, which mail programs know by its Message-ID.
    assert set(seen) == names and len(seen) == LETTERS * (KILLS_OF_EACH + 1)
    assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.SENT}
