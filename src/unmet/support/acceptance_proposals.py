"""A focal point proposes what its member does with an offer; the approver accepts, changes or sends it back.

Until then whoever proposed it may take it back: it is sent back by the person who made it, with a word.

Nothing moves in the books, and the giver reads nothing of it. What is proposed is asked the same questions as what is
accepted, so that an approver is shown what can be accepted at that moment; it is asked them again at acceptance.
"""

from datetime import datetime

from unmet.access import may
from unmet.access import services as access
from unmet.access.actors import current
from unmet.access.may import Deed
from unmet.books import services as books
from unmet.methods.plain import plain
from unmet.parties.models import Party, Person
from unmet.support import acceptance, offer_telling
from unmet.support.acceptance import LONGEST_REASON, Accepted
from unmet.support.models import AcceptanceProposal, Offer, OfferLine
from unmet.support.offer_rules import OfferRefused

State = AcceptanceProposal.State


def propose(line: OfferLine, said: Accepted, *, member: Party, by: Person, at: datetime) -> AcceptanceProposal:
    """Propose to accept some of a line; it replaces what the member's people proposed for that line before.

    That the conditions were read is said by the approver alone.

    Raises:
        NotAllowed: `by` is none of the member's people, or the offer is not made to it.
        OfferRefused: the reasons of `acceptance.accept` without `conditions`, and with `proposed_already` (the same).
    """
    may.require(Deed.PROPOSE_COMMITMENT, by=by, party=member)
    with books.open(at=at) as book:
        checked = acceptance.check(book, line, said, member, Deed.PROPOSE_COMMITMENT)
        if said.quantity > checked.line.left:
            raise OfferRefused("less_left", checked.line.item, checked.line.left)
        values = {
            "quantity": said.quantity, "need": said.need, "counts_as": checked.counts_as, "over": checked.over,
            "expected_on": said.expected_on,
        }  # fmt: skip
        waiting = AcceptanceProposal.objects.filter(offer_line=line, member=member, state=State.PROPOSED)
        if waiting.filter(**values).exists():
            raise OfferRefused("proposed_already")
        waiting.update(state=State.REPLACED, ended_at=book.at)
        made = checked.line.offer
        proposal = AcceptanceProposal.objects.create(
            offer=made, offer_line=line, member=member, by=by, at=book.at, **values
        )  # fmt: skip
        _record("support.acceptance_proposed", proposal, book.at, Deed.PROPOSE_COMMITMENT, quantity=said.quantity)
        offer_telling.proposed(made, member=member, declines=False, by=by, at=book.at)
    return proposal


def propose_decline(
    found: Offer, *, member: Party, reason: str = "", by: Person, at: datetime
) -> AcceptanceProposal:  # fmt: skip
    """Propose to decline what is left of an offer; it replaces an earlier proposal to decline.

    Raises:
        NotAllowed: `by` is none of the member's people, or the offer is not made to it.
        OfferRefused: `not_offered`, `expired`, `already_declined`, `too_long`, `proposed_already` (the same).
    """
    may.require(Deed.PROPOSE_COMMITMENT, by=by, party=member)
    why = plain(reason)
    if len(why) > LONGEST_REASON:
        raise OfferRefused("too_long")
    with books.open(at=at) as book:
        made = acceptance.standing(
            Offer.objects.select_related("giver").get(pk=found.pk), member, book.at, Deed.PROPOSE_COMMITMENT
        )
        waiting = AcceptanceProposal.objects.filter(offer=made, offer_line=None, member=member, state=State.PROPOSED)
        if waiting.filter(reason=why).exists():
            raise OfferRefused("proposed_already")
        waiting.update(state=State.REPLACED, ended_at=book.at)
        proposal = AcceptanceProposal.objects.create(offer=made, member=member, reason=why, by=by, at=book.at)
        _record("support.decline_proposed", proposal, book.at, Deed.PROPOSE_COMMITMENT, reason=why)
        offer_telling.proposed(made, member=member, declines=True, by=by, at=book.at)
    return proposal


def send_back(proposal: AcceptanceProposal, *, word: str, by: Person, at: datetime) -> None:
    """The approver sends a proposal back with a word; the offer stands as it stood.

    Raises:
        NotAllowed: `by` is no approver of the member.
        OfferRefused: `word` (none), `too_long`, `proposal`: it does not wait any more; `not_offered`, `expired`,
            `already_declined`.
    """
    may.require(Deed.ACCEPT_SUPPORT, by=by, party=proposal.member)
    with books.open(at=at) as book:
        made = _end(proposal, word, by, book.at, Deed.ACCEPT_SUPPORT)
        _record("support.proposal_sent_back", proposal, book.at, Deed.ACCEPT_SUPPORT, reason=plain(word))
        offer_telling.sent_back(made, member=proposal.member, proposed_by=proposal.by, by=by, at=book.at)


def take_back(proposal: AcceptanceProposal, *, word: str, by: Person, at: datetime) -> None:
    """Whoever made a proposal takes it back with a word, before it is decided; the approvers are told.

    Raises:
        NotAllowed: `by` did not propose it, or is none of the member's people any more.
        OfferRefused: the reasons of `send_back`; `proposal`: it was decided, replaced or sent back meanwhile.
    """
    may.require(Deed.PROPOSE_COMMITMENT, by=by, party=proposal.member)
    if proposal.by_id != by.pk:
        raise may.NotAllowed(Deed.PROPOSE_COMMITMENT, proposal.member.code)
    with books.open(at=at) as book:
        made = _end(proposal, word, by, book.at, Deed.PROPOSE_COMMITMENT)
        _record("support.proposal_taken_back", proposal, book.at, Deed.PROPOSE_COMMITMENT, reason=plain(word))
        offer_telling.proposal_taken_back(made, member=proposal.member, by=by, at=book.at)


def _end(proposal: AcceptanceProposal, word: str, by: Person, at: datetime, deed: Deed) -> Offer:
    """It waits no more, with the word that says why; the offer that it is about."""
    said = plain(word)
    if not said:
        raise OfferRefused("word")
    if len(said) > LONGEST_REASON:
        raise OfferRefused("too_long")
    offers = Offer.objects.select_related("giver")
    made = acceptance.standing(offers.get(pk=proposal.offer_id), proposal.member, at, deed)
    waiting = AcceptanceProposal.objects.filter(pk=proposal.pk, state=State.PROPOSED)
    # One conditional UPDATE: of two who end it at once, the second is refused.
    if not waiting.update(state=State.SENT_BACK, decided_by=by, ended_at=at, word=said):
        raise OfferRefused("proposal")
    return made


def _record(
    event: str, proposal: AcceptanceProposal, at: datetime, deed: Deed, *, reason: str = "", **detail: object
) -> None:
    line = {"line": str(proposal.offer_line.uuid)} if proposal.offer_line is not None else {}
    access.record(
        event=event, at=at, party=proposal.member, role=may.role_for(current(), deed, proposal.member),
        subject_kind="offer", subject=proposal.offer.uuid, reason=reason,
        detail={"proposal": str(proposal.uuid), **line, **detail},
    )  # fmt: skip
