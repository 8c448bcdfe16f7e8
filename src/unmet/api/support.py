"""Support: lines that your parties give or receive, and what is stated of them."""

import uuid
from collections.abc import Callable, Sequence

from django.db.models import Q, QuerySet

from unmet.access import visible
from unmet.access.actors import current
from unmet.api import amounts, found, lists
from unmet.api import support_schemas as said
from unmet.api.door import ApiRequest, One, Operations
from unmet.api.lists import Cursor, Limit, Listing
from unmet.api.problems import of_faults
from unmet.api.values import Code
from unmet.books.models import Account
from unmet.exchange import support_sheet
from unmet.exchange.cells import FORM
from unmet.exchange.form import SUPPORT
from unmet.exchange.support_import import against_the_books
from unmet.exchange.table import CellValue, Row
from unmet.parties.models import Party
from unmet.support import dated, known, queries, stating
from unmet.support.line_plan import Planned
from unmet.support.models import Line, Stage

operations = Operations("support", "/support")


@operations.listing("", said.Support, scope="read")
def support(
    request: ApiRequest, giver: Code | None = None, member: Code | None = None,
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """Lines that your parties give, or that come to your own members, in the order in which they were stated."""
    rows = _readable(request)
    if giver is not None:
        rows = rows.filter(giver=found.by_code(Party.objects.all(), giver))
    if member is not None:
        rows = rows.filter(member=found.by_code(Party.objects.all(), member))
    return Listing(said.Support, lists.by_age_together(rows, _told), limit, cursor)


@operations.one("/{id}", said.Support, scope="read")
def support_line(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002 - the name in the address
    """One line of support."""
    return One(now(request, id))


@operations.post("", said.Stated, scope="support", prepared=True)
def state_support(request: ApiRequest, body: said.NewSupport) -> Callable[[], One]:
    """State lines of support, all or none. A line that is known already is not counted twice.

    Givers state pledged, allocated and in transit; the member states what it accepts (committed) and what arrived. A
    commitment is made by a token with the scope `approve` too; without it, it is proposed to the member's approver.
    """
    round_row = found.asked_round(body.round)
    lookup = known.lookup(round_=round_row, today=dated.newest(request.at))
    parsed = against_the_books(support_sheet.parse(_rows(body.lines), lookup), round_=round_row)
    if parsed.problems():
        raise of_faults(parsed.problems())

    def state() -> One:
        done = stating.state(parsed.lines, round_=round_row, by=request.person, at=request.at)
        return One(said.Stated(outcomes=[one.outcome for one in done], lines=_stated(done, request)))

    return state


def _rows(lines: Sequence[said.SupportLine]) -> list[Row]:
    names = tuple(column.name for column in SUPPORT)
    rows = [Row(FORM, 0, names)]
    for number, line in enumerate(lines, 1):
        cells: tuple[CellValue, ...] = tuple(getattr(line, name, None) or None for name in names)
        rows.append(Row(FORM, number, cells))
    return rows


def _stated(done: Sequence[Planned], request: ApiRequest) -> list[said.Support]:
    references = {one.line.reference for one in done}
    rows = {
        (row.giver.code, row.reference, row.item_id): row for row in _readable(request).filter(reference__in=references)
    }
    keys = [(one.line.giver_code, one.line.reference, one.line.item_id) for one in done]
    return _told([rows[key] for key in dict.fromkeys(keys) if key in rows])


def now(request: ApiRequest, id_: uuid.UUID) -> said.Support:
    """One line that the person may read, as it stands."""
    return _told([readable(request, id_)])[0]


def readable(request: ApiRequest, id_: uuid.UUID) -> Line:
    """One line that the person may read; any other does not exist."""
    return found.one(_readable(request).filter(uuid=id_))


def _readable(request: ApiRequest) -> QuerySet[Line]:
    return queries.for_reading(queries.for_actor(), today=request.at.date())


def _told(shown: Sequence[Line]) -> list[said.Support]:
    """Lines with the needs they are for, as far as the reader sees those in detail."""
    accounts = Account.objects.filter(pk__in={row.account_id for row in shown}, kind=Account.Kind.NEED)
    accounts = accounts.filter(Q(member__in=current().own_parties) | ~Q(item__flags__contains="SENS"))
    needs = dict(visible.rows(accounts, detail=True).values_list("pk", "subject"))
    return [_line(row, needs.get(row.account_id)) for row in shown]


def _line(row: Line, need: uuid.UUID | None) -> said.Support:
    stages = {stage: amounts.told(getattr(row, stage), row.item) for stage in Stage.values}
    return said.Support(
        id=row.uuid, giver=row.giver.code, channel=row.channel.code if row.channel else None, member=row.member.code,
        item=row.item.code, unit=amounts.unit(row.item), round=row.round.code, reference=row.reference,
        need=need, expected_on=row.expected_on,
        over_covered=bool(row.over_covered), proposed=bool(row.waits), stated_at=row.stated_at, **stages,  # type: ignore[attr-defined]
    )  # fmt: skip
