"""What every template may use: the frame of the page."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse, translate_url
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from unmet.access import may
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.access.services import is_demonstration
from unmet.needs import letter_offices
from unmet.notices import services as notices
from unmet.parties.models import Party
from unmet.web import formats
from unmet.web.public import texts
from unmet.web.requests import is_ours


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a menu."""

    address: str
    words: str
    current: bool


@dataclass(frozen=True, slots=True)
class Language:
    """One of the four languages, with the address of this page in it."""

    code: str
    name: str
    direction: str
    address: str


# Pages of a member at the desk, and where in the menu they stand; all others stand with its returns.
_THEIRS: Final = {
    "releases": "releases", "needs": "own_needs", "requests": "assistance", "profile": "assistance",
}  # fmt: skip


class Page:
    """The frame of the page that answers this request. Everything in it is worked out when a template asks."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def demonstration(self) -> bool:
        """Whether this database is marked DEMONSTRATION."""
        return is_demonstration()

    @cached_property
    def languages(self) -> list[Language]:
        """This page in each language, by plain links. The answer to a form leads to the page that has the form."""
        here = self._sent_from or self.request.get_full_path()
        return [
            Language(code, name, "rtl" if code == "ar" else "ltr", translate_url(here, code))
            for code, name in settings.LANGUAGES
        ]

    @property
    def _sent_from(self) -> str:
        """The page of ours that sent this form; "" if the request sends none, or the browser does not tell."""
        source = urlsplit(self.request.headers.get("Referer", "") if self.request.method == "POST" else "")
        if not is_ours(source, self.request):
            return ""
        return urlunsplit(("", "", source.path, source.query, ""))

    @cached_property
    def of(self) -> str:
        """Whose needs these are, for the band of the public pages."""
        if coalition := texts.own_coalition():
            return _("Needs of the members: %(coalition)s") % {"coalition": coalition}
        return _("Needs of the members of the Non-Aligned Movement")

    @cached_property
    def as_known(self) -> str:
        """The moment of the figures."""
        return formats.moment(getattr(self.request, "at", timezone.now()))

    def _links(self, named: list[tuple[str, str]]) -> list[Link]:
        links: list[Link] = []
        # A member's own pages of the desk stand beside the lists of the menu: /desk/ZMB/round, /desk/ZMB/releases.
        own = re.search(r"/desk/[A-Z][A-Z0-9_-]+/(.+)$", self.request.path)
        theirs = _THEIRS.get(own[1].partition("/")[0], "returns") if own else ""
        for name, words in named:
            try:
                address = reverse(name, args=self._own_members[:1] if name == "own_needs" else None)
            except NoReverseMatch:
                continue
            # The first link of a menu is its home: every other page lies under it too, so only it itself counts.
            inside = self.request.path == address or (
                bool(links) and self.request.path.startswith((f"{address}/", f"{address}."))
            )
            inside = inside or name == theirs
            # Whoever speaks for givers only begins at the gaps: that page is their desk.
            inside = inside or (name == "desk" and not self._own_members and self.request.path == reverse("respond"))
            links.append(Link(address, words, inside))
        return links

    @cached_property
    def public_links(self) -> list[Link]:
        """The menu of the public pages."""
        return self._links(
            [
                ("overview", _("Overview")),
                ("needs", _("Needs")),
                ("members", _("Members")),
                ("items", _("Items")),
                ("sectors", _("Sectors")),
                ("money", _("Money")),
                ("figures", _("Figures")),
                ("search", _("Search")),
            ]
        )

    @cached_property
    def desk_links(self) -> list[Link]:
        """The menu of the desk, by what the person may do."""
        actor = self.request.actor  # type: ignore[attr-defined]
        named = [("desk", _("My desk")), ("inbox", self._inbox)]
        if actor.own_parties:
            named += [
                ("returns", _("Returns")),
                *([("own_needs", _("What became of it"))] if self._own_members else []),
                ("assistance", _("Requests")),
                ("offers", _("Offers")),
                ("support", _("Support")),
                ("consignments", _("Consignments")),
                ("progress", _("Progress")),
                ("releases", _("Who may see")),
                ("people", _("People")),
            ]
        elif actor.is_(Role.RESPONDER):
            named += [
                ("assistance", _("Requests")),
                ("offers", _("Offers")),
                ("support", _("Support")),
                ("consignments", _("Consignments")),
                ("progress", _("Progress")),
            ]
        elif actor.is_coordination:
            named += [("offers", _("Offers")), ("progress", _("Progress"))]
        if actor.is_(Role.RESPONDER, Role.COORDINATION):
            named += [("detail_lines", _("Lines")), ("changes", _("What changed"))]
        if letter_offices.offices_of(actor).exists():
            named += [("letters", _("Letters"))]
        if may.may(actor, Deed.OPEN_ROUND):
            named += [
                ("rounds", _("Rounds")),
                ("extracts", _("Extracts")),
                ("catalogue", _("Catalogue")),
                ("appointments", _("Appointments")),
            ]
        return self._links([*named, ("desk_search", _("Search"))])

    @cached_property
    def _inbox(self) -> str:
        """The inbox, with the number of unread notices."""
        actor = self.request.actor  # type: ignore[attr-defined]
        unread = notices.unread(actor.person, parties=actor.all_parties) if actor.person else 0
        return _("Inbox (%(n)s new)") % {"n": formats.number(unread)} if unread else _("Inbox")

    @cached_property
    def _parties(self) -> list[Party]:
        """The parties of the person, A to Z."""
        actor = self.request.actor  # type: ignore[attr-defined]
        return list(Party.objects.filter(pk__in=actor.all_parties).in_reading_order())

    @cached_property
    def _own_members(self) -> list[str]:
        """Codes of the members whose own people the person is of, A to Z; a page of each links to the others."""
        actor = self.request.actor  # type: ignore[attr-defined]
        return [party.code for party in self._parties if party.pk in actor.own_parties & actor.member_parties]

    @cached_property
    def desk_of(self) -> str:
        """Whose desk this is: the parties and roles of the person."""
        actor = self.request.actor  # type: ignore[attr-defined]
        names = {party.pk: party.name for party in self._parties}
        labels = dict(Role.choices)
        parts = [
            pgettext("party and role", "%(party)s · %(role)s") % {"party": names[party], "role": labels[role]}
            for role, party in sorted(actor.roles)
        ]
        return "; ".join(parts) or _("Not appointed")


def page(request: HttpRequest) -> dict[str, object]:
    """Values for the frame of every page."""
    return {"actor": getattr(request, "actor", None), "page": SimpleLazyObject(lambda: Page(request))}
