"""A world that is built once for all tests of a file, and taken back at its end."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.db import transaction

W = TypeVar("W")


def a_file(blocker: Any, build: Callable[[], W]) -> Iterator[W]:
    """For a fixture of the scope *module*: each test then runs in a savepoint of its own, inside this transaction.

    Not for files with tests that commit: they would wait for it.
    """
    with blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)
