"""What the words of a search mean for needs: which items, members and places, each word one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Final

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from unmet.access import visible
from unmet.access.actors import current
from unmet.books.models import Account
from unmet.catalogue import search as catalogue
from unmet.catalogue.models import Item
from unmet.methods.match import HOLDS, Index, split
from unmet.parties import search as parties

_READINGS: Final = 64  # ways to read one search


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the words: needs whose item, member and place are among these ids. None: any.

    Whoever asks for places shows needs with their detail only.
    """

    items: frozenset[int] | None = None
    members: frozenset[int] | None = None
    places: frozenset[int] | None = None

    @property
    def condition(self) -> Q:
        """As a condition on accounts of the books."""
        parts = {"item__in": self.items, "member__in": self.members, "place__in": self.places}
        return Q(**{name: found for name, found in parts.items() if found is not None})


def readings(text: str) -> tuple[Reading, ...]:
    """Every way in which each word names an item, a member or a place; none where a word names nothing.

    What is only spelled like a word counts where neither an item nor a member bears it. Which places there are never
    decides about items and members: some of them are nobody else's business.
    """
    words = split(text)
    items, members, places = catalogue.items(), parties.parties(), parties.places()
    meanings = [_meanings(word, items, members, places) for word in words]
    found: dict[Reading, None] = {}
    for chosen in product(*meanings) if words else ():
        if reading := _together(chosen):
            found[reading] = None
        if len(found) == _READINGS:
            break
    return tuple(found)


_Meaning = tuple[str, frozenset[int]]


def _meanings(word: str, items: Index[int], members: Index[int], places: parties.Places) -> list[_Meaning]:
    scored = {"items": items.by_word(word), "members": members.by_word(word)}
    sure = {kind: frozenset(pk for pk, score in one.items() if score >= HOLDS) for kind, one in scored.items()}
    if not any(sure.values()):
        sure = {kind: frozenset(one) for kind, one in scored.items()}
    return [(kind, ids) for kind, ids in (*sure.items(), ("places", places.with_word(word))) if ids]


def _together(chosen: Sequence[_Meaning]) -> Reading | None:
    """Words of one kind name the same thing together; None where nothing bears them all."""
    parts: dict[str, frozenset[int]] = {}
    for kind, ids in chosen:
        parts[kind] = parts[kind] & ids if kind in parts else ids
        if not parts[kind]:
            return None
    return Reading(**parts)


def condition(found: Sequence[Reading]) -> Q:
    """Accounts that fit one of the readings; none where there is no reading."""
    together = Q(pk__in=())
    for reading in found:
        together |= reading.condition
    return together


# Earliest needed-by first, none last. As an expression, so that the words choose the rows and not the index of dates:
# with few needs that fit, that index would be read to its end.
FITTING_BY_DATE: Final = Coalesce("needed_by_on", Value(date.max))


# ── needs beyond the public ones ─────────────────────────────────────────────
_SHOWN: Final = ("item__base_unit", "item__sector", "member", "place", "group", "emergency", "round")


@dataclass(frozen=True, slots=True)
class Seen:
    """The open needs that the acting person may see with their detail, and that fit the words."""

    text: str

    def count(self) -> int:
        """How many there are."""
        return self._found().count()

    def page(self, start: int, stop: int) -> list[Account]:
        """Needs start to stop: earliest needed-by first."""
        return list(self._found().select_related(*_SHOWN).order_by(FITTING_BY_DATE, "pk")[start:stop])

    def _found(self) -> QuerySet[Account]:
        accounts = Account.objects.filter(kind=Account.Kind.NEED, closed=False).filter(
            Q(approved__gt=0) | Q(last_stated__gt=0)
        )
        mine = Q(member__in=current().own_parties)
        # Sensitive items are shown to nobody else by place.
        sensitive = [item.pk for item in Item.objects.exclude(flags="").only("pk", "flags") if item.sensitive]
        accounts = accounts.filter(condition(readings(self.text))).filter(mine | ~Q(item__in=sensitive))
        return visible.rows(accounts, detail=True)
