"""What is given: pledged by the giver, accepted by the member, sent, and received as the member's own people say.

A line is known by giver of record, reference and item. Stating the same stage and quantity again changes nothing, a
later stage moves that quantity on, in part or whole, and another quantity at the same stage is refused. What arrived
is kept as a receipt of a consignment of its own (`support.line_receipts`), whose page receives the rest and corrects.

Whoever may not read a line (`queries.for_actor`) learns nothing of it: not for whom it is, how much, or how far it has
come. A reference that is taken by such a line is treated as a new one by every rule; only where it would then be
booked is it refused (`reference_taken`), since a box is counted once.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.db.models import Q

from unmet.access import may, visible
from unmet.access import services as access
from unmet.access.actors import Actor, current
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.books import services as books
from unmet.books.measures import INDEX
from unmet.books.models import Account, Movement
from unmet.books.standing import Standing
from unmet.catalogue.models import Item, Round
from unmet.catalogue.successors import lasting
from unmet.methods.plain import plain
from unmet.parties.models import Group, Party, Person, Place
from unmet.support import dated, line_receipts, queries, request_queries, telling
from unmet.support.lines import SupportLine
from unmet.support.models import ConsignmentLine, Line, OfferedLine, Proposal, Stage
from unmet.support.moving import live_account, move
from unmet.support.said import boxed, stated_by_stage

Reason = Literal[
    "not_yours", "own_giver", "unknown_need", "other_member", "other_quantity", "more_than_stands", "not_accepted",
    "already_proposed", "reference_taken", "of_offer", "in_consignment", "quantity", "why", "too_long", "changed",
    "stopped", "more_than_needed", "received_before", "reason", "future",
]  # fmt: skip
Outcome = Literal["created", "updated", "unchanged", "proposed", "refused"]

# Where the quantity of a stage may come from, in this order. "" is: from nothing, stated for the first time.
_SOURCES: dict[str, tuple[str, ...]] = {
    Stage.PLEDGED: ("",),
    Stage.ALLOCATED: (Stage.PLEDGED, ""),
    Stage.COMMITTED: (Stage.ALLOCATED, Stage.PLEDGED, ""),
    Stage.IN_TRANSIT: (Stage.COMMITTED,),
    Stage.RECEIVED: (Stage.IN_TRANSIT, Stage.COMMITTED, ""),
    Stage.REJECTED: (Stage.IN_TRANSIT, Stage.COMMITTED),
    Stage.MISSING: (Stage.IN_TRANSIT, Stage.COMMITTED),
}
_BY_GIVER = frozenset({Stage.PLEDGED, Stage.ALLOCATED, Stage.IN_TRANSIT})
_BY_MEMBER = frozenset({Stage.RECEIVED, Stage.REJECTED, Stage.MISSING})
# Of what came of an offer these move by the offer alone (`support.acceptance`), so that what is left of it is right.
_BY_OFFER = frozenset({Stage.PLEDGED, Stage.ALLOCATED, Stage.COMMITTED})


class SupportRefused(Exception):
    """A line of support that cannot be booked; `reason` is one of `Reason`."""

    def __init__(self, reason: Reason, line: SupportLine | None = None, standing: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.line, self.standing = reason, line, standing


@dataclass(frozen=True, slots=True)
class Planned:
    """What one line would do, or why it is refused. `standing` is the quantity it collides with (thousandths)."""

    line: SupportLine
    outcome: Outcome
    reason: Reason | None = None
    standing: int = 0
    unassigned: bool = False


@dataclass(slots=True)
class _Thread:
    """A line of support as it would stand after the rows before: quantities by stage, and what was ever stated."""

    member: str
    subject: uuid.UUID | None = None  # the need on whose account it stands
    stages: dict[str, int] = field(default_factory=dict)
    stated: dict[str, int] = field(default_factory=dict)
    proposed: int = 0
    # What is packed or travels in consignments: their own pages state what becomes of it.
    boxed: dict[str, int] = field(default_factory=dict)


class _Plan:
    """Reads what stands and works through the lines in their order."""

    def __init__(self, lines: Sequence[SupportLine], actor: Actor, round_: Round) -> None:
        self.actor, self.round = actor, round_
        # For lines that are new: the account they go to, None for support without a need.
        self.targets: dict[tuple[str, str, int], Account | None] = {}
        codes = {line.giver_code for line in lines} | {line.member_code for line in lines}
        codes |= {line.channel_code for line in lines if line.channel_code}
        self.parties = {party.code: party for party in Party.objects.filter(code__in=codes)}
        self.threads: dict[tuple[str, str, int], _Thread] = {}
        named = Q(giver__code__in=codes, reference__in={line.reference for line in lines})
        # Keys first: read after, a line that the actor's colleague books in between would look like one of others.
        keys = set(Line.objects.filter(named).values_list("giver__code", "reference", "item_id"))
        readable = queries.for_actor().filter(named).select_related("giver", "member", "account")
        for standing in readable.prefetch_related("steps", "proposals", "consigned__consignment"):
            self.threads[standing.giver.code, standing.reference, standing.item_id] = _thread(standing)
        # Keys of lines that the actor may not read; nothing else of them is looked at.
        self.taken = keys - set(self.threads)
        offered = OfferedLine.objects.filter(line__giver__code__in=codes, line__reference__in={one[1] for one in keys})
        self.offered = set(offered.values_list("line__giver__code", "line__reference", "line__item_id"))

    def work(self, line: SupportLine) -> tuple[Planned, list[tuple[str, int]]]:
        """The outcome of one line, and (from stage, quantity) pairs to move; the thread moves on in memory."""
        try:
            return self._work(line)
        except SupportRefused as refused:
            return Planned(line, "refused", refused.reason, refused.standing), []

    def _work(self, line: SupportLine) -> tuple[Planned, list[tuple[str, int]]]:
        proposing = self._may_state(line)
        key = (line.giver_code, line.reference, line.item_id)
        known = self.threads.get(key)
        thread = known or _Thread(line.member_code)
        if thread.member != line.member_code:
            raise SupportRefused("other_member", line)
        if known is not None and key in self.offered and line.stage in _BY_OFFER:
            raise SupportRefused("of_offer", line)
        stated = thread.stated.get(line.stage, 0)
        if stated == line.quantity:
            return Planned(line, "unchanged"), []
        if stated:
            raise SupportRefused("received_before" if line.stage in _BY_MEMBER else "other_quantity", line, stated)
        self._check_receipt(line)
        if proposing and thread.proposed:
            if thread.proposed != line.quantity:
                raise SupportRefused("already_proposed", line, thread.proposed)
            return Planned(line, "unchanged"), []
        moves = _sources(thread, line)  # of a proposal too: what could not be accepted is refused now
        # Nothing is noted before the last refusal: a later row of the same reference must not build on it.
        if known is None:
            target = _need_account(line, self.parties[line.member_code], self.round)
            if key in self.taken:
                raise SupportRefused("reference_taken", line)
            self.targets[key] = target
            thread.subject = target.subject if target is not None else None
        if line.stage == Stage.COMMITTED and thread.subject is not None and request_queries.stopped([thread.subject]):
            raise SupportRefused("stopped", line)
        self.threads[key] = thread
        unassigned = known is None and self.targets[key] is None
        if proposing:
            thread.proposed = line.quantity
            return Planned(line, "proposed", unassigned=unassigned), []
        for source, quantity in moves:
            if source:
                thread.stages[source] -= quantity
            thread.stages[line.stage] = thread.stages.get(line.stage, 0) + quantity
        thread.stated[line.stage] = line.quantity
        return Planned(line, "updated" if known else "created", unassigned=unassigned), moves

    def _check_receipt(self, line: SupportLine) -> None:
        """Refuses what no receipt may say: a day to come, a shortfall without a reason."""
        if line.stage in _BY_MEMBER and dated.has_not_begun(line.dated_on, at=self.actor.at):
            raise SupportRefused("future", line)
        if line.stage in (Stage.REJECTED, Stage.MISSING) and not plain(line.reason):
            raise SupportRefused("reason", line)

    def _may_state(self, line: SupportLine) -> bool:
        """Whether this only proposes (a focal point's commitment); refuses a stage the person may not state."""
        giver, member = self.parties[line.giver_code], self.parties[line.member_code]
        if giver.pk == member.pk:
            raise SupportRefused("own_giver", line)
        if line.stage in _BY_GIVER:
            if not may.may(self.actor, Deed.STATE_SUPPORT, giver):
                raise SupportRefused("not_yours", line)
            return False
        if line.stage in _BY_MEMBER:
            if not may.may(self.actor, Deed.RECEIVE_SUPPORT, member):
                raise SupportRefused("not_yours", line)
            return False
        if may.may(self.actor, Deed.ACCEPT_SUPPORT, member):
            return False
        if not may.may(self.actor, Deed.PROPOSE_COMMITMENT, member):
            raise SupportRefused("not_yours", line)
        return True


def _thread(line: Line) -> _Thread:
    thread = _Thread(line.member.code, line.account.subject, {stage: getattr(line, stage) for stage in Stage.values})
    thread.stated, thread.boxed = stated_by_stage(line.steps.all()), boxed(line)
    thread.proposed = sum(
        proposal.quantity for proposal in line.proposals.all() if proposal.state == Proposal.State.PROPOSED
    )
    return thread


def _sources(thread: _Thread, line: SupportLine) -> list[tuple[str, int]]:
    """From which stages the quantity comes: as much as stands in each, in their order."""
    first = not any(thread.stated.values())
    left, moves, kept = line.quantity, [], 0
    for source in _SOURCES[Stage(line.stage)]:
        if source == "":
            # From nothing only when nothing was said about this reference before: else it would count twice.
            if first:
                moves.append(("", left))
                left = 0
            break
        free = max(thread.stages.get(source, 0) - thread.boxed.get(source, 0), 0)
        take, kept = min(left, free), kept + thread.boxed.get(source, 0)
        if take:
            moves.append((source, take))
            left -= take
        if not left:
            break
    if left and kept:
        raise SupportRefused("in_consignment", line, kept)
    if left:
        before = line.stage == Stage.IN_TRANSIT and not thread.stages.get(Stage.COMMITTED)
        raise SupportRefused("not_accepted" if before else "more_than_stands", line, line.quantity - left)
    return moves


# ── stating ──────────────────────────────────────────────────────────────────
def preview(lines: Sequence[SupportLine], *, round_: Round) -> list[Planned]:
    """What each line would do; nothing is written."""
    plan = _Plan(lines, current(), round_)
    return [plan.work(line)[0] for line in lines]


def state(
    lines: Sequence[SupportLine], *, round_: Round, by: Person, at: datetime, good_rows: bool = False
) -> list[Planned]:
    """Book lines of support in their order; all or none unless only the good rows are asked for.

    Raises:
        NotAllowed: `by` is not the acting person, or holds no role for any party.
        SupportRefused: the first refused line, when `good_rows` is False; nothing is written.
    """
    actor = current()
    if actor.person != by or not actor.roles:
        raise may.NotAllowed(Deed.STATE_SUPPORT)
    with books.open(at=at) as book:
        plan = _Plan(lines, actor, round_)
        done: list[Planned] = []
        arrived = _Arrivals()
        for line in lines:
            planned, moves = plan.work(line)
            if planned.outcome != "refused":
                _book(book, plan, planned, moves, round_, by, arrived)
            if planned.outcome == "refused" and not good_rows:
                raise SupportRefused(planned.reason or "not_yours", line, planned.standing)
            done.append(planned)
        arrived.keep(book, by)
        counts = {
            outcome: sum(one.outcome == outcome for one in done) for outcome in ("created", "updated", "proposed")
        }
        if any(counts.values()):
            access.record(event="support.stated", at=book.at, subject_kind="round", subject=round_.uuid, detail=counts)
            booked = [one for one in done if one.outcome not in {"unchanged", "refused"}]
            telling.stated([(one.line, one.outcome == "proposed") for one in booked], by=by, at=book.at)
    return done


class _Arrivals:
    """Rows that say what arrived: those of one line and day are one receipt, with one certificate."""

    def __init__(self) -> None:
        self.receipts: list[tuple[int, list[SupportLine], list[tuple[str, int]]]] = []

    def add(self, line: Line, row: SupportLine, moves: list[tuple[str, int]]) -> None:
        """Nothing is booked yet; no other row takes what has arrived."""
        for pk, rows, sources in self.receipts:
            if pk == line.pk and line_receipts.go_together([*rows, row]):
                rows.append(row)
                sources.extend(moves)
                return
        self.receipts.append((line.pk, [row], list(moves)))

    def keep(self, book: books.Writer, by: Person) -> None:
        """Write the receipts."""
        for pk, rows, sources in self.receipts:
            line = Line.objects.select_related("giver", "channel", "member").get(pk=pk)
            line_receipts.keep_stated(book, line, rows, sources=sources, by=by)


def _book(
    book: books.Writer, plan: _Plan, planned: Planned, moves: list[tuple[str, int]], round_: Round, by: Person,
    arrived: _Arrivals,
) -> None:  # fmt: skip
    line = planned.line
    if planned.outcome == "unchanged":
        return
    giver, member = plan.parties[line.giver_code], plan.parties[line.member_code]
    kept = Line.objects.filter(giver=giver, reference=line.reference, item_id=line.item_id).first()
    if kept is None:
        target = plan.targets[line.giver_code, line.reference, line.item_id]
        item = Item.objects.get(pk=line.item_id)
        account = target.pk if target else _unassigned(book, member, item, round_).id
        kept = Line.objects.create(
            giver=giver, channel=plan.parties.get(line.channel_code or ""), member=member, item=item, round=round_,
            reference=line.reference, account_id=account, expected_on=line.expected_on, stated_by=by, stated_at=book.at,
        )  # fmt: skip
    elif line.expected_on and line.expected_on != kept.expected_on:
        Line.objects.filter(pk=kept.pk).update(expected_on=line.expected_on)
    if planned.outcome == "proposed":
        Proposal.objects.create(
            line=kept, quantity=line.quantity, dated_on=line.dated_on, expected_on=line.expected_on,
            proposed_by=by, proposed_at=book.at,
        )  # fmt: skip
    if planned.outcome != "proposed" and line.stage == Stage.COMMITTED:
        # The approver's own commitment decides what the focal point had proposed.
        waiting = Proposal.objects.filter(line=kept, state=Proposal.State.PROPOSED)
        same = waiting.filter(quantity=line.quantity)
        same.update(state=Proposal.State.ACCEPTED, decided_by=by, decided_at=book.at)
        waiting.update(state=Proposal.State.DECLINED, decided_by=by, decided_at=book.at)
    if line.stage in _BY_MEMBER and moves:
        arrived.add(kept, line, moves)
        return
    party = giver if line.stage in _BY_GIVER else member
    for source, quantity in moves:
        move(book, kept, source, line.stage, quantity, by=by, party=party, dated_on=line.dated_on, reason=line.reason)


@books.follows
def _go_on(taken_on: Sequence[books.TakenOn]) -> None:
    """Lines whose support went to the need of a successor of their item stand on that account from now on."""
    for one in taken_on:
        lines = Line.objects.filter(account__kind=Account.Kind.NEED, account__subject=one.subject)
        lines.update(account=one.account)
        # What has ended goes too, unless it stays with an earlier round.
        ended = ConsignmentLine.objects.filter(account__subject=one.subject, account__closed=False)
        ended.update(account=one.account)


def _need_account(line: SupportLine, member: Party, round_: Round) -> Account | None:
    """The account of the need a line names, or the only open one of member × item; None means unassigned.

    Raises:
        SupportRefused: `unknown_need` when the line names one that is not there, or not for this actor to see.
    """
    open_ones = Account.objects.filter(
        member=member, emergency=round_.emergency_id, item__in=lasting(line.item_id), kind=Account.Kind.NEED,
        closed=False,
    ).exclude(item__retired_on__isnull=False, item__successor__isnull=False, approved=0, last_stated=0)  # fmt: skip
    # A giver may hit only what it can see: else a sheet of guesses would tell which needs exist.
    open_ones = visible.rows(open_ones)
    if not line.need_code:
        found = list(open_ones[:2])
        return found[0] if len(found) == 1 else None
    try:
        named = open_ones.filter(subject=uuid.UUID(line.need_code)).first()
    except ValueError:
        named = None
    if named is None:
        raise SupportRefused("unknown_need", line)
    return named


def _unassigned(book: books.Writer, member: Party, item: Item, round_: Round) -> Standing:
    everyone = Group.objects.get(code=Group.EVERYONE)
    return book.unassigned(
        member=member.pk, item=item, round_=round_, place=Place.objects.whole_country(member).pk, group=everyone.pk
    )


# ── deciding ─────────────────────────────────────────────────────────────────
def accept(proposal: Proposal, *, by: Person, at: datetime) -> None:
    """The member's approver makes the commitment that its focal point proposed.

    Raises:
        NotAllowed: `by` is no approver of the member.
        SupportRefused: it was decided meanwhile, less stands there now (`more_than_stands`), or a request for the need
            says stop sending (`stopped`).
    """
    line = proposal.line
    may.require(Deed.ACCEPT_SUPPORT, by=by, party=line.member)
    with books.open(at=at) as book:
        _decide(proposal, Proposal.State.ACCEPTED, by, book.at)
        line = Line.objects.select_related("giver", "member", "account").get(pk=line.pk)
        if request_queries.stopped([line.account.subject]):
            raise SupportRefused("stopped")
        if proposal.expected_on:
            Line.objects.filter(pk=line.pk).update(expected_on=proposal.expected_on)
        asked = SupportLine(
            giver_code=line.giver.code, channel_code=None, member_code=line.member.code, item_id=line.item_id,
            quantity=proposal.quantity, stage=Stage.COMMITTED, dated_on=proposal.dated_on,
            expected_on=proposal.expected_on, reference=line.reference, need_code=None, reason="", outcome="updated",
            sheet="", row=0,
        )  # fmt: skip
        thread = _thread(line)
        # An approver may have stated the commitment directly meanwhile: the same is booked once, another is a fault.
        committed = thread.stated.get(Stage.COMMITTED, 0)
        if committed and committed != proposal.quantity:
            raise SupportRefused("other_quantity", asked, committed)
        for source, quantity in _sources(thread, asked) if not committed else []:
            move(book, line, source, Stage.COMMITTED, quantity, by=by, party=line.member, dated_on=proposal.dated_on)
        _record("support.accepted", line, book.at, quantity=proposal.quantity)
        telling.accepted(proposal, by=by, at=book.at)


@transaction.atomic
def decline(proposal: Proposal, *, by: Person, at: datetime) -> None:
    """The member's approver declines a proposed commitment; nothing moves.

    Raises:
        NotAllowed: `by` is no approver of the member.
        SupportRefused: it was decided meanwhile.
    """
    may.require(Deed.ACCEPT_SUPPORT, by=by, party=proposal.line.member)
    _decide(proposal, Proposal.State.DECLINED, by, at)
    _record("support.declined", proposal.line, at, quantity=proposal.quantity)
    telling.declined(proposal, by=by, at=at)


def _decide(proposal: Proposal, state_: str, by: Person, at: datetime) -> None:
    open_ones = Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.PROPOSED)
    if not open_ones.update(state=state_, decided_by=by, decided_at=at):
        raise SupportRefused("already_proposed")


def _record(event: str, line: Line, at: datetime, **detail: int) -> None:
    access.record(
        event=event, at=at, party=line.member, role=Role.APPROVER, subject_kind="support", subject=line.uuid,
        detail=detail,
    )  # fmt: skip


def assign(line: Line, account: Account, *, by: Person, at: datetime, over: bool = False) -> None:
    """The member's people say which need a line of unassigned support is for; it moves there by a named movement.

    What is committed there is asked about as when it is accepted; `over` says that more than is not covered is meant.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        SupportRefused: `unknown_need` when the account is no open need of that member and item, or the line has one;
            `stopped`: a request for it says stop sending; `more_than_needed`, with how much is not covered.
    """
    may.require(Deed.ASSIGN_SUPPORT, by=by, party=line.member)
    with books.open(at=at) as book:
        line = Line.objects.select_related("member").get(pk=line.pk)
        source, target = live_account(book, line), book.account(account.pk)
        # Only what has no need yet: part of a line that stood on a need may have stayed with an earlier round.
        free = source.kind == Account.Kind.UNASSIGNED
        same = target.member == line.member_id and target.emergency == source.emergency
        same = same and target.item in lasting(line.item_id)
        if not free or not same or target.closed or target.kind != Account.Kind.NEED:
            raise SupportRefused("unknown_need")
        not_covered = target.m[INDEX["not_covered"]]
        if line.committed and request_queries.stopped([account.subject]):
            raise SupportRefused("stopped")
        if line.committed > not_covered and not over:
            raise SupportRefused("more_than_needed", None, not_covered)
        standing = {stage: getattr(line, stage) for stage in Stage.values if getattr(line, stage)}
        book.assign(source, target, standing)
        Line.objects.filter(pk=line.pk).update(account=target.id)
        ConsignmentLine.objects.filter(line=line, account=source.id).update(account=target.id)
        _record("support.assigned", line, book.at)


def withdraw(line: Line, *, by: Person, at: datetime, reason: str = "") -> None:
    """The giver takes back what it pledged or allocated and the member has not accepted.

    Raises:
        NotAllowed: `by` does not act for the giver.
        SupportRefused: nothing of it can be taken back (`more_than_stands`), or it came `of_offer` and ends with it.
    """
    may.require(Deed.STATE_SUPPORT, by=by, party=line.giver)
    with books.open(at=at) as book:
        if OfferedLine.objects.filter(line=line).exists():
            raise SupportRefused("of_offer")
        line = Line.objects.select_related("member", "giver").get(pk=line.pk)
        if not line.pledged and not line.allocated:
            raise SupportRefused("more_than_stands")
        for stage in (Stage.PLEDGED, Stage.ALLOCATED):
            if quantity := getattr(line, stage):
                move(
                    book, line, stage, "", quantity, by=by, party=line.giver, dated_on=book.at.date(), reason=reason,
                    movement=Movement.WITHDRAWN_SUPPORT,
                )  # fmt: skip
        _record("support.withdrawn", line, book.at)
        telling.withdrawn(line, by=by, at=book.at)
