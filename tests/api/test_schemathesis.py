"""The real server, asked everything that its description allows, and much that it does not."""

import subprocess
from pathlib import Path

import pytest

from tests.api.conftest import BIN
from tests.conftest import prove_scale
from unmet.api.v1 import description

HERE = Path(__file__).parent
# Nearly all of the work is asking each operation with every border of every field; in `make test` this many share it.
SHARES = 1 if prove_scale() == 1 else 6
pytestmark = pytest.mark.journey


def operations() -> list[str]:
    """The name of every operation of the API."""
    return [asked["operationId"] for methods in description()["paths"].values() for asked in methods.values()]


def asked(live: tuple[str, str], folder: Path, phases: str, among: list[str]) -> None:
    """Ask some operations by way of some phases; fails with what was found."""
    address, secret = live
    command = [
        BIN / "schemathesis", "--config-file", HERE / "schemathesis.toml", "run", f"{address}/api/v1/openapi.json",
        "-H", f"Authorization: Bearer {secret}", "--checks", "all", "--exclude-checks", "use_after_free",
        "--phases", phases, "--max-examples", str(int(40 * prove_scale())), "--seed", "20200504",
        # One thread: two that parse at once bring CPython 3.11 off its count (SystemError in ast.parse).
        "--workers", "1", "--no-color", "--continue-on-failure", "--suppress-health-check", "all",
        # A machine that does other things meanwhile is no failure.
        "--request-timeout", "60", "--wait-for-schema", "60",
        "--include-operation-id-regex", f"^({'|'.join(among)})$",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=3000)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-4000:]
    assert f"Tested: {len(among)}" in done.stdout, done.stdout[-3000:]


def test_nothing_it_is_asked_brings_it_off_its_description(live, tmp_path):
    every = operations()
    assert len(every) >= 140
    asked(live, tmp_path, "examples,fuzzing", every)


def test_the_borders_of_every_field_bring_it_off_its_description_no_more(live, tmp_path):
    asked(live, tmp_path, "coverage", operations()[::SHARES])
