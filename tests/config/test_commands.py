"""The command line: what it prints, what it writes, how it ends."""

import csv
import json
import os
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone

from tests import make
from unmet.access.models import Installation
from unmet.audit.models import AuditRow
from unmet.books.models import Account, Cube
from unmet.config import cli, commands, doctor
from unmet.jobs import services as jobs
from unmet.jobs.models import Job
from unmet.needs.models import Return, Statement
from unmet.notices.models import Delivery
from unmet.parties.models import Person

pytestmark = pytest.mark.django_db

HEADERS = ("Item", "Quantity", "Unit", "Needed by", "Place", "Remark")
GOOD = [
    ("Respirator, N95/FFP2", "1 200", "piece", "30 June 2021", "", ""),
    ("Pulse oximeter", "250", "", "2021-05-01", "", "for six hospitals"),
]


def run(*arguments: str) -> int:
    """One command, as the shell would run it."""
    return commands.run(cli.parser().parse_args(arguments))


def table(folder: Path, rows: list[tuple[str, ...]], name: str = "needs.csv") -> str:
    """A table as a ministry would send it."""
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADERS, *rows])
    return str(path)


def test_a_command_begins_without_the_api() -> None:
    """The framework of the API and what it is built on take a second to read; only commands that use it wait for it."""
    ask = (
        "import sys, django; django.setup(); import unmet.config.commands;"
        "print([name for name in ('ninja', 'pydantic', 'unmet.api.door') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, env=dict(os.environ))
    assert told.stdout.strip() == "[]"


@pytest.fixture
def round_code():
    """A demonstration database with an open round, and one focal point and one approver of Zambia."""
    now = timezone.now()
    make.reference()
    Installation.objects.create(one=True, demonstration=True, set_up_at=now)
    today = now.date()
    made = make.round_("open-round", window=(today - timedelta(days=5), today + timedelta(days=30)), at=now)
    make.focal_point("ZMB")
    make.approver("ZMB")
    return made.code


def told(capsys) -> dict:
    """What the last command printed as JSON."""
    return json.loads(capsys.readouterr().out)


class TestImportNeeds:
    def _run(self, path: str, round_code: str, *more: str) -> int:
        return run("import", "needs", path, "--round", round_code, "--member", "ZMB", "--json", *more)

    def test_a_good_table_is_written_and_waits_for_the_approver(self, tmp_path, round_code, capsys):
        assert self._run(table(tmp_path, GOOD), round_code) == 0
        said = told(capsys)
        assert said == {
            "read": 2, "created": 2, "updated": 0, "unchanged": 0, "refused": 0, "written": True, "faults": [],
        }  # fmt: skip
        assert Return.objects.get().state == "submitted"
        assert sorted(Statement.objects.values_list("requested", flat=True)) == [250_000, 1_200_000]
        assert AuditRow.objects.get(event="needs.submitted").via == "console"

    def test_the_same_file_again_changes_nothing(self, tmp_path, round_code, capsys):
        path = table(tmp_path, GOOD)
        self._run(path, round_code)
        capsys.readouterr()
        rows = AuditRow.objects.count()
        assert self._run(path, round_code) == 0
        said = told(capsys)
        assert (said["read"], said["unchanged"], said["created"]) == (2, 2, 0)
        assert Return.objects.count() == 1 and Statement.objects.count() == 2 and AuditRow.objects.count() == rows

    def test_a_dry_run_writes_nothing(self, tmp_path, round_code, capsys):
        assert self._run(table(tmp_path, GOOD), round_code, "--dry-run") == 0
        assert told(capsys)["written"] is False
        assert not Return.objects.exists()

    def test_a_refused_row_refuses_all_and_names_its_cell(self, tmp_path, round_code, capsys):
        path = table(tmp_path, [*GOOD, ("Ventilator, intensive care", "about 300", "", "", "", "")])
        assert self._run(path, round_code) == 1
        said = told(capsys)
        assert (said["read"], said["created"], said["refused"], said["written"]) == (3, 2, 1, False)
        [fault] = said["faults"]
        assert (fault["cell"], fault["row"], fault["column"], fault["value"]) == ("B4", 4, "Quantity", "about 300")
        assert fault["sentence"] and fault["remedy"] and fault["reason"] and fault["sheet"]
        assert not Return.objects.exists()

    def test_the_good_rows_are_written_when_asked_for(self, tmp_path, round_code, capsys):
        path = table(tmp_path, [*GOOD, ("Ventilator, intensive care", "", "", "", "", "")])
        assert self._run(path, round_code, "--good-rows") == 1
        said = told(capsys)
        assert said["written"] is True and said["created"] == 2 and said["refused"] == 1
        assert Statement.objects.count() == 2

    def test_a_doubtful_number_is_a_question_until_it_is_answered(self, tmp_path, round_code, capsys):
        path = table(tmp_path, [("Pulse oximeter", "1,250", "", "2021-05-01", "", "")])
        assert self._run(path, round_code) == 1
        assert told(capsys)["refused"] == 1
        assert self._run(path, round_code, "--decimal", ".") == 0
        capsys.readouterr()
        assert Statement.objects.get().requested == 1_250_000

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("--round", "no-such-round", "--member", "ZMB"), "no-such-round"),
            (("--round", "open-round", "--member", "XXX"), "XXX"),
            (("--round", "open-round", "--member", "ZMB", "--as", "nobody@example.org"), "nobody@example.org"),
            (("--round", "open-round", "--member", "HND", "--as", "other@example.org"), "Not allowed"),
        ],
    )
    def test_wrong_usage_ends_with_2_and_a_sentence(self, tmp_path, round_code, capsys, arguments, says):
        make.person("focal_point", "ZMB", email="other@example.org")
        assert run("import", "needs", table(tmp_path, GOOD), *arguments, "--json") == 2
        assert says in told(capsys)["error"]
        assert not Return.objects.exists()

    def test_a_file_that_is_not_a_table_ends_with_2(self, tmp_path, round_code, capsys):
        path = tmp_path / "needs.xlsx"
        path.write_bytes(b"%PDF-1.7 not a workbook")
        assert self._run(str(path), round_code) == 2
        assert told(capsys)["error"]
        assert self._run(str(tmp_path / "not-there.csv"), round_code) == 2

    def test_a_zip_bomb_is_a_sentence(self, tmp_path, round_code, capsys):
        path = tmp_path / "bomb.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
        assert self._run(str(path), round_code) == 2
        assert told(capsys)["error"]

    def test_without_a_demonstration_somebody_must_be_named(self, tmp_path, round_code, capsys):
        Installation.objects.update(demonstration=False)
        assert self._run(table(tmp_path, GOOD), round_code) == 2
        assert "--as" in told(capsys)["error"]


def test_from_a_table_to_a_public_figure(tmp_path, round_code, capsys):
    run("import", "needs", table(tmp_path, GOOD), "--round", round_code, "--member", "ZMB")
    assert run("approve", "--round", round_code, "--member", "ZMB", "--json") == 0
    assert run("release", "--member", "ZMB", "--sector", "IPC", "--to", "everyone", "--json") == 0
    capsys.readouterr()
    assert run("figure", "not_covered", "--item", "RESP-N95", "--member", "ZMB", "--json") == 0
    assert told(capsys)["value"] == "1200"
    assert Cube.objects.count() == 1 and Account.objects.filter(public=True).count() == 1
    assert run("doctor", "--books", "--json") in {0, 1}
    assert next(check for check in told(capsys)["checks"] if check["name"] == "books")["status"] == "ok"


def test_a_figure_on_a_past_day_and_wrong_names(round_code, capsys):
    assert run("figure", "needs_open", "--on", "2020-01-01", "--json") == 0
    assert told(capsys)["value"] == "0"
    assert run("figure", "no_such_figure") == 2
    assert run("figure", "not_covered") == 2
    assert run("figure", "needs_open", "--on", "yesterday") == 2


def test_lists(round_code, capsys):
    run("members", "--json")
    members = json.loads(capsys.readouterr().out)
    assert len(members) == 121 and {"NAM", "SSD"} <= {member["code"] for member in members}
    run("rounds", "--json")
    assert [round_["code"] for round_ in json.loads(capsys.readouterr().out)] == [round_code]


def test_approving_when_nothing_waits(round_code, capsys):
    assert run("approve", "--round", round_code, "--member", "ZMB", "--json") == 2
    assert "waiting" in told(capsys)["error"]


class TestDoctor:
    def test_it_counts_the_members_on_both_days(self, round_code):
        found = json.loads(doctor.as_json(doctor.examine()))
        assert found["members"] == {"2020-05-04": 120, "2024-01-31": 121}
        assert {check["name"] for check in found["checks"]} >= {
            "database", "durability", "disk", "time", "fonts", "languages", "triggers", "members",
        }  # fmt: skip

    def test_each_complaint_names_its_cure(self, round_code, settings):
        settings.STATIC_ROOT = "/nowhere"
        complaints = [check for check in doctor.examine() if check.status != "ok"]
        assert any(check.name == "static files" for check in complaints)
        assert all(check.cure for check in complaints)

    def test_an_installation_in_earnest_wants_a_backup(self, round_code, settings, tmp_path):
        def says() -> tuple[str, str]:
            check = next(check for check in doctor.examine() if check.name == "backup")
            return check.status, check.says

        settings.UNMET_DATA = tmp_path
        assert says() == ("ok", "a demonstration needs none")
        Installation.objects.update(demonstration=False)
        assert says()[0] == "warn"
        for hours, status in ((2, "ok"), (50, "warn")):
            at = timezone.now() - timedelta(hours=hours)
            (tmp_path / "last_backup.json").write_text(json.dumps({"at": at.isoformat(), "sequence": 12}))
            assert says()[0] == status and "at entry 12" in says()[1]

    def test_it_says_whether_people_are_written_to_and_what_was_given_up(self, round_code, settings):
        def check(name: str) -> doctor.Check:
            return next(check for check in doctor.examine() if check.name == name)

        assert check("mail").status == "warn" and "in their inbox only" in check("mail").says
        settings.EMAIL_HOST = "127.0.0.1"
        assert check("mail").status == "ok"
        Installation.objects.update(demonstration=False)
        assert check("mail").status == "warn" and check("mail").cure == "set UNMET_SITE"
        settings.UNMET_SITE = "https://needs.example.org"
        assert check("mail").status == check("letters").status == "ok"
        at = timezone.now()
        Delivery.objects.create(
            person=Person.objects.all()[0], message_id="1@x", made_at=at, ended_at=at, state="failed", says="451 later"
        )
        assert check("letters").status == "warn" and "451 later" in check("letters").says

    def test_faults_must_not_be_shown_in_the_browser(self, round_code, settings):
        assert next(check for check in doctor.examine() if check.name == "faults").status == "ok"
        settings.DEBUG = True
        assert next(check for check in doctor.examine() if check.name == "faults").status == "fail"

    def test_the_secret_key_must_not_be_readable_by_others(self, round_code, settings, tmp_path, monkeypatch):
        monkeypatch.delenv("UNMET_SECRET_KEY", raising=False)
        settings.UNMET_DATA = tmp_path
        key = tmp_path / "secret_key"
        for mode, status in ((0o600, "ok"), (0o640, "fail"), (0o604, "fail")):
            key.write_text("x")
            key.chmod(mode)
            assert next(check for check in doctor.examine() if check.name == "secret key").status == status

    def test_it_finds_a_figure_that_somebody_changed(self, round_code):
        make.approved([make.line()], of="ZMB", round_=make.round_(of="another"))
        make.released("ZMB")
        Cube.objects.update(approved=1)
        books = next(check for check in doctor.examine(books=True) if check.name == "books")
        assert books.status == "fail" and "public cube" in books.says


class TestSecondFactor:
    """`unmet second-factor reset`."""

    def _run(self, *more: str) -> int:
        arguments = ["second-factor", "reset", "Approver@Example.org", "--json", *more]
        return run(*arguments, *(() if "--reason" in more else ("--reason", "Lost phone, called back.")))

    @pytest.fixture(autouse=True)
    def _people(self, round_code):
        person = make.person("approver", "CUB", email="approver@example.org")
        Authenticator.objects.create(user=person, type="totp", data={})
        make.person("operator", "COORD", email="operator@example.org")

    def test_takes_it_off_and_says_what_ended(self, capsys):
        assert self._run("--as", "operator@example.org") == 0
        assert told(capsys) == {"reset": "approver@example.org", "factors": 1, "sessions": 0}
        row = AuditRow.objects.get(event="access.second_factor_reset")
        assert (row.via, row.reason) == ("console", "Lost phone, called back.")
        assert self._run() == 2
        assert "no second factor" in told(capsys)["error"]

    @pytest.mark.parametrize(
        ("more", "says"),
        [
            (("--as", "approver@example.org"), "Not allowed"),
            (("--reason", " "), "Say why"),
            (("--as", "nobody@example.org"), "nobody@example.org"),
        ],
    )
    def test_refusals_end_with_2_and_a_sentence(self, capsys, more, says):
        assert self._run(*more) == 2
        assert says in told(capsys)["error"]
        assert Authenticator.objects.exists()


class TestJobs:
    """`unmet work --once`, `unmet jobs`, and what `unmet doctor` says of a job that was given up."""

    def test_a_job_that_was_given_up_is_named_with_its_cure_and_tried_again(self, round_code, capsys):
        jobs.ask(handler="of a newer version", key="x", due_at=timezone.now())
        assert run("work", "--once") == 0 and "0 done" in capsys.readouterr().out
        ours = Job.objects.filter(handler="of a newer version")  # what forgets old notices is asked for as well
        ours.update(attempts=jobs.MOST_ATTEMPTS, dead_at=timezone.now())
        number = ours.get().pk
        check = next(check for check in doctor.examine() if check.name == "jobs")
        assert check.status == "fail" and "of a newer version x" in check.says
        assert check.cure == f"unmet jobs --again {number}"
        assert run("jobs", "--json") == 0
        assert [row["number"] for row in told(capsys) if row["state"] == "given up"] == [number]
        assert run("jobs", "--again", str(number), "--json") == 0 and told(capsys) == {"again": 1}
        assert not Job.objects.dead().exists()
        assert next(check for check in doctor.examine() if check.name == "jobs").status == "ok"
        for wrong in (str(number), "seven"):
            assert run("jobs", "--again", wrong, "--json") == 2 and told(capsys)["error"]

    def test_an_empty_list_is_said(self, round_code, capsys):
        Job.objects.all().delete()
        assert run("jobs") == 0 and capsys.readouterr().out == "No job waits, and none was given up.\n"
        assert run("jobs", "--json") == 0 and told(capsys) == []

    def test_jobs_that_nobody_does_are_said(self, round_code):
        jobs.ask(handler="x", key="x", due_at=timezone.now() - timedelta(hours=2))
        check = next(check for check in doctor.examine() if check.name == "jobs")
        assert (check.status, check.cure) == ("warn", "unmet work")
