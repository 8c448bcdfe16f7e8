"""The words of money in the API: what is given and taken. Amounts are decimal texts in the currency of the money."""

import uuid
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from unmet.api.taken import Id
from unmet.api.values import LINES, Amount, Code, Day, Quantity, Taken, Text

Stage = Literal["pledge", "commitment", "paid"]
Boundary = Literal["incoming", "internal", "outgoing"]
Instrument = Literal["grant", "loan"]
_CURRENCY = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code, such as USD.")
_RATE = Field(
    pattern=r"^[0-9]{1,12}(\.[0-9]{1,11})?$", description="An exact decimal as text, as its source quotes it."
)


# ── given ────────────────────────────────────────────────────────────────────
class Money(BaseModel):
    """Money from one source: what stands as pledged, committed and paid; each amount stands at one stage only.

    Beside the amounts in `currency` stands what they come to in US dollars, at the rates of their steps.
    """

    id: uuid.UUID
    source: str
    destinations: list[str]
    via: str = Field(description="bilateral, who, fund or other")
    channel: str | None
    instrument: str = Field(description="grant or loan; the two are never added")
    boundary: str = Field(description="incoming, internal or outgoing, seen from the coalition")
    emergency: str
    sector: str | None
    item: str | None
    need: uuid.UUID | None = Field(description="For the source, and for the own people of the member whose need it is.")
    offer: uuid.UUID | None = Field(description="The offer that it came of, for its giver and the member's own people.")
    counted: bool = Field(description="False where it passes on money that was counted when another source stated it.")
    reference: str
    text: str
    fact_source: str
    currency: str
    pledged: Quantity
    committed: Quantity
    paid: Quantity
    pledged_usd: Quantity
    committed_usd: Quantity
    paid_usd: Quantity
    public_at: datetime | None
    named: list[str] = Field(description="Your own parties that agreed to be named where it is public.")
    stated_at: datetime


class MoneyStep(BaseModel):
    """One step: what came to a stage from nothing or from the stage before, or was taken back. It never changes.

    `usd` came to `to_stage` at the rate of this step; `usd_out` left `from_stage`.
    """

    number: int = Field(description="Counts the steps of this money, from 1.")
    from_stage: str | None
    to_stage: str | None
    amount: Quantity
    currency: str
    usd: Quantity
    usd_out: Quantity
    rate: Quantity
    quoted: str = Field(description="usd_per_unit or units_per_usd, as the source of the rate has it")
    rate_on: date
    rate_source: str
    dated_on: date
    stated_by: str
    stated_at: datetime
    reason: str
    confirmed_by: list[str] = Field(description="Destinations whose own people say that this payment arrived.")


class PublicStage(BaseModel):
    """What stands at one stage, with the day and the rate of the last step that brought money there."""

    stage: str
    amount: Quantity
    usd: Quantity
    arrived: str | None = Field(
        description="Of what is paid, whether those it is for say that it arrived: yes, in_part or not_said; else None."
    )
    last_on: date
    rate: Quantity
    quoted: str
    rate_on: date
    rate_source: str


class PublicMoney(BaseModel):
    """Money that its source shows to everyone. Members that have not agreed to be named are counted."""

    id: uuid.UUID
    source: str
    destinations: list[str]
    destinations_not_named: int
    via: str
    boundary: str
    instrument: str
    emergency: str
    sector: str | None
    item: str | None
    currency: str
    fact_source: str
    stages: list[PublicStage]


class MoneyTotal(BaseModel):
    """One total of public money. Boundaries, grants and loans, and stages stand apart: no two of them are added."""

    boundary: str
    instrument: str
    stage: str
    usd: Quantity
    behind: int = Field(description="How much money, by its number of sources and references, stands behind it.")


class MoneyOfOffer(BaseModel):
    """What was accepted of an offer as money of its giver, in the order of acceptance."""

    added: int = Field(description="How many are new; the others were stated before.")
    money: list[uuid.UUID]


# ── taken ────────────────────────────────────────────────────────────────────
class RateUsed(Taken):
    """The exchange rate that you used, with its day and where it was published."""

    rate: Annotated[str, _RATE]
    quoted: Literal["usd_per_unit", "units_per_usd"]
    dated_on: Day
    source: Annotated[str, Field(pattern=LINES, min_length=1, max_length=300)]


class AmountStated(Taken):
    """An amount for the day on which it happened. Without a rate the published one that is known here is taken."""

    amount: Amount
    dated_on: Day
    rate: RateUsed | None = Field(None, description="None for US dollars.")


class NewMoney(AmountStated):
    """Money of one of your own parties, stated for the first time. A need gives emergency, sector and item."""

    source: Code
    destinations: list[Code] = Field(min_length=1, max_length=300)
    stage: Stage
    currency: Annotated[str, _CURRENCY]
    reference: Text = Field(
        min_length=1, max_length=80, description="Your own number: the same sent again counts once."
    )
    instrument: Instrument = "grant"
    via: Literal["bilateral", "who", "fund", "other"] = "bilateral"
    channel: Code | None = None
    emergency: Code | None = Field(None, description="Needed where no need is named.")
    sector: Code | None = None
    item: Code | None = None
    need: Id | None = Field(None, description="A need of a destination, if you may see it in detail.")
    passes_on: Id | None = Field(None, description="Money that you were given to pass on, as its channel.")
    text: Annotated[str, Field(pattern=LINES, max_length=2000)] = ""
    fact_source: Annotated[str, Field(pattern=LINES, max_length=500)] = ""


class Advance(AmountStated):
    """How much moves on: from pledged to committed, or from committed to paid."""

    stage: Literal["commitment", "paid"]


class Addition(AmountStated):
    """More of the same money, from nothing. Refused while something stands at an earlier stage."""

    stage: Stage


class TakingBack(Taken):
    """How much of what stands at a stage is taken back, and why."""

    stage: Stage
    amount: Amount
    dated_on: Day
    reason: Annotated[str, Field(pattern=LINES, min_length=1, max_length=500)]


class Confirming(Taken):
    """In the name of which destination, where you speak for several."""

    party: Code | None = None


class OfMember(Taken):
    """What was accepted by which member, where several did; without one, all of it."""

    member: Code | None = None


class Naming(Taken):
    """Whether a destination agrees to be named where the money is public."""

    named: bool
    party: Code | None = None
