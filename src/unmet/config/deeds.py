"""Does what `unmet do` and `unmet show` ask for, and tells what came of it, or why it was refused and what to do.

It ends with 0 when it is done, with 1 when a rule refuses it, with 2 when it was not said as it must be.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from unmet.api import bodies, calls, lists, problems
from unmet.api.calls import Call, Whole
from unmet.api.door import One
from unmet.api.kept_files import Kept
from unmet.api.problems import Problem
from unmet.config import deed_commands, deed_fields
from unmet.config.console import FAILED, OK, REFUSED, Stop, named_person, print_rows
from unmet.files import services as files

_QUOTE: Final = '"'
_SENTENCES: Final[Mapping[str, Promise]] = {
    "bad-request": gettext_lazy("This is not said as it must be. Nothing was done."),
    "changed-meanwhile": gettext_lazy("It has changed since you read it, or is past this already. Nothing was done."),
}
# What the API tells programs to do is about tokens and headers; here one types.
_REMEDIES: Final[Mapping[str, Promise]] = {
    "bad-request": gettext_lazy("See what it takes: %(command)s"),
    "not-allowed": gettext_lazy("Name the person who acts with --as E-MAIL: one who is appointed for it."),
    "not-found": gettext_lazy("Check what you named, and for whom the person acts."),
    "state": gettext_lazy("Look at it again with “unmet show”, and decide then."),
    "changed-meanwhile": gettext_lazy("Look at it again with “unmet show”: its “etag” is the version that stands now."),
}


def do(given: argparse.Namespace) -> int:
    """Do one deed of the loop."""
    return _run(deed_commands.deeds()[given.deed], given, word=given.deed)


def show(given: argparse.Namespace) -> int:
    """Show one thing of the loop, or a list."""
    return _run(deed_commands.readings()[given.thing], given, word=given.thing)


def _run(one: Call, given: argparse.Namespace, *, word: str) -> int:
    with override(given.language):
        try:
            got = _called(one, given)
            return _file(got, given) if isinstance(got, Kept) else _told(got, given, word=word)
        except Exception as error:
            problem = problems.of(error)
            if problem is None:  # a `Stop`, or a fault of ours
                raise
            return _refused(problem, given, word=word)


def _called(one: Call, given: argparse.Namespace) -> One | Kept | Whole:
    public = one.declared.rule.scope is None and not given.as_
    person, etag = None if public else named_person(given), getattr(given, "etag", None)
    said = deed_commands.values(one, given)
    if one.body is not None:
        said["body"] = _body(one, given)
    version = None if etag is None else f'"{etag.strip(_QUOTE)}"'
    if not getattr(given, "dry_run", False):
        return calls.call(one, said, person=person, at=timezone.now(), via="console", version=version)
    with transaction.atomic():
        got = calls.call(one, said, person=person, at=timezone.now(), via="console", version=version)
        transaction.set_rollback(True)
    return got


def _body(one: Call, given: argparse.Namespace) -> Any:
    """The document, if one was given, with what was typed on top of it."""
    read = bodies.parse(_document(given.body)) if given.body else {}
    if not isinstance(read, dict):
        raise Stop("The document of --body is no object: it begins with { and names its fields.")
    return read | deed_fields.typed(given, deed_commands.body(one))


def _document(name: str) -> bytes:
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as file:
            read = file.read(bodies.LONGEST + 1)
    except OSError as error:
        raise Stop(f"The document cannot be read: {error}") from error
    if len(read) > bodies.LONGEST:
        raise Problem("too-large")
    return read


# ── what came of it ──────────────────────────────────────────────────────────
def _told(got: One | Whole, given: argparse.Namespace, *, word: str) -> int:
    if isinstance(got, Whole):
        return _list(got, given)
    value = got.value if isinstance(got.value, Mapping) else got.value.model_dump(mode="json")
    told = dict(value) | ({"etag": got.etag.strip(_QUOTE)} if got.etag else {})
    dry = getattr(given, "dry_run", False)
    if given.json:
        print(json.dumps(told | ({"dry_run": True} if dry else {}), ensure_ascii=False))
        return OK
    if given.command == "do":
        done = _("Nothing was written: this was a dry run.") if dry else _("Done: %(deed)s") % {"deed": word}
        print(done)
    print("\n".join(_words(told)))
    return OK


def _list(got: Whole, given: argparse.Namespace) -> int:
    names = list(got.of.model_fields)
    if given.csv:
        cells = [{name: lists.cell(getattr(row, name)) for name in names} for row in got.rows]
        return print_rows(cells, given, names=names)
    rows = [row.model_dump(mode="json") for row in got.rows]
    if given.json:
        return print_rows(rows, given)
    print("\n\n".join("\n".join(_words(row)) for row in rows) if rows else _("There is none."))
    return OK


def _words(told: Mapping[str, Any], deep: str = "") -> Iterator[str]:
    """One line for each value that is there; what is within another stands further in."""
    for name, value in told.items():
        if value is None or value == "" or value == [] or value == {}:
            continue
        if isinstance(value, Mapping):
            yield f"{deep}{name}:"
            yield from _words(value, f"{deep}  ")
        elif isinstance(value, list) and isinstance(value[0], Mapping):
            for row in value:
                yield f"{deep}{name}:"
                yield from _words(row, f"{deep}  ")
        elif isinstance(value, bool):
            yield f"{deep}{name}: {'yes' if value else 'no'}"
        else:
            first, *lines = (", ".join(map(str, value)) if isinstance(value, list) else str(value)).splitlines()
            yield f"{deep}{name}: {first}"
            yield from (f"{deep}  {line}" for line in lines)


def _file(got: Kept, given: argparse.Namespace) -> int:
    """Write a table as it is kept, byte for byte."""
    kept = files.path(got.file)
    if not kept.exists():
        raise Problem("not-found")
    if given.out is None:
        sys.stdout.buffer.write(kept.read_bytes())
        return OK
    try:
        shutil.copyfile(kept, given.out)
    except OSError as error:
        raise Stop(f"The table cannot be written: {error}") from error
    told = {"file": given.out, "sha256": got.file.sha256}
    print(json.dumps(told) if given.json else "\n".join(_words(told)))
    return OK


# ── why it was refused ───────────────────────────────────────────────────────
def _refused(problem: Problem, given: argparse.Namespace, *, word: str) -> int:
    """Say the sentence of a refusal, the fields that it is about, and what to do."""
    sentence = str(problem.detail or _SENTENCES.get(problem.code) or problem.kind.meaning)
    fields = [{"field": _typed_as(one["pointer"]), "detail": one["detail"]} for one in problem.errors]
    remedy = str(_REMEDIES.get(problem.code) or ("" if problem.detail else problem.kind.remedy))
    remedy = remedy % {"command": f"unmet {given.command} {word} --help"}
    if given.json:
        told = {"error": sentence, "kind": problem.code, **problem.more, "fields": fields, "what_to_do": remedy}
        print(json.dumps(told, ensure_ascii=False))
    else:
        lines = [sentence, *(f"  {one['field']}: {one['detail']}" for one in fields)]
        lines += [f"  {', '.join(map(str, problem.more['codes']))}"] if "codes" in problem.more else []
        print("\n".join([*lines, *([remedy] if remedy else [])]), file=sys.stderr)
    return FAILED if problem.code == "bad-request" else REFUSED


def _typed_as(pointer: str) -> str:
    """A place of a body or of an address as it is typed here; lines are counted from one."""
    if not pointer.startswith("/"):
        return pointer.rpartition(" ")[2].upper()
    first, *rest = pointer[1:].split("/")
    if not first:
        return "--body"
    return " ".join([f"--{first.replace('_', '-')}", *(str(int(one) + 1) if one.isdigit() else one for one in rest)])
