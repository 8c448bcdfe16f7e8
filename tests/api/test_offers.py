"""Offers through the API: drafted, made, accepted, declined, withdrawn; scopes, versions, keys; refusals by name."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.api.calls import Program, now, problem, refused, table, today, token
from tests.api.loop_world import NOBODY, UNTIL, Loop, alike, once_a_file, right
from unmet.api import problems
from unmet.books import doctor
from unmet.books.models import Entry
from unmet.catalogue.models import Item, Round
from unmet.needs.models import Need
from unmet.support.models import Offer, RequestAnswer
from unmet.support.offer_rules import OfferRefused, Reason

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loop(django_db_setup: None, django_db_blocker: Any) -> Iterator[Loop]:
    """See `Loop`."""
    yield from once_a_file(django_db_blocker, accepted=False)


# ── the way of an offer ──────────────────────────────────────────────────────
def test_drafted_changed_made_accepted_in_part_and_withdrawn(loop: Loop) -> None:
    posted = Entry.objects.count()
    answer = loop.who.post("/offers", loop.offer())
    made = right(answer, 201)
    path = f"/offers/{made['id']}"
    assert answer.headers["Location"] == f"/api/v1{path}"
    assert [made[name] for name in ("state", "lines", "accepted", "earmarking", "member", "members", "channel")] == [
        "draft", 1, 0, 4, "ZMB", [], "UNICEF",
    ]  # fmt: skip
    for other in (loop.approver, loop.unicef, loop.chair):
        assert problem(other.get(path)) == (404, "not-found")
    said = loop.offer(loop.line("350.0", need=loop.needs["MASK-IIR"], lot="L-7", expires_on=UNTIL, stands_at="Dubai"))
    del said["giver"]
    assert right(loop.do(path, "draft", said))["id"] == made["id"] and Entry.objects.count() == posted
    assert right(loop.do(path, "offering"))["state"] == "offered"
    assert loop.books() == {"pledged": 350}
    read = right(loop.approver.get(path))
    assert (read["conditions"], read["saved_at"], read["held_until"]) == ("By air only", None, UNTIL)
    told = right(loop.accept(made, "100", expected_on=UNTIL), 201)
    assert (told["quantity"], told["accepted"], told["left"], told["lot"]) == ("350", "100", "250", "L-7")
    [taken] = told["acceptances"]
    assert [taken[name] for name in ("member", "quantity", "counts_as", "item", "over", "expected_on")] == [
        "ZMB", "100", None, "MASK-IIR", False, UNTIL,
    ]  # fmt: skip
    assert taken["reference"] == f"{made['code']}/1" and loop.books() == {"pledged": 250, "committed": 100}
    gone = right(loop.do(path, "withdrawal", {"reason": "The rest is sold"}))
    assert (gone["state"], gone["reason"], gone["accepted"]) == ("withdrawn", "The rest is sold", 1)
    assert loop.books() == {"committed": 100} and doctor.differences() == []


def test_accepted_in_whole_it_is_closed_and_declined_it_ends(loop: Loop) -> None:
    made = loop.offered()
    right(loop.accept(made, 400), 201)
    assert right(loop.who.get(f"/offers/{made['id']}"))["state"] == "closed"
    other = loop.offered()
    told = right(loop.approver.post(f"/offers/{other['id']}/declines", {"reason": "No store"}))
    assert told["state"] == "declined"
    [said] = right(loop.who.get(f"/offers/{other['id']}"))["declines"]
    assert (said["member"], said["reason"]) == ("ZMB", "No store") and loop.books() == {"committed": 400}


def test_a_kit_counts_as_what_the_member_says(loop: Loop) -> None:
    made = loop.offered(loop.line(10, "GOWN-ISO"))
    refused(loop.accept(made, 10), 422, "counts_as", item="MASK-IIR")
    told = right(loop.accept(made, 10, counts_as="120"), 201)
    assert (told["acceptances"][0]["counts_as"], told["acceptances"][0]["item"]) == ("120", "MASK-IIR")
    assert loop.books()["committed"] == 120


def test_to_several_and_to_any_each_member_decides_for_itself(loop: Loop) -> None:
    several = loop.offered(loop.line(500), aim="members", members=["ZMB", "CUB"])
    assert several["members"] == ["CUB", "ZMB"] and loop.books() == {}
    assert right(loop.cuban.get(f"/offers/{several['id']}"))["members"] == ["CUB"]
    right(loop.accept(several, 100), 201)
    right(loop.accept(several, 200, by=loop.cuban, need=None), 201)
    right(loop.cuban.post(f"/offers/{several['id']}/declines", {}))
    assert [len(loop.lines(several, by)[0]["acceptances"]) for by in (loop.who, loop.cuban)] == [2, 1]
    assert [one["accepted"] for by in (loop.who, loop.cuban) for one in loop.lines(several, by)] == ["300", "300"]
    anybody = loop.offered(loop.line(5), aim="any")
    assert right(loop.chair.get(f"/offers/{anybody['id']}"))["state"] == "offered"
    assert problem(loop.accept(anybody, 1, by=loop.chair)) == (403, "scope-missing")
    assert problem(loop.unicef.get(f"/offers/{anybody['id']}")) == (404, "not-found")


def test_capacity_and_technology_say_what_belongs_to_them(loop: Loop) -> None:
    fast = loop.line(a_month="50000", from_on=UNTIL, bottleneck="Cotton")
    [line] = loop.lines(loop.draft(fast, kind="capacity"))
    assert [line[name] for name in ("a_month", "from_on", "bottleneck", "stage")] == ["50000", UNTIL, "Cotton", ""]
    licence = loop.line(
        1, "LICENCE-NE", product="A mask", holder="A maker", territory="Africa", terms="Free", licence_until=UNTIL
    )
    made = loop.offered(licence, kind="technology")
    [line] = loop.lines(made, loop.approver)
    assert [line[name] for name in ("product", "holder", "territory", "terms", "licence_until", "stage")] == [
        "A mask", "A maker", "Africa", "Free", UNTIL, "asked",
    ]  # fmt: skip
    stages = f"/offers/{made['id']}/lines/{line['id']}/stages"
    refused(loop.who.post(stages, {"stage": "signed"}), 409, "nobody_accepted", item="LICENCE-NE")
    right(loop.accept(made, 1, need=None), 201)
    assert right(loop.who.post(stages, {"stage": "signed"}))["stage"] == "signed"
    refused(loop.who.post(stages, {"stage": "negotiating"}), 409, "order")
    assert problem(loop.approver.post(stages, {"stage": "transferred"})) == (404, "not-found")


def test_a_line_of_a_request_brings_its_need_and_is_answered(loop: Loop) -> None:
    asked = make.asked(200, of="ZMB", to=["WHO"], at=now())
    [line] = loop.who.whole(f"/requests/{asked.uuid}/lines")
    made = loop.offered(loop.line(50, request_line=line["id"]))
    [told] = loop.lines(made)
    assert (told["need"], told["request_line"]) == (loop.needs["MASK-IIR"], line["id"])
    assert RequestAnswer.objects.get().kind == "part"
    right(loop.approver.post(f"/requests/{asked.uuid}/stopping", {"reason": "Full"}))
    refused(loop.accept(made, 50), 409, "stopped")


# ── lists, files, keys ───────────────────────────────────────────────────────
def test_lists_by_side_and_state_in_pages_and_as_a_file(loop: Loop) -> None:
    made = [loop.draft(conditions="=1+1") for _ in range(3)] + [loop.offered()]
    ids = [one["id"] for one in made]
    assert [row["id"] for row in loop.who.whole("/offers", limit=2)] == ids
    assert [row["id"] for row in loop.who.whole("/offers", state="offered", giver="WHO")] == ids[3:]
    assert [row["id"] for row in loop.focal.whole("/offers", offered="to_us")] == ids[3:]
    assert loop.focal.whole("/offers") == [] == loop.unicef.whole("/offers", offered="to_us")
    rows = table(loop.who.get("/offers.csv"))
    assert [row["id"] for row in rows] == ids and rows[0]["conditions"] == "'=1+1"
    right(loop.accept(made[3], 10), 201)
    [row] = table(loop.who.get(f"/offers/{ids[3]}/lines.csv"))
    assert (row["quantity"], row["left"]) == ("400", "390") and json.loads(row["acceptances"])[0]["quantity"] == "10"


def test_a_longer_page_asks_the_database_no_more_often(loop: Loop) -> None:
    counted = []
    for _turn in range(2):
        for _one in range(2):
            several = loop.offered(loop.line(5), loop.line(6, "GLOVE-EXAM"), aim="members", members=["ZMB", "CUB"])
            right(loop.accept(several, 1), 201)
        with CaptureQueriesContext(connection) as asked:
            loop.who.get("/offers"), loop.who.get(f"/offers/{several['id']}/lines")
        # Now and then how often a token is used is written down: that is no question of the page.
        counted.append(sum("SELECT" in one["sql"] and "api_use" not in one["sql"] for one in asked.captured_queries))
    assert counted[0] == counted[1]


def test_past_its_day_it_is_expired_before_any_worker_comes(loop: Loop) -> None:
    made = loop.offered()
    Offer.objects.filter(uuid=made["id"]).update(ends_at=now())
    assert right(loop.approver.get(f"/offers/{made['id']}"))["state"] == "expired"
    for state, count in (("expired", 1), ("offered", 0)):
        assert len(loop.approver.whole("/offers", offered="to_us", state=state)) == count
    refused(loop.accept(made), 409, "expired")
    refused(loop.do(f"/offers/{made['id']}", "withdrawal", {}), 409, "expired")


def test_the_same_key_offers_and_accepts_once(loop: Loop) -> None:
    first, second = (loop.who.post("/offers", loop.offer(), Idempotency_Key="offer-0001") for _ in range(2))
    assert right(first, 201) == right(second, 201) and second.headers["Idempotency-Replayed"] == "yes"
    assert Offer.objects.count() == 1
    made = loop.offered()
    [line] = loop.lines(made)
    address = f"/offers/{made['id']}/lines/{line['id']}/acceptances"
    body = {"quantity": "30", "need": loop.needs["MASK-IIR"], "conditions_seen": True}
    for _turn in range(2):
        right(loop.approver.post(address, body, Idempotency_Key="accept-001"), 201)
    assert loop.books()["committed"] == 30
    assert problem(loop.approver.post(address, body | {"read": "0"})) == (412, "changed-meanwhile")
    right(loop.approver.post(address, body | {"read": "30"}), 201)
    assert loop.books()["committed"] == 60, "without a key, what was read says whether it is the same again"


def test_part_of_a_commitment_is_taken_back_or_given_up_once_a_key(loop: Loop) -> None:
    made = loop.offered()
    told = right(loop.accept(made, 100), 201)
    line = told["acceptances"][0]["support"]
    body = {"quantity": "30", "reason": "Spoiled"}
    for _turn in range(2):
        gone = right(loop.who.post(f"/support/{line}/taking-back", body, Idempotency_Key="back-0001"))
    assert gone["committed"] == "70" and loop.books()["committed"] == 70
    assert right(loop.approver.post(f"/support/{line}/giving-up", body))["committed"] == "40"
    refused(loop.approver.post(f"/support/{line}/giving-up", body | {"read": "70"}), 409, "changed")
    assert loop.lines(made)[0]["left"] == "360" and doctor.differences() == []
    assert problem(loop.approver.post(f"/support/{line}/taking-back", body)) == (403, "not-allowed")
    assert problem(loop.who.post(f"/support/{line}/giving-up", body)) == (403, "scope-missing")
    for other, deed in ((loop.unicef, "taking-back"), (loop.cuban, "giving-up")):
        assert problem(other.post(f"/support/{line}/{deed}", body)) == (404, "not-found")
    assert problem(loop.who.post(f"/support/{line}/taking-back", {"quantity": "1"})) == (400, "bad-request")
    for wrong, status, reason in (({"quantity": "41"}, 409, "more_than_stands"), ({"quantity": 0}, 422, "quantity")):
        refused(loop.who.post(f"/support/{line}/taking-back", body | wrong), status, reason)


# ── versions and scopes ──────────────────────────────────────────────────────
@pytest.mark.parametrize("deed", ["draft", "discarding", "offering", "withdrawal"])
def test_what_others_may_change_wants_the_version_that_was_read(loop: Loop, deed: str) -> None:
    made = loop.draft()
    said = {name: value for name, value in loop.offer().items() if name != "giver"}
    body = {"draft": said, "withdrawal": {}}.get(deed)
    address = f"/offers/{made['id']}"
    assert problem(loop.who.post(f"{address}/{deed}", body)) == (428, "if-match-missing")
    read = loop.who.get(address).headers["ETag"]
    right(loop.do(address, "draft", said | {"lines": [loop.line("7")]}))
    assert problem(loop.who.post(f"{address}/{deed}", body, If_Match=read)) == (412, "changed-meanwhile")


def test_a_version_is_known_again_and_changes_with_what_is_accepted(loop: Loop) -> None:
    made = loop.offered()
    address = f"/offers/{made['id']}"
    read = loop.who.get(address).headers["ETag"]
    assert loop.who.get(address, If_None_Match=read).status_code == 304
    for _turn in range(2):
        right(loop.accept(made, 10), 201)
        assert problem(loop.who.post(f"{address}/withdrawal", {}, If_Match=read)) == (412, "changed-meanwhile")
        read = loop.who.get(address).headers["ETag"]
    right(loop.who.post(f"{address}/withdrawal", {}, If_Match=read))


def test_a_draft_thrown_away_is_gone(loop: Loop) -> None:
    made = loop.draft()
    assert right(loop.do(f"/offers/{made['id']}", "discarding")) == {"id": made["id"]}
    assert problem(loop.who.get(f"/offers/{made['id']}")) == (404, "not-found")


def test_scopes_narrow_what_a_token_does(loop: Loop) -> None:
    made, read = loop.offered(), Program(token(loop.person, "read", "support"))
    assert problem(loop.accept(made, by=read)) == (403, "scope-missing")
    assert problem(read.post(f"/offers/{made['id']}/declines", {})) == (403, "scope-missing")
    approves = Program(token(loop.person, "approve"))
    assert problem(approves.post("/offers", loop.offer(giver="ZMB"))) == (403, "scope-missing")
    assert problem(approves.get("/offers")) == (403, "scope-missing")
    right(loop.accept(made, by=approves), 201)
    assert problem(Program().get("/offers")) == (401, "no-token")


# ── who may ──────────────────────────────────────────────────────────────────


def test_only_an_approver_of_the_member_decides(loop: Loop) -> None:
    made = loop.offered()
    assert problem(loop.accept(made, by=loop.focal)) == (403, "scope-missing")
    for member, kind in (("CUB", 404), ("ZMB", 201)):
        assert loop.accept(made, 1, member=member).status_code == kind
    own = right(loop.approver.post("/offers", loop.offer(loop.line(3), giver="ZMB", aim="any")), 201)
    right(loop.do(f"/offers/{own['id']}", "offering", by=loop.approver))
    [line] = loop.lines(own, loop.approver)
    answer = loop.approver.post(f"/offers/{own['id']}/lines/{line['id']}/acceptances", {"quantity": 1})
    assert problem(answer) == (403, "not-allowed")
    assert problem(loop.who.post("/offers", loop.offer(giver="UNICEF"))) == (404, "not-found")
    assert problem(loop.chair.post("/offers", loop.offer(giver="COORD")))[0] == 403


def test_a_need_that_is_not_shown_is_like_one_that_is_not_there(loop: Loop) -> None:
    make.approved([make.line("VENT-ICU", 5)], of="ZMB", round_=Round.objects.get(code="r-now"), at=now())
    hidden, cuban = Need.objects.get(item__code="VENT-ICU"), Need.objects.get(member__code="CUB")
    for need in (str(hidden.uuid), NOBODY, str(cuban.uuid)):
        refused(loop.who.post("/offers", loop.offer(loop.line(1, "VENT-ICU", need=need))), 422, "need", item="VENT-ICU")
    refused(loop.who.post("/offers", loop.offer(loop.line(1, request_line=NOBODY))), 422, "request", item="MASK-IIR")
    made = loop.offered()
    for need in (NOBODY, str(cuban.uuid)):
        assert problem(loop.accept(made, need=need)) == (404, "not-found")


# ── refusals ─────────────────────────────────────────────────────────────────
def test_every_reason_has_a_sentence_and_a_kind() -> None:
    for reason in get_args(Reason):
        found = problems.of(OfferRefused(reason))
        assert found is not None and found.kind.status in {409, 412, 422}, reason
        assert found.detail and found.more["reason"] == reason


def test_what_a_draft_may_not_say(loop: Loop) -> None:
    far, gone = str(today() + timedelta(days=365 * 12)), str(today() - timedelta(days=5))
    for body, reason in (
        ({"aim": "members"}, "nobody"), ({"aim": "members", "members": ["WHO"]}, "itself"),
        ({"aim": "any", "members": ["CUB"]}, "aim"), ({"member": "UNICEF"}, "not_a_member"),
        ({"held_until": gone}, "past"), ({"held_until": far}, "day"), ({"kind": "finance"}, "kind"),
        ({"kind": "capacity", "a_month": 1}, "capacity"), ({"kind": "technology", "product": "A mask"}, "kind"),
        ({"kind": "technology", "product": "A mask", "item": "LICENCE-NE"}, "technology"),
        ({"expires_on": gone}, "goods_expired"), ({"kind": "people"}, "kind"),
        ({"a_month": 1}, "kind"), ({"product": "A mask"}, "kind"), ({"quantity": 0}, "quantity"),
        ({"expires_on": "9999-12-31"}, "day"),
    ):  # fmt: skip
        line = {
            name: body.pop(name) for name in ("a_month", "product", "quantity", "expires_on", "item") if name in body
        }
        refused(loop.who.post("/offers", loop.offer(loop.line() | line, **body)), 422, reason)
    Item.objects.filter(code="GLOVE-EXAM").update(retired_on=today())
    refused(loop.who.post("/offers", loop.offer(loop.line(1, "GLOVE-EXAM"))), 422, "item", item="GLOVE-EXAM")
    unknown = loop.who.post("/offers", loop.offer(loop.line(1, "NO-ITEM"), channel="NO-PARTY"))
    assert problem(unknown) == (404, "not-found") and unknown.json()["codes"] == ["NO-ITEM", "NO-PARTY"]
    assert problem(loop.who.post("/offers", loop.offer(loop.line("1.5")))) == (422, "refused")
    for wrong in (
        loop.offer(lines=[]), loop.offer(lines=[loop.line()] * 51), loop.offer(loop.line(10**12)), loop.offer(color=1),
        loop.offer(conditions="x" * 4001), loop.offer(loop.line(need="-" * 36)), loop.offer(kind="gold"),
    ):  # fmt: skip
        assert problem(loop.who.post("/offers", wrong)) == (400, "bad-request")
    assert not Offer.objects.exists()


def test_what_an_acceptance_may_not_say(loop: Loop) -> None:
    made = loop.offered(loop.line(2000))
    gone = str(today() - timedelta(days=1))
    for quantity, said, status, reason, more in (
        (0, {}, 422, "quantity", {}), (1, {"conditions_seen": False}, 422, "conditions", {"field": "conditions_seen"}),
        (1, {"expected_on": gone}, 422, "expected", {}),
        (1001, {}, 409, "more_than_needed", {"standing": "1000", "item": "MASK-IIR", "field": "over"}),
        (2001, {"over": True}, 409, "less_left", {"standing": "2000", "item": "MASK-IIR"}),
    ):  # fmt: skip
        refused(loop.accept(made, quantity, **said), status, reason, **more)
    assert right(loop.accept(made, 1001, over=True), 201)["acceptances"][0]["over"] is True
    right(loop.do(f"/offers/{made['id']}", "withdrawal", {}))
    refused(loop.accept(made, 1), 409, "not_offered")
    refused(loop.do(f"/offers/{made['id']}", "withdrawal", {}), 409, "not_offered")
    several = loop.offered(loop.line(), aim="members", members=["ZMB", "CUB"])
    right(loop.approver.post(f"/offers/{several['id']}/declines", {}))
    refused(loop.approver.post(f"/offers/{several['id']}/declines", {}), 409, "already_declined")


def test_an_offer_to_a_set_of_members(loop: Loop) -> None:
    made = loop.offered(loop.line(), aim="members", to_set="SIDS")
    assert made["to_set"] == "SIDS" and {"CUB", "HTI"} <= set(made["members"]) and "ZMB" not in made["members"]
    refused(loop.who.post("/offers", loop.offer(loop.line(), aim="members", to_set="NOBODY")), 422, "set")
    refused(loop.who.post("/offers", loop.offer(loop.line(), aim="any", to_set="SIDS")), 422, "aim")
    assert loop.who.get("/parties/CUB").json()["sets"] == ["SIDS"]


@pytest.mark.parametrize("language", ["ar", "es", "fr"])
def test_refusals_are_in_the_language_of_the_reader(loop: Loop, language: str) -> None:
    body = loop.offer(loop.line(), aim="members")
    english, said = (loop.who.post("/offers", body, Accept_Language=one).json() for one in ("en", language))
    assert said["reason"] == english["reason"] == "nobody" and said["detail"] != english["detail"]


def test_accepted_money_is_stated_as_pledged_once_for_each_acceptance(loop: Loop) -> None:
    made = loop.offered(loop.line("5000", "CASH-TRANSFER"), kind="finance", earmarking=3, channel=None)
    [line] = loop.lines(made)
    address, accepts = f"/offers/{made['id']}/money", f"/offers/{made['id']}/lines/{line['id']}/acceptances"
    assert right(loop.who.post(address, {})) == {"added": 0, "money": []}, "nobody has accepted any of it"
    for amount in ("3000", "500.50"):
        right(loop.approver.post(accepts, {"quantity": amount, "conditions_seen": True}), 201)
    told = right(loop.who.post(address, {"member": "ZMB"}))
    assert told["added"] == 2
    stated = [right(loop.who.get(f"/money/{one}")) for one in told["money"]]
    assert [(one["pledged"], one["offer"], one["destinations"]) for one in stated] == [
        ("3000", made["id"], ["ZMB"]), ("500.5", made["id"], ["ZMB"]),
    ]  # fmt: skip
    assert right(loop.who.post(address, {})) == {"added": 0, "money": told["money"]}, "the same again"
    assert right(loop.who.post(address, {"member": "CUB"})) == {"added": 0, "money": []}
    for by in (loop.approver, loop.undp):  # who it is for does not state it either
        alike(*[by.post(f"/offers/{one}/money", {}) for one in (made["id"], NOBODY)])
    refused(loop.who.post(f"/offers/{loop.offered()['id']}/money", {}), 409, "not_money")
