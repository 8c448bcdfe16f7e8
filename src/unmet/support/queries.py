"""What the desk reads of support: lines of a giver and of a member, proposals that wait, what no need is named for."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When

from unmet.access.actors import current
from unmet.books.models import Account
from unmet.support.models import Line, Proposal

# What has been promised and is neither here nor lost.
UNDER_WAY = ("committed", "in_transit")


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
    under_way = Q(committed__gt=0) | Q(in_transit__gt=0)
    return (
        lines.annotate(
            late=Case(When(under_way & Q(expected_on__lt=today), then=True), default=False),
            waits=Exists(Proposal.objects.filter(line=OuterRef("pk"), state=Proposal.State.PROPOSED)),
            is_unassigned=Case(When(account__kind=Account.Kind.UNASSIGNED, then=True), default=False),
        )
        .select_related("giver", "channel", "member", "item__base_unit", "round", "account__place", "account__group")
        .order_by("-late", F("expected_on").asc(nulls_last=True), "-pk")
    )


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
        member=line.member_id, item=line.item_id, emergency=line.account.emergency_id, kind=Account.Kind.NEED, closed=False
    )
    order = (F("needed_by_on").asc(nulls_last=True), F("rank").asc(nulls_last=True), "pk")
    return found.exclude(pk=line.account_id).select_related("place", "group", "round").order_by(*order)
