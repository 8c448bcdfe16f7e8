"""The examples of docs/api.md are run as they stand, against the real server."""

import re
import subprocess

import pytest

from tests.api.conftest import ROOT

BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.DOTALL)
pytestmark = [pytest.mark.journey, pytest.mark.needs("curl")]


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_example_works(live, tmp_path, number):
    address, secret = live
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", BLOCKS[number]], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "UNMET": f"{address}/api/v1", "TOKEN": secret}, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_examples_of_reading_sending_and_withdrawing():
    text = "\n".join(BLOCKS)
    assert len(BLOCKS) >= 5
    wanted = ("/returns", "/files/needs", "/withdrawal", "needs.csv", "/money", "/profiles", "/extracts")
    assert all(words in text for words in wanted)
