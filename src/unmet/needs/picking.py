"""An item for a need in a member's own words: proposed by coordination or found by search, picked by the member.

A need in own words stands in no book. When the member's people confirm an item, they state the need under it in a
return of their own, which ends the need in its own words; a second person approves both. So it counts once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from unmet.access import may, visible
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.catalogue import search
from unmet.catalogue.lookup import ItemWord, UnitWord
from unmet.catalogue.models import Item, Round
from unmet.methods.plain import plain
from unmet.needs import queries, services
from unmet.needs.lines import UPDATED, NeedLine
from unmet.needs.models import ItemProposal, Need, Statement
from unmet.needs.services import Submitted
from unmet.parties.models import Party, Person

OFFERED = 3  # items that the search offers for some words


class PickRefused(Exception):
    """The item cannot be proposed or picked; `reason` says why.

    `ended` (the need is gone, has an item already, or is not for this person to see), `retired` (the item), `decided`
    (somebody was quicker), `round` (no open round of the emergency asks about the item's sector), `quantity`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# ── what stands in own words ─────────────────────────────────────────────────
def _last(needs_: Sequence[int]) -> list[Statement]:
    """The last statement of each of these needs, those that were ended with 0 left out."""
    last = Statement.objects.filter(need__in=needs_, newest=True).values("need").annotate(last=Max("pk")).values("last")
    found = Statement.objects.filter(pk__in=last, requested__gt=0).select_related(
        "need__place", "need__group", "need__member", "need__emergency", "round"
    )
    return list(found.order_by("need__member", "pk"))


def of_member(member: Party) -> list[Statement]:
    """The last statements of a member's needs in own words that have not ended."""
    own = visible.own(Need.objects.filter(member=member, item=None), visible.NEED)
    return _last(list(own.values_list("pk", flat=True)))


def of_others() -> list[Statement]:
    """The same of every member, as far as the acting person may see the detail of the need."""
    seen = visible.rows(Need.objects.filter(item=None), visible.NEED, detail=True)
    return _last(list(seen.values_list("pk", flat=True)))


def offered(words: str) -> list[Item]:
    """Items in use that the search finds for some words, best first; those that fit only some of them come last."""
    index = search.items()
    found = dict.fromkeys((*index.find(words).things[:OFFERED], *index.offer(words, most=2 * OFFERED)))
    items = Item.objects.filter(pk__in=found, retired_on=None).select_related("base_unit", "sector").in_bulk()
    return [items[pk] for pk in found if pk in items][:OFFERED]


def waiting(needs_: Sequence[int]) -> dict[int, ItemProposal]:
    """The proposal that waits for an answer, by the id of its need."""
    found = ItemProposal.objects.filter(need__in=needs_, state=ItemProposal.State.PROPOSED)
    return {one.need_id: one for one in found.select_related("item__base_unit", "item__sector")}


def proposed_to(member: Party) -> int:
    """How many proposals wait for an answer of a member."""
    return ItemProposal.objects.filter(need__member=member, state=ItemProposal.State.PROPOSED).count()


def declined(needs_: Sequence[int]) -> dict[int, list[ItemProposal]]:
    """What was declined, by the id of the need: nobody proposes it again by mistake."""
    found: dict[int, list[ItemProposal]] = {}
    answered = ItemProposal.objects.filter(need__in=needs_, state=ItemProposal.State.DECLINED)
    for one in answered.select_related("item").order_by("pk"):
        found.setdefault(one.need_id, []).append(one)
    return found


# ── coordination proposes ────────────────────────────────────────────────────
@transaction.atomic
def propose(need: Need, item: Item, *, note: str, by: Person, at: datetime) -> ItemProposal:
    """Propose an item for a need in own words that the member has let coordination see. An earlier one is replaced.

    Raises:
        NotAllowed: `by` is not of coordination.
        PickRefused: `ended`, `retired`.
    """
    may.require(Deed.PROPOSE_ITEM, by=by)
    seen = visible.rows(Need.objects.filter(pk=need.pk, item=None), visible.NEED, detail=True)
    # Two people who propose at once: the second waits here and replaces what the first proposed.
    locked = Need.objects.select_for_update(no_key=True).filter(pk=need.pk, item=None)
    if not locked.exists() or not seen.exists() or not _last([need.pk]):
        raise PickRefused("ended")
    if item.retired_on is not None:
        raise PickRefused("retired")
    ItemProposal.objects.filter(need=need, state=ItemProposal.State.PROPOSED).update(
        state=ItemProposal.State.REPLACED, decided_by=by, decided_at=at
    )
    made = ItemProposal.objects.create(
        need=need, item=item, note=plain(note)[:500], by_coordination=True, proposed_by=by, proposed_at=at
    )
    access.record(
        event="needs.item_proposed", at=at, party=need.member, role=Role.COORDINATION, subject_kind="need",
        subject=need.uuid, reason=made.note, item=item.code,
    )  # fmt: skip
    return made


# ── the member answers ───────────────────────────────────────────────────────
@transaction.atomic
def decline(proposal: ItemProposal, *, reason: str, by: Person, at: datetime) -> None:
    """The member's people say that the item is not what they mean. The need stays as it is.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        PickRefused: `decided`.
    """
    need = proposal.need
    may.require(Deed.ENTER_NEEDS, by=by, party=need.member)
    met = ItemProposal.objects.filter(pk=proposal.pk, state=ItemProposal.State.PROPOSED).update(
        state=ItemProposal.State.DECLINED, decided_by=by, decided_at=at, reason=plain(reason)[:500]
    )
    if not met:
        raise PickRefused("decided")
    access.record(
        event="needs.item_declined", at=at, party=need.member, subject_kind="need", subject=need.uuid,
        reason=plain(reason)[:500], item=proposal.item.code,
    )  # fmt: skip


def round_for(need: Need, item: Item | ItemWord, *, at: datetime) -> Round | None:
    """The open round of the need's emergency that asks about the item's sector; the first to close."""
    asked = queries.rounds_open(at=at).filter(emergency=need.emergency_id, asked__sector=item.sector_id)
    return asked.first()


@dataclass(frozen=True, slots=True)
class Picked:
    """What the member confirms: how much of the item, in which of its units. `quantity` in thousandths of the base
    unit, the total for the item there; `unit` as chosen; `typed` as typed."""

    quantity: int
    unit: UnitWord
    typed: str


@transaction.atomic
def confirm(statement: Statement, item: ItemWord, picked: Picked, *, by: Person, at: datetime) -> Submitted:
    """State a need in own words under an item. The approver of the member then approves it, as every line.

    The same return ends the need in its own words, so nothing counts twice; every statement of it stays. From now on
    the words mean the item wherever this member types them.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        PickRefused: `ended`, `retired`, `round`, `quantity`.
        NotAMember, RoundNotOpen, LineRefused: see `services.submit`.
    """
    need = statement.need
    may.require(Deed.ENTER_NEEDS, by=by, party=need.member)
    # One answer at a time for a need; the second finds that it has ended.
    Need.objects.select_for_update(no_key=True).get(pk=need.pk)
    if need.item_id is not None or [last.pk for last in _last([need.pk])] != [statement.pk]:
        raise PickRefused("ended")
    if Item.objects.filter(pk=item.id, retired_on__isnull=False).exists():
        raise PickRefused("retired")
    if picked.quantity <= 0 or (item.whole and picked.quantity % 1000):
        raise PickRefused("quantity")
    round_ = round_for(need, item, at=at)
    if round_ is None:
        raise PickRefused("round")
    _mark_confirmed(need, item, by=by, at=at)
    line = _line(statement, item, picked, round_.period_from_on)
    done = services.submit([line], member=need.member, round_=round_, by=by, at=at)
    access.record(
        event="needs.item_confirmed", at=at, party=need.member, subject_kind="need", subject=need.uuid, item=item.code
    )
    return done


def _mark_confirmed(need: Need, item: ItemWord, *, by: Person, at: datetime) -> None:
    standing = ItemProposal.objects.filter(need=need, state=ItemProposal.State.PROPOSED)
    answer = {"decided_by": by, "decided_at": at}
    if not standing.filter(item=item.id).update(state=ItemProposal.State.CONFIRMED, **answer):
        standing.update(state=ItemProposal.State.REPLACED, **answer)
        ItemProposal.objects.create(
            need=need, item_id=item.id, state=ItemProposal.State.CONFIRMED, by_coordination=False, proposed_by=by,
            proposed_at=at, **answer,
        )  # fmt: skip


def _line(statement: Statement, item: ItemWord, picked: Picked, from_on: date) -> NeedLine:
    """The line that says of the item what was said in own words; stock and pipeline are asked for in the return."""
    need = statement.need
    return NeedLine(
        item_id=item.id, words=statement.words, quantity=picked.quantity, unit_name=picked.unit.name,
        pack_factor=picked.unit.factor, quantity_typed=picked.typed,
        needed_by=max(statement.needed_by_on, from_on), rank=statement.rank, stock=None, pipeline=0,
        place_id=need.place_id, place_name="", group_id=need.group_id, remark=statement.remark, outcome=UPDATED,
        sheet="", row=0,
    )  # fmt: skip
