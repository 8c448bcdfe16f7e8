"""The programs of the system that some tests need, where they are, and what is left out without them."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = ROOT / "build" / "left-out.txt"


@dataclass(frozen=True)
class Program:
    """A program under the names it goes by, the folders beside PATH where it may be, and the Debian package."""

    names: tuple[str, ...]
    package: str
    folders: tuple[str, ...] = ()

    def find(self) -> Path | None:
        """The first one found, or None."""
        search = os.pathsep.join([os.environ.get("PATH", ""), *self.folders])
        for name in self.names:
            if found := shutil.which(name, path=search):
                return Path(found)
        return None


PROGRAMS = {
    "chromium": Program(("chromium", "chromium-browser", "google-chrome"), "chromium"),
    "libreoffice": Program(
        ("soffice", "localc"), "libreoffice-calc", ("/Applications/LibreOffice.app/Contents/MacOS",)
    ),
    "curl": Program(("curl",), "curl"),
    "gettext": Program(("msgfmt",), "gettext"),
    "postgresql": Program(("initdb",), "postgresql"),
}


def find(name: str) -> Path | None:
    """The program of that name (a key of `PROGRAMS`), or None when this machine lacks it."""
    return postgresql_programs("initdb") if name == "postgresql" else PROGRAMS[name].find()


def postgresql_programs(program: str) -> Path | None:
    """`initdb` or `postgres` of the newest PostgreSQL (15 or later) on this machine.

    Debian keeps them outside PATH, one folder per version; Homebrew likewise.
    """
    folders = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/usr").glob("pgsql-*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql@*/bin"),
    ]
    found = {folder / program for folder in folders if (folder / program).exists()}
    if on_path := shutil.which(program):
        found.add(Path(on_path).resolve())
    recent = [(version, path) for path in found if (version := _major_version(path)) >= 15]
    return max(recent)[1] if recent else None


def _major_version(program: Path) -> int:
    """The major version a PostgreSQL program states; 0 when it states none."""
    stated = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"\(PostgreSQL\) (\d+)", stated)
    return int(match[1]) if match else 0


def how_to_get(name: str) -> str:
    """The line that says what is missing and how to get it."""
    package = PROGRAMS[name].package
    return f"{package} (Debian and Ubuntu: apt-get install {package})"


def leave_out(line: str) -> None:
    """Note once in build/left-out.txt that something could not run here; `.ci/run` treats that as a failure."""
    LEFT_OUT.parent.mkdir(exist_ok=True)
    lines = LEFT_OUT.read_text().splitlines() if LEFT_OUT.exists() else []
    if line not in lines:
        LEFT_OUT.write_text("\n".join([*lines, line]) + "\n")
