"""The command `unmet`. `unmet COMMAND --help` explains each; docs/commands.md lists them all."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from unmet.config import coalition_files, serving

USAGE_ERROR = 2
_LOOP: Final = {
    "do": "do a deed of the loop: ask, answer, offer, accept, pack, send, receive, pay",
    "show": "show what a deed is about: an offer and its lines, a consignment, a receipt, a profile",
}


def parser() -> argparse.ArgumentParser:
    """All commands with their options. Those of the loop are read from the API, which needs Django set up."""
    from django.apps import apps

    if not apps.ready:
        _set_up(None)
    return _parser(whole=True)


def _set_up(data: str | None) -> None:
    import django

    serving.environment(data)
    django.setup()


def _parser(*, whole: bool) -> argparse.ArgumentParser:
    """The commands; without `whole`, of those of the loop only that they are there."""
    top = argparse.ArgumentParser(
        prog="unmet", description="What members need, who is meeting it, what is still unmet."
    )
    top.add_argument("--data", help="folder of database, log and uploads (UNMET_DATA, default ./data)")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, help_: str, **more: Any) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_, description=help_, **more)
        made.add_argument("--data", default=argparse.SUPPRESS, help="folder of database, log and uploads")
        return made

    demo = command("demo", "load the demonstration coalition and serve it on this machine only")
    demo.add_argument("--port", type=int, default=8000, help="port on this machine, default 8000")
    demo.add_argument("--no-serve", action="store_true", help="prepare the database and print the links only")
    _coalition(demo)
    serve = command("serve", "serve the pages")
    serve.add_argument("--port", type=int, default=None, help="UNMET_PORT, default 8000")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen at, default this machine only")
    serve.add_argument("--workers", type=int, default=2, help="processes that serve pages, default 2")
    command("migrate", "bring the tables of the database up to this version")
    _coalition(command("setup", "bring tables and the shipped catalogue and parties up to this version"))
    doctor = command("doctor", "check that everything is in place, and say what cures what is not")
    doctor.add_argument("--books", action="store_true", help="recompute every balance and compare")
    doctor.add_argument("--json", action="store_true", help="print the answer as JSON")
    _bounces(command("bounces", "read what other mail servers say of our letters that came back"))
    _backups(command)
    for name, help_ in (("rounds", "list the rounds"), ("members", "list the members")):
        listing = command(name, help_)
        listing.add_argument("--json", action="store_true", help="print the answer as JSON")
    _jobs(command)
    _imports(command("import", "import a table"))
    _templates(command("template", "write the workbook that a member fills in"))
    _decisions(command)
    _lists(command)
    _loop(command, whole=whole)
    factor = command("second-factor", "look after the second factor with which a person signs in")
    factor.add_argument(
        "action", choices=["reset"],
        help="take it off a person who lost it: its owner sets up another one, all sessions of the person end",
    )  # fmt: skip
    factor.add_argument("person", metavar="E-MAIL", help="address of the person who lost it")
    factor.add_argument("--reason", required=True, help="why, and how you know who asks; it is kept in the audit")
    factor.add_argument(
        "--as", dest="as_", metavar="E-MAIL",
        help="the operator who acts (UNMET_AS); a DEMONSTRATION database picks one",
    )  # fmt: skip
    factor.add_argument("--json", action="store_true", help="print the answer as JSON")
    figure = command("figure", "print one published figure as on its page")
    figure.add_argument("code", help="such as not_covered; see the page of figures")
    for name in ("member", "item", "sector", "emergency", "round"):
        figure.add_argument(f"--{name}", metavar="CODE", help=f"of one {name} only")
    figure.add_argument("--on", metavar="YYYY-MM-DD", help="as known at the end of that day (UTC)")
    figure.add_argument("--json", action="store_true", help="print the answer as JSON")
    map_ = command("map", "replace the map file")
    map_.add_argument("action", choices=["import"], help="check a map file and use it from the next start")
    map_.add_argument("file", help="path of the map file, in the form of src/unmet/web/data/README.md")
    return top


def _jobs(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    work = command("work", "do the jobs that are due, until stopped; `unmet serve` starts one beside itself")
    work.add_argument("--once", action="store_true", help="do what is due now and end")
    work.add_argument("--parent", type=int, metavar="PID", help=argparse.SUPPRESS)
    jobs = command("jobs", "list the jobs that wait and those that were given up")
    jobs.add_argument("--again", metavar="NUMBER", help="try a job that was given up again; `all` for every one")
    jobs.add_argument("--json", action="store_true", help="print the answer as JSON")


def _coalition(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--coalition", metavar="FOLDER",
        help="a coalition of your own, in a new data folder: a folder of its files, or `lakes`, which is made up",
    )  # fmt: skip


def _bounces(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "files", nargs="*", metavar="FILE", help="reports, or folders of the form Maildir; without any, standard input"
    )
    made.add_argument("--list", action="store_true", help="list the addresses to which nothing is sent any more")
    made.add_argument("--lift", metavar="ADDRESS", help="send to this address again")
    made.add_argument(
        "--as", dest="as_", metavar="E-MAIL",
        help="with --lift: the operator who acts (UNMET_AS); a DEMONSTRATION database picks one",
    )  # fmt: skip
    made.add_argument("--json", action="store_true", help="print the answer as JSON")


def _backups(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    backup = command("backup", "write everything into one file, while the pages go on")
    backup.add_argument("file", help="file to write, or a folder: it is then named by the moment")
    backup.add_argument("--verify", action="store_true", help="restore this backup for a while, compare, remove again")
    backup.add_argument("--with-secret-key", action="store_true", help="put the secret key in too, for a move")
    restore = command("restore", "restore a backup into an empty folder and database, and prove its books")
    restore.add_argument("file", help="a file written by `unmet backup`")
    for made in (backup, restore):
        made.add_argument("--json", action="store_true", help="print the answer as JSON")


def _imports(made: argparse.ArgumentParser) -> None:
    kinds = made.add_subparsers(dest="kind", required=True, metavar="KIND")
    for kind, help_ in (
        ("needs", "a table of needs of one member"), ("support", "a support sheet"),
        ("receipts", "what the warehouse of a member counted of its consignments"),
    ):  # fmt: skip
        sub = kinds.add_parser(kind, help=help_, description=f"Import {help_} (xlsx, ods or csv).")
        sub.add_argument("file", help="path of the table")
        sub.add_argument("--data", default=argparse.SUPPRESS, help="folder of database, log and uploads")
        if kind != "receipts":
            sub.add_argument(
                "--round", required=True, metavar="CODE", help="round it answers; list them with `unmet rounds`"
            )
        if kind != "support":
            whose = "member whose needs they are" if kind == "needs" else "member who received them"
            sub.add_argument("--member", required=True, metavar="ISO3", help=whose)
            sub.add_argument(
                "--other-version", action="store_true", help="read a workbook of another version of the form as it is"
            )
        sub.add_argument("--dry-run", action="store_true", help="check only, write nothing")
        sub.add_argument("--good-rows", action="store_true", help="write the good rows though others are refused")
        sub.add_argument("--decimal", choices=[".", ","], help="the decimal mark in all columns")
        sub.add_argument("--dates", choices=["dmy", "mdy"], help="the order of day and month in all columns")
        if kind != "receipts":
            sub.add_argument(
                "--own-words", action="store_true", help="keep items that are not in the catalogue as typed"
            )
            sub.add_argument("--new-places", action="store_true", help="make the places that are not known yet")
        sub.add_argument("--language", choices=["en", "ar", "es", "fr"], default="en", help="language of the sentences")
        _acts_as(sub)
        sub.add_argument("--json", action="store_true", help="print the answer as JSON")


def _templates(made: argparse.ArgumentParser) -> None:
    kinds = made.add_subparsers(dest="kind", required=True, metavar="KIND")
    help_ = "Write the workbook of a member for a round, its last lines filled in."
    needs = kinds.add_parser("needs", help="the workbook of needs", description=help_)
    needs.add_argument("--round", required=True, metavar="CODE", help="round it is for; list them with `unmet rounds`")
    help_ = "Write the workbook of receipts of a member: all that is on its way to it, to be counted."
    receipts = kinds.add_parser("receipts", help="the workbook of receipts", description=help_)
    for made_, name in ((needs, "needs-ISO3-CODE-LANG.xlsx"), (receipts, "receipts-ISO3-DAY-LANG.xlsx")):
        made_.add_argument("--data", default=argparse.SUPPRESS, help="folder of database, log and uploads")
        made_.add_argument("--member", required=True, metavar="ISO3", help="member who fills it in")
        made_.add_argument("--lang", choices=["en", "ar", "es", "fr"], default="en", help="language of the workbook")
        made_.add_argument("-o", dest="out", metavar="FILE", help=f"where to write it; default {name}")
        _acts_as(made_)
        made_.add_argument("--json", action="store_true", help="print the answer as JSON")


def _decisions(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    approve = command("approve", "approve the return that waits for a member and round")
    approve.add_argument("--round", required=True, metavar="CODE", help="round of the return")
    approve.add_argument("--member", required=True, metavar="ISO3", help="member of the return")
    release = command("release", "release sectors of a member")
    release.add_argument("--member", required=True, metavar="ISO3", help="member who releases")
    release.add_argument("--sector", action="append", metavar="CODE", help="may be given again; default: all sectors")
    release.add_argument(
        "--to", required=True, choices=["coordination", "members", "everyone"], help="who may see it from now on"
    )
    release.add_argument("--level", choices=["figures", "detail"], default="figures", help="how much; default figures")
    release.add_argument("--until", metavar="YYYY-MM-DD", help="last day; default: until it is withdrawn")
    for made in (approve, release):
        _acts_as(made)
        made.add_argument("--json", action="store_true", help="print the answer as JSON")


def _lists(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    requests = command("requests", "list the requests for assistance of a member, with how far each has come")
    requests.add_argument("--member", dest="party", required=True, metavar="ISO3", help="member who asks")
    offers = command("offers", "list what a party offers, or what is offered to it")
    offers.add_argument(
        "--list", choices=["given", "received"], default="given", help="which of the two; default given"
    )
    consignments = command("consignments", "list the consignments that come to a party, or that it sends")
    states = ["planned", "under_way", "held", "received", "ended"]
    consignments.add_argument("--list", choices=states, help="how far they have come; default: all of them")
    receipts = command("receipts", "list what was received of the consignments of a party, lot by lot")
    money = command("money", "list the money that a party gives, or that comes to it or through it")
    money.add_argument("--list", choices=["given", "coming"], default="given", help="which of the two; default given")
    extracts = command("extracts", "list the extracts of needs that a party made or received")
    extracts.add_argument(
        "--list", choices=["own", "holding"], default="own", help="holding: those that held rows of the party"
    )
    for made in (consignments, receipts):
        words = "default coming; sent for a party that awaits nothing"
        made.add_argument("--side", choices=["coming", "sent"], help=words)
    for made in (offers, consignments, receipts, money, extracts):
        made.add_argument("--party", required=True, metavar="CODE", help="party for which the person speaks")
    for made in (requests, offers, consignments, receipts, money, extracts):
        _acts_as(made)
        made.add_argument("--json", action="store_true", help="print the answer as JSON")
        made.add_argument("--csv", action="store_true", help="print the answer as CSV")


def _loop(command: Callable[..., argparse.ArgumentParser], *, whole: bool) -> None:
    for name, help_ in _LOOP.items():
        if not whole:
            # What follows is looked at once the data folder is known; it may be a question for help.
            command(name, help_, add_help=False, allow_abbrev=False)
            continue
        from unmet.config import deed_commands

        deed_commands.add(command(name, help_), name)


def _acts_as(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--as", dest="as_", metavar="E-MAIL",
        help="the person who acts (UNMET_AS); a DEMONSTRATION database picks one of the member's people",
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    first = _parser(whole=False)
    given, unknown = first.parse_known_args(arguments)
    if unknown and given.command not in _LOOP:
        first.error(f"unrecognized arguments: {' '.join(unknown)}")
    serving.environment(given.data)
    if getattr(given, "coalition", None):
        # Before the settings are read: its languages and its name are among them.
        try:
            coalition_files.install(given.coalition, data=Path(os.environ.get("UNMET_DATA", "data")))
        except coalition_files.CoalitionRefused as refused:
            print(refused, file=sys.stderr)
            return USAGE_ERROR
    if given.command == "demo":
        # Its terminal is for the links; whoever wants the lines of the requests sets the variables.
        os.environ.setdefault("UNMET_LOG_FORMAT", "text")
        os.environ.setdefault("UNMET_LOG_LEVEL", "WARNING")
    if getattr(given, "port", None):
        # Links in letters lead to the pages that this command serves.
        os.environ["UNMET_PORT"] = str(given.port)
    _set_up(given.data)
    from unmet.config import commands

    if given.command in _LOOP:
        given = parser().parse_args(arguments)
    try:
        return commands.run(given)
    except BrokenPipeError:
        # Whoever read us has read enough (`unmet members | head`); nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
