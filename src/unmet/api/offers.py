"""Offers: what your parties offer and what is offered to your members; drafts, offering and withdrawing."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from django.db.models import QuerySet

from unmet.access.actors import current
from unmet.api import amounts, found, lists, versions
from unmet.api import offer_problems as offer_problems  # says what its refusals are
from unmet.api import offer_schemas as said
from unmet.api.door import ApiRequest, One, Operations, require_version
from unmet.api.lists import Cursor, Limit, Listing
from unmet.api.offer_drafts import wanted
from unmet.api.problems import Problem
from unmet.api.request_schemas import Discarded
from unmet.api.values import Code
from unmet.parties.models import Party
from unmet.support import offer_ending
from unmet.support import offer_queries as queries
from unmet.support import offers as services
from unmet.support.models import Acceptance, Offer, OfferDecline, OfferLine

operations = Operations("offers", "/offers")


# ── reading ──────────────────────────────────────────────────────────────────
@operations.listing("", said.Offer, scope="read")
def offers(
    request: ApiRequest, offered: Literal["by_us", "to_us"] = "by_us", giver: Code | None = None,
    state: said.State | None = None, limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """What your parties offer, drafts too; or, with `offered=to_us`, what is offered to your members."""
    rows = queries.given() if offered == "by_us" else queries.received()
    if giver is not None:
        rows = rows.filter(giver=found.by_code(Party.objects.all(), giver))
    if state is not None:
        rows = queries.in_state(rows, state, at=request.at)
    rows = rows.prefetch_related("addressees")
    return Listing(said.Offer, lists.by_age_together(rows, lambda shown: _tell(shown, at=request.at)), limit, cursor)


@operations.one("/{id}", said.Offer, scope="read", tagged=True)
def offer_(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002 - the name in the address
    """One offer, its conditions in full; its `ETag` is the version that you change, make, discard or withdraw."""
    return now(seen(id), at=request.at)


@operations.listing("/{id}/lines", said.OfferLine, scope="read")
def offer_lines(
    request: ApiRequest, id: uuid.UUID, limit: Limit = lists.DEFAULT, cursor: Cursor = None,  # noqa: A002
) -> Listing:  # fmt: skip
    """The lines of an offer, with what was accepted of each."""
    row = seen(id)
    return Listing(
        said.OfferLine, lists.by_age_together(queries.lines(row), lambda shown: tell_lines(shown, row)), limit, cursor
    )


def seen(id_: uuid.UUID) -> Offer:
    """An offer of the person's parties, or one made to the person's members.

    Raises:
        Problem: `not-found`: any other, or none.
    """
    row = queries.find(id_)
    if row is None:
        raise Problem("not-found")
    return row


def _given(id_: uuid.UUID) -> Offer:
    return found.one(queries.given().filter(uuid=id_))


def now(row: Offer, *, at: datetime, status: int = 200) -> One:
    """An offer as it stands, with its version."""
    row = seen(row.uuid)
    [told] = _tell([row], at=at)
    return One(
        told, etag=_tag(row, told), status=status, location=f"/api/v1/offers/{row.uuid}" if status == 201 else ""
    )


def _version(row: Offer, *, at: datetime) -> str:
    [told] = _tell([row], at=at)
    return _tag(row, told)


def _tag(row: Offer, told: said.Offer) -> str:
    """The version of a draft counts up with its lines; what is accepted stands on the lines too."""
    return versions.tag(row.uuid, told, row.version, list(row.lines.order_by("pk").values_list("accepted", flat=True)))


def _tell(shown: Sequence[Offer], *, at: datetime) -> list[said.Offer]:
    accepted, declined = queries.accepted_of(shown), queries.declines_of(shown)
    return [_offer(row, accepted[row.pk], declined[row.pk], at=at) for row in shown]


def _offer(row: Offer, accepted: tuple[int, int], declined: Sequence[OfferDecline], *, at: datetime) -> said.Offer:
    actor = current()
    own = row.giver_id in actor.all_parties
    # Who else it is made to by name is the giver's own business.
    named = [party.code for party in row.addressees.all() if own or party.pk in actor.own_parties]
    late = row.state == Offer.State.OFFERED and row.ends_at <= at
    return said.Offer(
        id=row.uuid, code=row.code, giver=row.giver.code, channel=row.channel.code if row.channel else None,
        kind=row.kind, aim=row.aim, member=row.member.code if row.member else None, members=sorted(named),
        to_set=row.to_set, earmarking=row.earmarking, conditions=row.conditions, held_until=row.held_until_on,
        state=Offer.State.EXPIRED.value if late else row.state, reason=row.reason,
        saved_at=row.saved_at if own else None, offered_at=row.offered_at,
        ended_at=row.ends_at if late else row.ended_at, lines=accepted[0], accepted=accepted[1],
        declines=[
            said.OfferDeclined(member=one.member.code, reason=one.reason, at=one.at) for one in declined
        ],
    )  # fmt: skip


def tell_lines(shown: Sequence[OfferLine], row: Offer) -> list[said.OfferLine]:
    """Lines of one offer, with what was accepted of them as far as the person reads it."""
    taken: dict[int, list[Acceptance]] = {}
    for one in queries.acceptances(row).filter(offer_line__in=shown).select_related("need"):
        taken.setdefault(one.offer_line_id, []).append(one)
    actor = current()
    own = row.giver_id in actor.all_parties or row.member_id in actor.own_parties
    return [_line(line, taken.get(line.pk, []), own=own) for line in shown]


def _line(line: OfferLine, taken: Sequence[Acceptance], *, own: bool) -> said.OfferLine:
    item = line.item
    capacity, technology = getattr(line, "capacity", None), getattr(line, "technology", None)
    about = {name: getattr(technology, name, "") for name in ("product", "holder", "territory", "terms", "stage")}
    return said.OfferLine(
        id=line.uuid, item=item.code, unit=amounts.unit(item), quantity=amounts.told(line.quantity, item),
        accepted=amounts.told(line.accepted, item), left=amounts.told(line.left, item),
        need=line.need.uuid if own and line.need else None,
        request_line=line.request_line.uuid if own and line.request_line else None,
        lot=line.lot, expires_on=line.expires_on, papers=line.papers, stands_at=line.stands_at,
        a_month=amounts.told(capacity.a_month, item) if capacity else None,
        from_on=capacity.from_on if capacity else None, bottleneck=capacity.bottleneck if capacity else "",
        licence_until=technology.until_on if technology else None, acceptances=[_accepted(one, line) for one in taken],
        **about,
    )  # fmt: skip


def _accepted(one: Acceptance, line: OfferLine) -> said.OfferAccepted:
    """The giver may know of no other need than the one it offered for."""
    kept, shown = one.line, one.member_id in current().own_parties or one.need_id == line.need_id
    return said.OfferAccepted(
        member=one.member.code, quantity=amounts.told(one.quantity, one.offer_line.item),
        need=one.need.uuid if one.need and shown else None, counts_as=amounts.told_or_none(one.counts_as, kept.item),
        item=kept.item.code, over=one.over, conditions_seen=one.conditions_seen, expected_on=one.expected_on,
        support=kept.uuid, reference=kept.reference, at=one.at,
    )  # fmt: skip


# ── the draft ────────────────────────────────────────────────────────────────
@operations.post("", said.Offer, scope="support", status=201, tagged=True)
def draft_offer(request: ApiRequest, body: said.NewOffer) -> One:
    """Keep a draft of one of your parties. Nobody else sees it, and nothing is in any book."""
    giver = found.by_code(Party.objects.filter(pk__in=request.actor.all_parties), body.giver)
    row = services.save(wanted(body, at=request.at), giver=giver, by=request.person, at=request.at)
    return now(row, at=request.at, status=201)


@operations.post("/{id}/draft", said.Offer, scope="support", changes=True, tagged=True)
def replace_offer(request: ApiRequest, id: uuid.UUID, body: said.OfferDraft) -> One:  # noqa: A002
    """Keep another version of a draft, all of it said anew."""
    row = _read(request, id)
    said_ = wanted(body, at=request.at)
    services.save(said_, giver=row.giver, by=request.person, at=request.at, draft=row, version=row.version)
    return now(row, at=request.at)


@operations.post("/{id}/discarding", Discarded, scope="support", body="", changes=True)
def discard_offer(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002
    """Throw a draft away."""
    services.discard(_read(request, id), by=request.person, at=request.at)
    return One(Discarded(id=id))


def _read(request: ApiRequest, id_: uuid.UUID) -> Offer:
    """An offer of one's own parties, in the version that the client has read."""
    row = _given(id_)
    require_version(request, _version(row, at=request.at))
    return row


# ── offering, withdrawing ────────────────────────────────────────────────────
@operations.post("/{id}/offering", said.Offer, scope="support", body="", changes=True, tagged=True)
def make_offer(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002
    """Make the offer of a draft: those it is for are told and can accept it until its last day.

    To one member it is pledged in that member's books from now on. A line that answers a line of a request answers it.
    """
    row = _read(request, id)
    services.offer(row, version=row.version, by=request.person, at=request.at)
    return now(row, at=request.at)


@operations.post("/{id}/withdrawal", said.Offer, scope="support", changes=True, tagged=True)
def withdraw_offer(request: ApiRequest, id: uuid.UUID, body: said.OfferEnding) -> One:  # noqa: A002
    """Take back what nobody has accepted; what was accepted stays accepted."""
    row = _read(request, id)
    offer_ending.withdraw(row, reason=body.reason, by=request.person, at=request.at)
    return now(row, at=request.at)


@operations.post("/{id}/lines/{line}/stages", said.OfferLine, scope="support")
def advance_technology(
    request: ApiRequest, id: uuid.UUID, line: uuid.UUID, body: said.TechnologyStage  # noqa: A002
) -> One:  # fmt: skip
    """Say how far a transfer of technology has come; those it was offered to are told."""
    row = _given(id)
    one = found.one(_lines(row).filter(uuid=line))
    services.advance(one, stage=body.stage, by=request.person, at=request.at)
    return line_now(row, line)


def _lines(row: Offer) -> QuerySet[OfferLine]:
    return queries.lines(row).select_related("offer__giver")


def line_now(row: Offer, line: uuid.UUID, *, status: int = 200) -> One:
    """One line of an offer as it stands."""
    [told] = tell_lines([found.one(_lines(row).filter(uuid=line))], row)
    return One(told, status=status)
