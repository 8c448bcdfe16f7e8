"""Proposals about offers through the API: a focal point's program proposes, an approver's decides or sends back."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.calls import Program, problem, refused, table, token
from tests.api.loop_world import NOBODY, Loop, alike, once_a_file, right
from unmet.support.models import Acceptance

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loop(django_db_setup: None, django_db_blocker: Any) -> Iterator[Loop]:
    """See `Loop`."""
    yield from once_a_file(django_db_blocker, accepted=False)


def propose(loop: Loop, made: dict[str, Any], quantity: Any = 100, *, by: Program | None = None, **said: Any) -> Any:
    """Propose to accept some of the first line."""
    [line] = loop.lines(made)
    said = {"quantity": quantity, "need": loop.needs["MASK-IIR"]} | said
    return (by or loop.focal).post(f"/offers/{made['id']}/lines/{line['id']}/proposals", said)


def test_proposed_listed_and_accepted_by_name(loop: Loop) -> None:
    made = loop.offered()
    told = right(propose(loop, made, "120", expected_on="2031-03-01"), 201)
    assert (told["quantity"], told["state"], told["member"], told["need"]) == (
        "120", "proposed", "ZMB", loop.needs["MASK-IIR"]
    )  # fmt: skip
    assert right(loop.focal.get(f"/offers/{made['id']}"))["accepted"] == 0
    for by in (loop.focal, loop.approver):
        assert [one["id"] for one in by.whole(f"/offers/{made['id']}/proposals")] == [told["id"]]
    assert loop.who.whole(f"/offers/{made['id']}/proposals") == [], "its giver reads none of it"
    assert [row["id"] for row in table(loop.focal.get(f"/offers/{made['id']}/proposals.csv"))] == [told["id"]]
    right(loop.accept(made, 120, proposal=told["id"], need=loop.needs["MASK-IIR"]), 201)
    [after] = loop.focal.whole(f"/offers/{made['id']}/proposals")
    assert after["state"] == "taken" and after["ended_at"]
    refused(loop.accept(made, 1, proposal=told["id"]), 409, "proposal")


def test_replaced_sent_back_and_declined(loop: Loop) -> None:
    made = loop.offered()
    right(propose(loop, made), 201)
    refused(propose(loop, made), 409, "proposed_already")
    second = right(propose(loop, made, 90), 201)
    back = f"/offers/{made['id']}/proposals/{second['id']}/sending-back"
    assert problem(loop.approver.post(back, {"word": ""}))[0] == 400
    assert right(loop.approver.post(back, {"word": "Rather 50"}))["word"] == "Rather 50"
    decline = right(loop.focal.post(f"/offers/{made['id']}/proposals", {"reason": "No store"}), 201)
    assert (decline["line"], decline["quantity"], decline["reason"]) == (None, None, "No store")
    right(loop.approver.post(f"/offers/{made['id']}/declines", {"reason": "No store", "proposal": decline["id"]}))
    states = [one["state"] for one in loop.focal.whole(f"/offers/{made['id']}/proposals")]
    assert states == ["replaced", "sent_back", "taken"]


def test_a_kit_and_what_could_not_be_accepted(loop: Loop) -> None:
    made = loop.offered()
    refused(propose(loop, made, 401), 409, "less_left", standing="400")
    refused(propose(loop, made, 5, need=loop.needs["GLOVE-EXAM"]), 422, "counts_as", field="counts_as")
    told = right(propose(loop, made, 5, need=loop.needs["GLOVE-EXAM"], counts_as=50), 201)
    assert told["counts_as"] == "50" and not Acceptance.objects.filter(offer_line__offer__uuid=made["id"]).exists()
    loop.do(f"/offers/{made['id']}", "withdrawal", {})
    assert [one["state"] for one in loop.focal.whole(f"/offers/{made['id']}/proposals")] == ["ended"]
    refused(propose(loop, made), 409, "not_offered")


def test_taken_back_by_whoever_proposed_it(loop: Loop) -> None:
    made = loop.offered()
    told = right(propose(loop, made), 201)
    address = f"/offers/{made['id']}/proposals/{told['id']}/taking-back"
    assert problem(loop.approver.post(address, {"word": "x"})) == (403, "not-allowed")
    alike(*[loop.cuban.post(address.replace(told["id"], one), {"word": "x"}) for one in (told["id"], NOBODY)])
    back = right(loop.focal.post(address, {"word": "It came already"}))
    assert (back["state"], back["taken_back"], back["word"]) == ("sent_back", True, "It came already")
    refused(loop.focal.post(address, {"word": "x"}), 409, "proposal")


def test_who_may_and_with_which_scope(loop: Loop) -> None:
    made = loop.offered()
    told = right(propose(loop, made), 201)
    back = f"/offers/{made['id']}/proposals/{told['id']}/sending-back"
    assert problem(loop.focal.post(back, {"word": "x"})) == (403, "scope-missing")
    reads = Program(token(loop.person, "read", "approve"))
    assert problem(propose(loop, made, by=reads)) == (403, "scope-missing")
    assert problem(propose(loop, made, by=loop.who)) == (403, "not-allowed")
    [line] = loop.lines(made)
    for by in (loop.unicef, loop.cuban):
        alike(by.get(f"/offers/{made['id']}/proposals"), by.get(f"/offers/{NOBODY}/proposals"))
        for rest, body in ((f"lines/{line['id']}/proposals", {"quantity": 1}), ("proposals", {})):
            alike(*[by.post(f"/offers/{of}/{rest}", body) for of in (made["id"], NOBODY)])
    alike(
        loop.cuban.post(back, {"word": "x"}),
        loop.approver.post(f"/offers/{made['id']}/proposals/{NOBODY}/sending-back", {"word": "x"}),
    )  # fmt: skip
