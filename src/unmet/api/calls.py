"""The operations of the loop for those who come without HTTP: the command line.

The same functions, the same words and the same refusals as for programs with a token. What an operation takes is read
from its function and from the schema of its body, so nobody writes it down twice.
"""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, get_type_hints

from ninja.errors import ValidationError as NotAsDescribed
from pydantic import BaseModel, TypeAdapter, ValidationError

from unmet.access.actors import Actor, Via, acting
from unmet.api import (
    accepting,
    commitments,
    consignments,
    extracts,
    gaps,
    given,
    lists,
    money_deeds,
    money_fts,
    offer_money,
    offer_proposals,
    offers,
    on_the_way,
    profiles,
    progress,
    readiness,
    receipts,
    requests,
    standing,
)
from unmet.api.declared import Declared
from unmet.api.door import ApiRequest, One
from unmet.api.kept_files import Kept
from unmet.api.lists import Listing
from unmet.api.problems import Problem
from unmet.books import services as books
from unmet.parties.models import Person

_LOOP: Final = (
    standing, requests, readiness, offers, accepting, offer_proposals, offer_money, commitments, consignments,
    on_the_way, receipts, money_fts, money_deeds, profiles, extracts, given, gaps, progress,
)  # fmt: skip
_PAGING: Final = ("limit", "cursor")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value of an address: its name, the JSON schema of what it takes, and whether it must be there."""

    name: str
    schema: Mapping[str, Any]
    needed: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One operation as it is called: `path` in the order of its address, `query` what a list is narrowed by.

    `body` is the type of what it takes beside that; None where it takes nothing.
    """

    declared: Declared
    path: tuple[Parameter, ...]
    query: tuple[Parameter, ...]
    body: type[BaseModel] | None
    summary: str
    more: str

    @property
    def name(self) -> str:
        """Its name, as in the description of the API."""
        return self.declared.name

    @property
    def is_list(self) -> bool:
        """Whether it gives a list."""
        return self.declared.rule.csv


@dataclass(frozen=True, slots=True)
class Whole:
    """A list, all of it; `of` says what its rows are."""

    of: type[BaseModel]
    rows: Sequence[BaseModel]


@cache
def deeds() -> Mapping[str, Call]:
    """What changes something, by name."""
    return {one.name: _call(one) for one in _declared() if one.rule.posts}


@cache
def readings() -> Mapping[str, Call]:
    """What is only read, by name."""
    return {one.name: _call(one) for one in _declared() if not one.rule.posts}


def _declared() -> Iterator[Declared]:
    """Every operation of the loop, without the second address of each list."""
    for resource in _LOOP:
        for one in resource.operations.declared:
            if not (one.rule.csv and one.path.endswith(".csv")):
                yield one


def _call(one: Declared) -> Call:
    hints = _hints(one)
    path = [part[1:-1] for part in one.path.split("/") if part.startswith("{")]
    query = [name for name in hints if name not in {*path, *_PAGING, "body"}]
    summary, _line, more = (one.view.__doc__ or "").strip().partition("\n")
    return Call(
        declared=one, path=tuple(_parameter(one, name, hints[name]) for name in path),
        query=tuple(_parameter(one, name, hints[name]) for name in query), body=hints.get("body"), summary=summary,
        more=" ".join(more.split()),
    )  # fmt: skip


def _hints(one: Declared) -> dict[str, Any]:
    """The types of what its function takes, in their order, but for the request."""
    hints = get_type_hints(one.view, include_extras=True)
    return {name: hints[name] for name in list(inspect.signature(one.view).parameters)[1:]}


def _parameter(one: Declared, name: str, hint: Any) -> Parameter:
    needed = inspect.signature(one.view).parameters[name].default is inspect.Parameter.empty
    return Parameter(name, TypeAdapter(hint).json_schema(), needed)


# ── calling ──────────────────────────────────────────────────────────────────
def call(
    one: Call, said: Mapping[str, object], *, person: Person | None, at: datetime, via: Via, version: str | None = None
) -> One | Kept | Whole:
    """Do or read it as a person, who may what that person may; a list is read to its end.

    `said` holds the values by name, the body under `body`. `version` is the `ETag` that was read; without one it is
    done to whichever version stands now. None as `person` is the public.

    Raises:
        ValidationError: what was said is not as described; a `Problem` or a refusal of a service, as for a program.
            `problems.of` knows all of them.
    """
    actor = Actor.of(person, at=at, via=via)
    request = ApiRequest()
    request.at, request.actor, request.bearer = at, actor, None
    request.versions = None if version is None else [version]
    if actor.person is not None:
        request.person = actor.person
    elif one.declared.rule.scope is not None:
        raise Problem("not-allowed")  # nobody, or somebody whose account was ended
    values = _values(one, said)
    with acting(actor):
        books.settle(at=at)
        given: One | Listing | Kept = one.declared.view(request, **values)
        return Whole(given.of, list(_rows(given))) if isinstance(given, Listing) else given


def _values(one: Call, said: Mapping[str, object]) -> dict[str, Any]:
    """What was said as the function takes it; a body as strictly as the API reads it."""
    hints = _hints(one.declared)
    values = {name: _value(name, hints[name], value) for name, value in said.items()}
    needed = [parameter.name for parameter in (*one.path, *one.query) if parameter.needed]
    needed += ["body"] if one.body is not None else []
    if missing := [name for name in needed if name not in values]:
        raise NotAsDescribed([{"loc": ("path", name), "type": "missing", "msg": ""} for name in missing])
    return values


def _value(name: str, hint: Any, value: object) -> Any:
    try:
        return TypeAdapter(hint).validate_python(value)
    except ValidationError as wrong:
        place = ("body", "body") if name == "body" else ("path", name)
        raise NotAsDescribed([dict(error) | {"loc": (*place, *error["loc"])} for error in wrong.errors()]) from wrong


def _rows(listing: Listing) -> Iterator[BaseModel]:
    """A list to its end."""
    after = ""
    while shown := listing.fetch(after, lists.MOST):
        yield from (row for _key, row in shown)
        after = shown[-1][0]
        if len(shown) < lists.MOST:
            return
