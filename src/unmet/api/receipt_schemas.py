"""The words of receipts and certificates in the API. Quantities in base units of the item."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field

from unmet.api.taken import Id, Measure, Words
from unmet.api.values import Day, Quantity, Taken

RejectedWhy = Literal["", "damaged", "expired", "cold", "wrong", "unasked", "papers", "other"]
MissingWhy = Literal["", "lost", "short", "other"]


# ── given ────────────────────────────────────────────────────────────────────
class Receipt(BaseModel):
    """What the member states to have received; for giver, channel and member. A correction is a receipt of its own."""

    code: str = Field(description="Finds its certificate, here and on paper.")
    number: int = Field(description="Within its consignment.")
    consignment: uuid.UUID
    giver: str
    channel: str | None
    member: str
    waybill: str
    received_on: date
    remark: str
    supersedes: str | None = Field(description="The code of the receipt that it corrects.")
    superseded_by: str | None = Field(description="The code of the receipt that corrects it.")
    stated_at: datetime


class ReceiptLine(BaseModel):
    """accepted + rejected + missing = shipped, of one lot; a surplus stands beside them."""

    line: uuid.UUID = Field(description="The line of the consignment.")
    reference: str
    item: str
    unit: str
    lot: str
    shipped: Quantity
    accepted: Quantity
    rejected: Quantity
    missing: Quantity
    surplus: Quantity
    rejected_why: str
    missing_why: str
    text: str


class Certificate(Receipt):
    """A certificate of receipt, whole."""

    dispatched_on: date | None
    to_place: str
    to_place_name: str
    lines: list[ReceiptLine]


# ── taken ────────────────────────────────────────────────────────────────────
class LineCounted(Taken):
    """What was counted of one line. The first three make up what was shipped; each shortfall has its reason.

    A surplus is more than was shipped. With the reason *other*, `text` says which.
    """

    line: Id = Field(description="The line of the consignment.")
    accepted: Measure
    rejected: Measure = Decimal(0)
    missing: Measure = Decimal(0)
    surplus: Measure = Decimal(0)
    rejected_why: RejectedWhy = ""
    missing_why: MissingWhy = ""
    text: Words = Field("", max_length=500)


class LineArrived(Taken):
    """What arrived of a line of support that no consignment holds.

    The first three and what is still on its way make up what is under way; each shortfall has its reason. A surplus is
    more than was sent. With the reason *other*, `text` says which. Without a day: today in UTC.
    """

    accepted: Measure
    rejected: Measure = Decimal(0)
    missing: Measure = Decimal(0)
    surplus: Measure = Decimal(0)
    on_the_way: Measure = Field(Decimal(0), description="What is received later.")
    rejected_why: RejectedWhy = ""
    missing_why: MissingWhy = ""
    text: Words = Field("", max_length=500)
    received_on: Day | None = None
    remark: Words = Field("", max_length=500)


class NewReceipt(Taken):
    """What arrived, for the lines that did; of a correction, all lines of the receipt. Without a day: today in UTC."""

    lines: list[LineCounted] = Field(min_length=1, max_length=200)
    received_on: Day | None = None
    remark: Words = Field("", max_length=500)
