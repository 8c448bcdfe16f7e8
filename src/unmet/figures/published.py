"""One figure of one scope: the sums its formula reads, and its value. Every page, download and command goes here."""

from dataclasses import dataclass
from datetime import datetime

from unmet.catalogue.models import Round
from unmet.figures import reporting, risk, totals
from unmet.figures.definitions import Figure, Value
from unmet.figures.totals import Scope, Totals
from unmet.parties.models import Party


class NotOverItems(Exception):
    """A quantity was asked for over several items: pieces and doses are never added up."""


class NotOverRounds(Exception):
    """The figure exists for one round only."""


class TodayOnly(Exception):
    """The figure cannot be known for a past day."""


@dataclass(frozen=True, slots=True)
class Published:
    """A figure with its value and the sums behind it. `value` is None where there is none: nothing approved, say."""

    figure: Figure
    scope: Scope
    sums: Totals
    value: Value


def publish(figure: Figure, scope: Scope, *, at: datetime) -> Published:
    """The figure of a scope, now or as known at the end of `scope.on`.

    Raises:
        NotOverItems, NotOverRounds, TodayOnly: the figure does not exist for this scope.
    """
    if figure.per_item and scope.item is None:
        raise NotOverItems
    if figure.per_round and scope.round is None:
        raise NotOverRounds
    if figure.today_only and scope.on is not None:
        raise TodayOnly
    sums = _sums(figure, scope, at)
    missing = figure.code == "members_reported" and "members_reported" not in sums.sums
    return Published(figure, scope, sums, None if missing else figure.value(sums))


def _sums(figure: Figure, scope: Scope, at: datetime) -> Totals:
    if figure.code == "members_reported":
        assert scope.round is not None
        answer = reporting.answered(Round.objects.get(pk=scope.round), at=at, on=scope.on)
        return Totals({"members_reported": answer.answered, "members_of_date": answer.members} if answer else {})
    if figure.code == "members_public":
        members = set(Party.objects.members(on=scope.on or at.date()).values_list("pk", flat=True))
        public = totals.members_with_figures(scope) & members
        return Totals({"members_public": len(public), "members_of_date": len(members)})
    sums = totals.total(scope, goods=False if figure.finance else None)
    if figure.code == "at_risk":
        late = sum(row.quantity for row in risk.late(scope, on=at.date()))
        return Totals({**sums.sums, "at_risk": late})
    return sums


def left_over(sums: Totals, figure: Figure) -> int:
    """What the plain difference of sums misses in *not covered* and *not yet in the country*; never below zero.

    No need's gap is below zero, so what covers one need more than whole does not lower another one's gap; nor does
    support that is not assigned to a need. Thousandths of the base unit.
    """
    if figure.code in {"not_covered", "finance_not_covered"}:
        plain = sums["approved"] - sums["received"] - sums["in_transit"] - sums["committed"]
        return sums["not_covered"] - plain
    if figure.code == "not_in_country":
        return sums["not_in_country"] - (sums["approved"] - sums["received"])
    return 0
