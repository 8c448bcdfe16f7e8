"""Members A to Z, and the page of one: what it needs and what became of it."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from unmet.access.models import Release
from unmet.access.visible import standing_releases
from unmet.exchange.download import Column, Value
from unmet.figures import ledger, risk, timeline, totals
from unmet.figures.lists import Filter, Need, Needs
from unmet.figures.order import by_name
from unmet.figures.totals import Totals
from unmet.parties.models import Membership, Party
from unmet.web.public import keys
from unmet.web.public.chosen import Chosen, found
from unmet.web.public.lines import Line, Names, columns, row, usd
from unmet.web.public.pages import PER_PAGE, Answer, Pages, Refused, Table, public
from unmet.web.requests import PageRequest


# ── all of them ──────────────────────────────────────────────────────────────
@public
def members(request: PageRequest) -> Answer:
    """All members, A to Z in the reader's language. No figure orders this list."""

    def context() -> dict[str, Any]:
        today = request.at.date()
        rows = _all(today)
        others = Party.objects.exclude(kind=Party.Kind.STATE).exclude(code="COORD")
        return {
            "rows": rows,
            "with_figures": sum(sums.anything for _, sums in rows),
            "observers": by_name(Party.objects.observers(on=today)),
            "others": by_name(others),
        }

    def table() -> Table:
        named = [
            Column("member", _("Member, code"), "text"),
            Column("member_name", _("Member"), "text"),
            Column("regional_group", _("Regional group"), "text"),
            Column("needs_open", _("Needs open"), "integer"),
            Column("needs_met", _("Needs met"), "integer"),
            Column("needs_unpriced", _("Needs unpriced"), "integer"),
            Column("value_approved_usd", _("Value approved, US$"), "money"),
            Column("value_not_covered_usd", _("Value not covered, US$"), "money"),
            Column("value_not_in_country_usd", _("Value not yet in the country, US$"), "money"),
        ]
        return Table("unmet-members", _("Members A–Z"), named, lambda: map(_member_row, _all(request.at.date())))

    return Answer("web/public/members.html", context, table)


def _all(today: date) -> list[tuple[Party, Totals]]:
    sums = totals.by("member", Chosen().scope, goods=None)
    return [(party, sums.get(party.pk, Totals())) for party in by_name(Party.objects.members(on=today))]


def _member_row(pair: tuple[Party, Totals]) -> list[Value]:
    party, sums = pair
    named: list[Value] = [party.code, party.name, party.regional_group]
    if not sums.anything:
        return [*named, None, None, None, None, None, None]
    counts = [sums[name] for name in ("needs_open", "needs_met", "needs_unpriced")]
    return [*named, *counts, *(usd(sums[f"value_{name}"]) for name in ("approved", "not_covered", "not_in_country"))]


# ── one of them ──────────────────────────────────────────────────────────────
@public
def member(request: PageRequest, code: str) -> Answer:
    """One party: a member with its needs, or what another body is."""
    party = found(Party, code)
    status = party.memberships.filter(status=Membership.Status.MEMBER).order_by("-from_on")
    terms = list(status)
    if not terms and not totals.members_with_figures(Chosen(member=party).scope):
        return Answer("web/public/party.html", lambda: _party(request, party))
    page = _MemberPage(request, party, terms)
    return Answer("web/public/member.html", page.context, page.table)


def _party(request: PageRequest, party: Party) -> dict[str, Any]:
    observer = Party.objects.observers(on=request.at.date()).filter(pk=party.pk).exists()
    return {"party": party, "observer": observer}


class _MemberPage:
    """The page of a member. Everything on it is in the public book."""

    def __init__(self, request: PageRequest, party: Party, terms: Sequence[Membership]) -> None:
        self.request, self.party, self.terms = request, party, terms
        self.chosen = Chosen(member=party)
        self.names = Names()
        self.at = request.at

    def context(self) -> dict[str, Any]:
        """Values for the template."""
        sums = [(self.names.items[pk], m) for pk, m in totals.by("item", self.chosen.scope, goods=None).items()]
        goods, money = keys.split(sums)
        counts = totals.add(m for _, m in sums)
        key_figures = keys.key_figures(
            self.chosen, totals.add(m for _, m in goods), totals.add(m for _, m in money), counts=counts
        )
        pages, opened = self._page()
        shown = self._shown(pages)
        return {
            "party": self.party,
            "keys": key_figures,
            "lines": shown,
            "pages": pages,
            "opened": opened,
            "detail": self.needs.has_detail,
            "all_open": len(shown) <= 3,
            "unassigned": self._unassigned(sums),
            "until": self._seen_until(),
            "population": self.party.populations.order_by("-year", "source").first(),
            "term": self._term(),
            "is_member": Party.objects.members(on=self.at.date()).filter(pk=self.party.pk).exists(),
        }

    @cached_property
    def needs(self) -> Needs:
        """Every public need of the member, earliest needed-by first."""
        wanted = Filter(member=self.party.pk, lapsed_too=True)
        return Needs(wanted, "needed_by", self.names.members_in_order, self.names.items_in_order)

    def _shown(self, pages: Pages) -> list[Line]:
        """The needs of one page, with what became of them."""
        rows = self.needs.page(pages.start, pages.stop)
        threads = ledger.Threads(
            frozenset(need.subject for need in rows if need.subject is not None),
            frozenset(need.item for need in rows if need.subject is None),
        )
        events = timeline.of_member(self.chosen.scope, of=threads)
        return need_lines(rows, self.names, on=self.at.date(), events=events)

    def table(self) -> Table:
        """The needs as a file."""
        title = _("Needs of %(member)s") % {"member": self.party.name}
        return Table(
            f"unmet-{self.party.code}", title, columns(detail=True), self._file_rows,
            {"scope": ", ".join(self.chosen.words)},
        )  # fmt: skip

    def _file_rows(self) -> Iterator[list[Value]]:
        for piece in self.needs.pieces():
            yield from (row(line, detail=True) for line in need_lines(piece, self.names, on=self.at.date()))

    def _page(self) -> tuple[Pages, str]:
        """The page asked for; the one with the need that the address names, when it names one."""
        asked, count = self.request.GET.get("need", ""), self.needs.count()
        if not asked:
            return Pages.of(self.request, count), ""
        position = self._position(asked)
        if position is None:
            raise Refused(_("There is no need with this number here."))
        return Pages(position // PER_PAGE + 1, max(-(-count // PER_PAGE), 1), count, ""), asked

    def _position(self, asked: str) -> int | None:
        """Where the need with this uuid stands, or the sum of the item with this code."""
        item = next((item.pk for item in self.names.items.values() if item.code == asked), None)
        if item is not None:
            return self.needs.position(item=item)
        try:
            return self.needs.position(subject=uuid.UUID(asked))
        except ValueError:
            return None

    def _unassigned(self, sums: Iterable[tuple[Any, Totals]]) -> list[Line]:
        """Support that no need has been named for: what the sums by item hold beyond the needs."""
        held = self.needs.sums_by_item(_SUPPORT)
        found = []
        for item, m in sums:
            rest = {stage: m[stage] - held.get(item.pk, {}).get(stage, 0) for stage in _SUPPORT}
            if any(rest.values()):
                found.append(Line(Totals(rest), item, member=self.party))
        return sorted(found, key=lambda line: line.item.name)

    def _seen_until(self) -> tuple[bool, date | None]:
        """Whether something is released to everyone, and the last day of it; None when no end is set."""
        ends = list(
            standing_releases(at=self.at)
            .filter(member=self.party, audience=Release.Audience.EVERYONE)
            .values_list("until_on", flat=True)
        )
        days = [day for day in ends if day is not None]
        return bool(ends), max(days) if len(days) == len(ends) and days else None

    def _term(self) -> Membership | None:
        """The membership that stands now, or the last one."""
        today = self.at.date()
        standing = [t for t in self.terms if t.until_on is None or t.until_on > today]
        return next(iter([*standing, *self.terms]), None)


_SUPPORT = ("pledged", "allocated", "committed", "in_transit", "received", "rejected", "missing")


def need_lines(rows: Sequence[Need], names: Names, *, on: date, events: Any = None) -> list[Line]:
    """Rows of the list of needs with their names, what is at risk on a day, and what happened to them."""
    places, events, late = names.places(rows), events or {}, risk.among(rows, on=on)
    by_account: dict[int | None, int] = {one.account: one.quantity for one in late if one.detail}
    by_cell = risk.summed((one for one in late if not one.detail), lambda one: (one.member, one.item, one.round))
    lines = []
    for need in rows:
        item, member = names.items[need.item], names.parties[need.member]
        scope = {"member": member.code, "item": item.code}
        if need.subject is not None:
            scope["need"] = str(need.subject)
        at_risk = (
            by_account.get(need.account, 0) if need.has_detail else by_cell.get((need.member, need.item, need.round), 0)
        )
        thread: uuid.UUID | int = need.subject if need.subject is not None else need.item
        lines.append(
            Line(
                need,
                item,
                at_risk,
                member,
                places.get(need.place) if need.place else None,
                names.groups.get(need.group) if need.group else None,
                names.emergencies.get(need.emergency),
                names.rounds.get(need.round),
                scope,
                events=events.get(thread, ()),
            )
        )
    return lines
