"""Stating what is given: pledged by the giver, accepted by the member, sent, and received as the member's people say.

What a line would do is `support.line_plan`; here it is done. What arrived is kept as a receipt of a consignment of its
own (`support.line_receipts`), whose page receives the rest and corrects.
"""

from collections.abc import Sequence
from datetime import datetime

from unmet.access import may
from unmet.access import services as access
from unmet.access.actors import current
from unmet.access.may import Deed
from unmet.books import services as books
from unmet.books.models import Movement
from unmet.catalogue.models import Item, Round
from unmet.methods.plain import plain
from unmet.parties.models import Person
from unmet.support import line_accounts, line_receipts, telling
from unmet.support.line_plan import BY_GIVER, BY_MEMBER, Plan, Planned
from unmet.support.lines import LONGEST_REASON, SupportLine, SupportRefused
from unmet.support.models import Line, OfferedLine, Proposal, Stage
from unmet.support.moving import move


def preview(lines: Sequence[SupportLine], *, round_: Round) -> list[Planned]:
    """What each line would do; nothing is written."""
    plan = Plan(lines, current(), round_)
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
        plan = Plan(lines, actor, round_)
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
            # Who was asked, and said that more than is needed, or sending it all the same, is meant.
            counts["meant"] = sum(one.line.meant and one.outcome not in {"unchanged", "refused"} for one in done)
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
    book: books.Writer, plan: Plan, planned: Planned, moves: list[tuple[str, int]], round_: Round, by: Person,
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
        account = target.pk if target else line_accounts.unassigned(book, member, item, round_).id
        kept = Line.objects.create(
            giver=giver, channel=plan.parties.get(line.channel_code or ""), member=member, item=item, round=round_,
            reference=line.reference, account_id=account, expected_on=line.expected_on, stated_by=by, stated_at=book.at,
        )  # fmt: skip
    elif line.expected_on and line.expected_on != kept.expected_on and planned.outcome != "proposed":
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
    if line.stage in BY_MEMBER and moves:
        arrived.add(kept, line, moves)
        return
    party = giver if line.stage in BY_GIVER else member
    for source, quantity in moves:
        move(book, kept, source, line.stage, quantity, by=by, party=party, dated_on=line.dated_on, reason=line.reason)


def withdraw(line: Line, *, by: Person, at: datetime, reason: str = "") -> None:
    """The giver takes back what it pledged or allocated and the member has not accepted.

    Raises:
        NotAllowed: `by` does not act for the giver.
        SupportRefused: nothing of it can be taken back (`more_than_stands`), it came `of_offer` and ends with it, or
            the reason is `too_long`.
    """
    may.require(Deed.STATE_SUPPORT, by=by, party=line.giver)
    why = plain(reason)
    if len(why) > LONGEST_REASON:
        raise SupportRefused("too_long")
    with books.open(at=at) as book:
        if OfferedLine.objects.filter(line=line).exists():
            raise SupportRefused("of_offer")
        line = Line.objects.select_related("member", "giver").get(pk=line.pk)
        if not line.pledged and not line.allocated:
            raise SupportRefused("more_than_stands")
        for stage in (Stage.PLEDGED, Stage.ALLOCATED):
            if quantity := getattr(line, stage):
                move(
                    book, line, stage, "", quantity, by=by, party=line.giver, dated_on=book.at.date(), reason=why,
                    movement=Movement.WITHDRAWN_SUPPORT,
                )  # fmt: skip
        access.record(
            event="support.withdrawn", at=book.at, party=line.giver, subject_kind="support", subject=line.uuid,
            reason=why,
        )  # fmt: skip
        telling.withdrawn(line, by=by, at=book.at)
