"""The words of the API: what is given and taken, with their forms. Quantities are decimal texts, never floats."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_CODE = r"^[A-Za-z0-9_-]{1,40}$"
# Neither control signs nor half signs: they stand in no text of ours.
_TEXT = r"^[^\u0000-\u001f\u007f]*$"
LINES = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"

Code = Annotated[str, Field(pattern=_CODE, description="A code, such as ZMB or MASK-IIR.")]
Text = Annotated[str, Field(pattern=_TEXT, max_length=200)]
LongText = Annotated[str, Field(pattern=LINES, max_length=1000)]
Quantity = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$", description="A decimal number as text, exact.")]
Language = Literal["en", "ar", "es", "fr"]


def _amount(value: object) -> Decimal:
    """A quantity as it was sent: a text or a whole number; a number with a point is exact here, never a float."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise ValueError('a text such as "1250.5", or a whole number')
    if isinstance(value, str):
        whole, point, decimals = value.partition(".")
        digits = (whole + decimals).isascii() and (whole + decimals).isdigit()
        if not digits or not 1 <= len(whole) <= 15 or len(decimals) > 3 or (point and not decimals):
            raise ValueError("digits, and at most three decimals behind a point")
    number = Decimal(value)
    if not 0 <= number < 10**15 or number != number.quantize(Decimal("0.001")):
        raise ValueError("zero or more, below 10^15, with at most three decimals")
    return number


_AMOUNT_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": r"^[0-9]{1,15}(\.[0-9]{1,3})?$"},
        {"type": "integer", "minimum": 0, "maximum": 10**15 - 1},
    ],
    "description": 'A text such as "1250.5", or a whole number; at most three decimals.',
}
Amount = Annotated[Decimal, BeforeValidator(_amount), WithJsonSchema(_AMOUNT_SCHEMA)]


def _whole(value: object) -> object:
    """A whole number; 3.0 is one too."""
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value


# The bounds stand before the reader, else the description does not say them.
Rank = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(_whole)]
Count = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(_whole)]


def _day(value: object) -> date:
    """A day as text: 2021-06-30 and nothing else."""
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError('a day such as "2021-06-30"')
    return date.fromisoformat(value)


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


class Taken(BaseModel):
    """What a client sends: unknown fields are refused, and nothing is read for something else."""

    model_config = ConfigDict(extra="forbid", strict=True)


# ── reference ────────────────────────────────────────────────────────────────
class Membership(BaseModel):
    """When a party is or was a member or an observer. No first day: on or before 4 May 2020."""

    status: str
    from_on: date | None
    until_on: date | None


class Party(BaseModel):
    """A state, organisation, fund, bank or network."""

    code: str
    kind: str
    name: str
    iso3: str
    iso2: str
    m49: str
    regional_group: str
    sets: list[str] = Field(description="Codes of the sets it is in today, by those who keep the lists, such as SIDS.")
    status: str = Field(description="member, observer or empty, today")


class PartyWithHistory(Party):
    """A party with its memberships."""

    memberships: list[Membership]


class Emergency(BaseModel):
    """What the members ask help for."""

    code: str
    name: str
    began_on: date
    ended_on: date | None


class Sector(BaseModel):
    """A sector, with the WHO pillar and the IASC cluster it is mapped to."""

    code: str
    name: str
    domain: str
    who_pillar: str
    iasc_cluster: str


class Pack(BaseModel):
    """A pack of an item: how many base units it holds."""

    name: str
    base_units: Quantity
    source: str


class OtherCode(BaseModel):
    """The code of an item in another system."""

    system: str
    code: str
    edition: str


class Price(BaseModel):
    """A dated reference price of one base unit, in US dollars."""

    usd: Quantity
    dated_on: date
    source: str


class Item(BaseModel):
    """Something that a member may need."""

    code: str
    name: str
    name_en: str
    name_ar: str
    name_es: str
    name_fr: str
    kind: str
    unit: str
    unit_name: str
    sector: str
    whole: bool
    flags: list[str]
    retired_on: date | None
    successor: str | None
    packs: list[Pack]
    codes: list[OtherCode]
    prices: list[Price]


class ItemPack(BaseModel):
    """A pack of an item, with its names in each language."""

    item: str
    name_en: str
    name_ar: str
    name_es: str
    name_fr: str
    base_units: Quantity
    source: str


class ItemPrice(BaseModel):
    """A dated reference price of one base unit of an item, in US dollars."""

    item: str
    usd: Quantity
    dated_on: date
    source: str


class ItemCode(BaseModel):
    """The code of an item in another system."""

    item: str
    system: str
    code: str
    edition: str


class Round(BaseModel):
    """A window in which members answer about a period."""

    code: str
    name: str
    emergency: str
    state: str
    window_from: date
    window_until: date
    period_from: date
    period_until: date
    freshness_days: int
    sectors: list[str]


# ── returns ──────────────────────────────────────────────────────────────────
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


# ── releases ─────────────────────────────────────────────────────────────────
class Release(BaseModel):
    """A standing permission of a member, for its own people to read."""

    id: uuid.UUID
    member: str
    subject_kind: str
    subject: str = Field(description="Code of the sector, or id of the need.")
    level: str
    audience: str
    named: list[str]
    until: date | None
    granted_at: datetime
    withdrawn_at: datetime | None
    standing: bool


class NewRelease(Taken):
    """What is released, how much of it, to whom, until when."""

    member: Code
    sectors: list[Code] = Field(default=[], max_length=100)
    needs: list[Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]] = Field(default=[], max_length=500)
    level: Literal["figures", "detail"]
    audience: Literal["coordination", "members", "named", "everyone"]
    named: list[Code] = Field(default=[], max_length=300)
    until: Day | None = None


class Releases(BaseModel):
    """The releases that were granted."""

    releases: list[Release]


# ── support ──────────────────────────────────────────────────────────────────
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
    proposed: bool = Field(description="A commitment waits for the member's approver.")
    stated_at: datetime


class SupportLine(Taken):
    """One line of a support sheet, as it is sent."""

    giver: Text = Field(min_length=1)
    member: Text = Field(min_length=1)
    item: Text = Field(min_length=1)
    quantity: Amount
    stage: Literal["pledged", "allocated", "committed", "in_transit", "received", "rejected", "missing"]
    date: Day
    reference: Annotated[str, Field(pattern=_TEXT, min_length=1, max_length=80)]
    unit: Text = ""
    channel: Text = ""
    expected: Day | None = None
    need: Text = ""
    reason: LongText = ""


class NewSupport(Taken):
    """Lines of support for the emergency of a round; all or none."""

    round: Code
    lines: list[SupportLine] = Field(min_length=1, max_length=5000)


class Stated(BaseModel):
    """What became of each line, in their order."""

    outcomes: list[str]
    lines: list[Support]


# ── figures ──────────────────────────────────────────────────────────────────
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


# ── files ────────────────────────────────────────────────────────────────────
class Report(BaseModel):
    """What an import did or would do: read = created + updated + unchanged + refused."""

    read: int
    created: int
    updated: int
    unchanged: int
    refused: int
    written: bool
    faults: list[dict[str, Any]]
