"""Files of any size: written to the disk first, sent with their length, and the serving process hardly grows."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from tests import make
from tests.conftest import prove_scale

from unmet.catalogue.models import Item

pytestmark = [
    pytest.mark.usefixtures("committed_db"),
    pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is measured through /proc"),
]
ROWS = int(100_000 * prove_scale())
MOST_GROWN = 50_000_000
ITEMS = 20


def test_a_file_of_many_rows_costs_the_server_no_memory() -> None:
    make.reference()
    items = list(Item.objects.filter(sector__code="IPC", retired_on=None).exclude(kind="finance")[:ITEMS])
    lines = [
        make.line(item.code, place_id=None, place_name=f"District {number}", quantity=number + 1)
        for item in items
        for number in range(ROWS // len(items))
    ]
    make.approved(lines, of="ZMB", round_=make.round_(freshness_days=30_000))
    make.released("ZMB", level="detail")
    child = subprocess.run(
        [sys.executable, "-m", "tests.web.export_child", str(connection.settings_dict["NAME"]), "xlsx", "csv", "json"],
        capture_output=True, text=True, check=False, timeout=1200, env=os.environ,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr[-3000:]
    told = json.loads(child.stdout.splitlines()[-1])
    for form, one in told.items():
        assert one["sent"] == one["length"], form
        assert one["rows"] >= len(lines), form
        assert one["grew"] <= MOST_GROWN, f"{form}: {one}"
    print(told)
