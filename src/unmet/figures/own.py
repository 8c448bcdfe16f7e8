"""What became of the needs of one member, for its own people: every open account, released or not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import F, Q, QuerySet, Sum

from unmet.access import visible
from unmet.books.measures import MEASURES
from unmet.books.models import Account, Movement
from unmet.figures.totals import Totals
from unmet.needs.models import Statement
from unmet.support.models import Line

SOON: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class OwnNeed:
    """One open need. Quantities in thousandths of the base unit, values in US cents.

    `at_risk` is how much of what is committed is past its expected arrival. `statement` is the newest approved one,
    None where support came before any statement was approved.
    """

    account: Account
    sums: Totals
    at_risk: int
    statement: Statement | None


def accounts(*, member: int) -> QuerySet[Account]:
    """The open need accounts of a member, for its own people; earliest needed-by first, then by rank."""
    found = Account.objects.filter(member=member, kind=Account.Kind.NEED, closed=False)
    return visible.own(found).order_by(F("needed_by_on").asc(nulls_last=True), F("rank").asc(nulls_last=True), "pk")


def to_confirm(*, member: int, at: datetime) -> QuerySet[Account]:
    """Those that have lapsed, or lapse within `SOON` unless they are confirmed."""
    soon = Q(approved__gt=0, lapses_at__lt=at + SOON)
    return accounts(member=member).filter(Q(out_by=Movement.LAPSED) | soon)


def page(*, member: int, start: int, stop: int, on: date) -> list[OwnNeed]:
    """Needs start to stop of a member, with what is late on a day; a constant number of queries."""
    shown = list(
        accounts(member=member).select_related("item__base_unit", "sector", "place", "group", "round")[start:stop]
    )
    late = _late(shown, on=on)
    statements = _statements(shown)
    return [
        OwnNeed(
            account=account,
            sums=Totals({name: getattr(account, name) for name in MEASURES}),
            at_risk=min(late.get(account.subject, 0), account.committed),
            statement=statements.get(account.statement or 0),
        )
        for account in shown
    ]


def _late(shown: Iterable[Account], *, on: date) -> dict[object, int]:
    """What is committed and was expected before a day, by the uuid of the need.

    Lines follow their need to its open account when they next move; the thread of the need is the same all along.
    """
    subjects = [account.subject for account in shown if account.committed]
    overdue = Line.objects.filter(committed__gt=0, expected_on__lt=on, account__subject__in=subjects)
    return dict(overdue.order_by().values_list("account__subject").annotate(Sum("committed")))


def _statements(shown: Iterable[Account]) -> dict[int, Statement]:
    """The newest approved statement of each account, with its calculation and its return, by id."""
    wanted = [account.statement for account in shown if account.statement]
    found = visible.own(Statement.objects.filter(pk__in=wanted), visible.STATEMENT)
    return {statement.pk: statement for statement in found.select_related("calculation", "in_return")}
