"""The words of releases in the API: what a member lets whom see."""

import uuid
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from unmet.api.values import Code, Day, Taken


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
