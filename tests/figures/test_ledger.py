"""The rows behind a figure: they add up to it, and give nothing away."""

from datetime import date, timedelta

import pytest
from tests import make
from tests.figures import world

from unmet.access.models import Role
from unmet.books.measures import MEASURES
from unmet.books.models import Account, Entry, Movement
from unmet.figures import ledger, timeline, totals
from unmet.figures.totals import Scope
from unmet.needs import services as needs
from unmet.support.models import Line

pytestmark = pytest.mark.django_db


def scope(**changes):
    return Scope(member=make.party("ZMB").pk, item=make.item("MASK-IIR").pk).of(**changes)


def rows_that_add_up(asked: Scope) -> list[ledger.Row]:
    """The rows; their sums are the totals of the scope, measure by measure."""
    rows, sums = ledger.rows(asked), totals.total(asked, goods=None)
    for name in MEASURES:
        assert sum(row.changes.get(name, 0) for row in rows) == sums[name], name
    return rows


def test_a_statement_and_its_correction_are_lines_and_the_later_takes_the_earlier_back():
    round_ = make.round_()
    make.released("ZMB")
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_)
    make.approved([make.line(quantity=1450)], of="ZMB", round_=round_, at=world.LATER)
    new, old, first = rows_that_add_up(scope())
    assert [row.stages for row in (first, old, new)] == [
        {"approved": 1_000_000}, {"approved": -1_000_000}, {"approved": 1_450_000},
    ]  # fmt: skip
    assert old.supersedes == first.sequence and first.sequence is not None
    public = Entry.objects.filter(book=1).values_list("sequence", flat=True)
    assert {first.sequence, old.sequence, new.sequence} == set(public)


def test_what_a_correction_takes_back_is_the_release_when_that_is_what_the_world_saw():
    round_ = make.round_()
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_)
    make.released("ZMB")
    make.approved([make.line(quantity=900)], of="ZMB", round_=round_, at=world.LATER)
    _new, old, released = rows_that_add_up(scope())
    assert released.movement == Movement.RELEASED and old.supersedes == released.sequence


def test_nothing_under_way_shows_a_day_or_a_sequence_before_it_is_received():
    round_ = make.round_()
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_)
    make.released("ZMB")
    world.shipped(400, reference="A", round_=round_)
    world.support("pledged", 100, reference="B", round_=round_)
    under_way, released = rows_that_add_up(scope())
    assert (under_way.at, under_way.sequence, under_way.movement) == (None, None, None)
    assert under_way.stages == {"pledged": 100_000, "in_transit": 400_000} and under_way.lines == 3
    assert released.stages == {"approved": 1_000_000}


def test_the_way_of_a_consignment_is_told_once_all_of_it_has_come():
    round_ = make.round_()
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_)
    make.released("ZMB")
    world.shipped(400, reference="A", round_=round_)
    world.support("received", 300, reference="A", round_=round_, at=world.LATEST)
    assert [row.movement for row in rows_that_add_up(scope())] == [None, Movement.RECEIVED, Movement.RELEASED]
    world.support("missing", 100, reference="A", round_=round_, at=world.LATEST + timedelta(days=1))
    told = [row.movement for row in rows_that_add_up(scope())]
    assert told == [
        Movement.MISSING, Movement.RECEIVED, Movement.DISPATCHED, Movement.COMMITTED, Movement.RELEASED,
    ]  # fmt: skip


def test_needs_released_as_figures_are_not_told_apart():
    areas = world.places("ZMB", "Lusaka", "Copperbelt")
    make.released("ZMB", level="figures")
    lines = [make.line(quantity=10 + rank, place_id=area.pk) for rank, area in enumerate(areas)]
    make.approved(lines, of="ZMB", round_=make.round_())
    [row] = rows_that_add_up(scope())
    assert row.stages == {"approved": 21_000} and row.lines == 2
    assert (row.account, row.subject, row.place) == (None, None, None)


def test_rows_of_one_need():
    areas = world.places("ZMB", "Lusaka", "Copperbelt")
    make.released("ZMB")
    lines = [make.line(quantity=10 + rank, place_id=area.pk) for rank, area in enumerate(areas)]
    make.approved(lines, of="ZMB", round_=make.round_())
    account = Account.objects.get(place=areas[1])
    [row] = rows_that_add_up(Scope(need=account.subject))
    assert row.stages == {"approved": 11_000} and row.place == areas[1].pk


def test_what_is_withdrawn_disappears_now_and_is_one_nameless_sum_on_a_past_day():
    make.approved([make.line(quantity=1000)], of="ZMB", round_=make.round_())
    [release] = make.released("ZMB")
    by = make.approver("ZMB")
    with make.as_(by, at=world.LATER):
        needs.withdraw_release(release, by=by, at=world.LATER)
    assert rows_that_add_up(scope()) == []
    past = make.AT.date()
    assert totals.total(scope(on=past))["approved"] == 1_000_000
    [row] = rows_that_add_up(scope(on=past))
    assert row.withdrawn
    assert (row.member, row.at, row.sequence, row.subject, row.place) == (None,) * 5
    assert not totals.total(scope(on=world.LATER.date())).anything


def test_a_past_day_ends_at_midnight_utc():
    round_ = make.round_()
    make.released("ZMB")
    make.approved([make.line(quantity=10)], of="ZMB", round_=round_)
    make.approved([make.line(quantity=25)], of="ZMB", round_=round_, at=world.LATER)
    day = world.LATER.date()
    assert totals.total(scope(on=day - timedelta(days=1)))["approved"] == 10_000
    assert totals.total(scope(on=day))["approved"] == 25_000
    assert not totals.total(scope(on=make.AT.date() - timedelta(days=1))).anything


# ── as events ────────────────────────────────────────────────────────────────
def test_the_thread_of_a_need_goes_on_over_rounds():
    first = make.round_("r1", sectors=["IPC"])
    make.approved([make.line(quantity=1000)], of="ZMB", round_=first)
    make.released("ZMB")
    world.support("committed", 100, reference="A", round_=first)
    by = make.person(Role.COORDINATION)
    from unmet.needs import rounds

    with make.as_(by, at=world.LATER):
        rounds.close_round(first, by=by, at=world.LATER)
    second = make.round_(
        "r2", period=(date(2021, 7, 1), date(2021, 12, 31)), window=(date(2021, 3, 1), date(2022, 12, 31)),
        sectors=["IPC"], at=world.LATER,
    )  # fmt: skip
    make.approved([make.line(quantity=700, needed_by=date(2021, 12, 31))], of="ZMB", round_=second, at=world.LATEST)
    [events] = timeline.of_member(Scope(member=make.party("ZMB").pk)).values()
    assert [event.kind for event in events] == ["stated", "carried", "superseded", "released"]
    assert events[0].approved == 700_000


def test_a_revision_is_one_event_with_before_and_after_and_an_end_says_what_ended():
    round_ = make.round_()
    make.released("ZMB")
    make.approved([make.line(quantity=1000)], of="ZMB", round_=round_)
    make.approved([make.line(quantity=1450)], of="ZMB", round_=round_, at=world.LATER)
    make.approved([make.line(quantity=0)], of="ZMB", round_=round_, at=world.LATEST)
    [events] = timeline.of_member(Scope(member=make.party("ZMB").pk)).values()
    assert [(event.kind, event.before, event.approved) for event in events] == [
        ("revised", 1_450_000, 0), ("revised", 1_000_000, 1_450_000), ("stated", None, 1_000_000),
    ]  # fmt: skip


def test_the_last_entries_tell_sums_of_what_is_public_and_never_what_is_under_way():
    round_ = make.round_()
    make.approved([make.line(quantity=10), make.line("RESP-N95", 20)], of="ZMB", round_=round_)
    make.approved([make.line(quantity=30)], of="AFG", round_=round_)
    make.released("ZMB")
    world.shipped(4, reference="A", round_=round_)
    world.support("received", 4, reference="A", round_=round_, at=world.LATEST)
    received, released = timeline.latest(10)
    assert (received.kind, received.quantity, received.item) == ("received", 4000, make.item("MASK-IIR").pk)
    assert (released.kind, released.needs, released.item) == ("released", 2, None)
    assert released.member == make.party("ZMB").pk


def test_support_without_a_need_is_in_the_rows_and_sums_alike():
    round_ = make.round_()
    make.released("ZMB")
    world.support("pledged", 50, reference="A", round_=round_)
    assert Line.objects.get().account.kind == Account.Kind.UNASSIGNED
    [row] = rows_that_add_up(scope())
    assert row.stages == {"pledged": 50_000}
