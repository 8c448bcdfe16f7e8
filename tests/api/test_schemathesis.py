"""The real server, asked everything that its description allows, and much that it does not."""

import subprocess
from pathlib import Path

import pytest

from tests.api.conftest import BIN
from tests.conftest import prove_scale
from unmet.api.v1 import description

HERE = Path(__file__).parent
pytestmark = pytest.mark.journey


def test_nothing_it_is_asked_brings_it_off_its_description(live, tmp_path):
    address, secret = live
    command = [
        BIN / "schemathesis", "--config-file", HERE / "schemathesis.toml", "run", f"{address}/api/v1/openapi.json",
        "-H", f"Authorization: Bearer {secret}", "--checks", "all", "--exclude-checks", "use_after_free",
        "--phases", "examples,coverage,fuzzing", "--max-examples", str(int(40 * prove_scale())), "--seed", "20200504",
        # One thread: two that parse at once bring CPython 3.11 off its count (SystemError in ast.parse).
        "--workers", "1", "--no-color", "--continue-on-failure", "--suppress-health-check", "all",
        # A machine that does other things meanwhile is no failure.
        "--request-timeout", "60", "--wait-for-schema", "60",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=3000)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-4000:]
    operations = sum(len(methods) for methods in description()["paths"].values())
    assert operations >= 99 and f"Tested: {operations}" in done.stdout, done.stdout[-3000:]
