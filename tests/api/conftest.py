"""A real server with a small database of its own, for the tests that ask it over the network."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture(scope="session")
def live() -> Iterator[tuple[str, str]]:
    """Address of a served database, and the secret of a token of an approver of Zambia."""
    memory = Path("/dev/shm")
    data = Path(tempfile.mkdtemp(prefix="unmet-api-", dir=memory if memory.is_dir() else None))
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "UNMET_AS"}}
    environment |= {
        "UNMET_DATA": str(data), "DJANGO_SETTINGS_MODULE": "unmet.config.settings", "UNMET_API_RATE": "1000000",
        "UNMET_API_PUBLIC_RATE": "1000000",
    }  # fmt: skip
    try:
        world = [sys.executable, "-m", "tests.api.live_world"]
        made = subprocess.run(world, env=environment, capture_output=True, text=True, check=False, cwd=ROOT)
        assert made.returncode == 0, made.stderr
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with (data / "server.log").open("w") as log:
            server = subprocess.Popen([BIN / "unmet", "serve", "--port", str(port)], env=environment, stderr=log)
            try:
                _wait(f"http://127.0.0.1:{port}", server, data / "server.log")
                yield f"http://127.0.0.1:{port}", made.stdout.strip().splitlines()[-1]
            finally:
                server.terminate()
                server.wait(timeout=20)
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _try in range(600):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"{address}/api/v1/openapi.json", timeout=5).read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(log.read_text())
