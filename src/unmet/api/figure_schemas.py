"""The words of what is published in the API: figures, totals and public needs."""

import uuid
from datetime import date

from pydantic import BaseModel, Field

from unmet.api.values import Quantity


class Figure(BaseModel):
    """A figure that we publish, with its definition."""

    code: str
    title: str
    meaning: str
    formula: str
    unit: str
    inputs: list[str]
    version: str
    per_item: bool
    per_round: bool


class FigureRow(BaseModel):
    """One row behind a figure: what a member, an item and a round add to each input. None: withdrawn since."""

    member: str | None
    item: str | None
    round: str | None
    inputs: dict[str, Quantity]


class FigureValue(BaseModel):
    """One figure of one scope, with the inputs of its formula. `value` is None where there is none."""

    figure: str
    title: str
    unit: str
    version: str
    scope: dict[str, str]
    as_known_on: date
    public_line: int = Field(description="The last line of the public book that is in it.")
    value: Quantity | None
    fraction: str | None = Field(description="A share as an exact fraction, such as 2/3.")
    inputs: dict[str, Quantity]


class Total(BaseModel):
    """Public sums of one member, item, sector, emergency or round. Quantities only where the scope is one item."""

    code: str
    name: str
    needs_open: int
    needs_met: int
    needs_unpriced: int
    value_approved_usd: Quantity
    value_not_covered_usd: Quantity
    value_not_in_country_usd: Quantity
    approved: Quantity | None
    received: Quantity | None
    in_transit: Quantity | None
    committed: Quantity | None
    pledged: Quantity | None
    not_covered: Quantity | None
    not_in_country: Quantity | None


class PublicNeed(BaseModel):
    """One public need; or, where figures only are released, the sum of a member's needs of an item in a round."""

    member: str
    item: str
    unit: str
    sector: str
    emergency: str
    round: str
    need: uuid.UUID | None
    place: str | None
    group: str | None
    needed_by: date | None
    rank: int | None
    approved: Quantity
    received: Quantity
    in_transit: Quantity
    committed: Quantity
    allocated: Quantity
    pledged: Quantity
    not_covered: Quantity
    not_in_country: Quantity
    last_stated: Quantity
