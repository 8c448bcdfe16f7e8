"""Delivery profiles through the API: drafted, confirmed, read; the contact office; the one form; each refusal."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from django.db import transaction

from tests import make
from tests.api.calls import Program, now, open_round, problem, table, token
from unmet.access.models import Role
from unmet.api import problems, v1
from unmet.audit.models import AuditRow
from unmet.support import profile_form as form
from unmet.support.models import DeliveryProfile
from unmet.support.profiles import ProfileRefused, Reason

pytestmark = pytest.mark.django_db
SAID: dict[str, Any] = {
    "consignee": "Ministry of Health\nLusaka", "contact_office": "Central medical store", "airport": "Lusaka",
    "airport_runway": "3962.50", "incoterms": ["DAP", "CIP"], "voltage": "both",
}  # fmt: skip
KEPT = SAID | {"airport_runway": "3962.5", "incoterms": ["CIP", "DAP"]}
OPEN = {name: value for name, value in KEPT.items() if name != "contact_office"}


class World:
    """Zambia with a need, its people; WHO, which ships; Cuba, which has nothing to do with it."""

    def __init__(self) -> None:
        self.round = open_round()
        make.approved([make.line()], of="ZMB", round_=self.round, at=now())
        self.approver, self.focal = Program(token(make.approver("ZMB"))), Program(token(make.focal_point("ZMB")))
        self.giver = make.person(Role.RESPONDER, "WHO")
        self.who, self.cuba = Program(token(self.giver)), Program(token(make.approver("CUB")))

    def do(self, deed: str, body: Any = None, *, by: Program | None = None, **heads: str) -> Any:
        """A deed with the version that stands now."""
        by = by or self.focal
        tag = by.get("/profiles/ZMB").headers.get("ETag", '"none"')
        return by.post(f"/profiles/ZMB/{deed}", body, **({"If_Match": tag} | heads))

    def draft(self, **changes: Any) -> dict[str, Any]:
        """A draft that was kept."""
        answer = self.do("draft", {"answers": SAID | changes})
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    def confirmed(self, **changes: Any) -> dict[str, Any]:
        """A version that others read."""
        self.draft(**changes)
        answer = self.do("confirmation", by=self.approver)
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    def support(self, stage: str) -> None:
        """WHO's support to Zambia comes to a stage."""
        by = self.giver if stage in {"pledged", "in_transit"} else make.approver("ZMB")
        line = make.support_line("WHO", "ZMB", stage, 10, reference="BOX-1", dated_on=now().date())
        make.stated([line], by=by, round_=self.round, at=now())


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all tests of this file, each of which takes back what it did."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


# ── the way of a profile ─────────────────────────────────────────────────────
def test_drafted_changed_confirmed_and_drafted_anew(world: World) -> None:
    told = world.focal.get("/profiles/ZMB").json()
    assert (told["state"], told["version"], told["answers"]) == ("none", 0, {})
    told = world.draft()
    assert (told["state"], told["version"], told["answers"]) == ("draft", 1, KEPT)
    assert world.draft(airport="Ndola")["answers"]["airport"] == "Ndola"
    told = world.do("confirmation", by=world.approver).json()
    assert told["state"] == "confirmed" and told["confirmed_at"]
    told = world.draft(airport=None, incoterms=None)
    assert (told["version"], "airport" in told["answers"], "incoterms" in told["answers"]) == (2, False, False)
    assert world.focal.get("/profiles/ZMB", {"version": 1}).json()["answers"]["airport"] == "Ndola"
    rows = world.focal.whole("/profiles/ZMB/versions", limit=1)
    assert [(row["version"], row["state"]) for row in rows] == [(1, "confirmed"), (2, "draft")]
    assert world.do("discarding").json() == {"member": "ZMB", "version": 2}
    assert world.focal.get("/profiles/ZMB").json()["version"] == 1
    assert [row.event for row in AuditRow.objects.filter(event__startswith="support.profile", via="api")] == [
        "support.profile_saved", "support.profile_saved", "support.profile_confirmed", "support.profile_saved",
        "support.profile_discarded",
    ]  # fmt: skip


def test_the_same_key_drafts_once(world: World) -> None:
    tag = world.focal.get("/profiles/ZMB").headers["ETag"]
    heads = {"If_Match": tag, "Idempotency_Key": "profile-0001"}
    first, second = (world.focal.post("/profiles/ZMB/draft", {"answers": SAID}, **heads) for _ in range(2))
    assert first.json() == second.json() and second.headers["Idempotency-Replayed"] == "yes"
    assert first.headers["ETag"] == second.headers["ETag"] == world.focal.get("/profiles/ZMB").headers["ETag"]


@pytest.mark.parametrize("deed", ["draft", "confirmation", "discarding"])
def test_what_colleagues_may_change_wants_the_version_that_was_read(world: World, deed: str) -> None:
    world.draft()
    stale = world.approver.get("/profiles/ZMB").headers["ETag"]
    world.draft(airport="Ndola")
    body = {"answers": {"airport": "Livingstone"}} if deed == "draft" else None
    address = f"/profiles/ZMB/{deed}"
    assert problem(world.approver.post(address, body)) == (428, "if-match-missing")
    answer = world.approver.post(address, body, If_Match=stale)
    assert problem(answer) == (412, "changed-meanwhile")
    assert answer.headers["ETag"] == world.approver.get("/profiles/ZMB").headers["ETag"]
    assert DeliveryProfile.objects.get().answers["airport"] == "Ndola"


# ── who reads it ─────────────────────────────────────────────────────────────
def test_others_read_what_is_confirmed_while_they_are_asked(world: World) -> None:
    world.confirmed()
    world.draft(airport="Ndola")
    assert problem(world.who.get("/profiles/ZMB")) == (404, "not-found") and world.who.whole("/profiles") == []
    make.asked(10, of="ZMB", to=("WHO",), at=now())
    told = world.who.get("/profiles/ZMB").json()
    assert (told["version"], told["answers"], told["saved_at"]) == (1, OPEN, None)
    assert told["contact_shown"] is False, "nothing of it is accepted yet"
    [row] = world.who.whole("/profiles")
    assert (row["member"], row["version"], row["state"]) == ("ZMB", 1, "confirmed")
    assert [row["version"] for row in world.focal.whole("/profiles")] == [2], "its own people read the draft first"
    for path in ("/profiles/ZMB", "/profiles/ZMB/answers", "/profiles/ZMB/versions"):
        theirs, none = world.cuba.get(path), world.cuba.get(path.replace("ZMB", "NOBODY"))
        assert problem(theirs) == problem(none) == (404, "not-found")
        assert theirs.json() | {"instance": ""} == none.json() | {"instance": ""}
    assert problem(world.who.get("/profiles/ZMB/versions")) == (404, "not-found")
    assert problem(world.who.get("/profiles/ZMB", {"version": 1})) == (404, "not-found")
    assert problem(world.do("draft", {"answers": SAID}, by=world.who)) == (404, "not-found")
    assert problem(world.do("confirmation", by=world.cuba)) == (404, "not-found")
    assert problem(Program().get("/profiles/ZMB")) == (401, "no-token")


def test_the_contact_office_is_for_an_accepted_giver_until_all_has_arrived(world: World) -> None:
    world.confirmed()
    world.support("pledged")
    assert problem(world.who.get("/profiles/ZMB")) == (404, "not-found"), "a pledge alone opens nothing"
    world.support("committed")
    answer = world.who.get("/profiles/ZMB")
    assert answer.json()["answers"] == KEPT and answer.json()["contact_shown"] is True
    assert "no-store" in answer.headers["Cache-Control"]
    make.asked(10, of="ZMB", to=("WHO",), at=now())
    world.support("in_transit")
    world.support("received")
    after = world.who.get("/profiles/ZMB", If_None_Match=answer.headers["ETag"])
    assert after.status_code == 200 and after.json()["answers"] == OPEN, "the version is the same, what is read is not"
    names = [row["field"] for row in table(world.who.get("/profiles/ZMB/answers.csv"))]
    assert "contact_office" not in names and "airport" in names


def test_answers_in_words_field_by_field(world: World) -> None:
    world.draft()
    rows = world.focal.whole("/profiles/ZMB/answers", limit=2)
    assert [row["field"] for row in rows] == [field.name for field in form.FIELDS if field.name in SAID]
    by_field = {row["field"]: row for row in rows}
    assert by_field["voltage"]["value"] == "both" and by_field["voltage"]["words"] == "Both"
    assert by_field["incoterms"]["value"] == "CIP\nDAP" and by_field["contact_office"]["section"] == "contact"
    assert [row["value"] for row in table(world.focal.get("/profiles/ZMB/answers.csv"))] == [
        row["value"] for row in rows
    ]


# ── the one form ─────────────────────────────────────────────────────────────
def test_the_form_is_the_one_definition_here_too() -> None:
    make.reference()
    rows = Program().whole("/profiles/form", limit=7)
    assert sorted(row["field"] for row in rows) == sorted(form.BY_NAME)
    assert {row["field"] for row in rows if row["restricted"]} == form.RESTRICTED
    assert len(table(Program().get("/profiles/form.csv"))) == len(form.FIELDS)
    described = v1.description()["components"]["schemas"]["ProfileAnswers"]
    assert set(described["properties"]) == set(form.BY_NAME) and described["additionalProperties"] is False
    voltage = next(row for row in rows if row["field"] == "voltage")
    assert voltage["choices"] == [code for code, _label in form.BY_NAME["voltage"].choices]
    assert next(row for row in rows if row["field"] == "consignee")["most"] == form.LONGEST_LINES


# ── ready to ship ────────────────────────────────────────────────────────────
def test_a_request_says_what_it_waits_for(world: World) -> None:
    world.confirmed()
    asked = make.asked(10, of="ZMB", to=("WHO",), at=now())
    rows = world.who.whole(f"/requests/{asked.uuid}/readiness", limit=2)
    assert {"fields": ["airport", "port", "crossing"], "done": True} in rows
    assert {"fields": ["documents"], "done": False} in rows and {"fields": ["contact_office"], "done": True} in rows
    assert not any("voltage" in row["fields"] for row in rows), "masks need no power"
    assert table(world.focal.get(f"/requests/{asked.uuid}/readiness.csv"))[0]["done"] == "true"
    assert problem(world.cuba.get(f"/requests/{asked.uuid}/readiness")) == (404, "not-found")


# ── refusals ─────────────────────────────────────────────────────────────────
def test_every_reason_has_a_sentence_and_a_kind() -> None:
    for reason in get_args(Reason):
        found = problems.of(ProfileRefused(reason, form.BY_NAME["airport"]))
        assert found is not None and found.kind.status in {409, 412, 422}, reason
        assert (found.detail and found.more["field"] == "airport") or found.code == "changed-meanwhile"


def test_what_may_not_be_drafted(world: World) -> None:
    for answers in ({}, {"airport": "  "}, {"incoterms": []}):
        told = world.do("draft", {"answers": answers})
        assert (told.status_code, told.json()["reason"]) == (422, "nothing")
    large = world.do("draft", {"answers": {"port_draught": "10000000"}})
    assert (large.status_code, large.json()["reason"], large.json()["field"]) == (422, "number", "port_draught")
    for answers in (
        {"airport": "x" * 201}, {"voltage": "12"}, {"incoterms": ["XXX"]}, {"incoterms": "DAP"}, {"nonsense": "x"},
        {"port_draught": "deep"}, {"port_draught": "-1"}, {"airport": 7},
    ):  # fmt: skip
        answer = world.do("draft", {"answers": answers})
        assert problem(answer) == (400, "bad-request")
        assert answer.json()["errors"][0]["pointer"].startswith("/answers/")
    assert not DeliveryProfile.objects.exists()


def test_without_a_draft_there_is_nothing_to_confirm(world: World) -> None:
    for deed, by in (("confirmation", world.approver), ("discarding", world.focal)):
        answer = world.do(deed, by=by)
        assert (answer.status_code, answer.json()["reason"]) == (409, "not_draft")
    world.confirmed()
    answer = world.do("confirmation", by=world.approver)
    assert (answer.status_code, answer.json()["reason"]) == (409, "not_draft")


def test_a_focal_point_does_not_confirm_and_scopes_narrow(world: World) -> None:
    world.draft()
    assert problem(world.do("confirmation", by=world.focal))[0] == 403
    for scope in ("support", "release"):
        narrow = Program(token(make.approver("ZMB"), "read", scope))
        assert problem(world.do("confirmation", by=narrow)) == (403, "scope-missing")
    assert world.do("confirmation", by=Program(token(make.approver("ZMB"), "read", "approve"))).status_code == 200
