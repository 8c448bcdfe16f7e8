"""Guards: what must hold in the whole tree, whoever changes it."""

import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models
from packaging.requirements import Requirement
from tools import docs, messages

from tests import programs
from tests.conftest import NetworkIsClosed, engine

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))


# ── the house ────────────────────────────────────────────────────────────────
def rooms() -> dict[str, int]:
    """Each room of the house and its height: the floor has 0. Read from the contract itself."""
    contract = next(c for c in PROJECT["tool"]["importlinter"]["contracts"] if c["id"] == "house")
    return {
        room.strip(" ()"): height
        for height, layer in enumerate(reversed(contract["layers"]))
        for room in layer.split("|")
    }


def may_refer(source: str, target: str) -> bool:
    """Whether a room may know another one: itself, and the rooms below."""
    height = rooms()
    return source == target or height[source] > height[target]


def test_neighbours_and_upper_rooms_are_out_of_reach() -> None:
    assert may_refer("needs", "books")
    assert may_refer("needs", "needs")
    assert not may_refer("books", "needs")
    assert not may_refer("catalogue", "parties")


@pytest.mark.pure
def test_imports_keep_the_contract() -> None:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def references() -> Iterator[tuple[type[models.Model], str, type[models.Model]]]:
    """Every foreign key, one-to-one and many-to-many between two of our own models."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            own = field.concrete and isinstance(target, type) and target.__module__.startswith("unmet.")
            if own and model.__module__.startswith("unmet."):
                yield model, field.name, target


def test_foreign_keys_point_down_like_imports() -> None:
    found = list(references())
    assert found, "no foreign key between our models: this guard looks in the wrong place"
    upwards = [
        f"{model._meta.label}.{name} -> {target._meta.label}"
        for model, name, target in found
        if not may_refer(model._meta.app_label, target._meta.app_label)
    ]
    assert not upwards


def test_every_room_with_tables_is_labelled_by_its_folder() -> None:
    for config in apps.get_app_configs():
        if config.name.startswith("unmet."):
            assert config.label == config.name.removeprefix("unmet.")
            assert config.label in rooms()


# ── Django's own checks ──────────────────────────────────────────────────────
@pytest.mark.django_db
def test_no_model_waits_for_a_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


def test_django_finds_nothing_to_complain_about() -> None:
    call_command("check", fail_level="WARNING")


# ── the tests themselves ─────────────────────────────────────────────────────
@pytest.mark.pure
def test_no_test_reaches_the_network() -> None:
    with socket.socket() as outside, pytest.raises(NetworkIsClosed):
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(NetworkIsClosed):
        socket.getaddrinfo("example.org", 443)


@pytest.mark.pure
def test_loopback_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())
    assert socket.getaddrinfo("localhost", 80)


@pytest.mark.postgresql
@pytest.mark.django_db
def test_postgresql_is_private_and_not_the_systems_own() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories')")
        assert cursor.fetchone() == ("127.0.0.1", "")


@pytest.mark.django_db
def test_the_engine_is_the_one_this_run_is_for() -> None:
    assert connection.vendor == engine()


# ── what is in the tree ──────────────────────────────────────────────────────
def tracked_files() -> list[Path]:
    """The files of the repository, with those not yet added; without git (an unpacked archive) all of the sources."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode:
        names = [*ROOT.glob("*"), *(p for top in ("src", "tests", "tools", "docs") for p in (ROOT / top).rglob("*"))]
        return [path for path in names if path.is_file()]
    return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def text_files() -> Iterator[tuple[str, str]]:
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" not in content[:8000]:
            yield str(path.relative_to(ROOT)), content.decode("utf-8", errors="replace")


INDEX_ADDRESS = re.compile(
    r"--(?:extra-)?index[-]url|--find[-]links|\"resolved\": *\"|source = \{ registry"
    r"|https?://[^\s\"]+(?:/simple/|/packages/[0-9a-f]{2}/[0-9a-f]{2}/|/-/[^\s\"]+\.tgz)"
)
MACHINE_PATH = re.compile(r"(?<![\w./])/(?:home|Users|root|work)/\w|file:/{3}(?:home|opt|tmp|srv)/")


@pytest.mark.pure
@pytest.mark.parametrize(
    "line", ["--extra-index" + "-url x", "https://example.org/simple" + "/django/", "source = { " + 'registry = "x" }']
)
def test_an_index_address_is_recognised(line: str) -> None:
    assert INDEX_ADDRESS.search(line)


@pytest.mark.pure
@pytest.mark.parametrize("line", ["cd /" + "home/ana/unmet", "file:" + "///srv/x/y", "(/" + "root/" + "x)"])
def test_a_machine_path_is_recognised(line: str) -> None:
    assert MACHINE_PATH.search(line)


@pytest.mark.pure
def test_no_file_names_a_package_index_or_a_machine() -> None:
    here = [f"{ROOT}/", f"{Path.home()}/"]
    found = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in text_files()
        for number, line in enumerate(text.splitlines(), 1)
        if INDEX_ADDRESS.search(line) or MACHINE_PATH.search(line) or any(path in line for path in here)
    ]
    assert not found


@pytest.mark.pure
def test_third_party_code_and_fonts_are_installed_never_copied() -> None:
    copied = re.compile(r"\.min\.(?:js|css)$|(?:^|/)(?:node_modules|vendor|third_party)/|\.(?:woff2?|ttf|otf|eot)$")
    names = [str(path.relative_to(ROOT)) for path in tracked_files()]
    assert not [name for name in names if copied.search(name)]


@pytest.mark.pure
def test_scripts_and_styles_are_written_for_readers() -> None:
    minified = [
        name
        for name, text in text_files()
        if name.endswith((".js", ".css")) and max(map(len, text.splitlines()), default=0) > 500
    ]
    assert not minified


# ── dependencies ─────────────────────────────────────────────────────────────
def dependency_lines() -> list[str]:
    """The lines of [project] dependencies in pyproject.toml, comments included."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.DOTALL | re.MULTILINE)
    assert block
    return [line.strip() for line in block[1].splitlines() if line.strip()]


@pytest.mark.pure
def test_each_run_time_dependency_has_a_reason_and_there_are_few() -> None:
    lines = dependency_lines()
    assert len(lines) == len(PROJECT["project"]["dependencies"]) <= 20
    without_reason = [line for line in lines if len(line.partition("#")[2].split()) < 3]
    assert not without_reason


def locked(path: Path) -> dict[str, str]:
    """Package → exact version of a requirements file."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", path.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.pure
@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_locked_package_has_its_hashes(path: Path) -> None:
    entries = path.read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    bare = [line for line in entries if line and not line.startswith("#") and "--hash=sha256:" not in line]
    assert locked(path)
    assert not bare


@pytest.mark.pure
@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("run.txt", PROJECT["project"]["dependencies"]),
        ("test.txt", PROJECT["project"]["optional-dependencies"]["test"]),
        ("build.txt", PROJECT["build-system"]["requires"]),
    ],
)
def test_the_lock_agrees_with_pyproject(file: str, wanted: list[str]) -> None:
    versions = locked(ROOT / "requirements" / file)
    for requirement in map(Requirement, wanted):
        version = versions.get(requirement.name.lower())
        assert version, f"{requirement.name} is not in {file}: run `make lock`"
        assert requirement.specifier.contains(version), f"{file} has {requirement.name} {version}: run `make lock`"


@pytest.mark.pure
def test_tests_run_with_the_versions_that_users_run() -> None:
    run, test = locked(ROOT / "requirements" / "run.txt"), locked(ROOT / "requirements" / "test.txt")
    assert {name: test.get(name) for name in run} == run


@pytest.mark.pure
def test_the_installed_package_is_this_one() -> None:
    assert distribution("unmet").version == PROJECT["project"]["version"]


# ── documents ────────────────────────────────────────────────────────────────
@pytest.mark.pure
def test_every_setting_is_documented() -> None:
    """`UNMET_*` and DATABASE_URL: each one the code reads has a line in docs/settings.md, and no other has."""
    assert docs.settings_in_code(), "no setting found: this guard looks in the wrong place"
    assert docs.settings_in_docs() == docs.settings_in_code()


def test_every_command_is_documented() -> None:
    """docs/commands.md is what `make docs` writes from the command line's own help."""
    assert docs.commands_in_code(), "no command found: this guard looks in the wrong place"
    assert docs.COMMANDS.exists(), "docs/commands.md does not exist: run `make docs`"
    assert docs.COMMANDS.read_text(encoding="utf-8") == docs.commands_page(), "run `make docs`"


# ── languages ────────────────────────────────────────────────────────────────
@pytest.mark.pure
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    """A failure lists the sentences; `make i18n` adds them to the .po file, empty."""
    missing = [str(fault) for fault in messages.faults() if fault.language == language]
    assert not missing, f"{len(missing)} sentences:\n" + "\n".join(missing)


@pytest.mark.pure
@pytest.mark.needs("gettext")
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_gettext_itself_accepts_the_file(language: str) -> None:
    msgfmt = programs.find("gettext")
    assert msgfmt
    command = [msgfmt, "--check", "--output-file=/dev/null", messages.po_path(language)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.pure
def test_sentences_are_found_in_code_and_templates() -> None:
    places = {path for message in messages.sentences() for path, _line in message.locations}
    assert any(path.endswith(".py") for path in places)
    assert any("/templates/" in path for path in places)
