"""The words a table may use, as plain data: items, units, places, groups, and what stands already.

Whoever has the database builds a `Lookup` once for a member and a round; whoever reads a
table needs nothing else. Keys of all mappings are folded words (`unmet.methods.fold`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from fractions import Fraction
from functools import cached_property
from typing import Final, Generic, TypeVar

from unmet.methods.fold import fold

WHOLE_COUNTRY: Final = "WHOLE"
EVERYONE: Final = "EVERYONE"
FINANCE: Final = "finance"
_SUGGESTED: Final = 3
_ALIKE: Final = 0.6
_COMPARED: Final = 12  # words that share most letters with the typed one; only these are compared in full

Word = TypeVar("Word")


@dataclass(frozen=True, slots=True)
class UnitWord:
    """A unit or a pack of one item: `factor` thousandths of the base unit are in one of it."""

    name: str
    factor: int
    pack_id: int | None = None


@dataclass(frozen=True, slots=True)
class ItemWord:
    """One item, as far as a typed line needs it. `name` is in the reader's language.

    `units` holds every accepted word for the base unit and the packs, folded. `price_cents_per_unit`
    is in US cents per base unit, None where the item is unpriced.
    """

    id: int
    code: str
    name: str
    base_unit: str
    kind: str
    sector_id: int
    sector_code: str
    whole: bool
    sensitive: bool
    price_cents_per_unit: Fraction | None
    units: Mapping[str, UnitWord]
    former: frozenset[str] = frozenset()  # folded names and codes of retired items that this one took the place of


@dataclass(frozen=True, slots=True)
class PlaceWord:
    """A place of the member; the one with the code WHOLE is the whole country."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class GroupWord:
    """A population group; the one with the code EVERYONE is everyone."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The member's newest statement of one need in this round, and what was received for it so far.

    Quantities in thousandths of the item's base unit. `item_id` is None for a need in own words.
    """

    item_id: int | None
    place_id: int
    group_id: int
    quantity: int
    unit_name: str
    needed_by: date
    rank: int | None = None
    stock: int | None = None
    pipeline: int = 0
    received: int = 0
    remark: str = ""
    quantity_typed: str = ""
    pack_factor: int = 1000
    gross: int | None = None
    method: str = ""

    @property
    def total(self) -> int:
        """The statement with the deducted pipeline added back."""
        return self.quantity + self.pipeline


@dataclass(frozen=True, slots=True)
class Found(Generic[Word]):
    """The one thing that the words mean."""

    word: Word


@dataclass(frozen=True, slots=True)
class Candidates(Generic[Word]):
    """No single meaning: `ambiguous` means all of `words` bear this name, else they are spelled alike."""

    words: tuple[Word, ...]
    ambiguous: bool


@dataclass(frozen=True)
class Vocabulary(Generic[Word]):
    """Folded word -> the thing it names, or all the things that bear this name."""

    words: Mapping[str, Word | tuple[Word, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, named: Iterable[tuple[Word, Iterable[str]]]) -> "Vocabulary[Word]":
        """Build from things with all their names and codes, in any language, as written."""
        bearers: defaultdict[str, list[Word]] = defaultdict(list)
        for thing, names in named:
            for word in {fold(name) for name in names} - {""}:
                if thing not in bearers[word]:
                    bearers[word].append(thing)
        return cls({word: things[0] if len(things) == 1 else tuple(things) for word, things in bearers.items()})

    def find(self, text: str, *, suggest: bool = True) -> Found[Word] | Candidates[Word]:
        """What `text` names; else what is spelled like it, best first, at most three."""
        folded = fold(text)
        named = self.words.get(folded)
        if isinstance(named, tuple):
            return Candidates(named, ambiguous=True)
        if named is not None:
            return Found(named)
        return Candidates(self._alike(folded) if suggest else (), ambiguous=False)

    def _alike(self, folded: str) -> tuple[Word, ...]:
        """Things with a name like the folded one. Bounded work: few words are compared in full."""
        folded = folded[:200]
        shared: Counter[str] = Counter()
        for piece in _pieces(folded):
            shared.update(self._by_piece.get(piece, ()))
        scored = [(_likeness(folded, word), word) for word, _ in shared.most_common(_COMPARED)]
        things: list[Word] = []
        for score, word in sorted(scored, key=lambda pair: (-pair[0], pair[1])):
            named = self.words[word]
            for thing in named if isinstance(named, tuple) else (named,):
                if score >= _ALIKE and thing not in things:
                    things.append(thing)
        return tuple(things[:_SUGGESTED])

    @cached_property
    def _by_piece(self) -> Mapping[str, tuple[str, ...]]:
        """Three letters -> the words that hold them: finds neighbours without comparing with every word."""
        index: defaultdict[str, list[str]] = defaultdict(list)
        for word in self.words:
            for piece in _pieces(word):
                index[piece].append(word)
        return {piece: tuple(words) for piece, words in index.items()}


@dataclass(frozen=True)
class Lookup:
    """Everything that reading one member's table for one round needs to know.

    `by_code` and the vocabularies are keyed by folded words. `standing` is keyed by
    (item id, place id, group id), `standing_words` by (folded own words, place id, group id).
    `sectors` are the ids of the sectors that the round asks about. `earlier` are the keys of needs that stand from
    before and are to be confirmed in this round.
    """

    items: Vocabulary[ItemWord]
    by_code: Mapping[str, ItemWord]
    places: Vocabulary[PlaceWord]
    groups: Vocabulary[GroupWord]
    round_code: str
    period_from: date
    period_to: date
    sectors: frozenset[int]
    standing: Mapping[tuple[int, int, int], Standing] = field(default_factory=dict)
    standing_words: Mapping[tuple[str, int, int], Standing] = field(default_factory=dict)
    earlier: frozenset[tuple[int, int, int]] = frozenset()

    def find_item(self, text: str, *, suggest: bool = True) -> Found[ItemWord] | Candidates[ItemWord]:
        """The item with this code or name; else those that share the name or are spelled alike."""
        coded = self.by_code.get(fold(text))
        return Found(coded) if coded is not None else self.items.find(text, suggest=suggest)

    @cached_property
    def items_by_id(self) -> Mapping[int, ItemWord]:
        """Every item by its id."""
        return {item.id: item for item in self.by_code.values()}

    @cached_property
    def whole_country(self) -> PlaceWord:
        """The place that means "not broken down by place"."""
        return _coded(self.places.words[fold(WHOLE_COUNTRY)])

    @cached_property
    def everyone(self) -> GroupWord:
        """The group that means "not broken down by group"."""
        return _coded(self.groups.words[fold(EVERYONE)])

    @property
    def window(self) -> tuple[date, date]:
        """First and last day that a date may name: two years before the period to ten years after it."""
        return _years_later(self.period_from, -2), _years_later(self.period_to, 10)


def _coded(named: Word | tuple[Word, ...]) -> Word:
    """A code names one thing only; a tuple here is a broken list, not something a user typed."""
    if isinstance(named, tuple):
        raise ValueError(f"code borne by {len(named)} things")
    return named


def _pieces(word: str) -> set[str]:
    padded = f" {word} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}


def _likeness(typed: str, word: str) -> float:
    """0 to 1: like spelling, or (a little less) all typed words being among the words of the name."""
    spelled = SequenceMatcher(None, typed, word, autojunk=False).ratio()
    return max(spelled, 0.8) if set(typed.split()) <= set(word.split()) else spelled


def _years_later(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes the 28th."""
    year = min(max(day.year + years, date.min.year), date.max.year)
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
