"""Requests for assistance through the API: every deed, its scope, its version, and each refusal by its name."""

import csv
import io
import uuid
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make, once
from tests.api.calls import Program, now, open_round, problem, refused, token
from unmet.access.models import Role
from unmet.api import problems
from unmet.books.models import Entry
from unmet.exchange import request_refusals
from unmet.needs import releases
from unmet.needs.models import Need
from unmet.support.models import AssistanceRequest, RequestAnswer
from unmet.support.requests import Reason, RequestRefused

pytestmark = pytest.mark.django_db


class World:
    """Zambia with two open needs, and everybody's programs."""

    def __init__(self) -> None:
        make.approved([make.line(quantity=1000), make.line("GLOVE-EXAM", 500)], of="ZMB", round_=open_round(), at=now())
        self.approver, self.focal = Program(token(make.approver("ZMB"))), Program(token(make.focal_point("ZMB")))
        self.who = Program(token(make.person(Role.RESPONDER, "WHO")))
        self.unicef = Program(token(make.person(Role.RESPONDER, "UNICEF")))
        self.needs = {need.item.code: str(need.uuid) for need in Need.objects.select_related("item") if need.item}

    def body(self, **changes: Any) -> dict[str, Any]:
        """A draft for two needs."""
        lines = [{"need": self.needs["MASK-IIR"], "quantity": "400"}, {"need": self.needs["GLOVE-EXAM"], "quantity": 5}]
        return {"member": "ZMB", "lines": lines, "addressees": ["WHO"], "text": "For Kitwe"} | changes

    def draft(self, by: Program | None = None, **changes: Any) -> dict[str, Any]:
        """A draft that was kept."""
        answer = (by or self.focal).post("/requests", self.body(**changes))
        assert answer.status_code == 201, answer.content.decode()
        assert answer.headers["Location"].endswith(answer.json()["id"])
        return answer.json()

    def do(self, deed: str, of: dict[str, Any], body: Any = None, *, by: Program | None = None, **heads: str) -> Any:
        """A deed with the version that stands now."""
        by = by or self.approver
        tag = by.get(f"/requests/{of['id']}").headers.get("ETag", '"none"')
        return by.post(f"/requests/{of['id']}/{deed}", body, **({"If_Match": tag} | heads))

    def sent(self, **changes: Any) -> dict[str, Any]:
        """A request that was sent."""
        done = self.do("sending", made := self.draft(**changes), {})
        assert done.status_code == 200, done.content.decode()
        return made

    def lines(self, of: dict[str, Any], by: Program | None = None) -> list[dict[str, Any]]:
        """Its lines as one reads them."""
        return (by or self.approver).whole(f"/requests/{of['id']}/lines")


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """See `World`."""
    yield from once.a_file(django_db_blocker, World)


# ── the way of a request ─────────────────────────────────────────────────────
def test_drafted_changed_sent_answered_stopped_and_ended(world: World) -> None:
    made, posted = world.draft(), Entry.objects.count()
    assert (made["state"], made["lines"], made["addressees"], made["to_everyone"]) == ("draft", 2, ["WHO"], False)
    assert problem(world.who.get(f"/requests/{made['id']}")) == (404, "not-found")
    changed = world.do("draft", made, {k: v for k, v in world.body(text="Other").items() if k != "member"})
    assert changed.status_code == 200 and changed.json()["text"] == "Other"
    sent = world.do("sending", made, {"until": "2030-01-01"}).json()
    assert (sent["released"], sent["now"]["state"]) == (2, "sent")
    assert [row["id"] for row in world.who.whole("/requests", asked="of_us")] == [made["id"]]
    assert world.unicef.whole("/requests", asked="of_us") == [] == world.who.whole("/requests")
    assert world.who.post(f"/requests/{made['id']}/acknowledgement", {}).json() == {"acknowledged": 2}
    first, second = world.lines(made, world.who)
    answered = world.who.post(f"/requests/{made['id']}/lines/{first['id']}/answers", {"kind": "part", "quantity": "50"})
    assert answered.json()["answers"][0]["quantity"] == "50"
    told = world.focal.get(f"/requests/{made['id']}").json()
    assert (told["answered"], told["seen"]) == (1, 2)
    assert [one["kind"] for row in world.lines(made) for one in row["answers"]] == ["part", "acknowledged"]
    stopped = world.focal.post(f"/requests/{made['id']}/stopping", {"reason": "The store is full"}).json()
    assert stopped["stopped"] and stopped["reason"] == "The store is full"
    assert world.do("lifting", made, by=world.focal).json()["stopped"] is False
    gone = world.do(f"lines/{second['id']}/withdrawal", made, {"reason": "Bought"}).json()
    assert (gone["state"], gone["lines"]) == ("sent", 1)
    assert world.lines(made, world.who)[1]["withdrawn_why"] == "Bought"
    assert world.do("closing", made, by=world.focal).json()["state"] == "closed"
    assert Entry.objects.count() == posted, "a request moves nothing in the books"


def test_withdrawn_and_discarded(world: World) -> None:
    made = world.sent()
    assert world.do("withdrawal", made, {"reason": "Met at home"}).json()["state"] == "withdrawn"
    draft = world.draft()
    assert world.do("discarding", draft, by=world.focal).json() == {"id": draft["id"]}
    assert problem(world.focal.get(f"/requests/{draft['id']}")) == (404, "not-found")
    assert [row["state"] for row in world.focal.whole("/requests", state="withdrawn")] == ["withdrawn"]


def test_the_last_line_takes_the_request_with_it(world: World) -> None:
    made = world.sent(lines=[{"need": world.needs["MASK-IIR"], "quantity": 1}])
    [line] = world.lines(made)
    assert world.do(f"lines/{line['id']}/withdrawal", made, {"reason": "Bought"}).json()["state"] == "withdrawn"


def test_lists_in_pages_and_as_a_file(world: World) -> None:
    made = [world.draft()["id"] for _ in range(5)]
    assert [row["id"] for row in world.focal.whole("/requests", limit=2)] == made
    file = world.focal.get("/requests.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == made and rows[0]["addressees"] == "WHO"
    sent = world.sent()
    world.who.post(f"/requests/{sent['id']}/acknowledgement", {})
    file = world.focal.get(f"/requests/{sent['id']}/lines.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))
    assert [row["quantity"] for row in rows] == ["400", "5"] and '"kind": "acknowledged"' in rows[0]["answers"]


def test_the_answers_to_the_lines_of_a_page_are_read_together(world: World) -> None:
    [mask, glove] = world.body()["lines"]
    asked = [world.sent(lines=rows) for rows in ([mask], [mask, glove])]
    told = []
    for one in asked:
        world.lines(one)
        with CaptureQueriesContext(connection) as found:
            assert len(world.lines(one)) == 1 + len(told)
        told.append(len(found))
    assert told[0] == told[1]


def test_the_same_key_drafts_once(world: World) -> None:
    first, second = (world.focal.post("/requests", world.body(), Idempotency_Key="draft-0001") for _ in range(2))
    assert first.json() == second.json() and second.headers["Idempotency-Replayed"] == "yes"
    assert AssistanceRequest.objects.count() == 1


def test_who_else_is_asked_by_name_is_the_members_own_business(world: World) -> None:
    made = world.sent(addressees=["WHO", "UNICEF"])
    assert world.focal.get(f"/requests/{made['id']}").json()["addressees"] == ["UNICEF", "WHO"]
    [row] = world.who.whole("/requests", asked="of_us")
    assert (row["addressees"], row["saved_at"]) == (["WHO"], None)


# ── versions and scopes ──────────────────────────────────────────────────────
@pytest.mark.parametrize("deed", ["draft", "sending", "withdrawal", "lifting", "closing", "discarding"])
def test_what_others_may_change_wants_the_version_that_was_read(world: World, deed: str) -> None:
    made = world.draft()
    bodies = {
        "draft": {"lines": [{"need": world.needs["MASK-IIR"], "quantity": 1}]}, "sending": {},
        "withdrawal": {"reason": "x"},
    }  # fmt: skip
    address = f"/requests/{made['id']}/{deed}"
    assert problem(world.approver.post(address, bodies.get(deed))) == (428, "if-match-missing")
    assert problem(world.approver.post(address, bodies.get(deed), If_Match='"other"')) == (412, "changed-meanwhile")


@pytest.mark.parametrize(
    ("scopes", "deed", "allowed"),
    [
        (("read",), "stopping", False), (("support",), "stopping", True), (("release",), "stopping", False),
        (("read", "support"), "withdrawal", False), (("read", "release"), "withdrawal", True),
    ],
)  # fmt: skip
def test_scopes_narrow_what_a_token_does(world: World, scopes: tuple[str, ...], deed: str, allowed: bool) -> None:
    made = world.sent()
    tag = world.approver.get(f"/requests/{made['id']}").headers["ETag"]
    program = Program(token(make.approver("ZMB"), *scopes))
    answer = program.post(f"/requests/{made['id']}/{deed}", {"reason": "No"}, If_Match=tag)
    assert (answer.status_code == 200) == allowed
    if not allowed:
        assert problem(answer) == (403, "scope-missing")


def test_a_focal_point_does_not_send_and_others_do_nothing(world: World) -> None:
    made = world.draft()
    assert problem(world.do("sending", made, {}, by=world.focal))[0] == 403
    for program in (world.who, Program(token(make.approver("CUB")))):
        assert problem(world.do("closing", made, by=program)) == (404, "not-found")
    assert problem(Program().get("/requests")) == (401, "no-token")


# ── refusals ─────────────────────────────────────────────────────────────────


def test_every_reason_has_a_sentence_and_a_kind() -> None:
    for reason in get_args(Reason):
        found = problems.of(RequestRefused(reason))
        assert found is not None and found.kind.status in {409, 412, 422}, reason
        assert request_refusals.sentence(RequestRefused(reason))


def test_what_a_draft_may_not_say(world: World) -> None:
    mask = world.needs["MASK-IIR"]
    for changes, status, reason in (
        ({"addressees": []}, 422, "nobody"), ({"addressees": ["ZMB"]}, 422, "itself"),
        ({"lines": [{"need": mask, "quantity": 0}]}, 422, "quantity"),
        ({"lines": [{"need": mask, "quantity": "1001"}]}, 422, "more_than_approved"),
        ({"lines": [{"need": mask, "quantity": 1}] * 2}, 422, "twice"),
    ):  # fmt: skip
        refused(world.focal.post("/requests", world.body(**changes)), status, reason)
    for lines in ([{"need": str(uuid.uuid4()), "quantity": 1}], [{"need": "-" * 36, "quantity": 1}]):
        assert problem(world.focal.post("/requests", world.body(lines=lines))) == (404, "not-found")
    assert problem(world.focal.post("/requests", world.body(addressees=["NOBODY"]))) == (404, "not-found")
    assert problem(world.focal.post("/requests", world.body(lines=[]))) == (400, "bad-request")
    fraction = [{"need": mask, "quantity": "1.5"}]
    assert problem(world.focal.post("/requests", world.body(lines=fraction))) == (422, "refused")
    assert not AssistanceRequest.objects.exists()


def test_what_a_sent_request_refuses(world: World) -> None:
    made = world.sent()
    first, second = world.lines(made)
    answers = f"/requests/{made['id']}/lines/{first['id']}/answers"
    for body, status, reason in (
        ({"kind": "part"}, 422, "quantity"), ({"kind": "part", "quantity": "400"}, 422, "part_is_all"),
        ({"kind": "part", "quantity": "401"}, 422, "more_than_asked"), ({"kind": "referred"}, 422, "referred_to"),
        ({"kind": "unable"}, 422, "why"),
    ):  # fmt: skip
        refused(world.who.post(answers, body), status, reason)
    assert world.who.post(answers, {"kind": "full"}).status_code == 200
    refused(world.who.post(answers, {"kind": "acknowledged"}), 409, "order")
    refused(world.do("lifting", made), 409, "not_stopped")
    refused(world.approver.post(f"/requests/{made['id']}/stopping", {"reason": " "}), 422, "why")
    world.approver.post(f"/requests/{made['id']}/stopping", {"reason": "Full"})
    refused(world.approver.post(f"/requests/{made['id']}/stopping", {"reason": "Full"}), 409, "stopped")
    gone = f"lines/{second['id']}/withdrawal"
    world.do(gone, made, {"reason": "Bought"})
    refused(world.do(gone, made, {"reason": "Bought"}), 409, "line_withdrawn")
    late = f"/requests/{made['id']}/lines/{second['id']}/answers"
    refused(world.who.post(late, {"kind": "review"}), 409, "line_withdrawn")
    assert problem(world.unicef.post(answers, {"kind": "full"})) == (404, "not-found")
    world.do("closing", made)
    refused(world.who.post(answers, {"kind": "unable", "reason": "None left"}), 409, "not_sent")
    assert RequestAnswer.objects.count() == 1


def test_a_need_that_is_held_back_is_not_sent(world: World) -> None:
    made = world.draft()
    by, need = make.approver("ZMB"), Need.objects.get(uuid=world.needs["MASK-IIR"])
    with make.as_(by, at=now()):
        releases.hold_back(need, by=by, at=now())
    answer = world.do("sending", made, {})
    refused(answer, 409, "held_back")
    assert answer.json()["need"] == world.needs["MASK-IIR"]
