"""What an import did, or would do: the same counts and faults for a page and for a program."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from unmet.exchange.faults import Fault
from unmet.exchange.marked import MarkedCell
from unmet.methods.fold import fold


class CountsDiffer(Exception):
    """Read back through the query of the list page, the rows are not those that were sent; nothing is written."""

    def __init__(self, sent: int, found: int) -> None:
        super().__init__(sent, found)
        self.sent, self.found = sent, found


@dataclass(frozen=True, slots=True)
class Report:
    """Counts describe the file: `read` = created + updated + unchanged + refused. `written` says whether it happened.

    `faults` has one entry for each refused cell.
    """

    read: int
    created: int
    updated: int
    unchanged: int
    refused: int
    written: bool
    faults: tuple[Fault, ...]

    def __post_init__(self) -> None:
        if self.read != self.created + self.updated + self.unchanged + self.refused:
            raise CountsDiffer(self.read, self.created + self.updated + self.unchanged + self.refused)

    def to_json(self) -> dict[str, Any]:
        """For programs; sentences and remedies in the active language."""
        return {
            "read": self.read,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "written": self.written,
            "faults": [fault.to_json() for fault in self.faults],
        }


def marked_cells(faults: Iterable[Fault]) -> list[MarkedCell]:
    """The faults as the marked workbook shows them, in the active language."""
    return [
        MarkedCell(fault.sheet, fault.row, fault.column, fault.value, fault.sentence, fault.remedy) for fault in faults
    ]


def header_key(titles: Sequence[str]) -> str:
    """The folded headers of a table as one text: by it a mapping made by a person is found again."""
    return "\x1f".join(fold(title) for title in titles)
