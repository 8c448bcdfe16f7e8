"""How much of a need is not covered, and what its member says of it, while the rows of a sheet are worked through."""

import uuid
from typing import Final

from unmet.books.models import Account
from unmet.support import signs
from unmet.support.lines import SupportLine, SupportRefused
from unmet.support.models import Proposal, Stage

# What the books take off what is approved.
_COVERING: Final = frozenset({Stage.COMMITTED, Stage.IN_TRANSIT, Stage.RECEIVED})


class Cover:
    """What is asked of rows that commit or send something for a need, as it stands after the rows before.

    A row that says that it is meant all the same is asked nothing; nor is support without a need, which lowers none:
    it is asked when it is assigned.
    """

    def __init__(self) -> None:
        # Approved less all that covers it, in thousandths, below zero where it is over-covered; None: no open need.
        self._left: dict[uuid.UUID, int | None] = {}
        self._said: dict[uuid.UUID, str] = {}

    def check(self, line: SupportLine, subject: uuid.UUID | None) -> None:
        """Ask what acceptance and dispatch ask.

        Raises:
            SupportRefused: `more_than_needed`, with how much is not covered; `sending_stopped` or `sending_paused`: the
                member says so of the need.
        """
        if line.meant or subject is None:
            return
        if line.stage == Stage.COMMITTED:
            left = self._of(subject)
            if left is not None and line.quantity > max(left, 0):
                raise SupportRefused("more_than_needed", line, max(left, 0))
        if line.stage == Stage.IN_TRANSIT and (said := self._says(subject)):
            raise SupportRefused("sending_paused" if said == "paused" else "sending_stopped", line)

    def move(self, subject: uuid.UUID | None, moves: list[tuple[str, int]], target: str) -> None:
        """Rows that come after are asked about what is left then."""
        for source, quantity in moves:
            change = (target in _COVERING) - (source in _COVERING)
            # Read before anything of the sheet is booked on it, so that no row is taken off twice.
            if change and subject is not None and (left := self._of(subject)) is not None:
                self._left[subject] = left - change * quantity

    def _of(self, subject: uuid.UUID) -> int | None:
        if subject not in self._left:
            self._left[subject] = _left(subject)
        return self._left[subject]

    def _says(self, subject: uuid.UUID) -> str:
        if subject not in self._said:
            found = signs.of([subject])
            self._said[subject] = found[0].kind if found else ""
        return self._said[subject]


def exceeded(proposal: Proposal) -> int | None:
    """How much of the need is not covered, in thousandths, where a proposal commits more; None where it does not."""
    left = _left(proposal.line.account.subject)
    return max(left, 0) if left is not None and proposal.quantity > left else None


def _left(subject: uuid.UUID) -> int | None:
    one = Account.objects.filter(subject=subject, kind=Account.Kind.NEED, closed=False).first()
    return None if one is None else one.approved - one.committed - one.in_transit - one.received
