"""Words in cells that name an item, a place or a group: found, offered, or refused."""

from typing import Final, Protocol, TypeVar

from unmet.catalogue.lookup import Found, ItemWord, Lookup, Vocabulary
from unmet.exchange.answers import Answers
from unmet.exchange.cells import Problem
from unmet.exchange.faults import Option
from unmet.methods.fold import fold

_OFFERED: Final = 6
_SUGGESTIONS: Final = 500  # distinct unknown words of a table that get suggestions; a page cannot show more


class Named(Protocol):
    """Anything with a code and a name in the reader's language."""

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...


Word = TypeVar("Word", bound=Named)


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.split(","))


WHOLE_COUNTRY_WORDS: Final = _folded(
    "whole country,the whole country,entire country,all country,country,countrywide,nationwide,national,national level,"
    "all regions,tout le pays,ensemble du pays,pays entier,national,niveau national,"
    "todo el país,el país entero,país entero,nacional,nivel nacional,"
    "البلد كله,البلد بأكمله,كل البلد,كامل البلد,جميع أنحاء البلد,"
    "كافة أنحاء البلد,الدولة كلها,وطني,المستوى الوطني,عموم البلد"
)
EVERYONE_WORDS: Final = _folded(
    "everyone,everybody,all,all people,all groups,whole population,general population,total population,"
    "tous,tout le monde,toute la population,population générale,population totale,ensemble de la population,"
    "todos,todas las personas,toda la población,población general,población total,"
    "الجميع,الكل,كل السكان,جميع السكان,عموم السكان,كافة السكان,السكان عامة"
)


def find_item(text: str, lookup: Lookup, answers: Answers, *, suggest: bool) -> ItemWord | Problem:
    """The item that the words name, in a sector of the round or not; else what they may have meant."""
    chosen = lookup.items_by_id.get(answers.items.get(fold(text), -1))
    if chosen is not None:
        return chosen
    found = lookup.find_item(text, suggest=suggest)
    if isinstance(found, Found):
        return found.word
    named = tuple(f"{item.name} ({item.code})" if found.ambiguous else item.name for item in found.words)
    options = tuple(Option(str(item.id), item.name) for item in found.words)
    return Problem("item_ambiguous" if found.ambiguous else "item_unknown", {"likely": named}, options)


def find_among(text: str, vocabulary: Vocabulary[Word], kind: str, *, suggest: bool) -> Word | Problem:
    """The place, group or party (`kind`) that the words name, else the ones they may have meant."""
    found = vocabulary.find(text, suggest=suggest)
    if isinstance(found, Found):
        return found.word
    if found.ambiguous:
        return Problem(f"{kind}_ambiguous", {"likely": tuple(f"{word.name} ({word.code})" for word in found.words)})
    return Problem(f"{kind}_unknown", {"likely": tuple(word.name for word in found.words)})


def first_names(vocabulary: Vocabulary[Word]) -> tuple[str, ...]:
    """Some names of a short list, for a person who typed nothing like any of them."""
    names: dict[str, None] = {}
    for named in vocabulary.words.values():
        for word in named if isinstance(named, tuple) else (named,):
            names.setdefault(word.name)
            if len(names) == _OFFERED:
                return tuple(names)
    return tuple(names)


class Suggesting:
    """Suggestions cost time: a table full of unknown words gets them for the first few hundred only."""

    def __init__(self) -> None:
        self._left = _SUGGESTIONS

    def __call__(self) -> bool:
        """Whether one more unknown word gets suggestions."""
        self._left -= 1
        return self._left >= 0
