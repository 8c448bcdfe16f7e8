"""`unmet template needs`: the workbook from the command line, and sent back by it."""

import json
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone

from tests import make
from unmet.access.models import Installation
from unmet.config import cli, commands
from unmet.needs.models import Statement

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> int:
    """One command, as the shell would run it."""
    return commands.run(cli.parser().parse_args(arguments))


@pytest.fixture
def round_code() -> str:
    """A demonstration database with an open round, a focal point of Zambia and one of Cuba, and a line of Zambia."""
    now = timezone.now()
    make.reference()
    Installation.objects.create(one=True, demonstration=True, set_up_at=now)
    made = make.round_("open-round", window=(now.date() - timedelta(days=5), now.date() + timedelta(days=30)), at=now)
    make.focal_point("CUB")
    make.submitted([make.line("MASK-IIR", 70)], of="ZMB", round_=made, at=now)
    return made.code


def test_it_writes_the_workbook_of_a_member_in_a_language(round_code, tmp_path, capsys):
    path = tmp_path / "needs.xlsx"
    assert run("template", "needs", "--round", round_code, "--member", "ZMB", "--lang", "ar", "-o", str(path)) == 0
    assert capsys.readouterr().out == f"file {path}, lines 1\n"
    assert openpyxl.load_workbook(path).worksheets[0].sheet_view.rightToLeft


def test_it_names_the_file_after_member_round_and_language(round_code, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("template", "needs", "--round", round_code, "--member", "ZMB", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"file": "needs-ZMB-open-round-en.xlsx", "lines": 1}
    assert Path("needs-ZMB-open-round-en.xlsx").is_file()


def test_imported_as_it_is_nothing_changes_and_for_another_member_it_is_refused(round_code, tmp_path, capsys):
    path = str(tmp_path / "needs.xlsx")
    assert run("template", "needs", "--round", round_code, "--member", "ZMB", "-o", path) == 0
    capsys.readouterr()
    assert run("import", "needs", path, "--round", round_code, "--member", "ZMB", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [told[name] for name in ("read", "created", "updated", "unchanged", "refused")] == [1, 0, 0, 1, 0]
    assert run("import", "needs", path, "--round", round_code, "--member", "CUB", "--good-rows", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["written"], [fault["reason"] for fault in told["faults"]]) == (False, ["form_other_member"])
    assert Statement.objects.count() == 1


def test_a_workbook_of_another_version_is_read_when_told_so(round_code, tmp_path, capsys):
    path = tmp_path / "needs.xlsx"
    assert run("template", "needs", "--round", round_code, "--member", "ZMB", "-o", str(path)) == 0
    book = openpyxl.load_workbook(path)
    book["⚑ form"]["B2"] = "0"
    book.save(path)
    arguments = ("import", "needs", str(path), "--round", round_code, "--member", "ZMB")
    assert run(*arguments) == 1
    assert "version 0 of the form" in capsys.readouterr().out
    assert run(*arguments, "--other-version") == 0


def test_it_says_why_there_is_none(round_code, tmp_path, capsys):
    planned = make.round_("planned", of="another", opened=False)
    missing = tmp_path / "no such folder" / "needs.xlsx"
    for arguments, words in (
        (("--round", planned.code, "--member", "ZMB"), "takes no returns now"),
        (("--round", round_code, "--member", "ZMB", "-o", str(missing)), "cannot be written there"),
        (("--round", "nowhere", "--member", "ZMB"), "nowhere"),
        (("--round", round_code, "--member", "HND"), "nobody who may do this"),
    ):
        assert run("template", "needs", *arguments) == 2
        assert words in capsys.readouterr().err
    someone = make.focal_point("CUB")
    assert run("template", "needs", "--round", round_code, "--member", "ZMB", "--as", someone.email) == 2
    assert "Not allowed" in capsys.readouterr().err
