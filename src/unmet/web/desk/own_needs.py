"""What became of the needs of a member, released or not: the page of its own people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from unmet.access import audiences, may
from unmet.access.audiences import Seen
from unmet.access.may import Deed
from unmet.books.models import Account
from unmet.figures import own, totals
from unmet.figures.money import funded_by_need
from unmet.figures.own import OwnNeed
from unmet.figures.totals import Scope
from unmet.needs import comments, standing
from unmet.needs.models import Need, StandingChange, Statement
from unmet.parties.models import Party
from unmet.support import flow_queries
from unmet.web.desk.doors import desk_page, own_members, own_party, pages_of
from unmet.web.public.lines import Line
from unmet.web.requests import PersonRequest

PER_PAGE = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One need as the page shows it: its measures, the statement behind them, and who else sees it."""

    account: Account
    line: Line
    statement: Statement | None
    seen: Seen
    comments: int = 0
    lapses_soon: bool = False
    said: StandingChange | None = None
    funded: Mapping[str, int] | None = None  # instrument -> US cents committed or paid for it

    @property
    def to_confirm(self) -> bool:
        """Whether it lapsed or lapses soon."""
        return self.lapses_soon or self.line.out == "lapsed"


@desk_page
@require_GET
def own_needs(request: PersonRequest, member: str) -> HttpResponse:
    """Every open need of a member, with what became of it."""
    party = own_party(request, member)
    pages = pages_of(request, own.accounts(member=party.pk).count(), size=PER_PAGE)
    start = (pages.number - 1) * PER_PAGE
    needs = own.page(member=party.pk, start=start, stop=start + PER_PAGE, on=request.at.date())
    context = {
        "party": party,
        "others": [other for other in own_members(request) if other.pk != party.pk],
        "rows": _rows(request, party, needs),
        "pages": pages,
        "sums": totals.seen(Scope(member=party.pk)),
        "to_confirm": own.to_confirm(member=party.pk, at=request.at).count(),
        "may_set": may.may(request.actor, Deed.SET_STANDING, party),
    }
    return render(request, "web/desk/own_needs.html", context)


def _rows(request: PersonRequest, party: Party, needs: Sequence[OwnNeed]) -> list[Row]:
    pairs = [(need.account.sector.uuid, need.account.subject) for need in needs]
    seen = audiences.for_subjects(member=party, pairs=pairs, at=request.at)
    commented = comments.counts(need.account.subject for need in needs)
    paused = [need.account.subject for need in needs if need.account.out_by is not None]
    found = list(Need.objects.filter(uuid__in=paused))
    why = standing.reasons(found)
    said = {need.uuid: why[need.pk] for need in found if need.pk in why}
    money = funded_by_need(flow_queries.coming().filter(need__member=party))
    return [
        Row(
            need.account, _line(party, need), need.statement, seen[need.account.subject],
            commented.get(need.account.subject, 0), _lapses_soon(request, need.account),
            said.get(need.account.subject) if need.account.out_by is not None else None,
            money.get(need.account.subject),
        )
        for need in needs
    ]  # fmt: skip


def _lapses_soon(request: PersonRequest, account: Account) -> bool:
    """Whether it lapses within a month unless it is confirmed."""
    return bool(account.approved and account.lapses_at and account.lapses_at - request.at < own.SOON)


def _line(party: Party, need: OwnNeed) -> Line:
    account = need.account
    out = standing.state(account)
    return Line(
        need.sums, account.item, need.at_risk, party, account.place, account.group, round=account.round,
        out="" if out in ("standing", "ended") else out,
    )  # fmt: skip
