"""The words of the standing of needs in the API: what is given and taken."""

import uuid
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from unmet.api.request_schemas import Reason
from unmet.api.taken import Id
from unmet.api.values import Code, Quantity, Taken
from unmet.needs.standing import MOST_CONFIRMED


# ── given ────────────────────────────────────────────────────────────────────
class OwnNeed(BaseModel):
    """One need of your own member, and whether it stands. Quantities in base units."""

    id: uuid.UUID
    member: str
    item: str
    unit: str
    emergency: str
    round: str | None = Field(description="In which it was approved last; None before anything was.")
    place: str
    group: str
    needed_by: date | None
    state: Literal["none", "standing", "ended", "paused", "lapsed", "covered_nationally", "duplicate"]
    approved: Quantity
    over_covered: Quantity = Field(description="By how much more is under way or received than is approved now.")
    last_stated: Quantity = Field(description="What stood before it was paused or lapsed; it is in no total.")
    lapses_at: datetime | None = Field(description="When it lapses unless it is confirmed or stated again.")
    reason: str = Field(description="What was said last: why it is paused, or over.")
    same_as: uuid.UUID | None = Field(description="The need that it is the same as.")
    stopped_at: datetime | None = Field(description="Since when your member says stop sending beside the need itself.")
    stop_reason: str = Field(description="Why; whoever could ship for it reads it.")


class Confirmed(BaseModel):
    """How many needs were confirmed, and how many of them had lapsed and stand again."""

    confirmed: int
    lapsed: int


# ── taken ────────────────────────────────────────────────────────────────────
class Pausing(Taken):
    """Why; your own people read it."""

    reason: Reason = Field(min_length=1)


class StoppingNeed(Taken):
    """Why nothing more should be sent; whoever could ship for it reads it."""

    reason: Reason = Field(min_length=1)


class Ending(Taken):
    """By which name it ends: your member covers it itself, and why; or it is the same as another need of yours."""

    covered_nationally: bool = False
    same_as: Id | None = None
    reason: Reason = ""


class ConfirmingNeeds(Taken):
    """Which needs, all of one member."""

    member: Code
    needs: list[Id] = Field(min_length=1, max_length=MOST_CONFIRMED)
