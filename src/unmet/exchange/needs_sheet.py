"""From typed rows to need lines: every way in (table, form, draft, API) is read here, under the same rules."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from unmet.books.bulk import many_objects
from unmet.catalogue.lookup import GroupWord, ItemWord, Lookup, PlaceWord, Standing, UnitWord
from unmet.exchange._levels import ask_both_levels
from unmet.exchange._plain_needs import (
    HIGHEST_RANK,
    LONGEST_REMARK,
    LONGEST_TYPED,
    Key,
    PlainNeeds,
    need_line,
    nothing_stands,
)
from unmet.exchange.answers import Answers, about
from unmet.exchange.cells import Problem, Reader, typed
from unmet.exchange.faults import Option
from unmet.exchange.form import NEEDS
from unmet.exchange.headers import Headers
from unmet.exchange.parsed import Parsed, gather
from unmet.exchange.table import Row
from unmet.exchange.units import PIECE, find_unit, in_base_units
from unmet.exchange.words import (
    EVERYONE_WORDS,
    WHOLE_COUNTRY_WORDS,
    Suggesting,
    find_among,
    find_item,
    first_names,
)
from unmet.methods.fold import fold
from unmet.needs.lines import UNCHANGED, UPDATED, NeedLine

__all__ = ["Answers", "Parsed", "parse"]

LONGEST_NAME: Final = 200
LONGEST_UNIT: Final = 100

Good = TypeVar("Good")


def parse(rows: Iterable[Row], lookup: Lookup, *, answers: Answers | None = None) -> Parsed[NeedLine]:
    """Read the rows of a table of needs against what the member may state in this round.

    Every row is read whole, so that one fault does not hide another. The first statement of an
    item, place and group is taken and a second one refused. Nothing is written.
    """
    answers = answers or Answers()
    with many_objects():
        gathered = gather(rows, NEEDS, _NeedReader(answers, lookup), answers)
    if not answers.both_levels:
        gathered.lines = ask_both_levels(gathered.lines, lookup, gathered.findings, gathered.headers)
    return gathered.parsed()


@dataclass(frozen=True, slots=True)
class _OwnWords:
    """An item that the catalogue does not know, kept as the member wrote it."""

    text: str
    folded: str


@dataclass(frozen=True, slots=True)
class _NewPlace:
    """A place that the person confirmed as a new one."""

    name: str
    folded: str


@dataclass(slots=True)
class _Said:
    """The cells of one row as far as they could be read; `problems` holds the rest: (field, problem).

    Quantities in thousandths of the base unit; None is a blank cell or one with a problem.
    """

    problems: list[tuple[str, Problem]] = field(default_factory=list)
    item: ItemWord | _OwnWords | None = None
    place: PlaceWord | _NewPlace | None = None
    group: GroupWord | None = None
    unit: UnitWord | None = None
    unit_text: str = ""
    no_quantity: bool = False  # the cell is blank
    quantity: int | None = None
    stock: int | None = None
    pipeline: int | None = None
    gross: int | None = None
    method: str = ""
    needed_by: date | None = None
    rank: int | None = None
    remark: str = ""

    def good(self, name: str, value: Good | Problem) -> Good | None:
        """The value, or None with the problem noted."""
        if isinstance(value, Problem):
            self.problems.append((name, value))
            return None
        return value

    @property
    def known_item(self) -> ItemWord | None:
        """The item, where it is one of the catalogue."""
        return self.item if isinstance(self.item, ItemWord) else None


class _NeedReader(Reader):
    """Reads rows into need lines, or into the problems of their cells."""

    def __init__(self, answers: Answers, lookup: Lookup) -> None:
        super().__init__(answers, lookup.window)
        self.lookup = lookup
        self.suggesting = Suggesting()
        self._seen: dict[Key, tuple[str, int]] = {}
        self._plain = PlainNeeds(self, lookup, self._seen)
        self._of_gross: tuple[int, ...] = ()

    def begin(self, headers: Headers) -> None:
        """Turn to a sheet with these columns."""
        super().begin(headers)
        self._plain.begin(headers)
        self._of_gross = tuple(headers.columns[name] for name in ("gross", "method") if name in headers.columns)

    def line(self, row: Row) -> NeedLine | list[tuple[str, Problem]]:
        """The need line of a row, or all that is wrong with the row."""
        if self._of_gross and any(row.cell(column) is not None for column in self._of_gross):
            return self.read(row)
        return self._plain.line(row) or self.read(row)

    def read(self, row: Row) -> NeedLine | list[tuple[str, Problem]]:
        """The same, with every cell read under all its rules."""
        said = self._said(row)
        standing = None
        if said.item is not None and said.place is not None and said.group is not None:
            standing = self._standing(row, said, _key(said.item, said.place, said.group))
        if said.problems or said.item is None or said.place is None or said.group is None or said.unit is None:
            return said.problems
        return self._line(row, said, standing, said.item, said.place, said.group, said.unit)

    def _said(self, row: Row) -> _Said:
        """All cells of the row, each read for itself."""
        said = _Said()
        item = self._item(row)
        said.item = None if isinstance(item, Problem) else item
        said.good("item", item)
        place = self._place(row)
        said.place = None if isinstance(place, Problem) else place
        said.good("place", place)
        said.group = said.good("group", self._group(row))
        unit_text = said.good("unit", self.text(row, "unit", longest=LONGEST_UNIT))
        if said.item is not None and unit_text is not None:
            said.unit_text = unit_text
            said.unit = said.good("unit", self._unit(said.item, unit_text))
        said.quantity = self._amount(row, "quantity", said)
        said.stock = self._amount(row, "stock", said)
        said.pipeline = self._amount(row, "pipeline", said)
        said.gross = self._amount(row, "gross", said)
        said.method = said.good("method", self.text(row, "method", longest=LONGEST_NAME)) or ""
        said.needed_by = said.good("needed_by", self.day(row, "needed_by"))
        said.rank = said.good("rank", self._rank(row))
        said.remark = said.good("remark", self.text(row, "remark", longest=LONGEST_REMARK)) or ""
        return said

    def _item(self, row: Row) -> ItemWord | _OwnWords | Problem:
        text = self.text(row, "item", longest=LONGEST_NAME)
        return text if isinstance(text, Problem) else self.once("item", text, self._item_of)

    def _item_of(self, _name: str, text: str) -> ItemWord | _OwnWords | Problem:
        folded = fold(text)
        if not folded:
            return Problem("item_only_signs" if text else "item_blank")
        found = find_item(text, self.lookup, self.answers, suggest=self.suggesting())
        if isinstance(found, ItemWord):
            facts = {"item": found.name, "sector": found.sector_code}
            return found if found.sector_id in self.lookup.sectors else Problem("item_other_sector", facts)
        if found.reason != "item_unknown":
            return found
        keeps = replace(found, options=(*found.options, Option("own_words", text)))
        return _OwnWords(text, folded) if self.answers.keeps_words(folded) else keeps

    def _place(self, row: Row) -> PlaceWord | _NewPlace | Problem:
        text = self.text(row, "place", longest=LONGEST_NAME)
        return text if isinstance(text, Problem) else self.once("place", text, self._place_of)

    def _place_of(self, _name: str, text: str) -> PlaceWord | _NewPlace | Problem:
        if not text:
            return self.lookup.whole_country
        folded = fold(text)
        found = find_among(text, self.lookup.places, "place", suggest=self.suggesting())
        if not isinstance(found, Problem) or found.reason == "place_ambiguous":
            return found
        if folded in WHOLE_COUNTRY_WORDS:
            return self.lookup.whole_country
        if folded and self.answers.makes_place(folded):
            return _NewPlace(text, folded)
        likely = found.facts["likely"] or first_names(self.lookup.places)
        return Problem("place_unknown", {"likely": likely}, (Option("new_place", text),))

    def _group(self, row: Row) -> GroupWord | Problem:
        text = self.text(row, "group", longest=LONGEST_NAME)
        return text if isinstance(text, Problem) else self.once("group", text, self._group_of)

    def _group_of(self, _name: str, text: str) -> GroupWord | Problem:
        if not text:
            return self.lookup.everyone
        folded = fold(text)
        found = find_among(text, self.lookup.groups, "group", suggest=self.suggesting())
        if isinstance(found, Problem) and folded in EVERYONE_WORDS:
            return self.lookup.everyone
        if isinstance(found, Problem) and not found.facts["likely"]:
            return Problem("group_unknown", {"likely": first_names(self.lookup.groups)})
        return found

    def _unit(self, item: ItemWord | _OwnWords, text: str) -> UnitWord | Problem:
        if isinstance(item, _OwnWords):
            return UnitWord(text, PIECE)  # what one of it holds is known when an item is picked
        return self.once("unit", (item.id, text), lambda _name, _key: find_unit(text, item, self.answers.packs))

    def _amount(self, row: Row, name: str, said: _Said) -> int | None:
        """A number of the row's units in thousandths of the base unit; stock and pipeline are in them too."""
        read = self.number(row, name)
        if read is None:
            if name == "quantity":
                said.no_quantity = True
            return None
        number = said.good(name, read)
        if number is None or said.unit is None:
            return None
        return said.good(name, in_base_units(number, said.unit, said.known_item))

    def _rank(self, row: Row) -> int | Problem | None:
        number = self.number(row, "rank")
        if number is None or (isinstance(number, Problem) and number.kind == "question"):
            return number
        whole = isinstance(number, Decimal) and number == number.to_integral_value() and 1 <= number <= HIGHEST_RANK
        return int(number) if isinstance(number, Decimal) and whole else Problem("rank_unclear")

    def _standing(self, row: Row, said: _Said, key: Key) -> Standing | None:
        """What stands already for the row; notes a second row about the same, a blank, and doubtful numbers."""
        if key in self._seen:
            sheet, first = self._seen[key]
            reason = "same_twice" if sheet == row.sheet else "same_twice_on_sheets"
            said.problems.append(("item", Problem(reason, {"first": first, "sheet": sheet})))
        else:
            self._seen[key] = (row.sheet, row.number)
        item, place, group = key
        standing = None
        if isinstance(place, int):
            standing = (
                self.lookup.standing.get((item, place, group))
                if isinstance(item, int)
                else self.lookup.standing_words.get((item, place, group))
            )
        if standing is None and said.no_quantity:
            said.problems.append(("quantity", Problem("number_blank")))
        if said.method and self.cell(row, "gross") is None:
            if standing is None or standing.gross is None:
                said.problems.append(("method", Problem("gross_blank")))
            else:
                said.gross = standing.gross
        if standing is not None and said.quantity is not None and standing.received:
            self._less_receipts(said, said.quantity, standing)
        return standing

    def _less_receipts(self, said: _Said, quantity: int, standing: Standing) -> None:
        """Ask what a number means that equals the old one less receipts; a statement is the total for the period."""
        pipeline = standing.pipeline if said.pipeline is None else said.pipeline
        before = standing.total - standing.received
        if quantity + pipeline != before and quantity != standing.quantity - standing.received:
            return
        answer = about(self.answers.equal_less_receipts, "quantity")
        if answer == "remaining":
            said.quantity = quantity + standing.received
        elif answer != "total" and said.unit is not None:
            scale = Decimal(said.unit.factor)
            facts = {"before": standing.quantity / scale, "received": standing.received / scale}
            options = (Option("total", None), Option("remaining", None))
            said.problems.append(("quantity", Problem("equal_less_receipts", facts, options, "question")))

    def _line(
        self,
        row: Row,
        said: _Said,
        standing: Standing | None,
        item: ItemWord | _OwnWords,
        place: PlaceWord | _NewPlace,
        group: GroupWord,
        unit: UnitWord,
    ) -> NeedLine:
        """The line of a row without problems; what its cells meant is kept for the rows below."""
        unit_name = said.unit_text or unit.name
        # Typed with the name of an item that another one took the place of: the statement keeps what was typed.
        typed_as = typed(self.cell(row, "item")) if isinstance(item, ItemWord) and item.former else ""
        renamed = typed_as if isinstance(item, ItemWord) and fold(typed_as) in item.former else ""
        if isinstance(item, ItemWord) and isinstance(place, PlaceWord) and not renamed:
            self._plain.learn(
                row, item=item, place=place, group=group, unit=unit, unit_name=unit_name, needed_by=said.needed_by
            )
        line = need_line(
            row,
            standing,
            nothing_stands(self.lookup),
            (
                item.id if isinstance(item, ItemWord) else None,
                item.text if isinstance(item, _OwnWords) else renamed,
                place.id if isinstance(place, PlaceWord) else None,
                place.name if isinstance(place, _NewPlace) else "",
                group.id,
            ),
            (unit_name, unit.factor, typed(self.cell(row, "quantity"))[:LONGEST_TYPED]),
            said.quantity,
            said.stock,
            said.pipeline,
            said.needed_by,
            said.rank,
            said.remark,
        )
        return line if said.gross is None else _with_gross(line, said.gross, said.method, standing)


def _with_gross(line: NeedLine, gross: int, method: str, standing: Standing | None) -> NeedLine:
    """The line with the quantity before deductions, which may be all that is new in it."""
    method = method or (standing.method if standing else "")
    same = standing is not None and (standing.gross, standing.method) == (gross, method)
    outcome = UPDATED if line.outcome == UNCHANGED and not same else line.outcome
    return replace(line, gross=gross, method=method, outcome=outcome)


def _key(item: ItemWord | _OwnWords, place: PlaceWord | _NewPlace, group: GroupWord) -> Key:
    """What makes two rows speak of the same need."""
    return (
        item.id if isinstance(item, ItemWord) else item.folded,
        place.id if isinstance(place, PlaceWord) else place.folded,
        group.id,
    )
