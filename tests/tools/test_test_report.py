"""The report adds up both databases, and strictly nothing may be left out."""

from pathlib import Path

import pytest
from tools import test_report as report

pytestmark = pytest.mark.pure

PASSED = '<testcase classname="a" name="one"/>'
FAILED = '<testcase classname="a" name="two"><failure message="no"/></testcase>'
SKIPPED = '<testcase classname="a" name="three"><skipped message="left out: needs chromium"/></testcase>'
BY_HAND = SKIPPED.replace("left out: needs chromium", "by hand: fetch the source of the map")


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(report, "BUILD", tmp_path)
    return tmp_path


def run(build: Path, monkeypatch: pytest.MonkeyPatch, *, sqlite: str, postgresql: str | None, strict: bool) -> int:
    for name, cases in (("sqlite", sqlite), ("postgresql", postgresql)):
        if cases is not None:
            (build / f"tests-{name}.xml").write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    monkeypatch.setattr("sys.argv", ["test_report.py", *(["--strict"] if strict else [])])
    return report.main()


@pytest.mark.parametrize(
    ("sqlite", "postgresql", "strict", "status"),
    [
        (PASSED, PASSED, True, 0),
        (PASSED + FAILED, PASSED, False, 1),
        (PASSED, PASSED + FAILED, True, 1),
        (PASSED + SKIPPED, PASSED, False, 0),
        (PASSED + SKIPPED, PASSED, True, 1),
        (PASSED + BY_HAND, PASSED, True, 0),
        (PASSED + BY_HAND + SKIPPED, PASSED, True, 1),
        (PASSED, None, False, 0),
        (PASSED, None, True, 1),
        ("", "", False, 1),
    ],
)
def test_status(
    build: Path, monkeypatch: pytest.MonkeyPatch, sqlite: str, postgresql: str | None, strict: bool, status: int
) -> None:
    assert run(build, monkeypatch, sqlite=sqlite, postgresql=postgresql, strict=strict) == status


def test_what_was_left_out_fails_only_strictly(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (build / "left-out.txt").write_text("chromium\n")
    assert run(build, monkeypatch, sqlite=PASSED, postgresql=PASSED, strict=False) == 0
    assert run(build, monkeypatch, sqlite=PASSED, postgresql=PASSED, strict=True) == 1


def test_the_last_line_is_the_sum(
    build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(build, monkeypatch, sqlite=PASSED + FAILED + SKIPPED, postgresql=PASSED, strict=False)
    assert capsys.readouterr().out.splitlines()[-1] == "2 passed, 1 failed, 1 skipped"
