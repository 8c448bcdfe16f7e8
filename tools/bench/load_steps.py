"""Benchmark (b), inside its processes: the table, a reader of pages, a writer of small changes, and the gate."""

import csv
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

PAGES = ("/en/", "/en/needs", "/en/members/{member}", "/ar/", "/en/items", "/en/sectors", "/ar/needs", "/en/members")
IMPORTED, SHOWN, SMALL = (
    0,
    1,
    2,
)  # positions in world.MEMBERS: who imports, who is public already, who sends small returns


def load_make(*, path: str, items: int, places: int) -> dict[str, Any]:
    """The table to import, and a member with public needs, so that the pages have something to say."""
    from django.utils import timezone
    from tests import make

    from tools.bench import world
    from unmet.access.models import Release
    from unmet.catalogue.models import Item, Round, Sector
    from unmet.needs import services as needs
    from unmet.parties.models import Party

    round_, at = Round.objects.get(code=world.ROUND), timezone.now()
    names = dict(Item.objects.values_list("pk", "code"))
    needed_by = round_.period_from_on + timedelta(world.NEEDED_BY)
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Item", "Quantity", "Unit", "Needed by", "Place"])
        for number, item in enumerate(world.items_of(items)):
            for place in range(places):
                row = [
                    names[item],
                    world.quantity(IMPORTED, number, place) // 1000,
                    "",
                    needed_by.isoformat(),
                    f"District {place}",
                ]
                writer.writerow(row)
    member = world.MEMBERS[SHOWN]
    party, focal, approver = (
        Party.objects.get(code=member),
        world.person("focal", member),
        world.person("approver", member),
    )
    lines = world.lines(member, position=SHOWN, items=items, places=min(places, 20))
    with make.as_(focal, at=at):
        return_ = needs.submit(lines, member=party, round_=round_, by=focal, at=at).return_
    assert return_ is not None
    with make.as_(approver, at=at):
        needs.approve(return_, by=approver, at=at, revision=return_.revision)
        needs.release(
            member=party, subjects=[("sector", uuid) for uuid in Sector.objects.values_list("uuid", flat=True)],
            level=Release.Level.DETAIL, audience=Release.Audience.EVERYONE, until_on=None, by=approver, at=at,
        )  # fmt: skip
    return {"lines": len(lines)}


def load_read(*, address: str, stop: str, member: str, every: float) -> dict[str, Any]:
    """Ask for public pages at fixed moments until `stop` exists; each waits from the moment it was due."""
    taken: list[tuple[float, float]] = []
    errors: list[str] = []
    pages = [page.format(member=member) for page in PAGES]

    def ask(number: int) -> None:
        page = pages[number % len(pages)]
        with urllib.request.urlopen(address + page, timeout=60) as answer:
            body = answer.read()
            if answer.status != 200 or b"</html>" not in body:
                raise ValueError(f"{page}: {answer.status}")

    threads = [
        threading.Thread(target=_at_fixed_moments, args=(ask, stop, every, first, taken, errors)) for first in (0, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"taken": taken, "errors": errors[:5]}


def _at_fixed_moments(
    act: Callable[[int], None], stop: str, every: float, first: int, taken: list[tuple[float, float]], errors: list[str]
) -> None:
    begun, number = time.time() + first * every / 2, first
    while not Path(stop).exists():
        due = begun + number // 2 * every
        time.sleep(max(0.0, due - time.time()))
        try:
            act(number)
        except Exception as error:  # every failure is counted and shown
            errors.append(f"{type(error).__name__}: {error}")
        taken.append((due, time.time() - due))
        number += 2


def load_write(*, stop: str, every: float) -> dict[str, Any]:
    """In turn a line of support and a small return, submitted and approved, at fixed moments until `stop` exists."""
    from django.utils import timezone
    from tests import make

    from tools.bench import world
    from unmet.catalogue.models import Round
    from unmet.needs import services as needs
    from unmet.parties.models import Party, Person

    round_, item = Round.objects.get(code=world.ROUND), world.items_of(1)[0]
    giver, small = Person.objects.get(email="responder@example.org"), world.MEMBERS[SMALL]
    party, focal, approver = (
        Party.objects.get(code=small),
        world.person("focal", small),
        world.person("approver", small),
    )
    line = world.lines(small, position=SMALL, items=1, places=1)[0]
    done = {"support": 0, "returns": 0}

    def support() -> None:
        at = timezone.now()
        told = make.support_line("WHO", world.MEMBERS[SHOWN], "pledged", 1, item_id=item, dated_on=at.date())
        make.stated([told], by=giver, round_=round_, at=at)
        done["support"] += 1

    def small_return(number: int) -> None:
        from dataclasses import replace

        at = timezone.now()
        with make.as_(focal, at=at):
            sent = needs.submit(
                [replace(line, quantity=(number + 1) * 1000)], member=party, round_=round_, by=focal, at=at
            )
        assert sent.return_ is not None
        with make.as_(approver, at=at):
            needs.approve(sent.return_, by=approver, at=at, revision=sent.return_.revision)
        done["returns"] += 1

    taken: list[tuple[float, float]] = []
    errors: list[str] = []
    _at_fixed_moments(lambda n: small_return(n) if n % 4 else support(), stop, every, 0, taken, errors)
    return {"taken": taken, "errors": errors[:5], **done}


def load_gate(*, lines: int, shown: int, support: int, returns: int) -> dict[str, Any]:
    """Everything that was said to be written is there, once, and the books are right.

    Raises:
        NotTheSame: where not.
    """
    from tools.bench import world
    from tools.bench.measure import NotTheSame
    from unmet.books import doctor
    from unmet.books.models import Account
    from unmet.needs.models import Return
    from unmet.support.models import Line

    found = {
        "lines": Account.objects.filter(member__code=world.MEMBERS[IMPORTED], public=True).count(),
        "shown": Account.objects.filter(member__code=world.MEMBERS[SHOWN], kind=Account.Kind.NEED).count(),
        "support": Line.objects.count(),
        "returns": Return.objects.filter(member__code=world.MEMBERS[SMALL], state=Return.State.APPROVED).count(),
    }  # fmt: skip
    wanted = {"lines": lines, "shown": shown, "support": support, "returns": returns}
    if found != wanted:
        raise NotTheSame(f"{found} instead of {wanted}")
    if differences := doctor.differences(most=3):
        raise NotTheSame(f"the books differ: {differences}")
    return found
