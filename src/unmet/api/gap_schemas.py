"""The words of gaps in the API: of an item, and of the members that need it."""

from datetime import date

from pydantic import BaseModel, Field


class Gap(BaseModel):
    """Sums over what the reader may see, open now; quantities as decimal text in `unit`."""

    item: str
    unit: str
    not_covered: str = Field(description="Approved, less received, in transit and committed.")
    not_in_country: str = Field(description="Approved, less received.")
    pledged: str = Field(description="Promised and not accepted yet: it lowers no gap.")


class ItemGap(Gap):
    """What members lack of one item together."""

    sector: str
    value_usd: str | None = Field(description="Of the figure asked for, at reference prices. None: unpriced, or money.")
    members: int = Field(description="How many members lack it.")


class MemberGap(Gap):
    """What one member lacks of an item."""

    member: str
    ready: bool = Field(description="Ready to ship, of those of which you may know it.")
    severity: int | None = Field(description="Category of the INFORM Severity Index, 1 to 5. None: not stated.")
    severity_value: str | None
    severity_month: date | None = Field(description="The month of which it is stated.")
    severity_source: str | None
