"""Offers: a party offers something to a member, to several, or to whoever needs it; conditional, and held until a day.

An offer to one member is a pledge in that member's books from the moment it is made. An offer to several members, or to
any, stands on itself alone until a member accepts some of it (`support.acceptance`). How offers end: `offer_ending`.
"""

from datetime import datetime
from typing import Final

from django.db import transaction

from unmet.access import may, visible
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.books import services as books
from unmet.books.models import Account
from unmet.catalogue.successors import lasting
from unmet.catalogue.windows import end_of_day
from unmet.methods.plain import plain
from unmet.parties.models import Party, Person
from unmet.support import offer_answers, offer_booking, offer_telling
from unmet.support.models import Offer, OfferCapacity, OfferLine, OfferTechnology
from unmet.support.offer_rules import LineDraft, OfferDraft, OfferRefused, check, need_account, of_set

Aim, State = Offer.Aim, Offer.State
_EARMARKING: Final = {
    Aim.ANY: Offer.Earmarking.UNEARMARKED, Aim.MEMBERS: Offer.Earmarking.SOFTLY, Aim.MEMBER: Offer.Earmarking.EARMARKED,
}  # fmt: skip


# ── the draft ────────────────────────────────────────────────────────────────
@transaction.atomic
def save(
    wanted: OfferDraft, *, giver: Party, by: Person, at: datetime, draft: Offer | None = None, version: int = 0
) -> Offer:
    """Keep a draft: a new one, or another version of `draft` for whoever has read its `version`.

    Raises:
        NotAllowed: `by` does not act for the giver.
        OfferRefused: `kind`, `aim`, `nobody`, `set`, `itself`, `not_a_member`, `nothing`, `too_many`, `quantity`,
            `item`, `need`, `request`, `goods_expired`, `capacity`, `technology`, `past`, `too_long`, or `changed`
            (sent or saved meanwhile).
    """
    may.require(Deed.STATE_SUPPORT, by=by, party=giver)
    conditions = plain(wanted.conditions.replace("\r\n", "\n"))
    check(wanted, giver, conditions, at)
    for_need = any(line.need is not None for line in wanted.lines)
    said = {
        "channel": wanted.channel, "kind": wanted.kind, "aim": wanted.aim, "member": wanted.member,
        "to_set": wanted.to_set, "earmarking": wanted.earmarking or _earmarking(wanted.aim, for_need=for_need),
        "conditions": conditions,
        "held_until_on": wanted.held_until_on, "ends_at": end_of_day(wanted.held_until_on), "saved_by": by,
        "saved_at": at,
    }  # fmt: skip
    if draft is None:
        draft = Offer.objects.create(giver=giver, **said)
    else:
        found = Offer.objects.filter(pk=draft.pk, giver=giver, state=State.DRAFT, version=version)
        if not found.update(version=version + 1, **said):
            raise OfferRefused("changed")
        draft = Offer.objects.select_related("giver", "member").get(pk=draft.pk)
        draft.lines.all().delete()
    draft.addressees.set({*wanted.members, *of_set(wanted.to_set, giver, at)})
    for line in wanted.lines:
        _keep_line(draft, line)
    _record("support.offer_saved", draft, at, version=draft.version, lines=len(wanted.lines))
    return draft


def _keep_line(draft: Offer, said: LineDraft) -> None:
    line = OfferLine.objects.create(
        offer=draft, item=said.item, quantity=said.quantity, need=said.need, request_line=said.request_line,
        lot=plain(said.lot), expires_on=said.expires_on, papers=plain(said.papers), stands_at=plain(said.stands_at),
    )  # fmt: skip
    if draft.kind == Offer.Kind.CAPACITY and said.capacity is not None:
        more = said.capacity
        OfferCapacity.objects.create(
            line=line, a_month=more.a_month, from_on=more.from_on, bottleneck=plain(more.bottleneck)
        )
    if draft.kind == Offer.Kind.TECHNOLOGY and said.technology is not None:
        about = said.technology
        OfferTechnology.objects.create(
            line=line, product=plain(about.product), holder=plain(about.holder), territory=plain(about.territory),
            terms=plain(about.terms), until_on=about.until_on,
        )  # fmt: skip


def earmarking_of(draft: Offer) -> int:
    """How closely an offer is tied to a purpose by its aim and its lines alone."""
    return _earmarking(draft.aim, for_need=draft.lines.exclude(need=None).exists())


def _earmarking(aim: str, *, for_need: bool) -> int:
    return Offer.Earmarking.TIGHTLY if for_need else _EARMARKING[Aim(aim)]


@transaction.atomic
def discard(draft: Offer, *, by: Person, at: datetime) -> None:
    """Throw a draft away; nobody else has seen it.

    Raises:
        NotAllowed: `by` does not act for the giver.
        OfferRefused: `changed`: it was made or thrown away meanwhile.
    """
    may.require(Deed.STATE_SUPPORT, by=by, party=draft.giver)
    standing = Offer.objects.select_for_update().filter(pk=draft.pk, state=State.DRAFT).first()
    if standing is None:
        raise OfferRefused("changed")
    _record("support.offer_discarded", draft, at)
    standing.delete()


# ── offering ─────────────────────────────────────────────────────────────────
def offer(draft: Offer, *, version: int, by: Person, at: datetime) -> Offer:
    """Make the offer: those it is for can accept it until its last day. To one member it is a pledge from now on.

    With the giver's other offers that stand it answers the lines of requests that it names, in the giver's name.

    Raises:
        NotAllowed: `by` does not act for the giver, or is not asked by the request any more.
        OfferRefused: `changed`; `past`; `set_changed`: a member joined or left the set since the draft was kept;
            `goods_expired`; `need`: it is not open any more; `no_round`: nothing can be given for.
        RequestRefused: the request that it answers takes no such answer now (`stopped`).
    """
    may.require(Deed.STATE_SUPPORT, by=by, party=draft.giver)
    with books.open(at=at) as book:
        found = Offer.objects.filter(pk=draft.pk, state=State.DRAFT, version=version)
        if not found.update(state=State.OFFERED, offered_by=by, offered_at=book.at):
            raise OfferRefused("changed")
        made = Offer.objects.select_related("giver", "channel", "member", "offered_by").get(pk=draft.pk)
        if made.ends_at <= book.at:
            raise OfferRefused("past")
        if of_set(made.to_set, made.giver, made.saved_at) != of_set(made.to_set, made.giver, book.at):
            raise OfferRefused("set_changed")
        for line in made.lines.select_related("item", "need__member", "request_line").order_by("pk"):
            if line.need is not None and need_account(line.need) is None:
                raise OfferRefused("need", line.item)
            if line.expires_on is not None and line.expires_on < book.at.date():
                raise OfferRefused("goods_expired", line.item)
            if made.aim == Aim.MEMBER:
                offer_booking.pledge(book, made, line, target=_target(line, made), by=by)
        offer_answers.offered(made, by=by, at=book.at)
        offer_booking.ask_for_its_end(made)
        _record("support.offered", made, book.at, lines=made.lines.count(), until=str(made.held_until_on))
        offer_telling.offered(made, by=by, at=book.at)
    return made


def _target(line: OfferLine, made: Offer) -> Account | None:
    """The need that a pledge stands on: the one named, or the only open one of the member and item; else None."""
    assert made.member is not None
    same = lasting(line.item_id)
    if line.need is not None:
        # A kit or a substitute is pledged beside the need: only the member says how many of the need's item it is.
        account = need_account(line.need)
        return account if account is not None and account.item_id in same else None
    open_ones = Account.objects.filter(member=made.member, item__in=same, kind=Account.Kind.NEED, closed=False)
    found = list(visible.rows(open_ones.filter(approved__gt=0))[:2])
    return found[0] if len(found) == 1 else None


# ── technology ───────────────────────────────────────────────────────────────
@transaction.atomic
def advance(line: OfferLine, *, stage: str, by: Person, at: datetime) -> None:
    """Say how far a transfer of technology has come: only forwards; further than negotiating once it is accepted.

    Raises:
        NotAllowed: `by` does not act for the giver.
        OfferRefused: `order`: it is there already or further, the offer is a draft, or it is about no technology;
            `not_offered`: it has ended and nobody had accepted it; `nobody_accepted`: nobody has yet.
    """
    may.require(Deed.STATE_SUPPORT, by=by, party=line.offer.giver)
    stages = list(OfferTechnology.Stage.values)
    if stage not in stages:
        raise OfferRefused("order")
    standing = OfferLine.objects.select_for_update(of=("self",), no_key=True).select_related("offer").get(pk=line.pk)
    made = standing.offer
    if not standing.accepted and made.state != State.DRAFT:
        if made.state != State.OFFERED or made.ends_at <= at:
            raise OfferRefused("not_offered", line.item)
        if stages.index(stage) > stages.index(OfferTechnology.Stage.NEGOTIATING):
            raise OfferRefused("nobody_accepted", line.item)
    before = OfferTechnology.objects.filter(line=line, stage__in=stages[: stages.index(stage)])
    if not before.exclude(line__offer__state=State.DRAFT).update(stage=stage):
        raise OfferRefused("order")
    _record("support.technology_moved", line.offer, at, line=str(line.uuid), stage=stage)
    offer_telling.advanced(line.offer, stage=stage, by=by, at=at)


def _record(event: str, about: Offer, at: datetime, **detail: object) -> None:
    access.record(event=event, at=at, party=about.giver, subject_kind="offer", subject=about.uuid, detail=detail)
