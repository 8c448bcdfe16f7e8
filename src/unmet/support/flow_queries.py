"""Which money a person sees: what its parties give, pass on or get; and what sources have made public."""

import uuid
from collections.abc import Collection, Iterable, Mapping

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value

from unmet.access import may
from unmet.access.actors import current
from unmet.access.may import Deed
from unmet.parties.models import Party
from unmet.support.models import Flow, FlowConfirmation, FlowDestination, FlowStep, MoneyStage


def given() -> QuerySet[Flow]:
    """Money of which the acting person's parties are the source."""
    return Flow.objects.filter(source__in=current().all_parties)


def coming() -> QuerySet[Flow]:
    """Money that is for the acting person's parties, or that they pass on as its channel.

    Of a member only its own people read what is for it: whoever gives in its name has no part in what it gets.
    """
    actor = current()
    reading = actor.own_parties | (actor.all_parties - actor.member_parties)
    for_us = FlowDestination.objects.filter(flow=OuterRef("pk"), party__in=reading)
    return Flow.objects.filter(Q(channel__in=actor.all_parties) | Exists(for_us))


def for_reading(flows: QuerySet[Flow]) -> QuerySet[Flow]:
    """Money with all that a page says of it, the newest statement first."""
    related = ("source", "channel", "emergency", "sector", "item__base_unit", "need__member")
    found = flows.select_related(*related, "acceptance__offer_line__offer")
    return found.prefetch_related("going_to__party").order_by("-pk")


def find(pk: uuid.UUID) -> Flow | None:
    """The money with this uuid among what the acting person's parties give, pass on or get; None for all others."""
    mine = Flow.objects.filter(uuid=pk).filter(Q(pk__in=given().values("pk")) | Q(pk__in=coming().values("pk")))
    return for_reading(mine).first()


def stating(flow: Flow | None = None) -> list[Party]:
    """The parties whose money the acting person may state, A to Z; of one flow, its source or none."""
    actor = current()
    mine = Party.objects.filter(pk__in=[flow.source_id] if flow else actor.all_parties).in_reading_order()
    return [party for party in mine if may.may(actor, Deed.STATE_FLOW, party)]


def getting(flow: Flow, deed: Deed) -> list[Party]:
    """The destinations of a flow for which the acting person may do a deed, A to Z."""
    actor = current()
    found = Party.objects.filter(pk__in=flow.going_to.values("party")).in_reading_order()
    return [party for party in found if may.may(actor, deed, party)]


def left_of_payments(flow: Flow) -> Mapping[int, int]:
    """Payment (its step) -> how much of it stands, in the smallest units.

    What is taken back names no payment. It is taken from those that stood then and that nobody has confirmed, before
    those that somebody has: from one of just that amount if there is one, else from the newest first.
    """
    arrived = FlowConfirmation.objects.filter(step__flow=flow).values_list("step", flat=True)
    return _left(flow.steps.order_by("pk"), set(arrived))


def _left(steps: Iterable[FlowStep], arrived: Collection[int]) -> dict[int, int]:
    left: dict[int, int] = {}
    for step in steps:
        if step.to_stage == MoneyStage.PAID:
            left[step.pk] = step.amount
        if step.from_stage != MoneyStage.PAID:
            continue
        amount = step.amount
        for pk in sorted(left, key=lambda pk: (pk in arrived, left[pk] != step.amount, -pk)):
            taken = min(left[pk], amount)
            left[pk], amount = left[pk] - taken, amount - taken
    return left


def arrivals(flows: Collection[Flow]) -> Mapping[int, str]:
    """Flow -> whether those it is for say that what is paid of it arrived: `yes`, `in_part` or `not_said`.

    Only flows of which a payment stands are in it. Who said so is not told.
    """
    arrived = set(FlowConfirmation.objects.filter(step__flow__in=flows).values_list("step", flat=True))
    steps: dict[int, list[FlowStep]] = {}
    for step in FlowStep.objects.filter(flow__in=flows).order_by("pk"):
        steps.setdefault(step.flow_id, []).append(step)
    found: dict[int, str] = {}
    for flow, its in steps.items():
        standing = {pk for pk, minor in _left(its, arrived).items() if minor}
        if standing:
            said = standing & arrived
            found[flow] = "yes" if said == standing else "in_part" if said else "not_said"
    return found


def to_pass_on(source: Party) -> QuerySet[Flow]:
    """Money that a party was given to pass on, as its channel, and that is nobody's passing on itself."""
    return for_reading(Flow.objects.filter(channel=source, passes_on=None))


# ── what everyone sees ───────────────────────────────────────────────────────
def public() -> QuerySet[Flow]:
    """Money that its source shows to everyone."""
    return Flow.objects.filter(public_at__isnull=False)


def names_in_public(flows: Iterable[Flow]) -> Mapping[int, tuple[list[Party], int]]:
    """Flow -> its destinations that may be named in public, A to Z, and how many others are members that are not.

    An organisation or a fund is named; a state only where its own approver agreed.
    """
    found: dict[int, tuple[list[Party], int]] = {flow.pk: ([], 0) for flow in flows}
    rank = {pk: place for place, pk in enumerate(Party.objects.all().in_reading_order().values_list("pk", flat=True))}
    rows = FlowDestination.objects.filter(flow__in=found).select_related("party")
    for row in sorted(rows, key=lambda row: rank[row.party_id]):
        named, others = found[row.flow_id]
        if row.party.kind != Party.Kind.STATE or row.named_at is not None:
            found[row.flow_id] = ([*named, row.party], others)
        else:
            found[row.flow_id] = (named, others + 1)
    return found


def edition() -> tuple[object, ...]:
    """What the public pages of money depend on: which are public since when, versions, what is said to have come."""
    said = FlowConfirmation.objects.filter(step__flow__public_at__isnull=False).order_by().values(every=Value(1))
    arrived = Subquery(said.annotate(n=Count("pk")).values("n"))
    found = public().aggregate(
        n=Count("pk"), which=Sum("pk"), at=Max("public_at"), version=Sum("version"), said=Max(arrived)
    )
    return tuple(found.values())
