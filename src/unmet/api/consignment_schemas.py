"""The words of consignments in the API: what is given and taken. Quantities in base units of the item."""

import uuid
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from unmet.api.taken import Id, Measure, Words
from unmet.api.values import Code, Day, Quantity, Taken

State = Literal[
    "planned", "dispatched", "at_port", "held", "cleared", "received", "diverted", "lost", "returned", "destroyed"
]
Mode = Literal["air", "sea", "road", "rail", "river", "hand"]
Verb = Literal["arrive", "hold", "resume", "clear", "lose", "destroy", "return", "divert"]
Held = Literal["", "permit", "customs", "sanction", "demurrage", "other"]
Role = Literal["giver", "channel", "carrier", "member"]


# ── given ────────────────────────────────────────────────────────────────────
class Consignment(BaseModel):
    """One consignment: for its giver, channel, carrier and member, and for nobody else.

    Of a box of several givers it is the part of one of them; a giver is given its own part only.
    """

    id: uuid.UUID
    box: uuid.UUID = Field(description="The same for all parts of one box: `GET /consignments?box=` lists them.")
    giver: str
    channel: str | None
    carrier: str | None
    carrier_name: str
    member: str
    waybill: str
    mode: str
    from_place: str
    to_place: str = Field(description="Code of the place; WHOLE is the whole country.")
    to_place_name: str = Field(description="As the member writes it; empty for the whole country.")
    planned_on: date | None
    dispatched_on: date | None
    expected_on: date | None
    late: bool = Field(description="It is under way, and its expected arrival has passed.")
    cold_chain: str
    permit: str
    state: str
    held_why: str
    held_text: str
    held_on: date | None
    lines: int
    roles: list[str] = Field(description="The roles in which this token may speak of it.")


class ConsignmentLine(BaseModel):
    """How much of one line of support is in it, of one lot; and what the receipt that stands says of it, if any."""

    id: uuid.UUID
    support: uuid.UUID | None = Field(description="The line of support, for its giver and its member.")
    reference: str
    item: str
    unit: str
    quantity: Quantity
    really_item: str = Field(description="The kit or substitute that is in the box for it; empty: the item itself.")
    really: Quantity | None = Field(description="How much of it, in its own base unit.")
    lot: str
    expires_on: date | None
    receipt: int | None = Field(description="Number of the receipt that stands.")
    accepted: Quantity | None
    rejected: Quantity | None
    missing: Quantity | None
    surplus: Quantity | None
    rejected_why: str
    missing_why: str
    text: str


class ConsignmentStep(BaseModel):
    """Where it came to, and which party said so.

    `what` is there where the state does not say it: it goes on after a hold, or another waybill or expected arrival
    stands there; then `was` is what stood there before and `now` what stands there from then on.
    """

    state: str
    what: str
    was: str
    now: str
    dated_on: date
    why: str
    text: str
    by_party: str
    at: datetime


class ConsignmentSeen(BaseModel):
    """What a party saw of one lot. Counts that differ stand side by side; they move nothing.

    A lot that is not in the packing list has no `line`.
    """

    line: uuid.UUID | None
    item: str
    unit: str
    lot: str
    role: str
    party: str
    quantity: Quantity
    place: str
    seen_on: date
    remark: str
    at: datetime


class Packable(BaseModel):
    """A line of support of which something can be packed: accepted, not sent, and in no other plan."""

    support: uuid.UUID
    reference: str
    giver: str
    channel: str | None
    member: str
    item: str
    unit: str
    quantity: Quantity
    really_item: str = Field(description="The kit or substitute that is in the box for it; empty: the item itself.")
    really: Quantity | None = Field(description="How much of it, in its own base unit.")
    expected_on: date | None
    to_places: list[str] = Field(description="Where it may go.")


class Attested(BaseModel):
    """How many counts were added; the same count of the same day and place again adds none."""

    added: int


# ── taken ────────────────────────────────────────────────────────────────────
class Packing(Taken):
    """How much of a line of support is packed, of one lot."""

    support: Id
    quantity: Measure
    lot: Words = Field("", max_length=80)
    expires_on: Day | None = None


class ConsignmentPlan(Taken):
    """What a consignment is to be: accepted lines for one member, and how they travel.

    Lines of several givers go together when one channel carries all of them and you send for it: each giver gets a
    part, a consignment of its own in the same box.
    """

    lines: list[Packing] = Field(min_length=1, max_length=200)
    to_place: Words = Field("WHOLE", min_length=1, max_length=40, description="One of the `to_places` of its lines.")
    mode: Mode
    waybill: Words = Field("", max_length=80, description="Needed when it is sent; by it one box is one consignment.")
    carrier: Code | None = None
    carrier_name: Words = Field("", max_length=120)
    from_place: Words = Field("", max_length=200)
    planned_on: Day | None = None
    expected_on: Day | None = None
    cold_chain: Words = Field("", max_length=200)
    permit: Words = Field("", max_length=200)
    checked: bool = Field(
        False, description="You have checked: where nothing is written, no cold chain and no permit is needed."
    )


class Dispatch(Taken):
    """The day it leaves (today in UTC without one); waybill and expected arrival are those of the plan if missing.

    Where the member says *stop sending* for a need in it, or lets one wait, it is refused (`stopped`, `paused`) unless
    `knowing` says that the sender has read so and sends all the same.
    """

    on: Day | None = None
    waybill: Words = Field("", max_length=80)
    expected_on: Day | None = None
    knowing: bool = False


class NewConsignmentStep(Taken):
    """What happened to it, and on which day (today in UTC without one).

    *Hold* needs a `why`, and the why *other* a `text`. *Resume* ends a hold: it goes on from where it was
    before. What was lost, destroyed, returned or diverted needs a `text`.
    """

    what: Verb
    on: Day | None = None
    why: Held = ""
    text: Words = Field("", max_length=500)


class ExpectedAnew(Taken):
    """Another day on which it is expected, and why."""

    expected_on: Day
    text: Words = Field(min_length=1, max_length=500)


class WaybillAnew(Taken):
    """The waybill as it should have been, and why."""

    waybill: Words = Field(min_length=1, max_length=80)
    text: Words = Field(min_length=1, max_length=500)


class LineSeen(Taken):
    """How many of one line were seen."""

    line: Id
    quantity: Measure


class LotSeen(Taken):
    """How many were seen of a lot that is not in the packing list."""

    item: Code
    quantity: Measure
    lot: Words = Field("", max_length=80)


class Attestation(Taken):
    """What your party saw of it: how many, where, when (today in UTC without a day).

    `lines` are those of the packing list; what else was in the box stands under `unlisted`.
    """

    lines: list[LineSeen] = Field(default=[], max_length=200)
    unlisted: list[LotSeen] = Field(default=[], max_length=20)
    place: Words = Field(min_length=1, max_length=200)
    seen_on: Day | None = None
    remark: Words = Field("", max_length=500)
    role: Role | None = Field(None, description="In which role, where you speak in several.")
