"""What is another's is answered like what is not there: offers, consignments and receipts, whatever is asked."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.calls import problem
from tests.api.loop_world import NOBODY, Loop, alike, once_a_file, right

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loop(django_db_setup: None, django_db_blocker: Any) -> Iterator[Loop]:
    """See `Loop`."""
    yield from once_a_file(django_db_blocker, accepted=True)


def test_an_offer_of_others_is_like_one_that_is_not_there(loop: Loop) -> None:
    made, draft = loop.offered(), loop.draft()
    [line] = loop.lines(made)
    for row, strangers in ((made, (loop.unicef, loop.cuban, loop.chair)), (draft, (loop.unicef, loop.approver))):
        for by in strangers:
            for rest in ("", "/lines", "/lines.csv"):
                alike(by.get(f"/offers/{row['id']}{rest}"), by.get(f"/offers/{NOBODY}{rest}"))
    said = {name: value for name, value in loop.offer().items() if name != "giver"}
    for deed, body in (("draft", said), ("discarding", None), ("offering", None), ("withdrawal", {})):
        for by in (loop.unicef, loop.approver):
            asked = [by.post(f"/offers/{of}/{deed}", body, If_Match='"x"') for of in (made["id"], NOBODY)]
            assert problem(asked[0]) == (404, "not-found")
            alike(*asked)
    assert problem(loop.accept(made, by=loop.cuban)) == (404, "not-found")
    assert problem(loop.cuban.post(f"/offers/{made['id']}/declines", {})) == (404, "not-found")
    wrong = f"/offers/{made['id']}/lines/{NOBODY}/acceptances"
    assert problem(loop.approver.post(wrong, {"quantity": 1})) == (404, "not-found") and line["id"]


def test_a_consignment_of_others_is_like_one_that_is_not_there(loop: Loop) -> None:
    box = loop.sent()
    plan = loop.plan((NOBODY, 1))
    [line] = loop.who.whole(f"/consignments/{box['id']}/lines")
    seen = {"lines": [{"line": line["id"], "quantity": 1}], "place": "Here"}
    count = {"lines": [{"line": line["id"], "accepted": 300}]}
    for by in (loop.undp, loop.cuban, loop.chair):
        for rest in ("", "/lines", "/lines.csv", "/steps", "/steps.csv", "/attestations", "/attestations.csv"):
            alike(by.get(f"/consignments/{box['id']}{rest}"), by.get(f"/consignments/{NOBODY}{rest}"))
    for by in (loop.undp, loop.cuban):
        for rest, body in (
            ("plan", plan), ("discarding", None), ("sending", {}), ("steps", {"what": "arrive"}),
            ("attestations", seen), ("receipts", count),
        ):  # fmt: skip
            asked = [by.post(f"/consignments/{of}/{rest}", body, If_Match='"x"') for of in (box["id"], NOBODY)]
            assert problem(asked[0]) == (404, "not-found"), rest
            alike(*asked)


def test_a_certificate_of_others_is_like_one_that_is_not_there(loop: Loop) -> None:
    box = loop.sent()
    code = right(loop.focal.post(f"/consignments/{box['id']}/receipts", loop.counts(box)), 201)["code"]
    for by in (loop.wfp, loop.undp, loop.cuban, loop.chair):
        for rest in ("", "/lines", "/lines.csv"):
            asked = [by.get(f"/receipts/{one}{rest}") for one in (code, "23456-789AB")]
            assert problem(asked[0]) == (404, "not-found")
            alike(*asked)
