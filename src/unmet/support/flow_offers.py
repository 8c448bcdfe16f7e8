"""Money that came of an offer: what a member accepted of it becomes a pledge of its giver, once.

The member's books hold it as committed already, so it is for no item and no need there: it would be *funded* again.
"""

from datetime import datetime

from django.db import transaction

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.catalogue import rates
from unmet.parties.models import Party, Person
from unmet.support import flows, offer_booking
from unmet.support.flow_rules import Amount, FlowRefused, Money
from unmet.support.models import Acceptance, Flow, MoneyStage, Offer


@transaction.atomic
def state(acceptance: Acceptance, *, by: Person, at: datetime) -> tuple[Flow, bool]:
    """State what was accepted of an offer of money as pledged: amount, day, source, destination, channel and sector.

    What was taken back of it before is no money. Whether it is new: whoever presses again finds what stands.

    Raises:
        NotAllowed: `by` does not speak for the giver.
        FlowRefused: `not_money`: the offer is of something else; `taken_back`: nothing of it stands any more; or of
            the amount as in `flows.state`.
    """
    taken = Acceptance.objects.select_related(
        "offer_line__offer__giver", "offer_line__offer__channel", "offer_line__item__sector", "member",
        "line__account__emergency",
    ).get(pk=acceptance.pk)  # fmt: skip
    offer = taken.offer_line.offer
    may.require(Deed.STATE_FLOW, by=by, party=offer.giver)
    # As in `flows.state`: two who press at once state it once.
    Party.objects.select_for_update(no_key=True).get(pk=offer.giver_id)
    known = Flow.objects.filter(acceptance=taken).first()
    if known is not None:
        return known, False
    if offer.kind != Offer.Kind.FINANCE:
        raise FlowRefused("not_money")
    stands = offer_booking.stands(taken)
    if not stands:
        raise FlowRefused("taken_back")
    via, channel = _channel(offer, taken.member)
    said = Money(
        destinations=[taken.member], emergency=taken.line.account.emergency, currency=rates.USD,
        reference=_reference(offer), via=via, channel=channel, sector=taken.offer_line.item.sector,
    )  # fmt: skip
    # A quantity of money is in thousandths of a US cent.
    amount = Amount(stands // 1000, taken.at.date())
    made, _new = flows.state(said, MoneyStage.PLEDGE, amount, source=offer.giver, by=by, at=at)
    Flow.objects.filter(pk=made.pk).update(acceptance=taken)
    access.record(
        event="support.money_of_offer", at=at, party=offer.giver, subject_kind="offer", subject=offer.uuid,
        detail={"money": str(made.uuid)},
    )  # fmt: skip
    made.acceptance = taken
    return made, True


@transaction.atomic
def state_each(offer: Offer, *, by: Person, at: datetime, member: str | None = None) -> list[tuple[Flow, bool]]:
    """State all that was accepted of an offer of money so far, or what one member accepted; in the order of acceptance.

    What was taken back whole before it was stated is passed over.

    Raises:
        NotAllowed: `by` does not speak for the giver.
        FlowRefused: see `state`; then nothing of it is stated.
    """
    may.require(Deed.STATE_FLOW, by=by, party=offer.giver)
    if offer.kind != Offer.Kind.FINANCE:
        raise FlowRefused("not_money")
    taken = Acceptance.objects.filter(offer_line__offer=offer).order_by("pk")
    if member is not None:
        taken = taken.filter(member__code=member)
    known = set(Flow.objects.filter(acceptance__in=taken).values_list("acceptance", flat=True))
    return [state(one, by=by, at=at) for one in taken if one.pk in known or offer_booking.stands(one)]


def loose(taken: Acceptance) -> int:
    """How much more money is stated of an acceptance than still stands of it, in US cents: some was taken back."""
    flow = Flow.objects.filter(acceptance=taken).first()
    if flow is None:
        return 0
    return max(flow.pledged + flow.committed + flow.paid - offer_booking.stands(taken) // 1000, 0)


def _reference(offer: Offer) -> str:
    """A reference that no money of the giver bears yet: the code of the offer and a number."""
    rows = Flow.objects.filter(source=offer.giver_id, reference__startswith=offer.code)
    used, number = set(rows.values_list("reference", flat=True)), 1
    while f"{offer.code}/{number}" in used:
        number += 1
    return f"{offer.code}/{number}"


def _channel(offer: Offer, member: Party) -> tuple[str, Party | None]:
    channel = offer.channel
    if channel is None or channel.pk in (offer.giver_id, member.pk):
        return Flow.Via.BILATERAL, None
    if channel.code == "WHO":
        return Flow.Via.WHO, channel
    return (Flow.Via.FUND if channel.kind == Party.Kind.FUND else Flow.Via.OTHER), channel
