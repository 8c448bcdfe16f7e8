"""The commands that list what a person may see of help: requests, offers, consignments, receipts, money, extracts.

Each lists what the pages of the desk list, of one party for which the person speaks; of any other it lists nothing.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from unmet.access.actors import Actor, acting, current
from unmet.access.models import Role
from unmet.api import amounts
from unmet.config.console import acting_person, find, print_rows
from unmet.parties.models import Party
from unmet.support import consignment_queries, extracts, flow_queries, offer_queries, request_queries, substitutes
from unmet.support.models import Consignment, ExtractStep, FlowDestination, Offer, Receipt, ReceiptLine

_OWN: Final = (Role.FOCAL_POINT, Role.APPROVER)
_ANYBODY: Final = (*_OWN, Role.RESPONDER, Role.COORDINATION)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is listed: of which party, at which moment, and the part of it that was chosen."""

    party: Party
    at: datetime
    part: str  # `--list`
    side: str  # `--side`


@dataclass(frozen=True, slots=True)
class _List:
    """One list: the names of its columns, its rows, and in which roles one reads it in a demonstration."""

    names: Sequence[str]
    rows: Callable[[Asked], Iterable[Sequence[Any]]]
    roles: Sequence[str] = _ANYBODY


def run(given: argparse.Namespace) -> int:
    """Print one list, as whoever acts for the party reads it."""
    chosen = _LISTS[given.command, getattr(given, "list", None) if given.command == "extracts" else None]
    party, at = find(Party, given.party), timezone.now()
    person = acting_person(given, party, chosen.roles)
    actor = Actor.of(person, at=at, via="console")
    asked = Asked(party, at, getattr(given, "list", "") or "", getattr(given, "side", "") or "")
    with acting(actor):
        rows = list(chosen.rows(asked)) if party.pk in actor.all_parties else []
    if party.pk not in actor.all_parties:
        print(f"{person.email} does not speak for {party.code}: nothing of it is listed.", file=sys.stderr)
    return print_rows([dict(zip(chosen.names, row, strict=True)) for row in rows], given, names=chosen.names)


# ── requests and offers ──────────────────────────────────────────────────────
_REQUESTS: Final = ("id", "state", "sent_on", "stopped", "lines", "answered", "seen")


def _requests(asked: Asked) -> Iterator[Sequence[Any]]:
    found = list(request_queries.own().filter(member=asked.party))
    come = request_queries.summaries(found)
    for one in found:
        sent_on = one.sent_at.date().isoformat() if one.sent_at else ""
        stopped, summary = "stop sending" if one.stopped_at else "", come[one.pk]
        yield str(one.uuid), one.state, sent_on, stopped, summary.lines, summary.answered, summary.seen


_OFFERS: Final = (
    "id", "code", "giver", "member", "aim", "set", "kind", "state", "held_until", "lines", "lines_accepted",
)  # fmt: skip


def _offers(asked: Asked) -> Iterator[Sequence[Any]]:
    """What the party offers, drafts too; or what is offered to it, to a set with it, or to any member."""
    if asked.part == "received":
        to_all = Q(aim=Offer.Aim.ANY) | Q(member=asked.party) | Q(addressees=asked.party)
        found = list(offer_queries.received().filter(to_all).distinct())
    else:
        found = list(offer_queries.given().filter(giver=asked.party))
    counted = offer_queries.accepted_of(found)
    for one in found:
        # Past its day it is expired, whether that is posted already or not.
        late = one.state == Offer.State.OFFERED and one.ends_at <= asked.at
        yield (
            str(one.uuid), one.code, one.giver.code, one.member.code if one.member else "", one.aim, one.to_set,
            one.kind, str(Offer.State.EXPIRED) if late else one.state, one.held_until_on.isoformat(), *counted[one.pk],
        )  # fmt: skip


# ── consignments and receipts ────────────────────────────────────────────────
def _boxes(asked: Asked) -> QuerySet[Consignment]:
    """What comes to the party, or what it gives, passes on or carries; both only as far as the person may see it."""
    found, party = consignment_queries.for_actor(), asked.party
    side = asked.side or ("coming" if party.pk in current().own_parties else "sent")
    if side == "coming":
        return consignment_queries.incoming(found).filter(member=party)
    return consignment_queries.outgoing(found).filter(Q(giver=party) | Q(channel=party) | Q(carrier=party))


_CONSIGNMENTS: Final = (
    "id", "waybill", "state", "giver", "channel", "carrier", "member", "to", "mode", "dispatched_on", "expected_on",
    "held_on", "held_why", "late", "lots", "box",
)  # fmt: skip


def _consignments(asked: Asked) -> Iterator[Sequence[Any]]:
    found = _boxes(asked)
    if asked.part:
        found = found.filter(state__in=consignment_queries.LISTS[asked.part])
    for box in consignment_queries.for_reading(found, today=asked.at.date()):
        carrier = box.carrier.code if box.carrier else box.carrier_name
        days = [str(one) if one else "" for one in (box.dispatched_on, box.expected_on, box.held_on)]
        yield (
            str(box.uuid), box.waybill, box.state, box.giver.code, box.channel.code if box.channel else "", carrier,
            box.member.code, box.to_place.name, box.mode, *days, box.held_why,
            "late" if box.late else "", box.count, str(box.box),  # type: ignore[attr-defined]
        )  # fmt: skip


_RECEIPTS: Final = (
    "code", "number", "superseded", "received_on", "waybill", "giver", "member", "item", "unit", "lot", "shipped",
    "accepted", "rejected", "missing", "surplus", "rejected_why", "missing_why",
)  # fmt: skip


def _receipts(asked: Asked) -> Iterator[Sequence[Any]]:
    """One row for each lot: quantities of different items are never added."""
    found = ReceiptLine.objects.filter(receipt__consignment__in=_boxes(asked).values("pk"))
    found = found.annotate(superseded=Exists(Receipt.objects.filter(supersedes=OuterRef("receipt"))))
    found = found.select_related(
        "receipt__consignment__giver", "receipt__consignment__member", "line__line__item__base_unit"
    )
    rows = list(found.order_by("-receipt", "pk"))
    real = substitutes.of(row.line.line_id for row in rows)
    for row in rows:
        # As a warehouse counts it, and a table of receipts reads it back: a kit or a substitute is itself.
        receipt, what, item = row.receipt, real.get(row.line.line_id), row.line.line.item
        box = receipt.consignment
        counts = [row.shipped, row.accepted, row.rejected, row.missing, row.surplus]
        if what is not None:
            item, counts = what.item, [what.real(counted) for counted in counts]
        yield (
            receipt.shown, receipt.number, "superseded" if row.superseded else "",  # type: ignore[attr-defined]
            receipt.received_on.isoformat(), box.waybill, box.giver.code, box.member.code, item.code,
            amounts.unit(item), row.line.lot, *(amounts.told(count, item) for count in counts), row.rejected_why,
            row.missing_why,
        )  # fmt: skip


# ── money and extracts ───────────────────────────────────────────────────────
_MONEY: Final = (
    "id", "reference", "source", "destinations", "channel", "instrument", "boundary", "emergency", "currency",
    "pledged", "committed", "paid", "pledged_usd", "committed_usd", "paid_usd", "public_since",
)  # fmt: skip


def _money(asked: Asked) -> Iterator[Sequence[Any]]:
    """Grants and loans stand in a column of their own, and nothing is added."""
    if asked.part == "coming":
        to_us = Q(channel=asked.party) | Exists(_going_to(asked.party))
        found = flow_queries.coming().filter(to_us)
    else:
        found = flow_queries.given().filter(source=asked.party)
    for flow in flow_queries.for_reading(found):
        stages = ("pledged", "committed", "paid")
        yield (
            str(flow.uuid), flow.reference, flow.source.code,
            " ".join(sorted(row.party.code for row in flow.going_to.all())), flow.channel.code if flow.channel else "",
            flow.instrument, flow.boundary, flow.emergency.code, flow.currency,
            *(amounts.in_currency(getattr(flow, stage), flow.currency) for stage in stages),
            *(amounts.usd(getattr(flow, f"{stage}_cents")) for stage in stages),
            flow.public_at.date().isoformat() if flow.public_at else "",
        )  # fmt: skip


def _going_to(party: Party) -> QuerySet[FlowDestination]:
    return FlowDestination.objects.filter(flow=OuterRef("pk"), party=party)


_EXTRACTS: Final = (
    "id", "made_on", "maker", "recipient", "emergency", "rows", "sent_on", "acknowledged_on", "used_on", "sha256",
)  # fmt: skip


def _extracts(asked: Asked) -> Iterator[Sequence[Any]]:
    """Those that the party made, or that were sent to it."""
    found = extracts.whole().filter(Q(maker=asked.party) | Q(recipient=asked.party)).prefetch_related("steps")
    for one in found:
        yield (
            str(one.uuid), one.made_at.date().isoformat(), one.maker.code, one.recipient.code,
            one.emergency.code if one.emergency else "", one.rows, *_became(one.steps.all()), one.file.sha256,
        )  # fmt: skip


_SHARES: Final = (
    "made_on", "maker", "recipient", "rows_of_ours", "sent_on", "acknowledged_on", "used_on", "sha256",
)  # fmt: skip


def _shares(asked: Asked) -> Iterator[Sequence[Any]]:
    """Those that held rows of the party, whoever made them."""
    for share in extracts.holding_own().filter(member=asked.party).prefetch_related("extract__steps"):
        one = share.extract
        yield (
            one.made_at.date().isoformat(), one.maker.code, one.recipient.code, share.rows,
            *_became(one.steps.all()), one.file.sha256,
        )  # fmt: skip


def _became(steps: Iterable[ExtractStep]) -> Sequence[str]:
    """The last day of each kind of step; empty where none is stated."""
    days = dict.fromkeys(ExtractStep.Kind.values, "") | {step.kind: step.dated_on.isoformat() for step in steps}
    return list(days.values())


_LISTS: Final[dict[tuple[str, str | None], _List]] = {
    ("requests", None): _List(_REQUESTS, _requests, _OWN),
    ("offers", None): _List(_OFFERS, _offers),
    ("consignments", None): _List(_CONSIGNMENTS, _consignments),
    ("receipts", None): _List(_RECEIPTS, _receipts),
    ("money", None): _List(_MONEY, _money),
    ("extracts", "own"): _List(_EXTRACTS, _extracts),
    ("extracts", "holding"): _List(_SHARES, _shares, _OWN),
}
