"""What one line of support would do, or why it is refused: nothing is written here.

A line is known by giver of record, reference and item. Stating the same stage and quantity again changes nothing, a
later stage moves that quantity on, in part or whole, and another quantity at the same stage is refused.

Whoever is of neither side of a line (`queries.by_reference`) learns nothing of it: not for whom it is, how much, or how
far it has come. A reference that is taken by such a line is treated as a new one by every rule; only where it would
then be booked is it refused (`reference_taken`), since a box is counted once.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.db.models import Q

from unmet.access import may
from unmet.access.actors import Actor
from unmet.access.may import Deed
from unmet.books.models import Account
from unmet.catalogue.models import Round
from unmet.methods.plain import plain
from unmet.parties.models import Party
from unmet.support import dated, line_accounts, queries, request_queries
from unmet.support.line_cover import Cover
from unmet.support.lines import Reason, SupportLine, SupportRefused
from unmet.support.models import Line, OfferedLine, Proposal, Stage
from unmet.support.said import boxed, stated_by_stage

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
BY_GIVER = frozenset({Stage.PLEDGED, Stage.ALLOCATED, Stage.IN_TRANSIT})
BY_MEMBER = frozenset({Stage.RECEIVED, Stage.REJECTED, Stage.MISSING})
# Of what came of an offer these move by the offer alone (`support.acceptance`), so that what is left of it is right.
_BY_OFFER = frozenset({Stage.PLEDGED, Stage.ALLOCATED, Stage.COMMITTED})


@dataclass(frozen=True, slots=True)
class Planned:
    """What one line would do, or why it is refused. `standing` is the quantity it collides with (thousandths)."""

    line: SupportLine
    outcome: Outcome
    reason: Reason | None = None
    standing: int = 0
    unassigned: bool = False


@dataclass(slots=True)
class Thread:
    """A line of support as it would stand after the rows before: quantities by stage, and what was ever stated."""

    member: str
    subject: uuid.UUID | None = None  # the need on whose account it stands
    stages: dict[str, int] = field(default_factory=dict)
    stated: dict[str, int] = field(default_factory=dict)
    proposed: int = 0
    # What is packed or travels in consignments: their own pages state what becomes of it.
    boxed: dict[str, int] = field(default_factory=dict)


class Plan:
    """Reads what stands and works through the lines in their order."""

    def __init__(self, lines: Sequence[SupportLine], actor: Actor, round_: Round) -> None:
        self.actor, self.round = actor, round_
        # For lines that are new: the account they go to, None for support without a need.
        self.targets: dict[tuple[str, str, int], Account | None] = {}
        self.cover = Cover()
        codes = {line.giver_code for line in lines} | {line.member_code for line in lines}
        codes |= {line.channel_code for line in lines if line.channel_code}
        self.parties = {party.code: party for party in Party.objects.filter(code__in=codes)}
        self.threads: dict[tuple[str, str, int], Thread] = {}
        named = Q(giver__code__in=codes, reference__in={line.reference for line in lines})
        # Keys first: read after, a line that the actor's colleague books in between would look like one of others.
        keys = set(Line.objects.filter(named).values_list("giver__code", "reference", "item_id"))
        readable = queries.by_reference().filter(named).select_related("giver", "member", "account")
        for standing in readable.prefetch_related("steps", "proposals", "consigned__consignment"):
            self.threads[standing.giver.code, standing.reference, standing.item_id] = thread_of(standing)
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
        thread = known or Thread(line.member_code)
        if thread.member != line.member_code:
            raise SupportRefused("other_member", line)
        if known is not None and key in self.offered and line.stage in _BY_OFFER:
            raise SupportRefused("of_offer", line)
        stated = thread.stated.get(line.stage, 0)
        if stated == line.quantity:
            return Planned(line, "unchanged"), []
        if stated:
            raise SupportRefused("received_before" if line.stage in BY_MEMBER else "other_quantity", line, stated)
        self._check_receipt(line)
        if proposing and thread.proposed:
            if thread.proposed != line.quantity:
                raise SupportRefused("already_proposed", line, thread.proposed)
            return Planned(line, "unchanged"), []
        moves = sources_of(thread, line)  # of a proposal too: what could not be accepted is refused now
        # Nothing is noted before the last refusal: a later row of the same reference must not build on it.
        if known is None:
            target = line_accounts.of_need(line, self.parties[line.member_code], self.round)
            if key in self.taken:
                raise SupportRefused("reference_taken", line)
            self.targets[key] = target
            thread.subject = target.subject if target is not None else None
        if line.stage == Stage.COMMITTED and thread.subject is not None and request_queries.stopped([thread.subject]):
            raise SupportRefused("stopped", line)
        self.cover.check(line, thread.subject)
        self.threads[key] = thread
        unassigned = known is None and self.targets[key] is None
        if proposing:
            thread.proposed = line.quantity
            return Planned(line, "proposed", unassigned=unassigned), []
        self.cover.move(thread.subject, moves, line.stage)
        for source, quantity in moves:
            if source:
                thread.stages[source] -= quantity
            thread.stages[line.stage] = thread.stages.get(line.stage, 0) + quantity
        thread.stated[line.stage] = line.quantity
        return Planned(line, "updated" if known else "created", unassigned=unassigned), moves

    def _check_receipt(self, line: SupportLine) -> None:
        """Refuses what no receipt may say: a day to come, a shortfall without a reason."""
        if line.stage in BY_MEMBER and dated.has_not_begun(line.dated_on, at=self.actor.at):
            raise SupportRefused("future", line)
        if line.stage in (Stage.REJECTED, Stage.MISSING) and not plain(line.reason):
            raise SupportRefused("reason", line)

    def _may_state(self, line: SupportLine) -> bool:
        """Whether this only proposes (a focal point's commitment); refuses a stage the person may not state."""
        giver, member = self.parties[line.giver_code], self.parties[line.member_code]
        if giver.pk == member.pk:
            raise SupportRefused("own_giver", line)
        if line.stage in BY_GIVER:
            if not may.may(self.actor, Deed.STATE_SUPPORT, giver):
                raise SupportRefused("not_yours", line)
            return False
        if line.stage in BY_MEMBER:
            if not may.may(self.actor, Deed.RECEIVE_SUPPORT, member):
                raise SupportRefused("not_yours", line)
            return False
        if may.may(self.actor, Deed.ACCEPT_SUPPORT, member):
            return False
        if not may.may(self.actor, Deed.PROPOSE_COMMITMENT, member):
            raise SupportRefused("not_yours", line)
        return True


def thread_of(line: Line) -> Thread:
    """A line as it stands in the database now."""
    thread = Thread(line.member.code, line.account.subject, {stage: getattr(line, stage) for stage in Stage.values})
    thread.stated, thread.boxed = stated_by_stage(line.steps.all()), boxed(line)
    thread.proposed = sum(
        proposal.quantity for proposal in line.proposals.all() if proposal.state == Proposal.State.PROPOSED
    )
    return thread


def sources_of(thread: Thread, line: SupportLine) -> list[tuple[str, int]]:
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
