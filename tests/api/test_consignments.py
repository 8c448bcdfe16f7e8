"""Consignments through the API: planned, sent, held, cleared, lost, attested; who reads them; each refusal by name."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args

import pytest

from tests import make
from tests.api.calls import Program, now, problem, refused, table, today, token
from tests.api.loop_world import NOBODY, UNTIL, Loop, once_a_file, right
from unmet.api import problems
from unmet.books import doctor
from unmet.catalogue.models import Round
from unmet.parties.models import Place
from unmet.support import consignment_ways
from unmet.support.consignments import ConsignmentRefused, Reason
from unmet.support.models import Consignment

pytestmark = pytest.mark.django_db
TODAY = str(today())


@pytest.fixture(scope="module")
def loop(django_db_setup: None, django_db_blocker: Any) -> Iterator[Loop]:
    """See `Loop`."""
    yield from once_a_file(django_db_blocker, accepted=True)


# ── the way of a consignment ─────────────────────────────────────────────────
def test_packed_planned_changed_sent_held_and_cleared(loop: Loop) -> None:
    masks, gloves = loop.masks, loop.gloves
    free = loop.who.whole("/consignments/packable", limit=1)
    assert [(row["support"], row["quantity"], row["to_places"]) for row in free] == [
        (masks, "300", ["WHOLE"]), (gloves, "200", ["WHOLE"]),
    ]  # fmt: skip
    answer = loop.who.post("/consignments", loop.plan((masks, "300"), (gloves, "50")))
    made = right(answer, 201)
    path = f"/consignments/{made['id']}"
    assert answer.headers["Location"] == f"/api/v1{path}"
    names = ("state", "giver", "channel", "carrier", "member", "lines", "to_place", "roles")
    assert [made[name] for name in names] == ["planned", "WHO", "UNICEF", "WFP", "ZMB", 2, "WHOLE", ["giver"]]
    assert [row["quantity"] for row in table(loop.who.get("/consignments/packable.csv"))] == ["150"]
    plan = loop.plan((masks, "250"), (gloves, "50"), waybill="", from_place="Dubai", expected_on=UNTIL)
    changed = right(loop.do(path, "plan", plan))
    assert (changed["from_place"], changed["waybill"], loop.books()) == ("Dubai", "", {"committed": 300})
    refused(loop.do(path, "sending", {}), 422, "waybill")
    sent = right(loop.do(path, "sending", {"waybill": "AB 12/3", "on": TODAY}))
    assert (sent["state"], sent["dispatched_on"], sent["expected_on"]) == ("dispatched", TODAY, UNTIL)
    assert loop.books() == {"committed": 50, "in_transit": 250}
    steps = f"{path}/steps"
    assert right(loop.wfp.post(steps, {"what": "arrive"}))["state"] == "at_port"
    held = right(loop.focal.post(steps, {"what": "hold", "why": "permit", "text": "The waiver"}))
    assert (held["state"], held["held_why"], held["held_text"], held["held_on"]) == (
        "held", "permit", "The waiver", TODAY,
    )  # fmt: skip
    assert right(loop.unicef.post(steps, {"what": "clear"}))["held_why"] == ""
    told = loop.wfp.whole(steps, limit=2)
    assert [(one["state"], one["by_party"], one["why"]) for one in told] == [
        ("dispatched", "WHO", ""), ("at_port", "WFP", ""), ("held", "ZMB", "permit"), ("cleared", "UNICEF", ""),
    ]  # fmt: skip
    assert doctor.differences() == []


def test_a_hold_ends_where_it_began_and_what_was_wrong_is_corrected(loop: Loop) -> None:
    box = loop.sent(expected_on=UNTIL)
    path = f"/consignments/{box['id']}"
    right(loop.wfp.post(f"{path}/steps", {"what": "hold", "why": "permit"}))
    assert right(loop.wfp.post(f"{path}/steps", {"what": "resume"}))["state"] == "dispatched"
    refused(loop.wfp.post(f"{path}/steps", {"what": "resume"}), 409, "state")
    day = {"expected_on": str(today() + timedelta(days=60)), "text": "The ship was late"}
    assert right(loop.unicef.post(f"{path}/expected", day))["expected_on"] == day["expected_on"]
    refused(loop.who.post(f"{path}/expected", day), 409, "same")
    refused(loop.who.post(f"{path}/expected", day | {"expected_on": str(today() - timedelta(days=1))}), 422, "past")
    right(loop.who.post(f"{path}/waybill", {"waybill": "AWB 77", "text": "A digit"}))
    for by in (loop.wfp, loop.focal):
        assert problem(by.post(f"{path}/waybill", {"waybill": "1", "text": "x"})) == (403, "not-allowed")
        assert problem(by.post(f"{path}/expected", day)) == (403, "not-allowed")
    told = loop.wfp.whole(f"{path}/steps")
    assert [(one["what"], one["was"], one["now"]) for one in told[-3:]] == [
        ("goes_on", "", ""), ("expected", UNTIL, day["expected_on"]), ("waybill", box["waybill"], "AWB 77"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "state", "books"),
    [
        ("lose", "lost", {"missing": 300}), ("destroy", "destroyed", {"missing": 300}), ("return", "returned", {}),
        ("divert", "diverted", {}),
    ],
)  # fmt: skip
def test_what_ends_on_its_way_says_why(loop: Loop, verb: str, state: str, books: dict[str, int]) -> None:
    box = loop.sent()
    steps = f"/consignments/{box['id']}/steps"
    refused(loop.who.post(steps, {"what": verb}), 422, "why")
    assert right(loop.who.post(steps, {"what": verb, "text": "The ship burnt"}))["state"] == state
    assert loop.books() == books
    refused(loop.who.post(steps, {"what": verb, "text": "The ship burnt"}), 409, "state")
    assert table(loop.focal.get(f"{steps}.csv"))[-1]["text"] == "The ship burnt"


def test_every_verb_of_the_service_is_in_the_description() -> None:
    from unmet.api import consignment_schemas as said

    assert set(get_args(said.Verb)) == set(consignment_ways.WAYS)
    assert set(get_args(said.State)) == set(Consignment.State.values)
    assert set(get_args(said.Held)) == {"", *Consignment.Held.values}
    assert set(get_args(said.Mode)) == set(Consignment.Mode.values)


def test_a_plan_thrown_away_frees_what_it_held(loop: Loop) -> None:
    box = loop.planned()
    assert right(loop.do(f"/consignments/{box['id']}", "discarding", by=loop.unicef)) == {"id": box["id"]}
    assert [row["quantity"] for row in loop.unicef.whole("/consignments/packable")] == ["300", "200"]
    assert problem(loop.who.get(f"/consignments/{box['id']}")) == (404, "not-found")


def test_what_each_saw_stands_side_by_side_and_moves_nothing(loop: Loop) -> None:
    box = loop.sent()
    [line] = loop.who.whole(f"/consignments/{box['id']}/lines")
    path = f"/consignments/{box['id']}/attestations"
    seen = {"lines": [{"line": line["id"], "quantity": "290"}], "place": "Lusaka", "remark": "Wet"}
    assert right(loop.wfp.post(path, seen), 201) == {"added": 1}
    assert right(loop.wfp.post(path, seen), 200) == {"added": 0}
    right(loop.focal.post(path, seen | {"lines": [{"line": line["id"], "quantity": 300}], "role": "member"}), 201)
    told = loop.unicef.whole(path, limit=1)
    assert [(one["role"], one["party"], one["quantity"], one["place"], one["lot"]) for one in told] == [
        ("carrier", "WFP", "290", "Lusaka", "L-1"), ("member", "ZMB", "300", "Lusaka", "L-1"),
    ]  # fmt: skip
    assert [row["remark"] for row in table(loop.who.get(f"{path}.csv"))] == ["Wet", "Wet"]
    assert loop.books() == {"in_transit": 300}
    assert problem(loop.wfp.post(path, seen | {"role": "giver"})) == (403, "not-allowed")
    found = {"unlisted": [{"item": "COVERALL", "quantity": "7", "lot": "Z-9"}], "place": "Lusaka"}
    assert right(loop.wfp.post(path, found), 201) == {"added": 1}
    told = loop.focal.whole(path)[-1]
    assert (told["line"], told["item"], told["lot"], told["quantity"]) == (None, "COVERALL", "Z-9", "7")
    refused(loop.wfp.post(path, {"place": "Lusaka"}), 422, "nothing")
    refused(loop.wfp.post(path, {"unlisted": [{"item": line["item"], "quantity": 1, "lot": line["lot"]}],
                                 "place": "x"}), 422, "listed")  # fmt: skip


# ── lists, keys, versions ────────────────────────────────────────────────────
def test_lists_by_side_state_and_waybill(loop: Loop) -> None:
    first = loop.sent((loop.masks, "100"), waybill="AWB 7")
    second = loop.planned((loop.masks, "60"), waybill="")
    ids = [first["id"], second["id"]]
    for by, query, found in (
        (loop.who, {}, ids), (loop.who, {"side": "sent", "limit": 1}, ids), (loop.who, {"side": "coming"}, []),
        (loop.focal, {"side": "coming"}, ids), (loop.wfp, {"state": "planned"}, ids[1:]),
        (loop.unicef, {"waybill": "awb７"}, ids[:1]), (loop.who, {"waybill": "-"}, []),
        (loop.who, {"member": "ZMB", "giver": "WHO"}, ids), (loop.who, {"giver": "UNICEF"}, []),
        (loop.undp, {}, []), (loop.cuban, {}, []), (loop.chair, {}, []),
    ):  # fmt: skip
        assert [row["id"] for row in by.whole("/consignments", **query)] == found, query
    assert [row["waybill"] for row in table(loop.who.get("/consignments.csv"))] == ["AWB 7", ""]
    [line] = table(loop.wfp.get(f"/consignments/{ids[0]}/lines.csv"))
    assert (line["quantity"], line["support"], line["accepted"]) == ("100", "", "")
    assert loop.focal.whole(f"/consignments/{ids[0]}/lines")[0]["support"]


def test_late_is_what_is_past_its_expected_arrival(loop: Loop) -> None:
    box = loop.sent(expected_on=UNTIL)
    Consignment.objects.filter(uuid=box["id"]).update(expected_on=today() - timedelta(days=1))
    assert right(loop.focal.get(f"/consignments/{box['id']}"))["late"] is True


def test_the_same_key_plans_and_sends_once(loop: Loop) -> None:
    body = loop.plan()
    first, second = (loop.who.post("/consignments", body, Idempotency_Key="plan-0001") for _ in range(2))
    assert right(first, 201) == right(second, 201) and Consignment.objects.count() == 1
    path, tag = f"/consignments/{first.json()['id']}", first.headers["ETag"]
    for _turn in range(2):
        right(loop.who.post(f"{path}/sending", {}, If_Match=tag, Idempotency_Key="send-0001"))
    assert loop.books() == {"in_transit": 300}


@pytest.mark.parametrize("deed", ["plan", "discarding", "sending"])
def test_a_plan_is_changed_and_sent_in_the_version_that_was_read(loop: Loop, deed: str) -> None:
    box = loop.planned((loop.masks, "200"))
    path, plan = f"/consignments/{box['id']}", loop.plan((loop.masks, "100"))
    body = {"plan": plan, "sending": {}}.get(deed)
    read = loop.who.get(path).headers["ETag"]
    assert loop.who.get(path, If_None_Match=read).status_code == 304
    assert problem(loop.who.post(f"{path}/{deed}", body)) == (428, "if-match-missing")
    right(loop.do(path, "plan", plan))
    assert problem(loop.who.post(f"{path}/{deed}", body, If_Match=read)) == (412, "changed-meanwhile")
    right(loop.do(path, "sending", {}))
    assert problem(loop.do(path, deed, body)) == (412, "changed-meanwhile"), "it was sent: there is no plan to change"


# ── who may ──────────────────────────────────────────────────────────────────


def test_each_role_says_what_is_its_to_say(loop: Loop) -> None:
    support, box = loop.masks, loop.planned()
    path = f"/consignments/{box['id']}"
    for by in (loop.focal, loop.wfp):
        assert problem(loop.do(path, "sending", {}, by=by)) == (403, "not-allowed")
    right(loop.do(path, "sending", {}, by=loop.unicef))
    for by, verb in ((loop.wfp, "lose"), (loop.focal, "return"), (loop.wfp, "divert")):
        answer = by.post(f"{path}/steps", {"what": verb, "text": "It is so"})
        assert problem(answer) == (403, "not-allowed"), verb
    assert right(loop.wfp.get(path))["roles"] == ["carrier"]
    reads = Program(token(loop.person, "read"))
    assert right(reads.get(path))["roles"] == []
    assert problem(reads.post(f"{path}/steps", {"what": "arrive"})) == (403, "scope-missing")
    assert problem(reads.get("/consignments/packable")) == (403, "scope-missing")
    for by in (loop.undp, loop.wfp, loop.focal):
        wrong = by.post("/consignments", loop.plan((support, 1), waybill="other"))
        assert problem(wrong) == (404, "not-found") and wrong.json()["codes"] == [support]


def test_it_goes_to_places_that_the_sender_sees(loop: Loop) -> None:
    zambia = make.party("ZMB")
    seen, hidden = (Place.objects.create(party=zambia, code=f"ZM{n}", own_name=f"Area {n}") for n in (1, 2))
    round_ = Round.objects.get(code="r-now")
    line = make.line("GLOVE-EXAM", 90, place_id=seen.pk, place_name="Area 1")
    make.approved([line, make.line("VENT-ICU", 1, place_id=hidden.pk)], of="ZMB", round_=round_, at=now())
    need = str(make.Need.objects.get(item__code="GLOVE-EXAM", place=seen).uuid)
    made = loop.offered(loop.line(40, "GLOVE-EXAM", need=need))
    support = right(loop.accept(made, 40, need=need), 201)["acceptances"][0]["support"]
    rows = loop.who.whole("/consignments/packable")
    assert [row["to_places"] for row in rows] == [["WHOLE"], ["WHOLE"], ["WHOLE", "ZM1"]]
    for code in ("ZM2", "NOWHERE"):
        refused(loop.who.post("/consignments", loop.plan((support, 40), to_place=code)), 422, "place")
    told = loop.planned((support, 40), to_place="ZM1")
    assert (told["to_place"], told["to_place_name"]) == ("ZM1", "Area 1")


# ── refusals ─────────────────────────────────────────────────────────────────
def test_every_reason_has_a_sentence_and_a_kind() -> None:
    for reason in get_args(Reason):
        found = problems.of(ConsignmentRefused(reason))
        assert found is not None and found.kind.status in {409, 412, 422}, reason
        assert found.detail and found.more["reason"] == reason


def test_what_a_plan_may_not_say(loop: Loop) -> None:
    masks, gone = loop.masks, str(today() - timedelta(days=1))
    known = loop.planned((loop.gloves, "1"))

    def planned(*lines: dict[str, Any], **changes: Any) -> Any:
        body = loop.plan((masks, 1), waybill="W-2") | changes
        return loop.who.post("/consignments", body | {"lines": list(lines)} if lines else body)

    line = {"support": masks, "quantity": 1}
    refused(planned(line | {"quantity": 0}), 422, "quantity", line=masks)
    refused(planned(line, line), 422, "twice")
    refused(planned(line | {"expires_on": gone}), 422, "expired", line=masks)
    refused(planned(line | {"quantity": 301}), 409, "more_than_committed", line=masks, standing="300")
    refused(planned(waybill="157 12345675"), 409, "waybill_known", consignment=known["id"])
    refused(planned(planned_on="9999-12-31"), 422, "day")
    assert problem(planned(carrier="ZMB")) == (404, "not-found")
    assert problem(planned(line | {"quantity": "0.5"})) == (422, "refused")
    for wrong in ({"mode": "magic"}, {"lines": []}, {"lines": [line] * 201}, {"to_place": ""}, {"colour": "red"}):
        assert problem(loop.who.post("/consignments", loop.plan((masks, 1)) | wrong)) == (400, "bad-request")


def test_a_waybill_of_others_is_taken_and_no_more_is_said(loop: Loop) -> None:
    loop.sent()
    offer = right(loop.undp.post("/offers", loop.offer(giver="UNDP", channel=None)), 201)
    right(loop.do(f"/offers/{offer['id']}", "offering", by=loop.undp))
    [line] = loop.lines(offer, loop.undp)
    body = {"quantity": 10, "need": loop.needs["MASK-IIR"], "conditions_seen": True}
    told = right(loop.approver.post(f"/offers/{offer['id']}/lines/{line['id']}/acceptances", body), 201)
    support = told["acceptances"][0]["support"]
    answer = loop.undp.post("/consignments", loop.plan((support, 10), carrier=None))
    refused(answer, 409, "waybill_taken", consignment=None)
    mixed = loop.plan((support, 10), waybill="W-3")
    assert problem(loop.who.post("/consignments", mixed)) == (404, "not-found")


def test_what_may_not_be_said_of_one_on_its_way(loop: Loop) -> None:
    box = loop.planned()
    path = f"/consignments/{box['id']}"
    [line] = loop.who.whole(f"{path}/lines")
    seen = {"lines": [{"line": line["id"], "quantity": 1}], "place": "Here"}
    too_early, before = str(today() + timedelta(days=2)), str(today() - timedelta(days=2))
    refused(loop.who.post(f"{path}/attestations", seen), 409, "not_sent")
    refused(loop.who.post(f"{path}/steps", {"what": "arrive"}), 409, "state")
    refused(loop.do(path, "sending", {"on": too_early}), 422, "future")
    right(loop.do(path, "sending", {}))
    refused(loop.who.post(f"{path}/steps", {"what": "hold"}), 422, "why")
    refused(loop.who.post(f"{path}/steps", {"what": "hold", "why": "other"}), 422, "why")
    refused(loop.who.post(f"{path}/steps", {"what": "arrive", "on": before}), 422, "before_dispatch")
    refused(loop.who.post(f"{path}/steps", {"what": "arrive", "on": too_early}), 422, "future")
    refused(loop.who.post(f"{path}/attestations", seen | {"place": " "}), 422, "place")
    refused(loop.who.post(f"{path}/attestations", seen | {"seen_on": too_early}), 422, "future")
    refused(loop.who.post(f"{path}/attestations", seen | {"lines": seen["lines"] * 2}), 422, "twice")
    wrong = seen | {"lines": [{"line": NOBODY, "quantity": 1}]}
    refused(loop.who.post(f"{path}/attestations", wrong), 422, "not_in_it", line=NOBODY)


# ── one box of several givers ────────────────────────────────────────────────
def hub_box(loop: Loop) -> dict[str, Any]:
    """UNICEF packs 300 masks of WHO and 100 gloves of UNDP under one waybill: the parts by giver."""
    wanted = loop.offer(loop.line("100", "GLOVE-EXAM", need=loop.needs["GLOVE-EXAM"]), giver="UNDP")
    path = f"/offers/{right(loop.undp.post('/offers', wanted), 201)['id']}"
    right(loop.do(path, "offering", by=loop.undp))
    [line] = loop.undp.whole(f"{path}/lines")
    said = {"quantity": "100", "need": loop.needs["GLOVE-EXAM"], "conditions_seen": True}
    taken = right(loop.approver.post(f"{path}/lines/{line['id']}/acceptances", said), 201)
    theirs = taken["acceptances"][0]["support"]
    assert {row["giver"] for row in loop.unicef.whole("/consignments/packable")} == {"WHO", "UNDP"}
    other = loop.who.post("/consignments", loop.plan((loop.masks, "300"), (theirs, "100")))
    assert problem(other) == (404, "not-found"), "a line that is not there for WHO"
    made = right(loop.unicef.post("/consignments", loop.plan((loop.masks, "300"), (theirs, "100"))), 201)
    parts = loop.unicef.whole("/consignments", box=made["box"])
    assert made["id"] in [part["id"] for part in parts] and {part["lines"] for part in parts} == {1}
    return {part["giver"]: part for part in parts}


def test_a_box_of_several_givers_is_a_part_for_each_of_them(loop: Loop) -> None:
    box = hub_box(loop)
    who, undp = (f"/consignments/{box[giver]['id']}" for giver in ("WHO", "UNDP"))
    refused(loop.do(undp, "sending", {}, by=loop.undp), 409, "with_others")
    right(loop.do(undp, "sending", {}, by=loop.unicef))
    assert loop.books() == {"in_transit": 300} and loop.books("GLOVE-EXAM") == {"committed": 200, "in_transit": 100}
    right(loop.wfp.post(f"{who}/steps", {"what": "arrive"}))
    found = loop.focal.whole("/consignments", waybill="157 1234 5675")
    assert {(part["giver"], part["state"], part["box"]) for part in found} == {
        (giver, "at_port", box["WHO"]["box"]) for giver in box
    }
    [masks], [gloves] = (loop.focal.whole(f"{path}/lines") for path in (who, undp))
    seen = [{"line": one["id"], "quantity": "7"} for one in (masks, gloves)]
    saw = {"lines": seen, "place": "Lusaka"}
    assert right(loop.wfp.post(f"{who}/attestations", saw), 201)["added"] == 2
    refused(loop.who.post(f"{who}/attestations", saw), 422, "not_in_it")
    both = {"lines": [{"line": one["id"], "accepted": one["quantity"]} for one in (masks, gloves)]}
    refused(loop.focal.post(f"{who}/receipts", both), 422, "not_in_it")
    codes = {
        giver: right(loop.focal.post(f"{path}/receipts", {"lines": [row]}), 201)["code"]
        for giver, path, row in zip(("WHO", "UNDP"), (who, undp), both["lines"], strict=True)
    }
    assert loop.undp.get(f"/receipts/{codes['UNDP']}").status_code == 200
    assert loop.undp.get(f"/receipts/{codes['WHO']}").status_code == 404 and doctor.differences() == []


def test_a_giver_is_given_its_own_part_only(loop: Loop) -> None:
    box = hub_box(loop)
    mine, other = box["UNDP"], box["WHO"]
    assert [one["id"] for one in loop.undp.whole("/consignments", box=mine["box"])] == [mine["id"]]
    for rest in ("", "/lines", "/steps", "/attestations"):
        assert problem(loop.undp.get(f"/consignments/{other['id']}{rest}")) == (404, "not-found")
    body = loop.undp.get(f"/consignments/{mine['id']}").content.decode()
    assert "WHO" not in body.replace("WHOLE", "") and other["id"] not in body
