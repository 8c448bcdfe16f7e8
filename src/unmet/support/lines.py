"""One line of a support sheet, as plain data: what every door hands to the services of support, and their refusal."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

LONGEST_REASON: Final = 500  # characters of why something is taken back
PLEDGED: Final = "pledged"
ALLOCATED: Final = "allocated"
COMMITTED: Final = "committed"
IN_TRANSIT: Final = "in_transit"
RECEIVED: Final = "received"
REJECTED: Final = "rejected"
MISSING: Final = "missing"

# How far a quantity has come. The last three are the ends of one way: shipped = received + rejected + missing.
ORDER: Final = {PLEDGED: 0, ALLOCATED: 1, COMMITTED: 2, IN_TRANSIT: 3, RECEIVED: 4, REJECTED: 4, MISSING: 4}
ARRIVED: Final = frozenset({RECEIVED, REJECTED, MISSING})

Reason = Literal[
    "not_yours", "own_giver", "unknown_need", "other_member", "other_quantity", "more_than_stands", "not_accepted",
    "already_proposed", "reference_taken", "of_offer", "in_consignment", "quantity", "why", "too_long", "changed",
    "stopped", "more_than_needed", "sending_stopped", "sending_paused", "received_before", "reason", "future",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SupportLine:
    """What was stated about one quantity of support: who gives, to whom, what, and how far it has come.

    `quantity` is in thousandths of the item's base unit and above zero. `reason` says why a quantity
    was rejected or is missing. `outcome`: created (a line not known before), updated (a known line
    has come further, in whole or in part) or unchanged. `meant` answers what is asked of it: that it commits more than
    is not covered, or is sent though the member says *stop sending* or lets the need wait.
    """

    giver_code: str
    channel_code: str | None
    member_code: str
    item_id: int
    quantity: int
    stage: str
    dated_on: date
    expected_on: date | None
    reference: str
    need_code: str | None
    reason: str
    outcome: str
    sheet: str
    row: int
    unit_name: str = ""
    pack_factor: int = 1000
    quantity_typed: str = ""
    meant: bool = False

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What makes two rows speak of the same line."""
        return self.giver_code, self.reference, self.member_code, self.item_id


class SupportRefused(Exception):
    """A line of support that cannot be booked; `reason` is one of `Reason`."""

    def __init__(self, reason: Reason, line: SupportLine | None = None, standing: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.line, self.standing = reason, line, standing
