"""What the lines between two sequences of the own book did to each need: sums, so that nothing before is read again.

A need is the thread of all its accounts: the old and the new number of a revision, and what a later round took on,
add up to what changed of it while it stood open.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Max, Q, QuerySet, Sum

from unmet.books.measures import MEASURES
from unmet.books.models import Account, Book, Entry, Movement

_ARRIVALS: Final = (Movement.RECEIVED, Movement.SURPLUS, Movement.RECEIPT_CORRECTED)
_SUMS: Final = {f"sum_{name}": Sum(name) for name in MEASURES}


@dataclass(frozen=True, slots=True)
class Change:
    """What changed of one need (`subject`) while it stood open. Signed: thousandths of the base unit, US cents, counts.

    `received` is what was stated as received; a merged item moves receipts without one. `lapsed`: time set it aside.
    `at` is the moment of the last line.
    """

    subject: uuid.UUID
    member: int
    item: int
    at: datetime
    lapsed: bool
    received: int
    changes: Mapping[str, int]

    def __getitem__(self, measure: str) -> int:
        return self.changes[measure]


def between(*, after: int, until: int, accounts: QuerySet[Account] | None = None) -> Iterator[Change]:
    """The needs of which something changed after one sequence and up to another, among `accounts` if given.

    One query that walks the lines in between, whatever was posted before them.
    """
    lines = Entry.objects.filter(
        sequence__gt=after, sequence__lte=until, book=Book.OWN, closed=False, account__kind=Account.Kind.NEED
    )
    if accounts is not None:
        lines = lines.filter(account__in=accounts.order_by().values("pk"))
    grouped = lines.order_by().values("account__subject", "account__member_id", "account__item_id").annotate(
        **_SUMS, last_at=Max("at"), lapses=Count("pk", filter=Q(movement=Movement.LAPSED)),
        arrived=Sum("received", filter=Q(movement__in=_ARRIVALS)),
    )  # fmt: skip
    for row in grouped.iterator():
        yield _change(row)


def _change(row: Mapping[str, Any]) -> Change:
    return Change(
        subject=row["account__subject"],
        member=row["account__member_id"],
        item=row["account__item_id"],
        at=row["last_at"],
        lapsed=bool(row["lapses"]),
        received=int(row["arrived"] or 0),
        changes={name: int(row[f"sum_{name}"] or 0) for name in MEASURES},
    )
