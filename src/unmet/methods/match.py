"""Find things by what somebody typed, in any script and with spelling mistakes.

Words are compared in their folded form (`methods.fold`). A typed word may be a whole word of a name, its beginning, a
part of it, or only like it; likeness is counted in groups of three letters and in letters to change. Every typed word
must be met by one of the names of a thing. What is only like the words is found where nothing bears them.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from unmet.methods.fold import fold

Thing = TypeVar("Thing", bound=Hashable)

WHOLE: Final = 1.0
BEGINS: Final = 0.9
HOLDS: Final = 0.75  # and above: the word itself stands there; below: only one like it
_ALIKE: Final = 0.5  # least likeness that counts
_WORDS: Final = 8  # of a query; more do not part things better
_LETTERS: Final = 40  # of a word
_COMPARED: Final = 40  # words that share most groups with the typed one; only these are compared letter by letter


@dataclass(frozen=True, slots=True)
class Matches(Generic[Thing]):
    """What was found, best first. `corrected` is what the reader may have meant; empty where it was found as typed."""

    things: tuple[Thing, ...] = ()
    corrected: str = ""


class Index(Generic[Thing]):
    """Things by the words of their names and codes. Never changed once built: a change is a new index."""

    def __init__(self, named: Iterable[tuple[Thing, Iterable[str]]]) -> None:
        self._bearers: defaultdict[str, dict[Thing, None]] = defaultdict(dict)
        self._names: defaultdict[str, dict[Thing, None]] = defaultdict(dict)
        self._order: dict[Thing, int] = {}
        self._spelled: dict[str, str] = {}
        for thing, names in named:
            self._order.setdefault(thing, len(self._order))
            for name in names:
                self._add(thing, name)
        self._by_group: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._bearers:
            for group in groups(word):
                self._by_group[group].append(word)

    def _add(self, thing: Thing, name: str) -> None:
        if not (folded := fold(name)):
            return
        self._names[folded][thing] = None
        for word in folded.split():
            self._bearers[word][thing] = None
        # Words of a name in its own spelling, to be offered to a reader; a hyphen may part what folding parts.
        for written in name.split():
            self._spelled.setdefault(fold(written), written.strip(".,;:()[]/–-").lower())

    def find(self, text: str) -> Matches[Thing]:
        """Things whose names bear every word of `text`, best first; else those with words like them.

        >>> index = Index([("MASK", ["Medical mask", "قناع طبي"]), ("GOWN", ["Isolation gown"])])
        >>> index.find("mdeical maks")
        Matches(things=('MASK',), corrected='medical mask')
        >>> index.find("MASKS").things, index.find("قناعٌ").things, index.find("zebra").things
        (('MASK',), ('MASK',), ())
        """
        words = split(text)
        if not words:
            return Matches()
        scores = [self.by_word(word) for word in words]
        sure = [{thing: score for thing, score in one.items() if score >= HOLDS} for one in scores]
        if common := self._in_all(sure):
            return Matches(self._ranked(common, sure, text))
        common = self._in_all(scores)
        return Matches(self._ranked(common, scores, text), self._corrected(words) if common else "")

    def by_word(self, word: str) -> dict[Thing, float]:
        """Everything that one folded word may mean, with how well it fits: 1 is the very word of a name."""
        found: dict[Thing, float] = {}
        for known, score in self._words_like(word).items():
            for thing in self._bearers[known]:
                found[thing] = max(found.get(thing, 0.0), score)
        return found

    def offer(self, text: str, *, most: int) -> tuple[Thing, ...]:
        """What may be meant by words of which not all name the thing: "masks for the nurses of our clinics".

        A word counts the more, the fewer things bear it and the earlier it stands.

        >>> index = Index([("MASK", ["Medical mask"]), ("NURSE", ["Nurse"]), ("GOWN", ["Isolation gown"])])
        >>> index.offer("Masks for nurses", most=1), index.offer("for us", most=1)
        (('MASK',), ())
        """
        weights: defaultdict[Thing, float] = defaultdict(float)
        for position, word in enumerate(split(text)):
            found = self.by_word(word) if len(word) > 3 or word.isdigit() else {}
            rarity = math.log(1 + len(self._order) / len(found)) if found else 0.0
            for thing, score in found.items():
                weights[thing] += score * rarity / (1 + position / 2)
        ranked = sorted(weights, key=lambda thing: (-weights[thing], self._order[thing]))
        return tuple(ranked[:most])

    # ── words ────────────────────────────────────────────────────────────────
    def _words_like(self, word: str) -> dict[str, float]:
        """Words of the index that a typed word may mean."""
        scores = {word: WHOLE} if word in self._bearers else {}
        shared: Counter[str] = Counter()
        for group in groups(word):
            shared.update(self._by_group.get(group, ()))
        for known in shared:
            if score := _contained(word, known):
                scores.setdefault(known, score)
        for known, _ in shared.most_common(_COMPARED):
            if known not in scores and (score := likeness(word, known)) >= _ALIKE:
                scores[known] = score * 0.7  # below HOLDS, whatever it is
        return scores

    def _corrected(self, words: Sequence[str]) -> str:
        """The query with each word replaced by the likest word that is known, in its own spelling."""
        best = []
        for word in words:
            scores = self._words_like(word)
            known = max(scores, key=lambda one: (scores[one], one)) if scores else word
            best.append(self._spelled.get(known, known) if scores and scores[known] < HOLDS else word)
        return " ".join(best)

    # ── things ───────────────────────────────────────────────────────────────
    @staticmethod
    def _in_all(scores: Sequence[Mapping[Thing, float]]) -> set[Thing]:
        common = set(scores[0])
        for one in scores[1:]:
            common &= one.keys()
        return common

    def _ranked(self, things: set[Thing], scores: Sequence[Mapping[Thing, float]], text: str) -> tuple[Thing, ...]:
        """A thing with this very name or code first, then by how well the words fit, then in the order given."""
        named = self._names.get(fold(text), {})

        def rank(thing: Thing) -> tuple[bool, float, int]:
            return thing not in named, -sum(one[thing] for one in scores), self._order[thing]

        return tuple(sorted(things, key=rank))


def split(text: str) -> list[str]:
    """The folded words of what was typed, each once.

    >>> split("  Oxygène 10  oxygene ")
    ['oxygene', '10']
    """
    return list(dict.fromkeys(word[:_LETTERS] for word in fold(text).split()))[:_WORDS]


def groups(word: str) -> set[str]:
    """The groups of three letters of a word; its beginning counts more than its end.

    >>> sorted(groups("ab"))
    ['  a', ' ab', 'ab ']
    """
    padded = f"  {word} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}


def _contained(typed: str, known: str) -> float:
    """How well a typed word fits a known one that begins with it, holds it or has only its ending less; else 0."""
    if len(typed) >= 2 and known.startswith(typed):
        return BEGINS
    # "masks" for "mask": an ending of one or two letters more.
    if len(known) >= 4 and len(typed) <= len(known) + 2 and typed.startswith(known) and not typed.isdigit():
        return HOLDS
    # A part of a word means something from three letters on: "لقاح" in "اللقاح".
    return HOLDS if len(typed) >= 3 and typed in known else 0.0


def likeness(typed: str, known: str) -> float:
    """0 to 1: how alike two words are written. Numbers are never alike: 10 is not 100.

    >>> likeness("ventilatr", "ventilator") > 0.8, likeness("mask", "task") < 0.5, likeness("10", "100")
    (True, True, 0.0)
    """
    shorter, longer = sorted((len(typed), len(known)))
    if shorter < 3 or longer > 2 * shorter or typed.isdigit() or known.isdigit():
        return 0.0
    allowed = 1 if shorter < 6 else 2 if shorter < 10 else 3
    distance = _changes(typed, known, at_most=allowed)
    if distance > allowed:
        return 0.0
    ours, theirs = groups(typed), groups(known)
    shared = 2 * len(ours & theirs) / (len(ours) + len(theirs))
    # One letter wrong at the beginning of a short word is mostly another word.
    if shorter < 6 and typed[0] != known[0]:
        return shared / 2
    return max(shared, 1 - distance / longer)


def _changes(one: str, other: str, *, at_most: int) -> int:
    """Letters to add, leave out, change or swap with their neighbour; `at_most` + 1 where it is more."""
    if abs(len(one) - len(other)) > at_most:
        return at_most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        now = [row]
        for column, theirs in enumerate(other, start=1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != theirs))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == theirs:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        if min(now) > at_most:
            return at_most + 1
        before, last = last, now
    return last[-1]
