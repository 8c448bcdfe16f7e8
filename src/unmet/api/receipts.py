"""Receipts: what of a consignment arrived, stated by the member's own people; its certificate; its correction."""

import uuid
from typing import Annotated

from pydantic import Field

from unmet.api import amounts, consignments, found, lists
from unmet.api import receipt_schemas as said
from unmet.api.door import ApiRequest, One, Operations
from unmet.api.lists import Cursor, Limit, Listing
from unmet.api.on_the_way import day, named
from unmet.api.problems import Problem
from unmet.api.values import Code
from unmet.parties.models import Party
from unmet.support import line_receipts, queries
from unmet.support import receipts as services
from unmet.support.models import Consignment, Receipt, ReceiptLine
from unmet.support.receipts import Counted

operations = Operations("receipts", "")
_Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,40}$", description="The code of a certificate.")]


# ── reading ──────────────────────────────────────────────────────────────────
@operations.listing("/receipts", said.Receipt, scope="read")
def receipts(
    request: ApiRequest, consignment: uuid.UUID | None = None, member: Code | None = None, giver: Code | None = None,
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """Receipts of what your parties gave or passed on, or your own members received; corrected ones too."""
    rows = services.certified().select_related("superseded_by")
    if consignment is not None:
        rows = rows.filter(consignment__uuid=consignment)
    if member is not None:
        rows = rows.filter(consignment__member=found.by_code(Party.objects.all(), member))
    if giver is not None:
        rows = rows.filter(consignment__giver=found.by_code(Party.objects.all(), giver))
    return Listing(said.Receipt, lists.by_age(rows, _receipt), limit, cursor)


@operations.one("/receipts/{code}", said.Certificate, scope="read")
def certificate(request: ApiRequest, code: _Code) -> One:
    """A certificate of receipt by its code, for the giver, the channel and the member."""
    return One(_certificate(_found(code)))


@operations.listing("/receipts/{code}/lines", said.ReceiptLine, scope="read")
def receipt_lines(
    request: ApiRequest, code: _Code, limit: Limit = lists.DEFAULT, cursor: Cursor = None
) -> Listing:  # fmt: skip
    """The lines of a receipt."""
    rows = _found(code).lines.select_related("line__line__item__base_unit")
    return Listing(said.ReceiptLine, lists.by_number(rows, _line), limit, cursor)


def _found(code: str) -> Receipt:
    row = services.find(code)
    if row is None:
        raise Problem("not-found")
    return row


def _receipt(row: Receipt) -> said.Receipt:
    box = row.consignment
    later = getattr(row, "superseded_by", None)
    return said.Receipt(
        code=row.shown, number=row.number, consignment=box.uuid, giver=box.giver.code,
        channel=box.channel.code if box.channel else None, member=box.member.code, waybill=box.waybill,
        received_on=row.received_on, remark=row.note, supersedes=row.supersedes.shown if row.supersedes else None,
        superseded_by=later.shown if later else None, stated_at=row.at,
    )  # fmt: skip


def _certificate(row: Receipt) -> said.Certificate:
    box = row.consignment
    lines = row.lines.select_related("line__line__item__base_unit").order_by("pk")
    return said.Certificate(
        **_receipt(row).model_dump(), dispatched_on=box.dispatched_on, to_place=box.to_place.code,
        to_place_name=box.to_place.own_name, lines=[_line(one) for one in lines],
    )  # fmt: skip


def _line(one: ReceiptLine) -> said.ReceiptLine:
    packed = one.line
    item = packed.line.item
    counts = {
        name: amounts.told(getattr(one, name), item)
        for name in ("shipped", "accepted", "rejected", "missing", "surplus")
    }
    return said.ReceiptLine(
        line=packed.uuid, reference=packed.line.reference, item=item.code, unit=amounts.unit(item), lot=packed.lot,
        rejected_why=one.rejected_why, missing_why=one.missing_why, text=one.text, **counts,
    )  # fmt: skip


# ── receiving ────────────────────────────────────────────────────────────────
@operations.post("/consignments/{id}/receipts", said.Certificate, scope="support", status=201)
def receive_consignment(request: ApiRequest, id: uuid.UUID, body: said.NewReceipt) -> One:  # noqa: A002
    """State what arrived, for the lines that did; the others wait. The giver is told and finds the certificate.

    Of a box of several givers each part is received by its own `id`, and has its own certificate.
    """
    return _receive(request, consignments.seen(request, id), body)


@operations.post("/support/{id}/receipts", said.Certificate, scope="support", status=201)
def receive_line(request: ApiRequest, id: uuid.UUID, body: said.LineArrived) -> One:  # noqa: A002
    """State what arrived of a line of support that no consignment holds; the rest is received later.

    It gets a consignment of its own, without a waybill, and its receipt: corrected like any other.
    """
    line = found.one(queries.for_actor().select_related("item", "member").filter(uuid=id))
    counts = {
        name: amounts.in_thousandths(getattr(body, name), line.item)
        for name in ("accepted", "rejected", "missing", "surplus", "on_the_way")
    }
    arrived = line_receipts.Arrived(
        **counts, rejected_why=body.rejected_why, missing_why=body.missing_why, text=body.text
    )
    made = line_receipts.receive(
        line, arrived, on=day(request, body.received_on), by=request.person, at=request.at, note=body.remark
    )
    row = _found(made.code)
    return One(_certificate(row), status=201, location=f"/api/v1/receipts/{row.shown}")


@operations.post("/receipts/{code}/correction", said.Certificate, scope="support", status=201)
def correct_receipt(request: ApiRequest, code: _Code, body: said.NewReceipt) -> One:
    """Correct a receipt by a new one that says all its lines anew; the books then say what the newest one says."""
    row = _found(code)
    return _receive(request, row.consignment, body, supersedes=row)


def _receive(
    request: ApiRequest, box: Consignment, body: said.NewReceipt, *, supersedes: Receipt | None = None
) -> One:  # fmt: skip
    lines = named([one.line for one in body.lines], box)
    counted = []
    for one in body.lines:
        line = lines[one.line]
        accepted, rejected, missing, surplus = (
            amounts.in_thousandths(amount, line.line.item)
            for amount in (one.accepted, one.rejected, one.missing, one.surplus)
        )
        counted.append(
            Counted(
                line, accepted, rejected, missing, surplus, rejected_why=one.rejected_why,
                missing_why=one.missing_why, text=one.text,
            )
        )  # fmt: skip
    made = services.receive(
        box, counted, on=day(request, body.received_on), by=request.person, at=request.at, note=body.remark,
        supersedes=supersedes,
    )  # fmt: skip
    row = _found(made.code)
    return One(_certificate(row), status=201, location=f"/api/v1/receipts/{row.shown}")
