"""What a member's people propose to their approver about an offer: to accept some of a line, or to decline the rest."""

import uuid

from unmet.access.actors import current
from unmet.api import accepting, amounts, found, lists, offers, taken
from unmet.api import offer_schemas as said
from unmet.api.door import ApiRequest, One, Operations
from unmet.api.lists import Cursor, Limit, Listing
from unmet.support import acceptance_proposals as services
from unmet.support import offer_queries as queries
from unmet.support.acceptance import Accepted
from unmet.support.models import AcceptanceProposal

operations = Operations("offers", "/offers")


@operations.listing("/{id}/proposals", said.OfferProposal, scope="read")
def offer_proposals(
    request: ApiRequest, id: uuid.UUID, limit: Limit = lists.DEFAULT, cursor: Cursor = None,  # noqa: A002
) -> Listing:  # fmt: skip
    """What your members' people proposed about an offer, and what became of it. Its giver reads none of it."""
    rows = AcceptanceProposal.objects.filter(offer=offers.seen(id), member__in=current().own_parties)
    related = ("member", "offer_line__item__base_unit", "need__item__base_unit")
    late = not queries.standing(queries.received().filter(uuid=id), at=request.at).exists()
    told = lists.by_age(rows.select_related(*related), lambda one: _tell(one, late=late))
    return Listing(said.OfferProposal, told, limit, cursor)


@operations.post("/{id}/lines/{line}/proposals", said.OfferProposal, scope="support", status=201)
def propose_acceptance(
    request: ApiRequest, id: uuid.UUID, line: uuid.UUID, body: said.ProposedAcceptance  # noqa: A002
) -> One:  # fmt: skip
    """Propose to your approver to accept some of a line. Nothing moves; a later proposal for the line replaces it."""
    row = offers.seen(id)
    one = found.one(queries.lines(row).filter(uuid=line))
    member = accepting.receiver(request, row, body.member)
    need = accepting.need_of(body.need, member)
    counts_as = None if body.counts_as is None or need is None else amounts.in_thousandths(body.counts_as, need.item)
    wanted = Accepted(
        quantity=amounts.in_thousandths(body.quantity, one.item), need=need, counts_as=counts_as,
        expected_on=taken.near_if(body.expected_on, at=request.at), over=body.over,
    )  # fmt: skip
    made = services.propose(one, wanted, member=member, by=request.person, at=request.at)
    return One(_tell(made, late=False), status=201)


@operations.post("/{id}/proposals", said.OfferProposal, scope="support", status=201)
def propose_decline(request: ApiRequest, id: uuid.UUID, body: said.OfferDecline) -> One:  # noqa: A002
    """Propose to your approver to decline what is left of an offer. Its giver reads nothing of it."""
    row = offers.seen(id)
    member = accepting.receiver(request, row, body.member)
    made = services.propose_decline(row, member=member, reason=body.reason, by=request.person, at=request.at)
    return One(_tell(made, late=False), status=201)


@operations.post("/{id}/proposals/{proposal}/sending-back", said.OfferProposal, scope="approve")
def send_back_proposal(
    request: ApiRequest, id: uuid.UUID, proposal: uuid.UUID, body: said.ProposalSentBack  # noqa: A002
) -> One:  # fmt: skip
    """Send a proposal back with a word, as the member's approver; the offer stands as it stood."""
    row = _own(request, id, proposal)
    services.send_back(row, word=body.word, by=request.person, at=request.at)
    row.refresh_from_db()
    return One(_tell(row, late=False))


@operations.post("/{id}/proposals/{proposal}/taking-back", said.OfferProposal, scope="support")
def take_back_proposal(
    request: ApiRequest, id: uuid.UUID, proposal: uuid.UUID, body: said.ProposalTakenBack  # noqa: A002
) -> One:  # fmt: skip
    """Take back, with a word, what you proposed yourself, before your approver decides; the approver is told."""
    row = _own(request, id, proposal)
    services.take_back(row, word=body.word, by=request.person, at=request.at)
    row.refresh_from_db()
    return One(_tell(row, late=False))


def _tell(one: AcceptanceProposal, *, late: bool) -> said.OfferProposal:
    """`late`: the offer cannot be accepted any more, whether that is posted already or not."""
    item = one.offer_line.item if one.offer_line is not None else None
    waits = one.state == AcceptanceProposal.State.PROPOSED
    return said.OfferProposal(
        id=one.uuid, line=one.offer_line.uuid if one.offer_line is not None else None, member=one.member.code,
        quantity=amounts.told_or_none(one.quantity, item) if item is not None else None,
        need=one.need.uuid if one.need else None,
        counts_as=amounts.told_or_none(one.counts_as, one.need.item) if one.need else None,
        expected_on=one.expected_on, over=one.over, reason=one.reason, at=one.at,
        state=AcceptanceProposal.State.ENDED.value if waits and late else one.state, ended_at=one.ended_at,
        word=one.word, taken_back=one.taken_back,
    )  # fmt: skip


def _own(request: ApiRequest, offer: uuid.UUID, proposal: uuid.UUID) -> AcceptanceProposal:
    """A proposal about an offer, of one of the acting person's own members."""
    mine = AcceptanceProposal.objects.filter(offer=offers.seen(offer), member__in=request.actor.own_parties)
    return found.one(mine.filter(uuid=proposal).select_related("offer", "member", "by", "offer_line__item"))
