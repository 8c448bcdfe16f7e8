"""One line of support, as plain data: what every door (page, table, API) hands to the services."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class SupportLine:
    """What a giver or a member says about one reference. Quantities in thousandths of the item's base unit."""

    giver_code: str
    channel_code: str | None
    member_code: str
    item_id: int
    quantity: int
    stage: str  # pledged | allocated | committed | in_transit | received | rejected | missing
    dated_on: date
    expected_on: date | None
    reference: str
    need_code: str | None
    reason: str
    sheet: str
    row: int
