"""One account as the writer of the books holds it in memory, and how it is read and written."""

import uuid
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import Q, QuerySet

from unmet.books import bulk
from unmet.books.measures import MEASURES
from unmet.books.models import Account
from unmet.catalogue.models import Item

ACCOUNT_COLUMNS = (
    "id", "kind", "member_id", "emergency_id", "item_id", "sector_id", "place_id", "group_id", "round_id", "subject",
    "closed", "public", "public_detail", "usd_millionths", "needed_by_on", "rank", "statement", "stated", "lapses_at",
    "out_by",
)  # fmt: skip
ACCOUNT_CHANGES = ("closed", "public", "needed_by_on", "rank", "statement", "stated", "lapses_at", "out_by", *MEASURES)


class Standing:
    """One account as it stands in the writer's memory: `m` are its balances in the order of `MEASURES`."""

    __slots__ = (
        "closed", "emergency", "goods", "group", "id", "item", "kind", "lapses_at", "m", "member", "needed_by",
        "new", "out_by", "place", "price", "public", "public_detail", "rank", "round", "sector", "stated", "statement",
        "subject",
    )  # fmt: skip

    id: int
    kind: int
    member: int
    emergency: int
    item: int
    sector: int
    place: int
    group: int
    round: int
    subject: uuid.UUID
    closed: bool
    public: bool
    public_detail: bool
    price: int | None
    goods: bool
    needed_by: date | None
    rank: int | None
    statement: int | None
    stated: int | None
    lapses_at: datetime | None
    out_by: int | None
    m: list[int]
    new: bool

    def cube_key(self, *, closed: bool) -> tuple[bool, int, int, int, int]:
        """The cell of the public cube this account belongs to."""
        return (closed, self.member, self.item, self.emergency, self.round)

    def own_cube_key(self, *, closed: bool) -> tuple[bool, int, int, int, int, int]:
        """The cell of the own book's cube this account belongs to."""
        return (closed, self.member, self.sector, self.item, self.emergency, self.round)

    def changes(self, stored: bulk.Stored) -> tuple[Any, ...]:
        """The values of `ACCOUNT_CHANGES` as the engine stores them."""
        return (
            self.closed, self.public, stored.day(self.needed_by), self.rank, self.statement, self.stated,
            stored.moment(self.lapses_at), self.out_by, *self.m,
        )  # fmt: skip

    def row(self, stored: bulk.Stored) -> tuple[Any, ...]:
        """The values of `ACCOUNT_COLUMNS` and of the measures as the engine stores them."""
        return (
            self.id, self.kind, self.member, self.emergency, self.item, self.sector, self.place, self.group,
            self.round, stored.uuid(self.subject), self.closed, self.public, self.public_detail, self.price,
            stored.day(self.needed_by), self.rank, self.statement, self.stated, stored.moment(self.lapses_at),
            self.out_by, *self.m,
        )  # fmt: skip


def read_accounts(condition: Q) -> Iterator[Standing]:
    """The accounts that meet a condition."""
    # Read at once and not through a cursor of the server, which takes three round trips for one row.
    return map(_standing, _accounts(condition))


def read_account(pk: int) -> Iterator[Standing]:
    """The account with this id."""
    if bulk.answers_in_python_values():
        return map(_standing, bulk.fetch(_one_account(), [pk]))
    return read_accounts(Q(pk=pk))


def _standing(row: tuple[Any, ...]) -> Standing:
    account = Standing()
    (
        account.id, account.kind, account.member, account.emergency, account.item, account.sector,
        account.place, account.group, account.round, account.subject, account.closed, account.public,
        account.public_detail, account.price, account.needed_by, account.rank, account.statement,
        account.stated, account.lapses_at, account.out_by, kind,
    ) = row[: len(ACCOUNT_COLUMNS) + 1]  # fmt: skip
    account.m = list(row[len(ACCOUNT_COLUMNS) + 1 :])
    account.goods, account.new = kind != Item.Kind.FINANCE, False
    return account


def _accounts(condition: Q) -> QuerySet[Account, tuple[Any, ...]]:
    return Account.objects.filter(condition).values_list(*ACCOUNT_COLUMNS, "item__kind", *MEASURES)


@cache
def _one_account() -> str:
    """The query of one account by its id as SQL: building it anew takes a quarter of the time of a small post."""
    return str(_accounts(Q(pk=0)).query.sql_with_params()[0])
