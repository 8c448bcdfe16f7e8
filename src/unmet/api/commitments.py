"""Commitments: part of one is taken back by its giver, or given up by the member that had accepted it."""

import uuid

from unmet.api import amounts, support, support_schemas
from unmet.api import offer_schemas as said
from unmet.api.door import ApiRequest, One, Operations
from unmet.parties.models import Party
from unmet.support import commitments
from unmet.support.models import Line

operations = Operations("offers", "/support")


@operations.post("/{id}/taking-back", support_schemas.Support, scope="support")
def take_back_commitment(request: ApiRequest, id: uuid.UUID, body: said.TakenBack) -> One:  # noqa: A002
    """Take back, as the giver, part of what the member accepted and what is not packed. The member is told why."""
    line = support.readable(request, id)
    return _taken_back(request, line, body, line.giver)


@operations.post("/{id}/giving-up", support_schemas.Support, scope="approve")
def give_up_commitment(request: ApiRequest, id: uuid.UUID, body: said.TakenBack) -> One:  # noqa: A002
    """Give up, as the member, part of what it had accepted and what is not packed. The giver is told why."""
    line = support.readable(request, id)
    return _taken_back(request, line, body, line.member)


def _taken_back(request: ApiRequest, line: Line, body: said.TakenBack, party: Party) -> One:
    commitments.take_back(
        line, amounts.in_thousandths(body.quantity, line.item), party=party, reason=body.reason, by=request.person,
        at=request.at, read=None if body.read is None else amounts.in_thousandths(body.read, line.item),
    )  # fmt: skip
    return One(support.now(request, line.uuid))
