"""Who may see what: every actor × every audience × level, the hold-back, and an end that nobody has posted yet."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests import make

from unmet.access import visible
from unmet.access.actors import Actor, NoActor, acting
from unmet.access.models import Role
from unmet.books.models import Account
from unmet.needs import services as needs
from unmet.needs.models import Need, Statement

pytestmark = pytest.mark.django_db

OWN = {"own focal point", "own approver"}
MEMBERS = {"focal point of another member", "approver of another member", "responder of another member"}
TEAM = {"coordination"}
NAMED = {"named responder"}
OTHERS = {"nobody", "unnamed responder", "operator", "expired approver", "ended approver", "no role"}
ACTORS = sorted(OWN | MEMBERS | TEAM | NAMED | OTHERS)
# Beside the member's own people: who sees what is released so. Wider includes narrower; named stands by itself.
SEE = {
    "nobody at all": set(),
    "coordination": TEAM,
    "members": TEAM | MEMBERS,
    "named": NAMED,
    "everyone": TEAM | MEMBERS | NAMED | OTHERS,
}


def actor(name: str, at: datetime = make.AT) -> Actor:
    """One of the actors."""
    roles = {
        "own focal point": (Role.FOCAL_POINT, "ZMB"), "own approver": (Role.APPROVER, "ZMB"),
        "focal point of another member": (Role.FOCAL_POINT, "CUB"),
        "approver of another member": (Role.APPROVER, "CUB"),
        "responder of another member": (Role.RESPONDER, "CUB"), "coordination": (Role.COORDINATION, "COORD"),
        "named responder": (Role.RESPONDER, "WHO"), "unnamed responder": (Role.RESPONDER, "UNICEF"),
        "operator": (Role.OPERATOR, "COORD"), "ended approver": (Role.APPROVER, "ZMB"),
    }  # fmt: skip
    if name == "nobody":
        return Actor.of(None, at=at, via="page")
    if name == "expired approver":
        return Actor.of(make.person(Role.APPROVER, "ZMB", until=date(2021, 1, 1)), at=at, via="page")
    person = make.person(*roles.get(name, (None,)))
    if name == "ended approver":
        person.appointments.update(ended_at=make.AT)
    return Actor.of(person, at=at, via="page")


def release(audience: str, level: str = "figures", **changes: Any) -> Any:
    """The member's sector, released."""
    named = [make.party("WHO")] if audience == "named" else []
    return make.released("ZMB", audience=audience, level=level, named=named, **changes)[0]


def sees(name: str | Actor, *, detail: bool = False) -> bool:
    """Whether an actor sees the need: its account, its statement and itself, or none of them."""
    with acting(actor(name) if isinstance(name, str) else name):
        found = [
            visible.rows(Account.objects.all(), visible.ACCOUNT, detail=detail).exists(),
            visible.rows(Statement.objects.all(), visible.STATEMENT, detail=detail).exists(),
            visible.rows(Need.objects.all(), visible.NEED, detail=detail).exists(),
        ]
    assert len(set(found)) == 1, "three tables of the same need differ"
    return found[0]


@pytest.fixture(autouse=True)
def a_need() -> None:
    """A need of one member, of the sector that is released."""
    make.approved([make.line(quantity=5)], of="ZMB", round_=make.round_())


@pytest.mark.parametrize("audience", SEE)
@pytest.mark.parametrize("name", ACTORS)
def test_who_sees_what_is_released_to_whom(name: str, audience: str) -> None:
    if audience != "nobody at all":
        release(audience)
    assert sees(name) is (name in OWN or name in SEE[audience])


@pytest.mark.parametrize("name", ACTORS)
def test_figures_are_no_detail(name: str) -> None:
    release("everyone")
    assert sees(name, detail=True) is (name in OWN)
    release("members", level="detail")
    assert sees(name, detail=True) is (name in OWN | MEMBERS | TEAM)
    assert sees(name)  # the figures of it, by the wider release


@pytest.mark.parametrize("audience", ["coordination", "members", "named", "everyone"])
def test_a_hold_back_wins_over_every_release_at_once(audience: str) -> None:
    release(audience, level="detail")
    by, need = make.approver("ZMB"), Need.objects.get()
    with make.as_(by):
        needs.hold_back(need, by=by, at=make.AT)
    assert {name for name in ACTORS if sees(name)} == OWN
    with make.as_(by):
        needs.lift_hold_back(need, by=by, at=make.AT)
    assert {name for name in ACTORS if sees(name)} == OWN | SEE[audience]


@pytest.mark.parametrize("audience", ["coordination", "members", "named", "everyone"])
def test_an_end_counts_from_its_moment_though_nobody_has_posted_it(audience: str) -> None:
    given = release(audience, until=date(2021, 2, 3))
    assert given.ends_at == datetime(2021, 2, 4, 12, tzinfo=UTC)
    just_before, at_the_end = given.ends_at - timedelta(seconds=1), given.ends_at
    for name in SEE[audience] - OWN:
        assert sees(actor(name, just_before))
        assert not sees(actor(name, at_the_end))
    assert sees(actor("own focal point", at_the_end))
    # The public book has not been settled: the account still says public, and yet nobody sees it.
    assert Account.objects.get().public is (audience == "everyone")


def test_a_withdrawn_release_shows_nothing_and_another_stands() -> None:
    first, _ = release("everyone"), release("members")
    by = make.approver("ZMB")
    with make.as_(by):
        needs.withdraw_release(first, by=by, at=make.AT)
    assert {name for name in ACTORS if sees(name)} == OWN | MEMBERS | TEAM


def test_a_release_of_one_need_shows_that_need_only() -> None:
    make.approved([make.line("GLOVE-EXAM", 6)], of="ZMB", round_=Account.objects.get().round)
    by, need = make.approver("ZMB"), Need.objects.get(item__code="GLOVE-EXAM")
    with make.as_(by):
        needs.release(
            member=make.party("ZMB"), subjects=[("need", need.uuid)], level="figures", audience="everyone",
            until_on=None, by=by, at=make.AT,
        )  # fmt: skip
    with acting(actor("nobody")):
        assert list(visible.rows(Account.objects.all()).values_list("item__code", flat=True)) == ["GLOVE-EXAM"]


def test_another_members_release_shows_nothing_of_this_one() -> None:
    make.released("CUB")
    assert {name for name in ACTORS if sees(name)} == OWN


def test_own_words_are_seen_by_a_release_of_the_need_only_and_never_by_that_of_a_sector() -> None:
    make.approved([make.line(item_id=None, words="strange masks")], of="ZMB", round_=Account.objects.get().round)
    release("everyone", level="detail")
    with acting(actor("nobody")):
        assert list(visible.rows(Need.objects.all(), visible.NEED).values_list("words", flat=True)) == [""]


def test_the_system_sees_all_and_no_actor_is_an_error() -> None:
    with acting(Actor.for_system(at=make.AT)):
        assert visible.rows(Account.objects.all()).count() == 1
    for read in (visible.rows, visible.own):
        with pytest.raises(NoActor):
            read(Account.objects.all())


def test_own_rows_are_those_of_the_parties_one_works_for() -> None:
    release("everyone", level="detail")
    for name in ACTORS:
        with acting(actor(name)):
            assert visible.own(Account.objects.all()).exists() is (name in OWN)


def test_an_inactive_person_is_nobody() -> None:
    person = make.approver("ZMB")
    person.is_active = False
    assert not sees(Actor.of(person, at=make.AT, via="page"))


def test_a_state_that_has_not_joined_yet_is_no_member() -> None:
    """South Sudan joined in January 2024: what is released to members is not for it before."""
    release("members")
    person = make.focal_point("SSD")
    assert not sees(Actor.of(person, at=datetime(2021, 3, 1, tzinfo=UTC), via="page"))
    assert sees(Actor.of(person, at=datetime(2024, 3, 1, tzinfo=UTC), via="page"))
