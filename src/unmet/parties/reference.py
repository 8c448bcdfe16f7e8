"""Bring the shipped members, organisations, membership, sets, severity, population and groups into the database."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from unmet.audit.shipped import Loaded, load
from unmet.parties.models import Group, Membership, Party, PartySet, PartySetMember, Population, Severity

FOLDER = Path(__file__).parent / "data"
EDITION = "2026-11"
NAMES = ("name_en", "name_ar", "name_es", "name_fr")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _party(row: dict[str, str]) -> dict[str, str]:
    """Field values of a party. Where a coalition has fewer languages, the name in its first stands for the others."""
    leading = next(row[name] for name in NAMES if row.get(name))
    codes = {key: row[key] for key in ("code", "kind", "iso3", "iso2", "m49")}
    return {**codes, "regional_group": row["group"], **{name: row.get(name) or leading for name in NAMES}}


def _day(text: str) -> date | None:
    """A day; a month alone means its first day; empty means not known."""
    if not text:
        return None
    return date.fromisoformat(text if len(text) == 10 else f"{text}-01")


@transaction.atomic
def load_all(folder: Path = FOLDER) -> dict[str, Loaded]:
    """Load every file of a folder, by default the shipped ones; returns what was done, by file.

    Population groups are those that ship for every coalition; `population.csv` may be left out, and so
    may `severity.csv`, and `sets.csv` with `set_members.csv`.
    """
    done = {
        "parties": load(Party, map(_party, _rows(folder / "parties.csv")), key=("code",), edition=EDITION),
        "groups": load(
            Group,
            ({key: row[key] for key in ("code", *NAMES)} for row in _rows(FOLDER / "groups.csv")),
            key=("code",),
            edition=EDITION,
        ),
    }
    parties = dict(Party.objects.values_list("code", "pk"))
    memberships = (
        {
            "party_id": parties[row["party"]],
            "status": row["status"],
            "from_on": _day(row["from"]),
            "until_on": _day(row["until"]),
        }
        for row in _rows(folder / "membership.csv")
    )
    populations = (
        {
            "party_id": parties[row["party"]],
            "population": int(row["population"]),
            "year": int(row["year"]),
            "source": row["source"],
        }
        for row in (_rows(folder / "population.csv") if (folder / "population.csv").exists() else ())
    )
    if (folder / "severity.csv").exists():
        key = ("party_id", "index", "month_on")
        done["severity"] = load(Severity, _severities(folder, parties), key=key, edition=EDITION)
    if (folder / "sets.csv").exists():
        done |= _sets(folder, parties)
    done["membership"] = load(Membership, memberships, key=("party_id", "status", "from_on"), edition=EDITION)
    done["population"] = load(Population, populations, key=("party_id", "year", "source"), edition=EDITION)
    return done


def _sets(folder: Path, parties: dict[str, int]) -> dict[str, Loaded]:
    """Sets that others keep, and who is in them."""
    kept = ({key: row[key] for key in ("code", "source", *NAMES)} for row in _rows(folder / "sets.csv"))
    done = {"sets": load(PartySet, kept, key=("code",), edition=EDITION)}
    sets = dict(PartySet.objects.values_list("code", "pk"))
    spells = (
        {
            "party_set_id": sets[row["set"]],
            "party_id": parties[row["party"]],
            "from_on": _day(row["from"]),
            "until_on": _day(row["until"]),
            "source": row["source"],
        }
        for row in _rows(folder / "set_members.csv")
    )
    key = ("party_set_id", "party_id", "from_on")
    return done | {"set_members": load(PartySetMember, spells, key=key, edition=EDITION)}


def _severities(folder: Path, parties: dict[str, int]) -> Iterator[dict[str, object]]:
    for row in _rows(folder / "severity.csv"):
        yield {
            "party_id": parties[row["party"]],
            "index": row["index"],
            "tenths": int(Decimal(row["value"]) * 10),
            "month_on": _day(row["month"]),
            "source": row["source"],
        }
