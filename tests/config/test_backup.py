"""Backups: what was committed when the snapshot was taken comes back, and nothing that was damaged does."""

import hashlib
import json
import os
import random
import shutil
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from tests import make
from tests.conftest import engine, prove_scale
from tests.together import committed_db  # noqa: F401
from unmet.access.actors import Actor, acting
from unmet.access.models import Installation
from unmet.audit.models import AuditRow
from unmet.books import digest
from unmet.books.models import Clock, Entry
from unmet.config import backup, backup_file, cli, commands, copies
from unmet.files import services as files

pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.django_db(transaction=True)]
BACKUPS = max(2, round(20 * prove_scale()))


def run(*arguments: str) -> int:
    """One command, as the shell would run it."""
    return commands.run(cli.parser().parse_args(arguments))


def told(capsys: Any) -> dict[str, Any]:
    """What the last command printed as JSON."""
    return json.loads(capsys.readouterr().out)


class Target:
    """An empty data folder with an empty database, as on another machine."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database

    def unmet(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A command there, in a process of its own."""
        environment = {**os.environ, "UNMET_DATA": str(self.folder), "DATABASE_URL": self.database, **more}
        return subprocess.run(
            [sys.executable, "-m", "unmet.config.cli", *arguments], capture_output=True, text=True, check=False,
            env=environment,
        )  # fmt: skip

    def restore(self, path: Path, **more: str) -> dict[str, Any]:
        """What `unmet restore` says; its exit code must fit."""
        done = self.unmet("restore", str(path), "--json", **more)
        answer: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (2 if "error" in answer else 0), done.stderr
        return answer


@contextmanager
def empty_target(folder: Path) -> Iterator[Target]:
    """A target beside the database of this run."""
    folder.mkdir()
    if engine() == "sqlite":
        yield Target(folder, "")
        return
    name = f"restored_{folder.name}".replace("-", "_")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield Target(folder, copies.address_of(name))
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def target(tmp_path) -> Iterator[Target]:
    with empty_target(tmp_path / "target") as made:
        yield made


@pytest.fixture
def world(settings, tmp_path) -> Any:
    """A small coalition at work: one member with two approved and released needs, and a letter on file."""
    settings.UNMET_DATA, settings.MEDIA_ROOT = tmp_path / "data", tmp_path / "data" / "uploads"
    settings.UNMET_DATA.mkdir()
    make.reference()
    now = timezone.now()
    Installation.objects.create(one=True, demonstration=False, set_up_at=now)
    round_ = make.round_(window=(now.date() - timedelta(days=5), now.date() + timedelta(days=30)), at=now)
    make.approved([make.line(), make.line("GLOVE-EXAM", 500)], of="ZMB", round_=round_, at=now)
    make.released("ZMB", at=now)
    files.keep([b"A note ", b"verbale."], name="note.pdf", owner="ZMB", person="", at=make.AT)
    return round_


def backed_up(path: Path, **options: Any) -> backup.Made:
    """A backup of this moment."""
    at = timezone.now()
    with acting(Actor.of(None, at=at, via="console")):
        return backup.make(path, at=at, **options)


def manifest_of(path: Path) -> dict[str, Any]:
    with backup_file.opened(path) as opened:
        return opened.manifest


# ── under load ───────────────────────────────────────────────────────────────
class Writing(threading.Thread):
    """People at work while a backup is made: one correction after another is sent, approved and published."""

    def __init__(self, round_: Any) -> None:
        super().__init__(daemon=True)
        self.round, self.stop, self.posts = round_, threading.Event(), 0
        self.failed: Exception | None = None

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                self.posts += 1
                lines = [make.line(quantity=1000 + self.posts), make.line("GLOVE-EXAM", 500 + self.posts)]
                make.approved(lines, of="ZMB", round_=self.round, at=timezone.now())
        except Exception as error:  # said by the test
            self.failed = error
        finally:
            connection.close()


def test_backups_under_load_restore_to_what_was_committed(world, tmp_path):
    writing = Writing(world)
    writing.start()
    made, posts = [], []
    for number in range(BACKUPS):
        before = writing.posts
        while writing.posts < before + 2 and writing.is_alive():
            time.sleep(0.001)
        made.append(backed_up(tmp_path / f"{number}.zip"))
        posts.append(writing.posts - before)
    writing.stop.set()
    writing.join()
    assert writing.failed is None and all(posts)
    assert len({one.sequence for one in made}) == BACKUPS, "nothing was written between two backups"
    for number, one in enumerate(made):
        with empty_target(tmp_path / f"r{number}") as target:
            _as_known_then(one, target)


def _as_known_then(made: backup.Made, target: Target) -> None:
    """The restored books are the lines up to the sequence of the backup, which today's books still have."""
    manifest = manifest_of(made.path)
    now = _summary(until=made.sequence)
    assert manifest["books"]["digests"]["books_entry"] == now.digests["books_entry"]
    assert manifest["books"]["members"] == now.members and now.sequence == made.sequence
    answer = target.restore(made.path)
    assert answer["sequence"] == made.sequence and answer["seconds"] > 0
    known = Entry.objects.filter(sequence__lte=made.sequence, book=1, closed=False, account__item__code="MASK-IIR")
    figure = target.unmet("figure", "not_covered", "--item", "MASK-IIR", "--json")
    expected = known.aggregate(total=Sum("not_covered"))["total"]
    assert json.loads(figure.stdout)["value"] == str(expected // 1000), figure.stderr


def _summary(**options: Any) -> digest.Summary:
    from django.db import transaction

    with transaction.atomic():
        return digest.summary(connection, **options)


# ── the whole way ────────────────────────────────────────────────────────────
def test_everything_that_matters_comes_back(world, tmp_path, target, settings, monkeypatch, capsys):
    monkeypatch.setenv("UNMET_CONTACT", "desk@coalition.example")
    monkeypatch.setenv("UNMET_MAIL_PASSWORD", "never-in-a-backup")
    (settings.UNMET_DATA / "texts").mkdir()
    (settings.UNMET_DATA / "texts" / "terms.fr.txt").write_text("Conditions", encoding="utf-8")
    (settings.UNMET_DATA / "mail").mkdir()
    (settings.UNMET_DATA / "mail" / "letter").write_text("not this")
    path = tmp_path / "kept.zip"
    assert run("backup", str(path), "--json") == 0
    said = told(capsys)
    assert (said["files"], said["lost"]) == (1, []) and said["sequence"] == Clock.objects.get().sequence > 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"never-in-a-backup" not in path.read_bytes() and settings.SECRET_KEY.encode() not in path.read_bytes()
    assert AuditRow.objects.get(event="config.backup_made").via == "console"
    assert backup.last(folder=settings.UNMET_DATA)["sequence"] == said["sequence"]

    answer = target.restore(path)
    assert (answer["files"], answer["members"], answer["migrated"]) == (1, 1, 0)
    letter = hashlib.sha256(b"A note verbale.").hexdigest()
    assert (target.folder / "uploads" / letter).read_bytes() == b"A note verbale."
    assert (target.folder / "texts" / "terms.fr.txt").read_text(encoding="utf-8") == "Conditions"
    assert json.loads((target.folder / "settings-of-the-backup.json").read_text())["UNMET_CONTACT"] == (
        "desk@coalition.example"
    )
    assert not (target.folder / "mail").exists() and not list(target.folder.glob(".unmet*"))
    assert json.loads(target.unmet("members", "--json").stdout)


def test_the_key_goes_along_only_when_asked(world, tmp_path, target, settings):
    path = tmp_path / "kept.zip"
    backed_up(path, with_secret_key=True)
    target.restore(path)
    key = target.folder / "secret_key"
    assert key.read_text() == settings.SECRET_KEY and stat.S_IMODE(key.stat().st_mode) == 0o600


def test_verify_restores_for_a_while_and_leaves_nothing(world, tmp_path, capsys, monkeypatch):
    path, spare = tmp_path / "kept.zip", tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spare))
    backed_up(path)
    assert run("backup", str(path), "--verify", "--json") == 0
    assert told(capsys)["accounts"] == 2
    assert list(spare.iterdir()) == []
    if engine() == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'unmet_verify%%'")
            assert cursor.fetchone() == (0,)


def test_a_folder_is_filled_with_files_named_by_the_moment(world, tmp_path):
    made = backed_up(tmp_path)
    assert made.path.parent == tmp_path and made.path.name.startswith("unmet-2") and made.path.suffix == ".zip"


def test_a_stored_file_that_is_gone_is_said(world, tmp_path, capsys, settings):
    next(settings.MEDIA_ROOT.iterdir()).write_bytes(b"something else")
    assert run("backup", str(tmp_path / "kept.zip"), "--json") == 1
    assert len(told(capsys)["lost"]) == 1
    assert manifest_of(tmp_path / "kept.zip")["lost_files"]


@pytest.mark.parametrize("where", ["there.zip", "no/folder.zip"])
def test_a_backup_replaces_nothing_and_makes_no_folder(world, tmp_path, capsys, where):
    (tmp_path / "there.zip").write_text("precious")
    assert run("backup", str(tmp_path / where), "--json") == 2
    assert told(capsys)["error"].startswith("There is")
    assert (tmp_path / "there.zip").read_text() == "precious" and not list(tmp_path.glob(".*"))


# ── what is refused ──────────────────────────────────────────────────────────
def test_a_target_that_is_not_empty_is_refused(world, tmp_path, target):
    path = tmp_path / "kept.zip"
    backed_up(path)
    (target.folder / "texts").mkdir()
    assert "not empty" in target.restore(path)["error"]
    (target.folder / "texts").rmdir()
    assert target.restore(path)["accounts"] == 2
    assert "not empty" in target.restore(path)["error"]
    if engine() == "postgresql":
        for there in target.folder.iterdir():
            shutil.rmtree(there) if there.is_dir() else there.unlink()
        assert "tables" in target.restore(path)["error"]


def test_every_flipped_bit_and_every_cut_is_refused(world, tmp_path):
    path, broken = tmp_path / "kept.zip", tmp_path / "broken.zip"
    backed_up(path)
    whole, chance = path.read_bytes(), random.Random(1)
    ends = [*range(60), *range(len(whole) - 200, len(whole))]
    for position in [*ends, *(chance.randrange(len(whole)) for _ in range(round(2000 * prove_scale())))]:
        changed = bytearray(whole)
        changed[position] ^= 1 << chance.randrange(8)
        broken.write_bytes(changed)
        _refused(broken)
    for length in [0, 1, 83, 84, 85, *(chance.randrange(len(whole)) for _ in range(50)), len(whole) - 1]:
        broken.write_bytes(whole[:length])
        _refused(broken)
    broken.write_bytes(whole + b"\0")
    _refused(broken)
    broken.write_bytes(b"PK" + os.urandom(5000))
    _refused(broken)
    with backup_file.opened(path) as opened:
        assert opened.manifest["unmet"]


def _refused(path: Path) -> None:
    with pytest.raises(backup_file.BackupRefused), backup_file.opened(path):
        pass


def forged(source: Path, target: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> Path:
    """A backup whose parts or manifest were changed by somebody who set the SHA-256 of the file right again."""
    with zipfile.ZipFile(source) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(parts.pop("manifest.json"))
    change(parts, manifest)
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.comment = b"unmet-backup sha256 " + b"0" * 64
    content = target.read_bytes()[:-84]
    target.write_bytes(content + b"unmet-backup sha256 " + hashlib.sha256(content).hexdigest().encode())
    return target


def _swap(other: Path, *, honest: bool) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    """Put the database of another backup in; `honest`: its size and SHA-256 in the manifest too."""

    def change(parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        name = next(name for name in parts if name.startswith("database."))
        with zipfile.ZipFile(other) as archive:
            parts[name] = archive.read(name)
        for part in manifest["parts"]:
            if part["name"] == name and honest:
                part.update(size=len(parts[name]), sha256=hashlib.sha256(parts[name]).hexdigest())

    return change


def _without_a_part(parts: dict[str, bytes], _manifest: dict[str, Any]) -> None:
    del parts["settings.json"]


def _with_a_path(parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
    parts["../evil"] = b"x"
    manifest["parts"].append({"name": "../evil", "size": 1, "sha256": hashlib.sha256(b"x").hexdigest()})


def _of_the_future(_parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["migrations"]["books"].append("9999_of_the_future")


def _of_another_form(_parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["format_version"] = 2


def _of_the_other_engine(_parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["engine"] = "postgresql" if manifest["engine"] == "sqlite" else "sqlite"


def test_parts_that_do_not_belong_together_are_refused(world, tmp_path, target):
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    backed_up(first)
    make.approved([make.line(quantity=7)], of="ZMB", round_=world, at=timezone.now())
    backed_up(second)
    wrong: list[tuple[str, Any]] = [
        ("not what its manifest says", _swap(first, honest=False)),
        ("not the one that was kept", _swap(first, honest=True)),
        ("parts that its manifest lists", _without_a_part),
        ("unknown name", _with_a_path),
        ("of_the_future", _of_the_future),
        ("the version that made it", _of_another_form),
        ("kind of database", _of_the_other_engine),
    ]
    for number, (says, change) in enumerate(wrong):
        answer = target.restore(forged(second, tmp_path / f"forged{number}.zip", change))
        assert says in answer["error"], answer
        left = {path.name for path in target.folder.iterdir()}
        assert left <= {"secret_key"}, f"{says}: {left}"
    assert target.restore(forged(second, tmp_path / "same.zip", lambda parts, manifest: None))["accounts"] == 2


def test_books_that_were_changed_before_the_backup_are_not_called_right(world, tmp_path, target):
    path = tmp_path / "kept.zip"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE books_cube SET approved = approved + 1")
    backed_up(path)
    assert "books: 2 differences" in target.restore(path)["error"]
    assert {path.name for path in target.folder.iterdir()} <= {"secret_key"}
    if engine() == "postgresql":
        with closing(copies.at(target.database.rpartition("/")[2])) as database:
            assert database.introspection.table_names() == []


def test_a_backup_of_an_older_version_is_brought_up_to_this_one(world, tmp_path, target):
    path, older = tmp_path / "kept.zip", tmp_path / "older.zip"
    backed_up(path)
    with empty_target(tmp_path / "before") as before:
        before.restore(path)
        back = [sys.executable, "-m", "django", "migrate", "support", "0016", "--verbosity", "0"]
        environment = {**os.environ, "UNMET_DATA": str(before.folder), "DATABASE_URL": before.database}
        done = subprocess.run(back, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        shutil.rmtree(before.folder / "texts", ignore_errors=True)
        assert before.unmet("backup", str(older)).returncode == 0
    assert "0017" not in str(manifest_of(older)["migrations"]["support"])
    answer = target.restore(older)
    assert answer["migrated"] > 0 and answer["accounts"] == 2
    doctor = json.loads(target.unmet("doctor", "--books", "--json").stdout)
    assert {check["name"]: check["status"] for check in doctor["checks"]}["books"] == "ok"


@pytest.mark.postgresql
def test_without_pg_dump_a_sentence_says_what_to_install(world, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(copies, "DEBIAN", tmp_path / "nowhere")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run("backup", str(tmp_path / "kept.zip"), "--json") == 2
    assert "postgresql-client" in told(capsys)["error"]
    assert list(tmp_path.glob("*.zip")) == []


def test_before_the_tables_are_there_there_is_nothing_to_keep(tmp_path, target):
    done = target.unmet("backup", str(tmp_path / "kept.zip"))
    assert done.returncode == 2 and "unmet setup" in done.stderr


def test_two_summaries_differ_where_the_books_do(world):
    before = _summary()
    assert before.members.keys() == {"ZMB"} and before.rows["books_account"] == 2
    assert _summary() == before
    make.approved([replace(make.line(), quantity=5000)], of="ZMB", round_=world, at=timezone.now())
    after = _summary()
    assert after.members != before.members and after.digests["books_cube"] != before.digests["books_cube"]
    assert _summary(until=before.sequence).digests["books_entry"] == before.digests["books_entry"]
    with closing(connection.cursor()):
        narrow = _summary(columns={table: names[:-1] for table, names in before.columns.items()} | {
            "books_entry": before.columns["books_entry"]
        })  # fmt: skip
    assert narrow.members == after.members and narrow.digests["books_cube"] != after.digests["books_cube"]
