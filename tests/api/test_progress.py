"""What stands where, through the API: the same rows as the pages, to the same people."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests import make
from tests.api.calls import Program, now, problem, refused, table, today
from tests.api.loop_world import Loop, once_a_file, right
from unmet.catalogue.models import Round

pytestmark = pytest.mark.django_db
OWN = (
    "/changes?since=2021-01-01", "/changes/requests?since=2021-01-01", "/progress/offers",
    "/progress/not-sent", "/progress/not-received", "/progress/held", "/progress/lots", "/progress/requests",
)  # fmt: skip


@pytest.fixture(scope="module")
def loop(django_db_setup: None, django_db_blocker: Any) -> Iterator[Loop]:
    """See `Loop`."""
    yield from once_a_file(django_db_blocker, accepted=True)


def test_what_waits_is_read_by_its_two_sides_and_by_nobody_else(loop: Loop) -> None:
    for by in (loop.who, loop.focal):
        waiting = by.whole("/progress/not-sent")
        assert {(row["giver"], row["member"], row["item"], row["quantity"]) for row in waiting} == {
            ("WHO", "ZMB", "MASK-IIR", "300"), ("WHO", "ZMB", "GLOVE-EXAM", "200"),
        }  # fmt: skip
        assert table(by.get("/progress/not-sent.csv"))[0]["giver"] == "WHO"
    for by in (loop.undp, loop.cuban, loop.chair):
        assert by.whole("/progress/not-sent") == []


def test_an_offer_a_held_box_and_its_lot(loop: Loop) -> None:
    made = loop.offered()
    [stands] = [row for row in loop.who.whole("/progress/offers") if row["offer"] == made["id"]]
    assert (stands["stands"], stands["items"], stands["member"]) == ("offered", ["MASK-IIR"], "ZMB")
    box = loop.sent()
    right(loop.who.post(f"/consignments/{box['id']}/steps", {"what": "hold", "why": "customs", "text": "No permit"}))
    [held] = loop.focal.whole("/progress/held")
    assert (held["consignment"], held["why"], held["words"], held["days"]) == (box["id"], "customs", "No permit", 0)
    assert [row["at_risk"] for row in loop.who.whole("/progress/not-received")] == [False]
    soon = today() + timedelta(days=60)
    lot = loop.line(need=loop.needs["MASK-IIR"], lot="LOT-7", expires_on=str(soon))
    right(loop.who.post("/offers", loop.offer(lot)), 201)
    assert loop.undp.whole("/progress/held") == loop.undp.whole("/progress/offers") == []


def test_open_requests_and_what_happened_to_them(loop: Loop) -> None:
    body = {"member": "ZMB", "addressees": ["WHO"], "lines": [{"need": loop.needs["MASK-IIR"], "quantity": "50"}]}
    draft = right(loop.focal.post("/requests", body), 201)
    tag = loop.approver.get(f"/requests/{draft['id']}").headers["ETag"]
    right(loop.approver.post(f"/requests/{draft['id']}/sending", {}, If_Match=tag))
    [asks] = loop.who.whole("/progress/requests")
    assert (asks["request"], asks["member"], asks["lines"], asks["answered_at"]) == (draft["id"], "ZMB", 1, None)
    [happened] = loop.who.whole(f"/changes/requests?since={today()}")
    assert (happened["what"], happened["request"]) == ("sent", draft["id"])
    assert loop.undp.whole("/progress/requests") == loop.undp.whole(f"/changes/requests?since={today()}") == []
    [cell] = loop.focal.whole("/own-asked?member=ZMB")
    assert (cell["asked"], cell["answered_in_full"], cell["days_to_answer"]) == (1, 0, None)
    for stranger in (loop.who, loop.cuban, loop.chair):
        assert problem(stranger.get("/own-asked?member=ZMB")) == (404, "not-found")
    assert loop.focal.whole("/asked") == [], "one member is not three"


def test_what_changed_since_a_day(loop: Loop) -> None:
    rows = loop.who.whole(f"/changes?since={today()}")
    assert {(row["member"], row["item"]) for row in rows} >= {("ZMB", "MASK-IIR"), ("CUB", "MASK-IIR")}
    [masks] = [row for row in rows if (row["member"], row["item"]) == ("CUB", "MASK-IIR")]
    assert masks["approved"] == masks["not_covered"] == "300" and masks["what"]
    assert "CUB" not in {row["member"] for row in loop.cuban.whole(f"/changes?since={today()}")}, "one's own is no news"
    first = right(loop.who.get(f"/changes?since={today()}&limit=1"))
    assert len(first["rows"]) == 1 and first["next"]
    make.approved([make.line("GLOVE-EXAM", 7)], of="CUB", round_=Round.objects.get(code="r-now"), at=now())
    rest = loop.who.whole(first["next"])
    assert first["rows"] + rest == rows, "what came in before the page makes no row appear twice"
    for day, why in ((str(today() + timedelta(days=2)), "to_come"), ("1985-01-01", "day")):
        answer = loop.who.get(f"/changes?since={day}")
        refused(answer, 422, why)
        assert answer.json()["detail"].startswith(f"“{day}” lies outside the days taken here: from 1990-01-01 to")


def test_gaps_are_those_of_the_page(loop: Loop) -> None:
    """By item, then by member; a day of need is detail, which nobody was given here."""
    rows = {row["item"]: row for row in loop.undp.whole("/gaps")}
    assert {code: (row["not_covered"], row["not_in_country"], row["members"]) for code, row in rows.items()} == {
        "MASK-IIR": ("1000", "1300", 2), "GLOVE-EXAM": ("300", "500", 1),
    }  # fmt: skip
    assert rows["MASK-IIR"]["value_usd"] and table(loop.undp.get("/gaps.csv"))[0]["item"] in rows
    by_member = "/gaps/members?item=MASK-IIR"
    assert [(row["member"], row["not_covered"]) for row in loop.undp.whole(by_member)] == [
        ("CUB", "300"), ("ZMB", "700"),
    ]  # fmt: skip
    [zambia] = loop.undp.whole(f"{by_member}&members=Africa&severity=2")
    assert (zambia["member"], zambia["severity"], zambia["severity_value"]) == ("ZMB", 3, "2.9")
    assert {row["item"] for row in loop.undp.whole("/gaps?q=glove")} == {"GLOVE-EXAM"}
    assert loop.undp.whole("/gaps?severity=5") == []
    assert [row["member"] for row in loop.cuban.whole(by_member)] == ["ZMB"], "nobody closes a gap of its own"
    assert problem(loop.chair.get("/gaps")) == (403, "not-allowed")
    assert problem(loop.undp.get("/gaps?members=NOWHERE")) == (404, "not-found")
    assert problem(loop.undp.get("/gaps/members?item=NONE")) == (404, "not-found")
    assert problem(loop.undp.get("/gaps?needed_by=0")) == (400, "bad-request"), "a day and not a number of seconds"


def test_sums_at_risk_are_for_coordination_and_all_of_it_for_a_token(loop: Loop) -> None:
    assert loop.chair.whole("/progress/at-risk") == []
    assert problem(loop.who.get("/progress/at-risk")) == (403, "not-allowed")
    for path in (*OWN, "/progress/at-risk", "/own-asked?member=ZMB"):
        assert problem(Program("").get(path)) == (401, "no-token"), path
