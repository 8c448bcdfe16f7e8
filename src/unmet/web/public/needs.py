"""The list of needs: find, filter, sort and page by plain links; the same address as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from unmet.catalogue.models import Emergency, Sector
from unmet.exchange.download import Value
from unmet.figures.lists import SORTS, Filter, Needs, Sort
from unmet.figures.order import by_name
from unmet.figures.search import readings
from unmet.parties.models import Party
from unmet.web.public.chosen import found
from unmet.web.public.lines import Names, columns, row
from unmet.web.public.members import need_lines
from unmet.web.public.pages import Answer, Pages, Refused, Table, public
from unmet.web.requests import PageRequest
from unmet.web.searching import words


@dataclass(frozen=True, slots=True)
class Asked:
    """The form of the list as the address carries it."""

    q: str
    sector: str
    domain: str
    emergency: str
    member: str
    item: str
    needed_by: date | None
    uncovered: bool
    sort: Sort

    def query(self, **changes: Any) -> str:
        """The query string of the same list with some parts changed."""
        parts = {
            "q": self.q, "sector": self.sector, "domain": self.domain, "emergency": self.emergency,
            "member": self.member, "item": self.item,
            "needed_by": self.needed_by.isoformat() if self.needed_by else "",
            "uncovered": "1" if self.uncovered else "",
            "sort": self.sort if self.sort != "needed_by" else "",
        }  # fmt: skip
        parts |= changes
        return urlencode({name: value for name, value in parts.items() if value})


@public
def needs(request: PageRequest) -> Answer:
    """Every public need that stands, filtered."""
    names = Names()
    asked = _asked(request)
    wanted = _filter(asked, names)
    listed = Needs(wanted, asked.sort, names.members_in_order, names.items_in_order)

    def context() -> dict[str, Any]:
        pages = Pages.of(request, listed.count())
        return {
            "asked": asked,
            "filtered": bool(asked.query(sort="")),
            "pages": pages,
            "lines": need_lines(listed.page(pages.start, pages.stop), names, on=request.at.date()),
            "sectors": by_name(Sector.objects.all()),
            "domains": Sector.Domain.choices,
            "emergencies": by_name(Emergency.objects.all()),
            "members": [
                names.parties[pk] for pk in names.members_in_order if names.parties[pk].kind == Party.Kind.STATE
            ],
            "sorts": _sorts(asked),
        }

    def rows() -> Iterator[list[Value]]:
        for piece in listed.pieces():
            yield from (row(line, detail=True) for line in need_lines(piece, names, on=request.at.date()))

    def table() -> Table:
        query = asked.query()
        return Table("unmet-needs", _("Needs"), columns(detail=True), rows, {"scope": query} if query else {})

    return Answer("web/public/needs.html", context, table)


def _asked(request: PageRequest) -> Asked:
    """Read the form.

    Raises:
        Refused: a word, date or order that cannot be read.
    """
    get = request.GET.get
    q = words(get("q", ""))
    sort = next((one for one in SORTS if one == (get("sort", "") or "needed_by")), None)
    if sort is None:
        raise Refused(_("This list can be sorted by needed-by date, item or member A–Z."), status=400)
    typed = get("needed_by", "").strip()
    try:
        needed_by = date.fromisoformat(typed) if typed else None
    except ValueError as wrong:
        raise Refused(
            _("“%(typed)s” is not a date that can be read here. Write year, month and day, such as 2021-06-30.")
            % {"typed": typed[:40]},
            status=400,
        ) from wrong
    return Asked(
        q, get("sector", ""), get("domain", ""), get("emergency", ""), get("member", ""), get("item", ""), needed_by,
        bool(get("uncovered", "")), sort,
    )  # fmt: skip


def _filter(asked: Asked, names: Names) -> Filter:
    """The ids behind the codes and words.

    Raises:
        Refused: a code that is not there.
    """
    if asked.domain and asked.domain not in Sector.Domain.values:
        raise Refused(_("Nothing here has the code “%(code)s”.") % {"code": asked.domain[:60]})
    return Filter(
        words=readings(asked.q) if asked.q else None,
        member=_id(names.parties, asked.member),
        item=_id(names.items, asked.item),
        sector=found(Sector, asked.sector).pk if asked.sector else None,
        domain=asked.domain or None,
        emergency=found(Emergency, asked.emergency).pk if asked.emergency else None,
        needed_until=asked.needed_by,
        only_not_covered=asked.uncovered,
    )


def _id(things: dict[int, Any], code: str) -> int | None:
    if not code:
        return None
    for pk, thing in things.items():
        if thing.code == code:
            return pk
    raise Refused(_("Nothing here has the code “%(code)s”.") % {"code": code[:60]})


def _sorts(asked: Asked) -> list[tuple[str, str, bool]]:
    words = {"needed_by": _("needed by"), "item": _("item"), "member": _("member A–Z")}
    return [(words[sort], asked.query(sort=sort if sort != "needed_by" else ""), sort == asked.sort) for sort in SORTS]
