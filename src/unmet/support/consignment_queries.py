"""Which consignments a person sees: those its parties give, pass on, carry or await; and what can be packed."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Value, When

from unmet.access import may, visible
from unmet.access.actors import current
from unmet.access.may import Deed
from unmet.books.models import Account
from unmet.parties.models import Party, Place
from unmet.support.models import Attestation, Consignment, ConsignmentLine, ConsignmentStep, Line, Receipt, Stage
from unmet.support.said import boxed
from unmet.support.waybills import folded

State = Consignment.State
TRAVELS: Final = (State.PLANNED, *Consignment.UNDER_WAY)  # what has not ended
# The lists of the page, in their order; each consignment stands in one of them.
LISTS: Final[Mapping[str, tuple[State, ...]]] = {
    "planned": (State.PLANNED,),
    "under_way": (State.DISPATCHED, State.AT_PORT, State.CLEARED),
    "held": (State.HELD,),
    "received": (State.RECEIVED,),
    "ended": (State.LOST, State.DESTROYED, State.RETURNED, State.DIVERTED),
}


def for_actor() -> QuerySet[Consignment]:
    """Consignments of which one of the acting person's parties is giver, channel or carrier, or of its own members."""
    actor = current()
    theirs = Q(giver__in=actor.all_parties) | Q(channel__in=actor.all_parties) | Q(carrier__in=actor.all_parties)
    return Consignment.objects.filter(theirs | Q(member__in=actor.own_parties))


def incoming(found: QuerySet[Consignment]) -> QuerySet[Consignment]:
    """Those that come to the members whose own people the acting person is of."""
    return found.filter(member__in=current().own_parties)


def outgoing(found: QuerySet[Consignment]) -> QuerySet[Consignment]:
    """Those that the acting person's parties give, pass on or carry."""
    actor = current()
    return found.filter(
        Q(giver__in=actor.all_parties) | Q(channel__in=actor.all_parties) | Q(carrier__in=actor.all_parties)
    )


def arriving(member: Party) -> QuerySet[Consignment]:
    """Those that have come to the border of one of the acting person's members and wait for its people."""
    return incoming(for_actor()).filter(member=member, state__in=(State.AT_PORT, State.HELD, State.CLEARED))


def by_waybill(found: QuerySet[Consignment], waybill: str) -> QuerySet[Consignment]:
    """Those whose waybill contains what was written, without case, spaces and marks; none where nothing was.

    A waybill that was corrected is found by the old number too.
    """
    wanted = folded(waybill)
    if not wanted:
        return found.none()
    corrected = ConsignmentStep.objects.filter(consignment__in=found, what=ConsignmentStep.What.WAYBILL)
    before = {box for box, was in corrected.values_list("consignment", "was") if wanted in folded(was)}
    # What nobody packed has no waybill: its key is no number that anybody reads.
    return found.filter((Q(waybill_folded__contains=wanted) & ~Q(waybill="")) | Q(pk__in=before))


def for_reading(found: QuerySet[Consignment], *, today: date) -> QuerySet[Consignment]:
    """Consignments with what a list says of them: `late` (under way, past its expected arrival), `count` of lines.

    Held ones first, then late ones, then by expected arrival.
    """
    late = Q(state__in=Consignment.UNDER_WAY, expected_on__lt=today)
    rows = found.annotate(
        late=Case(When(late, then=True), default=False),
        held=Case(When(state=State.HELD, then=True), default=False),
        count=Count("lines"),
    )
    rows = rows.select_related("giver", "channel", "carrier", "member", "to_place")
    return rows.order_by("-held", "-late", F("expected_on").asc(nulls_last=True), "-pk")


def once(found: QuerySet[Consignment], *alike: str) -> QuerySet[Consignment]:
    """One row for each box: of its parts that are among these the first. Parts that differ in `alike` stand apart."""
    same = {name: OuterRef(name) for name in ("box", *alike)}
    return found.exclude(Exists(found.filter(**same, pk__lt=OuterRef("pk"))))


def parts(boxes: Iterable[Consignment], found: QuerySet[Consignment]) -> dict[uuid.UUID, list[Consignment]]:
    """The parts of some boxes that are among those found, by box."""
    by_box: dict[uuid.UUID, list[Consignment]] = {}
    for part in found.filter(box__in=[box.box for box in boxes]).select_related("giver").order_by("part", "pk"):
        by_box.setdefault(part.box, []).append(part)
    return by_box


def whole(box: Consignment, *, today: date) -> list[Consignment]:
    """The parts of its box that the acting person sees: a giver its own, channel, carrier and member all of them."""
    return list(for_reading(for_actor().filter(box=box.box), today=today).order_by("part", "pk"))


def find(pk: uuid.UUID, *, today: date) -> Consignment | None:
    """The consignment with this uuid, if the acting person may see it."""
    return for_reading(for_actor().filter(uuid=pk), today=today).first()


def lines(*parts: Consignment) -> QuerySet[ConsignmentLine]:
    """What is in them, with the receipt line that stands, and what each party saw, the newest first."""
    saw = _remarked(Attestation.objects.all()).select_related("party").order_by("-pk")
    return (
        ConsignmentLine.objects.filter(consignment__in=parts)
        .select_related(
            "consignment__giver", "line__item__base_unit", "line__account__place", "line__account__group",
            "standing__receipt",
        )
        .prefetch_related(Prefetch("attestations", queryset=saw))
        .order_by("consignment__part", "consignment", "pk")
    )  # fmt: skip


def attestations(*parts: Consignment) -> QuerySet[Attestation]:
    """What each party saw of them, in the packing list or not, in the order in which it was said.

    Whose it is that stands in no packing list of a box of several givers, nobody knows: a giver that sees its own part
    only reads of that what its own people said.
    """
    found = Attestation.objects.filter(Q(line__consignment__in=parts) | Q(consignment__in=parts))
    unseen = Consignment.objects.filter(box=OuterRef("consignment__box")).exclude(pk__in=for_actor().values("pk"))
    found = found.exclude(Q(line=None) & ~Q(party__in=current().all_parties) & Exists(unseen))
    return _remarked(found).select_related("party", "line__line__item__base_unit", "item__base_unit").order_by("pk")


def _remarked(found: QuerySet[Attestation]) -> QuerySet[Attestation]:
    """With `remark`: the words beside what was seen, for those who wrote them and for giver, channel and member.

    A carrier counts boxes; what others say of them is not its business.
    """
    actor = current()
    reads = Q(party__in=actor.all_parties)
    for path in ("line__consignment", "consignment"):
        reads |= Q(**{f"{path}__member__in": actor.own_parties})
        reads |= Q(**{f"{path}__giver__in": actor.all_parties}) | Q(**{f"{path}__channel__in": actor.all_parties})
    return found.annotate(remark=Case(When(reads, then=F("note")), default=Value("")))  # type: ignore[no-redef]


def unlisted(*parts: Consignment) -> list[Attestation]:
    """What each party saw last of lots that are not in the packing list of what it sees."""
    newest: dict[tuple[object, ...], Attestation] = {}
    for one in attestations(*parts).filter(line=None):
        newest[one.role, one.party_id, one.item_id, one.lot] = one
    return list(newest.values())


def receipts(*parts: Consignment) -> QuerySet[Receipt]:
    """All their receipts, the newest first; `replaced` says whether a later one supersedes it."""
    later = Receipt.objects.filter(supersedes=OuterRef("pk"))
    found = Receipt.objects.filter(consignment__in=parts).annotate(replaced=Exists(later))
    return found.select_related("supersedes", "consignment__giver").order_by("consignment__part", "-number")


@dataclass(frozen=True, slots=True)
class Free:
    """A line of support of which something can be packed, and how much (thousandths)."""

    line: Line
    quantity: int


def sendable() -> QuerySet[Line]:
    """Lines of support of the parties for which the acting person sends: as their giver, or as their channel."""
    actor = current()
    senders = [party for party in actor.all_parties if may.may(actor, Deed.STATE_SUPPORT, party)]
    mine = Line.objects.filter(Q(giver__in=senders) | Q(channel__in=senders))
    mine = mine.select_related("giver", "channel", "member", "item__base_unit", "account__place", "account__group")
    return mine.prefetch_related("consigned__consignment").order_by(F("expected_on").asc(nulls_last=True), "pk")


def packable(*, but: Consignment | None = None) -> list[Free]:
    """Lines of support that the acting person may pack, with what no other plan holds. `but` is a plan to change."""
    own: dict[int, int] = {}
    for one in ConsignmentLine.objects.filter(consignment__box=but.box) if but else ():
        own[one.line_id] = own.get(one.line_id, 0) + one.quantity
    return free(sendable().filter(committed__gt=0), own)


def free(lines: Iterable[Line], own: Mapping[int, int] | None = None) -> list[Free]:
    """Those of some lines of which something can be packed. `own` is what a plan that is changed holds itself."""
    held = own or {}
    rows = [Free(line, line.committed - boxed(line)[Stage.COMMITTED] + held.get(line.pk, 0)) for line in lines]
    return [row for row in rows if row.quantity > 0]


def places(lines: Iterable[Line]) -> dict[int, Place]:
    """Account -> place, of the needs of these lines that the acting person sees in detail; the whole country is none.

    A sensitive item is never shown by place.
    """
    accounts = Account.objects.filter(pk__in={line.account_id for line in lines}, kind=Account.Kind.NEED)
    accounts = accounts.exclude(item__flags__contains="SENS").exclude(place__code=Place.WHOLE)
    return {account.pk: account.place for account in visible.rows(accounts, detail=True).select_related("place")}


def destinations(lines: Sequence[Line]) -> list[Place]:
    """Where a consignment of these lines may go: the whole country, and the places of needs seen in detail."""
    if not lines:
        return []
    found = {place.pk: place for place in places(lines).values()}
    return [
        Place.objects.whole_country(lines[0].member),
        *sorted(found.values(), key=lambda place: (place.own_name, place.pk)),
    ]


def of_line(line: Line) -> list[ConsignmentLine]:
    """In which consignments a line of support is, of those that the acting person sees."""
    found = ConsignmentLine.objects.filter(line=line, consignment__in=for_actor())
    return list(found.select_related("consignment").order_by("-pk"))


def counts(found: QuerySet[Consignment]) -> dict[str, int]:
    """How many boxes stand in each list."""
    numbers = {
        name: Count("box", distinct=True, filter=Q(state__in=[str(state) for state in states]))
        for name, states in LISTS.items()
    }
    return dict(found.order_by().aggregate(**numbers))


def goods(of: Iterable[Consignment]) -> dict[int, list[ConsignmentLine]]:
    """What is in each of these consignments, by its id."""
    found: dict[int, list[ConsignmentLine]] = {}
    rows = ConsignmentLine.objects.filter(consignment__in=list(of))
    for one in rows.select_related("line__item__base_unit", "standing").order_by("pk"):
        found.setdefault(one.consignment_id, []).append(one)
    return found
