"""What is at risk: committed, and its expected arrival has passed. Public sums only, never a line of support."""

import uuid
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.db.models import F, Sum

from unmet.books.models import Account
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
    lines = Line.objects.filter(committed__gt=0, expected_on__lt=on)
    # Lines follow their need to its open account when they next move; the thread of the need is the same all along.
    overdue = dict(lines.order_by().values_list("account__subject").annotate(Sum("committed")))
    if not overdue:
        return []
    wanted = {
        name: value
        for name, value in {
            "member": scope.member, "item": scope.item, "sector": scope.sector, "emergency": scope.emergency,
            "round": scope.round, "subject": scope.need,
        }.items()
        if value is not None
    }  # fmt: skip
    accounts = Account.objects.filter(public=True, closed=False, committed__gt=0, subject__in=overdue, **wanted)
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
