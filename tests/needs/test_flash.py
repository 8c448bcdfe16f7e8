"""A flash call: opened, ended, over by itself; refused for each reason; members answer it by whatever door."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from tests import make
from tests.refusals import events, last_audit, refused
from tests.together import at_once

from unmet.access.models import Role
from unmet.needs import flash, rounds
from unmet.needs import services as needs
from unmet.needs.models import FlashAnswer, FlashCall
from unmet.parties.models import Person

pytestmark = pytest.mark.django_db
LATER = make.AT + timedelta(hours=72)


@pytest.fixture
def by() -> Person:
    """Somebody of coordination."""
    make.reference()
    return make.person(Role.COORDINATION)


def opened(round_: Any, by: Person, *, at: datetime = make.AT, note: str = "") -> FlashCall:
    """A call as coordination opens it."""
    with make.as_(by, at=at):
        return flash.open_call(round_, note=note, by=by, at=at)


def test_it_runs_for_72_hours_and_then_is_over_without_anybody_doing_anything(by: Person) -> None:
    before, round_ = last_audit(), make.round_()
    call = opened(round_, by, note="  After the flood ")
    assert (call.until_at - call.opened_at, call.most_lines, call.note) == (timedelta(hours=72), 10, "After the flood")
    assert events(before)[-1:] == ["flash.opened"]
    assert list(flash.running(at=make.AT)) == [call]
    assert list(flash.running(at=LATER - timedelta(seconds=1))) == [call]
    assert not flash.running(at=LATER).exists()
    assert not flash.running(at=make.AT - timedelta(seconds=1)).exists()


def test_it_never_outlasts_the_window_of_its_round(by: Person) -> None:
    round_ = make.round_(window=(date(2021, 1, 1), make.AT.date()))
    assert opened(round_, by).until_at == datetime(2021, 2, 2, 12, tzinfo=UTC)


def test_it_is_over_when_its_round_is_closed(by: Person) -> None:
    round_ = make.round_()
    opened(round_, by)
    with make.as_(by):
        rounds.close_round(round_, by=by, at=make.AT)
    assert not flash.running(at=make.AT).exists()


def test_coordination_ends_it_early_once(by: Person) -> None:
    call, before = opened(make.round_(), by), last_audit()
    moment = make.AT + timedelta(hours=1)
    with make.as_(by, at=moment):
        flash.end_call(call, by=by, at=moment)
        assert events(before) == ["flash.ended"]
        assert not flash.running(at=moment).exists()
        assert refused(flash.FlashRefused, lambda: flash.end_call(call, by=by, at=moment)).reason == "over"


def test_what_is_over_cannot_be_ended(by: Person) -> None:
    call = opened(make.round_(), by)
    with make.as_(by, at=LATER):
        assert refused(flash.FlashRefused, lambda: flash.end_call(call, by=by, at=LATER)).reason == "over"


def test_it_is_refused_in_a_round_that_takes_no_returns_and_beside_another(by: Person) -> None:
    planned, over = make.round_("planned", opened=False), make.round_("over", of="b", window=(date(2020, 1, 1),) * 2)
    early = make.round_("early", of="c", window=(date(2021, 2, 2), date(2021, 3, 1)))
    for round_ in (planned, over, early):
        assert refused(flash.FlashRefused, lambda round_=round_: opened(round_, by)).reason == "round"
    running, other = make.round_("running", of="d"), make.round_("other", of="e")
    first = opened(running, by)
    assert refused(flash.FlashRefused, lambda: opened(running, by)).reason == "running"
    opened(other, by)  # each round has its own
    with make.as_(by):
        flash.end_call(first, by=by, at=make.AT)
    opened(running, by)
    assert FlashCall.objects.filter(round=running).count() == 2


def test_its_lines_are_lines_of_the_round_and_the_members_are_counted_once(by: Person) -> None:
    round_ = make.round_()
    make.submitted([make.line()], of="ZWE", round_=round_, at=make.AT - timedelta(hours=1))
    call = opened(round_, by)
    for quantity in (5, 6):
        make.submitted([make.line(quantity=quantity)], of="ZMB", round_=round_, at=make.AT + timedelta(hours=1))
    make.submitted([make.line()], of="CUB", round_=round_, at=make.AT + timedelta(hours=71))
    make.submitted([make.line()], of="HND", round_=round_, at=LATER)
    assert flash.with_answers(FlashCall.objects.all()) == [(call, 2)]
    assert flash.answered(call, member=make.party("ZMB"))
    assert not flash.answered(call, member=make.party("ZWE"))


def test_nothing_to_report_is_an_answer_and_what_is_withdrawn_is_none(by: Person) -> None:
    round_ = make.round_()
    call = opened(round_, by)
    focal = make.focal_point("ZMB")
    with make.as_(focal):
        done = needs.submit([], member=make.party("ZMB"), round_=round_, by=focal, at=make.AT, nothing_to_report=True)
        assert flash.with_answers(FlashCall.objects.all()) == [(call, 1)]
        needs.withdraw(done.return_, by=focal, at=make.AT)
    assert flash.with_answers(FlashCall.objects.all()) == [(call, 0)]


def test_lines_that_stand_as_they_are_are_an_answer_too(by: Person) -> None:
    round_ = make.round_()
    make.submitted([make.line()], of="ZMB", round_=round_, at=make.AT - timedelta(hours=1))
    call = opened(round_, by)
    make.submitted([make.line()], of="ZMB", round_=round_)
    assert flash.answered(call, member=make.party("ZMB"))


@pytest.mark.parametrize(
    ("after", "hours"),
    [(timedelta(), 72), (timedelta(minutes=1), 72), (timedelta(hours=71, minutes=59), 1), (timedelta(hours=80), 0)],
)
def test_a_begun_hour_is_left(by: Person, after: timedelta, hours: int) -> None:
    assert flash.hours_left(opened(make.round_(), by), at=make.AT + after) == hours


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (FlashCall, {"until_at": make.AT}),
        (FlashCall, {"most_lines": 0}),
        (FlashCall, {"ended_at": make.AT}),
    ],
    ids=str,
)
def test_the_database_refuses_what_must_never_be(by: Person, model: Any, values: dict[str, Any]) -> None:
    opened(make.round_(), by)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**values)


def test_a_member_has_one_answer_to_a_call(by: Person) -> None:
    call = opened(make.round_(), by)
    FlashAnswer.objects.create(call=call, member=make.party("ZMB"), answered_at=make.AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        FlashAnswer.objects.create(call=call, member=make.party("ZMB"), answered_at=make.AT)


@pytest.mark.postgresql
@pytest.mark.usefixtures("committed_db")
def test_of_two_people_who_open_one_at_once_one_does() -> None:
    assert connection.vendor == "postgresql"
    round_ = make.round_()
    people = [make.person(Role.COORDINATION) for _ in range(2)]
    done = at_once([lambda by=by: opened(round_, by) for by in people])
    assert sorted(type(one).__name__ for one in done) == ["FlashCall", "FlashRefused"]
    assert FlashCall.objects.count() == 1
