"""The real server, asked everything that its description allows, and much that it does not."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import prove_scale

BIN = Path(sys.executable).parent
HERE = Path(__file__).parent
pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def live() -> Iterator[tuple[str, str]]:
    """Address of a served database of its own, and the secret of a token."""
    memory = Path("/dev/shm")
    data = (memory if memory.is_dir() else Path("/tmp")) / f"unmet-api-{os.getpid()}"
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "UNMET_AS"}}
    environment |= {
        "UNMET_DATA": str(data), "DJANGO_SETTINGS_MODULE": "unmet.config.settings", "UNMET_API_RATE": "1000000",
    }  # fmt: skip
    try:
        world = [sys.executable, "-m", "tests.api.live_world"]
        made = subprocess.run(world, env=environment, capture_output=True, text=True, check=False, cwd=HERE.parents[1])
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
    for _try in range(150):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"{address}/api/v1/openapi.json", timeout=5).read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(log.read_text())


def test_nothing_it_is_asked_brings_it_off_its_description(live, tmp_path):
    address, secret = live
    examples = max(int(40 * prove_scale()), 4)
    command = [
        BIN / "schemathesis", "--config-file", HERE / "schemathesis.toml", "run", f"{address}/api/v1/openapi.json",
        "-H", f"Authorization: Bearer {secret}", "--checks", "all", "--exclude-checks", "use_after_free",
        "--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--seed", "20200504",
        "--workers", "2", "--no-color", "--continue-on-failure", "--suppress-health-check", "all",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=3000)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-4000:]
    assert "0 failures" in done.stdout or "No issues found" in done.stdout, done.stdout[-3000:]
