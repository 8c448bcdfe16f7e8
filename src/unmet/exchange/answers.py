"""What a person has answered about a table, so that it can be read again with fewer questions."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, TypeGuard, TypeVar

from unmet.exchange.calendars import CALENDARS
from unmet.exchange.typed_dates import DMY, MDY, DayOrder
from unmet.exchange.typed_numbers import DecimalMark, parse_number

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
    other_version: the person confirmed that a workbook of another version of the form is read as it is
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
    other_version: bool = False

    @classmethod
    def from_controls(cls, controls: Mapping[str, str]) -> "Answers":
        """The answers of a form or a command line, by the names that `Fault.control` gives.

        `decimal.quantity` = `.` | `dates.*` = `dmy` | `calendars.needed_by` = `hijri` | `receipts.quantity` = `total` |
        `map.item` = `0` | `sheet` = `Needs` | `item.tents` = `17` or `own_words` | `own_words` = `1` |
        `pack.17.carton` = `2000` | `place.port sudan` = `new_place` | `new_places` = `1` |
        `levels` = `add_up` | `form` = `as_it_is`.
        What is not an answer is left out: it stays a question.
        """
        named = _by_kind(controls)
        items = named["item"]
        mapping = {name: int(column) for name, column in named["map"].items() if _is_count(column)}
        kept = frozenset(words for words, answer in items.items() if answer == "own_words")
        return cls(
            decimal={name: mark for name, mark in named["decimal"].items() if is_mark(mark)},
            dates={name: order for name, order in named["dates"].items() if is_order(order)},
            calendars={name: answer for name, answer in named["calendars"].items() if answer in CALENDARS},
            equal_less_receipts={n: a for n, a in named["receipts"].items() if a in ("total", "remaining")},
            mapping=mapping or None,
            sheet=controls.get("sheet") or None,
            own_words=controls.get("own_words") == "1" or kept,
            items={words: int(answer) for words, answer in items.items() if _is_count(answer)},
            packs=_packs(named["pack"]),
            new_places=controls.get("new_places") == "1"
            or frozenset(words for words, answer in named["place"].items() if answer == "new_place"),
            both_levels=controls.get("levels") == "add_up",
            other_version=controls.get("form") == "as_it_is",
        )

    def keeps_words(self, folded: str) -> bool:
        """Whether an unknown item stays in the person's own words."""
        return self.own_words if isinstance(self.own_words, bool) else folded in self.own_words

    def makes_place(self, folded: str) -> bool:
        """Whether an unknown place is made for the member."""
        return self.new_places if isinstance(self.new_places, bool) else folded in self.new_places

    def with_new_place(self, folded: str) -> "Answers":
        """The answers with one more place confirmed."""
        if self.new_places is True:
            return self
        return replace(self, new_places=(self.new_places or frozenset()) | {folded})


def is_mark(answer: str) -> TypeGuard[DecimalMark]:
    """Whether an answer names a decimal mark."""
    return answer in (".", ",")


def is_order(answer: str) -> TypeGuard[DayOrder]:
    """Whether an answer names an order of day and month."""
    return answer in (DMY, MDY)


def _by_kind(controls: Mapping[str, str]) -> defaultdict[str, dict[str, str]]:
    """`decimal.quantity` -> named["decimal"]["quantity"]."""
    named: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for control, answer in controls.items():
        kind, dot, name = control.partition(".")
        if dot and name:
            named[kind][name] = answer.strip()
    return named


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _packs(named: Mapping[str, str]) -> dict[tuple[int, str], int]:
    """How much an unknown pack holds, typed in base units."""
    packs = {}
    for name, answer in named.items():
        item_id, _, words = name.partition(".")
        holds = parse_number(answer)
        if _is_count(item_id) and words and isinstance(holds, Decimal) and holds > 0:
            packs[int(item_id), words] = int(holds * 1000)
    return packs


def about(answers: Mapping[str, Answer], field_name: str) -> Answer | None:
    """The answer about a column, or the one about all columns."""
    return answers.get(field_name, answers.get(EVERY_COLUMN))
