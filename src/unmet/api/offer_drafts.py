"""What a client sends as an offer becomes the draft that the service takes."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from django.db.models import QuerySet

from unmet.api import amounts, taken
from unmet.api import offer_schemas as said
from unmet.api.problems import Problem
from unmet.catalogue.models import Item
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.support import request_queries
from unmet.support.models import Offer, RequestLine
from unmet.support.offer_rules import Capacity, LineDraft, OfferDraft, OfferRefused, Technology, need_account

M = TypeVar("M", Item, Party)


def wanted(body: said.OfferDraft, *, at: datetime) -> OfferDraft:
    """What the offer is to say.

    Raises:
        Problem: `not-found` with the codes that are not there; a day out of reach; a part of what is counted whole.
        OfferRefused: `need` or `request`, whether it is not there or not for the person to see; `kind`.
    """
    named = [*body.members, *(code for code in (body.member, body.channel) if code is not None)]
    parties = by_codes(Party.objects.all(), named)
    items = by_codes(Item.objects.select_related("base_unit"), [line.item for line in body.lines])
    missing = {code for code in named if code not in parties} | {
        line.item for line in body.lines if line.item not in items
    }
    if missing:
        raise Problem("not-found", more={"codes": sorted(missing)})
    member = parties[body.member] if body.member is not None else None
    return OfferDraft(
        kind=body.kind, aim=body.aim, held_until_on=taken.near(body.held_until, at=at),
        lines=[_line(line, items[line.item], body.kind, member, at) for line in body.lines], member=member,
        members=[parties[code] for code in dict.fromkeys(body.members)], to_set=body.to_set,
        channel=parties[body.channel] if body.channel is not None else None, conditions=body.conditions,
        earmarking=body.earmarking,
    )  # fmt: skip


def by_codes(rows: QuerySet[M], codes: Iterable[str]) -> dict[str, M]:
    """Those of some rows that have one of the codes, by code."""
    return {row.code: row for row in rows.filter(code__in=set(codes))}


def _line(one: said.LineOffered, item: Item, kind: str, member: Party | None, at: datetime) -> LineDraft:
    asked = _request_line(one.request_line, item)
    need = _need(one.need or (str(asked.need.uuid) if asked else None), item, member)
    return LineDraft(
        item=item, quantity=amounts.in_thousandths(one.quantity, item), need=need, request_line=asked, lot=one.lot,
        expires_on=taken.near_if(one.expires_on, at=at), papers=one.papers, stands_at=one.stands_at,
        capacity=_capacity(one, item, kind, at), technology=_technology(one, item, kind, at),
    )  # fmt: skip


def _need(text: str | None, item: Item, member: Party | None) -> Need | None:
    """The need that is named. One that is not there and one that the person may not see are refused alike."""
    if text is None:
        return None
    found = Need.objects.select_related("member", "item").filter(uuid=uuid.UUID(text), member=member).first()
    if member is None or found is None or need_account(found) is None:
        raise OfferRefused("need", item)
    return found


def _request_line(text: str | None, item: Item) -> RequestLine | None:
    if text is None:
        return None
    found = request_queries.line_of(uuid.UUID(text))
    if found is None:
        raise OfferRefused("request", item)
    return found


def _capacity(one: said.LineOffered, item: Item, kind: str, at: datetime) -> Capacity | None:
    if kind != Offer.Kind.CAPACITY:
        if one.a_month is not None or one.from_on is not None or one.bottleneck:
            raise OfferRefused("kind", item)
        return None
    if one.a_month is None or one.from_on is None:
        return None  # the service says what is missing
    return Capacity(amounts.in_thousandths(one.a_month, item), taken.near(one.from_on, at=at), one.bottleneck)


def _technology(one: said.LineOffered, item: Item, kind: str, at: datetime) -> Technology | None:
    if kind != Offer.Kind.TECHNOLOGY:
        if one.product or one.holder or one.territory or one.terms or one.licence_until is not None:
            raise OfferRefused("kind", item)
        return None
    return Technology(
        one.product, one.holder, one.territory, one.terms, taken.near_if(one.licence_until, at=at)
    )  # fmt: skip
