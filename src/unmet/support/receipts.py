"""Receipts: what of a consignment was accepted, rejected and is missing, stated by the member's own people only.

accepted + rejected + missing = shipped, for each line. A surplus stands beside them: it was received from nothing. A
receipt is never edited: a correction is a new receipt that supersedes it, and the differences are booked by a movement
of their own, so that the books say what the newest receipt says.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Q, QuerySet

from unmet.access import may
from unmet.access.actors import current
from unmet.access.may import Deed
from unmet.books import services as books
from unmet.books.models import Movement
from unmet.methods.plain import plain
from unmet.parties.models import Person
from unmet.support import consignment_telling as tell
from unmet.support import dated, moving
from unmet.support.consignments import LONGEST_TEXT, ConsignmentRefused, State, record, step
from unmet.support.models import Consignment, ConsignmentLine, Line, Receipt, ReceiptLine, Stage

# Without letters and digits that look alike on paper.
_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 10
# A consignment that was said to be lost and arrives after all is received like any other.
RECEIVABLE: Final = (*Consignment.UNDER_WAY, State.LOST)
Why = ReceiptLine.Why


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of one line of a consignment, in thousandths; and why something of it was not accepted."""

    line: ConsignmentLine
    accepted: int
    rejected: int = 0
    missing: int = 0
    surplus: int = 0
    rejected_why: str = ""
    missing_why: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Booked:
    """Where the quantity of a line of a consignment stands in the books; all zero while it is in transit."""

    received: int = 0
    rejected: int = 0
    missing: int = 0
    surplus: int = 0


def receive(
    consignment: Consignment, counted: Sequence[Counted], *, on: date, by: Person, at: datetime, note: str = "",
    supersedes: Receipt | None = None,
) -> Receipt:  # fmt: skip
    """State what arrived, for the lines that did; or correct an earlier receipt, saying all its lines anew.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        ConsignmentRefused: `nothing`; `twice`; `not_in_it`; `below_zero`; `adds_up`; `reason` (a shortfall without
            one, or a reason without a shortfall); `too_long`; `future`; `before_dispatch`; `state` (not sent, or it
            left the books); `received_already`; of a correction `superseded` and `all_lines`.
    """
    may.require(Deed.RECEIVE_SUPPORT, by=by, party=consignment.member)
    said = plain(note)
    if len(said) > LONGEST_TEXT:
        raise ConsignmentRefused("too_long")
    _check(counted, consignment)
    with books.open(at=at) as book:
        standing = Consignment.objects.select_related("member", "giver").filter(pk=consignment.pk).first()
        if standing is None:  # a plan that was thrown away meanwhile
            raise ConsignmentRefused("state")
        _check_day(standing, on, at)
        fresh = _fresh(standing, counted, supersedes)
        receipt = _write(standing, on=on, by=by, at=book.at, note=said, supersedes=supersedes)
        lines = {line.pk: line for line in Line.objects.filter(pk__in={one.line_id for one in fresh.values()})}
        for one in counted:
            _book(book, fresh[one.line.pk], lines[fresh[one.line.pk].line_id], one, receipt, standing)
        _arrived(standing, on=on, by=by, at=book.at)
        record(
            "support.receipt_corrected" if supersedes else "support.consignment_received", standing, book.at,
            party=standing.member, receipt=receipt.number, lines=len(counted),
        )  # fmt: skip
        tell.received(standing, corrected=supersedes is not None, by=by, at=book.at)
    return receipt


def first(
    book: books.Writer, consignment: Consignment, one: Counted, line: Line, *, sources: Sequence[tuple[str, int]],
    on: date, by: Person, note: str = "",
) -> Receipt:  # fmt: skip
    """The receipt of a consignment of one line that is made with it (`support.line_receipts`), under the same rules.

    `sources` says from which stages of the line how much comes, in thousandths; "" is from nothing.

    Raises:
        ConsignmentRefused: see `receive`.
    """
    if len(note) > LONGEST_TEXT:
        raise ConsignmentRefused("too_long")
    _check([one], consignment)
    _check_day(consignment, on, book.at)
    receipt = _write(consignment, on=on, by=by, at=book.at, note=note)
    _book(book, one.line, line, one, receipt, consignment, sources)
    _arrived(consignment, on=on, by=by, at=book.at)
    return receipt


def _write(
    consignment: Consignment, *, on: date, by: Person, at: datetime, note: str, supersedes: Receipt | None = None
) -> Receipt:  # fmt: skip
    number = (consignment.receipts.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    return Receipt.objects.create(
        consignment=consignment, number=number, supersedes=supersedes, code=_code(), received_on=on, note=note, by=by,
        at=at,
    )  # fmt: skip


# ── what may be said ─────────────────────────────────────────────────────────
def _check(counted: Sequence[Counted], consignment: Consignment) -> None:
    if not counted:
        raise ConsignmentRefused("nothing")
    if len({one.line.pk for one in counted}) < len(counted):
        raise ConsignmentRefused("twice")
    for one in counted:
        named = one.line.uuid
        if one.line.consignment_id != consignment.pk:
            raise ConsignmentRefused("not_in_it", line=named)
        if min(one.accepted, one.rejected, one.missing, one.surplus) < 0:
            raise ConsignmentRefused("below_zero", line=named)
        if one.accepted + one.rejected + one.missing != one.line.quantity:
            raise ConsignmentRefused("adds_up", line=named, standing=one.line.quantity)
        if len(plain(one.text)) > LONGEST_TEXT:
            raise ConsignmentRefused("too_long", line=named)
        if not _explained(one):
            raise ConsignmentRefused("reason", line=named)


def _explained(one: Counted) -> bool:
    """Whether each shortfall has a reason of its kind, and there is none without a shortfall."""
    pairs = (
        (one.rejected, one.rejected_why, ReceiptLine.OF_REJECTED),
        (one.missing, one.missing_why, ReceiptLine.OF_MISSING),
    )
    for quantity, why, known in pairs:
        if (why in known) != bool(quantity) or (why and not quantity):
            return False
    return Why.OTHER not in (one.rejected_why, one.missing_why) or bool(plain(one.text))


def _check_day(consignment: Consignment, on: date, at: datetime) -> None:
    if dated.has_not_begun(on, at=at):
        raise ConsignmentRefused("future")
    if consignment.dispatched_on is None:
        raise ConsignmentRefused("state")
    if on < consignment.dispatched_on:
        raise ConsignmentRefused("before_dispatch")


def _fresh(
    consignment: Consignment, counted: Sequence[Counted], supersedes: Receipt | None
) -> dict[int, ConsignmentLine]:  # fmt: skip
    """The lines as they stand now, which these counts may be said of."""
    chosen = ConsignmentLine.objects.filter(pk__in=[one.line.pk for one in counted])
    fresh = {one.pk: one for one in chosen.select_related("standing")}
    if supersedes is None:
        if any(one.standing_id for one in fresh.values()):
            raise ConsignmentRefused("received_already")
        if consignment.state not in RECEIVABLE:
            raise ConsignmentRefused("state")
        return fresh
    if supersedes.consignment_id != consignment.pk or Receipt.objects.filter(supersedes=supersedes).exists():
        raise ConsignmentRefused("superseded")
    if set(supersedes.lines.values_list("line", flat=True)) != set(fresh):
        raise ConsignmentRefused("all_lines")
    return fresh


# ── booking ──────────────────────────────────────────────────────────────────
def _book(
    book: books.Writer, consigned: ConsignmentLine, line: Line, one: Counted, receipt: Receipt,
    consignment: Consignment, sources: Sequence[tuple[str, int]] | None = None,
) -> None:  # fmt: skip
    """One line: the row of the receipt, and what it changes in the books. It was in transit without `sources`."""
    before = _booked(consigned, consignment)
    after = _Booked(one.accepted, one.rejected, one.missing, one.surplus)
    row = ReceiptLine.objects.create(
        receipt=receipt, line=consigned, shipped=consigned.quantity, accepted=one.accepted, rejected=one.rejected,
        missing=one.missing, surplus=one.surplus, rejected_why=one.rejected_why, missing_why=one.missing_why,
        text=plain(one.text),
    )  # fmt: skip
    account = consigned.account_id
    for source, target, quantity, movement in _moves(
        before, after, sources or [(Stage.IN_TRANSIT, consigned.quantity)]
    ):
        account = moving.move(
            book, line, source, target, quantity, by=receipt.by, party=consignment.member,
            dated_on=receipt.received_on, reason=row.text, movement=movement, account=account,
        )  # fmt: skip
    taken = ConsignmentLine.objects.filter(pk=consigned.pk, standing=consigned.standing_id)
    if not taken.update(standing=row, account=account):
        raise ConsignmentRefused("received_already")


def _booked(consigned: ConsignmentLine, consignment: Consignment) -> _Booked | None:
    """What stands in the books of a line; None while it is in transit."""
    row = consigned.standing
    if row is not None:
        return _Booked(row.accepted, row.rejected, row.missing, row.surplus)
    return _Booked(missing=consigned.quantity) if consignment.state == State.LOST else None


def _moves(
    before: _Booked | None, after: _Booked, sources: Sequence[tuple[str, int]]
) -> list[tuple[str, str, int, Movement | None]]:
    """(from stage, to stage, quantity, movement) that lead from what stands in the books to what was counted."""
    names = (Stage.RECEIVED, Stage.REJECTED, Stage.MISSING)
    found: list[tuple[str, str, int, Movement | None]] = []
    if before is None:
        found = [*_from(sources, [(name, getattr(after, name)) for name in names])]
        before = _Booked()
    else:
        changes = {name: getattr(after, name) - getattr(before, name) for name in names}
        for less in names:
            for more in names:
                quantity = min(-changes[less], changes[more])
                if quantity > 0:
                    found.append((less, more, quantity, Movement.RECEIPT_CORRECTED))
                    changes[less] += quantity
                    changes[more] -= quantity
    surplus = after.surplus - before.surplus
    if surplus > 0:
        found.append(("", Stage.RECEIVED, surplus, Movement.SURPLUS))
    elif surplus < 0:
        found.append((Stage.RECEIVED, "", -surplus, Movement.RECEIPT_CORRECTED))
    return found


def _from(
    sources: Sequence[tuple[str, int]], wanted: Sequence[tuple[str, int]]
) -> Iterator[tuple[str, str, int, Movement | None]]:
    """What goes to each stage, out of the sources in their order; both sum to the same."""
    there = iter(sources)
    source, left = "", 0
    for name, quantity in wanted:
        while quantity:
            while not left:
                source, left = next(there)
            taken = min(quantity, left)
            quantity, left = quantity - taken, left - taken
            yield source, name, taken, None


def _arrived(consignment: Consignment, *, on: date, by: Person, at: datetime) -> None:
    """A consignment of which every line is received is received; one received in parts stays open."""
    if consignment.lines.filter(standing=None).exists():
        return
    still_open = Consignment.objects.filter(pk=consignment.pk, state__in=RECEIVABLE)
    if still_open.update(state=State.RECEIVED, held_why="", held_text="", held_on=None):
        step(consignment, State.RECEIVED, on=on, by=by, party=consignment.member, at=at)


# ── the certificate ──────────────────────────────────────────────────────────
def _code() -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))


def certified() -> QuerySet[Receipt]:
    """Receipts whose certificate the acting person reads: for the giver, the channel and the member."""
    actor = current()
    theirs = Q(consignment__giver__in=actor.all_parties) | Q(consignment__channel__in=actor.all_parties)
    return Receipt.objects.filter(theirs | Q(consignment__member__in=actor.own_parties)).select_related(
        "consignment__giver",
        "consignment__channel",
        "consignment__member",
        "consignment__carrier",
        "consignment__to_place",
        "supersedes",
    )


def newest(receipt: Receipt) -> Receipt | None:
    """The receipt that stands in the place of a corrected one, however often it was corrected; None while it stands."""
    later, found = Receipt.objects.filter(supersedes=receipt).first(), None
    while later is not None:
        found, later = later, Receipt.objects.filter(supersedes=later).first()
    return found


def find(code: str) -> Receipt | None:
    """The receipt with this code, for the giver, the channel and the member; to everybody else there is none."""
    typed = "".join(sign for sign in code.upper() if sign.isalnum())[: 2 * _LENGTH]
    return certified().filter(code=typed).first()
