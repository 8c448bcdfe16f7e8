"""Who reads a delivery profile, what of it is stated, and what a request still waits for: the tick list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from unmet.access.actors import current
from unmet.catalogue.models import Item
from unmet.parties.models import Party
from unmet.support import profile_contacts as contacts
from unmet.support import request_queries as requests
from unmet.support.models import AssistanceRequest, DeliveryAsked, DeliveryProfile, Line, RequestAnswer, RequestLine
from unmet.support.profile_form import For, Tick, Value, ticks, wants


# ── versions ─────────────────────────────────────────────────────────────────
def confirmed(member: Party) -> DeliveryProfile | None:
    """The version that others read now."""
    found = DeliveryProfile.objects.filter(member=member, state=DeliveryProfile.State.CONFIRMED)
    return found.select_related("member", "confirmed_by").order_by("-version").first()


def draft(member: Party) -> DeliveryProfile | None:
    """The version that the member's own people work on."""
    found = DeliveryProfile.objects.filter(member=member, state=DeliveryProfile.State.DRAFT)
    return found.select_related("member", "saved_by").first()


def may_read(member: Party) -> bool:
    """Whether the acting person reads what the member has confirmed.

    Its own people do; those whom a request of it asks now, as far as it shows them a line; and givers and channels
    with support under way that the member accepted. A pledge alone opens nothing: the member has not agreed to it.
    """
    if member.pk in current().own_parties:
        return True
    return any(rows.filter(member=member).exists() for rows in _opened_by())


def readable() -> QuerySet[Party]:
    """All members of which the acting person reads what they have confirmed: see `may_read`."""
    asking, shipping = (rows.order_by().values("member") for rows in _opened_by())
    return Party.objects.filter(Q(pk__in=current().own_parties) | Q(pk__in=asking) | Q(pk__in=shipping))


def _opened_by() -> tuple[QuerySet[AssistanceRequest], QuerySet[Line]]:
    """Requests that ask the acting person now, and lines under way: each opens the profile of its member."""
    asking = requests.received().filter(state=AssistanceRequest.State.SENT)
    return asking, contacts.under_way(of=current().all_parties)


def shown(members: Sequence[Party]) -> Mapping[int, DeliveryProfile]:
    """Member -> the version that the acting person reads first: its own people the draft, others what is confirmed."""
    own = current().own_parties
    found: dict[int, DeliveryProfile] = {}
    for profile in DeliveryProfile.objects.filter(member__in=members).select_related("member").order_by("version"):
        if profile.member_id in own or profile.state == DeliveryProfile.State.CONFIRMED:
            found[profile.member_id] = profile
    return found


def answers(profile: DeliveryProfile) -> dict[str, Value]:
    """What a version states, by name of the field; the contact office only as far as the acting person may read it."""
    contact = contacts.readable(profile)
    return {**profile.answers, **(contact.answers if contact else {})}


def asks_for(members: Iterable[Party]) -> list[Party]:
    """Those of these members that are asked for a profile and have confirmed none.

    They are asked when a party has answered a request of theirs, and when they have accepted goods of an offer.
    """
    wanted = list(members)
    answered = set(
        RequestAnswer.objects.filter(line__request__member__in=wanted).values_list("line__request__member", flat=True)
    )
    answered |= set(DeliveryAsked.objects.filter(member__in=wanted).values_list("member", flat=True))
    have = DeliveryProfile.objects.filter(member__in=wanted, state=DeliveryProfile.State.CONFIRMED)
    answered -= set(have.values_list("member", flat=True))
    return [member for member in wanted if member.pk in answered]


# ── ready to ship ────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Readiness:
    """What a request waits for before anything can be shipped. `ticks` is empty where none of its lines is goods."""

    ticks: tuple[Tick, ...]

    @property
    def ready(self) -> bool:
        """Whether goods are asked for, and everything they need is stated."""
        return bool(self.ticks) and all(tick.done for tick in self.ticks)

    @property
    def missing(self) -> int:
        """How many things are not stated."""
        return sum(not tick.done for tick in self.ticks)


def readiness(of: Iterable[AssistanceRequest]) -> Mapping[int, Readiness]:
    """Request -> its tick list, by the lines that the acting person sees and the version that is confirmed."""
    shown = list(of)
    wanted: dict[int, set[For]] = {request.pk: set() for request in shown}
    lines = requests.visible_lines(RequestLine.objects.filter(request__in=shown, withdrawn_at=None))
    for request, kind, flags in lines.values_list("request", "need__item__kind", "need__item__flags").distinct():
        wanted[request] |= wants(kind, flags)
    stated = _stated({request.member_id for request in shown})
    return {
        request.pk: Readiness(tuple(ticks(wanted[request.pk], stated.get(request.member_id, ())))) for request in shown
    }


def for_goods(member: Party, items: Iterable[Item]) -> Readiness:
    """The tick list of goods that are packed for a member; empty for whoever does not read its profile."""
    if not may_read(member):
        return Readiness(())
    wanted: set[For] = set()
    for item in items:
        wanted |= wants(item.kind, item.flags)
    return Readiness(tuple(ticks(wanted, _stated([member.pk]).get(member.pk, ()))))


def ready(of: Iterable[AssistanceRequest]) -> list[int]:
    """Those of some requests for which everything that a delivery needs is stated."""
    return [pk for pk, found in readiness(of).items() if found.ready]


def ready_pairs(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of some pairs (item, member) for which everything that a delivery of the item needs is stated.

    Only of members whose confirmed profile the acting person reads: of all others nothing is said, ready or not.
    """
    asked = set(pairs)
    members = {member for _item, member in asked}
    stated = _stated(readable().filter(pk__in=members).values_list("pk", flat=True))
    if not stated:
        return set()
    items = Item.objects.filter(pk__in={item for item, _member in asked}).values_list("pk", "kind", "flags")
    wanted = {item: wants(kind, flags) for item, kind, flags in items}
    lists = {
        (asks, member): Readiness(tuple(ticks(asks, fields)))
        for asks in set(wanted.values())
        for member, fields in stated.items()
    }
    return {(item, member) for item, member in asked if member in stated and lists[wanted[item], member].ready}


def _stated(members: Iterable[int]) -> Mapping[int, set[str]]:
    """Member -> names of the fields that its confirmed version states; of the contact office no more than that."""
    newest: dict[int, DeliveryProfile] = {}
    found: QuerySet[DeliveryProfile] = DeliveryProfile.objects.filter(
        member__in=list(members), state=DeliveryProfile.State.CONFIRMED
    )
    for profile in found.order_by("version"):
        newest[profile.member_id] = profile
    offices = contacts.standing(newest.values(), at=current().at)
    return {
        member: {*profile.answers, *(offices[profile.pk].answers if profile.pk in offices else ())}
        for member, profile in newest.items()
    }
