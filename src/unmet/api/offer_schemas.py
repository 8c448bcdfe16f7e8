"""The words of offers in the API: what is given and taken. Quantities in base units, US dollars of money."""

import uuid
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from unmet.api.request_schemas import Reason
from unmet.api.taken import Id, Measure, Words
from unmet.api.values import Code, Day, Quantity, Taken

Kind = Literal["supplies", "service", "people", "training", "capacity", "technology", "finance"]
Aim = Literal["member", "members", "any"]
State = Literal["draft", "offered", "closed", "declined", "withdrawn", "expired"]
Stage = Literal["asked", "negotiating", "signed", "transferred", "first_batch"]


# ── given ────────────────────────────────────────────────────────────────────
class OfferDeclined(BaseModel):
    """A member takes no more of an offer, and why."""

    member: str
    reason: str
    at: datetime


class Offer(BaseModel):
    """One offer. The giver's people read all of it; a member to which it is made reads what concerns itself.

    `state` is *expired* from the moment its last day has passed, and *closed* when it is accepted in whole.
    """

    id: uuid.UUID
    code: str = Field(description="What came of it is known by it: references of its lines of support begin so.")
    giver: str
    channel: str | None
    kind: str
    aim: str
    member: str | None
    members: list[str] = Field(description="Of *members*: all for the giver, else your own.")
    to_set: str = Field(description="Of *members*: the set that they are, beside those named. Empty where none is.")
    earmarking: int = Field(description="IATI: 1 unearmarked, 2 softly, 3 earmarked, 4 tightly.")
    conditions: str
    held_until: date
    state: str
    reason: str = Field(description="Why it was withdrawn.")
    saved_at: datetime | None
    offered_at: datetime | None
    ended_at: datetime | None
    lines: int
    accepted: int = Field(description="Lines of which something was accepted.")
    declines: list[OfferDeclined] = Field(description="All for the giver, else those of your own members.")


class OfferAccepted(BaseModel):
    """What a member accepted of a line: a commitment. `counts_as` is there where it was taken for another item."""

    member: str
    quantity: Quantity
    need: uuid.UUID | None = Field(description="For its member; for the giver if it offered for that need.")
    counts_as: Quantity | None = Field(description="In base units of `item`.")
    item: str = Field(description="The item that is committed: that of the need, else the one offered.")
    over: bool = Field(description="The member knew that it is more than is not covered.")
    conditions_seen: bool
    expected_on: date | None
    support: uuid.UUID = Field(description="The line of support that it made.")
    reference: str
    at: datetime


class OfferLine(BaseModel):
    """One line of an offer: how much is offered, accepted by all members, and left."""

    id: uuid.UUID
    item: str
    unit: str
    quantity: Quantity
    accepted: Quantity
    left: Quantity
    need: uuid.UUID | None = Field(description="The need that it is meant for, for its giver and its member.")
    request_line: uuid.UUID | None = Field(description="The line of a request that it answers.")
    lot: str
    expires_on: date | None
    papers: str
    stands_at: str
    a_month: Quantity | None = Field(description="Of production capacity: how much a month.")
    from_on: date | None
    bottleneck: str
    product: str = Field(description="Of technology or a licence: what it is about.")
    holder: str
    territory: str
    terms: str
    licence_until: date | None
    stage: str = Field(description="How far a transfer of technology has come.")
    acceptances: list[OfferAccepted] = Field(description="All for the giver, else those of your own members.")


class OfferProposal(BaseModel):
    """What was proposed to a member's approver: to accept some of a line, or, without one, to decline what is left.

    `state` is *proposed* while it waits, then *taken*, *sent_back* (by whoever proposed it: `taken_back`), *replaced*
    or *ended* (with its offer).
    """

    id: uuid.UUID
    line: uuid.UUID | None
    member: str
    quantity: Quantity | None
    need: uuid.UUID | None
    counts_as: Quantity | None = Field(description="In base units of the need's item.")
    expected_on: date | None
    over: bool
    reason: str = Field(description="Why it is to be declined.")
    at: datetime
    state: str
    ended_at: datetime | None
    word: str = Field(description="Why it was sent back, or taken back.")
    taken_back: bool = Field(description="Whether the person who proposed it took it back.")


# ── taken ────────────────────────────────────────────────────────────────────
class LineOffered(Taken):
    """One line as it is sent. `need` belongs to the one member; a line of a request brings its own.

    Capacity needs `a_month` and `from_on`, technology `product` and `holder`; other kinds take none of these.
    """

    item: Code
    quantity: Measure
    need: Id | None = None
    request_line: Id | None = None
    lot: Words = Field("", max_length=80)
    expires_on: Day | None = None
    papers: Words = Field("", max_length=500)
    stands_at: Words = Field("", max_length=200)
    a_month: Measure | None = None
    from_on: Day | None = None
    bottleneck: Words = Field("", max_length=500)
    product: Words = Field("", max_length=200)
    holder: Words = Field("", max_length=200)
    territory: Words = Field("", max_length=300)
    terms: Words = Field("", max_length=1000)
    licence_until: Day | None = None


class OfferDraft(Taken):
    """What an offer says, whole: `member` belongs to the aim *member*, `members` and `to_set` to *members*."""

    kind: Kind
    aim: Aim
    member: Code | None = None
    members: list[Code] = Field(default=[], max_length=300)
    to_set: Words = Field(
        "", max_length=40, description="A set of members: one of the `sets` of a party, or a `regional_group`."
    )
    channel: Code | None = None
    held_until: Day = Field(description="The last day on which it can be accepted.")
    conditions: Words = Field("", max_length=4000)
    earmarking: Literal[1, 2, 3, 4] | None = Field(None, description="Without it, as the offer is aimed.")
    lines: list[LineOffered] = Field(min_length=1, max_length=50)


class NewOffer(OfferDraft):
    """The same, of a giver."""

    giver: Code


class OfferEnding(Taken):
    """Why, if you want to say it; those concerned read it."""

    reason: Reason = ""


class TechnologyStage(Taken):
    """How far the transfer has come: only forwards."""

    stage: Stage


class ProposedAcceptance(Taken):
    """What is proposed to accept of a line: all that is left, or less.

    `need` is the one of your member that it is for; without one it lowers no need. Of another item than the need's (a
    kit, a substitute) say what it `counts_as`. More than is not covered is meant with `over`.
    """

    quantity: Measure
    need: Id | None = None
    counts_as: Measure | None = Field(None, description="In base units of the need's item.")
    expected_on: Day | None = Field(
        None, description="Without it goods are expected in 30 days, or when the need is needed by if that is later."
    )
    over: bool = False
    member: Code | None = Field(None, description="For which member, where you speak for several.")


class OfferAcceptance(ProposedAcceptance):
    """The same, accepted by the approver: conditions are accepted with `conditions_seen`."""

    conditions_seen: bool = False
    read: Measure | None = Field(
        None, description="What you read as `accepted` of the line: refused if it is another now, so it counts once."
    )
    proposal: Id | None = Field(None, description="The proposal that is decided with it; refused if it waits no more.")


class TakenBack(Taken):
    """How much of a commitment is taken back, in base units of the line's item, and why: the other side reads it."""

    quantity: Measure
    reason: Reason = Field(min_length=1)
    read: Measure | None = Field(
        None, description="What you read as `committed` of it: refused if it is another now, so it counts once."
    )


class OfferDecline(Taken):
    """Why it is declined, if you want to say it; the giver reads it when it is declined."""

    reason: Reason = ""
    member: Code | None = Field(None, description="For which member, where you speak for several.")


class OfferDeclineDecided(OfferDecline):
    """The same, decided by the approver."""

    proposal: Id | None = Field(None, description="The proposal that is decided with it; refused if it waits no more.")


class ProposalTakenBack(Taken):
    """Why it is taken back; the member's own people read it."""

    word: Reason = Field(min_length=1)


class ProposalSentBack(Taken):
    """Why it goes back; whoever proposed it reads it."""

    word: Reason = Field(min_length=1)
