"""The first screen: what a member's people are asked first, and what they need not be asked again within 90 days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from unmet.access import may, visible
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.catalogue.models import Emergency, Round
from unmet.methods.plain import plain
from unmet.needs import queries
from unmet.needs.models import FirstAnswer, Return, Statement
from unmet.parties.models import Party, Person

ASKED_AGAIN_AFTER: Final = timedelta(days=90)
LONGEST_WORDS: Final = 500

Question = FirstAnswer.Question
Choice = FirstAnswer.Choice
CHOICES: Final = {
    Question.HAVE: (Choice.TABLE, Choice.LETTER, Choice.NEITHER),
    Question.ELSEWHERE: (Choice.NO, Choice.YES),
    Question.SEEN_BY: (Choice.NOBODY, Choice.COORDINATION, Choice.MEMBERS, Choice.NAMED, Choice.EVERYONE),
}


class AnswerRefused(Exception):
    """The answer says too little or too much.

    `reason`: `choice` (none of this question), `of_whom` (others were asked: no party and no words), `future` (asked on
    a day to come), `no_party` (named parties, and none named), `own_party` (the member itself).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AnswerChanged(Exception):
    """A colleague answered the same question while this page was open; `theirs` is what stands now."""

    def __init__(self, theirs: FirstAnswer) -> None:
        super().__init__(theirs.pk)
        self.theirs = theirs


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as a person gives it. `parties`: those who were asked elsewhere, or those who may see by name."""

    choice: str
    parties: Sequence[Party] = ()
    words: str = ""
    asked_on: date | None = None


# ── answering ────────────────────────────────────────────────────────────────
@transaction.atomic
def answer(
    question: str, said: Said, *, member: Party, emergency: Emergency, by: Person, at: datetime, seen: int | None = None
) -> FirstAnswer:
    """Keep an answer with who and when. `seen` is the id of the answer that the person saw, None where there was none.

    An answer about who may see is a wish: nothing is released by it.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        AnswerRefused, AnswerChanged: see there; nothing is kept.
    """
    may.require(Deed.ENTER_NEEDS, by=by, party=member)
    _check(question, said, member, at)
    # One answer of a member at a time, so that of two people who answer at once the second is told.
    Party.objects.select_for_update(no_key=True).get(pk=member.pk)
    standing = _given(question, member=member, emergency=emergency).first()
    if standing is not None and standing.pk != seen:
        if _same(standing, said):
            return standing
        raise AnswerChanged(standing)
    asked = question == Question.ELSEWHERE and said.choice == Choice.YES
    kept = FirstAnswer.objects.create(
        member=member, emergency=emergency, question=question, choice=said.choice,
        words=plain(said.words)[:LONGEST_WORDS] if asked else "", asked_on=said.asked_on if asked else None,
        said_by=by, said_at=at,
    )  # fmt: skip
    if asked or said.choice == Choice.NAMED:
        kept.parties.set(said.parties)
    access.record(
        event="first.answered", at=at, party=member, subject_kind="first_answer", subject=kept.uuid, question=question,
        choice=said.choice, emergency=emergency.code,
    )  # fmt: skip
    return kept


def still_so(standing: FirstAnswer, *, by: Person, at: datetime) -> FirstAnswer:
    """Say the same again, today.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        AnswerChanged: a colleague has answered otherwise meanwhile.
    """
    said = Said(standing.choice, tuple(standing.parties.all()), standing.words, standing.asked_on)
    return answer(
        standing.question, said, member=standing.member, emergency=standing.emergency, by=by, at=at, seen=standing.pk
    )


def _check(question: str, said: Said, member: Party, at: datetime) -> None:
    if said.choice not in CHOICES.get(Question(question), ()):
        raise AnswerRefused("choice")
    if any(party.pk == member.pk for party in said.parties):
        raise AnswerRefused("own_party")
    if said.choice == Choice.NAMED and not said.parties:
        raise AnswerRefused("no_party")
    if said.choice == Choice.YES and not said.parties and not plain(said.words):
        raise AnswerRefused("of_whom")
    # A day ahead is today somewhere on earth.
    if said.asked_on is not None and said.asked_on > at.date() + timedelta(days=1):
        raise AnswerRefused("future")


def _same(standing: FirstAnswer, said: Said) -> bool:
    return (standing.choice, standing.words, standing.asked_on, {party.pk for party in standing.parties.all()}) == (
        said.choice, plain(said.words)[:LONGEST_WORDS], said.asked_on, {party.pk for party in said.parties},
    )  # fmt: skip


# ── what was answered ────────────────────────────────────────────────────────
def _given(question: str, *, member: Party, emergency: Emergency) -> QuerySet[FirstAnswer]:
    """All answers to a question, the one that counts first."""
    answers = FirstAnswer.objects.filter(member=member, emergency=emergency, question=question)
    return answers.select_related("said_by", "member", "emergency").prefetch_related("parties").order_by("-pk")


def newest(question: str, *, member: Party, emergency: Emergency) -> FirstAnswer | None:
    """The answer that counts, for the member's own people; None for everybody else."""
    return visible.own(_given(question, member=member, emergency=emergency)).first()


def is_fresh(standing: FirstAnswer | None, *, at: datetime) -> bool:
    """Whether it was answered within 90 days, so that nobody is asked again."""
    return standing is not None and standing.said_at > at - ASKED_AGAIN_AFTER


def lines_stated(*, member: Party, round_: Round, at: datetime) -> QuerySet[Statement]:
    """What the member stated of this emergency within 90 days, once for each need: nobody types it again.

    The lines of the return that waits; else those of this round and those to be confirmed from an earlier one. A need
    that was ended with 0 is over.
    """
    of_round = queries.listed(member=member, round_=round_)
    pending = Return.objects.pending().filter(member=member, round=round_).first()
    if pending is not None:
        standing = Q(pk__in=of_round.filter(in_return=pending).values("pk"))
    else:
        confirm = queries.to_confirm(member=member, round_=round_)
        standing = Q(pk__in=of_round.values("pk")) | Q(pk__in=confirm.values("pk"))
    recent = Statement.objects.filter(standing, in_return__submitted_at__gt=at - ASKED_AGAIN_AFTER)
    return recent.exclude(requested=0)
