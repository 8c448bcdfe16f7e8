"""Which coalition this installation serves: a folder of files beside the database. Without it, the one that is shipped.

    coalition.json     its name in each of its languages; for a demonstration also an emergency, a round and needs
    parties.csv        its parties, as in src/unmet/parties/data; names in its languages only
    membership.csv     who is a member or an observer, from when until when
    population.csv     may be left out

The settings read it, so nothing here may need Django.
"""

import csv
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent / "data" / "coalitions"
FOLDER, FILE = "coalition", "coalition.json"
PARTIES = ("parties.csv", "membership.csv", "population.csv")
KNOWN_LANGUAGES = ("en", "ar", "es", "fr")


class CoalitionRefused(Exception):
    """The folder does not describe a coalition, or another one is served here; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Coalition:
    """A coalition as its folder describes it. `names` has an entry for each of `languages`, the first one leading."""

    folder: Path
    names: Mapping[str, str]
    languages: tuple[str, ...]
    demonstration: Mapping[str, Any] = field(default_factory=dict)


def read(folder: Path) -> Coalition:
    """The coalition of a folder.

    Raises:
        CoalitionRefused: a file is not there or not of the form.
    """
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
        languages = tuple(told["languages"])
        names = {language: str(told["name"][language]) for language in languages}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CoalitionRefused(
            f"{folder / FILE} does not name a coalition in each of its languages: {error}"
        ) from error
    if not languages or not set(languages) <= set(KNOWN_LANGUAGES) or not all(names.values()):
        raise CoalitionRefused(
            f"{folder / FILE}: the languages are some of {', '.join(KNOWN_LANGUAGES)}, each with a name."
        )
    for name in PARTIES[:2]:
        _require_columns(folder / name, languages if name == "parties.csv" else ())
    return Coalition(folder, names, languages, told.get("demonstration", {}))


def _require_columns(path: Path, languages: tuple[str, ...]) -> None:
    wanted = {"code", "kind", *(f"name_{language}" for language in languages)} if languages else {"party", "status"}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lacking = wanted - set(next(csv.reader(file), []))
    except OSError as error:
        raise CoalitionRefused(f"The coalition has no file {path.name}: {error.strerror}.") from error
    if lacking:
        raise CoalitionRefused(f"{path.name} lacks the columns {', '.join(sorted(lacking))}.")


def standing(data: Path) -> Coalition | None:
    """The coalition whose folder stands beside the database; None for the one that is shipped."""
    folder = data / FOLDER
    return read(folder) if folder.is_dir() else None


def install(source: str, *, data: Path) -> None:
    """Put a coalition beside a database that does not exist yet: a folder, or the name of one that comes with Unmet.

    Raises:
        CoalitionRefused: see `read`; or a database is there already and serves another coalition.
    """
    folder = SHIPPED / source if (SHIPPED / source).is_dir() and "/" not in source else Path(source)
    coalition, target = read(folder), data / FOLDER
    wanted = {name: (folder / name).read_bytes() for name in (FILE, *PARTIES) if (folder / name).is_file()}
    if target.is_dir() and all(
        (target / name).is_file() and (target / name).read_bytes() == wanted[name] for name in wanted
    ):
        return
    if (data / "unmet.sqlite3").exists() or target.is_dir():
        raise CoalitionRefused(
            f"The folder {data} serves another coalition already. Choose another folder with --data for "
            f"{coalition.names[coalition.languages[0]]}."
        )
    beside = target.with_suffix(".new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    for name, content in wanted.items():
        (beside / name).write_bytes(content)
    beside.rename(target)
