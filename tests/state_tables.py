"""A table over every state × verb × role: each goes through where it should and is refused everywhere else."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction

from tests import make
from tests.refusals import refused
from unmet.access.may import NotAllowed
from unmet.access.models import Role


@dataclass(frozen=True)
class Verb:
    """`act` is done to a thing by a person; it goes through in some states, for some roles.

    For everybody else it is not allowed, in any state. `unseen` are states in which the thing is not there for the
    roles either.
    """

    act: Callable[[Any, Any], Any]
    states: Set[str]
    roles: Set[str]
    unseen: Set[str] = field(default_factory=frozenset)


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


def walk(error: Any, states: Mapping[str, Callable[[], Any]], verbs: Mapping[str, Verb], who: Mapping[str, Any]) -> int:
    """Go through the whole table; how many cells it has. Whatever is done is taken back before the next cell.

    `error` is what a service raises in a wrong state, one type or several.
    """
    cells = 0
    for state, reach in states.items():
        with transaction.atomic():
            thing = reach()
            for name, verb in verbs.items():
                for role, person in who.items():
                    cells += 1
                    _cell(error, verb, state, role, thing, person, f"{name} of {state} by {role}")
            transaction.set_rollback(True)
    return cells


def _cell(error: Any, verb: Verb, state: str, role: str, thing: Any, person: Any, where: str) -> None:
    if thing.pk:
        thing.refresh_from_db()  # what was taken back in the database stands in the object still
    try:
        if role not in verb.roles or state in verb.unseen:
            refused(NotAllowed, lambda: verb.act(thing, person))
        elif state not in verb.states:
            refused(error, lambda: verb.act(thing, person))
        else:
            with transaction.atomic():
                verb.act(thing, person)
                transaction.set_rollback(True)
    except BaseException as wrong:
        wrong.add_note(where)
        raise
