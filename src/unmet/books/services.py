"""The one writer of the books.

Every service that posts begins with `with books.open(at=at) as book:`; that is its transaction and its lock. The
writer keeps the touched accounts in memory and writes them, their lines and the public cube when the block ends.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import transaction
from django.db.models import Max, Q

from unmet.access import services as access
from unmet.access.models import Release
from unmet.books import bulk, cubes
from unmet.books.measures import (
    APPROVED,
    BOOKED,
    CARRIED,
    INDEX,
    LAST_STATED,
    MEASURES,
    NOTHING,
    RECEIVED,
    STAGES,
    SUPERSEDED,
    derive,
    over_covered,
)  # fmt: skip
from unmet.books.models import Account, Book, Clock, Cube, Day, Entry, Movement
from unmet.books.prepared import Posting as Posting
from unmet.books.prepared import Prepared, Terms
from unmet.books.prepared import prepare as prepare
from unmet.books.standing import ACCOUNT_CHANGES, ACCOUNT_COLUMNS, Standing, read_account, read_accounts
from unmet.catalogue.models import Item, Round, Sector
from unmet.catalogue.successors import retired_with_successor
from unmet.jobs import services as jobs

_ENTRY_COLUMNS = (
    "sequence", "book", "closed", "account_id", "movement", "at", "supersedes", "source", *MEASURES,
)  # fmt: skip
_CLOCK_CHANGES = ("sequence", "account", "public_sequence", "at", "next_due_at")
# A need that left the totals so stands beside them, as last stated.
_BESIDE: Final = frozenset({Movement.LAPSED.value, Movement.PAUSED.value})


class LaterRoundHolds(Exception):
    """A statement for an earlier round came after a later round had taken the need on. `keys` are the needs."""

    def __init__(self, keys: Sequence[tuple[int, int, int]]) -> None:
        super().__init__(keys)
        self.keys = keys


class BelowZero(Exception):
    """A movement would take more out of a stage than stands there."""

    def __init__(self, stage: str, standing: int, wanted: int) -> None:
        super().__init__(stage, standing, wanted)
        self.stage, self.standing, self.wanted = stage, standing, wanted


@dataclass(frozen=True, slots=True)
class TakenOn:
    """The support of a need (its uuid) stands on another need's account now, because its item was merged."""

    subject: uuid.UUID
    account: int


_FOLLOWERS: list[Callable[[Sequence[TakenOn]], None]] = []


def follows(function: Callable[[Sequence[TakenOn]], None]) -> Callable[[Sequence[TakenOn]], None]:
    """Register what a room above does when support goes to another account: in the transaction of that post."""
    _FOLLOWERS.append(function)
    return function


@dataclass(frozen=True, slots=True)
class OverCovered:
    """Less is approved of a need now than is under way or here: more than before, and nobody accepted more meanwhile.

    `over` is by how much, in thousandths of the item's base unit.
    """

    subject: uuid.UUID
    account: int
    member: int
    item: int
    over: int


_WATCHERS: list[Callable[[Sequence[OverCovered], datetime], None]] = []


def watches(
    function: Callable[[Sequence[OverCovered], datetime], None],
) -> Callable[[Sequence[OverCovered], datetime], None]:
    """Register what a room above does when needs become over-covered: in that transaction, at its moment."""
    _WATCHERS.append(function)
    return function


@contextmanager
def open(*, at: datetime) -> Iterator["Writer"]:
    """The books, open for one post: one transaction, one writer at a time, what came due first.

    Everything posted carries the later of `at` and the last line's moment, so that a request that waited for the
    lock neither fails nor goes backwards. Leaving the block writes; an exception writes nothing.
    """
    with transaction.atomic():
        writer = Writer(at, bulk.lock_and_read(Clock) or Clock.objects.create())
        if writer.clock.next_due_at and writer.clock.next_due_at <= writer.at:
            writer.settle()
        yield writer
        writer.finish()


def settle(*, at: datetime) -> None:
    """Post what has expired or lapsed by `at`, if anything has. Every read of a book calls this first."""
    due = Clock.objects.filter(next_due_at__lte=at).exists()
    if due:
        with open(at=at):
            pass


@jobs.handles("books.settle")
def _settle_job(_payload: dict[str, Any], at: datetime) -> None:
    settle(at=at)


def last_sequence(*, on: date | None = None) -> int:
    """The last sequence before 24:00 UTC of a day; of all when no day is given."""
    if on is None:
        return Clock.objects.values_list("sequence", flat=True).first() or 0
    return Day.objects.filter(on__lte=on).aggregate(last=Max("sequence"))["last"] or 0


class Writer:
    """See `open`. Public methods post; nothing is in the database until `finish`."""

    def __init__(self, at: datetime, clock: Clock) -> None:
        self.clock = clock
        self.at = max(at, clock.at) if clock.at else at
        self._sequence = clock.sequence
        self._accounts: dict[int, Standing] = {}
        self._touched: dict[int, Standing] = {}
        self._lines: list[tuple[Any, ...]] = []
        self._cells = cubes.Cells()
        self._stored = bulk.Stored()
        self._moment = self._stored.moment(self.at)
        self._check_due = False
        self._taken_on: list[TakenOn] = []
        # What was approved of an account, and by how much it was over-covered, before this post changed it.
        self._before: dict[int, tuple[int, int]] = {}
        self._over: list[OverCovered] = []

    # ── statements ───────────────────────────────────────────────────────────
    def restate(
        self, postings: Sequence[Posting], *, member: int, round_: Round, prepared: Prepared | None = None
    ) -> int:
        """Bring approved lines of one member and round into the books; returns how many quantities changed.

        `prepared` is what `prepare` built from the same postings.

        Raises:
            LaterRoundHolds: a later round has taken some of the needs on; nothing is posted.
        """
        said = postings
        standing = self._by_key(member, round_, {posting.item for posting in postings})
        late = [
            (posting.item, posting.place, posting.group)
            for posting in postings
            if (account := standing.get((posting.item, posting.place, posting.group)))
            and account.round != round_.pk
            and self._period_start(account.round) >= round_.period_from_on
        ]
        if late:
            raise LaterRoundHolds(late)
        terms = Terms(member, round_, {posting.item for posting in postings}, self.at)
        changed = 0
        if prepared is not None and prepared.terms == terms:
            changed = self._open_many(prepared, standing)
            # What is left goes one by one: the needs that have an account already.
            postings = (
                [posting for posting in postings if (posting.item, posting.place, posting.group) in standing]
                if standing
                else []
            )
        for posting in postings:
            key = (posting.item, posting.place, posting.group)
            account = standing.get(key)
            if account is None or account.round != round_.pk:
                if account is None and not posting.approved:
                    continue  # nothing was needed and nothing is
                older, account = account, self._new_account(terms, posting)
                standing[key] = account
                if older is not None:
                    self._carry_over(older, account)
            changed += self._state(account, posting, terms.lapses_at)
        self._follow_items(said, member, round_)
        self._check_due = True
        return changed

    def _open_many(self, prepared: Prepared, standing: Mapping[tuple[int, int, int], Standing]) -> int:
        """Open and state the prepared accounts of needs that have none yet: the lines are copied from the accounts."""
        without = [position for position, key in enumerate(prepared.keys) if key in standing] if standing else ()
        base, first = self.clock.account, self._sequence
        count = prepared.rows.write((base, first), without=without)
        self.clock.account, self._sequence = base + count, first + count
        columns = f"sequence, book, closed, account_id, movement, at, source, {', '.join(MEASURES)}"
        accounts, entries = bulk.table(Account), bulk.table(Entry)
        line = f"closed, id, {Movement.STATED.value}, %s, statement, {', '.join(MEASURES)}"
        new = "id > %s AND id <= %s"
        span = (base, base + count)
        bulk.execute(
            f"INSERT INTO {entries} ({columns}) SELECT id + %s, {Book.OWN.value}, {line} FROM {accounts} WHERE {new}",
            [first - base, self._moment, *span],
        )
        if any(prepared.public):
            public_lines = bulk.execute(
                f"INSERT INTO {entries} ({columns}) "
                f"SELECT %s + row_number() OVER (ORDER BY id), {Book.PUBLIC.value}, {line} "
                f"FROM {accounts} WHERE {new} AND public",
                [self._sequence, self._moment, *span],
            )
            self._sequence += public_lines
            if public_lines:
                self.clock.public_sequence = self._sequence
        self._cells.put_all(prepared.cells(without=without))
        return count

    def _state(self, account: Standing, posting: Posting, lapses_at: datetime) -> bool:
        """State, revise or end the approved quantity of one account."""
        account.needed_by, account.rank, account.statement = posting.needed_by, posting.rank, posting.statement
        account.lapses_at, account.out_by = lapses_at if posting.approved else None, None
        self._touched[account.id] = account
        old, lapsed, new = account.m[APPROVED], account.m[LAST_STATED], posting.approved
        if old == new and not lapsed:
            return False
        if old:
            self._post(account, Movement.REVISED, {APPROVED: -old}, posting.statement, account.stated)
        if new or lapsed:
            movement = Movement.REVISED if old else Movement.STATED
            change = {APPROVED: new} if not lapsed else {APPROVED: new, LAST_STATED: -lapsed}
            self._post(account, movement, change, posting.statement)
            account.stated = self._sequence if not account.public else self._sequence - 1
        return True

    def _carry_over(self, older: Standing, newer: Standing) -> None:
        """Close the account of an earlier round: its remainder leaves as superseded, what is under way moves on."""
        moving = {INDEX[name]: older.m[INDEX[name]] for name in CARRIED if older.m[INDEX[name]]}
        # The new round may need less than is under way already: it is held against what was needed before.
        stood = older.m[APPROVED] or older.m[LAST_STATED]
        self._before.setdefault(newer.id, (stood, over_covered([stood, *older.m[1:]])))
        if moving:
            self._post(older, Movement.CARRIED, {stage: -quantity for stage, quantity in moving.items()})
        self._close(older)
        if moving:
            self._post(newer, Movement.CARRIED, moving)

    def _follow_items(self, said: Sequence[Posting], member: int, round_: Round) -> None:
        """Let support follow a need that is stated under the successor of its item, and ends under the retired one.

        In the same round all that is booked goes over, receipts too: the new number is the total for the same period.
        What an earlier round holds is taken on as by any later round: what is under way moves, receipts stay.
        """
        retired = retired_with_successor()
        if not retired:
            return  # a hundred thousand postings are not looked through while everybody waits
        begun = {(posting.item, posting.place, posting.group) for posting in said if posting.approved}
        ended = {(posting.item, posting.place, posting.group) for posting in said if not posting.approved}
        items = {item for item, _place, _group in begun | ended}
        into = {old: new for old, new in retired.items() if new in items or old in items}
        if not into:
            return
        standing = self._by_key(member, round_, {*into, *into.values()})
        for (item, place, group), older in standing.items():
            key = (into.get(item, 0), place, group)
            newer = standing.get(key)
            if newer is None or not (key in begun or (item, place, group) in ended):
                continue
            stands = older.m[APPROVED] or older.m[LAST_STATED]
            later = self._period_start(older.round) > round_.period_from_on
            if newer.m[APPROVED] and newer.round == round_.pk and not (stands or later):
                self._hand_over(older, newer)

    def _hand_over(self, older: Standing, newer: Standing) -> None:
        """All that is booked on a need that ended goes to the one that took its place, by named movements."""
        moving = {INDEX[name]: older.m[INDEX[name]] for name in BOOKED if older.m[INDEX[name]]}
        if older.round != newer.round:
            self._carry_over(older, newer)
        elif moving:
            self._post(older, Movement.ASSIGNED, {stage: -quantity for stage, quantity in moving.items()})
            self._post(newer, Movement.ASSIGNED, moving)
        self._taken_on.append(TakenOn(older.subject, newer.id))

    def _close(self, account: Standing) -> None:
        """Move what is left of an account from its open to its closed standing, in both books."""
        standing = list(account.m)
        kept = list(NOTHING)
        for name in ("received", "rejected", "missing"):
            kept[INDEX[name]] = standing[INDEX[name]]
        kept[APPROVED] = min(standing[APPROVED], standing[RECEIVED])
        kept[SUPERSEDED] = standing[APPROVED] - kept[APPROVED] + standing[LAST_STATED]
        kept[len(STAGES) :] = derive(kept, account.price, priced=account.goods)
        self._line(account, Movement.SUPERSEDED, [-value for value in standing], closed=False, accounts=-1)
        self._line(account, Movement.SUPERSEDED, kept, closed=True, accounts=1)
        account.m, account.closed, account.lapses_at, account.out_by = kept, True, None, None
        self._touched[account.id] = account

    def step_out(self, account: Standing, movement: Movement, *, for_good: bool = False) -> None:
        """Take what is approved out of the totals: beside them as *last stated*, or for good. It lapses no more."""
        approved, kept = account.m[APPROVED], account.m[LAST_STATED]
        self._post(account, movement, {APPROVED: -approved, LAST_STATED: -kept if for_good else approved})
        self._set_out(account, movement.value, None)

    def step_in(self, account: Standing, *, lapses_at: datetime) -> None:
        """Let what was last stated stand in the totals again; what stands there already only lapses later."""
        if kept := account.m[LAST_STATED]:
            self._post(account, Movement.RESUMED, {APPROVED: kept, LAST_STATED: -kept})
        self._set_out(account, None, lapses_at)

    def hand_on(self, ended: Standing, other: Standing) -> None:
        """Let support follow a need that ended as the same as another; receipts stay with another round's account."""
        names = BOOKED if ended.round == other.round else CARRIED
        self.assign(ended, other, {name: ended.m[INDEX[name]] for name in names})
        self._taken_on.append(TakenOn(ended.subject, other.id))

    def _set_out(self, account: Standing, out_by: int | None, lapses_at: datetime | None) -> None:
        account.out_by, account.lapses_at = out_by, lapses_at
        self._touched[account.id] = account
        self._check_due = True

    # ── support ──────────────────────────────────────────────────────────────
    def account(self, pk: int) -> Standing:
        """The account with this id, as it stands now."""
        if pk not in self._accounts:
            self._remember(read_account(pk))
        return self._accounts[pk]

    def unassigned(self, *, member: int, item: Item, round_: Round, place: int, group: int) -> Standing:
        """The account of a member that holds support for an item for which no need has been named."""
        self._remember(read_accounts(Q(kind=Account.Kind.UNASSIGNED, member=member, item=item, round=round_)))
        for account in self._accounts.values():
            if (account.kind, account.member, account.item, account.round) == (
                Account.Kind.UNASSIGNED, member, item.pk, round_.pk,
            ):  # fmt: skip
                return account
        terms = Terms(member, round_, {item.pk}, self.at)
        return self._new_account(
            terms, Posting(item.pk, place, group, uuid.uuid4(), 0, 0, self.at.date(), None), Account.Kind.UNASSIGNED
        )

    def move(
        self, account: Standing, movement: Movement, changes: Mapping[str, int], *, source: int | None = None
    ) -> None:
        """Change stages of one account by signed quantities (thousandths).

        Raises:
            BelowZero: a stage would fall below zero.
        """
        signed = {INDEX[name]: value for name, value in changes.items() if value}
        if signed:  # a line that moves nothing would say that something happened
            self._post(account, movement, signed, source)

    def assign(
        self, source: Standing, target: Standing, changes: Mapping[str, int], *, step: int | None = None
    ) -> None:
        """Move support (stage → quantity) from one account to another by a named movement.

        Raises:
            BelowZero: more than stands there.
        """
        self.move(source, Movement.ASSIGNED, {name: -value for name, value in changes.items()}, source=step)
        self.move(target, Movement.ASSIGNED, changes, source=step)

    # ── the public book ──────────────────────────────────────────────────────
    def publish(self, members: Iterable[int]) -> tuple[int, int]:
        """Bring the public book in line with what these members have released; returns (accounts in, accounts out)."""
        self.flush()
        went_in = went_out = 0
        for member in sorted(set(members)):
            released, held = access.public_subjects(members=[member], at=self.at)
            covered = _covered_by(released)
            mine = Account.objects.filter(member=member)
            went_out += self._copy_balances(mine.filter(public=True).exclude(covered & ~Q(subject__in=held)), sign=-1)
            detail = self._in_detail(member)
            for shown in (detail, ~detail):
                going_in = mine.filter(covered & shown, public=False).exclude(subject__in=held)
                went_in += self._copy_balances(going_in, sign=1, detail=shown is detail)
            # What is public already may have gained or lost its detail by another release.
            mine.filter(detail, public=True, public_detail=False).update(public_detail=True)
            mine.filter(public_detail=True).exclude(detail & Q(public=True)).update(public_detail=False)
        self._note_over_covered()
        self._accounts.clear()
        self._check_due = True
        return went_in, went_out

    def _in_detail(self, member: int) -> Q:
        """Accounts whose place, group, needed-by and rank are released too. Items marked SENS never are by place."""
        released, _ = access.public_subjects(members=[member], at=self.at, detail=True)
        sensitive = Item.objects.filter(flags__contains="SENS").values_list("pk", flat=True)
        return _covered_by(released) & ~Q(item__in=list(sensitive))

    def _copy_balances(self, accounts: Any, *, sign: int, detail: bool = False) -> int:
        """Post the balances of accounts into (+1) or out of (-1) the public book: one statement for any number."""
        try:
            chosen, parameters = accounts.order_by().values("id", *cubes.KEYS[Cube], *MEASURES).query.sql_with_params()
        except EmptyResultSet:  # nothing is released, so nothing can go in
            return 0
        movement = Movement.RELEASED if sign > 0 else Movement.WITHDRAWN
        signed = ", ".join(f"{'' if sign > 0 else '-'}{name}" for name in MEASURES)
        count = bulk.execute(
            f"INSERT INTO {bulk.table(Entry)} "
            f"(sequence, book, closed, account_id, movement, at, {', '.join(MEASURES)}) "
            f"SELECT %s + row_number() OVER (ORDER BY id), {Book.PUBLIC.value}, closed, id, {movement.value}, %s, "
            f"{signed} "
            f"FROM ({chosen}) AS chosen",
            [self._sequence, self._moment, *parameters],
        )
        if not count:
            return 0
        self._sequence += count
        self.clock.public_sequence = self._sequence
        cubes.copy_public(f"({chosen}) AS chosen", parameters, sign=sign)
        met = accounts.update(public=sign > 0, public_detail=detail)
        if met != count:
            raise bulk.RowsChangedMeanwhile(f"{met} of {count} accounts")
        return count

    # ── what time does ───────────────────────────────────────────────────────
    def settle(self) -> None:
        """Post what has expired or lapsed: releases past their last day, statements past their freshness limit."""
        self._remember(read_accounts(Q(lapses_at__lte=self.at, closed=False)))
        for account in list(self._accounts.values()):
            if account.lapses_at and account.lapses_at <= self.at and not account.closed:
                self.step_out(account, Movement.LAPSED)
        ended = Release.objects.filter(
            audience=Release.Audience.EVERYONE, ends_at__lte=self.at, withdrawn_at=None
        ).values_list("member_id", flat=True)
        self.publish(ended.distinct())
        self._check_due = True

    def _next_due(self) -> datetime | None:
        standing = Account.objects.filter(lapses_at__isnull=False)
        lapsing = standing.order_by("lapses_at").values_list("lapses_at", flat=True)
        ending = (
            Release.objects.filter(audience=Release.Audience.EVERYONE, withdrawn_at=None, ends_at__gt=self.at)
            .order_by("ends_at")
            .values_list("ends_at", flat=True)
        )
        return min((moment for moment in (lapsing.first(), ending.first()) if moment), default=None)

    # ── lines ────────────────────────────────────────────────────────────────
    def _post(
        self,
        account: Standing,
        movement: Movement,
        changes: Mapping[int, int],
        source: int | None = None,
        supersedes: int | None = None,
    ) -> None:
        """Change stages of an account and append the line, with what that changes in the derived measures."""
        balances = account.m
        self._before.setdefault(account.id, (balances[APPROVED], over_covered(balances)))
        line = list(NOTHING)
        for stage, change in changes.items():
            if balances[stage] + change < 0:
                raise BelowZero(STAGES[stage], balances[stage], -change)
            balances[stage] += change
            line[stage] = change
        first = len(STAGES)
        fresh = derive(balances, account.price, priced=account.goods)
        for position, value in enumerate(fresh, first):
            line[position] = value - balances[position]
            balances[position] = value
        self._touched[account.id] = account
        self._line(account, movement, line, closed=account.closed, source=source, supersedes=supersedes)

    def _line(
        self,
        account: Standing,
        movement: Movement,
        line: Sequence[int],
        *,
        closed: bool,
        source: int | None = None,
        supersedes: int | None = None,
        accounts: int = 0,
    ) -> None:
        self._sequence += 1
        tail = (account.id, movement.value, self._moment, supersedes, source, *line)
        self._lines.append((self._sequence, 0, closed, *tail))
        if account.public:
            self._sequence += 1
            self.clock.public_sequence = self._sequence
            self._lines.append((self._sequence, 1, closed, *tail))
        self._cells.add(account, line, closed=closed, accounts=accounts)

    # ── accounts ─────────────────────────────────────────────────────────────
    def _remember(self, rows: Iterable[Standing]) -> None:
        for account in rows:
            self._accounts.setdefault(account.id, account)  # the writer's memory is newer

    def _by_key(self, member: int, round_: Round, items: set[int]) -> dict[tuple[int, int, int], Standing]:
        """The open accounts of a member's needs for these items, by (item, place, group)."""
        condition = Q(kind=Account.Kind.NEED, closed=False, member=member, emergency=round_.emergency_id)
        if len(items) <= 500:
            condition &= Q(item__in=items)
        self._remember(read_accounts(condition))
        return {
            (account.item, account.place, account.group): account
            for account in self._accounts.values()
            if account.kind == Account.Kind.NEED
            and not account.closed
            and account.member == member
            and account.emergency == round_.emergency_id
        }

    def _new_account(self, terms: Terms, posting: Posting, kind: int = Account.Kind.NEED) -> Standing:
        self.clock.account += 1
        account = Standing()
        account.id, account.kind, account.new, account.m = self.clock.account, int(kind), True, list(NOTHING)
        account.member, account.round, account.emergency = terms.member, terms.round, terms.emergency
        account.item, account.place, account.group = posting.item, posting.place, posting.group
        account.sector, account.price, account.goods = terms.of_item(posting.item)
        account.subject, account.closed = posting.subject, False
        account.public = terms.is_public(account)
        account.public_detail = account.public and terms.shows_detail(account)
        account.needed_by, account.rank, account.statement = posting.needed_by, posting.rank, posting.statement or None
        account.stated = account.lapses_at = account.out_by = None
        self._accounts[account.id] = self._touched[account.id] = account
        self._cells.add(account, closed=False, accounts=1)
        return account

    def _period_start(self, round_id: int) -> date:
        if not hasattr(self, "_starts"):
            self._starts = dict(Round.objects.values_list("pk", "period_from_on"))
        return self._starts[round_id]

    # ── writing ──────────────────────────────────────────────────────────────
    def flush(self, closing: Sequence[bulk.Statement] = ()) -> None:
        """Write accounts, then their lines, then the cubes; the memory is empty of changes afterwards.

        `closing` are statements to run at the end: with few changes all of it is one round trip.
        """
        fresh = [account.row(self._stored) for account in self._touched.values() if account.new]
        changed = [
            (account.id, *account.changes(self._stored)) for account in self._touched.values() if not account.new
        ]
        accounts, entries = bulk.table(Account), bulk.table(Entry)
        columns = (*ACCOUNT_COLUMNS, *MEASURES)
        # Accounts that close do so before the one that takes their need on is there: one open account per need.
        if max(len(self._touched), len(self._lines), len(self._cells)) <= bulk.FEW:
            small = [bulk.updating(accounts, "id", ACCOUNT_CHANGES, row) for row in changed]
            small += [bulk.inserting(accounts, columns, fresh)] if fresh else []
            small += [bulk.inserting(entries, _ENTRY_COLUMNS, self._lines)] if self._lines else []
            small += [bulk.adding(*added) for added in self._cells.tables()]
            bulk.run([*small, *closing])
        else:
            bulk.update(accounts, "id", ACCOUNT_CHANGES, changed)
            bulk.insert(accounts, columns, fresh)
            bulk.insert(entries, _ENTRY_COLUMNS, self._lines)
            for added in self._cells.tables():
                bulk.add(*added)
            bulk.run(closing)
        for account in self._touched.values():
            account.new = False
        self._touched, self._lines, self._cells = {}, [], cubes.Cells()

    def finish(self) -> None:
        """Write everything and move the clock on. Called by `open` when its block ends."""
        if self._check_due:
            self.flush()  # what is due next is read from the accounts
            self.clock.next_due_at = self._next_due()
        clock, closing = self.clock, []
        if self._sequence != clock.sequence:
            clock.at, clock.sequence = self.at, self._sequence
            closing.append(self._day())
        moments = (self._stored.moment(clock.at), self._stored.moment(clock.next_due_at))
        row = (True, clock.sequence, clock.account, clock.public_sequence, *moments)
        self.flush([*closing, bulk.updating(bulk.table(Clock), "one", _CLOCK_CHANGES, row)])
        if self._taken_on:  # the accounts are there now
            for follower in _FOLLOWERS:
                follower(self._taken_on)
        self._note_over_covered()
        if self._over:
            for watcher in _WATCHERS:
                watcher(self._over, self.at)

    def _note_over_covered(self) -> None:
        """Note the needs of which less is approved than before this post, so that they are over-covered, or more so.

        What lapsed or was paused stands beside the totals and is not over-covered.
        """
        for pk, (approved, over) in self._before.items():
            account = self._accounts[pk]
            if account.closed or account.out_by in _BESIDE:
                continue
            more = over_covered(account.m)
            if account.m[APPROVED] < approved and more > over:
                self._over.append(OverCovered(account.subject, pk, account.member, account.item, more))
        self._before.clear()

    def _day(self) -> bulk.Statement:
        """The statement that notes the last sequence of the day of this post."""
        return bulk.Statement(
            f'INSERT INTO {bulk.table(Day)} ("on", sequence) VALUES (%s, %s) '
            'ON CONFLICT ("on") DO UPDATE SET sequence = excluded.sequence',
            [self._stored.day(self.at.astimezone(UTC).date()), self._sequence],
            1,
        )


def _covered_by(released: Iterable[tuple[int, uuid.UUID]]) -> Q:
    """The accounts that these subjects of releases name, by columns of their own: a join is dear in an UPDATE."""
    subjects = [subject for _, subject in released]
    sectors = Sector.objects.filter(uuid__in=subjects).values_list("pk", flat=True)
    return Q(sector__in=list(sectors)) | Q(subject__in=subjects)
