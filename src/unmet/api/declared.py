"""An operation as the file of its resource declares it: what it asks for, and the function that does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rule:
    """What an operation asks for.

    `scope` is the scope of the token, None where everybody may read. `csv` says that it is a list. `changes` wants
    `If-Match`. `body` is the type of the body: empty, `json` or `form`. `prepared` says that the handler reads and
    checks only, and gives back what is to be done: so nobody waits for a lock while a table is read.
    """

    scope: str | None
    csv: bool = False
    changes: bool = False
    body: str = ""
    posts: bool = False
    tagged: bool = False
    prepared: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """One operation: its name, its address with the places of its parameters, its rule and its function."""

    name: str
    path: str
    rule: Rule
    view: Callable[..., Any]
