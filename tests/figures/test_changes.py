"""What changed between two moments of what somebody sees: sums that agree with the books, and nothing not shown."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import make

from unmet.access.models import Release, Role
from unmet.books import changes as books_changes
from unmet.books import services as books
from unmet.books.measures import MEASURES
from unmet.books.models import Account, Book, Entry
from unmet.figures import changes
from unmet.figures.changes import Changes, Row
from unmet.needs import rounds
from unmet.needs import services as needs
from unmet.needs.models import Need
from unmet.parties.models import Person
from unmet.support import requests

pytestmark = pytest.mark.django_db
AT = make.AT


def after(hours: int) -> datetime:
    """So many hours later."""
    return AT + timedelta(hours=hours)


# ── the books ────────────────────────────────────────────────────────────────
def as_of(sequence: int) -> dict[Any, dict[str, int]]:
    """Every measure of every need as known at a sequence: sums over all lines, as the totals take them."""
    lines = Entry.objects.filter(sequence__lte=sequence, book=Book.OWN, closed=False, account__kind=Account.Kind.NEED)
    rows = lines.order_by().values("account__subject").annotate(**{f"s_{name}": Sum(name) for name in MEASURES})
    return {row["account__subject"]: {name: row[f"s_{name}"] for name in MEASURES} for row in rows}


@pytest.fixture
def busy() -> int:
    """Books in which much happened: stated, revised, ended, carried over to a later round, supported, lapsed."""
    round_ = make.round_(freshness_days=20)
    for hour, (masks, gowns) in enumerate([(1000, 50), (800, 50), (0, 70), (900, 0), (1200, 10)]):
        lines = [make.line("MASK-IIR", masks), make.line("GOWN-ISO", gowns), make.line("VENT-ICU", 5 + hour)]
        make.approved(lines, of="ZMB", round_=round_, at=after(hour))
    make.released("ZMB", at=after(5))
    giver, approver = make.person(Role.RESPONDER, "WHO"), make.approver("ZMB")
    for hour, (stage, by) in enumerate([("pledged", giver), ("committed", approver), ("received", approver)], 6):
        make.stated([make.support_line("WHO", "ZMB", stage, 300, reference="a")], by=by, round_=round_, at=after(hour))
    books.settle(at=after(24 * 30))
    later = make.round_(
        "r2", at=after(24 * 31), period=(date(2021, 4, 1), date(2021, 9, 30)), sectors=("CASE",),
        opened=False,
    )  # fmt: skip
    chair = make.person(Role.COORDINATION)
    with make.as_(chair, at=after(24 * 31)):
        rounds.close_round(round_, by=chair, at=after(24 * 31))
        rounds.open_round(later, by=chair, at=after(24 * 31))
    make.approved([make.line("VENT-ICU", 20)], of="ZMB", round_=later, at=after(24 * 32))
    return books.last_sequence()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(min_value=0, max_value=60), min_size=2, max_size=2))
def test_changes_between_two_sequences_are_the_difference_of_the_two_as_of_totals(busy: int, cuts: list[int]) -> None:
    first, last = sorted(min(cut, busy) for cut in cuts)
    then, now = as_of(first), as_of(last)
    nothing = dict.fromkeys(MEASURES, 0)
    found = {change.subject: change.changes for change in books_changes.between(after=first, until=last)}
    for subject in now:
        was = then.get(subject, nothing)
        assert found.get(subject, nothing) == {name: now[subject][name] - was[name] for name in MEASURES}
    assert set(found) <= set(now)


# ── what somebody sees of it ─────────────────────────────────────────────────
class World:
    """Zambia needs masks and ventilators; all see the masks in detail, WHO sees the ventilators as figures."""

    def __init__(self) -> None:
        self.round = make.round_()
        lines = [make.line(), make.line("VENT-ICU", 50), make.line("VENT-ICU", 30, place_name="Lusaka")]
        make.approved(lines, of="ZMB", round_=self.round)
        make.released("ZMB")
        make.released("ZMB", sectors=["CASE"], level="figures", audience="named", named=[make.party("WHO")])
        self.who, self.undp = make.person(Role.RESPONDER, "WHO"), make.person(Role.RESPONDER, "UNDP")
        self.then, self.sequence = after(1), books.last_sequence()

    def said(self, code: str, quantity: int, *, place: str = "", at: datetime | None = None) -> None:
        """Zambia says another number."""
        line = make.line(code, quantity, place_name=place)
        make.approved([line], of="ZMB", round_=self.round, at=at or after(2))

    def rows(self, who: Person | None = None) -> list[Row]:
        """What somebody reads; WHO, unless said otherwise."""
        with make.as_(who or self.who, at=after(9)):
            return Changes(self.then, self.sequence, after(9), books.last_sequence()).rows


WORLD = World


@pytest.fixture
def world(fresh: World) -> World:
    """See `World`."""
    return fresh


def brief(rows: list[Row]) -> list[tuple[Any, ...]]:
    """Item, what, and the quantities in base units, as the rows have them."""

    def whole(number: int | None) -> int | None:
        return None if number is None else number // 1000

    codes = {make.item(code).pk: code for code in ("MASK-IIR", "VENT-ICU", "GOWN-ISO", "TLD")}
    return sorted(
        (
            codes[row.item], row.what, whole(row.approved_before), whole(row.approved),
            whole(row.not_covered_before), whole(row.not_covered),
        )
        for row in rows
    )  # fmt: skip


def test_nothing_happened(world: World) -> None:
    assert world.rows() == []


def test_a_need_in_detail_old_and_new(world: World) -> None:
    world.said("MASK-IIR", 800)
    assert brief(world.rows()) == [("MASK-IIR", ("revised",), 1000, 800, 1000, 800)]
    [row] = world.rows()
    assert row.subject == Need.objects.get(item__code="MASK-IIR").uuid and row.place is not None


def test_figures_are_one_sum_whatever_changed_in_it(world: World) -> None:
    world.said("VENT-ICU", 60)
    assert brief(world.rows()) == [("VENT-ICU", ("revised",), 80, 90, 80, 90)]
    [row] = world.rows()
    assert (row.subject, row.place, row.group) == (None, None, None)
    assert world.rows(world.undp) == [], "not shown to it at all"


def test_new_ended_stated_again(world: World) -> None:
    world.said("GOWN-ISO", 70)
    world.said("MASK-IIR", 0)
    assert brief(world.rows()) == [
        ("GOWN-ISO", ("new",), 0, 70, 0, 70), ("MASK-IIR", ("ended",), 1000, 0, 1000, 0),
    ]  # fmt: skip
    late = AT + timedelta(days=500)
    books.settle(at=late)
    world.sequence = books.last_sequence()
    make.approved([make.line("GOWN-ISO", 5)], of="ZMB", round_=world.round, at=late)
    with make.as_(world.who, at=late):
        found = Changes(late, world.sequence, late, books.last_sequence()).rows
    assert brief(found) == [("GOWN-ISO", ("again",), 0, 5, 0, 5)]


def test_lapsed(world: World) -> None:
    late = AT + timedelta(days=403)
    books.settle(at=late)
    with make.as_(world.who, at=late):
        found = Changes(world.then, world.sequence, late, books.last_sequence()).rows
    assert brief(found) == [
        ("MASK-IIR", ("lapsed",), 1000, 0, 1000, 0), ("VENT-ICU", ("lapsed",), 80, 0, 80, 0),
    ]  # fmt: skip


def test_covered_received_met_and_a_pledge_is_no_change(world: World) -> None:
    approver = make.approver("ZMB")

    def stated(stage: str, by: Person, hour: int) -> None:
        line = make.support_line("UNDP", "ZMB", stage, 1000, reference="a")
        make.stated([line], by=by, round_=world.round, at=after(hour))

    stated("pledged", world.undp, 2)
    assert world.rows() == []
    stated("committed", approver, 3)
    assert brief(world.rows()) == [("MASK-IIR", ("covered",), 1000, 1000, 1000, 0)]
    stated("in_transit", world.undp, 4)
    assert brief(world.rows()) == [("MASK-IIR", ("covered",), 1000, 1000, 1000, 0)]
    stated("received", approver, 5)
    assert brief(world.rows()) == [("MASK-IIR", ("met",), 1000, 1000, 1000, 0)]
    assert world.rows()[0].received == 1_000_000


def test_what_was_shown_since_has_no_past(world: World) -> None:
    world.said("GOWN-ISO", 70, at=AT + timedelta(minutes=30))
    world.sequence = books.last_sequence()
    world.said("VENT-ICU", 60)
    make.released("ZMB", sectors=["CASE"], audience="everyone", at=after(3))
    found = brief(world.rows(world.undp))
    assert [row[:4] for row in found] == [
        ("VENT-ICU", ("shown",), None, 30), ("VENT-ICU", ("shown",), None, 60),
    ]  # fmt: skip
    assert {row.what for row in world.rows()} == {("shown",)}, "WHO saw sums, and single needs only now"


def test_a_sum_into_which_a_need_came_compares_what_was_shown_then(world: World) -> None:
    approver = make.approver("ZMB")
    lusaka = Account.objects.get(item__code="VENT-ICU", approved=30_000)
    hidden = Need.objects.get(uuid=lusaka.subject)
    with make.as_(approver, at=AT + timedelta(minutes=10)):
        needs.hold_back(hidden, by=approver, at=AT + timedelta(minutes=10))
    world.said("VENT-ICU", 60)
    assert brief(world.rows()) == [("VENT-ICU", ("revised",), 50, 60, 50, 60)]
    with make.as_(approver, at=after(4)):
        needs.lift_hold_back(hidden, by=approver, at=after(4))
    assert brief(world.rows()) == [("VENT-ICU", ("shown", "revised"), 50, 90, 50, 90)]


def withdraw(world: World, at: datetime) -> None:
    """The member withdraws what everyone sees."""
    by, release = make.approver("ZMB"), Release.objects.get(audience="everyone")
    with make.as_(by, at=at):
        needs.withdraw_release(release, by=by, at=at)


def hold(world: World, at: datetime) -> None:
    """The member keeps the masks back."""
    by = make.approver("ZMB")
    with make.as_(by, at=at):
        needs.hold_back(Need.objects.get(item__code="MASK-IIR"), by=by, at=at)


def expire(world: World, at: datetime) -> None:
    """The release ends by itself."""
    Release.objects.filter(audience="everyone").update(until_on=at.date(), ends_at=at)


@pytest.mark.parametrize("end", [withdraw, hold, expire])
def test_what_is_shown_no_longer_is_named_without_a_figure(world: World, end: Any) -> None:
    world.said("MASK-IIR", 800)
    end(world, after(3))
    world.said("MASK-IIR", 123, at=after(4))
    assert brief(world.rows()) == [("MASK-IIR", ("gone",), None, None, None, None)]
    world.then, world.sequence = after(5), books.last_sequence()
    assert world.rows() == [], "said once"


def test_ones_own_needs_are_no_news(world: World) -> None:
    world.said("MASK-IIR", 800)
    assert world.rows(make.focal_point("ZMB")) == []
    assert [row.what for row in world.rows(make.focal_point("CUB"))] == [("revised",)]


def test_nobody_signed_in_without_a_role_reads_requests(world: World) -> None:
    make.asked(5, of="ZMB", at=after(2))
    with make.as_(make.person(), at=after(3)):
        assert changes.of_requests(after=AT) == []


def test_requests_and_stop_sending(world: World) -> None:
    request, by = make.asked(5, of="ZMB", to=["WHO"], at=after(2)), make.approver("ZMB")
    with make.as_(by, at=after(3)):
        requests.stop(request, reason="Full", by=by, at=after(3))
        requests.lift(request, by=by, at=after(4))

    def read(who: Person, since: datetime) -> list[str]:
        with make.as_(who, at=after(9)):
            return [one.what for one in changes.of_requests(after=since)]

    assert read(world.who, AT) == ["lifted", "stopped", "sent"]
    assert read(world.who, after(3)) == ["lifted"]
    assert read(world.undp, AT) == []


def test_a_sensitive_item_is_a_sum(world: World) -> None:
    sector = make.item("TLD").sector.code
    make.released("ZMB", sectors=[sector], at=AT + timedelta(minutes=20))
    world.said("TLD", 11, place="Lusaka")
    [row] = world.rows()
    assert (row.subject, row.place, row.what) == (None, None, ("new",))


@pytest.fixture
def queries(django_assert_max_num_queries: Any) -> Iterator[Any]:
    """At most so many queries."""
    return django_assert_max_num_queries


def test_the_number_of_queries_does_not_grow_with_the_rows(world: World, queries: Any) -> None:
    codes = ["GOWN-ISO", "APRON", "FACE-SHIELD", "GOGGLES", "GLOVE-EXAM", "GLOVE-SURG"]
    make.approved([make.line(code) for code in codes], of="ZMB", round_=world.round, at=after(2))
    with make.as_(world.who, at=after(9)), queries(16):
        found = Changes(world.then, world.sequence, after(9), books.last_sequence()).rows
    assert len(found) == len(codes)


@pytest.mark.parametrize("few", [2000, 0])
def test_found_by_the_lines_or_by_the_needs_it_is_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    world.said("MASK-IIR", 800)
    world.said("VENT-ICU", 60)
    world.said("GOWN-ISO", 1)
    walked = brief(world.rows())
    monkeypatch.setattr(changes, "_WALKED", 0)
    monkeypatch.setattr(changes, "_FEW", few)
    assert brief(world.rows()) == walked and len(walked) == 3
