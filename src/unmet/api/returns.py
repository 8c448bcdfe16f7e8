"""Returns: lines sent for a round, read back, approved or sent back. Two people stand by each, here too."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from unmet.access import may, visible
from unmet.access.may import Deed
from unmet.api import amounts, found, lists
from unmet.api import return_schemas as said
from unmet.api.door import ApiRequest, One, Operations, require_version
from unmet.api.lists import Cursor, Limit, Listing, Rows
from unmet.api.problems import Problem, of_faults
from unmet.api.values import Code
from unmet.exchange import needs_sheet
from unmet.exchange.answers import Answers
from unmet.exchange.cells import FORM
from unmet.exchange.form import NEEDS
from unmet.exchange.needs_import import with_own_words
from unmet.exchange.table import CellValue, Row
from unmet.needs import models, queries
from unmet.needs import services as needs
from unmet.needs.lines import NeedLine
from unmet.needs.lookup import lookup
from unmet.needs.models import Statement
from unmet.needs.services import Change

operations = Operations("returns", "/returns")
State = Literal["submitted", "sent_back", "approved", "superseded", "withdrawn"]


# ── reading ──────────────────────────────────────────────────────────────────
@operations.listing("", said.Return, scope="read")
def returns(
    request: ApiRequest, member: Code | None = None, round: Code | None = None, state: State | None = None,  # noqa: A002
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """The returns of your own members, in the order in which they were first sent."""
    rows = models.Return.objects.filter(member__in=request.actor.own_parties).select_related("member", "round")
    if member is not None:
        rows = rows.filter(member=found.own_party(request, member))
    if round is not None:
        rows = rows.filter(round=found.asked_round(round))
    if state is not None:
        rows = rows.filter(state=state)
    return Listing(said.Return, lists.by_age(rows, _return), limit, cursor)


@operations.one("/{id}", said.Return, scope="read", tagged=True)
def return_(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002 - the name in the address
    """One return; its `ETag` is the version that you approve or send back."""
    row = _own(request, id)
    return One(_return(row), etag=_version(row))


@operations.listing("/{id}/lines", said.ReturnLine, scope="read")
def return_lines(
    request: ApiRequest, id: uuid.UUID, limit: Limit = lists.DEFAULT, cursor: Cursor = None,  # noqa: A002
) -> Listing:  # fmt: skip
    """The lines of a return, in the order in which they were stated."""
    row = _own(request, id)
    return Listing(said.ReturnLine, _lines(row), limit, cursor)


def _own(request: ApiRequest, id_: uuid.UUID) -> models.Return:
    rows = models.Return.objects.filter(uuid=id_, member__in=request.actor.own_parties)
    return found.one(rows.select_related("member", "round__emergency"))


def _version(row: models.Return) -> str:
    return f'"{row.uuid}.{row.revision}.{row.state}"'


def _return(row: models.Return) -> said.Return:
    return said.Return(
        id=row.uuid, member=row.member.code, round=row.round.code, revision=row.revision, state=row.state,
        nothing_to_report=row.nothing_to_report, submitted_at=row.submitted_at, decided_at=row.decided_at,
        comment=row.comment, note=row.note,
    )  # fmt: skip


def _lines(row: models.Return) -> Callable[[str, int], Rows]:
    """The lines of one return; each is known by its own uuid within the return."""
    stated = visible.own(Statement.objects.filter(in_return=row, newest=True), visible.STATEMENT)

    def fetch(after: str, limit: int) -> Rows:
        rest = stated
        if after:
            last = Statement.objects.filter(in_return=row, uuid=after).values_list("pk", flat=True).first()
            if last is None:
                raise Problem("cursor")
            rest = rest.filter(pk__gt=last)
        shown = queries.for_reading(rest).order_by("pk")[:limit]
        return [(str(statement.uuid), _line(statement)) for statement in shown]

    return fetch


def _line(statement: Statement) -> said.ReturnLine:
    need = statement.need
    item = need.item
    return said.ReturnLine(
        id=str(statement.uuid), need=need.uuid, item=item.code if item else None, words=statement.words,
        unit=amounts.unit(item), requested=amounts.told(statement.requested, item),
        approved=amounts.told_or_none(statement.approved, item),
        calculated=amounts.told_or_none(statement.calculated, item), stock=amounts.told_or_none(statement.stock, item),
        pipeline=amounts.told(statement.pipeline, item), needed_by=statement.needed_by_on, rank=statement.rank,
        place=need.place.code, group=need.group.code, remark=statement.remark, reason=statement.reason,
    )  # fmt: skip


# ── sending ──────────────────────────────────────────────────────────────────
@operations.post("", said.Submitted, scope="needs", status=201, tagged=True, prepared=True)
def submit_return(request: ApiRequest, body: said.NewReturn) -> Callable[[], One]:
    """Send lines to the approver, all or none.

    Lines equal to what stands change nothing. A return that still waits is continued: its other lines stay in it.
    """
    party, round_row = found.own_party(request, body.member), found.asked_round(body.round)
    may.require(Deed.ENTER_NEEDS, by=request.person, party=party)
    lines: Sequence[NeedLine] = ()
    if body.lines:
        answers = Answers(own_words=body.own_words, new_places=body.new_places, both_levels=body.both_levels)
        parsed = needs_sheet.parse(
            _rows(body.lines), lookup(member=party, round_=round_row), answers=with_own_words(answers, member=party)
        )
        if parsed.problems():
            raise of_faults(parsed.problems())
        lines = parsed.lines
    return lambda: _submitted(
        needs.submit(
            lines, member=party, round_=round_row, by=request.person, at=request.at, note=body.note,
            nothing_to_report=body.nothing_to_report,
        )
    )  # fmt: skip


def _submitted(done: needs.Submitted) -> One:
    row = done.return_
    told = said.Submitted(
        created=done.created, updated=done.updated, unchanged=done.unchanged, now=_return(row) if row else None
    )
    if row is None:
        return One(told)
    fresh = done.created or done.updated or (row.nothing_to_report and not done.unchanged)
    return One(told, etag=_version(row), status=201 if fresh else 200, location=f"/api/v1/returns/{row.uuid}")


def _rows(lines: Sequence[said.NeedLine]) -> list[Row]:
    """The lines as rows of the form: numbers and dates as they are, so that none of them is ambiguous."""
    names = tuple(column.name for column in NEEDS)
    rows = [Row(FORM, 0, names)]
    for number, line in enumerate(lines, 1):
        cells: tuple[CellValue, ...] = tuple(_cell(getattr(line, name, None)) for name in names)
        rows.append(Row(FORM, number, cells))
    return rows


def _cell(value: CellValue) -> CellValue:
    return None if value == "" else value


# ── deciding ─────────────────────────────────────────────────────────────────
@operations.post("/{id}/approval", said.Approved, scope="approve", changes=True, tagged=True)
def approve_return(request: ApiRequest, id: uuid.UUID, body: said.Approval) -> One:  # noqa: A002
    """Approve a return, all of its lines: it is in the books at once, and public where the member has released it.

    Whoever entered a line of it may not approve it. A changed quantity needs a reason.
    """
    row = _own(request, id)
    may.require(Deed.APPROVE_NEEDS, by=request.person, party=row.member)
    require_version(request, _version(row))
    changes = _changes(row, body.changes)
    with _same_version(row):
        changed = needs.approve(row, by=request.person, at=request.at, revision=row.revision, changes=changes)
    row.refresh_from_db()
    return One(said.Approved(changed=changed, now=_return(row)), etag=_version(row))


@contextmanager
def _same_version(row: models.Return) -> Iterator[None]:
    """Somebody else who decided it in the same moment has changed it: that is the answer, not that it cannot be."""
    try:
        yield
    except needs.NotYoursToApprove as refused:
        if not models.Return.objects.filter(pk=row.pk, revision=row.revision, state=row.state).exists():
            raise Problem("changed-meanwhile") from refused
        raise


def _changes(row: models.Return, asked: Sequence[said.ChangedQuantity]) -> dict[int, Change]:
    if not asked:
        return {}
    stated = Statement.objects.filter(in_return=row, newest=True, approved=None).select_related("need__item")
    known = {str(statement.uuid): statement for statement in stated}
    changes: dict[int, Change] = {}
    for one in asked:
        statement = known.get(one.line)
        if statement is None:
            raise Problem("not-found", more={"line": one.line})
        changes[statement.pk] = Change(amounts.in_thousandths(one.quantity, statement.need.item), one.reason)
    return changes


@operations.post("/{id}/sending-back", said.Return, scope="approve", changes=True, tagged=True)
def send_back_return(request: ApiRequest, id: uuid.UUID, body: said.SendingBack) -> One:  # noqa: A002
    """Send a return back to those who entered it, with a comment."""
    row = _own(request, id)
    require_version(request, _version(row))
    with _same_version(row):
        needs.send_back(row, comment=body.comment, by=request.person, at=request.at, revision=row.revision)
    row.refresh_from_db()
    return One(_return(row), etag=_version(row))
