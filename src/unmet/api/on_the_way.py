"""Consignments on their way: at the port, held, cleared, lost; what was corrected; what each of those concerned saw."""

import uuid
from datetime import date

from unmet.api import amounts, consignments, found, lists, taken
from unmet.api import consignment_schemas as said
from unmet.api.door import ApiRequest, One, Operations
from unmet.api.lists import Cursor, Limit, Listing
from unmet.catalogue.models import Item
from unmet.support import attestations as services
from unmet.support import consignment_corrections, consignment_ways
from unmet.support import consignment_queries as queries
from unmet.support.attestations import Seen, Unlisted
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


@operations.post("/{id}/expected", said.Consignment, scope="support", tagged=True)
def expect_consignment(request: ApiRequest, id: uuid.UUID, body: said.ExpectedAnew) -> One:  # noqa: A002
    """Say on which day it is expected now, and why: giver or channel, while it is under way. The old day is kept."""
    row = consignments.seen(request, id)
    expected = taken.near(body.expected_on, at=request.at)
    consignment_corrections.correct_expected(row, expected, why=body.text, by=request.person, at=request.at)
    return consignments.now(request, id)


@operations.post("/{id}/waybill", said.Consignment, scope="support", tagged=True)
def correct_waybill(request: ApiRequest, id: uuid.UUID, body: said.WaybillAnew) -> One:  # noqa: A002
    """Write the waybill as it should have been, and why: giver or channel, while it is under way.

    The steps keep the old one.
    """
    row = consignments.seen(request, id)
    consignment_corrections.correct_waybill(row, body.waybill, why=body.text, by=request.person, at=request.at)
    return consignments.now(request, id)


def day(request: ApiRequest, sent: date | None) -> date:
    """The day that was sent; today where none was."""
    return taken.near(sent or request.at.date(), at=request.at)


def _step(one: ConsignmentStep) -> said.ConsignmentStep:
    return said.ConsignmentStep(
        state=one.state, what=one.what, was=one.was, now=one.now, dated_on=one.dated_on, why=one.why, text=one.text,
        by_party=one.by_party.code, at=one.at,
    )  # fmt: skip


# ── attestations ─────────────────────────────────────────────────────────────
@operations.listing("/{id}/attestations", said.ConsignmentSeen, scope="read")
def consignment_attestations(
    request: ApiRequest, id: uuid.UUID, limit: Limit = lists.DEFAULT, cursor: Cursor = None,  # noqa: A002
) -> Listing:  # fmt: skip
    """What each of those concerned saw of it, in the order in which it was said."""
    rows = queries.attestations(consignments.seen(request, id))
    return Listing(said.ConsignmentSeen, lists.by_number(rows, _seen), limit, cursor)


@operations.post("/{id}/attestations", said.Attested, scope="support", status=201)
def attest_consignment(request: ApiRequest, id: uuid.UUID, body: said.Attestation) -> One:  # noqa: A002
    """Say what your party saw of it. It stands beside what others saw, and moves nothing.

    The lines may be of every part of its box that you see.
    """
    row = consignments.seen(request, id)
    lines = named([one.line for one in body.lines], *queries.whole(row, today=request.at.date()))
    counted = [
        Seen(lines[one.line], amounts.in_thousandths(one.quantity, lines[one.line].line.item)) for one in body.lines
    ]
    added = services.attest(
        row, counted, place=body.place, on=day(request, body.seen_on), by=request.person, at=request.at,
        role=body.role or "", note=body.remark, unlisted=[_lot(one) for one in body.unlisted],
    )  # fmt: skip
    return One(said.Attested(added=len(added)), status=201 if added else 200)


def _lot(one: said.LotSeen) -> Unlisted:
    item = found.by_code(Item.objects.all(), one.item)
    return Unlisted(item, amounts.in_thousandths(one.quantity, item), one.lot)


def named(lines: list[str], *parts: Consignment) -> dict[str, ConsignmentLine]:
    """The lines of a consignment, or of the parts of a box, that are named.

    Raises:
        ConsignmentRefused: `not_in_it`: one is of another, or of none.
    """
    there = {str(one.uuid): one for one in queries.lines(*parts)}
    for one in lines:
        if one not in there:
            raise ConsignmentRefused("not_in_it", line=one)
    return there


def _seen(one: Attestation) -> said.ConsignmentSeen:
    item = one.of_item
    return said.ConsignmentSeen(
        line=one.line.uuid if one.line else None, item=item.code, unit=amounts.unit(item), lot=one.of_lot,
        role=one.role, party=one.party.code, quantity=amounts.told(one.quantity, item), place=one.place,
        seen_on=one.seen_on, remark=one.remark, at=one.at,
    )  # fmt: skip
