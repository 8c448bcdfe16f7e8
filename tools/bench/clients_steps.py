"""Benchmark (e), inside its processes: posts through `books.open`, and the same statements by pgbench."""

import os
import subprocess
import tempfile
import threading
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.programs import how_to_get, postgresql_programs

from tools.bench.measure import NotTheSame

QUANTITY = 1000  # thousandths pledged by each post


def clients_make(*, accounts: int) -> dict[str, Any]:
    """Public needs of three members, with an account each."""
    from tests import make

    from unmet.books.models import Account

    round_ = make.round_()
    codes = ("ZMB", "CUB", "NPL")
    items = ("MASK-IIR", "GLOVE-EXAM", "COVERALL")[: accounts // len(codes)]
    for code in codes:
        make.released(code)
        make.approved([make.line(item, quantity=500) for item in items], of=code, round_=round_)
    made = Account.objects.filter(public=True).count()
    if made != accounts:
        raise NotTheSame(f"{made} public accounts instead of {accounts}")
    return {"accounts": made}


def clients_ours(*, clients: int, posts: int, wrong: int = 0) -> dict[str, Any]:
    """Every client posts: lock, account, a line in each book, cube, clock, commit. `wrong` falsifies the gate."""
    from django.db import connection
    from tests import make

    from unmet.books import services as books
    from unmet.books.models import Account, Movement

    accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    before = _sequence()
    failed: list[Exception] = []
    gate = threading.Barrier(clients + 1)

    def client(number: int) -> None:
        try:
            connection.ensure_connection()
            gate.wait()
            for post in range(posts):
                with books.open(at=make.AT) as book:
                    account = book.account(accounts[(number + post) % len(accounts)])
                    book.move(account, Movement.PLEDGED, {"pledged": QUANTITY})
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    gate.wait()
    began = perf_counter()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - began
    if failed:
        raise NotTheSame(f"a client failed: {failed[0]!r}")
    _exact(before, clients * posts + wrong)
    return {"a_second": clients * posts / seconds}


def clients_raw(*, clients: int, posts: int) -> dict[str, Any]:
    """The same rows by pgbench: the statements of a post as plain text, values and all, in as many round trips."""
    program = postgresql_programs("pgbench")
    if program is None:
        raise NotTheSame(f"pgbench is not installed: {how_to_get('postgresql')}")
    before = _sequence()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.sql"
        script.write_text(_script(), encoding="utf-8")
        done = subprocess.run(
            [program, "--no-vacuum", "--client", str(clients), "--transactions", str(posts), "--protocol", "simple"]
            + ["--jobs", "2", "--file", script, os.environ["DATABASE_URL"].replace("postgres://", "postgresql://")],
            capture_output=True, text=True, check=False, cwd=folder,
        )  # fmt: skip
    told = [line for line in done.stdout.splitlines() if line.startswith("tps = ")]
    if done.returncode or not told:
        raise NotTheSame(f"pgbench: {(done.stderr or done.stdout)[-1000:]}")
    _exact(before, clients * posts)
    return {"a_second": float(told[-1].split()[2])}


def _script() -> str:
    """What `books.open` and one move of a public account send, with the numbers that pgbench reads back."""
    from django.db.models import Min

    from unmet.books.measures import MEASURES
    from unmet.books.models import Account, Movement

    first = Account.objects.aggregate(first=Min("pk"))["first"]
    last = first + Account.objects.count() - 1
    measures, signed = ", ".join(MEASURES), ", ".join(str(QUANTITY * (name == "pledged")) for name in MEASURES)
    adding = ", ".join(f"{name} = books_cube.{name} + excluded.{name}" for name in ("accounts", *MEASURES))
    keeping = ", ".join(f"{name} = {name}" for name in MEASURES if name != "pledged")
    line = f":account, {Movement.PLEDGED.value}, now(), NULL, NULL, {signed}"
    return f"""\\set account random({first}, {last})
BEGIN;
SELECT pg_advisory_xact_lock(0x756E6D6574::bigint);
SELECT sequence AS sequence FROM books_clock \\gset
SELECT closed AS closed, member_id AS member, item_id AS item, emergency_id AS emergency, round_id AS round, {measures}
FROM books_account WHERE id = :account \\gset
UPDATE books_account SET pledged = pledged + {QUANTITY}, {keeping} WHERE id = :account;
INSERT INTO books_entry (sequence, book, closed, account_id, movement, at, supersedes, source, {measures})
VALUES (:sequence + 1, 0, false, {line}), (:sequence + 2, 1, false, {line});
INSERT INTO books_cube (closed, member_id, item_id, emergency_id, round_id, accounts, {measures})
VALUES (false, :member, :item, :emergency, :round, 0, {signed})
ON CONFLICT (closed, member_id, item_id, emergency_id, round_id) DO UPDATE SET {adding};
INSERT INTO books_day ("on", sequence) VALUES (current_date, :sequence + 2)
ON CONFLICT ("on") DO UPDATE SET sequence = excluded.sequence;
UPDATE books_clock SET sequence = :sequence + 2, public_sequence = :sequence + 2, at = now() WHERE one;
COMMIT;
""".replace("0x756E6D6574::bigint", str(0x756E6D6574))


def _sequence() -> int:
    from unmet.books.models import Clock

    return Clock.objects.get().sequence


def _exact(before: int, posts: int) -> None:
    """Refuse where a post left other than one line in each book, or account and cube do not add up to the posts."""
    from django.db.models import Sum

    from unmet.books.models import Account, Cube, Entry

    told = {
        "lines": Entry.objects.count() and _sequence() - before,
        "accounts": Account.objects.aggregate(sum=Sum("pledged"))["sum"],
        "cube": Cube.objects.aggregate(sum=Sum("pledged"))["sum"],
    }
    expected = {"lines": 2 * posts, "accounts": QUANTITY * posts, "cube": QUANTITY * posts}
    if told != expected:
        raise NotTheSame(f"{told} instead of {expected}")
