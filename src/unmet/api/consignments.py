"""Consignments: those your parties give, pass on, carry or await; what can be packed; plans, and sending."""

import uuid
from collections.abc import Sequence
from typing import Any, Literal

from django.db.models import QuerySet

from unmet.access.actors import current
from unmet.api import amounts, found, lists, taken, versions
from unmet.api import consignment_problems as consignment_problems  # says what its refusals are
from unmet.api import consignment_schemas as said
from unmet.api.door import ApiRequest, One, Operations, require_version
from unmet.api.lists import Cursor, Limit, Listing, Rows
from unmet.api.problems import Problem
from unmet.api.request_schemas import Discarded
from unmet.api.values import Code, Text
from unmet.parties.models import Party, Place
from unmet.support import consignment_parties as parties
from unmet.support import consignment_queries as queries
from unmet.support import consignments as services
from unmet.support import substitutes
from unmet.support.consignment_queries import Free
from unmet.support.consignments import ConsignmentRefused, Packed, Plan
from unmet.support.models import Consignment, ConsignmentLine, Line
from unmet.support.substitutes import Substitute
from unmet.support.waybills import folded

operations = Operations("consignments", "/consignments")


# ── reading ──────────────────────────────────────────────────────────────────
@operations.listing("", said.Consignment, scope="read")
def consignments(
    request: ApiRequest, side: Literal["coming", "sent"] | None = None, member: Code | None = None,
    giver: Code | None = None, state: said.State | None = None, waybill: Text | None = None,
    box: uuid.UUID | None = None,
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """Consignments of your parties: `coming` to your members, or `sent` (given, passed on, carried).

    A waybill is found without case, spaces and marks. A box of several givers is one consignment for each of them,
    all with the same `box`: what a channel, carrier or member says of one goes for all.
    """
    rows = queries.for_actor()
    if side is not None:
        rows = queries.incoming(rows) if side == "coming" else queries.outgoing(rows)
    if member is not None:
        rows = rows.filter(member=found.by_code(Party.objects.all(), member))
    if giver is not None:
        rows = rows.filter(giver=found.by_code(Party.objects.all(), giver))
    if state is not None:
        rows = rows.filter(state=state)
    if box is not None:
        rows = rows.filter(box=box)
    if waybill is not None:
        rows = rows.filter(waybill_folded=folded(waybill)).exclude(waybill_folded="")
    return Listing(said.Consignment, lists.by_age(_for_reading(rows, request), _consignment), limit, cursor)


@operations.listing("/packable", said.Packable, scope="support")
def packable(request: ApiRequest, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """Accepted lines of support that you may pack: how much no plan holds yet, and where it may go."""
    return Listing(said.Packable, _packable, limit, cursor)


@operations.one("/{id}", said.Consignment, scope="read", tagged=True)
def consignment(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002 - the name in the address
    """One consignment; its `ETag` is the version of the plan that you change, discard or send."""
    return now(request, id)


@operations.listing("/{id}/lines", said.ConsignmentLine, scope="read")
def consignment_lines(
    request: ApiRequest, id: uuid.UUID, limit: Limit = lists.DEFAULT, cursor: Cursor = None,  # noqa: A002
) -> Listing:  # fmt: skip
    """What is in it, and what of it was received."""
    row = seen(request, id)
    actor = current()
    owns = row.giver_id in actor.all_parties or row.member_id in actor.own_parties

    def tell(shown: Sequence[ConsignmentLine]) -> list[said.ConsignmentLine]:
        stands = substitutes.of(one.line_id for one in shown)
        return [_line(one, stands.get(one.line_id), owns=owns) for one in shown]

    return Listing(said.ConsignmentLine, lists.by_age_together(queries.lines(row), tell), limit, cursor)


def seen(request: ApiRequest, id_: uuid.UUID) -> Consignment:
    """A consignment of one of the person's parties.

    Raises:
        Problem: `not-found`: any other, or none.
    """
    row = queries.find(id_, today=request.at.date())
    if row is None:
        raise Problem("not-found")
    return row


def now(request: ApiRequest, id_: uuid.UUID, *, status: int = 200) -> One:
    """A consignment as it stands, with its version."""
    row = seen(request, id_)
    told = _consignment(row)
    location = f"/api/v1/consignments/{row.uuid}" if status == 201 else ""
    return One(told, etag=_tag(row, told), status=status, location=location)


def _tag(row: Consignment, told: said.Consignment) -> str:
    return versions.tag(row.uuid, told, row.version)


def _for_reading(rows: QuerySet[Consignment], request: ApiRequest) -> QuerySet[Consignment]:
    return queries.for_reading(rows, today=request.at.date())


def _consignment(row: Consignment) -> said.Consignment:
    return said.Consignment(
        id=row.uuid, box=row.box, giver=row.giver.code, channel=row.channel.code if row.channel else None,
        carrier=row.carrier.code if row.carrier else None, carrier_name=row.carrier_name, member=row.member.code,
        waybill=row.waybill, mode=row.mode, from_place=row.from_place, to_place=row.to_place.code,
        to_place_name=row.to_place.own_name, planned_on=row.planned_on, dispatched_on=row.dispatched_on,
        expected_on=row.expected_on, cold_chain=row.cold_chain, permit=row.permit, state=row.state,
        held_why=row.held_why, held_text=row.held_text, held_on=row.held_on, roles=list(parties.roles(row)),
        late=row.late, lines=row.count,  # type: ignore[attr-defined]
    )  # fmt: skip


def _line(one: ConsignmentLine, substitute: Substitute | None, *, owns: bool) -> said.ConsignmentLine:
    item, got = one.line.item, one.standing
    counts: dict[str, Any] = {
        name: amounts.told_or_none(getattr(got, name, None), item)
        for name in ("accepted", "rejected", "missing", "surplus")
    }
    why: dict[str, str] = {name: getattr(got, name, "") for name in ("rejected_why", "missing_why", "text")}
    return said.ConsignmentLine(
        id=one.uuid, support=one.line.uuid if owns else None, reference=one.line.reference, item=item.code,
        unit=amounts.unit(item), quantity=amounts.told(one.quantity, item), lot=one.lot, expires_on=one.expires_on,
        **_really(substitute, one.quantity), receipt=got.receipt.number if got else None, **counts, **why,
    )  # fmt: skip


# ── what can be packed ───────────────────────────────────────────────────────
def _packable(after: str, limit: int) -> Rows:
    """Lines by age. Those of which nothing is free are left out, so one page may take more than one look."""
    mine = queries.sendable().filter(committed__gt=0).order_by("pk")
    told: list[tuple[str, said.Packable]] = []
    last = int(after) if after else 0
    while len(told) < limit and (looked := list(mine.filter(pk__gt=last)[:limit])):
        last = looked[-1].pk
        told += _free(looked)
    return told[:limit]


def _free(looked: Sequence[Line]) -> list[tuple[str, said.Packable]]:
    places, stands = queries.places(looked), substitutes.of(line.pk for line in looked)
    return [
        (str(one.line.pk), _packed(one, places.get(one.line.account_id), stands.get(one.line.pk)))
        for one in queries.free(looked)
    ]


def _really(substitute: Substitute | None, counted: int) -> dict[str, Any]:
    """What is in the box for so much of a line's item."""
    if substitute is None:
        return {"really_item": "", "really": None}
    item = substitute.item
    return {"really_item": item.code, "really": amounts.told(substitute.real(counted), item)}


def _packed(free: Free, place: Place | None, substitute: Substitute | None) -> said.Packable:
    line = free.line
    return said.Packable(
        support=line.uuid, reference=line.reference, giver=line.giver.code,
        channel=line.channel.code if line.channel else None, member=line.member.code, item=line.item.code,
        unit=amounts.unit(line.item), quantity=amounts.told(free.quantity, line.item),
        **_really(substitute, free.quantity), expected_on=line.expected_on,
        to_places=[Place.WHOLE, place.code] if place else [Place.WHOLE],
    )  # fmt: skip


# ── planning ─────────────────────────────────────────────────────────────────
@operations.post("", said.Consignment, scope="support", status=201, tagged=True)
def plan_consignment(request: ApiRequest, body: said.ConsignmentPlan) -> One:
    """Plan a consignment. It moves nothing; what is packed is held, so that nobody packs or sends it twice.

    Of lines of several givers that one channel carries each giver gets a part; answered is the first.
    """
    row = services.plan(_plan(request, body), by=request.person, at=request.at)
    return now(request, row.uuid, status=201)


@operations.post("/{id}/plan", said.Consignment, scope="support", changes=True, tagged=True)
def replan_consignment(request: ApiRequest, id: uuid.UUID, body: said.ConsignmentPlan) -> One:  # noqa: A002
    """Change a plan, all of it said anew, of every giver in its box. Answered is this part, or the first that stays."""
    row = _read(request, id)
    kept = services.plan(_plan(request, body), by=request.person, at=request.at, draft=row, version=row.version)
    return now(request, kept.uuid)


@operations.post("/{id}/discarding", Discarded, scope="support", body="", changes=True)
def discard_consignment(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002
    """Throw a plan away, of every giver in its box: what it held can be packed again. A giver takes out its part."""
    services.discard(_read(request, id), by=request.person, at=request.at)
    return One(Discarded(id=id))


@operations.post("/{id}/sending", said.Consignment, scope="support", changes=True, tagged=True)
def send_consignment(request: ApiRequest, id: uuid.UUID, body: said.Dispatch) -> One:  # noqa: A002
    """Send a planned consignment: all that is packed in its box is in transit from now on."""
    row = _read(request, id)
    services.dispatch(
        row, on=taken.near(body.on or request.at.date(), at=request.at), by=request.person, at=request.at,
        version=row.version, waybill=body.waybill, expected_on=taken.near_if(body.expected_on, at=request.at),
        knowing=body.knowing,
    )  # fmt: skip
    return now(request, id)


def _read(request: ApiRequest, id_: uuid.UUID) -> Consignment:
    """A consignment in the version that the client has read."""
    row = seen(request, id_)
    require_version(request, _tag(row, _consignment(row)))
    return row


def _plan(request: ApiRequest, body: said.ConsignmentPlan) -> Plan:
    at = request.at
    wanted = {uuid.UUID(one.support) for one in body.lines}
    lines = {str(line.uuid): line for line in queries.sendable().filter(uuid__in=wanted)}
    missing = sorted({one.support for one in body.lines} - set(lines))
    if missing:
        raise Problem("not-found", more={"codes": missing})
    packed = [
        Packed(
            lines[one.support], amounts.in_thousandths(one.quantity, lines[one.support].item), one.lot,
            taken.near_if(one.expires_on, at=at),
        )
        for one in body.lines
    ]  # fmt: skip
    first = packed[0].line
    carrier = None
    if body.carrier is not None:
        carrier = found.by_code(Party.objects.exclude(pk=first.member_id), body.carrier)
    return Plan(
        packed=packed, to_place=_place(body.to_place, [one.line for one in packed]), mode=body.mode, carrier=carrier,
        carrier_name=body.carrier_name, waybill=body.waybill, from_place=body.from_place,
        planned_on=taken.near_if(body.planned_on, at=at), expected_on=taken.near_if(body.expected_on, at=at),
        cold_chain=body.cold_chain, permit=body.permit, checked=body.checked,
    )  # fmt: skip


def _place(code: str, lines: Sequence[Line]) -> Place:
    """Where it goes. A place that is not there and one that is not shown to the sender are refused alike."""
    place = next((one for one in queries.destinations(lines) if one.code == code), None)
    if place is None:
        raise ConsignmentRefused("place")
    return place
