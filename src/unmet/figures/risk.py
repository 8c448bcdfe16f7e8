"""What is at risk: committed, and its expected arrival has passed. Public sums only, never a line of support."""

import uuid
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db.models import F, Sum

from unmet.books.models import Account
from unmet.figures.lists import Need
from unmet.figures.totals import Scope
from unmet.support.models import Line

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Late:
    """How much of what is committed to one open account of the public book is late; thousandths of the base unit."""

    account: int
    subject: uuid.UUID
    member: int
    item: int
    round: int
    detail: bool
    quantity: int


def late(scope: Scope, *, on: date) -> list[Late]:
    """The public accounts of a scope on which committed quantities are expected before a day and have not come.

    The day is today: expected arrivals are not kept by day, so a past day cannot be asked for.
    """
    wanted = {
        "item": scope.item, "sector": scope.sector, "emergency": scope.emergency, "round": scope.round,
        "subject": scope.need,
    }  # fmt: skip
    return _late(on, None if scope.member is None else {scope.member}, _named(wanted))


def among(needs: Collection[Need], *, on: date) -> list[Late]:
    """The same for the members and items of some needs; of all needs of the world only these are looked at."""
    return _late(on, {need.member for need in needs}, {"item__in": {need.item for need in needs}})


def _named(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _late(on: date, members: Collection[int] | None, wanted: dict[str, Any]) -> list[Late]:
    of = {} if members is None else {"member__in": members}
    # Only the member never changes: lines follow their need to its open account when they next move.
    lines = Line.objects.filter(committed__gt=0, expected_on__lt=on, **of)
    overdue = dict(lines.order_by().values_list("account__subject").annotate(Sum("committed")))
    if not overdue:
        return []
    accounts = Account.objects.filter(public=True, closed=False, committed__gt=0, subject__in=overdue, **of, **wanted)
    return [
        Late(pk, subject, member, item, round_, detail, min(overdue[subject], committed))
        for pk, subject, member, item, round_, detail, committed in accounts.values_list(
            "pk", "subject", "member_id", "item_id", "round_id", F("public_detail"), "committed"
        )
    ]


def summed(rows: Iterable[Late], key: Callable[[Late], K]) -> dict[K, int]:
    """Late quantities added up by a key; add over one item only."""
    sums: dict[K, int] = {}
    for row in rows:
        sums[key(row)] = sums.get(key(row), 0) + row.quantity
    return sums
