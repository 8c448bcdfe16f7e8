"""What was accepted of an offer of money, stated as pledged: by its giver, once for each acceptance."""

import uuid

from unmet.api import found
from unmet.api import money_schemas as said
from unmet.api.door import ApiRequest, One, Operations
from unmet.support import flow_offers
from unmet.support import offer_queries as queries

operations = Operations("offers", "/offers")


@operations.post("/{id}/money", said.MoneyOfOffer, scope="support")
def state_offer_money(request: ApiRequest, id: uuid.UUID, body: said.OfMember) -> One:  # noqa: A002
    """State what was accepted of an offer of money of your own party as pledged: each acceptance once.

    Amount, day, destination, channel and sector are those of the offer. It is committed and paid under `/money`.
    """
    offer = found.one(queries.given().filter(uuid=id))
    made = flow_offers.state_each(offer, member=body.member, by=request.person, at=request.at)
    return One(said.MoneyOfOffer(added=sum(new for _flow, new in made), money=[flow.uuid for flow, _new in made]))
