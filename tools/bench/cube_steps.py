"""Benchmark (c), inside its processes: two questions through `figures.gaps`, and the same sums by the driver."""

import hashlib
import json
import os
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg

TIMES = 7  # of each question in one process, after one that warms the file cache
MEMBER_ITEM = "SELECT member_id, item_id, sum(not_covered) FROM books_cube WHERE NOT closed GROUP BY member_id, item_id"
GAPS = (
    "SELECT item_id, sum(value_not_covered) AS total FROM books_cube WHERE NOT closed GROUP BY item_id "
    "HAVING sum(value_not_covered) > 0 ORDER BY total DESC, item_id LIMIT 10"
)


def make_cube(*, members: int, items: int, emergencies: int) -> dict[str, Any]:
    """Fill the public cube with cells of open standing: every member, item and emergency, one round each."""
    from django.db import connection, transaction
    from tests import make

    from unmet.books import bulk
    from unmet.books.measures import MEASURES
    from unmet.books.models import Cube
    from unmet.catalogue.models import Item, Round
    from unmet.parties.models import Party

    make.reference()
    names = dict.fromkeys(("name_en", "name_ar", "name_es", "name_fr"), "bench")
    rounds = []
    for number in range(emergencies):
        of = make.emergency(f"bench-{number}")
        rounds.append(Round.objects.create(
            code=f"bench-{number}", emergency=of, window_from_on=date(2021, 1, 1), window_until_on=date(2021, 3, 1),
            period_from_on=date(2021, 1, 1), period_until_on=date(2021, 6, 30), freshness_days=100, **names,
        ))  # fmt: skip
    parties = list(Party.objects.order_by("pk").values_list("pk", flat=True)[:members])
    goods = list(Item.objects.order_by("pk").values_list("pk", flat=True)[:items])
    columns = ("closed", "member_id", "item_id", "emergency_id", "round_id", "accounts", *MEASURES)
    # In the order of arrival, round by round, and not in the order of any index.
    cells = (
        (False, member, item, round_.emergency_id, round_.pk, 1, *_measures(number, member, item, MEASURES))
        for number, round_ in enumerate(rounds)
        for member in parties
        for item in goods
    )
    rows = list(cells)
    with transaction.atomic():
        bulk.insert(bulk.table(Cube), columns, rows)
    time.sleep(2)  # the commit is not flushed at once, and VACUUM passes over rows that could still be lost
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE books_cube" if connection.vendor == "postgresql" else "ANALYZE")
    return {"cells": len(rows), "bytes": _size()}


def _measures(number: int, member: int, item: int, names: tuple[str, ...]) -> list[int]:
    """Balances of a cell: 64-bit quantities of a whole country, spread, a third of them covered."""
    approved = ((number * 31 + member * 17 + item * 7) % 997 + 1) * 1_000_000
    uncovered = 0 if (number + member + item) % 3 == 0 else approved // 2
    given = {
        "approved": approved, "received": approved - uncovered, "not_covered": uncovered, "not_in_country": uncovered,
        "value_approved": approved // 10 * (item % 13), "value_not_covered": uncovered // 10 * (item % 13),
        "needs_open": 1,
    }  # fmt: skip
    return [given.get(name, 0) for name in names]


def _size() -> int:
    from django.db import connection

    if connection.vendor == "sqlite":
        return Path(connection.settings_dict["NAME"]).stat().st_size
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('books_cube')")
        return int(cursor.fetchone()[0])


def cube_ours(*, wrong: int = 0) -> dict[str, Any]:
    """Both questions through the product's own functions, with the plans of the database."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tools.bench.measure import NotTheSame
    from unmet.books.models import Cube
    from unmet.figures import gaps
    from unmet.figures.totals import Scope

    matrix: dict[tuple[int, int], int] = defaultdict(int)
    worst: dict[int, int] = defaultdict(int)
    for member, item, quantity, value in _cells(Cube):
        matrix[member, item] += quantity
        worst[item] += value
    expected = sorted(((item, value) for item, value in worst.items() if value), key=lambda row: (-row[1], row[0]))[:10]
    if gaps.not_covered(Scope()) != matrix:
        raise NotTheSame("not covered by member and item differs from the sum of the cells")
    if gaps.largest(Scope()) != [(item, value + wrong) for item, value in expected]:
        raise NotTheSame("the ten largest gaps differ from the sum of the cells")
    with CaptureQueriesContext(connection) as asked:
        gaps.not_covered(Scope())
        gaps.largest(Scope())
    plans = [_plan(query["sql"]) for query in asked.captured_queries]
    said = sorted((*key, total) for key, total in gaps.not_covered(Scope()).items())
    del matrix
    return {
        "matrix": _times(lambda: gaps.not_covered(Scope())), "gaps": _times(lambda: gaps.largest(Scope())),
        "plans": plans, "digest": _digest(said, gaps.largest(Scope())),
    }  # fmt: skip


def _cells(model: Any) -> Iterator[tuple[int, int, int, int]]:
    rows = model.objects.filter(closed=False).values_list("member_id", "item_id", "not_covered", "value_not_covered")
    yield from rows.iterator(chunk_size=5000)


def _plan(sql: str) -> str:
    from django.db import connection

    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql.replace('%', '%%')}")
        return " | ".join(str(row[-1]).strip() for row in cursor.fetchall())


def cube_raw() -> dict[str, Any]:
    """The same two sums by the plain driver, without Django: the limit."""
    url = os.environ.get("DATABASE_URL")
    path = Path(os.environ["UNMET_DATA"]) / "unmet.sqlite3"
    connection: Any = psycopg.connect(url) if url else sqlite3.connect(path)

    def ask(sql: str) -> list[Any]:
        return list(connection.execute(sql).fetchall())

    return {
        "matrix": _times(lambda: ask(MEMBER_ITEM)), "gaps": _times(lambda: ask(GAPS)),
        "digest": _digest(sorted((a, b, int(c)) for a, b, c in ask(MEMBER_ITEM)), [(a, int(b)) for a, b in ask(GAPS)]),
    }  # fmt: skip


def _times(ask: Callable[[], Any]) -> list[float]:
    """Milliseconds of each time."""
    ask()
    taken = []
    for _ in range(TIMES):
        begun = perf_counter()
        ask()
        taken.append((perf_counter() - begun) * 1000)
    return taken


def _digest(*results: Any) -> str:
    return hashlib.sha256(json.dumps(results).encode()).hexdigest()
