"""A coalition that is not the shipped one: other members, fewer languages, and no word about the other."""

import json
import os
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import engine
from unmet.config import coalition_files
from unmet.config.coalition_files import CoalitionRefused

HERE = Path(__file__).parent
LAKES = coalition_files.SHIPPED / "lakes"
OTHER = r"\bNAM\b|non-?aligned|non-?align|no alinead|عدم الانحياز"


class Lakes:
    """The made-up coalition, prepared by the command and asked by commands."""

    def __init__(self, data: Path) -> None:
        self.data, self.said = data, ""

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = self._run([sys.executable, "-m", "unmet.config.cli", *arguments])
        self.said += done.stdout + done.stderr
        return done

    def told(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--json")
        assert done.returncode in {0, 1}, done.stderr + done.stdout
        return json.loads(done.stdout)

    def read_everything(self) -> Any:
        done = self._run([sys.executable, str(HERE / "read_everything.py"), OTHER])
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "UNMET_AS"}}
        environment |= {"UNMET_DATA": str(self.data), "UNMET_LOG_LEVEL": "ERROR"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> Lakes:
    assert engine() == "sqlite", "who asks for it is marked so: the demonstration of a coalition is one file of SQLite"
    made = Lakes(tmp_path_factory.mktemp("lakes"))
    done = made.run("demo", "--no-serve", "--coalition", "lakes")
    assert done.returncode == 0, done.stderr
    return made


@pytest.mark.sqlite
def test_members_round_and_public_figures_are_its_own(lakes):
    assert [member["code"] for member in lakes.told("members")] == ["QMA", "QMB", "QMC"]
    assert [round_["code"] for round_ in lakes.told("rounds")] == ["lakes-first"]
    assert lakes.told("figure", "not_covered", "--item", "MASK-IIR")["value"] == "19500"
    assert lakes.told("figure", "needs_open")["value"] == "3"


@pytest.mark.sqlite
def test_from_a_need_to_a_figure(lakes, tmp_path):
    path = tmp_path / "needs.csv"
    due = date.today() + timedelta(days=90)  # noqa: DTZ011
    path.write_text(f"Article,Quantité,À fournir avant le\nMASK-IIR,640,{due}\n", encoding="utf-8")
    imported = lakes.told("import", "needs", str(path), "--round", "lakes-first", "--member", "QMC")
    assert (imported["created"], imported["written"]) == (1, True), imported
    lakes.told("approve", "--round", "lakes-first", "--member", "QMC")
    lakes.told("release", "--member", "QMC", "--to", "everyone")
    assert lakes.told("figure", "not_covered", "--item", "MASK-IIR", "--member", "QMC")["value"] == "640"
    checks = {check["name"]: check["status"] for check in lakes.told("doctor", "--books")["checks"]}
    assert checks["books"] == checks["members"] == "ok"


@pytest.mark.sqlite
def test_nothing_says_a_word_about_another_coalition(lakes):
    for command in (["doctor"], ["members"], ["rounds"], ["demo", "--no-serve"], ["figure", "needs_open"]):
        lakes.run(*command)
    for name in ("backup", "restore", "setup", "demo"):
        lakes.run(name, "--help")
    assert not re.search(OTHER, lakes.said, re.IGNORECASE), lakes.said
    told = lakes.read_everything()
    assert told["found"] == [] and told["wrong"] == {}
    assert told["read"] > 60 and told["letters"] == 2
    wanted = {
        "overview", "overview_file.csv", "members", "member", "figure", "needs_file.xlsx", "needs_file.json", "return",
        "support", "about", "rounds", "round_plan", "appointments", "catalogue", "respond",
    }  # fmt: skip
    assert wanted <= set(told["routes"])


@pytest.mark.sqlite
def test_it_is_read_in_its_languages_only_and_under_its_name(lakes):
    ask = (
        "import django; django.setup(); from django.test import Client; from django.conf import settings;"
        "settings.ALLOWED_HOSTS.append('testserver');"
        "print([Client().get(path).status_code for path in ('/en/', '/fr/', '/ar/', '/es/')]);"
        "print('Compact of the Lakes' in Client().get('/en/').content.decode());"
        "print('Pacte des Lacs' in Client().get('/fr/').content.decode())"
    )
    done = lakes._run([sys.executable, "-c", ask])
    assert done.stdout.split("\n")[:3] == ["[200, 200, 404, 404]", "True", "True"], done.stderr[-2000:]


@pytest.mark.sqlite
def test_it_survives_a_backup(lakes, tmp_path):
    kept = tmp_path / "kept.zip"
    assert lakes.run("backup", str(kept)).returncode == 0
    other = Lakes(tmp_path / "other")
    other.data.mkdir()
    assert other.run("restore", str(kept)).returncode == 0, other.said
    assert {"QMA", "QMB"} <= {member["code"] for member in other.told("members")}
    assert (other.data / "coalition" / "coalition.json").read_bytes() == (LAKES / "coalition.json").read_bytes()


@pytest.mark.sqlite
def test_another_coalition_does_not_take_the_place_of_one(lakes, tmp_path):
    changed = tmp_path / "changed"
    changed.mkdir()
    for path in LAKES.iterdir():
        (changed / path.name).write_bytes(path.read_bytes())
    (changed / "membership.csv").write_text("party,status,from,until\nQMA,member,,\n")
    done = lakes.run("setup", "--coalition", str(changed))
    assert done.returncode == 2 and "another coalition" in done.stderr
    assert lakes.run("setup", "--coalition", "lakes").returncode == 0


# ── the folder ───────────────────────────────────────────────────────────────
def _folder(tmp_path: Path, **files: str) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    for path in LAKES.iterdir():
        (folder / path.name).write_text(files.get(path.stem, path.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


@pytest.mark.pure
@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"coalition": "{"}, "does not name a coalition"),
        ({"coalition": '{"name": {"en": "X"}, "languages": ["en", "fr"]}'}, "does not name a coalition"),
        ({"coalition": '{"name": {"xx": "X"}, "languages": ["xx"]}'}, "the languages are some of"),
        ({"coalition": '{"name": {}, "languages": []}'}, "the languages are some of"),
        ({"coalition": '{"name": {"en": ""}, "languages": ["en"]}'}, "each with a name"),
        ({"parties": "code,kind,name_en\n"}, "name_fr"),
        ({"membership": "member\n"}, "party, status"),
    ],
)
def test_a_folder_that_describes_no_coalition_is_refused(tmp_path, files, says):
    with pytest.raises(CoalitionRefused, match=re.escape(says)):
        coalition_files.install(str(_folder(tmp_path, **files)), data=tmp_path / "data")
    assert coalition_files.standing(tmp_path / "data") is None


@pytest.mark.pure
def test_a_folder_is_put_beside_the_data_once(tmp_path):
    data = tmp_path / "data"
    coalition_files.install(str(_folder(tmp_path)), data=data)
    coalition_files.install(str(tmp_path / "own"), data=data)
    standing = coalition_files.standing(data)
    assert standing is not None and standing.languages == ("en", "fr") and standing.names["fr"] == "Pacte des Lacs"
    (tmp_path / "own" / "parties.csv").unlink()
    with pytest.raises(CoalitionRefused, match=r"no file parties\.csv"):
        coalition_files.install(str(tmp_path / "own"), data=data)


@pytest.mark.pure
def test_a_database_of_the_shipped_coalition_stays_what_it_is(tmp_path):
    (tmp_path / "unmet.sqlite3").write_bytes(b"")
    with pytest.raises(CoalitionRefused, match="serves another coalition"):
        coalition_files.install("lakes", data=tmp_path)
