"""Money through the API: the version that was read, the scopes of a token, and each refusal by its name."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args

import pytest
from django.db import transaction

from tests import make
from tests.api.calls import Program, problem, refused, today, token
from tests.api.money_world import DEEDS, RATE, World
from unmet.api import problems
from unmet.support.flow_rules import FlowRefused, Reason
from unmet.support.models import Flow

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all tests of this file, each of which takes back what it did."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


# ── versions and scopes ──────────────────────────────────────────────────────


@pytest.mark.parametrize("deed", DEEDS)
def test_what_others_may_change_wants_the_version_that_was_read(world: World, deed: str) -> None:
    made = world.paid()
    address = f"/money/{made['id']}/{deed}"
    assert problem(world.source.post(address, DEEDS[deed])) == (428, "if-match-missing")
    stale = world.source.get(f"/money/{made['id']}").headers["ETag"]
    assert world.step("addition", made, "paid", "1").status_code == 200
    answer = world.source.post(address, DEEDS[deed], If_Match=stale)
    assert problem(answer) == (412, "changed-meanwhile")
    assert answer.headers["ETag"] == world.source.get(f"/money/{made['id']}").headers["ETag"]
    assert Flow.objects.get().steps.count() == 2


@pytest.mark.parametrize(
    ("scopes", "deed", "allowed"),
    [
        (("read", "support"), "addition", True), (("read", "release"), "addition", False),
        (("read", "support"), "publication", False), (("read", "release"), "publication", True),
    ],
)  # fmt: skip
def test_scopes_narrow_what_a_token_does(world: World, scopes: tuple[str, ...], deed: str, allowed: bool) -> None:
    made = world.paid()
    program = Program(token(make.approver("CUB"), *scopes))
    answer = world.do(deed, made, DEEDS[deed], by=program)
    assert (answer.status_code == 200) == allowed, answer.content.decode()
    if not allowed:
        assert problem(answer) == (403, "scope-missing")


def test_a_focal_point_states_and_does_not_publish(world: World) -> None:
    made = world.paid()
    assert problem(world.do("publication", made, by=world.clerk))[0] == 403


def test_a_version_that_is_known_is_not_sent_again(world: World) -> None:
    made = world.stated()
    answer = world.clerk.get(f"/money/{made['id']}")
    again = world.clerk.get(f"/money/{made['id']}", If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")


# ── refusals ─────────────────────────────────────────────────────────────────


def test_every_reason_has_a_sentence_and_a_kind() -> None:
    for reason in get_args(Reason):
        found = problems.of(FlowRefused(reason))
        assert found is not None and found.kind.status in {409, 412, 422}, reason
        assert (found.detail and found.more["reason"] == reason) or found.code == "changed-meanwhile"


def test_what_may_not_be_stated(world: World) -> None:
    for changes, status, reason in (
        ({"destinations": ["CUB"]}, 422, "itself"), ({"destinations": ["ZMB", "UNICEF"]}, 422, "mixed"),
        ({"channel": None}, 422, "channel"), ({"channel": "UNICEF"}, 422, "channel_kind"),
        ({"channel": "ZMB"}, 422, "channel"),
        ({"reference": " "}, 422, "reference"), ({"currency": "DEM"}, 422, "currency"),
        ({"amount": "0"}, 422, "amount"), ({"dated_on": "1442-01-01"}, 422, "day"),
        ({"dated_on": str(today() + timedelta(days=9))}, 422, "future"),
        ({"currency": "JPY", "amount": "10"}, 422, "rate"), ({"amount": "999999999999999"}, 422, "too_large"),
        ({"currency": "EUR", "rate": RATE | {"rate": "0"}}, 422, "rate_wrong"),
        ({"currency": "EUR", "rate": RATE | {"source": " "}}, 422, "rate_source"),
    ):  # fmt: skip
        refused(world.clerk.post("/money", world.body(**changes)), status, reason)
    outside = world.who.post("/money", world.body(source="WHO", destinations=["UNICEF"], channel=None, via="bilateral"))
    refused(outside, 422, "outside")
    for changes in ({"rate": RATE}, {"currency": "JPY", "amount": "10.5", "rate": RATE}, {"emergency": None}):
        assert problem(world.clerk.post("/money", world.body(**changes))) == (422, "refused")
    for changes in (
        {"destinations": ["ZMB", "NOBODY"]}, {"emergency": "x"}, {"item": "x"}, {"sector": "x"},
        {"need": str(uuid.uuid4())}, {"passes_on": str(uuid.uuid4())}, {"channel": "NOBODY"},
    ):  # fmt: skip
        assert problem(world.clerk.post("/money", world.body(**changes))) == (404, "not-found")
    for changes in (
        {"amount": 1.5e30},
        {"stage": "sent"},
        {"destinations": []},
        {"more": 1},
        {"currency": "usd"},
        {"need": "-" * 36},
    ):
        assert problem(world.clerk.post("/money", world.body(**changes))) == (400, "bad-request")
    assert not Flow.objects.exists()


def test_what_a_step_refuses(world: World) -> None:
    made = world.stated()
    refused(world.step("advance", made, "commitment", "5000.51"), 409, "more_than_stands")
    refused(world.step("addition", made, "paid", "1"), 409, "move_on")
    refused(world.step("taking-back", made, "paid", "1"), 409, "more_than_stands")
    refused(world.step("taking-back", made, "pledge", "1", reason=" "), 422, "why")
    refused(world.step("advance", made, "commitment", "1", dated_on="9999-01-01"), 422, "day")
    yesterday = str(today() - timedelta(days=1))
    refused(world.step("advance", made, "commitment", "1", dated_on=yesterday), 422, "before")
    refused(world.focal.post(f"/money/{made['id']}/steps/1/confirmation", {}), 409, "not_paid")
    assert problem(world.focal.post(f"/money/{made['id']}/steps/2/confirmation", {})) == (404, "not-found")
    assert problem(world.focal.post(f"/money/{made['id']}/steps/0/confirmation", {})) == (400, "bad-request")
    wrong = world.focal.post(f"/money/{made['id']}/steps/1/confirmation", {"party": "KEN"})
    assert problem(wrong) == (404, "not-found")
    assert Flow.objects.get().steps.count() == 1
