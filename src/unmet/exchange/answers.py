"""What a person has answered about a table, so that it can be read again with fewer questions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from unmet.exchange.typed_dates import DayOrder
from unmet.exchange.typed_numbers import DecimalMark

EVERY_COLUMN: Final = "*"

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Answers:
    """Answers about the columns of one table; keys are field names (`quantity`), or `*` for all columns.

    decimal: which sign is the decimal mark, "." or ","
    dates: which comes first, "dmy" or "mdy"
    calendars: a calendar confirmed for dates outside the round: hijri, solar_hijri, buddhist, ethiopian
    equal_less_receipts: what a number meant that equals the old one less receipts: "total" or "remaining"
    mapping: field -> 0-based column, made by a person; replaces the recognition of headers
    sheet: read this sheet only
    own_words: keep items that the catalogue does not know in the member's words: all, or these folded ones
    items: folded words -> id of the item that the person chose for them
    packs: (item id, folded unit) -> thousandths of the base unit that it holds, as the person told us
    new_places: make the places that are not known yet: all, or those with these folded names
    both_levels: the person confirmed that whole-country (or everyone) lines and lines of a part add up
    """

    decimal: Mapping[str, DecimalMark] = field(default_factory=dict)
    dates: Mapping[str, DayOrder] = field(default_factory=dict)
    calendars: Mapping[str, str] = field(default_factory=dict)
    equal_less_receipts: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, int] | None = None
    sheet: str | None = None
    own_words: bool | frozenset[str] = False
    items: Mapping[str, int] = field(default_factory=dict)
    packs: Mapping[tuple[int, str], int] = field(default_factory=dict)
    new_places: bool | frozenset[str] = frozenset()
    both_levels: bool = False

    def keeps_words(self, folded: str) -> bool:
        """Whether an unknown item stays in the person's own words."""
        return self.own_words if isinstance(self.own_words, bool) else folded in self.own_words

    def makes_place(self, folded: str) -> bool:
        """Whether an unknown place is made for the member."""
        return self.new_places if isinstance(self.new_places, bool) else folded in self.new_places


def about(answers: Mapping[str, Answer], field_name: str) -> Answer | None:
    """The answer about a column, or the one about all columns."""
    return answers.get(field_name, answers.get(EVERY_COLUMN))
