"""A private PostgreSQL for one run of the tests.

    python -m tests.postgres COMMAND...    run COMMAND with DATABASE_URL set, then take the cluster down
    python -m tests.postgres               keep a cluster up and print its DATABASE_URL, until Ctrl-C

The cluster lives in a temporary folder, listens on a free loopback port only, and trades safety for speed
(no fsync): it never holds anything worth keeping.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests import programs

USER = "unmet"
DATABASE = "unmet"
SECONDS_TO_START = 60


class ClusterDidNotStart(Exception):
    """PostgreSQL is installed, but the private cluster did not answer; the text is what it said."""


# Each test takes back what it wrote. What vacuum then counts as rows is nothing, and plans made for empty tables walk
# through all that was taken back: the suite takes half as long without it.
FOR_TESTS = {"autovacuum": "off"}


@contextmanager
def cluster(more: Mapping[str, str] | None = None) -> Iterator[str]:
    """A running cluster; yields its DATABASE_URL and removes everything afterwards. `more` are settings of its own.

    Raises:
        FileNotFoundError: PostgreSQL 15 or later is not installed.
        ClusterDidNotStart: see there.
    """
    initdb, postgres = programs.postgresql_programs("initdb"), programs.postgresql_programs("postgres")
    if initdb is None or postgres is None:
        raise FileNotFoundError(programs.how_to_get("postgresql"))
    folder = Path(tempfile.mkdtemp(prefix="unmet-postgres-"))
    server = None
    try:
        account = _account()
        if account:
            os.chown(folder, account["user"], account["group"])
        _make(initdb, folder, account)
        port = _free_port()
        server = _start(postgres, folder, port, account, more or {})
        url = f"postgres://{USER}@127.0.0.1:{port}"
        _wait(server, f"{url}/postgres", folder / "log")
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        yield f"{url}/{DATABASE}"
    finally:
        if server:
            _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> dict[str, Any]:
    """Whom PostgreSQL runs as: itself when we are root, because it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return {}


def _make(initdb: Path, folder: Path, account: dict[str, Any]) -> None:
    made = subprocess.run(
        [initdb, "--pgdata", folder / "cluster", "--username", USER, "--auth", "trust"]
        + ["--encoding", "UTF8", "--no-locale", "--no-sync"],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        **account,
    )
    if made.returncode:
        raise ClusterDidNotStart(made.stderr)


def _start(
    postgres: Path, folder: Path, port: int, account: dict[str, Any], more: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 60,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        **more,
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [postgres, "-D", folder / "cluster", *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            # A Ctrl-C in the terminal is for the tests; the cluster outlives them and is stopped by us.
            start_new_session=True,
            **account,
        )


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return once the server takes a connection."""
    deadline = time.monotonic() + SECONDS_TO_START
    while server.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise ClusterDidNotStart(log.read_text(errors="replace")[-2000:])


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Nothing is worth an orderly end: an immediate shutdown, and a kill if even that hangs."""
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(command: list[str]) -> int:
    """Run the command against a private cluster; without PostgreSQL say so, note it as left out, and return 0."""
    # A plain `kill` must take the cluster down too, and so must pass through the clean-up below.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with cluster(FOR_TESTS) as url:
            if not command:
                print(f"DATABASE_URL={url}", flush=True)
                while True:
                    time.sleep(3600)
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode
    except FileNotFoundError as missing:
        print(f"Left out: the tests on PostgreSQL. Missing: {missing}")
        programs.leave_out(str(missing))
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
