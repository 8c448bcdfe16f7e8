"""The words of what stands where in the API: progress, what changed, what was asked and answered."""

import uuid
from datetime import date, datetime

from pydantic import BaseModel, Field


class Medians(BaseModel):
    """Days of each step, as decimal text; None: nobody counted, or not shown."""

    days_to_answer: str | None = Field(description="From the request to the first answer that says what a party does.")
    days_to_offer: str | None = Field(description="From the request to the first offer.")
    days_to_acceptance: str | None = Field(description="From the offer to its acceptance.")
    days_to_receipt: str | None = Field(description="From the acceptance to the first receipt.")


class AskedCell(Medians):
    """One sector in one quarter: lines of requests asked, answered and closed. None: not shown."""

    sector: str
    quarter: str = Field(description="Such as 2026-Q1: in which it was asked, or in which the step began.")
    asked: int | None
    answered_in_full: int | None
    answered_in_part: int | None
    closed: int | None


class ChangeRow(BaseModel):
    """What changed of one need, or of one member's needs of an item together where they are shown as figures."""

    member: str
    item: str
    unit: str
    need: uuid.UUID | None
    place: str | None
    group: str | None
    what: list[str]
    approved_before: str | None
    approved: str | None
    not_covered_before: str | None
    not_covered: str | None
    received: str


class RequestChangeRow(BaseModel):
    """What happened to a request that asks one's parties: sent, stopped, lifted, withdrawn or closed."""

    at: datetime
    what: str
    request: uuid.UUID
    member: str


class OfferStands(BaseModel):
    """How far one offer has come, since when."""

    offer: uuid.UUID
    code: str
    giver: str
    member: str | None
    aim: str
    kind: str
    stands: str
    since: date | None
    days: int | None
    held_until: date
    items: list[str]


class LineStands(BaseModel):
    """A line of support of which something waits: accepted and not sent, or sent and not received."""

    support: uuid.UUID
    reference: str
    giver: str
    channel: str | None
    member: str
    item: str
    unit: str
    quantity: str
    since: date | None
    days: int | None
    expected_on: date | None
    at_risk: bool
    days_late: int | None


class AtRiskSum(BaseModel):
    """What is committed to one member of one item and past its expected arrival, of what one may see as figures."""

    member: str
    item: str
    unit: str
    quantity: str


class HeldBox(BaseModel):
    """A consignment that cannot go on."""

    consignment: uuid.UUID
    waybill: str
    giver: str
    channel: str | None
    carrier: str | None
    member: str
    to: str
    why: str
    words: str
    since: date | None
    days: int | None
    seen_at: str
    seen_on: date | None


class ExpiringLot(BaseModel):
    """A lot of an offer, or of a consignment not received yet, that expires within nine months."""

    offer: uuid.UUID | None
    consignment: uuid.UUID | None
    giver: str
    member: str | None
    item: str
    unit: str
    quantity: str
    lot: str
    expires_on: date
    days_left: int
    arrives_on: date | None
    months_wanted: str | None = Field(description="Shortest shelf life on arrival that the member states, in months.")
    too_short: bool | None


class OpenRequest(BaseModel):
    """A request that asks now, by its age."""

    request: uuid.UUID
    member: str
    sent_at: datetime | None
    days: int | None
    answered_at: datetime | None = Field(description="The last answer that you may read.")
    days_since_answer: int | None
    stopped_at: datetime | None
    lines: int
    lines_answered: int
