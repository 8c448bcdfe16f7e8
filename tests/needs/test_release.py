"""Release, withdraw, hold back, lift: works, refuses for each reason, other members cannot, one audit row."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from tests import make
from tests.refusals import events, last_audit, refused

from unmet.access import services as access
from unmet.access.models import HoldBack, Release
from unmet.books import doctor
from unmet.books import services as books
from unmet.books.models import Account, Cube
from unmet.catalogue.models import Sector
from unmet.jobs.models import Job
from unmet.needs import services as needs
from unmet.needs.models import Need

pytestmark = pytest.mark.django_db
DEEDS = ("release", "withdraw_release", "hold_back", "lift_hold_back")


def built() -> Any:
    """A need of one member, released to everyone by its sector."""
    make.approved([make.line(quantity=5)], of="ZMB", round_=make.round_())
    [release] = make.released("ZMB")
    return {"release": release, "need": Need.objects.get(), "sector": Sector.objects.get(code="IPC").uuid}


WORLD = built


@pytest.fixture
def world(fresh: Any) -> Any:
    """See `built`."""
    return fresh


def do(what: str, world: Any, by: Any, *, actor: Any = None, **changes: Any) -> Any:
    """One of the four deeds."""
    with make.as_(actor or by):
        return bare(what, world, by, **changes)


def bare(what: str, world: Any, by: Any, **changes: Any) -> Any:
    """The same, whoever acts."""
    if what == "release":
        fields = {
            "member": make.party("ZMB"), "subjects": [("sector", world["sector"])], "level": "figures",
            "audience": "everyone", "until_on": None, "by": by, "at": make.AT,
        }  # fmt: skip
        return needs.release(**fields | changes)
    subject = world["release"] if what == "withdraw_release" else world["need"]
    return getattr(needs, what)(subject, by=by, at=make.AT)


def test_each_deed_writes_one_audit_row_and_keeps_the_public_book_in_step(world: Any) -> None:
    by = make.approver("ZMB")
    steps = [
        ("hold_back", "access.held_back", False), ("lift_hold_back", "access.hold_back_lifted", True),
        ("withdraw_release", "access.release_withdrawn", False), ("release", "access.released", True),
    ]  # fmt: skip
    for what, event, public in steps:
        before = last_audit()
        do(what, world, by)
        assert events(before) == [event]
        assert Account.objects.get().public is public
        assert Cube.objects.get().approved == (5000 if public else 0)
        assert doctor.differences() == []


def test_twice_is_once_for_a_hold_back_and_refused_for_a_withdrawal(world: Any) -> None:
    by = make.approver("ZMB")
    do("withdraw_release", world, by)
    assert refused(access.ReleaseRefused, lambda: do("withdraw_release", world, by)).reason == "withdrawn"
    do("hold_back", world, by)
    before = last_audit()
    do("hold_back", world, by)
    do("lift_hold_back", world, by)
    do("lift_hold_back", world, by)
    assert events(before) == ["access.hold_back_lifted"]


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("nothing", {"subjects": []}),
        ("past", {"until_on": date(2021, 1, 30)}),
        ("no_party", {"audience": "named"}),
        ("own_party", {"audience": "named", "named": "ZMB"}),
    ],
)
def test_a_release_is_refused_for_each_reason(world: Any, reason: str, changes: dict[str, Any]) -> None:
    if "named" in changes:
        changes = changes | {"named": [make.party("WHO"), make.party(changes["named"])]}
    error = refused(access.ReleaseRefused, lambda: do("release", world, make.approver("ZMB"), **changes))
    assert error.reason == reason
    assert Release.objects.count() == 1


def test_a_last_day_lasts_until_it_ends_everywhere(world: Any) -> None:
    by = make.approver("ZMB")
    do("withdraw_release", world, by)
    [release] = do("release", world, by, until_on=date(2021, 2, 1))
    assert release.ends_at == datetime(2021, 2, 2, 12, tzinfo=UTC)
    assert Job.objects.get(due_at=release.ends_at).handler == "books.settle"
    books.settle(at=release.ends_at - timedelta(seconds=1))
    assert Account.objects.get().public
    books.settle(at=release.ends_at)
    assert not Account.objects.get().public and doctor.differences() == []


def test_one_of_two_releases_withdrawn_leaves_the_other_standing(world: Any) -> None:
    by = make.approver("ZMB")
    do("release", world, by, subjects=[("need", world["need"].uuid)])
    do("withdraw_release", world, by)
    assert Account.objects.get().public and doctor.differences() == []


def test_a_need_released_before_it_has_an_account_is_public_from_its_first_approval() -> None:
    round_ = make.round_()
    waiting = make.submitted([make.line(quantity=5), make.line("GLOVE-EXAM", 6)], of="ZMB", round_=round_)
    need = Need.objects.get(item__code="MASK-IIR")
    by = make.approver("ZMB")
    do("release", {"sector": uuid.uuid4()}, by, subjects=[("need", need.uuid)])
    assert not Account.objects.exists() and not Cube.objects.exists()
    with make.as_(by):
        needs.approve(waiting, by=by, at=make.AT, revision=1)
    assert dict(Account.objects.values_list("item__code", "public")) == {"MASK-IIR": True, "GLOVE-EXAM": False}
    assert Cube.objects.get().approved == 5000 and doctor.differences() == []


def test_another_members_release_of_the_same_uuid_shows_nothing(world: Any) -> None:
    """A release covers rows of the member that gave it only, whatever uuid it names."""
    do("withdraw_release", world, make.approver("ZMB"))
    by = make.approver("CUB")
    with make.as_(by):
        needs.release(
            member=make.party("CUB"), subjects=[("need", world["need"].uuid), ("sector", world["sector"])],
            level="detail", audience="everyone", until_on=None, by=by, at=make.AT,
        )  # fmt: skip
    assert not Account.objects.get().public and doctor.differences() == []


def test_a_post_that_comes_first_after_the_end_posts_the_expiry_itself(world: Any) -> None:
    by = make.approver("ZMB")
    do("withdraw_release", world, by)
    [release] = do("release", world, by, until_on=date(2021, 2, 1))
    late = release.ends_at + timedelta(days=3)
    make.approved([make.line(quantity=9)], of="ZMB", round_=Account.objects.get().round, at=late)
    account = Account.objects.get()
    assert (account.public, account.approved) == (False, 9000) and Cube.objects.get().approved == 0
    assert doctor.differences() == []


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Release, {"withdrawn_at": F("granted_at")}),
        (Release, {"ends_at": F("granted_at")}),
        (Release, {"until_on": date(2021, 1, 1)}),
        (Release, {"until_on": date(2021, 1, 1), "ends_at": F("granted_at")}),
        (HoldBack, {"lifted_at": None}),
    ],
    ids=str,
)
def test_the_database_refuses_what_must_never_be(world: Any, model: Any, values: dict[str, Any]) -> None:
    by = make.approver("ZMB")
    for what in ("hold_back", "lift_hold_back", "hold_back"):
        do(what, world, by)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**values)
