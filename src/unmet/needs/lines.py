"""One line of a return, as plain data: what every door (page, table, API, letter) hands to the services."""

from dataclasses import dataclass
from datetime import date
from typing import Final

CREATED: Final = "created"
UPDATED: Final = "updated"
UNCHANGED: Final = "unchanged"


@dataclass(frozen=True, slots=True)
class NeedLine:
    """What a member says it needs of one item, in one place, for one group, in one round.

    All quantities are whole thousandths of the item's base unit (money: thousandths of a US cent).
    `quantity` is net of usable stock and of the pipeline that the member deducted; the books
    take `approved`, in which the pipeline is added back. A `quantity` of 0 ends the need.
    """

    item_id: int | None  # None: the item is in the member's own `words`
    words: str
    quantity: int
    unit_name: str
    pack_factor: int  # thousandths of the base unit in one unit
    quantity_typed: str
    needed_by: date
    rank: int | None
    stock: int | None
    pipeline: int
    place_id: int | None  # None: a new place of the member, called `place_name`
    place_name: str
    group_id: int
    remark: str
    outcome: str  # created | updated | unchanged, against the newest statement of the round
    sheet: str
    row: int
    gross: int | None = None  # needed before usable stock and pipeline are taken off, where the member says so
    method: str = ""  # how the member came to `gross`, in its words

    @property
    def approved(self) -> int:
        """What the books will hold, in thousandths of the base unit: the pipeline counts once, there."""
        return self.quantity + self.pipeline
