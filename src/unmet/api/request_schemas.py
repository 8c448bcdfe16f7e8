"""The words of requests for assistance in the API: what is given and taken."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from unmet.api.values import LINES, Amount, Code, Day, Quantity, Taken

Reason = Annotated[str, Field(pattern=LINES, max_length=500)]


class Request(BaseModel):
    """One request for assistance. `lines` still ask; `answered` and `seen` count those that somebody answered or saw.

    Its member's people read the answers of all, the people of a party that is asked those of their own party.
    """

    id: uuid.UUID
    member: str
    to_everyone: bool
    addressees: list[str] = Field(description="Who is asked by name: all for the member, else your own parties.")
    text: str
    state: str
    stopped: bool = Field(description="The member asks everyone to stop sending for it.")
    reason: str
    saved_at: datetime | None
    sent_at: datetime | None
    ended_at: datetime | None
    lines: int
    answered: int
    seen: int


class RequestAnswer(BaseModel):
    """What a party says to a line; its last word."""

    party: str
    kind: str
    quantity: Quantity | None
    referred_to: str | None
    reason: str
    at: datetime


class RequestLine(BaseModel):
    """How much of one need is asked for, in base units. A line that was withdrawn asks nobody any more."""

    id: uuid.UUID
    need: uuid.UUID
    item: str
    unit: str
    emergency: str
    quantity: Quantity
    place: str | None
    group: str | None
    withdrawn_at: datetime | None
    withdrawn_why: str
    answers: list[RequestAnswer]


class AskedLine(Taken):
    """One need and how much of it is asked for."""

    need: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    quantity: Amount


class RequestDraft(Taken):
    """What a request says, whole: lines, and named parties or everyone."""

    lines: list[AskedLine] = Field(min_length=1, max_length=200)
    addressees: list[Code] = Field(default=[], max_length=300)
    to_everyone: bool = False
    text: Annotated[str, Field(pattern=LINES, max_length=2000)] = ""


class NewRequest(RequestDraft):
    """The same, of a member."""

    member: Code


class Sending(Taken):
    """Until when those asked see the lines; without a day until it is withdrawn."""

    until: Day | None = None


class Sent(BaseModel):
    """What sending did: how many permissions to see its lines were given."""

    released: int
    now: Request = Field(description="The request as it stands now.")


class Why(Taken):
    """Why; those asked read it."""

    reason: Reason = Field(min_length=1)


class Discarded(BaseModel):
    """The draft that was thrown away."""

    id: uuid.UUID


class NewAnswer(Taken):
    """An answer to a line. `quantity` belongs to answers in part, `referred_to` to *referred*, a reason to *unable*.

    In full it may be left out; with an answer that gives nothing it is refused.
    """

    kind: Literal["acknowledged", "review", "part", "full", "referred", "unable"]
    quantity: Amount | None = None
    referred_to: Code | None = None
    reason: Reason = ""
    party: Code | None = Field(None, description="In whose name, where you speak for several that are asked.")


class Acknowledging(Taken):
    """In whose name, where you speak for several that are asked."""

    party: Code | None = None


class Acknowledged(BaseModel):
    """How many lines were acknowledged."""

    acknowledged: int
