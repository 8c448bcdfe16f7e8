"""Benchmark (f), inside its processes: what a named partner sees of 100,000 needs, and the same by the driver."""

import hashlib
import json
import os
import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any

from tools.bench.measure import NotTheSame

PARTNER, NAMED_NEEDS = "WHO", 40
TIMES = 7  # of each question in one process, after one that warms the file cache


def partner_make(*, members: int, items: int, places: int, lines: int) -> dict[str, Any]:
    """Needs of many members in the books, `lines` entries an account, and what they release to one partner.

    Of four members one releases whole sectors to the partner, one releases needs by name, one its sectors to
    everyone, and one nothing; of what is released one in two hundred is held back again.
    """
    from django.utils import timezone
    from tests import make

    from tools.bench import world
    from unmet.access.actors import Actor, acting
    from unmet.catalogue.models import Round
    from unmet.parties.models import Group, Party, Place

    world.make_world(places=0, items=items, members=0)
    at, round_ = timezone.now(), Round.objects.select_related("emergency").get(code=world.ROUND)
    everyone, chosen = Group.objects.get(code=Group.EVERYONE).pk, world.items_of(items)
    make.person("responder", PARTNER, until=at.date() + timedelta(300), email=f"{PARTNER.lower()}@bench.example")
    parties = list(Party.objects.all().members(on=at.date()).order_by("code")[:members])
    with acting(Actor.for_system(at=at)):
        for position, party in enumerate(parties):
            Place.objects.bulk_create(
                Place(party=party, code=f"P{number}", kind=Place.Kind.AREA, own_name=f"District {number}")
                for number in range(places)
            )
            _state(position, party, chosen, everyone, round_, at)
    _more_entries(lines - 1)
    for position, party in enumerate(parties):
        _release(position, party, at)
    _planned()
    return {"accounts": members * items * places}


def _state(position: int, party: Any, items: list[int], everyone: int, round_: Any, at: Any) -> None:
    from tools.bench import world
    from unmet.books import services as books
    from unmet.needs.models import Need
    from unmet.parties.models import Place

    areas = Place.objects.filter(party=party, kind=Place.Kind.AREA).order_by("pk").values_list("pk", flat=True)
    needs = Need.objects.bulk_create(
        Need(member=party, emergency=round_.emergency, item_id=item, place_id=place, group_id=everyone)
        for place in areas
        for item in items
    )
    needed_by = round_.period_from_on + timedelta(world.NEEDED_BY)
    postings = [
        books.Posting(
            need.item_id or 0, need.place_id, everyone, need.uuid, world.quantity(position, need.item_id or 0, number),
            0, needed_by + timedelta(number % 90), number % 9 + 1,
        )
        for number, need in enumerate(needs)
    ]  # fmt: skip
    with books.open(at=at) as book:
        book.restate(postings, member=party.pk, round_=round_)


def _more_entries(count: int) -> None:
    """Pledges of one thousandth each, `count` to every account: the books grow, no figure of a need changes."""
    from django.db import connection

    from unmet.books.models import Account, Clock, Movement

    clock, accounts = Clock.objects.get(), Account.objects.count()
    with connection.cursor() as cursor:
        for number in range(count):
            cursor.execute(
                "INSERT INTO books_entry (sequence, book, closed, account_id, movement, at, pledged, "
                + ", ".join(_but("pledged"))
                + f") SELECT {clock.sequence + number * accounts} + id, 0, %s, id, {Movement.PLEDGED.value}, %s, 1, "
                + ", ".join("0" for _ in _but("pledged"))
                + " FROM books_account",
                [False, connection.ops.adapt_datetimefield_value(clock.at)],
            )
    Account.objects.update(pledged=count)
    Clock.objects.update(sequence=clock.sequence + count * accounts)


def _but(*left: str) -> list[str]:
    from unmet.books.measures import MEASURES

    return [name for name in MEASURES if name not in left]


def _release(position: int, party: Any, at: Any) -> None:
    from unmet.access.models import HoldBack, Release
    from unmet.books.models import Account
    from unmet.catalogue.models import Sector
    from unmet.parties.models import Party, Person

    granted = {"granted_by": Person.objects.first(), "granted_at": at, "level": Release.Level.DETAIL}
    mine = Account.objects.filter(member=party).order_by("pk")
    sectors = list(Sector.objects.filter(pk__in=mine.values("sector")).values_list("uuid", flat=True))
    named, public = Release.Audience.NAMED, Release.Audience.EVERYONE
    chosen: list[tuple[str, uuid.UUID, str]] = [
        *(("sector", uuid_, named) for uuid_ in sectors if position % 4 == 0),
        *(("need", uuid_, named) for uuid_ in _first(mine) if position % 4 == 1),
        *(("sector", uuid_, public) for uuid_ in sectors if position % 4 == 2),
    ]
    made = Release.objects.bulk_create(
        Release(member=party, subject_kind=kind, subject=subject, audience=audience, **granted)
        for kind, subject, audience in chosen
    )
    partner = Party.objects.get(code=PARTNER)
    Release.named.through.objects.bulk_create(
        Release.named.through(release=one, party=partner) for one in made if one.audience == named
    )
    held = list(mine.values_list("subject", flat=True))[::200] if position % 4 != 3 else []
    HoldBack.objects.bulk_create(
        HoldBack(member=party, need=subject, put_by=granted["granted_by"], put_at=at) for subject in held
    )


def _first(accounts: Any) -> list[uuid.UUID]:
    return list(accounts.values_list("subject", flat=True)[:NAMED_NEEDS])


def _planned() -> None:
    """Let the engine know how many rows there are, as its own maintenance does."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


# ── the questions ────────────────────────────────────────────────────────────
def partner_ours(*, wrong: int = 0) -> dict[str, Any]:
    """What the partner's own pages ask of the database: the biggest gaps, and the lines of one member.

    `wrong` falsifies the gate.
    """
    from django.db import connection
    from django.test import Client
    from django.utils import timezone

    from unmet.access.actors import Actor, acting
    from unmet.books.models import Account, Entry
    from unmet.parties.models import Party, Person
    from unmet.support import queries

    person = Person.objects.get(email=f"{PARTNER.lower()}@bench.example")
    with acting(Actor.of(person, at=timezone.now(), via="page")):
        visible_ones = _expected()
        gaps = [[gap.item, gap.not_covered, gap.members] for gap in queries.gaps_by_item(but_of=())[:10]]
    member = min(visible_ones["members"])
    code = Party.objects.values_list("code", flat=True).get(pk=member)
    browser = Client(headers={"host": "localhost"})
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    pages = {"gaps": "/en/respond", "member": f"/en/respond/lines?member={code}"}
    asked = {name: _asked(browser, path) for name, path in pages.items()}
    if gaps != [[item, total + wrong, count] for item, total, count in visible_ones["gaps"]]:
        raise NotTheSame("biggest gaps are not the sums over what was released")
    shown = re.findall(r"/respond/lines/([0-9a-f-]{36})\"", asked["member"].text)
    if shown != visible_ones["lines"][member]:
        raise NotTheSame("the member's lines are not those that were released")
    told = {
        **{name: _timed(page.statements) for name, page in asked.items()},
        "statements": {name: _slowest(page.statements) for name, page in asked.items()},
        "digest": hashlib.sha256(json.dumps([gaps, shown]).encode()).hexdigest(),
        "accounts": Account.objects.count(), "entries": Entry.objects.count(), "visible": visible_ones["count"],
        "member_id": member,
    }  # fmt: skip
    connection.close()
    return told


@dataclass(frozen=True)
class Asked:
    """A page, and every statement that it read with."""

    text: str
    statements: list[tuple[str, Any]]


def _asked(browser: Any, path: str) -> Asked:
    """A page, asked for once before so that nothing of it is read for the first time."""
    from django.db import connection

    browser.get(path)
    sent: list[tuple[str, Any]] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip("( ").startswith(("SELECT", "WITH")):
            sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        answer = browser.get(path)
    if answer.status_code != 200:
        raise NotTheSame(f"{path} answers {answer.status_code}")
    return Asked(answer.content.decode(), sent)


def _timed(statements: list[tuple[str, Any]]) -> list[float]:
    """Milliseconds of the database until the last row of the last statement is fetched; none of the page's Python."""
    return [sum(spent for spent, _rows in _run(statements)) for _ in range(TIMES + 1)][1:]


def _run(statements: list[tuple[str, Any]]) -> list[tuple[float, int]]:
    """Milliseconds and rows of each statement."""
    from django.db import connection

    with connection.cursor() as cursor:
        found = []
        for sql, params in statements:
            began = perf_counter()
            cursor.execute(sql, params)
            rows = len(cursor.fetchall())
            found.append(((perf_counter() - began) * 1000, rows))
    return found


def _slowest(statements: list[tuple[str, Any]]) -> dict[str, Any]:
    """How many statements and rows there are, and the plan of the slowest one, with row counts where it has some."""
    from django.db import connection

    told = _run(statements)
    sql, params = statements[max(range(len(told)), key=lambda number: told[number][0])]
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) "
    with connection.cursor() as cursor:
        cursor.execute(explain + sql, params)
        plan = [str(row[-1]) for row in cursor.fetchall()]
    return {
        "count": len(told), "rows": sum(rows for _, rows in told), "spent": max(spent for spent, _ in told),
        "rows_of_it": max(told)[1], "plan": plan,
    }  # fmt: skip


def _expected() -> dict[str, Any]:
    """The same from plain rows in Python: releases and hold-backs applied one by one, no query of ours."""
    from collections import defaultdict

    from unmet.access.models import HoldBack, Release
    from unmet.books.models import Account
    from unmet.catalogue.models import Sector
    from unmet.parties.models import Party

    partner = Party.objects.get(code=PARTNER).pk
    released = {
        (release.member_id, release.subject)
        for release in Release.objects.prefetch_related("named")
        if release.audience == Release.Audience.EVERYONE or partner in {party.pk for party in release.named.all()}
    }
    held = set(HoldBack.objects.values_list("need", flat=True))
    sectors = dict(Sector.objects.values_list("pk", "uuid"))
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    who: dict[int, set[int]] = defaultdict(set)
    lines: dict[int, list[tuple[Any, int, str]]] = defaultdict(list)
    count = 0
    fields = ("pk", "member_id", "item_id", "sector_id", "subject", "not_covered", "value_not_covered", "needed_by_on")
    for pk, member, item, sector, subject, open_, value, needed_by in Account.objects.values_list(*fields):
        if subject in held or not {(member, sectors[sector]), (member, subject)} & released:
            continue
        count += 1
        if open_:
            sums[item][0] += open_
            sums[item][1] += value
            who[item].add(member)
        lines[member].append((needed_by, pk, str(subject)))
    ranked = sorted(sums, key=lambda item: (-sums[item][1], -sums[item][0]))[:10]
    return {
        "gaps": [(item, sums[item][0], len(who[item])) for item in ranked],
        "lines": {member: [subject for *_, subject in sorted(rows)[:50]] for member, rows in lines.items()},
        "members": list(lines),
        "count": count,
    }


# ── the raw store ────────────────────────────────────────────────────────────
def partner_raw(*, member: int) -> dict[str, Any]:
    """The store's own best: the same sums over all accounts and a member's first lines, seen by everybody."""
    import sqlite3
    from pathlib import Path

    import psycopg

    if os.environ.get("DATABASE_URL"):
        connection: Any = psycopg.connect(os.environ["DATABASE_URL"].replace("postgres://", "postgresql://"))
    else:
        connection = sqlite3.connect(Path(os.environ["UNMET_DATA"]) / "unmet.sqlite3")
    gaps = (
        "SELECT item_id, sum(not_covered), sum(value_not_covered) AS total, count(DISTINCT member_id) "
        "FROM books_account WHERE NOT closed AND kind = 0 AND not_covered > 0 "
        "GROUP BY item_id ORDER BY total DESC LIMIT 10"
    )
    lines = (
        f"SELECT subject FROM books_account WHERE NOT closed AND kind = 0 AND member_id = {member} "
        "ORDER BY needed_by_on, id LIMIT 50"
    )
    spent: dict[str, list[float]] = {"gaps": [], "member": []}
    for name, statement in (("gaps", gaps), ("member", lines)):
        for _ in range(TIMES + 1):
            began = perf_counter()
            connection.execute(statement).fetchall()
            spent[name].append((perf_counter() - began) * 1000)
        spent[name] = spent[name][1:]
    connection.close()
    return dict(spent)
