"""Serve the pages with granian, and do due work beside it."""

import os
import signal
import subprocess
import sys
from pathlib import Path


def serve(*, host: str, port: int, workers: int = 2) -> int:
    """Serve until stopped; returns the exit code of the server. Due jobs are done by a process of their own."""
    jobs = subprocess.Popen([sys.executable, "-m", "unmet.config.cli", "jobs", "--every", "30"])
    server = subprocess.Popen(
        [
            str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--host", host, "--port", str(port),
            "--workers", str(workers), "--blocking-threads", "2", "--no-ws", "--log-level", "warning",
            "unmet.config.wsgi:application",
        ]
    )  # fmt: skip

    def stop(_number: int, _frame: object) -> None:
        server.send_signal(signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        return server.wait()
    finally:
        jobs.terminate()
        jobs.wait()


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
