"""The indexes of parties and of places; one of each in each process."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from unmet.methods.fold import fold
from unmet.methods.match import Index
from unmet.parties.models import Party, Place

_AT_MOST: Final = 500  # places of one search
_NAMES: Final = ("name_en", "name_ar", "name_es", "name_fr")
# What the index was built from, and the index. Parties are few, so reading them is as quick as asking what changed.
_kept: tuple[list[tuple[Any, ...]], Index[int]] = ([], Index(()))


def parties() -> Index[int]:
    """Every party by its id: code, and names in four languages."""
    global _kept
    rows = list(Party.objects.order_by("name_en", "pk").values_list("pk", "code", *_NAMES))
    kept = _kept
    if kept[0] != rows:
        kept = _kept = (rows, Index((pk, words) for pk, *words in rows))
    return kept[1]


class Places:
    """Places by the folded words of their own names. A name is never changed, so only new places are read.

    It holds places of every member. Whoever asks shows a place only through a need that the reader may see.
    """

    def __init__(self) -> None:
        self._by_word: defaultdict[str, list[int]] = defaultdict(list)
        self._words: list[str] = []
        self._last: tuple[int, Any] = (0, None)

    def with_word(self, word: str) -> frozenset[int]:
        """Ids of places with a word that begins so (from three letters on), those with the very word first; bounded."""
        found = list(self._by_word.get(word, ()))
        if len(word) >= 3:
            for known in self._words[bisect_left(self._words, word) :]:
                if not known.startswith(word) or len(found) > _AT_MOST:
                    break
                if known != word:
                    found += self._by_word[known]
        return frozenset(found[:_AT_MOST])

    def read(self) -> "Places":
        """These places with those made since; a new index where what was read last is gone."""
        number, uuid = self._last
        if number and not Place.objects.filter(pk=number, uuid=uuid).exists():
            return Places().read()
        new = list(
            Place.objects.filter(pk__gt=number)
            .exclude(own_name="")
            .order_by("pk")
            .values_list("pk", "uuid", "own_name")
        )
        if new:
            self._add((pk, name) for pk, _uuid, name in new)
            self._last = new[-1][:2]
        return self

    def _add(self, named: Iterable[tuple[int, str]]) -> None:
        known = len(self._by_word)
        for pk, name in named:
            for word in set(fold(name).split()):
                self._by_word[word].append(pk)
        if len(self._by_word) != known:
            self._words = sorted(self._by_word)


_places = Places()


def places() -> Places:
    """Every place that a member has named, as of now."""
    global _places
    _places = _places.read()
    return _places
