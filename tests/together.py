"""Several people at once: threads with connections of their own, on a database whose transactions really commit."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.db import connection

from unmet.audit import append_only


@pytest.fixture
def committed_db(transactional_db: None) -> Iterator[None]:
    """A database for tests that commit. Emptying it afterwards on SQLite needs the append-only triggers away.

    They are put back after the database is emptied, as after every migrate.
    """
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for table in append_only.TABLES:
                for verb in ("update", "delete"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all acts at the same moment, each in a thread of its own; what each returned or raised, in their order."""
    results: list[Any] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(position: int, act: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            gate.wait()
            results[position] = act()
        except Exception as error:  # handed to the test, which says what may happen
            results[position] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
