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
# Up to so many lines in between, they are walked whoever asks; beyond, who sees few needs has theirs looked up.
_WALKED: Final = 100_000
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
_Cell = tuple[int, int]


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

    # ── what is shown, and was: always asked of few accounts, never of all ───
    def _others(self) -> QuerySet[Account]:
        """Open accounts of needs of others."""
        found = Account.objects.filter(kind=Account.Kind.NEED, closed=False)
        return found.exclude(member__in=current().own_parties)

    @staticmethod
    def _detailed(among: QuerySet[Account]) -> QuerySet[Account]:
        """Those shown in detail. Sensitive items never are, by place."""
        return visible.rows(among.exclude(item__flags__contains="SENS"), detail=True)

    def _figures(self, among: QuerySet[Account]) -> QuerySet[Account]:
        """Those shown as figures only."""
        return visible.rows(among).exclude(pk__in=self._detailed(among).values("pk"))

    @cached_property
    def _touched(self) -> QuerySet[Account]:
        """Those that may have come into sight, or gone out of it, since then."""
        return visible.touched_rows(self._others(), after=self.then, until=self.now)

    def _fresh(self, shown: QuerySet[Account], *, detail: bool) -> dict[uuid.UUID, Account]:
        """Of what is touched and shown now, the needs that were not shown then, or not in detail."""
        then = visible.were_rows(self._touched, at=self.then, detail=detail)
        return {account.subject: account for account in shown.exclude(pk__in=then.values("pk"))}

    @cached_property
    def _changed(self) -> dict[uuid.UUID, Change]:
        """Every need of which the books say something new; of few needs, where the lines in between are too many."""
        accounts = None
        if self.until - self.after > _WALKED:
            few = list(visible.rows(self._others()).order_by().values_list("subject", flat=True)[: _FEW + 1])
            accounts = Account.objects.filter(subject__in=few) if len(few) <= _FEW else None
        found = books_changes.between(after=self.after, until=self.until, accounts=accounts)
        return {change.subject: change for change in found}

    def _pieces(self) -> Iterator[QuerySet[Account]]:
        subjects = list(self._changed)
        for start in range(0, len(subjects), _AT_ONCE):
            yield self._others().filter(subject__in=subjects[start : start + _AT_ONCE])

    # ── two kinds of rows ────────────────────────────────────────────────────
    def _details(self) -> Iterator[Row]:
        fresh = self._fresh(self._detailed(self._touched), detail=True)
        for account in fresh.values():
            yield from _told(_about(account), None, _balances(account), fresh=_balances(account))
        for piece in self._pieces():
            for account in self._detailed(piece):
                if account.subject not in fresh:
                    now, change = _balances(account), self._changed[account.subject]
                    yield from _told(_about(account), _less(now, change.changes), now, [change])

    def _sums(self) -> Iterator[Row]:
        new: defaultdict[_Cell, list[Balances]] = defaultdict(list)
        fresh = self._fresh(self._figures(self._touched), detail=False)
        for account in fresh.values():
            new[account.member_id, account.item_id].append(_balances(account))
        cells: defaultdict[_Cell, list[Change]] = defaultdict(list)
        for piece in self._pieces():
            for subject in self._figures(piece).values_list("subject", flat=True):
                if subject not in fresh:
                    change = self._changed[subject]
                    cells[change.member, change.item].append(change)
        for (member, item), now, count in self._cells({*cells, *new}):
            shown, moved = _total(new[member, item]), cells[member, item]
            before = _less(_less(now, shown), _total(change.changes for change in moved))
            known = count > len(new[member, item])
            yield from _told(Row(member, item, ()), before if known else None, now, moved, fresh=shown)

    def _cells(self, cells: Collection[_Cell]) -> Iterator[tuple[_Cell, Balances, int]]:
        """What stands now in these cells of member and item, over the needs shown as figures, and how many."""
        if not cells:
            return
        members, items = {member for member, _ in cells}, {item for _, item in cells}
        found = self._figures(self._others().filter(member__in=members, item__in=items))
        named = {f"sum_{name}": Sum(name) for name in _MEASURES}
        rows = found.order_by().values("member_id", "item_id").annotate(**named, n=Count("pk"))
        for member, item, count, *sums in rows.values_list("member_id", "item_id", "n", *named).iterator():
            if (member, item) in cells:
                yield (member, item), dict(zip(_MEASURES, map(int, sums), strict=True)), count

    # ── what is shown no longer ──────────────────────────────────────────────
    def _gone(self) -> Iterator[Row]:
        then = visible.were_rows(self._touched, at=self.then)
        gone = then.exclude(pk__in=visible.rows(self._touched).values("pk"))
        for member, item in gone.order_by("member", "item").values_list("member_id", "item_id").distinct():
            yield Row(member, item, ("gone",))


def _about(account: Account) -> Row:
    return Row(account.member_id, account.item_id, (), account.subject, account.place_id, account.group_id)


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
