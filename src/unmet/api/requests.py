"""Requests for assistance: what your members ask for, what your parties are asked, and what is answered."""

import re
import uuid
from collections.abc import Sequence
from typing import Final, Literal

from django.db.models import QuerySet

from unmet.access.actors import current
from unmet.api import amounts, found, lists
from unmet.api import request_schemas as said
from unmet.api.door import ApiRequest, One, Operations, require_version
from unmet.api.lists import Cursor, Limit, Listing
from unmet.api.problems import Problem
from unmet.api.values import Code
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.support import answers, models, request_lines
from unmet.support import request_queries as queries
from unmet.support import requests as services
from unmet.support.answers import Said
from unmet.support.models import AssistanceRequest
from unmet.support.requests import Wanted

operations = Operations("requests", "/requests")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
State = Literal["draft", "sent", "withdrawn", "closed"]


# ── reading ──────────────────────────────────────────────────────────────────
@operations.listing("", said.Request, scope="read")
def requests(
    request: ApiRequest, asked: Literal["by_us", "of_us"] = "by_us", member: Code | None = None,
    state: State | None = None, limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """What your own members ask, drafts too; or, with `asked=of_us`, what your parties are asked."""
    rows = queries.own() if asked == "by_us" else queries.received()
    if member is not None:
        rows = rows.filter(member=found.by_code(Party.objects.all(), member))
    if state is not None:
        rows = rows.filter(state=state)
    rows = rows.prefetch_related("addressees")
    return Listing(said.Request, lists.by_age_together(rows, _told), limit, cursor)


@operations.one("/{id}", said.Request, scope="read", tagged=True)
def request_(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002 - the name in the address
    """One request; its `ETag` is the version that you change, send or end."""
    return _now(_found(id))


@operations.listing("/{id}/lines", said.RequestLine, scope="read")
def request_lines_(
    request: ApiRequest, id: uuid.UUID, limit: Limit = lists.DEFAULT, cursor: Cursor = None,  # noqa: A002
) -> Listing:  # fmt: skip
    """The lines of a request that you may see, with the answers to each: all of them for its member's own people."""
    return Listing(said.RequestLine, lists.by_age_together(queries.lines(_found(id)), _lines), limit, cursor)


def _found(id_: uuid.UUID) -> AssistanceRequest:
    row = queries.find(id_)
    if row is None:
        raise Problem("not-found")
    return row


def _own(id_: uuid.UUID) -> AssistanceRequest:
    return found.one(queries.own().filter(uuid=id_))


def _own_line(id_: uuid.UUID, line: uuid.UUID) -> models.RequestLine:
    return found.one(_own(id_).lines.filter(uuid=line).select_related("need__item"))


def _told(shown: Sequence[AssistanceRequest]) -> list[said.Request]:
    """Requests of one page; how far each has come is counted for all of them at once."""
    come = queries.summaries(shown)
    return [_request(row, come[row.pk]) for row in shown]


def _version(row: AssistanceRequest) -> str:
    gone = row.lines.filter(withdrawn_at__isnull=False).count()
    return f'"{row.uuid}.{row.version}.{row.state}{".stopped" if row.stopped_at else ""}.{gone}"'


def _now(row: AssistanceRequest, **more: object) -> One:
    """A request as it stands, with its version."""
    row.refresh_from_db()
    return One(_request(row, queries.summaries([row])[row.pk]), etag=_version(row), **more)  # type: ignore[arg-type]


def _request(row: AssistanceRequest, come: queries.Summary) -> said.Request:
    actor = current()
    own = row.member_id in actor.own_parties
    # Who else is asked by name is the member's own business.
    asked = [party.code for party in row.addressees.all() if own or party.pk in actor.all_parties]
    return said.Request(
        id=row.uuid, member=row.member.code, to_everyone=row.to_everyone, addressees=sorted(asked), text=row.text,
        state=row.state, stopped=row.stopped_at is not None, reason=row.reason, saved_at=row.saved_at if own else None,
        sent_at=row.sent_at, ended_at=row.ended_at, lines=come.lines, answered=come.answered, seen=come.seen,
    )  # fmt: skip


def _lines(shown: Sequence[models.RequestLine]) -> list[said.RequestLine]:
    """Lines of one page; their answers are read for all of them at once."""
    standing = queries.answers(shown)
    return [_line(line, standing[line.pk]) for line in shown]


def _line(line: models.RequestLine, standing: Sequence[models.RequestAnswer]) -> said.RequestLine:
    need = line.need
    item = need.item
    assert item is not None  # one asks for needs that have an item
    shown = need.member_id in current().own_parties or not item.sensitive
    return said.RequestLine(
        id=line.uuid, need=need.uuid, item=item.code, unit=amounts.unit(item), emergency=need.emergency.code,
        quantity=amounts.told(line.quantity, item), place=need.place.code if shown else None,
        group=need.group.code if shown else None, withdrawn_at=line.withdrawn_at, withdrawn_why=line.withdrawn_why,
        answers=[
            said.RequestAnswer(
                party=one.party.code, kind=one.kind, quantity=amounts.told_or_none(one.quantity, item),
                referred_to=one.referred_to.code if one.referred_to else None, reason=one.reason, at=one.at,
            )
            for one in standing
        ],
    )  # fmt: skip


# ── the draft ────────────────────────────────────────────────────────────────
@operations.post("", said.Request, scope="support", status=201, tagged=True)
def draft_request(request: ApiRequest, body: said.NewRequest) -> One:
    """Keep a draft. Nobody else sees it until an approver sends it."""
    member = found.own_party(request, body.member)
    row = services.save(_wanted(body, member), member=member, by=request.person, at=request.at)
    return _now(row, status=201, location=f"/api/v1/requests/{row.uuid}")


@operations.post("/{id}/draft", said.Request, scope="support", changes=True, tagged=True)
def replace_request(request: ApiRequest, id: uuid.UUID, body: said.RequestDraft) -> One:  # noqa: A002
    """Keep another version of a draft."""
    row = _own(id)
    require_version(request, _version(row))
    wanted = _wanted(body, row.member)
    services.save(wanted, member=row.member, by=request.person, at=request.at, draft=row, version=row.version)
    return _now(row)


@operations.post("/{id}/discarding", said.Discarded, scope="support", body="", changes=True)
def discard_request(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002
    """Throw a draft away."""
    row = _own(id)
    require_version(request, _version(row))
    services.discard(row, by=request.person, at=request.at)
    return One(said.Discarded(id=id))


def _wanted(body: said.RequestDraft, member: Party) -> Wanted:
    needs = {str(need.uuid): need for need in _needs(body, member)}
    parties = {party.code: party for party in Party.objects.filter(code__in=body.addressees)}
    missing = [one.need for one in body.lines if one.need not in needs]
    missing += [code for code in body.addressees if code not in parties]
    if missing:
        raise Problem("not-found", more={"codes": sorted(set(missing))})
    lines = [(needs[one.need], amounts.in_thousandths(one.quantity, needs[one.need].item)) for one in body.lines]
    return Wanted(lines=lines, addressees=list(parties.values()), to_everyone=body.to_everyone, text=body.text)


def _needs(body: said.RequestDraft, member: Party) -> QuerySet[Need]:
    """The needs that are named, of those of the member that have an item. Other dashes and digits are no uuid."""
    named = [one.need for one in body.lines if _UUID.fullmatch(one.need)]
    return Need.objects.filter(member=member, uuid__in=named, item__isnull=False).select_related("item__base_unit")


# ── sending, stopping, ending ────────────────────────────────────────────────
@operations.post("/{id}/sending", said.Sent, scope="release", changes=True, tagged=True)
def send_request(request: ApiRequest, id: uuid.UUID, body: said.Sending) -> One:  # noqa: A002
    """Send a draft: those asked see its lines in detail from now on. What it releases for that is in the answer."""
    row = _own(id)
    require_version(request, _version(row))
    granted = services.send(row, version=row.version, until_on=body.until, by=request.person, at=request.at)
    row.refresh_from_db()
    now = _request(row, queries.summaries([row])[row.pk])
    return One(said.Sent(released=len(granted), now=now), etag=_version(row))


@operations.post("/{id}/stopping", said.Request, scope="support", tagged=True)
def stop_request(request: ApiRequest, id: uuid.UUID, body: said.Why) -> One:  # noqa: A002
    """Stop sending, whatever version you have read: whoever could ship reads it at once."""
    row = _own(id)
    services.stop(row, reason=body.reason, by=request.person, at=request.at)
    return _now(row)


@operations.post("/{id}/lifting", said.Request, scope="support", body="", changes=True, tagged=True)
def lift_request(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002
    """Let sending go on: the request asks again as before."""
    row = _own(id)
    require_version(request, _version(row))
    services.lift(row, by=request.person, at=request.at)
    return _now(row)


@operations.post("/{id}/withdrawal", said.Request, scope="release", changes=True, tagged=True)
def withdraw_request(request: ApiRequest, id: uuid.UUID, body: said.Why) -> One:  # noqa: A002
    """Take a request back. What was released for it stays released until that is withdrawn too."""
    row = _own(id)
    require_version(request, _version(row))
    services.withdraw(row, reason=body.reason, by=request.person, at=request.at)
    return _now(row)


@operations.post("/{id}/closing", said.Request, scope="support", body="", changes=True, tagged=True)
def close_request(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002
    """Close a request: nothing more is asked."""
    row = _own(id)
    require_version(request, _version(row))
    services.close(row, by=request.person, at=request.at)
    return _now(row)


@operations.post("/{id}/lines/{line}/withdrawal", said.Request, scope="release", changes=True, tagged=True)
def withdraw_request_line(request: ApiRequest, id: uuid.UUID, line: uuid.UUID, body: said.Why) -> One:  # noqa: A002
    """Take one line back; with the last one the request is withdrawn."""
    row = _own(id)
    require_version(request, _version(row))
    request_lines.withdraw(_own_line(id, line), reason=body.reason, by=request.person, at=request.at)
    return _now(row)


# ── answering ────────────────────────────────────────────────────────────────
@operations.post("/{id}/lines/{line}/answers", said.RequestLine, scope="support")
def answer_request(request: ApiRequest, id: uuid.UUID, line: uuid.UUID, body: said.NewAnswer) -> One:  # noqa: A002
    """Answer one line in the name of a party that is asked. The last answer stands; all are kept."""
    row = _found(id)
    party = _answering(row, body.party)
    asked = found.one(queries.lines(row).filter(uuid=line))
    quantity = None if body.quantity is None else amounts.in_thousandths(body.quantity, asked.need.item)
    other = found.by_code(Party.objects.all(), body.referred_to) if body.referred_to else None
    answers.answer(asked, Said(body.kind, quantity, other, body.reason), party=party, by=request.person, at=request.at)
    [told] = _lines([asked])
    return One(told)


@operations.post("/{id}/acknowledgement", said.Acknowledged, scope="support")
def acknowledge_request(request: ApiRequest, id: uuid.UUID, body: said.Acknowledging) -> One:  # noqa: A002
    """Say "seen" to every line that the party has not answered."""
    row = _found(id)
    count = answers.acknowledge(row, party=_answering(row, body.party), by=request.person, at=request.at)
    return One(said.Acknowledged(acknowledged=count))


def _answering(row: AssistanceRequest, code: str | None) -> Party:
    """The party in whose name one answers: the one named, or the only one."""
    return found.in_whose_name(queries.answering(row), code)
