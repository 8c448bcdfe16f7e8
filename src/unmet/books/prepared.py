"""What new accounts of a return need to know, and many of them built before the books are opened."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from unmet.access import services as access
from unmet.books import bulk
from unmet.books.cubes import Cells
from unmet.books.measures import DERIVED, STAGES, derive
from unmet.books.models import Account
from unmet.books.standing import Standing
from unmet.catalogue.models import Item, Round, RoundPrice
from unmet.catalogue.windows import end_of_day


@dataclass(frozen=True, slots=True)
class Posting:
    """One approved line on its way into the books. Quantities in thousandths; `approved` includes the pipeline."""

    item: int
    place: int
    group: int
    subject: uuid.UUID
    approved: int
    statement: int
    needed_by: date
    rank: int | None


def lapse(round_: Round, at: datetime) -> datetime:
    """When a need lapses that is approved for a round at a moment and not confirmed again."""
    return end_of_day(at.astimezone(UTC).date() + timedelta(days=round_.freshness_days))


class Terms:
    """What new accounts of one member and round need to know: sectors, frozen prices, standing releases, lapse."""

    def __init__(self, member: int, round_: Round, items: set[int], at: datetime) -> None:
        self.member, self.round, self.emergency = member, round_.pk, round_.emergency_id
        self.lapses_at = lapse(round_, at)
        self._prices = dict(RoundPrice.objects.filter(round=round_).values_list("item_id", "usd_millionths"))
        self._items: dict[int, tuple[int, uuid.UUID, bool, bool]] = {
            pk: (sector, sector_uuid, kind != Item.Kind.FINANCE, "SENS" in flags.split())
            for pk, sector, sector_uuid, kind, flags in Item.objects.filter(pk__in=items).values_list(
                "pk", "sector_id", "sector__uuid", "kind", "flags"
            )
        }
        in_detail, _ = access.public_subjects(members=[member], at=at, detail=True)
        self._in_detail = {subject for _, subject in in_detail}
        released, self._held = access.public_subjects(members=[member], at=at)
        self._released = {subject for _, subject in released}

    def of_item(self, item: int) -> tuple[int, int | None, bool]:
        """(sector id, price in millionths of a US dollar or None, whether it is goods and not money)."""
        sector, _, goods, _ = self._items[item]
        return sector, self._prices.get(item) if goods else None, goods

    def like(self, item: int, *, public: bool) -> Standing:
        """An account that is in the books of nobody: as much of one as names its cells in the cubes."""
        account = Standing()
        account.member, account.item, account.sector = self.member, item, self._items[item][0]
        account.emergency, account.round, account.public = self.emergency, self.round, public
        return account

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Terms) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def is_public(self, account: Standing) -> bool:
        """Whether a standing release to everyone covers a new account, and nothing holds it back."""
        return self.covers(account.item, account.subject)

    def shows_detail(self, account: Standing) -> bool:
        """Whether place, group, needed-by and rank of a new public account are public too."""
        return self.in_detail(account.item, account.subject)

    def covers(self, item: int, subject: uuid.UUID) -> bool:
        """See `is_public`."""
        return (self._items[item][1] in self._released or subject in self._released) and subject not in self._held

    def in_detail(self, item: int, subject: uuid.UUID) -> bool:
        """See `shows_detail`."""
        _, sector_uuid, _, sensitive = self._items[item]
        return not sensitive and (sector_uuid in self._in_detail or subject in self._in_detail)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Accounts that many lines would open, built before the books are opened; see `prepare`. Lists by position."""

    terms: Terms
    keys: list[tuple[int, int, int]]
    public: list[bool]
    balances: list[tuple[int, ...]]
    rows: bulk.Numbered
    summed: Cells

    def cells(self, *, without: Collection[int]) -> Cells:
        """What the accounts add to the cubes, without those at some positions."""
        cells = Cells()
        cells.put_all(self.summed)
        for position in without:
            account = self.terms.like(self.keys[position][0], public=self.public[position])
            cells.add(account, [-balance for balance in self.balances[position]], closed=False, accounts=-1)
        return cells


_ALWAYS_ZERO = tuple(name for name in STAGES if name != "approved")
_PREPARED_COLUMNS = (
    "item_id", "sector_id", "place_id", "group_id", "subject", "public", "public_detail", "usd_millionths",
    "needed_by_on", "rank", "statement", "lapses_at", "approved", *DERIVED,
)  # fmt: skip


def prepare(postings: Sequence[Posting], *, member: int, round_: Round, at: datetime) -> Prepared | None:
    """Build the accounts of many lines while nobody waits, as if each need were new; None for a few lines.

    `Writer.restate` uses them for the needs that are new, and only if the terms (prices, releases, the day) are still
    the same when the lock is taken.
    """
    if len(postings) <= bulk.FEW:
        return None
    terms, stored = Terms(member, round_, {posting.item for posting in postings}, at), bulk.Stored()
    lapses_at, rest = stored.moment(terms.lapses_at), [0] * (len(STAGES) - 1)
    keys, publics, balances, rows = [], [], [], []
    for posting in postings:
        approved = posting.approved
        if not approved:
            continue  # nothing was needed and nothing is
        sector, price, goods = terms.of_item(posting.item)
        public = terms.covers(posting.item, posting.subject)
        derived = derive([approved, *rest], price, priced=goods)
        keys.append((posting.item, posting.place, posting.group))
        publics.append(public)
        balances.append((approved, *rest, *derived))
        rows.append((
            posting.item, sector, posting.place, posting.group, stored.uuid(posting.subject), public,
            public and terms.in_detail(posting.item, posting.subject), price, stored.day(posting.needed_by),
            posting.rank, posting.statement, lapses_at, approved, *derived,
        ))  # fmt: skip
    constants: dict[str, int | bool | None] = {
        "kind": int(Account.Kind.NEED), "member_id": member, "emergency_id": round_.emergency_id, "round_id": round_.pk,
        "closed": False, **dict.fromkeys(_ALWAYS_ZERO, 0),
    }  # fmt: skip
    numbered = bulk.Numbered(
        bulk.table(Account), numbers=("id", "stated"), constants=constants, columns=_PREPARED_COLUMNS, rows=rows
    )
    return Prepared(terms, keys, publics, balances, numbered, _summed(terms, keys, publics, balances))


def _summed(
    terms: Terms, keys: Sequence[tuple[int, int, int]], publics: Sequence[bool], balances: Sequence[tuple[int, ...]]
) -> Cells:  # fmt: skip
    """What all the accounts add to the cubes."""
    together: dict[tuple[int, bool], list[tuple[int, ...]]] = defaultdict(list)
    for (item, _place, _group), public, balance in zip(keys, publics, balances, strict=True):
        together[item, public].append(balance)
    cells = Cells()
    for (item, public), found in together.items():
        # Column by column, which is ten times as fast as row by row.
        line = list(map(sum, zip(*found, strict=True)))
        cells.add(terms.like(item, public=public), line, closed=False, accounts=len(found))
    return cells
