"""What the desk reads of support: lines of a giver and of a member, proposals that wait, what no need is named for."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from django.db.models import BigIntegerField, Case, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Cast, Coalesce

from unmet.access import visible
from unmet.access.actors import current
from unmet.books.models import Account, OwnCube
from unmet.catalogue.models import Item
from unmet.catalogue.successors import lasting
from unmet.support.models import Consignment, ConsignmentLine, Line, Proposal, Step


def _late(today: date) -> Q:
    """Something is under way, neither here nor lost, and its expected arrival has passed. Needs `with_arrival`."""
    return (Q(committed__gt=0) & Q(expected_on__lt=today)) | (Q(in_transit__gt=0) & Q(arrives_on__lt=today))


def with_arrival(lines: QuerySet[Line]) -> QuerySet[Line]:
    """Lines with `arrives_on`: when the last of what was sent is expected, as its consignments say.

    The day of the line itself stands for what is still committed, and for what was sent without a consignment.
    """
    under_way = ConsignmentLine.objects.filter(
        line=OuterRef("pk"), standing=None, consignment__state__in=Consignment.UNDER_WAY
    )
    last = under_way.order_by().values("line").annotate(last=Max("consignment__expected_on")).values("last")
    return lines.annotate(arrives_on=Coalesce(Subquery(last), F("expected_on")))


def _over_covered() -> Q:
    """Something is under way for a need of which less is approved than is under way or received.

    What lapsed or was paused stands beside the totals and is not over-covered. A line follows its need to the account
    of a later round when it next moves, so the need is found by its own uuid.
    """
    beyond = Account.objects.filter(
        subject=OuterRef("account__subject"), kind=Account.Kind.NEED, closed=False, last_stated=0,
        approved__lt=F("committed") + F("in_transit") + F("received"),
    )  # fmt: skip
    return (Q(committed__gt=0) | Q(in_transit__gt=0)) & Q(Exists(beyond))


def for_actor() -> QuerySet[Line]:
    """Lines that the acting person's parties give, or that come to the members whose own people the person is of.

    Of what a member's focal point has only proposed, the giver reads nothing before the approver commits it.
    """
    actor = current()
    return Line.objects.filter(Q(giver__in=actor.all_parties) & _is_stated() | Q(member__in=actor.own_parties))


def by_reference() -> QuerySet[Line]:
    """The same, and what was only proposed too: for rules about references that are taken. No page shows them."""
    actor = current()
    return Line.objects.filter(Q(giver__in=actor.all_parties) | Q(member__in=actor.own_parties))


def _is_stated() -> Q:
    """Something was stated of it once: more than a proposal."""
    return Q(Exists(Step.objects.filter(line=OuterRef("pk"))))


def to_members() -> QuerySet[Line]:
    """Lines that come to the members whose own people the acting person is of."""
    return Line.objects.filter(member__in=current().own_parties)


def given() -> QuerySet[Line]:
    """Lines of which the acting person's parties are the giver of record, as far as they were stated."""
    return Line.objects.filter(_is_stated(), giver__in=current().all_parties)


def for_reading(lines: QuerySet[Line], *, today: date) -> QuerySet[Line]:
    """Lines with all that a page says of them; late ones first, then by expected arrival.

    Each has `late` (something is under way and its expected arrival has passed), `waits` (a proposal of one's own
    member waits for the approver), `is_unassigned` (no need is named for it) and `over_covered` (something is under
    way, and for its need more than is approved now).
    """
    own = Proposal.objects.filter(line__member__in=current().own_parties)
    return (
        with_arrival(lines)
        .annotate(
            late=Case(When(_late(today), then=True), default=False),
            waits=Exists(own.filter(line=OuterRef("pk"), state=Proposal.State.PROPOSED)),
            over_covered=Case(When(_over_covered(), then=True), default=False),
            is_unassigned=Case(When(account__kind=Account.Kind.UNASSIGNED, then=True), default=False),
        )
        .select_related("giver", "channel", "member", "item__base_unit", "round", "account__place", "account__group")
        .order_by("-late", F("expected_on").asc(nulls_last=True), "-pk")
    )


def late(lines: QuerySet[Line], *, today: date) -> QuerySet[Line]:
    """Those at risk: under way, and past their expected arrival."""
    return with_arrival(lines).filter(_late(today))


def unassigned(lines: QuerySet[Line]) -> QuerySet[Line]:
    """Those for which no need is named: they lower no need until they are assigned."""
    return lines.filter(account__kind=Account.Kind.UNASSIGNED)


def proposals(*, members: Iterable[int]) -> QuerySet[Proposal]:
    """Commitments that wait for an approver of these members, the oldest first."""
    waiting = Proposal.objects.filter(state=Proposal.State.PROPOSED, line__member__in=members)
    return waiting.select_related("line__giver", "line__member", "line__item__base_unit", "proposed_by").order_by("pk")


def needs_for(line: Line) -> QuerySet[Account]:
    """The open needs to which a line may be assigned: of its member, item and emergency, earliest needed-by first."""
    found = Account.objects.filter(
        member=line.member_id,
        item__in=lasting(line.item_id),
        emergency=line.account.emergency_id,
        kind=Account.Kind.NEED,
        closed=False,
    )
    order = (F("needed_by_on").asc(nulls_last=True), F("rank").asc(nulls_last=True), "pk")
    return found.exclude(pk=line.account_id).select_related("place", "group", "round").order_by(*order)


# ── where a giver can help ───────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Gap:
    """What the acting person may see as not covered of one item, open now; quantities in thousandths.

    `value` is in US cents at reference prices, 0 where the item is unpriced; `members` counts those who need it. What
    is pledged to these members counts as well where no need is named for it.
    """

    item: int
    not_covered: int
    not_in_country: int
    pledged: int
    value: int
    members: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which gaps are asked for: a condition on items and members, and by which figure they are ordered.

    With a day, only needs that the person may see in detail count, and of these those needed by then: a day is detail.
    `keep` says which of some pairs of item and member are left in, such as those that are ready to ship.
    """

    where: Q = field(default_factory=Q)
    measure: Literal["not_covered", "not_in_country"] = "not_covered"
    needed_by: date | None = None
    keep: Callable[[Iterable[tuple[int, int]]], Container[tuple[int, int]]] | None = None

    @property
    def anything(self) -> bool:
        """Whether nothing that is open is left out of the sums."""
        return not self.where and self.needed_by is None


ANY_GAP: Final = Wanted()


@dataclass(frozen=True, slots=True)
class MemberGap:
    """What one member needs of an item, as one sum over what the person may see."""

    member: int
    not_covered: int
    not_in_country: int
    pledged: int


SUMMED: Final = (
    "not_covered", "not_in_country", "pledged", "value_not_covered", "value_not_in_country",
    "needs_open", "needs_unpriced", "value_approved",
)  # fmt: skip
Sums = Mapping[tuple[int, int], Sequence[int]]


def open_sums(*, but_of: Iterable[int], wanted: Wanted = ANY_GAP, item: Item | None = None) -> Sums:
    """(Item, member) -> sums of `SUMMED` over what the acting person may see, open now; of one item if it is given.

    Neither the figure asked for nor `keep` leaves anything out yet.
    """
    without = list(but_of)
    open_ones: dict[str, object] = {"closed": False} if item is None else {"closed": False, "item": item}
    accounts = Account.objects.filter(wanted.where, **open_ones).exclude(member__in=without)
    kept: dict[tuple[int, int], list[int]] = {}
    if wanted.needed_by is not None:
        needs = accounts.filter(kind=Account.Kind.NEED, needed_by_on__lte=wanted.needed_by)
        # By when a sensitive item is needed is its member's business alone.
        needs = needs.exclude(item__flags__contains="SENS")
        rows, taken_out = _by_member(visible.rows(needs, detail=True)), []
    else:
        found = visible.sums(OwnCube.objects.filter(wanted.where, **open_ones).exclude(member__in=without), accounts)
        rows, taken_out = _by_member(found.cells) + _by_member(found.added), _by_member(found.taken_out)
    for row in rows:
        _add(kept, row, 1)
    for row in taken_out:
        _add(kept, row, -1)
    return kept


def _by_member(rows: QuerySet[OwnCube] | QuerySet[Account]) -> list[tuple[int, ...]]:
    # Whole numbers, as they are kept: PostgreSQL adds them up to decimals, which take longer to read than to add.
    sums = {f"sum_{name}": Cast(Sum(name), BigIntegerField()) for name in SUMMED}
    summed = rows.order_by().values("item", "member").annotate(**sums)
    return list(summed.values_list("item", "member", *(f"sum_{name}" for name in SUMMED)))


def _add(kept: dict[tuple[int, int], list[int]], row: tuple[int, ...], sign: int) -> None:
    item, member, *sums = row
    standing = kept.setdefault((item, member), [0] * len(SUMMED))
    for position, value in enumerate(sums):
        standing[position] += sign * value


def _gaps(open_ones: Sums, wanted: Wanted) -> Mapping[int, Mapping[int, Sequence[int]]]:
    """Item -> member -> sums, where there is a gap by the figure."""
    measure = SUMMED.index(wanted.measure)
    kept = {pair: sums for pair, sums in open_ones.items() if sums[measure] > 0}
    left = kept if wanted.keep is None else wanted.keep(kept)
    gaps: dict[int, dict[int, Sequence[int]]] = {}
    for (item, member), sums in kept.items():
        if (item, member) in left:
            gaps.setdefault(item, {})[member] = sums
    return gaps


def gaps_by_item(*, but_of: Iterable[int], wanted: Wanted = ANY_GAP, sums: Sums | None = None) -> list[Gap]:
    """The largest gaps by item that the acting person may see, by value, then those without a price by quantity.

    `but_of` are the person's own parties: nobody closes a gap of its own. `value` is that of the figure asked for.
    `sums` is what `open_sums` gave for the same.
    """
    open_ones = open_sums(but_of=but_of, wanted=wanted) if sums is None else sums
    gaps = []
    value, quantity = SUMMED.index(f"value_{wanted.measure}"), SUMMED.index(wanted.measure)
    for item, members in _gaps(open_ones, wanted).items():
        total = [sum(column) for column in zip(*members.values(), strict=True)]
        gap = Gap(item, total[0], total[1], total[2], total[value], len(members))
        gaps.append((-total[value], -total[quantity], item, gap))
    return [gap for *_order, gap in sorted(gaps, key=lambda row: row[:3])]


def gaps_of(item: Item, *, but_of: Iterable[int], wanted: Wanted = ANY_GAP) -> list[MemberGap]:
    """Who needs an item, as far as the acting person may see it: sums by member, without place, group or date."""
    members = _gaps(open_sums(but_of=but_of, wanted=wanted, item=item), wanted).get(item.pk, {})
    return [MemberGap(member, sums[0], sums[1], sums[2]) for member, sums in members.items()]
