"""Set up the virtual environment, the package, its translations and its static files; quick when nothing changed.

    python3 tools/setup.py [--test]

Runs on a bare Python (3.11 or later, no packages). Every step leaves a stamp in `.venv/stamps` that holds
a digest of what went in, and is skipped while that digest stands.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
REQUIREMENTS = ROOT / "requirements"
SOURCE = ROOT / "src" / "unmet"


class StepFailed(Exception):
    """One step could not be done; the text says what to do about it."""


def main() -> int:
    """Run the steps in order; 0 when everything stands, 1 with a sentence when a step failed."""
    parser = argparse.ArgumentParser(description="Set up what `make demo` and `make test` need.")
    parser.add_argument("--test", action="store_true", help="also install what the tests need")
    with_tests = parser.parse_args().test
    if sys.version_info < (3, 11):
        print(f"Unmet needs Python 3.11 or later; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    os.chdir(ROOT)
    try:
        make_venv()
        install_packages(with_tests=with_tests)
        install_unmet()
        compile_messages()
        collect_static()
    except StepFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    return 0


def make_venv() -> None:
    """Create `.venv`, or create it again when its Python is gone (a system upgrade, a moved folder)."""
    if PYTHON.exists() and answers(PYTHON):
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    say("Making a virtual environment in .venv")
    run(
        [sys.executable, "-m", "venv", str(VENV)],
        remedy="Python's own venv module is needed; on Debian: apt-get install python3-venv",
    )


def install_packages(*, with_tests: bool) -> None:
    """Install the locked versions, hashes checked. What builds comes first: a few packages come as source."""
    names = ["build.txt", "run.txt"] + (["test.txt"] if with_tests else [])
    for name in names:
        requirements = REQUIREMENTS / name
        once(
            f"packages-{name}",
            digest([requirements]),
            f"Installing the packages of requirements/{name}",
            partial(pip, "--require-hashes", "--no-build-isolation", "-r", str(requirements)),
        )


def install_unmet() -> None:
    """Install the package itself, editable, so that the command `.venv/bin/unmet` runs the code in src."""
    state = digest([ROOT / "pyproject.toml"])
    if not (VENV / "bin" / "unmet").exists():
        (STAMPS / "unmet").unlink(missing_ok=True)
    once(
        "unmet",
        state,
        "Installing the command .venv/bin/unmet",
        lambda: pip("--no-deps", "--no-build-isolation", "--editable", str(ROOT)),
    )


def compile_messages() -> None:
    """Turn the .po files into the .mo files that Django reads (those that are older than their source)."""
    stale = [po for po in SOURCE.rglob("*.po") if is_stale(po.with_suffix(".mo"), po)]
    if stale:
        say("Compiling translations")
        run([str(PYTHON), "tools/messages.py", "compile"], remedy="Mend the .po file that is named above.")


def collect_static() -> None:
    """Gather, hash and compress the static files of all apps into `staticfiles`."""
    files = sorted(path for path in SOURCE.rglob("static/**/*") if path.is_file())
    state = digest([*files, REQUIREMENTS / "run.txt", SOURCE / "config" / "settings.py"])
    if not (ROOT / "staticfiles").exists():
        (STAMPS / "static").unlink(missing_ok=True)
    # A data folder of its own: setting up must not create the user's database or key.
    environment = {**os.environ, "UNMET_DATA": str(ROOT / "build" / "setup-data"), "DATABASE_URL": ""}
    command = [str(PYTHON), "-m", "django", "collectstatic", "--settings", "unmet.config.settings"]
    once(
        "static",
        state,
        "Collecting static files",
        lambda: run(
            [*command, "--noinput", "--clear", "--verbosity", "0"],
            remedy="The static files could not be collected; the lines above say why.",
            environment=environment,
        ),
    )


def once(name: str, state: str, title: str, step: Callable[[], object]) -> None:
    """Run `step` unless its stamp already holds `state`; the stamp is written only after it succeeded."""
    stamp = STAMPS / name
    if stamp.exists() and stamp.read_text() == state:
        return
    say(title)
    started = time.monotonic()
    step()
    STAMPS.mkdir(exist_ok=True)
    stamp.write_text(state)
    say(f"  done in {time.monotonic() - started:.0f} s")


def pip(*arguments: str) -> None:
    """Install with uv when it is at hand (faster), with pip when it is not or when uv cannot reach the packages."""
    uv = shutil.which("uv")
    if uv:
        tried = subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", str(PYTHON), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if tried.returncode == 0:
            return
    run(
        [str(PYTHON), "-m", "pip", "install", "-qq", "--no-input", "--disable-pip-version-check", *arguments],
        remedy="The packages could not be installed. Is there a connection to a package index?",
    )


def run(command: list[str], *, remedy: str, environment: dict[str, str] | None = None) -> None:
    """Run a command with its output shown; raise `StepFailed` with the remedy when it fails."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, env=environment, check=False)
    if done.returncode:
        raise StepFailed(remedy)


def answers(python: Path) -> bool:
    """Whether the interpreter of the virtual environment still starts and is recent enough."""
    try:
        question = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
        return subprocess.run([str(python), "-c", question], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def is_stale(made: Path, source: Path) -> bool:
    return not made.exists() or made.stat().st_mtime < source.stat().st_mtime


def digest(files: Iterable[Path]) -> str:
    """One digest over names and contents."""
    summed = hashlib.sha256()
    for path in files:
        summed.update(f"{path.relative_to(ROOT)}\0".encode())
        summed.update(hashlib.sha256(path.read_bytes()).digest())
    return summed.hexdigest()


def say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main())
