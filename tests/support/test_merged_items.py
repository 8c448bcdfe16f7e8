"""Support follows a need whose item was merged: what is not covered is the same before and after, in both books."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import make
from tests.refusals import refused

from unmet.access.models import Role
from unmet.books import doctor
from unmet.books import services as books
from unmet.books.models import Account, Book, Cube, Entry, Movement
from unmet.needs import catalogue_items, rounds
from unmet.parties.models import Place
from unmet.support import line_accounts, queries, stating
from unmet.support.line_plan import Planned
from unmet.support.lines import SupportRefused
from unmet.support.models import Line, Stage

pytestmark = pytest.mark.django_db
OLD, NEW, LAST = "MASK-IIR", "RESP-N95", "GOGGLES"
NEEDED = date(2021, 12, 1)


class Desk:
    """A need of 100 of an item, and those who give to it."""

    def __init__(self, *, needed: int = 100) -> None:
        self.round = make.round_()
        make.approved([make.line(OLD, needed)], of="ZMB", round_=self.round)
        make.released("ZMB")
        self.giver, self.approver = make.person(Role.RESPONDER, "WHO"), make.approver("ZMB")
        self.line = make.support_line("WHO", "ZMB", "pledged", 0, reference="A-1")

    def say(self, stage: str, quantity: int, **changes: Any) -> Planned:
        """Whoever may states a stage."""
        by = self.giver if stage in ("pledged", "allocated", "in_transit") else self.approver
        line = replace(self.line, stage=stage, quantity=quantity * 1000, **{"reason": "lost"} | changes)
        with make.as_(by):
            return stating.state([line], round_=self.round, by=by, at=make.AT)[0]

    def need(self, item: str, quantity: int, **changes: Any) -> None:
        """The member states a need and approves it."""
        make.approved([make.line(item, quantity, **changes)], of="ZMB", round_=self.round)

    def later_round(self, code: str = "r2") -> None:
        """The round closes, and a later one opens."""
        coordination = make.person(Role.COORDINATION)
        with make.as_(coordination):
            rounds.close_round(self.round, by=coordination, at=make.AT)
        self.round = make.round_(code, period=(date(2021, 7, 1), date(2021, 12, 31)))


WORLD = Desk


@pytest.fixture
def desk(fresh: Desk) -> Desk:
    """See `Desk`."""
    return fresh


def merge(old: str = OLD, new: str = NEW) -> None:
    """Coordination retires an item in favour of another."""
    by = make.person(Role.COORDINATION)
    with make.as_(by):
        item = make.item(old)
        catalogue_items.retire_item(item, successor=make.item(new), reason="", version=item.version, by=by, at=make.AT)


def bring_back(code: str = OLD) -> None:
    """Coordination puts it to use again."""
    by = make.person(Role.COORDINATION)
    with make.as_(by):
        item = make.item(code)
        catalogue_items.bring_back_item(item, version=item.version, by=by, at=make.AT)


def standing(*names: str) -> dict[str, tuple[int, ...]]:
    """Measures of the open accounts by item, in base units, which the doctor and the public cube bear out."""
    assert doctor.differences() == []
    rows = Account.objects.filter(closed=False, kind=Account.Kind.NEED).values_list("item__code", *names)
    cells = Cube.objects.filter(closed=False).values_list("item__code", *names)
    public = {code: tuple(values) for code, *values in cells if any(values)}
    assert public == {code: tuple(values) for code, *values in rows if any(values)}
    return {code: tuple(value // 1000 for value in values) for code, *values in rows}


FIGURES = ("approved", "committed", "not_covered", "not_in_country")


# ── in the same round ────────────────────────────────────────────────────────
def test_what_was_committed_follows_the_need_to_the_successor(desk: Desk) -> None:
    desk.say("committed", 40)
    assert standing(*FIGURES) == {OLD: (100, 40, 60, 100)}
    merge()
    assert standing(*FIGURES) == {OLD: (100, 40, 60, 100)}, "until the member restates it"
    desk.need(NEW, 100)
    assert standing(*FIGURES) == {OLD: (0, 0, 0, 0), NEW: (100, 40, 60, 100)}
    moved = Entry.objects.filter(book=Book.OWN, movement=Movement.ASSIGNED)
    assert list(moved.values_list("account__item__code", "committed")) == [(OLD, -40_000), (NEW, 40_000)]
    assert Entry.objects.filter(book=Book.PUBLIC, movement=Movement.ASSIGNED).count() == 2


def test_receipts_of_the_round_follow_since_the_new_number_is_the_total_of_the_same_period(desk: Desk) -> None:
    desk.say("committed", 40)
    desk.say("in_transit", 40)
    desk.say("received", 25)
    desk.say("rejected", 10)
    desk.say("missing", 5)
    names = ("approved", "received", "rejected", "missing", "not_covered")
    assert standing(*names) == {OLD: (100, 25, 10, 5, 75)}
    merge()
    desk.need(NEW, 100)
    assert standing(*names) == {OLD: (0, 0, 0, 0, 0), NEW: (100, 25, 10, 5, 75)}


def test_its_lines_go_on_under_the_reference_they_were_stated_with(desk: Desk) -> None:
    desk.say("pledged", 40)
    merge()
    desk.need(NEW, 100)
    assert Line.objects.get().account.item.code == NEW
    assert desk.say("pledged", 40).outcome == "unchanged"
    for stage in ("committed", "in_transit", "received"):
        assert desk.say(stage, 40).outcome == "updated"
    assert standing("approved", "received", "not_covered") == {OLD: (0, 0, 0), NEW: (100, 40, 60)}


def test_another_quantity_is_the_members_word_and_support_is_as_it_was(desk: Desk) -> None:
    desk.say("committed", 40)
    merge()
    desk.need(NEW, 30)
    assert standing(*FIGURES) == {OLD: (0, 0, 0, 0), NEW: (30, 40, 0, 30)}


def test_while_both_are_needed_support_stays_and_follows_when_the_old_one_ends(desk: Desk) -> None:
    desk.say("committed", 40)
    merge()
    make.approved([make.line(NEW, 100), make.line(OLD, 50)], of="ZMB", round_=desk.round)
    assert standing("approved", "committed") == {OLD: (50, 40), NEW: (100, 0)}
    desk.need(OLD, 0)
    assert standing("approved", "committed") == {OLD: (0, 0), NEW: (100, 40)}


def test_a_need_that_was_ended_before_is_taken_on_too(desk: Desk) -> None:
    desk.say("committed", 40)
    desk.need(OLD, 0)
    merge()
    desk.need(NEW, 100)
    assert standing(*FIGURES) == {OLD: (0, 0, 0, 0), NEW: (100, 40, 60, 100)}


def test_other_places_and_groups_keep_what_is_theirs(desk: Desk) -> None:
    north = Place.objects.create(party=make.party("ZMB"), code="NORTH", kind=Place.Kind.AREA, own_name="North")
    make.approved([make.line(OLD, 100, place_id=north.pk)], of="ZMB", round_=desk.round)
    whole = Account.objects.get(place__code=Place.WHOLE)
    desk.say("committed", 40, need_code=str(whole.subject))
    merge()
    desk.need(NEW, 100, place_id=north.pk)
    kept = Account.objects.order_by("pk").values_list("item__code", "place__code", "approved", "committed")
    assert [(item, place, a // 1000, c // 1000) for item, place, a, c in kept] == [
        (OLD, Place.WHOLE, 100, 40), (OLD, "NORTH", 0, 0), (NEW, "NORTH", 100, 0),
    ]  # fmt: skip
    assert doctor.differences() == []


def test_through_a_chain_of_mergers(desk: Desk) -> None:
    desk.say("committed", 40)
    merge(OLD, NEW)
    desk.need(NEW, 100)
    merge(NEW, LAST)
    desk.need(LAST, 100)
    nothing = (0, 0, 0, 0)
    assert standing(*FIGURES) == {OLD: nothing, NEW: nothing, LAST: (100, 40, 60, 100)}
    assert desk.say("in_transit", 40).outcome == "updated"
    assert standing("in_transit", "not_covered") == {OLD: (0, 0), NEW: (0, 0), LAST: (40, 60)}


def test_an_item_that_is_brought_back_begins_anew_and_old_lines_stay_where_they_went(desk: Desk) -> None:
    desk.say("committed", 40)
    merge()
    desk.need(NEW, 100)
    bring_back()
    desk.need(OLD, 20)
    desk.say("committed", 5, reference="B-2")
    desk.say("in_transit", 40)
    names = ("approved", "committed", "in_transit", "not_covered")
    assert standing(*names) == {OLD: (20, 5, 0, 15), NEW: (100, 0, 40, 60)}


def test_many_lines_at_once(desk: Desk) -> None:
    desk.say("committed", 40)
    merge()
    places = [
        Place(party=make.party("ZMB"), code=f"P{number}", kind=Place.Kind.AREA, own_name=f"Place {number}")
        for number in range(150)
    ]
    Place.objects.bulk_create(places)
    lines = [make.line(NEW, 1, place_id=place.pk) for place in Place.objects.filter(code__startswith="P")]
    make.approved([make.line(NEW, 100), *lines], of="ZMB", round_=desk.round)
    found = Account.objects.get(item__code=NEW, place__code=Place.WHOLE)
    assert (found.committed, found.not_covered) == (40_000, 60_000) and doctor.differences() == []
    assert Line.objects.get().account == found


def test_nothing_moves_when_the_approval_is_undone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.say("committed", 40)
    merge()
    before = Entry.objects.count()

    def broken(_taken_on: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(books, "_FOLLOWERS", [*books._FOLLOWERS, broken])
    with pytest.raises(RuntimeError), transaction.atomic():
        desk.need(NEW, 100)
    assert Entry.objects.count() == before and Line.objects.get().account.item.code == OLD
    assert standing(*FIGURES) == {OLD: (100, 40, 60, 100)}


# ── in a later round ─────────────────────────────────────────────────────────
def test_a_later_round_takes_it_on_under_the_successor_and_receipts_stay_with_theirs(desk: Desk) -> None:
    desk.say("committed", 60)
    desk.say("received", 20)
    merge()
    desk.later_round()
    desk.need(NEW, 100, needed_by=NEEDED)
    names = ("approved", "committed", "received", "not_covered")
    assert standing(*names) == {OLD: (0, 0, 0, 0), NEW: (100, 40, 0, 60)}
    closed = Account.objects.get(closed=True)
    assert (closed.item.code, closed.round.code, closed.received, closed.committed) == (OLD, "r1", 20_000, 0)
    assert desk.say("in_transit", 40).outcome == "updated"
    assert standing("in_transit", "not_covered")[NEW] == (40, 60)


def test_a_need_that_ended_in_the_round_before_is_taken_on(desk: Desk) -> None:
    desk.say("committed", 40)
    desk.need(OLD, 0)
    merge()
    desk.later_round()
    desk.need(NEW, 100, needed_by=NEEDED)
    assert standing(*FIGURES) == {NEW: (100, 40, 60, 100)}
    assert desk.say("in_transit", 40).outcome == "updated"
    assert standing("in_transit", "not_covered") == {NEW: (40, 60)}


def test_a_need_that_lapsed_is_taken_on(desk: Desk) -> None:
    desk.say("committed", 40)
    merge()
    late = make.AT + timedelta(days=402)
    books.settle(at=late)
    assert standing("approved", "last_stated", "committed") == {OLD: (0, 100, 40)}
    desk.later_round()
    make.approved([make.line(NEW, 100, needed_by=NEEDED)], of="ZMB", round_=desk.round)
    names = ("approved", "last_stated", "committed", "not_covered")
    assert standing(*names) == {OLD: (0, 0, 0, 0), NEW: (100, 0, 40, 60)}


# ── support that comes after the merge ───────────────────────────────────────
def test_support_stated_under_the_retired_item_goes_to_the_need_of_its_successor(desk: Desk) -> None:
    merge()
    desk.need(NEW, 100)
    assert not desk.say("committed", 40).unassigned
    assert standing("approved", "committed", "not_covered") == {OLD: (0, 0, 0), NEW: (100, 40, 60)}


def test_support_without_a_need_may_be_assigned_to_the_need_of_the_successor() -> None:
    round_ = make.round_()
    make.approved([make.line(LAST, 1)], of="ZMB", round_=round_)
    make.released("ZMB")
    by = make.approver("ZMB")
    line = make.support_line("WHO", "ZMB", "committed", 40, reference="A-1")
    with make.as_(by):
        assert stating.state([line], round_=round_, by=by, at=make.AT)[0].unassigned
    merge()
    make.approved([make.line(NEW, 100)], of="ZMB", round_=round_)
    kept = Line.objects.get()
    [need] = queries.needs_for(kept)
    assert need.item.code == NEW
    with make.as_(by):
        line_accounts.assign(kept, need, by=by, at=make.AT)
        other = Account.objects.get(item__code=LAST)
        refused(SupportRefused, lambda: line_accounts.assign(kept, other, by=by, at=make.AT))
    need.refresh_from_db()
    assert (need.committed, need.not_covered) == (40_000, 60_000) and doctor.differences() == []


# ── the law ──────────────────────────────────────────────────────────────────
_AMOUNTS = st.lists(
    st.tuples(st.sampled_from(["pledged", "allocated", "committed", "in_transit", "received"]), st.integers(1, 80)),
    max_size=4,
)


def _stand(desk: Desk, amounts: list[tuple[str, int]]) -> None:
    """Support of as many references, each at its stage."""
    steps = {"in_transit": ["committed", "in_transit"], "received": ["committed", "received"]}
    for number, (stage, quantity) in enumerate(amounts):
        for step in steps.get(stage, [stage]):
            desk.say(step, quantity, reference=f"R-{number}", meant=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(amounts=_AMOUNTS, needed=st.integers(1, 200), later=st.booleans())
def test_what_is_not_covered_is_what_it_would_be_without_the_merge(
    db: None, amounts: list[tuple[str, int]], needed: int, later: bool
) -> None:
    told = []
    for item in (OLD, NEW):
        with transaction.atomic():
            desk = Desk(needed=needed)
            _stand(desk, amounts)
            before = standing("not_covered")[OLD]
            if item == NEW:
                merge()
            if later:
                desk.later_round()
            if item == NEW or later:
                desk.need(item, needed, needed_by=NEEDED if later else date(2021, 6, 30))
            after = standing("not_covered", "not_in_country", *Stage.values)
            if item == NEW:
                assert not any(after.pop(OLD, ()))
            if not later:
                assert after[item][:1] == before
            told.append(after[item])
            transaction.set_rollback(True)
    assert told[0] == told[1]
