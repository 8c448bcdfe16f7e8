"""What an offer does in the books: it pledges to one member, it is committed where accepted, and the rest goes back."""

from datetime import date
from typing import Final

from django.db.models import Case, Exists, F, OuterRef, When

from unmet.books import services as books
from unmet.books.models import Account, Movement
from unmet.catalogue.models import Item, Round, RoundSector
from unmet.jobs import services as jobs
from unmet.parties.models import Party, Person
from unmet.support.line_accounts import unassigned
from unmet.support.models import Acceptance, Line, Offer, OfferedLine, OfferLine, Stage
from unmet.support.moving import live_account, move
from unmet.support.offer_rules import OfferRefused

ENDS: Final = "support.offer_ends"


def ask_for_its_end(made: Offer) -> None:
    """See that the offer expires at the end of its last day, in the transaction in which it is made."""
    jobs.ask(handler=ENDS, key=str(made.uuid), due_at=made.ends_at, payload={"offer": made.pk})


def pledge(book: books.Writer, made: Offer, line: OfferLine, *, target: Account | None, by: Person) -> None:
    """State all of a line as pledged to its one member: on a need, or where the member keeps what has none."""
    assert made.member is not None
    about = line.need
    round_ = target.round if target else _round(None if about is None else about.emergency_id, line, made.member)
    account = target.pk if target else unassigned(book, made.member, line.item, round_).id
    kept = _line(line, made, made.member, line.item, round_, account, same=(1, 1), by=by, book=book)
    move(book, kept, "", Stage.PLEDGED, line.quantity, by=by, party=made.giver, dated_on=book.at.date())


def commit(
    book: books.Writer, line: OfferLine, *, member: Party, target: Account | None, quantity: int, counts: int,
    expected_on: date | None, by: Person,
) -> Line:  # fmt: skip
    """Make what a member accepts a commitment, out of the pledge where there is one; the line of support it stands on.

    `quantity` is in thousandths of the offered item's base unit, `counts` in those of the target's. Production capacity
    is no goods yet: accepting it ends its pledge and commits nothing, until what was made is offered as supplies.
    """
    made = line.offer
    commits = made.kind != Offer.Kind.CAPACITY
    pledged = Line.objects.filter(offered__offer_line=line, pledged__gt=0).select_related("member", "round").first()
    if target is None:
        round_ = pledged.round if pledged is not None else _round(None, line, member)
        item, account = line.item, unassigned(book, member, line.item, round_).id
    else:
        round_, item, account = target.round, target.item, target.pk
    kept = pledged if pledged is not None and live_account(book, pledged).id == account else None
    if pledged is not None and (kept is None or not commits):
        take_back(book, pledged, quantity, by=by, party=member)
    source = Stage.PLEDGED if kept is not None else ""
    kept = kept or _line(line, made, member, item, round_, account, same=(quantity, counts), by=by, book=book)
    if commits:
        move(book, kept, source, Stage.COMMITTED, counts, by=by, party=member, dated_on=book.at.date())
    if commits and expected_on is not None and (kept.expected_on is None or expected_on > kept.expected_on):
        Line.objects.filter(pk=kept.pk).update(expected_on=expected_on)
    return kept


def take_back_rest(book: books.Writer, made: Offer, *, by: Person, party: Party, reason: str = "") -> None:
    """Take what is still only pledged of an offer out of the books again."""
    standing = Line.objects.filter(offered__offer_line__offer=made, pledged__gt=0).select_related("member", "giver")
    for line in standing.order_by("pk"):
        take_back(book, line, line.pledged, by=by, party=party, reason=reason)


def take_back(book: books.Writer, line: Line, quantity: int, *, by: Person, party: Party, reason: str = "") -> None:
    """Take some of a pledge out of the books again."""
    move(
        book, line, Stage.PLEDGED, "", quantity, by=by, party=party, dated_on=book.at.date(), reason=reason,
        movement=Movement.WITHDRAWN_SUPPORT,
    )  # fmt: skip


def offer_again(book: books.Writer, line: Line, *, by: Person, party: Party) -> None:
    """What was just taken back of a commitment is left of its offer again, as long as that stands.

    To one member it is a pledge again, where the offer was pledged.
    """
    offered = OfferLine.objects.filter(support__line=line).select_related("offer", "item").first()
    if offered is None or offered.offer.state != Offer.State.OFFERED or offered.offer.ends_at <= book.at:
        return
    _standing, again = _replayed(line, offered.item)
    if not again:
        return
    OfferLine.objects.filter(pk=offered.pk).update(accepted=F("accepted") - again)
    if offered.offer.aim == Offer.Aim.MEMBER:
        pledged = Line.objects.filter(offered__offer_line=offered).order_by("pk")[0]
        pledged = line if pledged.pk == line.pk else pledged
        move(book, pledged, "", Stage.PLEDGED, again, by=by, party=party, dated_on=book.at.date())


def stands(taken: Acceptance) -> int:
    """How much of an acceptance was not taken back again, in thousandths of the offered item's base unit."""
    standing, _last = _replayed(taken.line, taken.offer_line.item)
    return sum(quantity for acceptance, quantity, _counts in standing if acceptance == taken.pk)


def _replayed(line: Line, offered: Item) -> tuple[list[tuple[int, int, int]], int]:
    """What stands of the acceptances of a line, as (id, quantity, counts), and how much the last taking back gave up.

    In thousandths; quantities are of the offered item. The newest acceptance goes first. Of a kit or a substitute as
    much is given up as counted for what was taken back, in its whole units.
    """
    accepted = iter(Acceptance.objects.filter(line=line).order_by("pk").values_list("pk", "quantity", "counts_as"))
    standing: list[tuple[int, int, int]] = []
    last = 0
    for step in line.steps.order_by("pk"):
        if step.to_stage == Stage.COMMITTED:
            acceptance, quantity, counts = next(accepted)
            standing.append((acceptance, quantity, counts or quantity))
        elif step.from_stage == Stage.COMMITTED and not step.to_stage:
            last = _undo(standing, step.quantity, whole=offered.whole)
    return standing, last


def _undo(standing: list[tuple[int, int, int]], left: int, *, whole: bool) -> int:
    """Take `left` off the counts of the newest (id, quantity, counts), and say how much of the quantities goes too."""
    gone = 0
    while left and standing:
        acceptance, quantity, counts = standing.pop()
        if counts > left:
            part = quantity * left // counts
            part -= part % 1000 if whole else 0
            standing.append((acceptance, quantity - part, counts - left))
            return gone + part
        gone, left = gone + quantity, left - counts
    return gone


def _line(
    offered: OfferLine, made: Offer, member: Party, item: Item, round_: Round, account: int, *,
    same: tuple[int, int], by: Person, book: books.Writer,
) -> Line:  # fmt: skip
    """The line of support of an offered line on an account: the one that stands there, or a new one.

    `same` is how much of the offered item is how much of the line's. A kit or a substitute that counts otherwise from
    now on has a line of its own: what is packed and certified of the old one says what it said.
    """
    for standing in Line.objects.filter(offered__offer_line=offered, member=member, account_id=account).order_by("pk"):
        taken = Acceptance.objects.filter(line=standing).order_by("pk").first()
        if taken is None or taken.quantity * same[1] == (taken.counts_as or taken.quantity) * same[0]:
            return standing
    kept = Line.objects.create(
        giver=made.giver, channel=made.channel, member=member, item=item, round=round_,
        reference=_reference(offered, made), account_id=account, stated_by=by, stated_at=book.at,
    )  # fmt: skip
    OfferedLine.objects.create(offer_line=offered, line=kept)
    return kept


def _reference(offered: OfferLine, made: Offer) -> str:
    """A reference that no line of the giver bears yet: the code of the offer and a number."""
    number = OfferedLine.objects.filter(offer_line__offer=made).count() + 1
    taken = Line.objects.filter(giver=made.giver, reference__startswith=made.code)
    used = set(taken.values_list("reference", flat=True))
    while f"{made.code}/{number}" in used:
        number += 1
    return f"{made.code}/{number}"


def _round(emergency: int | None, line: OfferLine, member: Party) -> Round:
    """The round under which support without a need is kept.

    Of the emergency of its need; else where the item belongs: a round that asks about its sector, and of these one of
    an emergency in which the member has needs. The newest that is open, else the newest that was.
    """
    rounds = Round.objects.exclude(state=Round.State.PLANNED).order_by("-period_from_on", "-pk")
    if emergency is not None:
        rounds = rounds.filter(emergency=emergency)
    needs = Account.objects.filter(member=member, kind=Account.Kind.NEED, closed=False, emergency=OuterRef("emergency"))
    asks = RoundSector.objects.filter(round=OuterRef("pk"), sector=line.item.sector_id)
    is_open = Case(When(state=Round.State.OPEN, then=1), default=0)
    found = rounds.annotate(is_open=is_open, asks=Exists(asks), needs=Exists(needs))
    chosen = found.order_by("-is_open", "-asks", "-needs", "-period_from_on", "-pk").first()
    if chosen is None:
        raise OfferRefused("no_round", line.item)
    return chosen
