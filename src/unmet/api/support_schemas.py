"""The words of support in the API: its lines, as they are stated and as they stand."""

import uuid
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from unmet.api.values import TEXT, Amount, Code, Day, LongText, Quantity, Taken, Text


class Support(BaseModel):
    """One line of support: for its giver and for the member's own people. Quantities in base units, by stage."""

    id: uuid.UUID
    giver: str
    channel: str | None
    member: str
    item: str
    unit: str
    round: str
    reference: str
    need: uuid.UUID | None = Field(
        description="The need it is for; None while there is none, or none that you may see."
    )
    expected_on: date | None
    pledged: Quantity
    allocated: Quantity
    committed: Quantity
    in_transit: Quantity
    received: Quantity
    rejected: Quantity
    missing: Quantity
    over_covered: bool = Field(
        description="Something of it is under way, and more is under way or received for its need than is approved now."
    )
    proposed: bool = Field(description="A commitment waits for the approver of your own member.")
    stated_at: datetime


class SupportLine(Taken):
    """One line of a support sheet, as it is sent."""

    giver: Text = Field(min_length=1)
    member: Text = Field(min_length=1)
    item: Text = Field(min_length=1)
    quantity: Amount
    stage: Literal["pledged", "allocated", "committed", "in_transit", "received", "rejected", "missing"]
    date: Day
    reference: Annotated[str, Field(pattern=TEXT, min_length=1, max_length=80)]
    unit: Text = ""
    channel: Text = ""
    expected: Day | None = None
    need: Text = ""
    reason: LongText = ""
    meant: bool = Field(
        False, description="More than is not covered is meant; or it is sent though the member says stop sending."
    )


class NewSupport(Taken):
    """Lines of support for the emergency of a round; all or none."""

    round: Code
    lines: list[SupportLine] = Field(min_length=1, max_length=5000)


class Stated(BaseModel):
    """What became of each line, in their order."""

    outcomes: list[str]
    lines: list[Support]
