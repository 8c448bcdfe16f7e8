"""The commitments that focal points propose: accepted or declined by their approvers, or taken back."""

from datetime import datetime

from django.db import transaction

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.books import services as books
from unmet.parties.models import Person
from unmet.support import request_queries, telling
from unmet.support.line_cover import Cover
from unmet.support.line_plan import sources_of, thread_of
from unmet.support.lines import SupportLine, SupportRefused
from unmet.support.models import Line, Proposal, Stage
from unmet.support.moving import move


def accept(proposal: Proposal, *, by: Person, at: datetime, over: bool = False) -> None:
    """The member's approver makes the commitment that its focal point proposed.

    `over` says that more than is not covered of the need is meant.

    Raises:
        NotAllowed: `by` is no approver of the member.
        SupportRefused: it was decided meanwhile, less stands there now (`more_than_stands`), or a request for the need
            says stop sending (`stopped`); `more_than_needed`, with how much is not covered.
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
            sheet="", row=0, meant=over,
        )  # fmt: skip
        thread = thread_of(line)
        # An approver may have stated the commitment directly meanwhile: the same is booked once, another is a fault.
        committed = thread.stated.get(Stage.COMMITTED, 0)
        if committed and committed != proposal.quantity:
            raise SupportRefused("other_quantity", asked, committed)
        moves = sources_of(thread, asked) if not committed else []
        if moves:
            Cover().check(asked, line.account.subject)
        for source, quantity in moves:
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


@transaction.atomic
def take_back(proposal: Proposal, *, by: Person, at: datetime) -> None:
    """Whoever proposed a commitment takes it back before it is decided; the approvers are told, and nothing moves.

    Raises:
        NotAllowed: `by` did not propose it, or is none of the member's people any more.
        SupportRefused: it was decided meanwhile (`already_proposed`).
    """
    actor = may.require(Deed.PROPOSE_COMMITMENT, by=by, party=proposal.line.member)
    if proposal.proposed_by_id != by.pk:
        raise may.NotAllowed(Deed.PROPOSE_COMMITMENT, proposal.line.member.code)
    # Declined by the person who proposed it: that is what taking back is.
    _decide(proposal, Proposal.State.DECLINED, by, at)
    access.record(
        event="support.commitment_proposal_taken_back", at=at, party=proposal.line.member,
        role=may.role_for(actor, Deed.PROPOSE_COMMITMENT, proposal.line.member), subject_kind="support",
        subject=proposal.line.uuid, detail={"quantity": proposal.quantity},
    )  # fmt: skip
    telling.proposal_taken_back(proposal, by=by, at=at)


def _decide(proposal: Proposal, state_: str, by: Person, at: datetime) -> None:
    open_ones = Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.PROPOSED)
    if not open_ones.update(state=state_, decided_by=by, decided_at=at):
        raise SupportRefused("already_proposed")


def _record(event: str, line: Line, at: datetime, **detail: int) -> None:
    access.record(
        event=event, at=at, party=line.member, role=Role.APPROVER, subject_kind="support", subject=line.uuid,
        detail=detail,
    )  # fmt: skip
