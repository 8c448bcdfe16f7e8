"""Offers as the member decides on them: accept in whole or in part, for a need or for none; or decline what is left."""

import uuid

from unmet.api import amounts, found, offers, taken
from unmet.api import offer_schemas as said
from unmet.api.door import ApiRequest, One, Operations
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.support import acceptance
from unmet.support import offer_queries as queries
from unmet.support.acceptance import Accepted
from unmet.support.models import Offer

operations = Operations("offers", "/offers")


@operations.post("/{id}/lines/{line}/acceptances", said.OfferLine, scope="approve", status=201)
def accept_offer(request: ApiRequest, id: uuid.UUID, line: uuid.UUID, body: said.OfferAcceptance) -> One:  # noqa: A002
    """Accept some of a line, or all of it: it is committed from now on, with its expected arrival.

    More than is left, or than is not covered of the need, is refused, whoever presses first. A kit or a substitute
    counts as what you say and no more.
    """
    row = offers.seen(id)
    one = found.one(queries.lines(row).filter(uuid=line))
    member = receiver(request, row, body.member)
    need = need_of(body.need, member)
    counts_as = None if body.counts_as is None or need is None else amounts.in_thousandths(body.counts_as, need.item)
    accepted = Accepted(
        quantity=amounts.in_thousandths(body.quantity, one.item), need=need, counts_as=counts_as,
        expected_on=taken.near_if(body.expected_on, at=request.at), over=body.over,
        conditions_seen=body.conditions_seen,
        read=None if body.read is None else amounts.in_thousandths(body.read, one.item),
    )  # fmt: skip
    acceptance.accept(
        one, accepted, member=member, by=request.person, at=request.at, proposal=_proposal(body.proposal)
    )  # fmt: skip
    return offers.line_now(row, line, status=201)


def _proposal(text: str | None) -> uuid.UUID | None:
    return None if text is None else uuid.UUID(text)


def need_of(text: str | None, member: Party) -> Need | None:
    """The need of a member that is named, or none.

    Raises:
        Problem: `not-found`: it is no need of the member.
    """
    if text is None:
        return None
    return found.one(Need.objects.filter(member=member, uuid=uuid.UUID(text)).select_related("item__base_unit"))


@operations.post("/{id}/declines", said.Offer, scope="approve")
def decline_offer(request: ApiRequest, id: uuid.UUID, body: said.OfferDeclineDecided) -> One:  # noqa: A002
    """Decline what is left of an offer for your member. An offer to it alone ends with that."""
    row = offers.seen(id)
    member = receiver(request, row, body.member)
    acceptance.decline(
        row, member=member, reason=body.reason, by=request.person, at=request.at, proposal=_proposal(body.proposal)
    )  # fmt: skip
    return offers.now(row, at=request.at)


def receiver(request: ApiRequest, row: Offer, code: str | None) -> Party:
    """The member in whose name one decides: the one named, or the only one that the offer is made to.

    Raises:
        Problem: `not-allowed`: it is made to none of the person's members; `not-found`: not to this one, or to several.
    """
    mine = Party.objects.filter(pk__in=request.actor.own_parties).order_by("pk")
    for_us = [party for party in mine if acceptance.is_for(row, party, at=request.at)]
    return found.in_whose_name(for_us, code)
