"""Pausing, resuming, confirming and ending a need: who may, from where, and what the books say afterwards."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests import make

from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.books import doctor
from unmet.books import services as books
from unmet.books.measures import MEASURES
from unmet.books.models import Account, Cube, Entry, Movement
from unmet.jobs.models import Job
from unmet.needs import lapsing, queries, standing
from unmet.needs.models import Need, StandingChange
from unmet.needs.standing import StandingRefused
from unmet.notices.models import Notice
from unmet.parties.models import Person

pytestmark = pytest.mark.django_db
LATER = make.AT + timedelta(days=3)


def approved(*lines: Any, **round_: Any) -> Need:
    """Zambia's first need, approved and public."""
    make.approved(list(lines) or [make.line()], of="ZMB", round_=make.round_(**round_))
    make.released("ZMB")
    return Need.objects.select_related("member", "item").order_by("pk")[0]


def as_approver(act: Callable[..., Any], *said: Any, at: Any = LATER, **named: Any) -> Any:
    by = make.approver("ZMB")
    with make.as_(by, at=at):
        return act(*said, by=by, at=at, **named)


def account(need: Need) -> Account:
    return Account.objects.get(subject=need.uuid, closed=False)


def refusal(act: Callable[[], Any]) -> str:
    with pytest.raises(StandingRefused) as refused:
        act()
    return refused.value.reason


# ── what it does ─────────────────────────────────────────────────────────────
def test_what_is_paused_leaves_the_totals_and_stands_beside_them_in_both_books() -> None:
    need = approved()
    before = books.last_sequence()
    as_approver(standing.pause, need, reason="A donor has promised it")
    row, cell = account(need), Cube.objects.get(closed=False)
    for kept in (row, cell):
        assert (kept.approved, kept.last_stated, kept.not_covered, kept.needs_open) == (0, 1_000_000, 0, 0)
    assert (row.out_by, row.lapses_at, standing.state(row)) == (Movement.PAUSED, None, "paused")
    lines = Entry.objects.filter(sequence__gt=before)
    assert [(line.movement, line.approved, line.last_stated) for line in lines] == [
        (Movement.PAUSED, -1_000_000, 1_000_000)
    ] * 2
    assert doctor.differences() == []


def test_resumed_it_stands_as_before_and_is_fresh_from_that_day() -> None:
    need = approved(freshness_days=60)
    before = {name: getattr(account(need), name) for name in MEASURES}
    as_approver(standing.pause, need, reason="Wait")
    late = make.AT + timedelta(days=90)
    books.settle(at=late)
    assert standing.state(account(need)) == "paused", "a paused need does not lapse"
    as_approver(standing.resume, need, at=late)
    row = account(need)
    assert {name: getattr(row, name) for name in MEASURES} == before
    assert row.lapses_at is not None and row.lapses_at.date() == (late + timedelta(days=61)).date()
    assert row.out_by is None and doctor.differences() == []
    assert Job.objects.filter(handler=lapsing.JOB, due_at__gt=late).count() == 2


def test_a_later_statement_resumes_it_even_with_the_same_number() -> None:
    need = approved()
    as_approver(standing.pause, need, reason="Wait")
    make.approved([make.line()], of="ZMB", round_=account(need).round, at=LATER)
    assert (account(need).approved, account(need).last_stated, account(need).out_by) == (1_000_000, 0, None)
    assert doctor.differences() == []


def test_confirming_renews_what_stands_without_a_line_and_brings_back_what_lapsed() -> None:
    need = approved(freshness_days=30)
    before, first = books.last_sequence(), account(need).lapses_at
    assert as_approver(standing.confirm, [need], member=need.member) == 0
    second = account(need).lapses_at
    assert books.last_sequence() == before and first is not None and second == first + timedelta(days=3)
    late = make.AT + timedelta(days=50)
    books.settle(at=late)
    assert standing.state(account(need)) == "lapsed"
    assert as_approver(standing.confirm, [need], member=need.member, at=late) == 1
    assert (standing.state(account(need)), account(need).approved) == ("standing", 1_000_000)
    assert Entry.objects.order_by("-sequence")[0].movement == Movement.RESUMED and doctor.differences() == []


def test_what_is_paused_is_not_among_what_a_return_confirms() -> None:
    need = approved(make.line(), make.line("GLOVE-EXAM"), freshness_days=30)
    as_approver(standing.pause, need, reason="Wait")
    late = make.AT + timedelta(days=50)
    books.settle(at=late)
    with make.as_(make.focal_point("ZMB"), at=late):
        found = queries.to_confirm(member=need.member, round_=account(need).round)
        assert [statement.need.item.code for statement in found] == ["GLOVE-EXAM"]


def test_covered_by_the_member_itself_leaves_for_good_and_a_statement_opens_it_again() -> None:
    need = approved()
    as_approver(standing.end, need, covered_nationally=True, reason="Bought at home")
    row = account(need)
    assert (row.approved, row.last_stated, standing.state(row)) == (0, 0, "covered_nationally")
    make.approved([make.line()], of="ZMB", round_=row.round, at=LATER)
    assert (account(need).approved, account(need).out_by) == (1_000_000, None)
    assert doctor.differences() == []


def test_the_support_of_a_duplicate_goes_to_the_other_need() -> None:
    need = approved(make.line(), make.line(place_name="North", quantity=400))
    other = Need.objects.order_by("-pk")[0]
    line = make.support_line("WHO", "ZMB", "pledged", 300, need_code=str(need.uuid))
    make.stated([line], by=make.person(Role.RESPONDER, "WHO"), round_=account(need).round)
    as_approver(standing.end, need, same_as=other)
    assert (account(need).pledged, account(need).approved) == (0, 0)
    assert (account(other).pledged, account(other).approved) == (300_000, 400_000)
    change = StandingChange.objects.get()
    assert (change.kind, change.same_as) == ("duplicate", other) and doctor.differences() == []


def test_it_is_audited_and_the_members_people_are_told() -> None:
    need = approved()
    focal = make.focal_point("ZMB")
    as_approver(standing.pause, need, reason="Wait")
    row = AuditRow.objects.get(event="needs.paused")
    assert (row.subject, row.reason, row.party, row.role) == (str(need.uuid), "Wait", "ZMB", Role.APPROVER)
    assert Notice.objects.filter(kind="needs.paused", person=focal).count() == 1
    as_approver(standing.resume, need)
    assert AuditRow.objects.filter(event="needs.resumed").count() == 1


# ── what is refused ──────────────────────────────────────────────────────────
def _pause(need: Need) -> None:
    as_approver(standing.pause, need, reason="Wait")


def _lapse(_need: Need) -> None:
    books.settle(at=LATER - timedelta(hours=1))


STATES: dict[str, Callable[[Need], Any]] = {
    "standing": lambda _need: None,
    "paused": _pause,
    "lapsed": _lapse,
    "ended": lambda need: make.approved([make.line(quantity=0)], of="ZMB", round_=account(need).round),
    "covered_nationally": lambda need: as_approver(standing.end, need, covered_nationally=True, reason="Bought"),
    "none": lambda need: Need.objects.filter(pk=need.pk).update(uuid="5f0c3f3e-0000-4000-8000-000000000001"),
}
VERBS: dict[str, tuple[Callable[[Need], Any], set[str], str]] = {
    "pause": (lambda need: as_approver(standing.pause, need, reason="Wait"), {"standing"}, "not_standing"),
    "resume": (lambda need: as_approver(standing.resume, need), {"paused"}, "not_paused"),
    "confirm": (
        lambda need: as_approver(standing.confirm, [need], member=need.member),
        {"standing", "lapsed"}, "not_to_confirm",
    ),
    "end": (
        lambda need: as_approver(standing.end, need, covered_nationally=True, reason="Bought"),
        {"standing", "paused", "lapsed"}, "ended",
    ),
}  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", STATES)
def test_every_verb_from_every_state(state: str, verb: str) -> None:
    need = approved(freshness_days=1 if state == "lapsed" else 400)
    STATES[state](need)
    need.refresh_from_db()
    found = Account.objects.filter(subject=need.uuid, closed=False).first()
    assert standing.state(found) == state
    act, allowed, reason = VERBS[verb]
    before = books.last_sequence()
    if state in allowed:
        act(need)
        assert StandingChange.objects.filter(need=need).exists()
    else:
        assert refusal(lambda: act(need)) == reason
        assert books.last_sequence() == before
    assert doctor.differences() == []


@pytest.mark.parametrize("who", ["focal_point", "other", "responder", "coordination"])
def test_only_the_members_approver_sets_how_a_need_stands(who: str) -> None:
    need = approved()
    by: Person = {
        "focal_point": lambda: make.focal_point("ZMB"), "other": lambda: make.approver("CUB"),
        "responder": lambda: make.person(Role.RESPONDER, "WHO"), "coordination": lambda: make.person(Role.COORDINATION),
    }[who]()  # fmt: skip
    with make.as_(by, at=LATER):
        for act in (
            lambda: standing.pause(need, reason="Wait", by=by, at=LATER),
            lambda: standing.resume(need, by=by, at=LATER),
            lambda: standing.confirm([need], member=need.member, by=by, at=LATER),
            lambda: standing.end(need, covered_nationally=True, reason="No", by=by, at=LATER),
        ):
            with pytest.raises(NotAllowed):
                act()
    assert not StandingChange.objects.exists()


def test_what_is_said_is_checked() -> None:
    need = approved(make.line(), make.line("GLOVE-EXAM"), make.line(place_name="North"))
    _, gloves, north = Need.objects.order_by("pk")
    assert refusal(lambda: as_approver(standing.pause, need, reason=" ")) == "why"
    assert refusal(lambda: as_approver(standing.pause, need, reason="x" * 501)) == "too_long"
    assert refusal(lambda: as_approver(standing.end, need, covered_nationally=True)) == "why"
    for other in (need, gloves):
        assert refusal(lambda other=other: as_approver(standing.end, need, same_as=other)) == "same_as"
    assert refusal(lambda: as_approver(standing.end, need, covered_nationally=True, same_as=north)) == "same_as"
    assert refusal(lambda: as_approver(standing.end, need)) == "same_as"
    as_approver(standing.pause, north, reason="Wait")
    assert refusal(lambda: as_approver(standing.end, need, same_as=north)) == "same_as"
    assert refusal(lambda: as_approver(standing.confirm, [], member=need.member)) == "nothing"
    assert refusal(lambda: as_approver(standing.confirm, [need] * 501, member=need.member)) == "too_many"
    make.approved([make.line()], of="CUB", round_=account(need).round)
    foreign = Need.objects.get(member__code="CUB")
    assert refusal(lambda: as_approver(standing.end, need, same_as=foreign)) == "same_as"
    assert refusal(lambda: as_approver(standing.confirm, [need, foreign], member=need.member)) == "not_to_confirm"
    assert refusal(lambda: as_approver(standing.confirm, [need, north], member=need.member)) == "not_to_confirm"
    assert StandingChange.objects.count() == 1, "all of them or none"


def test_the_database_keeps_what_was_said_and_why() -> None:
    need = approved()
    as_approver(standing.pause, need, reason="Wait")
    for statement in ("UPDATE needs_standingchange SET reason = 'x'", "DELETE FROM needs_standingchange"):
        with pytest.raises(Exception, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(subject=need.uuid).update(out_by=None)


# ── the law ──────────────────────────────────────────────────────────────────
class Law(TestCase):
    @settings(max_examples=12, deadline=None)
    @given(
        quantity=st.integers(1, 10**9), days=st.lists(st.integers(0, 200), min_size=1, max_size=4),
        pledged=st.integers(0, 10**6),
    )  # fmt: skip
    def test_pausing_and_resuming_any_number_of_times_leaves_the_sums_as_they_were(
        self, quantity: int, days: list[int], pledged: int
    ) -> None:
        need = approved(make.line(quantity=quantity))
        if pledged:
            line = make.support_line("WHO", "ZMB", "pledged", pledged)
            make.stated([line], by=make.person(Role.RESPONDER, "WHO"), round_=account(need).round)
        sums = {name: Sum(name) for name in MEASURES}
        before = [Entry.objects.filter(book=book).aggregate(**sums) for book in (0, 1)]
        at = make.AT
        for wait in days:
            as_approver(standing.pause, need, reason="Wait", at=at)
            at += timedelta(days=wait)
            as_approver(standing.resume, need, at=at)
        assert [Entry.objects.filter(book=book).aggregate(**sums) for book in (0, 1)] == before
        assert Cube.objects.aggregate(**sums) == before[1]
        assert doctor.differences() == []
