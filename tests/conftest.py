"""What every test stands on: one engine a run, no network, one size of proof, honest skips."""

import copy
import gc
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import hypothesis
import pytest

from tests import once, programs

T = TypeVar("T")
TESTS = Path(__file__).resolve().parent
LOOPBACK = {"localhost", "::1", "0.0.0.0", "::", ""}


# ── the size of the proofs ───────────────────────────────────────────────────
def prove_scale() -> float:
    """1 in `make prove`, 0.1 otherwise: tests multiply their number of steps, rows or examples by it."""
    return 1.0 if os.environ.get("UNMET_PROVE") == "1" else 0.1


def _hypothesis_profile() -> None:
    """Profiles "tenth" and "full"; in CI the examples are the same every time and nothing is remembered."""
    in_ci = bool(os.environ.get("CI"))
    common: dict[str, Any] = {"deadline": None, "derandomize": in_ci, "print_blob": not in_ci}
    if in_ci:
        common["database"] = None
    hypothesis.settings.register_profile("tenth", max_examples=50, **common)
    hypothesis.settings.register_profile("full", max_examples=500, **common)
    hypothesis.settings.load_profile("full" if prove_scale() == 1 else "tenth")


# ── which tests run where ────────────────────────────────────────────────────
def engine() -> str:
    """The database engine of this run: "sqlite", or "postgresql" when DATABASE_URL says so."""
    return "postgresql" if os.environ.get("DATABASE_URL") else "sqlite"


def by_turns(options: Sequence[T]) -> Sequence[T]:
    """All of them in `make prove`; otherwise each on one of the two engines, where both would say the same."""
    return options if prove_scale() == 1 else options[int(engine() == "postgresql") :: 2]


def pytest_configure(config: pytest.Config) -> None:
    _hypothesis_profile()
    _collect_static_when_stale()


def _collect_static_when_stale() -> None:
    """Pages name static files by the hashes of the last `collectstatic`; a changed stylesheet needs a new one."""
    from django.conf import settings
    from django.core.management import call_command

    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    made = manifest.stat().st_mtime if manifest.exists() else 0.0
    sources = (path for path in (TESTS.parent / "src").rglob("static/**/*") if path.is_file())
    if not made or any(path.stat().st_mtime > made for path in sources):
        call_command("collectstatic", interactive=False, verbosity=0)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was read by now stays to the end of the run: looking through it for garbage again and again is a seventh of
    the time of all tests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark by folder, and put aside (not skip) what belongs to the other engine."""
    other = "sqlite" if engine() == "postgresql" else "postgresql"
    aside = []
    for item in items:
        if item.path.is_relative_to(TESTS / "journeys"):
            item.add_marker("journey")
        if not _may_touch_the_database(item):
            item.add_marker("pure")
        if item.get_closest_marker(other):
            aside.append(item)
    if aside:
        config.hook.pytest_deselected(items=aside)
        items[:] = [item for item in items if not item.get_closest_marker(other)]


def _may_touch_the_database(item: pytest.Item) -> bool:
    """pytest-django refuses the database to a test that did not ask for it, so such a test says the same on both.

    Except where a test starts the command line as a process of its own, which nothing here can see.
    """
    asked = item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return bool(asked) or item.path.is_relative_to(TESTS / "config")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test marked `needs("chromium")` is left out, and counted, where there is no Chromium."""
    once.before_a_test(uses="fresh" in getattr(item, "fixturenames", ()))
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            if programs.find(name) is None:
                programs.leave_out(programs.how_to_get(name))
                pytest.skip(f"left out: needs {programs.how_to_get(name)}")


# ── the shipped catalogue and parties ────────────────────────────────────────
@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The test database holds the shipped data once and for all.

    A test whose transactions really commit empties the database; those come last, and load the data themselves.
    """
    from django.db import connection

    from tests import make

    with django_db_blocker.unblock():
        make.reference()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")  # nothing does it later: see tests/postgres.py


@pytest.fixture(autouse=True)
def catalogue_as_shipped() -> None:
    """See `make.begin`."""
    from tests import make

    make.begin()


# ── a world for all tests of a file ──────────────────────────────────────────
@pytest.fixture(scope="module")
def built_once(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any
) -> Iterator[once.Once[Any]]:
    """What the `WORLD` of a file builds, for those of its tests that use it."""
    yield from once.of_a_file(django_db_blocker, request.module.WORLD)


@pytest.fixture
def fresh(db: None, built_once: once.Once[Any]) -> Any:
    """The same for one test: its rows come back by themselves, its objects are copies of what was built."""
    return copy.deepcopy(built_once.world)


# ── no network ───────────────────────────────────────────────────────────────
class NetworkIsClosed(RuntimeError):
    """A test tried to leave this machine."""


def _refuse_other_hosts(real: Callable[..., Any], host_of: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(*args: Any, **kwargs: Any) -> Any:
        host = host_of(*args, **kwargs)
        name = host.decode() if isinstance(host, bytes) else host
        if isinstance(name, str) and name not in LOOPBACK and not name.startswith("127."):
            raise NetworkIsClosed(f"The tests may not reach {name!r}.")
        return real(*args, **kwargs)

    return guarded


def _host_of_address(_socket: socket.socket, address: Any) -> Any:
    # A tuple begins with the host; anything else is a path of this machine (a unix socket).
    return address[0] if isinstance(address, tuple) else None


@pytest.fixture(scope="session", autouse=True)
def closed_network() -> Iterator[None]:
    """Connections and name look-ups go to loopback only."""
    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex"):
            real = getattr(socket.socket, method)
            patch.setattr(socket.socket, method, _refuse_other_hosts(real, _host_of_address))
        patch.setattr(
            socket, "getaddrinfo", _refuse_other_hosts(socket.getaddrinfo, lambda host, *_args, **_kwargs: host)
        )
        yield
