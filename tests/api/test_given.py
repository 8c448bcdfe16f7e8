"""What is given through the API: sums and names as everyone and as one's parties see them; saying a giver's name."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests import make
from tests.api.calls import Program, now, open_round, problem, refused, table, today, token
from tests.api.loop_world import NOBODY, alike
from unmet.access.models import Role
from unmet.support.models import Line

pytestmark = pytest.mark.django_db


class World:
    """Zambia received 40 masks and a ventilator from WHO, and has accepted 5 masks more; only masks are public."""

    def __init__(self) -> None:
        round_ = open_round()
        make.approved([make.line(quantity=1000), make.line("VENT-ICU", 9)], of="ZMB", round_=round_, at=now())
        make.released("ZMB", level="figures", sectors=["IPC"], at=now())
        approver = make.approver("ZMB")
        for reference, item, stage, quantity in (
            ("GOT", "MASK-IIR", "received", 40), ("COMING", "MASK-IIR", "committed", 5),
            ("GOT", "VENT-ICU", "received", 1),
        ):  # fmt: skip
            line = make.support_line(
                "WHO", "ZMB", stage, quantity, reference=reference, item_id=make.item(item).pk, dated_on=today()
            )
            make.stated([line], by=approver, round_=round_, at=now())
        self.who = Program(token(make.person(Role.RESPONDER, "WHO")))
        self.reader = Program(token(make.person(Role.RESPONDER, "WHO"), "read"))
        self.clerk = Program(token(make.focal_point("WHO")))
        self.zambia = Program(token(make.focal_point("ZMB")))
        self.undp, self.everyone = Program(token(make.person(Role.RESPONDER, "UNDP"))), Program()
        self.line = Line.objects.get(reference="GOT", item__code="MASK-IIR").uuid

    def say(self, says: str, *, by: Program | None = None) -> Any:
        """WHO says it for all that it gives."""
        return (by or self.who).post("/given/names", {"giver": "WHO", "says": says})


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all tests of this file, each of which takes back what it did."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


def sums(by: Program, path: str = "/given", **query: Any) -> dict[str | None, tuple[str, str]]:
    """Giver -> received, and in transit or committed."""
    return {row["giver"]: (row["received"], row["under_way"]) for row in by.whole(path, **query)}


def test_everyone_reads_sums_and_the_two_sides_names(world: World) -> None:
    assert sums(world.everyone, item="MASK-IIR") == {None: ("40", "5")} == sums(world.undp, item="MASK-IIR")
    assert sums(world.everyone, item="VENT-ICU") == {} == sums(world.undp, "/given/seen", item="VENT-ICU")
    for by in (world.who, world.zambia):
        assert sums(by, "/given/seen", item="VENT-ICU") == {"WHO": ("1", "0")}
    [row] = world.everyone.whole("/given", sector="IPC", round="r-now")
    assert row["unit"] == "USD" and row["member"] == "ZMB" and row["items_unpriced"] == 0
    assert problem(world.everyone.get("/given", {"item": "NOTHING"})) == (404, "not-found")
    assert problem(world.everyone.get("/given/seen"))[0] == 401


def test_a_name_is_shown_beside_what_was_received_and_taken_back(world: World) -> None:
    assert world.say("named").json()["says"] == "named"
    assert sums(world.everyone, item="MASK-IIR") == {None: ("0", "5"), "WHO": ("40", "0")}
    assert sums(world.everyone, item="MASK-IIR", limit=1) == sums(world.undp, "/given/seen", item="MASK-IIR")
    assert [row["giver"] for row in table(world.everyone.get("/given.csv", {"item": "MASK-IIR"}))] == ["", "WHO"]
    refused(world.say("named"), 409, "same")
    told = world.who.post(f"/support/{world.line}/name", {"says": "not_named"}).json()
    assert told["support"] == str(world.line) and sums(world.everyone, item="MASK-IIR") == {None: ("40", "5")}
    assert [(row["support"], row["says"]) for row in world.who.whole("/given/names", limit=1)] == [
        (None, "named"), (str(world.line), "not_named"),
    ]  # fmt: skip
    assert world.undp.whole("/given/names") == [{"giver": "UNDP", "offer": None, "support": None, "says": "not_named"}]
    assert world.say("not_named").status_code == 200


def test_who_may_not_and_what_is_not_there(world: World) -> None:
    # A focal point cannot give its token that right.
    assert problem(world.say("named", by=world.clerk)) == (403, "scope-missing")
    assert problem(world.say("named", by=world.reader))[0] == 403
    assert problem(world.say("named", by=world.undp)) == (404, "not-found")
    assert problem(world.say("as_all")) == (400, "bad-request")
    for what in ("support", "offers"):
        of = [world.undp.post(f"/{what}/{one}/name", {"says": "named"}) for one in (world.line, NOBODY)]
        assert problem(of[0]) == (404, "not-found")
        alike(*of)
    assert sums(world.everyone, item="MASK-IIR") == {None: ("40", "5")}
