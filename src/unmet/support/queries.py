"""What the desk reads of support: lines of a giver and of a member, proposals that wait, what no need is named for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, When

from unmet.access import visible
from unmet.access.actors import current
from unmet.books.models import Account
from unmet.catalogue.models import Item
from unmet.catalogue.successors import lasting
from unmet.support.models import Line, Proposal


def _late(today: date) -> Q:
    """Something is under way, neither here nor lost, and its expected arrival has passed."""
    return (Q(committed__gt=0) | Q(in_transit__gt=0)) & Q(expected_on__lt=today)


def for_actor() -> QuerySet[Line]:
    """Lines that the acting person's parties give, or that come to the members whose own people the person is of."""
    actor = current()
    return Line.objects.filter(Q(giver__in=actor.all_parties) | Q(member__in=actor.own_parties))


def to_members() -> QuerySet[Line]:
    """Lines that come to the members whose own people the acting person is of."""
    return Line.objects.filter(member__in=current().own_parties)


def given() -> QuerySet[Line]:
    """Lines of which the acting person's parties are the giver of record."""
    return Line.objects.filter(giver__in=current().all_parties)


def for_reading(lines: QuerySet[Line], *, today: date) -> QuerySet[Line]:
    """Lines with all that a page says of them; late ones first, then by expected arrival.

    Each has `late` (something is under way and its expected arrival has passed), `waits` (a proposal waits for the
    approver) and `is_unassigned` (no need is named for it).
    """
    return (
        lines.annotate(
            late=Case(When(_late(today), then=True), default=False),
            waits=Exists(Proposal.objects.filter(line=OuterRef("pk"), state=Proposal.State.PROPOSED)),
            is_unassigned=Case(When(account__kind=Account.Kind.UNASSIGNED, then=True), default=False),
        )
        .select_related("giver", "channel", "member", "item__base_unit", "round", "account__place", "account__group")
        .order_by("-late", F("expected_on").asc(nulls_last=True), "-pk")
    )


def late(lines: QuerySet[Line], *, today: date) -> QuerySet[Line]:
    """Those at risk: under way, and past their expected arrival."""
    return lines.filter(_late(today))


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

    `value` is in US cents at reference prices, 0 where the item is unpriced; `members` counts those who need it.
    """

    item: int
    not_covered: int
    not_in_country: int
    pledged: int
    value: int
    members: int


def _open_gaps(*, but_of: Iterable[int]) -> QuerySet[Account]:
    open_ones = Account.objects.filter(kind=Account.Kind.NEED, closed=False, not_covered__gt=0)
    return visible.rows(open_ones).exclude(member__in=but_of)


def gaps_by_item(*, but_of: Iterable[int]) -> list[Gap]:
    """The largest gaps by item that the acting person may see, by value, then those without a price by quantity.

    `but_of` are the person's own parties: nobody closes a gap of its own.
    """
    summed = _open_gaps(but_of=but_of).values("item").annotate(
        covered_not=Sum("not_covered"), country_not=Sum("not_in_country"), promised=Sum("pledged"),
        value=Sum("value_not_covered"), members=Count("member", distinct=True),
    )  # fmt: skip
    rows = summed.order_by("-value", "-covered_not").values_list(
        "item", "covered_not", "country_not", "promised", "value", "members"
    )
    return [Gap(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class MemberGap:
    """What one member needs of an item, as one sum over the needs that the person may see."""

    member: int
    not_covered: int
    not_in_country: int
    pledged: int


def gaps_of(item: Item, *, but_of: Iterable[int]) -> list[MemberGap]:
    """Who needs an item, as far as the acting person may see it: sums by member, without place, group or date."""
    summed = _open_gaps(but_of=but_of).filter(item=item).values("member")
    rows = summed.annotate(
        covered_not=Sum("not_covered"), country_not=Sum("not_in_country"), promised=Sum("pledged")
    ).values_list("member", "covered_not", "country_not", "promised")
    return [MemberGap(*row) for row in rows]
