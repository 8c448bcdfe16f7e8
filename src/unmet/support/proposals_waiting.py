"""How proposals about an offer end: decided by the approver, or with the offer. Called by the services of offers."""

import uuid
from datetime import datetime

from unmet.parties.models import Party, Person
from unmet.support import offer_telling
from unmet.support.models import Acceptance, AcceptanceProposal, Offer
from unmet.support.offer_rules import OfferRefused

State = AcceptanceProposal.State


def take(
    chosen: uuid.UUID | None, made: Offer, *, line: int | None, member: Party, by: Person, at: datetime,
    acceptance: Acceptance | None = None,
) -> None:  # fmt: skip
    """The approver decided on a proposal that he or she read: about that line, or without one to decline.

    Raises:
        OfferRefused: `proposal`: it does not wait any more, or is about something else.
    """
    if chosen is None:
        return
    waiting = AcceptanceProposal.objects.filter(
        uuid=chosen, offer=made, offer_line=line, member=member, state=State.PROPOSED
    )
    proposal = waiting.select_related("by").first()
    if proposal is None or not waiting.update(state=State.TAKEN, decided_by=by, ended_at=at, acceptance=acceptance):
        raise OfferRefused("proposal")
    offer_telling.decided(made, member=member, proposed_by=proposal.by, by=by, at=at)


def end(made: Offer, *, at: datetime, member: Party | None = None) -> None:
    """End what still waits of an offer, or of one member's proposals about it: they have nothing to be about."""
    waiting = AcceptanceProposal.objects.filter(offer=made, state=State.PROPOSED)
    if member is not None:
        waiting = waiting.filter(member=member)
    waiting.update(state=State.ENDED, ended_at=at)
