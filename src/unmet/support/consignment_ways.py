"""What happens to a consignment between dispatch and receipt: at the port, held, on again, cleared; or how it ends.

A hold may end at the port, in clearance, or where it began: then it goes on from the state before it.

All of these are in transit in the books until something ends: what is lost or destroyed is missing. What is returned
or diverted leaves the books and is not committed again: a box that went back is no help, its need is not covered, and
whether the giver still means to give it is for the giver to pledge and for the member to accept anew. A consignment
that is diverted to another member needs that member's acceptance, so for this one it is returned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from unmet.books import services as books
from unmet.books.models import Movement
from unmet.methods.plain import plain
from unmet.parties.models import Party, Person
from unmet.support import consignment_boxes as boxes
from unmet.support import consignment_telling as tell
from unmet.support import dated, moving
from unmet.support.consignment_parties import EVERYBODY, OWNERS, SENDERS
from unmet.support.consignments import LONGEST_TEXT, ConsignmentRefused, State, record, step
from unmet.support.models import Consignment, ConsignmentLine, ConsignmentStep, Line, Stage


@dataclass(frozen=True, slots=True)
class Way:
    """A verb: from which states it leads to which (None: the one before the hold), and who may say so, by role."""

    state: State | None
    before: Sequence[State]
    roles: Sequence[str]
    ends: bool = False  # the books move, and it says why


_UNDER_WAY: Final = Consignment.UNDER_WAY
WAYS: Final[dict[str, Way]] = {
    "arrive": Way(State.AT_PORT, (State.DISPATCHED, State.HELD), EVERYBODY),
    "hold": Way(State.HELD, _UNDER_WAY, EVERYBODY),
    "resume": Way(None, (State.HELD,), EVERYBODY),
    "clear": Way(State.CLEARED, (State.DISPATCHED, State.AT_PORT, State.HELD), EVERYBODY),
    "lose": Way(State.LOST, _UNDER_WAY, OWNERS, ends=True),
    "destroy": Way(State.DESTROYED, _UNDER_WAY, OWNERS, ends=True),
    "return": Way(State.RETURNED, _UNDER_WAY, SENDERS, ends=True),
    "divert": Way(State.DIVERTED, _UNDER_WAY, SENDERS, ends=True),
}


def go(
    consignment: Consignment, verb: str, *, on: date, by: Person, at: datetime, why: str = "", text: str = ""
) -> None:  # fmt: skip
    """Say what happened to a consignment. `verb` is one of `WAYS`; `why` is one of `Consignment.Held`, of *hold*.

    It goes for every part of its box of which `by` may say it, and which is where this could happen.

    Raises:
        NotAllowed: `by` speaks for no party that may say so.
        ConsignmentRefused: `state` (it is not where this could happen, or was said already), `why` (no reason, or
            none in words where they are needed), `too_long`, `future`, `before_dispatch`.
    """
    way = WAYS[verb]
    spoken = boxes.spoken(consignment, way.roles, by=by)
    said, held = plain(text), verb == "hold"
    if len(said) > LONGEST_TEXT:
        raise ConsignmentRefused("too_long")
    if (held and why not in Consignment.Held.values) or ((way.ends or why == Consignment.Held.OTHER) and not said):
        raise ConsignmentRefused("why")
    why = why if held else ""
    with books.open(at=at) as book:
        went = []
        for one in spoken:
            state = _change(one.part, way, on=on, at=at, why=why, text=said)
            if state is None:
                continue
            part, party = one.part, one.party
            moved = _end(book, part, way, by=by, party=party, on=on, text=said) if way.ends else 0
            what = "" if way.state else ConsignmentStep.What.GOES_ON
            step(part, state, on=on, by=by, party=party, at=book.at, why=why, text=said, what=what)
            record(f"support.consignment_{what or state}", part, book.at, party=party, reason=said, lines=moved)
            went.append((one, what or state))
        if not went:
            raise ConsignmentRefused("state")
        first, came = went[0]
        tell.went([one.part for one, _came in went], came, party=first.party, by=by, at=book.at)


def before_hold(consignment: Consignment) -> State:
    """Where a consignment that is held had come to before: there it goes on."""
    came = consignment.steps.filter(state__in=Consignment.UNDER_WAY).exclude(state=State.HELD)
    last = came.order_by("-pk").values_list("state", flat=True).first()
    return State(last or State.DISPATCHED)


def _change(consignment: Consignment, way: Way, *, on: date, at: datetime, why: str, text: str) -> State | None:
    """Change the state. Returns the new one; None where it is not where this could happen, or was said already."""
    standing = Consignment.objects.filter(pk=consignment.pk).first()  # a plan may have been thrown away meanwhile
    if standing is None or standing.state not in way.before:
        return None
    state = way.state or before_hold(standing)
    if dated.has_not_begun(on, at=at):
        raise ConsignmentRefused("future")
    if standing.dispatched_on is not None and on < standing.dispatched_on:
        raise ConsignmentRefused("before_dispatch")
    if standing.state == state and (standing.held_why, standing.held_text) == (why, text):
        return None  # pressed twice
    changes: dict[str, object] = {
        "state": state,
        "held_why": why,
        "held_text": text if why else "",
        "held_on": None,
    }
    if state == State.HELD:
        changes["held_on"] = standing.held_on or on  # it is one hold, whatever reason joins it
    if not Consignment.objects.filter(pk=consignment.pk, state=standing.state).update(**changes):
        raise ConsignmentRefused("state")
    return state


def _end(
    book: books.Writer, consignment: Consignment, way: Way, *, by: Person, party: Party, on: date, text: str
) -> int:
    """Book what has not been received: missing, or out of the books. Returns how many lines it was."""
    gone = list(ConsignmentLine.objects.filter(consignment=consignment, standing=None))
    found = Line.objects.filter(pk__in={one.line_id for one in gone}).select_related("giver", "member")
    lines = {line.pk: line for line in found}
    missing = way.state in (State.LOST, State.DESTROYED)
    for one in gone:
        account = moving.move(
            book, lines[one.line_id], Stage.IN_TRANSIT, Stage.MISSING if missing else "", one.quantity, by=by,
            party=party, dated_on=on, reason=text, movement=Movement.LOST if missing else Movement.RETURNED,
        )  # fmt: skip
        ConsignmentLine.objects.filter(pk=one.pk).update(account=account)
    return len(gone)
