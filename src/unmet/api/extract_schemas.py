"""The words of extracts in the API: what is given and taken."""

import uuid
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from unmet.api.values import LINES, Code, Count, Day, LongText, Taken


class Became(BaseModel):
    """What became of an extract, as its two ends state it; the last day of each. None: not stated."""

    sent_on: date | None
    acknowledged_on: date | None
    used_on: date | None


class Extract(Became):
    """A dated table of needs that one body might see in detail at that moment. It never changes."""

    id: uuid.UUID
    maker: str
    recipient: str
    emergency: str | None
    sectors: list[str] = Field(description="None named: all of them.")
    rows: int
    as_of: int = Field(description="The last line of the books that is in it.")
    sha256: str
    size: int = Field(description="Bytes of the table.")
    made_at: datetime


class ExtractStep(BaseModel):
    """One thing that happened to an extract: who states it, for which day. It never changes."""

    kind: str
    dated_on: date
    office: str
    text: str
    rows_used: int | None
    stated_by: str
    stated_at: datetime


class ExtractShare(Became):
    """An extract that held rows of one of your own members: how many of them, for whom, and its hash."""

    member: str
    rows: int = Field(description="Rows of your own.")
    maker: str
    recipient: str
    sha256: str
    made_at: datetime


class NewExtract(Taken):
    """For whom, and of what: what the recipient and the maker may both see in detail now."""

    maker: Code = Field(description="Your own member, of its own needs; or coordination, of all.")
    recipient: Code
    emergency: Code | None = None
    sectors: list[Code] = Field(default=[], max_length=100)


class Noting(Taken):
    """What became of an extract. The office belongs to *sent* and *acknowledged*, the words to *sent* and *used*."""

    kind: Literal["sent", "acknowledged", "used"]
    dated_on: Day
    office: Annotated[str, Field(pattern=LINES, max_length=200, description="Never the name of a person.")] = ""
    text: LongText = Field("", description="How it was sent, or what was used of it.")
    rows_used: Count | None = None
    party: Code | None = Field(None, description="In whose name, where you speak for both ends.")
