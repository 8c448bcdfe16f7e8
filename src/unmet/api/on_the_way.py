"""Consignments on their way: at the port, held, cleared, lost, returned; and what each of those concerned saw."""

import uuid
from datetime import date

from unmet.api import amounts, consignments, lists, taken
from unmet.api import consignment_schemas as said
from unmet.api.door import ApiRequest, One, Operations
from unmet.api.lists import Cursor, Limit, Listing
from unmet.support import attestations as services
from unmet.support import consignment_queries as queries
from unmet.support import consignment_ways
from unmet.support.attestations import Seen
from unmet.support.consignments import ConsignmentRefused
from unmet.support.models import Attestation, Consignment, ConsignmentLine, ConsignmentStep

operations = Operations("consignments", "/consignments")


# ── steps ────────────────────────────────────────────────────────────────────
@operations.listing("/{id}/steps", said.ConsignmentStep, scope="read")
def consignment_steps(
    request: ApiRequest, id: uuid.UUID, limit: Limit = lists.DEFAULT, cursor: Cursor = None,  # noqa: A002
) -> Listing:  # fmt: skip
    """What happened to it, in the order in which it was said."""
    row = consignments.seen(request, id)
    return Listing(
        said.ConsignmentStep, lists.by_number(row.steps.select_related("by_party"), _step), limit, cursor
    )  # fmt: skip


@operations.post("/{id}/steps", said.Consignment, scope="support", tagged=True)
def step_consignment(request: ApiRequest, id: uuid.UUID, body: said.NewConsignmentStep) -> One:  # noqa: A002
    """Say what happened to it on its way: giver, channel, carrier or member. The state refuses what cannot be.

    What was lost or destroyed is missing; what went back or elsewhere leaves the books and is not committed again.
    """
    row = consignments.seen(request, id)
    consignment_ways.go(
        row, body.what, on=day(request, body.on), by=request.person, at=request.at, why=body.why, text=body.text
    )
    return consignments.now(request, id)


def day(request: ApiRequest, sent: date | None) -> date:
    """The day that was sent; today where none was."""
    return taken.near(sent or request.at.date(), at=request.at)


def _step(one: ConsignmentStep) -> said.ConsignmentStep:
    return said.ConsignmentStep(
        state=one.state, dated_on=one.dated_on, why=one.why, text=one.text, by_party=one.by_party.code, at=one.at
    )


# ── attestations ─────────────────────────────────────────────────────────────
@operations.listing("/{id}/attestations", said.ConsignmentSeen, scope="read")
def consignment_attestations(
    request: ApiRequest, id: uuid.UUID, limit: Limit = lists.DEFAULT, cursor: Cursor = None,  # noqa: A002
) -> Listing:  # fmt: skip
    """What each of those concerned saw of it, in the order in which it was said."""
    rows = Attestation.objects.filter(line__consignment=consignments.seen(request, id))
    rows = rows.select_related("party", "line__line__item__base_unit")
    return Listing(said.ConsignmentSeen, lists.by_number(rows, _seen), limit, cursor)


@operations.post("/{id}/attestations", said.Attested, scope="support", status=201)
def attest_consignment(request: ApiRequest, id: uuid.UUID, body: said.Attestation) -> One:  # noqa: A002
    """Say what your party saw of it. It stands beside what others saw, and moves nothing."""
    row = consignments.seen(request, id)
    lines = of_box(row, [one.line for one in body.lines])
    counted = [
        Seen(lines[one.line], amounts.in_thousandths(one.quantity, lines[one.line].line.item)) for one in body.lines
    ]
    added = services.attest(
        row, counted, place=body.place, on=day(request, body.seen_on), by=request.person, at=request.at,
        role=body.role or "", note=body.remark,
    )  # fmt: skip
    return One(said.Attested(added=len(added)), status=201 if added else 200)


def of_box(row: Consignment, named: list[str]) -> dict[str, ConsignmentLine]:
    """The lines of a consignment that are named.

    Raises:
        ConsignmentRefused: `not_in_it`: one is of another, or of none.
    """
    there = {str(one.uuid): one for one in queries.lines(row)}
    for one in named:
        if one not in there:
            raise ConsignmentRefused("not_in_it", line=one)
    return there


def _seen(one: Attestation) -> said.ConsignmentSeen:
    item = one.line.line.item
    return said.ConsignmentSeen(
        line=one.line.uuid, item=item.code, unit=amounts.unit(item), lot=one.line.lot, role=one.role,
        party=one.party.code, quantity=amounts.told(one.quantity, item), place=one.place, seen_on=one.seen_on,
        remark=one.note, at=one.at,
    )  # fmt: skip
