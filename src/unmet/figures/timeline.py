"""What became of needs, as events: for the page of a member and for the last entries in the public book."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date

from unmet.books.models import Account, Book, Entry, Movement
from unmet.figures import ledger
from unmet.figures.totals import Scope

# What the overview tells. Lapses and withdrawals are no news: nobody is named for not having answered.
_TOLD = (Movement.STATED, Movement.REVISED, Movement.RELEASED, Movement.RECEIVED)
_LOOKED_AT = 600


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a need on a day (UTC).

    `before` is the approved quantity that a revision replaced. Quantities in thousandths of the base unit.
    """

    on: date
    movement: Movement
    changes: Mapping[str, int]
    before: int | None = None

    @property
    def kind(self) -> str:
        """Name of the movement in lower case: which words the page takes."""
        return self.movement.name.lower()

    @property
    def received(self) -> int:
        """What a receipt added."""
        return self.changes.get("received", 0)

    @property
    def approved(self) -> int:
        """What a statement added."""
        return self.changes.get("approved", 0)


@dataclass(frozen=True, slots=True)
class News:
    """What one member's lines did to the public book at one moment. `item` and `quantity` when it was one item."""

    on: date
    movement: Movement
    member: int
    needs: int
    item: int | None
    quantity: int | None

    @property
    def kind(self) -> str:
        """Name of the movement in lower case."""
        return self.movement.name.lower()


def of_member(scope: Scope, *, of: ledger.Threads | None = None) -> dict[Hashable, list[Event]]:
    """What happened to each need of a member, or to those `of` a page, newest first, over all rounds.

    By uuid of the need; by item id for needs released as figures. What is under way is no event: it has no public
    date, and stands in the balances.
    """
    events: dict[Hashable, list[Event]] = {}
    # Oldest first, so that the line that takes the old quantity back comes before the one with the new.
    for row in reversed(ledger.rows(scope, of=of)):
        if row.at is None or row.movement is None or _other_half(row):
            continue
        thread = events.setdefault(row.subject if row.subject is not None else row.item, [])
        on = row.at.date()
        if row.movement == Movement.REVISED and row.changes.get("approved", 0) < 0:
            # Ends the need, unless the new quantity follows.
            thread.insert(0, Event(on, Movement.REVISED, {}, before=-row.changes["approved"]))
        elif row.movement == Movement.REVISED and thread and thread[0].before is not None and not thread[0].changes:
            thread[0] = Event(on, Movement.REVISED, row.changes, thread[0].before)
        else:
            thread.insert(0, Event(on, row.movement, row.changes))
    return events


def _other_half(row: ledger.Row) -> bool:
    """A carry-over leaves one account and enters another: told once, when it enters."""
    return row.movement == Movement.CARRIED and any(value < 0 for value in row.stages.values())


def latest(count: int) -> list[News]:
    """The last entries of the public book about what is public now: sums by member and moment, newest first."""
    lines = (
        Entry.objects.filter(
            book=Book.PUBLIC, movement__in=_TOLD, account__public=True, account__kind=Account.Kind.NEED
        )
        .order_by("-sequence")
        .values_list("at", "movement", "account__member_id", "account__item_id", "approved", "received")
    )[:_LOOKED_AT]
    groups: dict[tuple[object, int, int], list[tuple[int, int]]] = {}
    for at, movement, member, item, approved, received in lines:
        if movement != Movement.RECEIVED and approved <= 0:
            continue  # the old quantity of a revision, or a need that ended
        groups.setdefault((at, movement, member), []).append(
            (item, received if movement == Movement.RECEIVED else approved)
        )
    return [_news(key, group) for key, group in list(groups.items())[:count]]


def _news(key: tuple[object, int, int], group: list[tuple[int, int]]) -> News:
    at, movement, member = key
    items = {item for item, _ in group}
    one = items.pop() if len(items) == 1 else None
    quantity = sum(quantity for _, quantity in group) if one is not None else None
    return News(at.date(), Movement(movement), member, len(group), one, quantity)  # type: ignore[attr-defined]
