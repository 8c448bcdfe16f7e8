"""Which offers a person sees: those of its parties, drafts too, and those made to its members."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from unmet.access import may
from unmet.access.actors import current
from unmet.access.may import Deed
from unmet.books.models import Account
from unmet.catalogue.successors import retired_with_successor
from unmet.needs.models import Need
from unmet.parties.models import Party
from unmet.support.models import Acceptance, AcceptanceProposal, Line, Offer, OfferDecline, OfferLine

State, Aim = Offer.State, Offer.Aim


def given() -> QuerySet[Offer]:
    """Offers of the parties for which the acting person speaks, drafts too; the newest first."""
    found = Offer.objects.filter(giver__in=current().all_parties)
    return found.select_related("giver", "channel", "member").order_by("-pk")


def received() -> QuerySet[Offer]:
    """Offers made to the members whose own people the acting person is of; the newest first.

    What is offered to any member that needs it is read by the people of every member, and by coordination, which
    helps to share it out.
    """
    actor = current()
    mine = Offer.addressees.through.objects.filter(offer_id=OuterRef("pk"), party_id__in=actor.own_parties)
    to_us = Q(aim=Aim.MEMBER, member__in=actor.own_parties) | Q(Q(aim=Aim.MEMBERS) & Exists(mine))
    if actor.is_coordination or actor.own_parties & actor.member_parties:
        to_us |= Q(aim=Aim.ANY)
    found = Offer.objects.exclude(state=State.DRAFT).exclude(giver__in=actor.all_parties).filter(to_us)
    return found.select_related("giver", "channel", "member").order_by("-offered_at", "-pk")


def find(pk: uuid.UUID) -> Offer | None:
    """The offer with this uuid among those given and received; None for all others."""
    return given().filter(uuid=pk).first() or received().filter(uuid=pk).first()


def standing(offers: QuerySet[Offer], *, at: datetime) -> QuerySet[Offer]:
    """Those that can be accepted at a moment: compared with the clock here, so that a late worker misleads nobody."""
    return offers.filter(state=State.OFFERED, ends_at__gt=at)


def waiting(*, at: datetime) -> QuerySet[Offer]:
    """Offers that the people of the acting person's members may decide on: not declined yet by each of them."""
    actor = current()
    members = actor.own_parties & actor.member_parties
    said = OfferDecline.objects.filter(offer=OuterRef("pk"), member__in=members)
    taken = Acceptance.objects.filter(offer_line__offer=OuterRef("pk"), member__in=members)
    found = standing(received(), at=at) if members else Offer.objects.none()
    # What is offered to anybody waits for nobody in particular.
    return found.exclude(aim=Aim.ANY).filter(~Exists(said), ~Exists(taken))


def lines(found: Offer) -> QuerySet[OfferLine]:
    """The lines of an offer, with what a page says of them."""
    related = (
        "item__base_unit",
        "need__item",
        "need__place",
        "need__group",
        "request_line__request",
        "capacity",
        "technology",
    )
    return found.lines.select_related(*related).order_by("pk")


def acceptances(found: Offer) -> QuerySet[Acceptance]:
    """What was accepted of an offer: all of it to the giver's people, else what the person's own members accepted."""
    actor = current()
    made = Acceptance.objects.filter(offer_line__offer=found)
    if found.giver_id not in actor.all_parties:
        made = made.filter(member__in=actor.own_parties)
    related = ("member", "flow", "line__item__base_unit", "offer_line__item__base_unit")
    return made.select_related(*related).order_by("pk")


def proposals_waiting(*, at: datetime) -> QuerySet[AcceptanceProposal]:
    """Proposals that an approver can decide on at a moment, whoever reads: none of an offer that is past its day."""
    waiting = AcceptanceProposal.objects.filter(state=AcceptanceProposal.State.PROPOSED)
    return waiting.filter(offer__state=State.OFFERED, offer__ends_at__gt=at)


def proposals(*, at: datetime, of: Offer | None = None) -> QuerySet[AcceptanceProposal]:
    """Those of the members whose own people the acting person is of; of one offer, if it is named."""
    found = proposals_waiting(at=at).filter(member__in=current().own_parties)
    if of is not None:
        found = found.filter(offer=of)
    related = ("member", "offer__giver", "offer_line__item__base_unit", "need__item__base_unit", "by")
    return found.select_related(*related).order_by("pk")


def sent_back(found: Offer, *, member: Party) -> list[AcceptanceProposal]:
    """What was sent back about an offer and not proposed anew: the last of each line, and of the offer itself."""
    if member.pk not in current().own_parties:
        return []
    rows = AcceptanceProposal.objects.filter(offer=found, member=member).select_related("offer_line__item__base_unit")
    last = {row.offer_line_id: row for row in rows.order_by("pk")}
    return [row for row in last.values() if row.state == AcceptanceProposal.State.SENT_BACK]


def declines(found: Offer) -> QuerySet[OfferDecline]:
    """Who declined an offer: all of them to the giver's people, else the person's own members."""
    actor = current()
    made = OfferDecline.objects.filter(offer=found)
    if found.giver_id not in actor.all_parties:
        made = made.filter(member__in=actor.own_parties)
    return made.select_related("member").order_by("pk")


def declines_of(offers: Iterable[Offer]) -> dict[int, list[OfferDecline]]:
    """Offer -> who declined it, as far as `declines` says it of each."""
    actor, shown = current(), list(offers)
    found: dict[int, list[OfferDecline]] = {offer.pk: [] for offer in shown}
    seen = Q(offer__giver__in=actor.all_parties) | Q(member__in=actor.own_parties)
    made = OfferDecline.objects.filter(seen, offer__in=shown)
    for one in made.select_related("member").order_by("pk"):
        found[one.offer_id].append(one)
    return found


def in_state(offers: QuerySet[Offer], state: str, *, at: datetime) -> QuerySet[Offer]:
    """Those in a state at a moment: past its last day an offer is expired, whether that is posted already or not."""
    if state == State.OFFERED:
        return standing(offers, at=at)
    if state == State.EXPIRED:
        return offers.filter(Q(state=State.EXPIRED) | Q(state=State.OFFERED, ends_at__lte=at))
    return offers.filter(state=state)


def receiving(found: Offer) -> list[Party]:
    """The person's own members to which an offer is made and that have not declined it, A to Z."""
    actor = current()
    members = Party.objects.filter(pk__in=actor.own_parties & actor.member_parties).exclude(pk=found.giver_id)
    if found.state == State.DRAFT:
        return []
    if found.aim == Aim.MEMBER:
        members = members.filter(pk=found.member_id or 0)
    elif found.aim == Aim.MEMBERS:
        members = members.filter(pk__in=found.addressees.values("pk"))
    declined = OfferDecline.objects.filter(offer=found).values("member")
    return list(members.exclude(pk__in=declined).in_reading_order())


def accepting(found: Offer) -> list[Party]:
    """Those of them in whose name the acting person may accept."""
    return [party for party in receiving(found) if may.may(current(), Deed.ACCEPT_SUPPORT, party)]


def needs_for(lines: Sequence[OfferLine], *, member: Party) -> dict[int, list[Account]]:
    """Line -> the open needs of a member for which it may be accepted: the one it is meant for, then those of its item.

    Of other items it may be a kit or a substitute (`other_needs`); the member says how many of theirs it counts as.
    """
    same = _same(lines)
    meant = {line.pk: line.need.uuid if line.need else None for line in lines}
    open_ones = Account.objects.filter(member=member, kind=Account.Kind.NEED, closed=False, approved__gt=0)
    items = {item for of_line in same.values() for item in of_line}
    found = open_ones.filter(Q(item__in=items) | Q(subject__in=[subject for subject in meant.values() if subject]))
    order = (F("needed_by_on").asc(nulls_last=True), F("rank").asc(nulls_last=True), "pk")
    accounts = list(found.select_related("item__base_unit", "place", "group", "emergency").order_by(*order))
    return {
        line.pk: [account for account in accounts if account.subject == meant[line.pk]]
        + [one for one in accounts if one.item_id in same[line.pk] and one.subject != meant[line.pk]]
        for line in lines
    }  # fmt: skip


def other_needs(lines: Sequence[OfferLine], *, member: Party, most: int) -> dict[int, list[Account]]:
    """Line -> open needs of other items of the same sector, for which a kit or a substitute may be taken."""
    open_ones = Account.objects.filter(member=member, kind=Account.Kind.NEED, closed=False, not_covered__gt=0)
    same, others = _same(lines), {}
    for line in lines:
        found = open_ones.filter(sector=line.item.sector_id).exclude(item__in=same[line.pk])
        if line.need is not None:
            found = found.exclude(subject=line.need.uuid)
        rows = found.select_related("item__base_unit", "place", "group", "emergency").order_by("item", "pk")
        others[line.pk] = list(rows[:most])
    return others


def _same(lines: Iterable[OfferLine]) -> dict[int, set[int]]:
    """Line -> the items under which a need for its item may stand (`catalogue.successors.lasting`)."""
    leads_to = retired_with_successor()
    return {line.pk: {line.item_id, leads_to.get(line.item_id, line.item_id)} for line in lines}


def with_need(others: list[Account], need: Need, shown: Iterable[Account]) -> list[Account]:
    """The same with the open account of a need that was proposed, where no list holds it."""
    if any(account.subject == need.uuid for account in (*others, *shown)):
        return others
    found = Account.objects.filter(
        subject=need.uuid, member=need.member_id, kind=Account.Kind.NEED, closed=False, approved__gt=0
    )
    return [*others, *found.select_related("item__base_unit", "place", "group", "emergency")]


def accepted_of(offers: Iterable[Offer]) -> dict[int, tuple[int, int]]:
    """Offer -> (lines, lines of which something was accepted). Quantities of different items are never added."""
    shown = list(offers)
    counted = {offer.pk: [0, 0] for offer in shown}
    for offer, accepted in OfferLine.objects.filter(offer__in=shown).values_list("offer", "accepted"):
        counted[offer][0] += 1
        counted[offer][1] += bool(accepted)
    return {pk: (row[0], row[1]) for pk, row in counted.items()}


def of_line(line: Line) -> Offer | None:
    """The offer of which a line of support came, for the acting person; None where it came of none."""
    offer = Offer.objects.filter(lines__support__line=line).first()
    return find(offer.uuid) if offer is not None else None
