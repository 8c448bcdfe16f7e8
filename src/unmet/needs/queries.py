"""What the desk reads of returns: what stands, what waits, what a return would change."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, QuerySet

from unmet.access import visible
from unmet.books.models import Account, Movement
from unmet.catalogue.models import Item, Round
from unmet.catalogue.windows import day_still_running
from unmet.methods import quantify
from unmet.needs.models import Draft, Need, Return, Statement
from unmet.parties.models import Party


def rounds_open(*, at: datetime) -> QuerySet[Round]:
    """Rounds that take returns at a moment, the one that closes first in front."""
    return (
        Round.objects.open()
        .filter(window_from_on__lte=at.date(), window_until_on__gte=day_still_running(at))
        .select_related("emergency")
        .order_by("window_until_on", "code")
    )


def listed(*, member: Party, round_: Round) -> QuerySet[Statement]:
    """The query of the list page: the newest statements of a member in a round, for its own people."""
    newest = Statement.objects.filter(need__member=member, round=round_, newest=True)
    return visible.own(newest, visible.STATEMENT)


def for_reading(statements: QuerySet[Statement]) -> QuerySet[Statement]:
    """Statements with all that a page says of them, by rank and then in the order stated."""
    return statements.select_related(
        "need__item__base_unit", "need__item__sector", "need__place", "need__group", "calculation"
    ).order_by("rank", "pk")


def newest_return(*, member: Party, round_: Round) -> Return | None:
    """The newest return of a member for a round that was not withdrawn."""
    standing = Return.objects.filter(member=member, round=round_).exclude(state=Return.State.WITHDRAWN)
    return standing.order_by("-revision").first()


def own_words(*, member: Party) -> frozenset[str]:
    """The folded words of needs for which the member has not picked an item: nobody asks about them again."""
    return frozenset(Need.objects.filter(member=member, item=None).values_list("words", flat=True))


def gross_stated(*, member: Party, round_: Round) -> dict[uuid.UUID, tuple[int, str]]:
    """Need -> the gross quantity (thousandths) and the method behind its newest statement in a round, if it has any."""
    found = Statement.objects.filter(
        need__member=member, round=round_, newest=True, calculation__method=quantify.NET_NEED
    ).values_list("need__uuid", "calculation__inputs")
    return {need: (inputs["gross"], inputs["stated_method"]) for need, inputs in found}


def draft(*, member: Party, round_: Round) -> Draft | None:
    """What the member's people have typed for the round and not sent."""
    return Draft.objects.filter(member=member, round=round_).select_related("saved_by").first()


def to_confirm(*, member: Party, round_: Round) -> QuerySet[Statement]:
    """Approved lines of the emergency that this round does not speak of yet, or that have lapsed in it.

    They come from the open account of each need, so each need is there once, as it was last approved.
    """
    return of_accounts_to_confirm(visible.own(Account.objects.all()), member=member, round_=round_)


def of_accounts_to_confirm(accounts: QuerySet[Account], *, member: Party, round_: Round) -> QuerySet[Statement]:
    """The same among these accounts, whoever asks."""
    accounts = accounts.filter(
        member=member, emergency=round_.emergency_id, kind=Account.Kind.NEED, closed=False,
        sector__in=round_.asked.values("sector"),
    )  # fmt: skip
    earlier = accounts.exclude(round=round_).filter(
        round__period_from_on__lt=round_.period_from_on, approved__gt=0
    ) | accounts.filter(out_by=Movement.LAPSED)  # what is paused stays so until the member says so
    stated = Statement.objects.filter(need__member=member, round=round_, newest=True, approved=None)
    return Statement.objects.filter(pk__in=earlier.values("statement")).exclude(need__in=stated.values("need"))


@dataclass(frozen=True, slots=True)
class Review:
    """One line of a return beside what was approved last. Quantities in thousandths of the base unit.

    `before` is the approved quantity of the last approved statement of the need, None for a new one; `in_books` is
    the needed quantity that stands in the books now, with the pipeline added back.
    """

    statement: Statement
    before: int | None
    before_pipeline: int
    before_needed_by: date | None
    before_rank: int | None
    same_round: bool
    in_books: int

    @property
    def item(self) -> Item | None:
        """The item, None for a need in the member's own words."""
        return self.statement.need.item

    @property
    def total(self) -> int:
        """What the books will hold if it is approved as requested: the pipeline counts once, there."""
        return self.statement.requested + self.statement.pipeline

    @property
    def change(self) -> int:
        """By how much the approved quantity would change."""
        return self.statement.requested - (self.before or 0)

    @property
    def new(self) -> bool:
        """Whether nothing was approved of this need before."""
        return self.before is None

    @property
    def unchanged(self) -> bool:
        """Whether everything that counts is as it was last approved; each round has dates of its own."""
        statement = self.statement
        same = (self.before, self.before_pipeline, self.before_rank)
        return same == (statement.requested, statement.pipeline, statement.rank) and not self.date_changed

    @property
    def date_changed(self) -> bool:
        """Whether the day it is needed by was changed within the round."""
        return self.same_round and self.before_needed_by != self.statement.needed_by_on


def review(return_: Return) -> list[Review]:
    """The lines of a return, each beside what was approved last; new and changed ones first."""
    own = visible.own(Statement.objects.filter(in_return=return_, newest=True), visible.STATEMENT)
    statements = list(for_reading(own))
    needs = [statement.need_id for statement in statements]
    before = _last_approved(needs, not_in=return_)
    in_books = dict(
        Account.objects.filter(
            member=return_.member_id, emergency=return_.round.emergency_id, kind=Account.Kind.NEED, closed=False
        ).values_list("subject", "approved")
    )
    lines = []
    for statement in statements:
        last = before.get(statement.need_id)
        lines.append(
            Review(
                statement=statement,
                before=last.approved if last else None,
                before_pipeline=last.pipeline if last else 0,
                before_needed_by=last.needed_by_on if last else None,
                before_rank=last.rank if last else None,
                same_round=last is not None and last.round_id == return_.round_id,
                in_books=in_books.get(statement.need.uuid, 0),
            )
        )
    return sorted(lines, key=lambda line: line.unchanged)


def _last_approved(needs: Sequence[int], *, not_in: Return) -> dict[int, Statement]:
    """The newest approved statement of each need, before this version of the return."""
    found: dict[int, Statement] = {}
    for start in range(0, len(needs), 5000):
        approved = Statement.objects.filter(need__in=needs[start : start + 5000], approved__isnull=False)
        if not_in.state == Return.State.APPROVED:
            approved = approved.exclude(in_return=not_in)
        newest = approved.values("need").annotate(last=Max("pk")).values_list("last", flat=True)
        for statement in Statement.objects.filter(pk__in=list(newest)):
            found[statement.need_id] = statement
    return found


def subjects(statements: Sequence[Statement]) -> list[tuple[uuid.UUID | None, uuid.UUID]]:
    """(uuid of the sector, uuid of the need) of each statement, as releases name them."""
    return [
        (statement.need.item.sector.uuid if statement.need.item else None, statement.need.uuid)
        for statement in statements
    ]
