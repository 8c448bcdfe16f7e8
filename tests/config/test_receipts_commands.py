"""`unmet template receipts` and `unmet import receipts`: a warehouse's sheet from the command line and back."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from tests import make
from tests.exchange.receipt_store import FIRST, fill
from unmet.access.models import Installation, Role
from unmet.config import cli, commands
from unmet.parties.models import Place
from unmet.support import consignments
from unmet.support.consignments import Packed, Plan
from unmet.support.models import Line, Receipt

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> int:
    """One command, as the shell would run it."""
    return commands.run(cli.parser().parse_args(arguments))


@pytest.fixture
def sent() -> None:
    """A demonstration in which 300 masks are on their way to Zambia; Cuba awaits nothing."""
    now = timezone.now()
    make.reference()
    Installation.objects.create(one=True, demonstration=True, set_up_at=now)
    made = make.round_("open-round", window=(now.date() - timedelta(days=5), now.date() + timedelta(days=30)), at=now)
    make.approved([make.line("MASK-IIR", 1000)], of="ZMB", round_=made, at=now)
    make.focal_point("ZMB"), make.focal_point("CUB")
    line = make.support_line("WHO", "ZMB", "committed", 300, dated_on=now.date())
    make.stated([line], by=make.approver("ZMB"), round_=made, at=now)
    giver = make.person(Role.RESPONDER, "WHO")
    with make.as_(giver, at=now):
        whole = Place.objects.whole_country(make.party("ZMB"))
        plan = Plan([Packed(Line.objects.get(), 300_000)], whole, "sea", waybill="0042")
        box = consignments.plan(plan, by=giver, at=now)
        consignments.dispatch(box, on=now.date(), by=giver, at=now, version=1)


def imported(path: Path, capsys: Any, *more: str, code: int = 0) -> dict[str, Any]:
    """What an import says."""
    assert run("import", "receipts", str(path), "--member", "ZMB", "--json", *more) == code
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def counts(said: dict[str, Any]) -> list[int]:
    return [said[name] for name in ("read", "created", "updated", "unchanged", "refused")]


@pytest.mark.usefixtures("sent")
def test_written_filled_in_and_imported(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "receipts.xlsx"
    assert run("template", "receipts", "--member", "ZMB", "--lang", "ar", "-o", str(path)) == 0
    assert capsys.readouterr().out == f"file {path}, lines 1\n"
    assert counts(imported(path, capsys)) == [1, 0, 0, 1, 0] and not Receipt.objects.exists()
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert sheet.sheet_view.rightToLeft and sheet[f"A{FIRST}"].value == "0042"
    fill(sheet, FIRST, accepted=299, received_on=timezone.now().date())
    book.save(path)
    refused = imported(path, capsys, code=1)
    assert counts(refused) == [1, 0, 0, 0, 1] and not refused["written"]
    [fault] = refused["faults"]
    assert (fault["reason"], fault["cell"]) == ("not_adding_up", f"H{FIRST}") and fault["remedy"]
    fill(sheet, FIRST, missing=1, missing_why="short")
    book.save(path)
    assert not imported(path, capsys, "--dry-run")["written"] and not Receipt.objects.exists()
    done = imported(path, capsys)
    assert counts(done) == [1, 1, 0, 0, 0] and done["written"] and Receipt.objects.get().lines.get().missing == 1000
    assert counts(imported(path, capsys, "--good-rows")) == [1, 0, 0, 1, 0]


@pytest.mark.usefixtures("sent")
def test_it_says_why_there_is_none(tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("template", "receipts", "--member", "CUB", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"file": f"receipts-CUB-{timezone.now().date().isoformat()}-en.xlsx", "lines": 0}
    for arguments, words in (
        (("import", "receipts", told["file"], "--member", "CUB"), "Nothing was packed for this member yet"),
        (("import", "receipts", "nowhere.xlsx", "--member", "ZMB"), "There is no file"),
        (("import", "receipts", told["file"], "--member", "ZMB", "--as", make.focal_point("HND").email), "Not allowed"),
        (("template", "receipts", "--member", "ZMB", "--as", make.focal_point("HND").email), "Not allowed"),
    ):
        assert run(*arguments) == 2
        assert words in capsys.readouterr().err
    (tmp_path / "own.csv").write_text("what,how many\nmasks,300\n")
    assert run("import", "receipts", "own.csv", "--member", "ZMB") == 2
    assert "Name them Waybill, Item, Accepted" in capsys.readouterr().err


@pytest.mark.usefixtures("sent")
def test_the_list_of_receipts_as_csv_is_read_back_and_changes_nothing(tmp_path: Path, capsys: Any) -> None:
    """With a correction in it: what it superseded is history, and the notice of a demonstration is no remark."""
    own = tmp_path / "own.csv"
    day = timezone.now().date().isoformat()
    rows = ("0042,MASK-IIR,300,,,no", "0042,MASK-IIR,299,1,lost,yes")
    for row in rows:
        own.write_text(f"Waybill,Item,Accepted,Missing,Why missing,Correction,Received on\n{row},{day}\n")
        assert counts(imported(own, capsys))[4] == 0
    assert run("receipts", "--party", "ZMB", "--csv") == 0
    listed = tmp_path / "listed.csv"
    listed.write_text(capsys.readouterr().out)
    assert "superseded" in listed.read_text() and "DEMONSTRATION" in listed.read_text()
    assert counts(imported(listed, capsys)) == [2, 0, 0, 2, 0] and Receipt.objects.count() == 2
