"""Files that mean harm, or are broken: each gets a sentence or a table, within seconds and without our memory."""

import gc
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from django.utils import translation

from tests.exchange import make_files, make_hostile
from unmet.exchange import _limits, table
from unmet.exchange._refusals import SENTENCES

HOSTILE = list(make_hostile.hostile())


def read_or_refusal(path: Path, filename: str) -> table.Table | table.FileRefused:
    """What the file is answered with; any other exception is the failure of the test."""
    try:
        return table.read(path, filename=filename)
    except table.FileRefused as refusal:
        return refusal


@pytest.mark.pure
def test_there_are_many_hostile_files() -> None:
    assert len({case.name for case in HOSTILE}) == len(HOSTILE) >= 60


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_file_gets_a_sentence_or_a_table(case: make_hostile.Hostile, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(case.make())
    started = time.monotonic()
    answer = read_or_refusal(path, case.filename)
    if isinstance(answer, table.FileRefused):
        assert answer.code in case.codes
        assert "%(" not in answer.sentence
        assert len(answer.sentence) > 40
    else:
        assert not case.codes, f"read as {answer}"
        assert sum(1 for _ in answer.rows()) > 0
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_refusal_has_a_sentence_in_which_everything_is_filled(code: str) -> None:
    refusal = table.FileRefused(code, filename="a.xlsx", sheet="S", cell="C7", row=3, line=2, encoding="cp1256")
    with translation.override("en"):
        assert "%" not in refusal.sentence
    assert str(refusal) == refusal.sentence


def test_a_name_in_a_sentence_cannot_turn_the_sentence_around(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"")
    with pytest.raises(table.FileRefused) as refused:
        table.read(path, filename="\u202egpj.exe\n\x1b[31m" + "x" * 500)
    assert "gpj.exe" in refused.value.sentence
    assert not {"\u202e", "\n", "\x1b"} & set(refused.value.sentence)
    assert "x" * 101 not in refused.value.sentence


def test_a_name_of_percent_signs_is_only_a_name(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"")
    with pytest.raises(table.FileRefused) as refused:
        table.read(path, filename="%(rows)s %s.csv")
    assert "%(rows)s %s.csv" in refused.value.sentence


def test_a_child_that_is_killed_means_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "upload"
    path.write_bytes(make_files.big_xlsx(2000, 10))
    monkeypatch.setattr(_limits, "CHILD_WALL_SECONDS", 0.01)
    with pytest.raises(table.FileRefused) as refused:
        table.read(path, filename="a.xlsx")
    assert refused.value.code == "too-large"


def test_the_child_has_limits_no_input_and_nothing_of_our_environment(tmp_path: Path) -> None:
    code = textwrap.dedent("""
        import resource, sys
        from unmet.exchange import _child
        _child.limit()
        print([resource.getrlimit(w)[0] for w in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)])
        import unmet.exchange._child_xlsx, unmet.exchange._child_ods, unmet.exchange._child_csv
        print("django" in sys.modules)
        try:
            bytearray(2**30)
        except MemoryError:
            print("no memory")
    """)
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"[{2**30}, 60, 0]", "False", "no memory"]


def test_the_child_sees_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNMET_SECRET", "canary")
    started: list[dict[str, object]] = []
    popen = subprocess.Popen

    def watching(command: list[str], **options: object) -> object:
        started.append(options)
        return popen(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", watching)
    path = tmp_path / "upload"
    path.write_bytes(b"a,b\n1,2\n")
    table.read(path, filename="a.csv")
    assert "canary" not in str(started[0]["env"])
    assert started[0]["stdin"] == subprocess.DEVNULL


def test_a_large_table_costs_the_parent_little(tmp_path: Path) -> None:
    """100,000 × 10: the parent grows by less than 50 MB while it reads every row, the child stays below 300 MB."""
    path = tmp_path / "upload"
    path.write_bytes(make_files.big_xlsx(100_001, 10))
    code = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        import django
        from django.conf import settings
        settings.configure(USE_I18N=False)
        django.setup()
        from unmet.exchange import table
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        count = sum(1 for _ in table.read(Path(sys.argv[1]), filename="a.xlsx").rows())
        parent = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(count, parent, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    """)
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    count, parent, child = map(int, done.stdout.split())
    unit = 1024 if sys.platform == "darwin" else 1  # macOS counts bytes where Linux counts kilobytes
    assert count == 100_001
    assert parent / unit < 50 * 1024
    assert child / unit < 300 * 1024


def test_letting_tables_go_closes_their_files(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"a,b\n1,2\n")
    before = lowest_free_descriptor()
    for _ in range(5):
        list(table.read(path, filename="a.csv").rows())
    # Rows still work when only they are held.
    rows = table.read(path, filename="a.csv").rows()
    assert [row.cells for row in rows] == [("a", "b"), ("1", "2")]
    del rows
    gc.collect()
    assert lowest_free_descriptor() == before


def lowest_free_descriptor() -> int:
    number = os.dup(0)
    os.close(number)
    return number
