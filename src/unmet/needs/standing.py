"""Whether a need stands: the member's approver pauses it, resumes it, confirms it again, or ends it by name.

What is paused leaves the totals by an entry and stands beside them as *last stated*, as what lapsed does. All of it is
the approver's, not the focal point's: each changes what everyone reads in the totals, and nothing leaves or enters them
without the approver. (*Stop sending* of a request, which moves nothing in the books, is anybody's of the member.)

A paused need does not lapse: it counts nowhere already, and says more than that nobody answered. Resuming or confirming
is to stand for the quantity on that day, so it is fresh for as long as the round says from then on.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Literal

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.books import services as books
from unmet.books.models import Account, Movement
from unmet.books.prepared import lapse
from unmet.books.standing import Standing
from unmet.catalogue.models import Round
from unmet.methods.plain import plain
from unmet.needs import lapsing, telling
from unmet.needs.models import Need, StandingChange
from unmet.parties.models import Party, Person

LONGEST_REASON: Final = 500
MOST_CONFIRMED: Final = 500

Reason = Literal[
    "why", "too_long", "not_standing", "not_paused", "not_to_confirm", "ended", "same_as", "nothing", "too_many"
]
Kind = StandingChange.Kind
State = Literal["none", "standing", "ended", "paused", "lapsed", "covered_nationally", "duplicate"]

_OUT: Final[dict[int, State]] = {
    Movement.LAPSED: "lapsed",
    Movement.PAUSED: "paused",
    Movement.COVERED_NATIONALLY: "covered_nationally",
    Movement.DUPLICATE: "duplicate",
}


class StandingRefused(Exception):
    """Nothing was written; `reason` is one of `Reason`, `need` the need that it is about, where it is about one."""

    def __init__(self, reason: Reason, need: Need | None = None) -> None:
        super().__init__(reason)
        self.reason, self.need = reason, need


_WATCHERS: list[Callable[[Need, str, Person, datetime], None]] = []


def watches(
    function: Callable[[Need, str, Person, datetime], None],
) -> Callable[[Need, str, Person, datetime], None]:
    """Register what a room above does when a need is paused or stands again: in that transaction, at its moment."""
    _WATCHERS.append(function)
    return function


def state(account: Account | Standing | None) -> State:
    """Where a need stands, by its open account."""
    if account is None:
        return "none"
    if account.out_by is not None:
        return _OUT[account.out_by]
    approved = account.approved if isinstance(account, Account) else account.m[0]
    return "standing" if approved else "ended"


def pause(need: Need, *, reason: str, by: Person, at: datetime) -> None:
    """Let a need wait: it leaves the totals, and what was last stated stands beside them.

    Raises:
        NotAllowed: `by` is no approver of the member.
        StandingRefused: `why` is missing or `too_long`; or it is `not_standing`.
    """
    may.require(Deed.SET_STANDING, by=by, party=need.member)
    why = _why(reason)
    with books.open(at=at) as book:
        account = _account(book, need)
        if account is None or state(account) != "standing":
            raise StandingRefused("not_standing", need)
        book.step_out(account, Movement.PAUSED)
        _note(need, Kind.PAUSED, by=by, at=book.at, reason=why)
        telling.standing("needs.paused", need, by=by, at=book.at)
        for tell in _WATCHERS:
            tell(need, "paused", by, book.at)


def resume(need: Need, *, by: Person, at: datetime) -> None:
    """Let a paused need stand again with the quantity that was last stated.

    Raises:
        NotAllowed: `by` is no approver of the member.
        StandingRefused: it is `not_paused`.
    """
    may.require(Deed.SET_STANDING, by=by, party=need.member)
    with books.open(at=at) as book:
        account = _account(book, need)
        if account is None or state(account) != "paused":
            raise StandingRefused("not_paused", need)
        _stand(book, account)
        _note(need, Kind.RESUMED, by=by, at=book.at)
        telling.standing("needs.resumed", need, by=by, at=book.at)
        for tell in _WATCHERS:
            tell(need, "resumed", by, book.at)


def confirm(needs: Sequence[Need], *, member: Party, by: Person, at: datetime) -> int:
    """Confirm needs as they were approved last: what lapsed stands again, and all are fresh from now on.

    All of them or none. Returns how many had lapsed.

    Raises:
        NotAllowed: `by` is no approver of the member.
        StandingRefused: `nothing` or `too_many` were chosen, or one of them is `not_to_confirm`: paused, ended, or
            another member's.
    """
    may.require(Deed.SET_STANDING, by=by, party=member)
    if not needs:
        raise StandingRefused("nothing")
    if len(needs) > MOST_CONFIRMED:
        raise StandingRefused("too_many")
    lapsed = 0
    with books.open(at=at) as book:
        for need in needs:
            account = _account(book, need) if need.member_id == member.pk else None
            found = state(account)
            if account is None or found not in ("standing", "lapsed"):
                raise StandingRefused("not_to_confirm", need)
            lapsed += found == "lapsed"
            _stand(book, account)
            _note(need, Kind.CONFIRMED, by=by, at=book.at)
    return lapsed


def end(
    need: Need, *, covered_nationally: bool = False, same_as: Need | None = None, reason: str = "", by: Person,
    at: datetime,
) -> None:  # fmt: skip
    """End a need by name: the member covers it itself, or it is the same as another of its needs.

    It leaves the totals for good, and what is booked on it goes to that other need; a later statement opens it again.

    Raises:
        NotAllowed: `by` is no approver of the member.
        StandingRefused: `why` is missing (where the member covers it) or `too_long`; `same_as`: not another need of the
            member for the same item that stands; or it is `ended` already.
    """
    may.require(Deed.SET_STANDING, by=by, party=need.member)
    if covered_nationally == (same_as is not None):
        raise StandingRefused("same_as", need)
    why = _why(reason, needed=covered_nationally)
    kind, movement = (
        (Kind.COVERED_NATIONALLY, Movement.COVERED_NATIONALLY) if covered_nationally
        else (Kind.DUPLICATE, Movement.DUPLICATE)
    )  # fmt: skip
    with books.open(at=at) as book:
        account = _account(book, need)
        if account is None or state(account) not in ("standing", "lapsed", "paused"):
            raise StandingRefused("ended", need)
        other = None
        if same_as is not None:
            other = _account(book, same_as) if same_as.pk != need.pk and same_as.member_id == need.member_id else None
            if other is None or same_as.item_id != need.item_id or state(other) != "standing":
                raise StandingRefused("same_as", need)
        book.step_out(account, movement, for_good=True)
        if other is not None:
            book.hand_on(account, other)
        _note(need, kind, by=by, at=book.at, reason=why, same_as=same_as)
        telling.standing(f"needs.{kind}", need, by=by, at=book.at)


def reasons(needs: Sequence[Need]) -> dict[int, StandingChange]:
    """The last change of the standing of each of these needs, by the id of the need; for the member's own people."""
    found = StandingChange.objects.filter(need__in=needs).select_related("same_as__place", "same_as__group")
    return {change.need_id: change for change in found.order_by("pk")}


def _stand(book: books.Writer, account: Standing) -> None:
    round_ = Round.objects.get(pk=account.round)
    book.step_in(account, lapses_at=lapse(round_, book.at))
    lapsing.ask_for(member=Party.objects.get(pk=account.member), round_=round_, at=book.at)


def _account(book: books.Writer, need: Need) -> Standing | None:
    """The open account of a need as the writer, who holds the lock, sees it."""
    pk = Account.objects.filter(subject=need.uuid, kind=Account.Kind.NEED, closed=False).values_list("pk").first()
    return book.account(pk[0]) if pk else None


def _why(reason: str, *, needed: bool = True) -> str:
    said = plain(reason)
    if needed and not said:
        raise StandingRefused("why")
    if len(said) > LONGEST_REASON:
        raise StandingRefused("too_long")
    return said


def _note(need: Need, kind: Kind, *, by: Person, at: datetime, reason: str = "", same_as: Need | None = None) -> None:
    StandingChange.objects.create(need=need, kind=kind, reason=reason, same_as=same_as, by=by, at=at)
    access.record(
        event=f"needs.{kind}", at=at, party=need.member, role=Role.APPROVER, subject_kind="need", subject=need.uuid,
        reason=reason, same_as=str(same_as.uuid) if same_as else "",
    )  # fmt: skip
