"""Extracts through the API: made, the table with its hash, what became of them, who reads which part; each refusal."""

import base64
import csv
import hashlib
import io
import uuid
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from django.db import transaction

from tests import make
from tests.api.calls import Program, now, open_round, problem, refused, table, today, token
from unmet.access.models import Role
from unmet.api import problems
from unmet.audit.models import AuditRow
from unmet.files import services as files
from unmet.support.extracts import ExtractRefused, Reason
from unmet.support.models import Extract

pytestmark = pytest.mark.django_db
SENT = {"kind": "sent", "office": "Supply desk", "text": "By e-mail"}


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Any) -> None:
    """Files of these tests lie in a folder of their own."""
    settings.MEDIA_ROOT = tmp_path / "files"


class World:
    """Needs of Zambia and Cuba that everybody may see in detail, and one that only WHO may see."""

    def __init__(self) -> None:
        round_ = open_round()
        make.approved([make.line(), make.line("VENT-ICU", 20)], of="ZMB", round_=round_, at=now())
        make.approved([make.line("COVERALL", 70)], of="CUB", round_=round_, at=now())
        make.released("ZMB", at=now())
        make.released("ZMB", sectors=["CASE"], audience="named", named=[make.party("WHO")], at=now())
        make.released("CUB", at=now())
        self.chair = Program(token(make.person(Role.COORDINATION)))
        self.focal, self.cuba = Program(token(make.focal_point("ZMB"))), Program(token(make.focal_point("CUB")))
        self.who = Program(token(make.person(Role.RESPONDER, "WHO")))
        self.unicef = Program(token(make.person(Role.RESPONDER, "UNICEF")))

    def make(self, by: Program | None = None, **changes: Any) -> Any:
        """An extract of coordination for WHO, unless told otherwise."""
        return (by or self.chair).post("/extracts", {"maker": "COORD", "recipient": "WHO"} | changes)

    def made(self, by: Program | None = None, **changes: Any) -> dict[str, Any]:
        """The same, kept."""
        answer = self.make(by, **changes)
        assert answer.status_code == 201, answer.content.decode()
        return answer.json()

    def note(self, of: dict[str, Any], by: Program | None = None, **said: Any) -> Any:
        """What became of it."""
        body = {"dated_on": str(today())} | (said or SENT)
        return (by or self.chair).post(f"/extracts/{of['id']}/steps", body)

    def sent(self, by: Program | None = None, **changes: Any) -> dict[str, Any]:
        """An extract that its recipient reads."""
        made = self.made(by, **changes)
        assert self.note(made, by).status_code == 200
        return made


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all tests of this file, each of which takes back what it did."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


# ── the way of an extract ────────────────────────────────────────────────────
def test_made_sent_acknowledged_and_used(world: World) -> None:
    made = world.made()
    assert (made["maker"], made["recipient"], made["rows"], made["sent_on"]) == ("COORD", "WHO", 2, None)
    assert problem(world.who.get(f"/extracts/{made['id']}")) == (404, "not-found"), "it is not sent yet"
    assert world.note(made).json()["sent_on"] == str(today())
    assert world.note(made).status_code == 200, "the same again changes nothing"
    seen = world.note(made, world.who, kind="acknowledged", office="Supply desk")
    assert seen.json()["acknowledged_on"] == str(today())
    used = world.note(made, world.who, kind="used", text="For a plan", rows_used=1)
    assert used.json()["used_on"] == str(today()) and used.headers["ETag"] != seen.headers["ETag"]
    steps = world.chair.whole(f"/extracts/{made['id']}/steps", limit=1)
    assert [(row["kind"], row["stated_by"], row["rows_used"]) for row in steps] == [
        ("sent", "COORD", None), ("acknowledged", "WHO", None), ("used", "WHO", 1),
    ]  # fmt: skip
    assert table(world.who.get(f"/extracts/{made['id']}/steps.csv"))[0]["office"] == "Supply desk"
    assert [row.event for row in AuditRow.objects.filter(event__startswith="support.extract", via="api")] == [
        "support.extract_made", "support.extract_sent", "support.extract_acknowledged", "support.extract_used",
    ]  # fmt: skip


def test_the_table_is_given_byte_for_byte_with_its_hash(world: World) -> None:
    made = world.sent()
    for program in (world.chair, world.who):
        answer = program.get(f"/extracts/{made['id']}/table.csv")
        content = b"".join(answer.streaming_content)
        digest = hashlib.sha256(content)
        assert digest.hexdigest() == made["sha256"] and len(content) == made["size"]
        assert answer.headers["ETag"] == f'"{made["sha256"]}"'
        assert answer.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
        assert (
            answer.headers["Content-Type"].startswith("text/csv")
            and "attachment" in answer.headers["Content-Disposition"]
        )
        assert "no-store" in answer.headers["Cache-Control"]
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    assert [(row["member"], row["item"]) for row in rows] == [("CUB", "COVERALL"), ("ZMB", "MASK-IIR")]
    known = world.who.get(f"/extracts/{made['id']}/table.csv", If_None_Match=answer.headers["ETag"])
    assert (known.status_code, known.content) == (304, b"")
    files.path(Extract.objects.get().file).unlink()
    assert problem(world.who.get(f"/extracts/{made['id']}/table.csv")) == (404, "not-found")


def test_the_same_extract_stands_until_something_changes_or_it_is_sent(world: World) -> None:
    made = world.made()
    again = world.make()
    assert (again.status_code, again.json()["id"]) == (200, made["id"])
    first, second = (
        world.chair.post("/extracts", {"maker": "COORD", "recipient": "UNICEF"}, Idempotency_Key="extract-01")
        for _ in range(2)
    )
    assert first.json() == second.json() and second.headers["Idempotency-Replayed"] == "yes"
    assert Extract.objects.count() == 2


def test_a_member_makes_one_of_its_own_needs_and_sectors_narrow_it(world: World) -> None:
    assert world.made(world.focal, maker="ZMB")["rows"] == 2, "WHO alone sees the ventilators"
    narrow = world.made(world.focal, maker="ZMB", sectors=["CASE"])
    assert (narrow["rows"], narrow["sectors"]) == (1, ["CASE"])
    assert world.made(emergency="test-emergency")["emergency"] == "test-emergency"


# ── who reads it ─────────────────────────────────────────────────────────────
def test_lists_in_pages_and_as_a_file(world: World) -> None:
    made = [world.sent(recipient=code)["id"] for code in ("WHO", "UNICEF", "GFATM")]
    assert [row["id"] for row in world.chair.whole("/extracts", limit=2)] == made
    assert [row["id"] for row in world.chair.whole("/extracts", recipient="UNICEF")] == made[1:2]
    assert [row["id"] for row in world.who.whole("/extracts", maker="COORD")] == made[:1]
    assert world.focal.whole("/extracts") == [], "it reads its own and what was sent to it"
    rows = table(world.chair.get("/extracts.csv"))
    assert [row["id"] for row in rows] == made and rows[0]["sent_on"] == str(today())


def test_each_member_reads_which_extracts_held_its_rows(world: World) -> None:
    made = world.sent()
    shares = world.focal.whole("/extracts/shares", limit=1)
    assert [(row["member"], row["rows"], row["recipient"], row["sha256"]) for row in shares] == [
        ("ZMB", 1, "WHO", made["sha256"]),
    ]  # fmt: skip
    assert shares[0]["sent_on"] == str(today())
    assert [row["member"] for row in table(world.cuba.get("/extracts/shares.csv"))] == ["CUB"]
    assert world.who.whole("/extracts/shares") == world.chair.whole("/extracts/shares") == []


@pytest.mark.parametrize("path", ["", "/steps", "/steps.csv", "/table.csv"])
def test_an_extract_of_others_is_like_none(world: World, path: str) -> None:
    made = world.sent()
    for program in (world.unicef, world.focal):
        answers = [program.get(f"/extracts/{one}{path}") for one in (made["id"], uuid.uuid4())]
        assert {problem(answer) for answer in answers} == {(404, "not-found")}
        told = [answer.json() | {"instance": ""} for answer in answers]
        assert told[0] == told[1]
    assert problem(world.note(made, world.unicef)) == (404, "not-found")
    assert problem(Program().get(f"/extracts/{made['id']}{path}")) == (401, "no-token")


# ── refusals ─────────────────────────────────────────────────────────────────


def test_every_reason_has_a_sentence_and_a_kind() -> None:
    for reason in get_args(Reason):
        found = problems.of(ExtractRefused(reason))
        assert found is not None and found.kind.status in {409, 422} and found.detail, reason
        assert found.more == {"reason": reason}


def test_what_may_not_be_made(world: World) -> None:
    refused(world.make(recipient="COORD"), 422, "itself")
    refused(world.make(sectors=["CASE"]), 409, "nothing")
    for changes in ({"maker": "ZMB"}, {"recipient": "NOBODY"}, {"sectors": ["IPC", "XXX"]}, {"emergency": "nothing"}):
        assert problem(world.make(**changes)) == (404, "not-found")
    assert problem(world.make(world.who, maker="WHO", recipient="UNICEF")) == (403, "not-allowed")
    narrow = Program(token(make.person(Role.COORDINATION), "read"))
    assert problem(world.make(narrow)) == (403, "scope-missing")
    assert not Extract.objects.exists()


def test_what_may_not_be_noted(world: World) -> None:
    made = world.made()
    refused(world.note(made, kind="acknowledged", office="Supply desk"), 409, "order")
    refused(world.note(made, **SENT | {"dated_on": "2020-01-01"}), 422, "date")
    refused(world.note(made, **SENT | {"office": " "}), 422, "office")
    refused(world.note(made, **SENT | {"text": ""}), 422, "text")
    world.note(made)
    refused(world.note(made, **SENT | {"office": "Another desk"}), 409, "order")
    assert problem(world.note(made, world.who)) == (403, "not-allowed"), "its maker says that it was sent"
    world.note(made, world.who, kind="acknowledged", office="Supply desk")
    refused(world.note(made, world.who, kind="used", text="For a plan", rows_used=3), 422, "count")
    assert problem(world.note(made, world.who, kind="used", text="x", party="UNICEF")) == (404, "not-found")
    assert problem(world.note(made, world.who, kind="lost")) == (400, "bad-request")
