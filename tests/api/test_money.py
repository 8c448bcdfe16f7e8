"""Money through the API: the ladder, exact amounts and rates, who sees it, what everyone sees."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.api.calls import Program, now, open_round, problem, refused, table, today, token
from tests.api.money_world import DEEDS, RATE, World
from unmet.audit.models import AuditRow
from unmet.books.models import Entry
from unmet.needs.models import Need
from unmet.support.models import Flow, FlowConfirmation

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all tests of this file, each of which takes back what it did."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


def stands(told: dict[str, Any]) -> tuple[str, str, str]:
    """What stands as pledged, committed, paid."""
    return told["pledged"], told["committed"], told["paid"]


# ── the ladder ───────────────────────────────────────────────────────────────
def test_stated_committed_paid_confirmed_and_taken_back(world: World) -> None:
    made = world.stated()
    assert stands(made) == ("5000.5", "0", "0")
    assert (made["instrument"], made["boundary"], made["channel"]) == ("grant", "internal", "WHO")
    assert stands(world.step("advance", made, "commitment", "3000").json()) == ("2000.5", "3000", "0")
    assert stands(world.step("advance", made, "paid", "3000").json()) == ("2000.5", "0", "3000")
    assert stands(world.step("taking-back", made, "pledge", "2000.50").json()) == ("0", "0", "3000")
    assert stands(world.step("addition", made, "pledge", "1").json()) == ("1", "0", "3000")
    done = world.focal.post(f"/money/{made['id']}/steps/3/confirmation", {})
    assert done.status_code == 200 and done.json()["confirmed_by"] == ["ZMB"]
    assert world.focal.post(f"/money/{made['id']}/steps/3/confirmation", {"party": "ZMB"}).status_code == 200
    assert FlowConfirmation.objects.count() == 1, "saying it twice changes nothing"
    steps = world.who.whole(f"/money/{made['id']}/steps", limit=2)
    assert [(row["number"], row["from_stage"], row["to_stage"], row["amount"]) for row in steps] == [
        (1, None, "pledge", "5000.5"), (2, "pledge", "commitment", "3000"), (3, "commitment", "paid", "3000"),
        (4, "pledge", None, "2000.5"), (5, None, "pledge", "1"),
    ]  # fmt: skip
    assert steps[3]["reason"] == "Typed wrongly" and steps[2]["confirmed_by"] == ["ZMB"]
    rows = AuditRow.objects.filter(event__startswith="support.money")
    assert {row.via for row in rows} == {"api"} and rows.count() == 6
    assert not Entry.objects.exists(), "money moves nothing in the books"


def test_amounts_are_exact_and_each_step_keeps_its_rate(world: World) -> None:
    made = world.stated(currency="EUR", amount="100.10", rate=RATE)
    assert (made["pledged"], made["pledged_usd"], made["currency"]) == ("100.1", "108.35", "EUR")
    [step] = world.clerk.whole(f"/money/{made['id']}/steps")
    assert {name: step[name] for name in ("rate", "quoted", "rate_on", "rate_source")} == {
        "rate": "1.0824", "quoted": "usd_per_unit", "rate_on": str(today()), "rate_source": "ECB",
    }  # fmt: skip
    assert (step["amount"], step["usd"], step["usd_out"]) == ("100.1", "108.35", "0")
    yen = RATE | {"rate": "104.5", "quoted": "units_per_usd", "source": "Bank of Japan"}
    assert world.stated(currency="JPY", amount="100000", rate=yen)["pledged_usd"] == "956.94"
    assert world.stated(currency="KWD", amount="1.125", rate=RATE | {"rate": "3.25"})["pledged"] == "1.125"
    large = world.stated(amount="900000000000.01")
    assert (large["pledged"], large["pledged_usd"]) == ("900000000000.01",) * 2, "no float is near"
    told = world.stated(amount=7)
    assert told["pledged"] == "7"


def test_the_same_again_counts_once(world: World) -> None:
    body = world.body()
    assert [world.clerk.post("/money", body).status_code for _ in range(2)] == [201, 200]
    assert Flow.objects.count() == 1
    refused(world.clerk.post("/money", body | {"amount": "1"}), 409, "known")
    other = world.body()
    first, second = (world.clerk.post("/money", other, Idempotency_Key="money-0001") for _ in range(2))
    assert first.json() == second.json() and second.headers["Idempotency-Replayed"] == "yes"
    assert Flow.objects.count() == 2


def test_for_a_need_it_takes_emergency_and_item_from_it(world: World) -> None:
    make.approved([make.line()], of="ZMB", round_=open_round("r-need", of="need-emergency"), at=now())
    make.released("ZMB", audience="named", named=[make.party("CUB")], at=now())
    need = Need.objects.get()
    made = world.stated(need=str(need.uuid), emergency=None)
    assert (made["item"], made["sector"], made["emergency"]) == ("MASK-IIR", "IPC", "need-emergency")
    assert made["need"] == str(need.uuid) == world.focal.get(f"/money/{made['id']}").json()["need"]
    assert world.who.get(f"/money/{made['id']}").json()["need"] is None, "the channel has no part in it"
    program = Program(token(make.focal_point("KEN")))
    body = world.body(source="KEN", need=str(need.uuid))
    assert problem(program.post("/money", body)) == (404, "not-found"), "Kenya does not see it"


def test_what_a_channel_passes_on_is_not_counted_again(world: World) -> None:
    made = world.paid()
    said = {"source": "WHO", "via": "bilateral", "channel": None, "passes_on": made["id"]}
    passed = world.who.post("/money", world.body(**said))
    assert passed.status_code == 201 and passed.json()["counted"] is False
    stranger = world.unicef.post("/money", world.body(**said | {"source": "UNICEF"}))
    assert problem(stranger) == (404, "not-found")


# ── who sees it ──────────────────────────────────────────────────────────────
def test_lists_of_both_sides_filtered_in_pages_and_as_a_file(world: World) -> None:
    made = [world.stated(instrument=kind)["id"] for kind in ("grant", "loan", "grant")]
    assert [row["id"] for row in world.clerk.whole("/money", limit=2)] == made
    assert [row["id"] for row in world.focal.whole("/money", side="coming", instrument="loan")] == made[1:2]
    assert [row["id"] for row in world.who.whole("/money", side="coming", boundary="internal")] == made
    assert world.focal.whole("/money") == world.unicef.whole("/money", side="coming") == []
    assert world.clerk.whole("/money", boundary="incoming") == []
    assert problem(world.clerk.get("/money", {"emergency": "nothing"})) == (404, "not-found")
    rows = table(world.focal.get("/money.csv", {"side": "coming"}))
    assert [row["id"] for row in rows] == made and rows[0]["pledged"] == "5000.5" and rows[0]["destinations"] == "ZMB"
    steps = table(world.focal.get(f"/money/{made[0]}/steps.csv"))
    assert [(row["amount"], row["to_stage"]) for row in steps] == [("5000.5", "pledge")]


def test_a_page_of_a_list_asks_as_much_for_three_rows_as_for_one(world: World) -> None:
    for _number in range(3):
        world.do("publication", world.paid())
    for program, path in ((world.clerk, "/money"), (Program(), "/money/public")):
        asked = []
        for limit in (1, 3):
            with CaptureQueriesContext(connection) as queries:
                assert len(program.get(path, {"limit": limit}).json()["rows"]) == limit
            asked.append(len(queries))
        assert asked[0] == asked[1], path


@pytest.mark.parametrize("path", ["", "/steps", "/steps.csv"])
def test_money_of_others_is_like_none(world: World, path: str) -> None:
    made = world.stated()
    answers = [world.unicef.get(f"/money/{one}{path}") for one in (made["id"], uuid.uuid4())]
    assert {problem(answer) for answer in answers} == {(404, "not-found")}
    told = [answer.json() | {"instance": ""} for answer in answers]
    assert told[0] == told[1]


def test_deeds_on_money_of_others_are_like_those_on_none(world: World) -> None:
    made = world.paid()
    for deed, body in DEEDS.items():
        for one in (made["id"], uuid.uuid4()):
            answer = world.unicef.post(f"/money/{one}/{deed}", body, If_Match='"any"')
            assert problem(answer) == (404, "not-found"), deed
    for deed in ("advance", "publication"):
        assert problem(world.do(deed, made, DEEDS[deed], by=world.zambia)) == (403, "not-allowed"), (
            "it is not its money"
        )
    confirmed = world.source.post(f"/money/{made['id']}/steps/1/confirmation", {})
    assert problem(confirmed) == (403, "not-allowed"), "who pays does not say that it arrived"
    other = world.body(source="WHO")
    assert problem(world.clerk.post("/money", other)) == (404, "not-found"), "nobody states it for another party"
    assert problem(Program().get("/money")) == (401, "no-token")


def test_public_money_names_nobody_who_has_not_agreed(world: World) -> None:
    made = world.paid(instrument="loan")
    assert Program().whole("/money/public") == []
    assert world.do("publication", made).json()["public_at"]
    [row] = Program().whole("/money/public")
    assert (row["source"], row["destinations"], row["destinations_not_named"]) == ("CUB", [], 1)
    assert row["stages"] == [
        {
            "stage": "paid", "amount": "5000.5", "usd": "5000.5", "arrived": "not_said",
            "last_on": str(today()), "rate": "1", "quoted": "usd_per_unit", "rate_on": str(today()), "rate_source": "",
        }
    ]  # fmt: skip
    assert "reference" not in row and "For nurses" not in str(row) and "WHO" not in str(row)
    named = world.do("naming", made, {"named": True}, by=world.zambia)
    assert named.json()["named"] == ["ZMB"]
    assert Program().whole("/money/public", instrument="loan", stage="paid")[0]["destinations"] == ["ZMB"]
    assert Program().whole("/money/public", stage="pledge") == []
    assert table(Program().get("/money/public.csv"))[0]["source"] == "CUB"
    refused(world.do("naming", made, {"named": True}, by=world.zambia), 409, "named")
    refused(world.do("publication", made), 409, "public")
    assert world.do("hiding", made).json()["public_at"] is None
    refused(world.do("hiding", made), 409, "not_public")
    assert Program().whole("/money/public") == []


def test_grants_and_loans_and_boundaries_are_never_added(world: World) -> None:
    for instrument, to, amount in (("grant", "ZMB", "10"), ("loan", "ZMB", "20"), ("grant", "UNICEF", "40")):
        made = world.paid(instrument=instrument, destinations=[to], amount=amount)
        world.do("publication", made)
    world.stated(amount="80")  # is not public
    rows = Program().whole("/money/totals", limit=5)
    assert len(rows) == 18 and len({(row["boundary"], row["instrument"], row["stage"]) for row in rows}) == 18
    assert {(row["boundary"], row["instrument"], row["stage"]): row["usd"] for row in rows if row["behind"]} == {
        ("internal", "grant", "paid"): "10", ("internal", "loan", "paid"): "20", ("outgoing", "grant", "paid"): "40",
    }  # fmt: skip
    assert [row["usd"] for row in Program().whole("/money/totals", item="MASK-IIR")] == ["0"] * 18
    assert len(table(Program().get("/money/totals.csv"))) == 18
