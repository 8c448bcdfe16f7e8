"""What changed, since a moment, of what somebody may see: the page "What changed" of those who give, and its file.

Built from the lines of the books between two sequences (`books.changes`), so that what was posted before is not read:
what a need was then is what it is now less what these lines changed. As everywhere, a need whose detail is shown is a
row of its own; needs shown as figures stand as one row for each member and item. Only what is shown now has figures,
and what it was then only where it was shown then; of what is shown no longer, only that is said.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Final, Literal

from django.db.models import Count, QuerySet, Sum

from unmet.access import visible
from unmet.access.actors import current
from unmet.audit.models import AuditRow
from unmet.books import changes as books_changes
from unmet.books.changes import Change
from unmet.books.models import Account
from unmet.support import request_queries
from unmet.support.models import AssistanceRequest

What = Literal[
    "new", "shown", "again", "revised", "ended", "lapsed", "set_aside", "covered", "more_covered", "less_covered",
    "received", "met", "gone",
]  # fmt: skip
_MEASURES: Final = ("approved", "last_stated", "not_covered", "needs_met")
_AT_ONCE: Final = 5000
# Up to so many needs that somebody sees, their lines are found need by need; beyond, by walking the lines in between.
_FEW: Final = 2000


@dataclass(frozen=True, slots=True)
class Row:
    """What changed of one need (`subject`), or of one member's needs of an item together, where they are figures.

    Quantities in thousandths of the base unit; `before` is None where it was not shown then, all are None where it is
    shown no longer (`gone`).
    """

    member: int
    item: int
    what: tuple[What, ...]
    subject: uuid.UUID | None = None
    place: int | None = None
    group: int | None = None
    approved_before: int | None = None
    approved: int | None = None
    not_covered_before: int | None = None
    not_covered: int | None = None
    received: int = 0


Balances = Mapping[str, int]


@dataclass(frozen=True)
class Changes:
    """What changed after a moment and its sequence, up to another, for the acting person, own needs left out."""

    then: datetime
    after: int
    now: datetime
    until: int

    @cached_property
    def rows(self) -> list[Row]:
        """All rows, in no order; the caller sorts them by names in the reader's language."""
        return [*self._details(), *self._sums(), *self._gone()]

    # ── what is shown, and was ───────────────────────────────────────────────
    def _others(self) -> QuerySet[Account]:
        return Account.objects.filter(kind=Account.Kind.NEED).exclude(member__in=current().own_parties)

    def _detailed(self) -> QuerySet[Account]:
        """Sensitive items are never shown by place."""
        return visible.rows(self._others().exclude(item__flags__contains="SENS"), detail=True)

    def _figures(self) -> QuerySet[Account]:
        return visible.rows(self._others()).exclude(pk__in=self._detailed().values("pk"))

    def _touched(self, accounts: QuerySet[Account]) -> QuerySet[Account]:
        return visible.touched_rows(accounts, after=self.then, until=self.now)

    def _fresh(self, accounts: QuerySet[Account], *, detail: bool) -> set[uuid.UUID]:
        """Needs among these, which are shown now, that were not shown then, or not in detail."""
        touched = self._touched(accounts.filter(closed=False))
        then = visible.were_rows(self._others(), at=self.then, detail=detail)
        return set(touched.exclude(pk__in=then.values("pk")).values_list("subject", flat=True))

    def _changed(self, accounts: QuerySet[Account]) -> dict[uuid.UUID, Change]:
        few = list(accounts.order_by().values_list("pk", flat=True)[: _FEW + 1])
        chosen = Account.objects.filter(pk__in=few) if len(few) <= _FEW else accounts
        found = books_changes.between(after=self.after, until=self.until, accounts=chosen)
        return {change.subject: change for change in found}

    # ── two kinds of rows ────────────────────────────────────────────────────
    def _details(self) -> Iterator[Row]:
        accounts = self._detailed()
        changed, fresh = self._changed(accounts), self._fresh(accounts, detail=True)
        for account in _open(accounts, {*changed, *fresh}):
            now, change = _balances(account), changed.get(account.subject)
            about = Row(account.member_id, account.item_id, (), account.subject, account.place_id, account.group_id)
            if account.subject in fresh:
                yield from _told(about, None, now, fresh=now)
            elif change is not None:
                yield from _told(about, _less(now, change.changes), now, [change])

    def _sums(self) -> Iterator[Row]:
        accounts = self._figures()
        changed, fresh = self._changed(accounts), self._fresh(accounts, detail=False)
        cells: defaultdict[tuple[int, int], list[Change]] = defaultdict(list)
        for change in changed.values():
            if change.subject not in fresh:
                cells[change.member, change.item].append(change)
        new: defaultdict[tuple[int, int], list[Balances]] = defaultdict(list)
        for account in _open(accounts, fresh):
            new[account.member_id, account.item_id].append(_balances(account))
        for (member, item), now, count in _cells(accounts, {*cells, *new}):
            shown, moved = _total(new[member, item]), cells[member, item]
            before = _less(_less(now, shown), _total(change.changes for change in moved))
            known = count > len(new[member, item])
            yield from _told(Row(member, item, ()), before if known else None, now, moved, fresh=shown)

    # ── what is shown no longer ──────────────────────────────────────────────
    def _gone(self) -> Iterator[Row]:
        then = visible.were_rows(self._touched(self._others().filter(closed=False)), at=self.then)
        gone = then.exclude(pk__in=visible.rows(self._others()).values("pk"))
        for member, item in gone.order_by("member", "item").values_list("member_id", "item_id").distinct():
            yield Row(member, item, ("gone",))


def _open(accounts: QuerySet[Account], subjects: Iterable[uuid.UUID]) -> Iterator[Account]:
    """The open account of each of these needs."""
    wanted = list(subjects)
    for start in range(0, len(wanted), _AT_ONCE):
        found = accounts.filter(subject__in=wanted[start : start + _AT_ONCE], closed=False)
        yield from found.only("subject", "member_id", "item_id", "place_id", "group_id", *_MEASURES)


def _cells(
    accounts: QuerySet[Account], cells: Collection[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], Balances, int]]:
    """What stands now in each of these cells of member and item, over the needs shown as figures, and how many."""
    if not cells:
        return
    members, items = {member for member, _ in cells}, {item for _, item in cells}
    found = accounts.filter(closed=False, member__in=members, item__in=items)
    named = {f"sum_{name}": Sum(name) for name in _MEASURES}
    rows = found.order_by().values("member_id", "item_id").annotate(**named, n=Count("pk"))
    for member, item, count, *sums in rows.values_list("member_id", "item_id", "n", *named).iterator():
        if (member, item) in cells:
            yield (member, item), dict(zip(_MEASURES, map(int, sums), strict=True)), count


def _balances(account: Account) -> Balances:
    return {name: getattr(account, name) for name in _MEASURES}


def _less(now: Balances, changes: Balances) -> Balances:
    return {name: now[name] - changes.get(name, 0) for name in _MEASURES}


def _total(parts: Iterable[Balances]) -> Balances:
    summed = dict.fromkeys(_MEASURES, 0)
    for part in parts:
        for name in _MEASURES:
            summed[name] += part[name]
    return summed


def _told(
    about: Row, before: Balances | None, now: Balances, changes: Sequence[Change] = (), *, fresh: Balances | None = None
) -> Iterator[Row]:
    """The row, if there is anything to say: `fresh` is what of `now` was not shown then, and is in no comparison."""
    new = bool(fresh and (fresh["approved"] or fresh["last_stated"]))
    received = sum(change.received for change in changes)
    what: list[What] = ["shown"] if new else []
    if before is not None:
        lapsed = any(change.lapsed for change in changes)
        what += _what(before, _less(now, fresh or {}), received=received, lapsed=lapsed)
    if what:
        yield replace(
            about, what=tuple(what), approved=now["approved"], not_covered=now["not_covered"], received=received,
            approved_before=before["approved"] if before is not None else None,
            not_covered_before=before["not_covered"] if before is not None else None,
        )  # fmt: skip


def _what(before: Balances, now: Balances, *, received: int, lapsed: bool) -> Iterator[What]:
    """What of these changed: at most one word for what is needed, and one for what covers it."""
    if now["last_stated"] > before["last_stated"]:
        yield "lapsed" if lapsed else "set_aside"
    elif now["approved"] != before["approved"]:
        if not now["approved"]:
            yield "ended"
        elif before["approved"]:
            yield "revised"
        else:
            yield "again" if before["last_stated"] else "new"
    if received > 0:
        yield "met" if now["needs_met"] > before["needs_met"] else "received"
    elif now["approved"] and not now["not_covered"] and before["not_covered"]:
        yield "covered"
    elif now["approved"] == before["approved"] and now["not_covered"] != before["not_covered"]:
        yield "more_covered" if now["not_covered"] < before["not_covered"] else "less_covered"


# ── requests for assistance ──────────────────────────────────────────────────
REQUEST_EVENTS: Final = {
    f"support.request_{what}": what for what in ("sent", "stopped", "lifted", "withdrawn", "closed")
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RequestChange:
    """What happened to a request that the acting person's parties received: `sent`, `stopped`, `lifted`, and so on."""

    at: datetime
    what: str
    request: AssistanceRequest


def of_requests(*, after: datetime) -> list[RequestChange]:
    """What happened after a moment to the requests that the acting person sees, the newest first."""
    received = {
        str(request.uuid): request for request in request_queries.received().exclude(ended_at__lte=after)
    }  # fmt: skip
    rows = AuditRow.objects.filter(event__in=REQUEST_EVENTS, subject__in=list(received), at__gt=after)
    return [
        RequestChange(at, REQUEST_EVENTS[event], received[subject])
        for at, event, subject in rows.order_by("-pk").values_list("at", "event", "subject")
    ]
