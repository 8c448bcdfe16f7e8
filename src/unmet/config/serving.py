"""Serve the pages with granian, and do due work beside it."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

# A worker that is asked to stop finishes what it has in hand; a job that is cut off is taken again.
SECONDS_TO_STOP = 20.0


def serve(*, host: str, port: int, workers: int = 2) -> int:
    """Serve until stopped; returns the exit code of the server. Due jobs are done by a process of their own."""
    # Only here: the settings are read after `environment` has settled them.
    from django.conf import settings

    from unmet.api import public_rates
    from unmet.config import metrics

    metrics.begin_anew(Path(settings.UNMET_DATA))
    public_rates.begin_anew(Path(settings.UNMET_DATA))
    worker = Worker()
    server = subprocess.Popen(
        [
            str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--host", host, "--port", str(port),
            "--workers", str(workers), "--blocking-threads", "2", "--no-ws", "--log-level", "warning",
            # Its own lines hold addresses of people; ours are written by `config.logs`.
            "--no-access-log", "--log-config", str(_log_config()), "unmet.config.wsgi:application",
        ]
    )  # fmt: skip

    def stop(_number: int, _frame: object) -> None:
        server.send_signal(signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        return server.wait()
    finally:
        worker.stop()


def _log_config() -> Path:
    """The file from which granian takes the form of its own few lines: that of all others."""
    from django.conf import settings

    path = Path(settings.UNMET_DATA) / "granian-log.json"
    form = {"()": "unmet.config.logs.Lines", "form": settings.UNMET_LOG_FORMAT}
    handler = {"class": "logging.StreamHandler", "formatter": "lines"}
    told = {
        "formatters": {"lines": form},
        "handlers": {"stderr": handler},
        "loggers": {"_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
    }
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


class Worker:
    """`unmet work` beside the server, started again should it end by itself."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._process = self._start()
        self._watch = threading.Thread(target=self._keep_up, daemon=True)
        self._watch.start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "unmet.config.cli", "work", "--parent", str(os.getpid())])

    def _keep_up(self) -> None:
        while not self._stopping.is_set():
            self._process.wait()
            if not self._stopping.wait(1):
                self._process = self._start()

    def stop(self) -> None:
        """Let it finish what it has in hand; cut it off when that takes too long."""
        self._stopping.set()
        self._watch.join(timeout=0.01)
        self._process.terminate()
        try:
            self._process.wait(timeout=SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def port_is_free(host: str, port: int) -> bool:
    """Whether a server can listen there."""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def environment(data: str | None) -> None:
    """Settle the data folder before the settings are read."""
    if data:
        os.environ["UNMET_DATA"] = str(Path(data).resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unmet.config.settings")
