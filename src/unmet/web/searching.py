"""What the public search and that of the desk share: the words, the groups, items and parties that bear them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from unmet.catalogue import search as catalogue
from unmet.catalogue.models import Item
from unmet.parties import search as parties
from unmet.parties.models import Party
from unmet.web.public.pages import PER_PAGE, Pages, Refused
from unmet.web.requests import PageRequest

LONGEST: Final = 100
FIRST: Final = 10  # of each group, before one group is asked for by itself
GROUPS: Final = ("items", "parties", "needs")

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Group(Generic[Thing]):
    """Some of what was found of one kind. `pages` stands where this kind is asked for by itself."""

    things: Sequence[Thing]
    count: int
    pages: Pages | None = None

    @property
    def more(self) -> bool:
        """Whether there are others that another page shows."""
        return self.pages is None and self.count > len(self.things)


@dataclass(frozen=True, slots=True)
class Asked:
    """The words, and the one group that is asked for (empty: the first of all of them)."""

    q: str
    group: str

    def shows(self, group: str) -> bool:
        """Whether a group is on this page."""
        return self.group in ("", group)

    @property
    def whole(self) -> dict[str, str]:
        """The query string that asks for all of a group, by group."""
        return {group: urlencode({"q": self.q, "in": group}) for group in GROUPS}

    @property
    def query(self) -> str:
        """The query string of the first of all groups."""
        return urlencode({"q": self.q})


def words(q: str) -> str:
    """What was typed to look for.

    Raises:
        Refused: it is too long, or no text.
    """
    q = q.strip()
    if len(q) > LONGEST or "\0" in q:
        raise Refused(
            _("That is more than %(n)s characters to look for. Take a few words.") % {"n": LONGEST}, status=400
        )
    return q


def asked(request: PageRequest) -> Asked:
    """Read the address.

    Raises:
        Refused: see `words`; or there is no such group.
    """
    group = request.GET.get("in", "")
    if group and group not in GROUPS:
        raise Refused(_("Items, parties and needs can be searched."), status=400)
    return Asked(words(request.GET.get("q", "")), group)


def span(request: PageRequest, of: Asked, group: str, count: int) -> tuple[int, int, Pages | None]:
    """First and last row that are shown of a group of `count` things.

    Raises:
        Refused: there is no such page.
    """
    if of.group != group:
        return 0, FIRST, None
    pages = Pages.of(request, count, size=PER_PAGE)
    return pages.start, pages.stop, pages


@dataclass(frozen=True, slots=True)
class Named:
    """Items and parties that bear the words, and the words the reader may have meant (empty: as typed)."""

    items: Group[Item]
    parties: Group[Party]
    corrected: str

    @property
    def corrected_query(self) -> str:
        """The query string with the words that may have been meant."""
        return urlencode({"q": self.corrected})


def named(request: PageRequest, of: Asked) -> Named:
    """Look the words up among items and parties. Where one kind bears them as typed, likenesses of the other stay out.

    Raises:
        Refused: there is no such page.
    """
    items, found = catalogue.items().find(of.q), parties.parties().find(of.q)
    meant = items.corrected or found.corrected
    as_typed = bool((items.things and not items.corrected) or (found.things and not found.corrected))
    wanted = [() if as_typed and matches.corrected else matches.things for matches in (items, found)]
    shown_items = _group(request, of, "items", wanted[0])
    shown_parties = _group(request, of, "parties", wanted[1])
    by_item = Item.objects.select_related("base_unit", "sector", "successor").in_bulk(shown_items.things)
    by_party = Party.objects.in_bulk(shown_parties.things)
    return Named(
        Group([by_item[pk] for pk in shown_items.things], shown_items.count, shown_items.pages),
        Group([by_party[pk] for pk in shown_parties.things], shown_parties.count, shown_parties.pages),
        "" if as_typed else meant,
    )


def _group(request: PageRequest, of: Asked, group: str, found: Sequence[int]) -> Group[int]:
    start, stop, pages = span(request, of, group, len(found))
    return Group(found[start:stop] if of.shows(group) else (), len(found), pages)
