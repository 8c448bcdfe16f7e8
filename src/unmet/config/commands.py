"""What each command does. A command is checked like a page and audited as *console*."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import override
from rich.console import Console
from rich.table import Table

from unmet.access import second_factor, telling
from unmet.access import services as access
from unmet.access.actors import Actor, acting
from unmet.access.may import NotAllowed
from unmet.access.models import Release, Role
from unmet.books import services as books
from unmet.catalogue import reference as catalogue_reference
from unmet.catalogue.models import Emergency, Item, Round, Sector
from unmet.config import (
    coalition_demo,
    coalition_files,
    demonstration,
    doctor,
    operating,
    serving,
    tables,
    working,
)
from unmet.config.backup_file import BackupRefused
from unmet.config.console import (
    FAILED,
    OK,
    REFUSED,
    Stop,
    acting_person,
    day,
    find,
    person_of,
    print_rows,
    told,
)
from unmet.figures.definitions import FIGURES
from unmet.figures.published import NotOverItems, NotOverRounds, TodayOnly, publish
from unmet.figures.totals import Scope
from unmet.jobs import services as jobs
from unmet.jobs.models import Job
from unmet.needs import services as needs
from unmet.needs.models import Return
from unmet.notices import bounces
from unmet.notices.models import SuppressedAddress
from unmet.parties import reference as parties_reference
from unmet.parties.models import Party

_MARKS = {"ok": "[green]ok[/green]", "warn": "[yellow]warn[/yellow]", "fail": "[red]fail[/red]"}


def run(given: argparse.Namespace) -> int:
    """Run the command that was given."""
    try:
        return _COMMANDS[given.command](given)
    except (Stop, BackupRefused) as stop:
        return _fail(given, str(stop))
    except NotAllowed as refused:
        return _fail(given, f"Not allowed: {refused}. Name the person who acts with --as E-MAIL.")


def _fail(given: argparse.Namespace, sentence: str) -> int:
    if getattr(given, "json", False):
        print(json.dumps({"error": sentence}, ensure_ascii=False))
    else:
        print(sentence, file=sys.stderr)
    return FAILED


# ── running ──────────────────────────────────────────────────────────────────
def _migrate(_given: argparse.Namespace) -> int:
    call_command("migrate", verbosity=0, interactive=False)
    return OK


def _setup(_given: argparse.Namespace) -> int:
    call_command("migrate", verbosity=0, interactive=False)
    own = coalition_files.standing(settings.UNMET_DATA)
    parties = parties_reference.load_all(own.folder) if own else parties_reference.load_all()
    for name, loaded in (catalogue_reference.load_all() | parties).items():
        kept = f", {len(loaded.kept)} edited here and kept: {', '.join(loaded.kept[:5])}" if loaded.kept else ""
        print(
            f"{name}: {len(loaded.created)} new, {len(loaded.updated)} updated, {loaded.unchanged} as they were{kept}"
        )
    return OK


def _demo(given: argparse.Namespace) -> int:
    host = "127.0.0.1"
    if not given.no_serve and not serving.port_is_free(host, given.port):
        raise Stop(f"Port {given.port} is in use. Choose another one: make demo PORT={given.port + 1}")
    call_command("migrate", verbosity=0, interactive=False)
    if not demonstration.is_loaded():
        if Party.objects.exists():
            raise Stop("This database is in use and not a demonstration. Choose another folder: make demo DATA=./demo")
        if own := coalition_files.standing(settings.UNMET_DATA):
            coalition_demo.load(own)
        else:
            demonstration.load(tell=lambda words: print(f"  {words}", flush=True))
    address = f"http://localhost:{given.port}"
    _print_links(address)
    if given.no_serve:
        return OK
    return serving.serve(host=host, port=given.port)


def _print_links(address: str) -> None:
    print(f"\nDEMONSTRATION · {address}\n\nOne-time sign-in links (each works once; `make demo` prints fresh ones):")
    own, language = coalition_files.standing(settings.UNMET_DATA), settings.LANGUAGE_CODE
    for entry in demonstration.sign_in_links(coalition_demo.links(own) if own else demonstration.LINKS):
        with override(language):
            print(f"  {entry.party.name}, {Role(entry.role).label}\n    {address}/{language}/enter/{entry.secret}")
    print("\nStop with Ctrl-C.", flush=True)


def _serve(given: argparse.Namespace) -> int:
    port = given.port or settings.UNMET_PORT
    if not serving.port_is_free(given.host, port):
        raise Stop(f"Port {port} is in use. Choose another one with --port.")
    if (
        access.is_demonstration()
        and given.host not in {"127.0.0.1", "localhost", "::1"}
        and not os.environ.get("UNMET_DEMO_OPEN")
    ):
        raise Stop("A DEMONSTRATION database serves this machine only. Set UNMET_DEMO_OPEN=1 to serve others too.")
    return serving.serve(host=given.host, port=port, workers=given.workers)


def _work(given: argparse.Namespace) -> int:
    if given.once:
        print(f"{working.once()} done")
        return OK
    working.work(parent=given.parent)
    return OK


def _jobs(given: argparse.Namespace) -> int:
    if given.again is not None:
        return _jobs_again(given)
    rows = [
        {
            "number": job.pk, "job": str(job), "due": f"{job.due_at:%Y-%m-%d %H:%M:%S}", "tries": job.attempts,
            "state": "given up" if job.dead_at else "running" if job.leased_until else "waiting",
            "error": job.error,
        }
        for job in Job.objects.filter(done_at=None).order_by("-dead_at", "due_at", "pk")
    ]  # fmt: skip
    if not rows and not given.json:
        print("No job waits, and none was given up.")
    return print_rows(rows, given)


def _jobs_again(given: argparse.Namespace) -> int:
    if given.again != "all" and not given.again.isdecimal():
        raise Stop("Name the job by its number, as `unmet jobs` lists it, or say `all`.")
    try:
        count = jobs.again(at=timezone.now(), number=None if given.again == "all" else int(given.again))
    except jobs.NotDead:
        raise Stop(f"No job of number {given.again} was given up. `unmet jobs` lists them.") from None
    print(json.dumps({"again": count}) if given.json else f"{count} tried again")
    return OK


def _doctor(given: argparse.Namespace) -> int:
    checks = doctor.examine(books=given.books)
    if given.json:
        print(doctor.as_json(checks))
    else:
        table = Table(box=None, pad_edge=False)
        for title in ("", "what", "says", "cure"):
            table.add_column(title, overflow="fold")
        for check in checks:
            table.add_row(_MARKS[check.status], check.name, check.says, check.cure)
        Console().print(table)
    return OK if all(check.status != "fail" for check in checks) else REFUSED


# ── lists and figures ────────────────────────────────────────────────────────
def _rounds(given: argparse.Namespace) -> int:
    rows = [
        {
            "code": round_.code, "state": round_.state, "emergency": round_.emergency.code,
            "window": [str(round_.window_from_on), str(round_.window_until_on)],
            "period": [str(round_.period_from_on), str(round_.period_until_on)],
        }
        for round_ in Round.objects.select_related("emergency").order_by("period_from_on")
    ]  # fmt: skip
    return print_rows(rows, given)


def _members(given: argparse.Namespace) -> int:
    members = Party.objects.members(on=timezone.now().date()).order_by("code")
    rows = [{"code": party.code, "name": party.name_en, "group": party.regional_group} for party in members]
    return print_rows(rows, given)


def _figure(given: argparse.Namespace) -> int:
    figure = FIGURES.get(given.code)
    if figure is None:
        raise Stop(f"There is no figure {given.code!r}. There are: {', '.join(sorted(FIGURES))}.")
    kinds: dict[str, Any] = {"member": Party, "item": Item, "sector": Sector, "emergency": Emergency, "round": Round}
    chosen = {name: find(kind, getattr(given, name)).pk for name, kind in kinds.items() if getattr(given, name)}
    scope, at = Scope(**chosen, on=day(given.on)), timezone.now()
    with acting(Actor.of(None, at=at, via="console")):
        books.settle(at=at)
        try:
            published = publish(figure, scope, at=at)
        except NotOverItems:
            raise Stop(f"The figure {given.code} is a quantity of one item: name it with --item CODE.") from None
        except NotOverRounds:
            raise Stop(f"The figure {given.code} exists for one round only: name it with --round CODE.") from None
        except TodayOnly:
            raise Stop(f"The figure {given.code} cannot be known for a past day.") from None
    money = given.item is not None and find(Item, given.item).kind == Item.Kind.FINANCE
    value = _exact(published.value, "finance" if money and figure.unit == "base_unit" else figure.unit)
    told: dict[str, Any] = {
        "figure": figure.code,
        "unit": "US$" if money else figure.unit,
        "value": value,
        "version": figure.version,
    }
    told["inputs"] = {name: published.sums[name] for name in figure.inputs}
    if given.json:
        print(json.dumps(told))
    else:
        print("nothing public" if value is None else value)
    return OK


def _exact(value: Any, unit: str) -> str | None:
    """A value as decimal text: base units, US dollars, a share or a count. `finance`: thousandths of a US cent."""
    if value is None:
        return None
    if unit in {"base_unit", "finance", "usd_cents"}:
        size = {"base_unit": 1000, "finance": 100_000, "usd_cents": 100}[unit]
        amount = Decimal(value) / size
        return f"{amount:.2f}" if unit == "usd_cents" else f"{amount.normalize():f}"
    return str(value) if unit == "count" else f"{float(value):.6f}"


# ── acting for a member ──────────────────────────────────────────────────────
def _approve(given: argparse.Namespace) -> int:
    member, round_ = find(Party, given.member), find(Round, given.round)
    person, at = acting_person(given, member, (Role.APPROVER,)), timezone.now()
    with acting(Actor.of(person, at=at, via="console")):
        waiting = Return.objects.submitted().filter(member=member, round=round_).first()
        if waiting is None:
            raise Stop(f"No return of {member.code} for {round_.code} is waiting for approval.")
        try:
            changed = needs.approve(waiting, by=person, at=at, revision=waiting.revision)
        except needs.NotYoursToApprove:
            raise Stop(
                "Who entered a line of a return cannot approve it. Another approver of the member may."
            ) from None
    return told(given, {"approved": waiting.revision, "changed": changed})


def _release(given: argparse.Namespace) -> int:
    member = find(Party, given.member)
    person, at = acting_person(given, member, (Role.APPROVER,)), timezone.now()
    sectors = [find(Sector, code) for code in given.sector] if given.sector else list(Sector.objects.all())
    with acting(Actor.of(person, at=at, via="console")):
        try:
            granted = needs.release(
                member=member, subjects=[(Release.Subject.SECTOR, sector.uuid) for sector in sectors],
                level=given.level, audience=given.to, until_on=day(given.until), by=person, at=at,
            )  # fmt: skip
        except access.ReleaseRefused as refused:
            raise Stop(f"The release was refused: {refused.reason}.") from refused
    return told(given, {"released": len(granted), "to": given.to, "level": given.level})


def _second_factor(given: argparse.Namespace) -> int:
    person = person_of(given.person)
    by, at = acting_person(given, Party.objects.filter(code="COORD").first(), (Role.OPERATOR,)), timezone.now()
    with acting(Actor.of(by, at=at, via="console")):
        try:
            done = second_factor.reset(person, reason=given.reason, by=by, at=at)
        except second_factor.SecondFactorRefused as refused:
            raise Stop(_FACTOR_STAYS[refused.reason]) from refused
    return told(given, {"reset": person.email, "factors": len(done.removed), "sessions": done.sessions})


_FACTOR_STAYS: dict[str, str] = {
    "reason": "Say why with --reason, and how you know who asks.",
    "own": "Nobody takes off his or her own second factor here. Another operator may.",
    "none": "This person has no second factor. A new one is set up after signing in, under Account.",
}


def _map(given: argparse.Namespace) -> int:
    from unmet.web import map as world_map

    members = Party.objects.members(on=timezone.now().date()).values_list("iso3", flat=True)
    try:
        world_map.install(Path(given.file), members=list(members))
    except world_map.MapFileError as error:
        raise Stop(str(error)) from error
    print("The map file is installed. It shows from the next start.")
    return OK


# ── letters that came back ───────────────────────────────────────────────────
def _bounces(given: argparse.Namespace) -> int:
    at = timezone.now()
    if given.lift:
        return _lift(given)
    if given.list:
        rows = [
            {
                "address": one.address, "since": f"{one.at:%Y-%m-%d}", "reason": one.reason, "status": one.status,
                "says": one.says,
            }
            for one in SuppressedAddress.objects.filter(lifted_at=None).order_by("address")
        ]  # fmt: skip
        return print_rows(rows, given)
    reports = bounces.contents(map(Path, given.files)) if given.files else [sys.stdin.buffer.read(bounces.LARGEST)]
    try:
        counts = bounces.read_all(reports, at=at, via="console")
    except OSError as error:
        raise Stop(f"The reports cannot be read: {error}") from error
    # Whatever they said, a mail server that hands us a report has done its part.
    return told(given, {outcome: counts[outcome] for outcome in bounces.OUTCOMES})


def _lift(given: argparse.Namespace) -> int:
    by, at = acting_person(given, Party.objects.filter(code="COORD").first(), (Role.OPERATOR,)), timezone.now()
    with acting(Actor.of(by, at=at, via="console")):
        if not telling.lift(given.lift, by=by, at=at):
            raise Stop(f"Letters go to {given.lift} already. List the others with: unmet bounces --list")
    return told(given, {"lifted": given.lift})


# With these comes the API and its framework: a second that no other command is to wait.
def _loop(given: argparse.Namespace) -> int:
    from unmet.config import deeds

    return deeds.do(given) if given.command == "do" else deeds.show(given)


def _listed(given: argparse.Namespace) -> int:
    from unmet.config import listing

    return listing.run(given)


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "approve": _approve, "backup": operating.make_backup, "bounces": _bounces, "demo": _demo, "do": _loop,
    "doctor": _doctor, "figure": _figure, "import": tables.import_table, "jobs": _jobs, "map": _map,
    "members": _members, "migrate": _migrate, "release": _release, "restore": operating.restore_backup,
    "rounds": _rounds, "second-factor": _second_factor, "serve": _serve, "setup": _setup, "show": _loop,
    "template": tables.template, "work": _work,
    **dict.fromkeys(("requests", "offers", "consignments", "receipts", "money", "extracts"), _listed),
}  # fmt: skip
