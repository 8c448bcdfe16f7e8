"""A table over every state × verb × role: each goes through where it should and is refused everywhere else."""

import inspect
import traceback
from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import pytest
from django.db import transaction

from tests import make
from tests.refusals import last_audit
from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.books.models import Entry


@dataclass(frozen=True)
class Verb:
    """What the service `of` does to a thing, by `act` of the thing and a person.

    It goes through in some states, for some roles. In every other state it is refused by one of the reasons `why`,
    where some are named. For everybody else it is not allowed, in any state; `denied` are reasons that a service says
    instead of it. `unseen` are states in which the thing is not there for the roles either.
    """

    of: Callable[..., Any]
    act: Callable[[Any, Any], Any]
    states: Set[str]
    roles: Set[str]
    unseen: Set[str] = field(default_factory=frozenset)
    why: Set[str] = field(default_factory=frozenset)
    denied: Set[str] = field(default_factory=frozenset)


def people(**those: Any) -> dict[str, Any]:
    """The people who come to a thing of Zambia: those who may do something, and eight more who never may."""
    return those | {
        "focal point of another": make.focal_point("CUB"), "approver of another": make.approver("CUB"),
        "another responder": make.person(Role.RESPONDER, "WFP"), "operator": make.person(Role.OPERATOR),
        "nobody": make.person(), "expired approver": make.person(Role.APPROVER, "ZMB", until=date(2021, 1, 1)),
        "expired responder": make.person(Role.RESPONDER, "WHO", until=date(2021, 1, 1)),
        "proposed approver": _proposed(),
    }  # fmt: skip


def _proposed() -> Any:
    """An approver whom nobody has confirmed yet."""
    person = make.approver("ZMB")
    person.appointments.update(confirmed_at=None)
    return person


def walk(
    error: Any, states: Mapping[str, Callable[[], Any]], verbs: Mapping[str, Verb], who: Mapping[str, Any], *,
    at: datetime = make.AT,
) -> int:  # fmt: skip
    """Go through the whole table; how many cells it has. Whatever is done is taken back before the next cell.

    `error` is what a service raises in a wrong state, one type or several; `at` is when the people act.
    """
    for verb in verbs.values():  # a name that is written wrongly would be a cell that nobody tries
        assert set(verb.states | verb.unseen) <= set(states) and set(verb.roles) <= set(who), verb
    with make.known(who.values(), at=at):
        for state, reach in states.items():
            with transaction.atomic():
                thing = reach()
                before = last_audit(), Entry.objects.count()
                for name, verb in verbs.items():
                    for role, person in who.items():
                        try:
                            _cell(error, verb, state, role, thing, person)
                        except BaseException as wrong:
                            wrong.add_note(f"{name} of {state} by {role}")
                            raise
                    if state in verb.states:
                        _posed(verb, thing, who, at)
                    assert (last_audit(), Entry.objects.count()) == before, f"{name} of {state} left something behind"
                transaction.set_rollback(True)
    return len(states) * len(verbs) * len(who)


def narrowed(verbs: Mapping[str, Verb], states: Collection[str], who: Collection[str]) -> dict[str, Verb]:
    """The same verbs for a part of the states and of the people."""
    return {
        name: replace(verb, states=verb.states & set(states), roles=verb.roles & set(who))
        for name, verb in verbs.items()
    }


def _cell(error: Any, verb: Verb, state: str, role: str, thing: Any, person: Any) -> None:
    allowed = role in verb.roles and state not in verb.unseen
    if allowed and state in verb.states:
        with transaction.atomic():
            verb.act(thing, person)
            transaction.set_rollback(True)
        if getattr(thing, "pk", None):
            thing.refresh_from_db()  # what was taken back in the database stands in the object still
        return
    _refused(verb, error if allowed else _denials(verb, error), lambda: verb.act(thing, person), allowed=allowed)


def _refused(verb: Verb, error: Any, act: Callable[[], Any], *, allowed: bool) -> None:
    with pytest.raises(error) as caught:  # in no transaction but its own: what it wrote before would stay
        act()
    reason = getattr(caught.value, "reason", "")
    if not isinstance(caught.value, NotAllowed) and (known := verb.why if allowed else verb.denied):
        assert reason in known, reason
    # The service itself has refused, not something that came before it.
    inner = inspect.unwrap(verb.of).__code__
    assert any(frame.f_code is inner for frame, _line in traceback.walk_tb(caught.value.__traceback__)), verb.of


def _denials(verb: Verb, error: Any) -> tuple[Any, ...]:
    return (NotAllowed, *(error if isinstance(error, tuple) else (error,))) if verb.denied else (NotAllowed,)


def _posed(verb: Verb, thing: Any, who: Mapping[str, Any], at: datetime) -> None:
    """Somebody acts in the name of one who may; even where both may, it is not allowed."""
    mine = [who[role] for role in sorted(verb.roles)]
    others = [person for person in who.values() if person not in mine[:1]]
    if not mine or not others:
        return  # nobody may, or the table is of one person
    with make.posing(mine[0], mine[1] if len(mine) > 1 else others[0], at=at):
        _refused(verb, NotAllowed, lambda: verb.act(thing, mine[0]), allowed=False)
