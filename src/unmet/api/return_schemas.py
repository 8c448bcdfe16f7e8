"""The words of returns in the API: what a member sends for a round, and what becomes of it."""

import uuid
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from unmet.api.values import Amount, Code, Day, LongText, Quantity, Rank, Taken, Text


class Return(BaseModel):
    """One member's answer to a round. It is seen by the member's own people only."""

    id: uuid.UUID
    member: str
    round: str
    revision: int
    state: str
    nothing_to_report: bool
    submitted_at: datetime
    decided_at: datetime | None
    comment: str
    note: str


class ReturnLine(BaseModel):
    """One line of a return. Quantities in base units (US dollars for money)."""

    id: str = Field(description="Names the line when its quantity is changed at approval.")
    need: uuid.UUID
    item: str | None
    words: str
    unit: str
    requested: Quantity
    approved: Quantity | None
    calculated: Quantity | None
    stock: Quantity | None
    pipeline: Quantity
    needed_by: date
    rank: int | None
    place: str
    group: str
    remark: str
    reason: str


class NeedLine(Taken):
    """One line as it is sent; the same fields and rules as those of the page and the table."""

    item: Text = Field(min_length=1, description="Code or name; or, with `own_words`, the member's own words.")
    quantity: Amount | None = None
    unit: Text = ""
    needed_by: Day | None = None
    rank: Rank | None = None
    stock: Amount | None = None
    pipeline: Amount | None = None
    gross: Amount | None = Field(None, description="Needed before stock and pipeline are taken off.")
    method: Text = Field("", description="How `gross` was found.")
    place: Text = ""
    group: Text = ""
    remark: LongText = ""


class NewReturn(Taken):
    """Lines for a round. Lines that are not named stay as they are; a quantity of 0 ends a need."""

    member: Code
    round: Code
    lines: list[NeedLine] = Field(default=[], max_length=5000)
    nothing_to_report: bool = False
    own_words: bool = Field(False, description="Keep items that are not in the catalogue as written.")
    new_places: bool = Field(False, description="Make the places that are not known yet.")
    both_levels: bool = Field(False, description="Lines for the whole country and for a part of it add up.")
    note: LongText = ""


class Submitted(BaseModel):
    """What a submission did."""

    created: int
    updated: int
    unchanged: int
    now: Return | None = Field(description="The return as it stands now.")


class ChangedQuantity(Taken):
    """The approver's own quantity of one line, and why."""

    line: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    quantity: Amount
    reason: LongText = Field(min_length=1)


class Approval(Taken):
    """Approve all lines as requested, but for those that are changed."""

    changes: list[ChangedQuantity] = Field(default=[], max_length=5000)


class Approved(BaseModel):
    """What an approval did: how many approved quantities changed."""

    changed: int
    now: Return = Field(description="The return as it stands now.")


class SendingBack(Taken):
    """Why a return is sent back."""

    comment: LongText = Field(min_length=1)
