"""Whether needs stand, through the API: paused, resumed, confirmed, ended; scopes, versions; each refusal."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from django.db import transaction

from tests import make
from tests.api.calls import Program, now, open_round, problem, refused, table, token
from tests.api.loop_world import NOBODY, alike, right
from unmet.access.models import Role
from unmet.api import problems
from unmet.books import doctor
from unmet.books.models import Account, Clock
from unmet.catalogue.models import Round
from unmet.needs.models import Need
from unmet.needs.standing import Reason, StandingRefused

pytestmark = pytest.mark.django_db


class World:
    """Zambia needs masks and gloves, Cuba masks."""

    def __init__(self) -> None:
        round_ = open_round()
        make.approved([make.line(quantity=1000), make.line("GLOVE-EXAM", 500)], of="ZMB", round_=round_, at=now())
        make.approved([make.line(quantity=300)], of="CUB", round_=round_, at=now())
        make.released("ZMB", at=now())
        self.person = make.approver("ZMB")
        self.approver, self.focal = Program(token(self.person)), Program(token(make.focal_point("ZMB")))
        self.cuban, self.who = Program(token(make.approver("CUB"))), Program(token(make.person(Role.RESPONDER, "WHO")))
        own = Need.objects.filter(member__code="ZMB").order_by("pk")
        self.masks, self.gloves = (str(need.uuid) for need in own)
        self.cuban_masks = str(Need.objects.get(member__code="CUB").uuid)

    def do(self, deed: str, body: Any = None, *, of: str = "", by: Program | None = None, **heads: str) -> Any:
        """A deed with the version that stands now, on the masks unless told otherwise."""
        path, by = f"/own-needs/{of or self.masks}", by or self.approver
        return by.post(f"{path}/{deed}", body, **({"If_Match": by.get(path).headers.get("ETag", '"none"')} | heads))

    def confirm(self, *needs: str, by: Program | None = None, member: str = "ZMB") -> Any:
        """Some needs, confirmed."""
        return (by or self.approver).post("/own-needs/confirmation", {"member": member, "needs": list(needs)})


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for this file, taken back at its end; each test runs in a savepoint of its own."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


def test_paused_resumed_and_ended_by_name(world: World) -> None:
    paused = right(world.do("pause", {"reason": "Promised elsewhere"}))
    assert {name: paused[name] for name in ("state", "approved", "last_stated", "reason", "same_as", "round")} == {
        "state": "paused", "approved": "0", "last_stated": "1000", "reason": "Promised elsewhere", "same_as": None,
        "round": "r-now",
    }  # fmt: skip
    assert right(world.do("resumption"))["state"] == "standing"
    ended = right(world.do("ending", {"covered_nationally": True, "reason": "Made at home"}))
    assert (ended["state"], ended["reason"], ended["last_stated"]) == ("covered_nationally", "Made at home", "0")
    refused(world.do("ending", {"covered_nationally": True, "reason": "x"}), 409, "ended", need=world.masks)
    assert right(world.confirm(world.gloves)) == {"confirmed": 1, "lapsed": 0} and doctor.differences() == []


def test_what_is_under_way_beyond_what_is_approved(world: World) -> None:
    round_ = Round.objects.get()
    giver = make.person(Role.RESPONDER, "WHO")
    for stage, by in (("pledged", giver), ("committed", world.person)):
        line = replace(make.support_line("WHO", "ZMB", stage, 80), reference="MORE")
        make.stated([line], by=by, round_=round_, at=now())
    read = world.focal.get(f"/own-needs/{world.masks}")
    [line] = world.who.whole("/support")
    assert (read.json()["over_covered"], line["over_covered"]) == ("0", False)
    make.approved([make.line(quantity=50)], of="ZMB", round_=round_, at=now())
    again = world.focal.get(f"/own-needs/{world.masks}")
    [line] = world.who.whole("/support")
    assert (again.json()["over_covered"], line["over_covered"]) == ("30", True)
    assert again.headers["ETag"] != read.headers["ETag"]


def test_the_same_as_another_need_of_the_member(world: World) -> None:
    place = make.party("ZMB").places.create(code="NORTH", own_name="North")
    make.approved([make.line(quantity=7, place_id=place.pk)], of="ZMB", round_=Account.objects.first().round, at=now())
    twin = str(Need.objects.get(place=place).uuid)
    told = right(world.do("ending", {"same_as": world.masks}, of=twin))
    assert (told["state"], told["same_as"], told["place"]) == ("duplicate", world.masks, "NORTH")


def test_what_lapsed_is_listed_to_be_confirmed_and_stands_again(world: World) -> None:
    assert world.focal.whole("/own-needs", to_confirm="true") == []
    Account.objects.filter(subject=world.masks).update(lapses_at=now() + timedelta(days=20))
    [soon] = world.focal.whole("/own-needs", to_confirm="true")
    assert (soon["id"], soon["state"], soon["item"], soon["unit"]) == (world.masks, "standing", "MASK-IIR", "piece")
    Account.objects.filter(subject=world.masks).update(lapses_at=now())
    Clock.objects.update(next_due_at=now())
    [lapsed] = world.focal.whole("/own-needs", to_confirm="true", member="ZMB")
    assert (lapsed["state"], lapsed["last_stated"]) == ("lapsed", "1000")
    assert right(world.confirm(world.masks, world.gloves)) == {"confirmed": 2, "lapsed": 1}
    assert world.focal.whole("/own-needs", to_confirm="true") == []
    rows = table(world.focal.get("/own-needs.csv"))
    assert [(row["id"], row["state"], row["approved"]) for row in rows] == [
        (world.masks, "standing", "1000"), (world.gloves, "standing", "500"),
    ]  # fmt: skip


def test_each_refusal_has_its_name(world: World) -> None:
    refused(world.do("pause", {"reason": " \n"}), 422, "why")
    refused(world.do("ending", {"covered_nationally": True}), 422, "why")
    refused(world.do("resumption"), 409, "not_paused", need=world.masks)
    refused(world.do("ending", {}), 422, "same_as")
    for other in (world.gloves, world.masks, world.cuban_masks, NOBODY):
        refused(world.do("ending", {"same_as": other}), 422, "same_as", need=world.masks)
    right(world.do("pause", {"reason": "x"}))
    refused(world.do("pause", {"reason": "x"}), 409, "not_standing")
    refused(world.confirm(world.gloves, world.masks), 409, "not_to_confirm", need=world.masks)
    assert right(world.focal.get(f"/own-needs/{world.gloves}"))["state"] == "standing"


def test_every_reason_has_a_sentence_and_a_kind() -> None:
    for reason in get_args(Reason):
        told = problems.of(StandingRefused(reason))
        assert told is not None and told.detail and told.more["reason"] == reason and told.code in {"state", "refused"}


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 501}, {"reason": "x", "day": "2021-01-01"}])
def test_what_is_not_as_described(world: World, body: dict[str, Any]) -> None:
    assert problem(world.do("pause", body)) == (400, "bad-request")
    assert problem(world.confirm()) == problem(world.confirm("x")) == (400, "bad-request")
    assert problem(world.confirm(*[NOBODY] * 501)) == (400, "bad-request")


def test_the_version_that_was_read(world: World) -> None:
    old = world.approver.get(f"/own-needs/{world.masks}").headers["ETag"]
    assert problem(world.approver.post(f"/own-needs/{world.masks}/pause", {"reason": "x"})) == (428, "if-match-missing")
    right(world.do("pause", {"reason": "x"}))
    assert problem(world.do("resumption", If_Match=old)) == (412, "changed-meanwhile")
    key = {"Idempotency_Key": "resumed-once"}
    tag = world.approver.get(f"/own-needs/{world.masks}").headers["ETag"]
    for _time in range(2):
        assert right(world.do("resumption", If_Match=tag, **key))["state"] == "standing"


def test_it_is_the_approvers_and_needs_their_scope(world: World) -> None:
    reader, supporter = Program(token(world.person, "read")), Program(token(world.person, "support"))
    deeds: dict[str, Any] = {"pause": {"reason": "x"}, "resumption": None, "ending": {"covered_nationally": True}}
    for program in (reader, supporter, world.focal):
        for deed, body in deeds.items():
            assert problem(world.do(deed, body, by=program)) == (403, "scope-missing")
        assert problem(world.confirm(world.masks, by=program)) == (403, "scope-missing")
    assert problem(Program().get("/own-needs")) == (401, "no-token")
    right(world.do("pause", {"reason": "x"}, by=Program(token(world.person, "read", "approve"))))


def test_needs_of_others_are_like_those_that_are_not_there(world: World) -> None:
    for other in (world.cuban, world.who):
        alike(other.get(f"/own-needs/{world.masks}"), other.get(f"/own-needs/{NOBODY}"))
    assert [row["id"] for row in world.cuban.whole("/own-needs")] == [world.cuban_masks]
    assert world.who.whole("/own-needs") == world.who.whole("/own-needs", to_confirm="true") == []
    assert problem(world.cuban.get("/own-needs", {"member": "ZMB"})) == (404, "not-found")
    for member in ("ZMB", "CUB"):
        assert problem(world.confirm(world.masks, by=world.cuban, member=member)) == (404, "not-found")
    alike(
        world.do("pause", {"reason": "x"}, by=world.cuban, If_Match='"x"'),
        world.do("pause", {"reason": "x"}, of=NOBODY, by=world.cuban, If_Match='"x"'),
    )


def test_stop_sending_beside_the_need_itself(world: World) -> None:
    stopped = right(world.do("stopping", {"reason": "The store is full"}, by=world.focal))
    assert stopped["stopped_at"] and stopped["stop_reason"] == "The store is full" and stopped["state"] == "standing"
    refused(world.do("stopping", {"reason": "Again"}, by=world.focal), 409, "stopped")
    for by in (world.who, world.cuban):
        for deed, body in (("stopping", {"reason": "No"}), ("lifting", None)):  # of another member
            assert problem(world.do(deed, body, by=by)) == (404, "not-found")
    lifted = right(world.do("lifting", by=world.focal))
    assert (lifted["stopped_at"], lifted["stop_reason"]) == (None, "")
    refused(world.do("lifting", by=world.focal), 409, "not_stopped")
