"""The first screen's answers: kept with who and when, not asked again within 90 days; refused for each reason."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from tests import make
from tests.refusals import events, last_audit, others, refused
from tests.together import at_once

from unmet.access.models import Release, Role
from unmet.needs import first, rounds
from unmet.needs import services as needs
from unmet.needs.first import Choice, Question, Said
from unmet.needs.models import FirstAnswer
from unmet.parties.models import Person

pytestmark = pytest.mark.django_db
ASKED_WHO = ("WHO", "UNICEF")


def said(choice: str, *parties: str, **more: Any) -> Said:
    """An answer."""
    return Said(choice, [make.party(code) for code in parties], **more)


def give(question: str, answer: Said, by: Person, *, at: Any = make.AT, seen: int | None = None) -> FirstAnswer:
    """The answer of Zambia."""
    with make.as_(by, at=at):
        return first.answer(
            question, answer, member=make.party("ZMB"), emergency=make.emergency(), by=by, at=at, seen=seen
        )


def stands(question: str, by: Person, *, emergency: str = "test-emergency") -> FirstAnswer | None:
    """What counts, as somebody sees it."""
    with make.as_(by):
        return first.newest(question, member=make.party("ZMB"), emergency=make.emergency(emergency))


@pytest.fixture
def by() -> Person:
    """A focal point of Zambia."""
    return make.focal_point("ZMB")


def test_an_answer_is_kept_with_who_and_when_and_written_to_the_audit_once(by: Person) -> None:
    before = last_audit()
    answer = said(Choice.YES, *ASKED_WHO, words=" the neighbours ", asked_on=date(2021, 1, 20))
    give(Question.ELSEWHERE, answer, by)
    kept = stands(Question.ELSEWHERE, by)
    assert kept is not None
    assert (kept.words, kept.asked_on, kept.said_by, kept.said_at) == (
        "the neighbours", date(2021, 1, 20), by, make.AT,
    )  # fmt: skip
    assert {party.code for party in kept.parties.all()} == set(ASKED_WHO)
    assert events(before) == ["first.answered"]


def test_a_wish_releases_nothing(by: Person) -> None:
    give(Question.SEEN_BY, said(Choice.EVERYONE), by)
    give(Question.SEEN_BY, said(Choice.NAMED, "WHO"), by, seen=FirstAnswer.objects.get().pk)
    assert not Release.objects.exists()


def test_the_newest_counts_and_the_older_ones_stay(by: Person) -> None:
    one = give(Question.SEEN_BY, said(Choice.NOBODY), by)
    two = give(Question.SEEN_BY, said(Choice.MEMBERS), by, seen=one.pk)
    assert stands(Question.SEEN_BY, by) == two and FirstAnswer.objects.count() == 2


def test_each_emergency_and_each_question_has_answers_of_its_own(by: Person) -> None:
    give(Question.SEEN_BY, said(Choice.MEMBERS), by)
    assert stands(Question.SEEN_BY, by, emergency="another") is None
    assert stands(Question.ELSEWHERE, by) is None


@pytest.mark.parametrize(
    ("question", "answer", "reason"),
    [
        (Question.HAVE, ("yes",), "choice"),
        (Question.ELSEWHERE, ("",), "choice"),
        (Question.SEEN_BY, ("table",), "choice"),
        (Question.ELSEWHERE, ("yes",), "of_whom"),
        (Question.SEEN_BY, ("named",), "no_party"),
        (Question.SEEN_BY, ("named", "ZMB"), "own_party"),
        (Question.ELSEWHERE, ("yes", "ZMB", "WHO"), "own_party"),
    ],
)
def test_an_answer_is_refused_for_each_reason(by: Person, question: str, answer: tuple[str, ...], reason: str) -> None:
    assert refused(first.AnswerRefused, lambda: give(question, said(*answer), by)).reason == reason
    assert not FirstAnswer.objects.exists()


def test_nobody_was_asked_on_a_day_to_come(by: Person) -> None:
    tomorrow = make.AT.date() + timedelta(days=1)
    ahead = said(Choice.YES, "WHO", asked_on=tomorrow + timedelta(days=1))
    assert refused(first.AnswerRefused, lambda: give(Question.ELSEWHERE, ahead, by)).reason == "future"
    give(Question.ELSEWHERE, said(Choice.YES, "WHO", asked_on=tomorrow), by)  # today, somewhere on earth


def test_nobody_else_reads_it(by: Person) -> None:
    give(Question.SEEN_BY, said(Choice.MEMBERS), by)
    assert [stands(Question.SEEN_BY, stranger) for stranger in others()] == [None] * 7


def test_of_two_people_who_answer_differently_the_second_is_told(by: Person) -> None:
    colleague = make.approver("ZMB")
    kept = give(Question.SEEN_BY, said(Choice.MEMBERS), by)
    error = refused(first.AnswerChanged, lambda: give(Question.SEEN_BY, said(Choice.NOBODY), colleague))
    assert error.theirs == kept and stands(Question.SEEN_BY, by) == kept


def test_the_same_answer_sent_twice_is_one_answer(by: Person) -> None:
    kept = give(Question.ELSEWHERE, said(Choice.YES, "WHO", words="others"), by)
    assert give(Question.ELSEWHERE, said(Choice.YES, "WHO", words=" others"), by) == kept
    assert FirstAnswer.objects.count() == 1


def test_still_so_says_the_same_again_today(by: Person) -> None:
    kept = give(Question.ELSEWHERE, said(Choice.YES, "WHO", words="others", asked_on=date(2021, 1, 1)), by)
    at = make.AT + first.ASKED_AGAIN_AFTER
    assert not first.is_fresh(kept, at=at) and first.is_fresh(kept, at=at - timedelta(seconds=1))
    with make.as_(by, at=at):
        again = first.still_so(kept, by=by, at=at)
        assert first.is_fresh(again, at=at)
        # A second person who still saw the first answer says nothing new.
        assert first.still_so(kept, by=by, at=at) == again
    assert (again.words, again.asked_on, [party.code for party in again.parties.all()]) == (
        "others", date(2021, 1, 1), ["WHO"],
    )  # fmt: skip


@given(days=st.integers(min_value=0, max_value=400))
def test_an_answer_is_fresh_for_90_days_and_no_longer(days: int) -> None:
    kept = FirstAnswer(said_at=make.AT)
    assert first.is_fresh(kept, at=make.AT + timedelta(days=days)) == (days < 90)
    assert not first.is_fresh(None, at=make.AT)


@pytest.mark.parametrize(
    "values",
    [{"choice": "yes"}, {"question": "elsewhere"}, {"words": "of nobody"}, {"asked_on": date(2021, 1, 1)}],
    ids=str,
)
def test_the_database_refuses_what_must_never_be(by: Person, values: dict[str, Any]) -> None:
    give(Question.SEEN_BY, said(Choice.NOBODY), by)
    with pytest.raises(IntegrityError), transaction.atomic():
        FirstAnswer.objects.update(**values)


# ── lines of the last 90 days ────────────────────────────────────────────────
def stated(by: Person, round_: Any, *, at: Any = make.AT) -> list[tuple[str, int]]:
    """(item, requested in base units) of what nobody has to type again."""
    with make.as_(by, at=at):
        lines = first.lines_stated(member=make.party("ZMB"), round_=round_, at=at)
        return sorted((line.need.item.code, line.requested // 1000) for line in lines)


def test_lines_of_this_round_are_not_typed_again_whether_they_wait_or_are_approved(by: Person) -> None:
    round_ = make.round_()
    make.submitted([make.line(quantity=5)], of="ZMB", round_=round_)
    make.submitted([make.line("GOWN-ISO", 7), make.line("APRON", 0)], of="ZMB", round_=round_)
    assert stated(by, round_) == [("GOWN-ISO", 7), ("MASK-IIR", 5)]
    make.approved([make.line(quantity=6)], of="ZMB", round_=round_)
    assert stated(by, round_) == [("GOWN-ISO", 7), ("MASK-IIR", 6)]


def test_lines_of_an_earlier_round_of_this_emergency_are_there_for_90_days(by: Person) -> None:
    earlier, other = make.round_("earlier", sectors=["IPC"]), make.round_("other", of="other-emergency")
    make.approved([make.line(quantity=5)], of="ZMB", round_=earlier)
    make.approved([make.line("GOWN-ISO", 9)], of="ZMB", round_=other)
    make.approved([make.line(quantity=8)], of="CUB", round_=earlier)
    make.approved([make.line("APRON", 3)], of="ZMB", round_=earlier, at=make.AT - timedelta(days=20))
    chair = make.person(Role.COORDINATION)
    with make.as_(chair):
        rounds.close_round(earlier, by=chair, at=make.AT)
    later = make.round_("later", period=(date(2021, 7, 1), date(2021, 12, 31)))
    assert stated(by, later) == [("APRON", 3), ("MASK-IIR", 5)]
    assert stated(by, later, at=make.AT + timedelta(days=80)) == [("MASK-IIR", 5)]
    assert stated(by, later, at=make.AT + timedelta(days=90)) == []


def test_a_draft_keeps_the_answers_to_questions_about_its_lines(by: Person) -> None:
    fields: dict[str, Any] = {"member": make.party("ZMB"), "round_": make.round_(), "by": by, "at": make.AT}
    with make.as_(by):
        draft = needs.save_draft([{"quantity": "1,250"}], version=None, answers={"decimal.quantity": "."}, **fields)
        assert draft.answers == {"decimal.quantity": "."}
        draft = needs.save_draft([{"quantity": "1,500"}], version=1, **fields)
        assert draft.answers == {"decimal.quantity": "."} and draft.rows == [{"quantity": "1,500"}]
        draft = needs.save_draft([], version=2, answers={}, **fields)
        assert draft.answers == {}


@pytest.mark.postgresql
@pytest.mark.usefixtures("committed_db")
def test_of_two_people_who_answer_at_once_the_second_is_told() -> None:
    make.emergency()
    people, choices = [make.focal_point("ZMB") for _ in range(2)], (Choice.NOBODY, Choice.EVERYONE)
    acts = [lambda by=by, choice=choice: give(Question.SEEN_BY, said(choice), by)
            for by, choice in zip(people, choices, strict=True)]  # fmt: skip
    assert sorted(type(one).__name__ for one in at_once(acts)) == ["AnswerChanged", "FirstAnswer"]
    assert FirstAnswer.objects.count() == 1
