"""A world that is built once for all tests of a file, and taken back at its end."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Generic, TypeVar

from django.db import transaction

W = TypeVar("W")


class Once(Generic[W]):
    """What `build` made, in a transaction that is rolled back; each test runs in a savepoint inside it."""

    def __init__(self, blocker: Any, build: Callable[[], W]) -> None:
        self._blocker, self._build = blocker, build
        self._open = ExitStack()
        self.stands = False

    def build(self) -> None:
        """Build it, if it does not stand."""
        if not self.stands:
            self._open.enter_context(self._blocker.unblock())
            self._open.enter_context(transaction.atomic())
            self._open.callback(transaction.set_rollback, True)
            self.world, self.stands = self._build(), True

    def take_back(self) -> None:
        """Take it back, if it stands."""
        self._open.close()
        self.stands = False


_now: list[Once[Any]] = []


def of_a_file(blocker: Any, build: Callable[[], W]) -> Iterator[Once[W]]:
    """For a fixture of the scope *module*; see `before_a_test`."""
    made = Once(blocker, build)
    _now.append(made)
    made.build()
    yield made
    made.take_back()
    _now.remove(made)


def a_file(blocker: Any, build: Callable[[], W]) -> Iterator[W]:
    """The same for files whose tests all use it, and find its objects as the test before left them."""
    made = Once(blocker, build)
    made.build()
    yield made.world
    made.take_back()


def before_a_test(*, uses: bool) -> None:
    """A test that does not use the world of its file does not find it there, and need not wait for it to commit."""
    for made in _now:
        made.build() if uses else made.take_back()
