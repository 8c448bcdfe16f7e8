"""Setting up does each step once, and again when what went in has changed."""

from pathlib import Path

import pytest
from tools import setup

pytestmark = pytest.mark.pure


@pytest.fixture(autouse=True)
def stamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps")
    return tmp_path / "stamps"


def test_a_step_runs_once_while_its_input_stands(capsys: pytest.CaptureFixture[str]) -> None:
    ran: list[str] = []
    for state in ("a", "a", "b"):
        setup.once("step", state, "Doing it", lambda state=state: ran.append(state))
    assert ran == ["a", "b"]
    assert capsys.readouterr().out.count("Doing it") == 2


def test_a_step_that_failed_runs_again() -> None:
    def fails() -> None:
        raise setup.StepFailed("no connection")

    with pytest.raises(setup.StepFailed):
        setup.once("step", "a", "Doing it", fails)
    ran: list[str] = []
    setup.once("step", "a", "Doing it", lambda: ran.append("a"))
    assert ran == ["a"]


def test_the_digest_sees_names_and_contents(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("x")
    two.write_text("x")
    before = setup.digest([one])
    assert before != setup.digest([two])
    assert before != setup.digest([one, two])
    one.write_text("y")
    assert before != setup.digest([one])


def test_a_failing_command_names_the_remedy() -> None:
    with pytest.raises(setup.StepFailed, match="apt-get install"):
        setup.run(["false"], remedy="on Debian: apt-get install python3-venv")
