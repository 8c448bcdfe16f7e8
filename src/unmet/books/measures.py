"""The measures of an account, and the one definition of what is not covered and what is not yet in the country.

Plain Python on purpose: the state machine of the tests, the writer and `unmet doctor --books` all use it, and the
database refuses an account row that says anything else (constraints of `books.Account`).
"""

from collections.abc import Sequence

# Quantities in thousandths of the base unit. No balance of these is ever below zero.
STAGES = (
    "approved",
    "pledged",
    "allocated",
    "committed",
    "in_transit",
    "received",
    "rejected",
    "missing",
    "last_stated",
    "superseded",
)
# Computed from the stages after each line, so that every total, as-of and partition is a plain sum.
DERIVED = (
    "not_covered",
    "not_in_country",
    "needs_open",
    "needs_met",
    "needs_covered",
    "needs_unpriced",
    "value_approved",
    "value_not_covered",
    "value_not_in_country",
)
MEASURES = STAGES + DERIVED
INDEX = {name: position for position, name in enumerate(MEASURES)}
# Stages that are carried over when a later round takes a need on; what was received or lost stays with its round.
CARRIED = ("pledged", "allocated", "committed", "in_transit")
# What givers and the member have booked: all of it goes with a need whose item was merged within a round.
BOOKED = (*CARRIED, "received", "rejected", "missing")

APPROVED, PLEDGED, ALLOCATED, COMMITTED, IN_TRANSIT, RECEIVED, REJECTED, MISSING, LAST_STATED, SUPERSEDED = range(10)
NOTHING = (0,) * len(MEASURES)


def value_cents(quantity: int, usd_millionths: int) -> int:
    """Whole US cents of a quantity (thousandths) at a price (millionths of a US dollar a unit), half a cent up.

    >>> value_cents(2_000, 1_500_000)
    300
    """
    return (quantity * usd_millionths + 5_000_000) // 10_000_000


def over_covered(stages: Sequence[int]) -> int:
    """By how much more is under way or received than is approved; never below zero.

    >>> over_covered((100, 500, 0, 80, 30, 20, 0, 0, 0, 0))
    30
    """
    return max(stages[COMMITTED] + stages[IN_TRANSIT] + stages[RECEIVED] - stages[APPROVED], 0)


def derive(stages: Sequence[int], usd_millionths: int | None, *, priced: bool = True) -> tuple[int, ...]:
    """The derived measures of an account, in the order of `DERIVED`.

    `stages` are its balances in the order of `STAGES`; `usd_millionths` is the price frozen with its round, None when
    there is none; `priced` is False for money, whose quantity is its own value and stands beside that of goods.

    not covered = approved - received - in transit - committed; not yet in the country = approved - received;
    both never below zero. A need whose remainder was superseded by a later round is no longer open nor met.

    >>> derive((1450, 300, 0, 250, 180, 320, 0, 0, 0, 0), None)
    (700, 1130, 1, 0, 0, 1, 0, 0, 0)
    """
    approved, received = stages[APPROVED], stages[RECEIVED]
    not_in_country = approved - received if approved > received else 0
    not_covered = not_in_country - stages[IN_TRANSIT] - stages[COMMITTED]
    if not_covered < 0:
        not_covered = 0
    standing = approved > 0 and not stages[SUPERSEDED]
    is_open = 1 if standing and not_in_country else 0
    is_met = 1 if standing and not not_in_country else 0
    is_covered = 1 if standing and not not_covered else 0
    if not priced:
        return (not_covered, not_in_country, is_open, is_met, is_covered, 0, 0, 0, 0)
    if usd_millionths is None:
        return (not_covered, not_in_country, is_open, is_met, is_covered, 1 if standing else 0, 0, 0, 0)
    return (
        not_covered,
        not_in_country,
        is_open,
        is_met,
        is_covered,
        0,
        value_cents(approved, usd_millionths),
        value_cents(not_covered, usd_millionths),
        value_cents(not_in_country, usd_millionths),
    )
