"""What commands share: who acts, what is named by its code, how an answer is printed and how a command ends."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

from unmet.access import services as access
from unmet.access.models import Appointment
from unmet.catalogue.models import Round
from unmet.exchange import download
from unmet.exchange.download import Column
from unmet.parties.models import Party, Person

OK, REFUSED, FAILED = 0, 1, 2


class Stop(Exception):
    """The command cannot go on; the sentence says why and what to do. Exit code 2."""


# ── who acts, and what is named ──────────────────────────────────────────────
def acting_person(given: argparse.Namespace, party: Party | None, roles: Sequence[str]) -> Person:
    """Who acts: whoever is named; in a demonstration the first person who holds one of the roles for the party.

    Raises:
        Stop: nobody is named, or nobody has the address or the role.
    """
    if given.as_ or os.environ.get("UNMET_AS") or not access.is_demonstration():
        return named_person(given)
    for role in roles:
        of = {"party": party} if party else {}
        appointment = Appointment.objects.filter(**of, role=role, ended_at=None).order_by("pk").first()
        if appointment:
            return appointment.person
    raise Stop("The demonstration has nobody who may do this for that party. Say who acts with --as E-MAIL.")


def named_person(given: argparse.Namespace) -> Person:
    """Who acts, by name alone.

    Raises:
        Stop: nobody is named, or nobody has the address.
    """
    email = given.as_ or os.environ.get("UNMET_AS")
    if not email:
        raise Stop("Say who acts, with --as E-MAIL or UNMET_AS.")
    return person_of(email)


def person_of(email: str) -> Person:
    """The person with an e-mail address.

    Raises:
        Stop: there is none.
    """
    found = Person.objects.filter(email=email.lower()).first()
    if found is None:
        raise Stop(f"Nobody here has the e-mail address {email}.")
    return found


def find(kind: Any, code: str) -> Any:
    """The row of a model with a code, read without case.

    Raises:
        Stop: there is none.
    """
    found = kind.objects.filter(code__iexact=code).first()
    if found is None:
        lists = {Round: "unmet rounds", Party: "unmet members"}
        raise Stop(
            f"There is no {kind._meta.verbose_name} {code!r}."
            + (f" List them with: {lists[kind]}" if kind in lists else "")
        )
    return found


def day(text: str | None) -> date | None:
    """A day as it is typed.

    Raises:
        Stop: it is none.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Stop(f"{text!r} is not a day. Write it as 2021-06-30.") from None


# ── answers ──────────────────────────────────────────────────────────────────
def print_rows(rows: Sequence[dict[str, Any]], given: argparse.Namespace, *, names: Sequence[str] = ()) -> int:
    """Print a list: as JSON, as CSV where the command has it (`names` are its columns), else one line a row."""
    if given.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    elif getattr(given, "csv", False):
        columns = [Column(name, name, "text") for name in names]
        notes = {download.MARK: download.demonstration_words()} if access.is_demonstration() else {}
        download.write_csv(sys.stdout, columns, ([_cell(row[name]) for name in names] for row in rows), notes=notes)
    else:
        for row in rows:
            print("  ".join(_cell(value) for value in row.values()))
    return OK


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return " – ".join(map(str, value))
    return "" if value is None else str(value)


def told(given: argparse.Namespace, said: dict[str, Any]) -> int:
    """Print what a command did."""
    print(json.dumps(said) if given.json else ", ".join(f"{name} {value}" for name, value in said.items()))
    return OK
