"""Files that mean harm, or are broken: each gets a sentence or a table, within seconds and without our memory."""

import gc
import hashlib
import json
import os
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from tests.conftest import prove_scale
from tests.exchange import (
    broken,
    make_broken_books,
    make_broken_documents,
    make_broken_texts,
    make_broken_zips,
    make_files,
    make_hostile,
    read_all,
)
from unmet.exchange import _limits, table
from unmet.exchange._refusals import SENTENCES

HOSTILE = [
    *(broken.Broken(case.name, case.filename, case.make, case.codes) for case in make_hostile.hostile()),
    *make_broken_zips.broken_zips(),
    *make_broken_books.broken_books(),
    *make_broken_documents.broken_documents(),
    *make_broken_texts.broken_texts(),
]
FIRST = len(list(make_hostile.hostile()))
# In `make test` the first ones, which show each kind of harm, and every tenth of those that go through all places.
HERE = HOSTILE if prove_scale() == 1 else [*HOSTILE[:FIRST], *HOSTILE[FIRST :: round(1 / prove_scale())]]
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Answers:
    """What a process that did nothing else said about each file, in kilobytes and seconds."""

    before: dict[str, int]
    by_name: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """All files read one after the other by one process, whose memory is the memory of the reading alone."""
    folder = tmp_path_factory.mktemp("hostile")
    files: list[list[str]] = []
    known: dict[tuple[str, bytes], str] = {}
    for number, case in enumerate(HERE):
        path, content = folder / f"upload-{number}", case.make()
        path.write_bytes(content)
        files.append([str(path), case.filename])
        same = known.setdefault((case.filename, hashlib.sha256(content).digest()), case.name)
        assert same == case.name, f"“{same}” and “{case.name}” are the same file"
    done = subprocess.run(
        [sys.executable, "-m", "tests.exchange.read_all"],
        cwd=ROOT, input=json.dumps(files), capture_output=True, text=True, check=True,
    )  # fmt: skip
    before, *said = [json.loads(line) for line in done.stdout.splitlines()]
    shutil.rmtree(folder)
    return Answers(before, {case.name: answer for case, answer in zip(HERE, said, strict=True)})


def test_there_are_many_hostile_files() -> None:
    assert len({case.name for case in HOSTILE}) == len(HOSTILE) >= 800


@pytest.mark.alone
@pytest.mark.parametrize("case", HERE, ids=lambda case: case.name[:80].encode("ascii", "replace").decode())
def test_a_hostile_file_gets_a_sentence_or_a_table(case: broken.Broken, answers: Answers) -> None:
    answer = answers.by_name[case.name]
    if case.codes:
        assert answer["code"] in case.codes, answer
        assert "%(" not in answer["sentence"]
        assert len(answer["sentence"]) > 40
    else:
        assert answer["code"] == ""
        assert answer["count"] > 0
    if case.rows is not None:
        wanted = [[number, read_all.shown(cells)] for number, cells in case.rows]
        assert answer["rows"] == [row for row in wanted if row[1]]
    assert answer["seconds"] < 10


@pytest.mark.alone
def test_all_hostile_files_together_cost_the_parent_little(answers: Answers) -> None:
    """Neither what the process holds after all of them, nor what it ever held, is 50 MB more than before."""
    last = list(answers.by_name.values())[-1]
    assert last["memory"] - answers.before["memory"] < 50 * 1024
    assert last["peak"] - answers.before["peak"] < 50 * 1024


@pytest.mark.parametrize("language", ["ar", "es", "fr"])
@pytest.mark.parametrize("code", sorted({code for case in HOSTILE for code in case.codes}))
def test_a_hostile_file_is_answered_in_each_language(code: str, language: str) -> None:
    refusal = table.FileRefused(code, filename="a.xlsx", sheet="S", cell="C7", row=3, line=2)
    with translation.override("en"):
        english = refusal.sentence
    with translation.override(language):
        assert refusal.sentence != english
        assert "%" not in refusal.sentence


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
        from tests.exchange.read_all import memory
        before = memory("VmHWM")
        count = sum(1 for _ in table.read(Path(sys.argv[1]), filename="a.xlsx").rows())
        parent = memory("VmHWM") - before
        print(count, parent, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    """)
    done = subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, text=True, check=True)
    count, parent, child = map(int, done.stdout.split())
    assert count == 100_001
    assert parent < 50 * 1024
    assert child < 300 * 1024


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
