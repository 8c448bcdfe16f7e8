"""Consignments: what the member has accepted is packed, sent, and received by its receipt (`support.receipts`).

A consignment moves nothing in the books while it is planned; it holds what is packed, so that nobody else packs or
sends it. Dispatch moves it from committed to in transit. Lines of several givers that one channel carries make one box
of several parts (`support.consignment_boxes`). What happens on the way is in `support.consignment_ways`.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db.models import F

from unmet.access import services as access
from unmet.books import services as books
from unmet.methods.plain import plain
from unmet.parties.models import Party, Person
from unmet.support import consignment_boxes as boxes
from unmet.support import consignment_checks as checks
from unmet.support import consignment_history, dated, moving, signs
from unmet.support import consignment_parties as parties
from unmet.support import consignment_telling as tell
from unmet.support.consignment_boxes import Spoken
from unmet.support.consignment_checks import LONGEST as LONGEST
from unmet.support.consignment_checks import LONGEST_TEXT as LONGEST_TEXT
from unmet.support.consignment_checks import ConsignmentRefused as ConsignmentRefused
from unmet.support.consignment_checks import Packed as Packed
from unmet.support.consignment_checks import Plan as Plan
from unmet.support.consignment_checks import Reason as Reason
from unmet.support.consignment_checks import State as State
from unmet.support.consignment_days import expect
from unmet.support.consignment_parties import SENDERS
from unmet.support.models import Consignment, ConsignmentLine, ConsignmentStep, Stage
from unmet.support.waybills import LONGEST_WAYBILL, folded


# ── planning ─────────────────────────────────────────────────────────────────
def plan(
    wanted: Plan, *, by: Person, at: datetime, draft: Consignment | None = None, version: int = 0
) -> Consignment:  # fmt: skip
    """Plan a consignment, or change one that is planned, for whoever has read its `version`.

    Of lines of several givers each giver gets a part. Returns the one at hand, or the first where it is no more.

    Raises:
        NotAllowed: `by` does not act for the giver of its lines, nor for their channel.
        ConsignmentRefused: `nothing`, `too_many`, `twice`, `givers` (lines of several, and `by` is not of one channel
            that carries all of them), `with_others` (it is packed together with what others give), `members` (lines
            of several), `place`, `mode`, `quantity`, `more_than_committed`, `expired`, `too_long`, `waybill_known`
            (with the consignment), `waybill_taken`, or `changed` (somebody changed or sent it meanwhile); unless it
            is `checked`, `cold_chain` and `permit`: an item asks for one, and nothing is written.
    """
    standing = [one.part for one in boxes.whole(draft, SENDERS, by=by)] if draft else []
    sides = _sides(wanted, standing)
    party = _sender(sides, standing, by=by)
    values = checks.values(wanted)
    checks.check_asked(wanted, values)
    with books.open(at=at) as book:  # the one lock under which what is committed does not move
        checks.check_waybill(values["waybill_folded"], [*standing, *sides], joining=True)
        before = _unpacked(standing, version)
        checks.check_packed(wanted.packed, at.date())
        parts = _kept(sides, standing, wanted, values, by=by, at=book.at)
        for part in parts:
            was, now = before.pop(part.pk, None), _packed(part, wanted)
            record(
                "support.consignment_planned" if was is None else "support.consignment_replanned", part, book.at,
                party=party, version=part.version, packed=consignment_history.changes(was or (), now),
            )  # fmt: skip
        for part in standing:
            if part.pk in before:  # nothing of its giver is packed any more
                _thrown_away(part, party=party, at=book.at)
    return next((part for part in parts if draft and part.pk == draft.pk), parts[0])


def _sides(wanted: Plan, standing: Sequence[Consignment]) -> list[Consignment]:
    """A consignment for each giver that is not kept, with the parties that its lines name: the rights are asked of."""
    if not wanted.packed:
        raise ConsignmentRefused("nothing")
    if len(wanted.packed) > checks.MOST_LINES:
        raise ConsignmentRefused("too_many")
    lines = [one.line for one in wanted.packed]
    if len({line.member_id for line in lines} | {part.member_id for part in standing}) > 1:
        raise ConsignmentRefused("members")
    if wanted.to_place.party_id != lines[0].member_id:
        raise ConsignmentRefused("place")
    found: dict[int, Consignment] = {}
    for line in lines:
        new = Consignment(giver=line.giver, channel=line.channel, member=line.member, carrier=None)
        side = found.setdefault(line.giver_id, new)
        if side.channel_id != line.channel_id:
            side.channel = None  # whose lines go several ways sends them itself
    return list(found.values())


def _sender(sides: Sequence[Consignment], standing: Sequence[Consignment], *, by: Person) -> Party:
    """In whose name it is planned. What several give is sent by the one that carries it for all of them."""
    _role, party = parties.require(sides[0], SENDERS, by=by)
    if len({part.giver_id for part in (*sides, *standing)}) == 1:
        return party
    common = checks.sender([*sides, *standing])
    if common is None:
        raise ConsignmentRefused("givers")
    for side in sides if len(sides) > 1 else ():
        side.channel = common
    return common


def _unpacked(standing: Sequence[Consignment], version: int) -> dict[int, list[ConsignmentLine]]:
    """What the parts of a plan held, by their ids; it can be packed anew from here on."""
    if not standing:
        return {}
    found = Consignment.objects.filter(box=standing[0].box, state=State.PLANNED, version=version)
    if found.update(version=version + 1) != len(standing):
        raise ConsignmentRefused("changed")
    packed = ConsignmentLine.objects.filter(consignment__in=standing)
    before: dict[int, list[ConsignmentLine]] = {part.pk: [] for part in standing}
    for one in packed.select_related("line__item"):
        before[one.consignment_id].append(one)
    packed.delete()
    return before


def _kept(
    sides: Sequence[Consignment], standing: Sequence[Consignment], wanted: Plan, values: Mapping[str, object], *,
    by: Person, at: datetime,
) -> list[Consignment]:  # fmt: skip
    """The parts as they are to be, in the order of their lines; all of them have one box and one version."""
    known = {part.giver_id: part for part in standing}
    box, version = (standing[0].box, standing[0].version + 1) if standing else (uuid.uuid4(), 1)
    found = []
    for side in sides:
        said = {**values, "to_place": wanted.to_place, "carrier": wanted.carrier, "channel": side.channel}
        said |= dict.fromkeys(_of_others(side, wanted), "")
        old = known.get(side.giver_id)
        if old is None:
            old = Consignment(giver=side.giver, member=side.member, box=box, version=version, made_by=by, made_at=at)
            for name, value in said.items():
                setattr(old, name, value)
            old.save()
        else:
            Consignment.objects.filter(pk=old.pk).update(**said)
        found.append(Consignment.objects.get(pk=old.pk))
    return found


def _of_others(side: Consignment, wanted: Plan) -> set[str]:
    """What of the words on cold chain and permit is about the goods of another giver only: that reads them."""
    asks: dict[str, set[int]] = {}
    for one in wanted.packed:
        for name in checks.asked(one.line):
            asks.setdefault(name, set()).add(one.line.giver_id)
    return {name for name, givers in asks.items() if side.giver_id not in givers}


def _packed(part: Consignment, wanted: Plan) -> list[ConsignmentLine]:
    lines = [
        ConsignmentLine(
            consignment=part, line=one.line, quantity=one.quantity, lot=plain(one.lot), expires_on=one.expires_on
        )
        for one in wanted.packed
        if one.line.giver_id == part.giver_id
    ]
    ConsignmentLine.objects.bulk_create(lines)
    return lines


def discard(draft: Consignment, *, by: Person, at: datetime) -> None:
    """Throw a plan away: what it held is free again. A giver takes out its own part, the others stay planned.

    Raises:
        NotAllowed: `by` acts neither for the giver nor for the channel.
        ConsignmentRefused: `changed`: it was sent or thrown away meanwhile.
    """
    spoken = boxes.spoken(draft, SENDERS, by=by)
    with books.open(at=at) as book:
        planned = Consignment.objects.filter(box=draft.box, state=State.PLANNED)
        standing = {part.pk: part for part in planned.select_related("giver", "member")}
        if draft.pk not in standing:
            raise ConsignmentRefused("changed")
        for one in spoken:
            if one.part.pk in standing:
                _thrown_away(standing[one.part.pk], party=one.party, at=book.at)
        planned.update(version=F("version") + 1)  # whoever has read the plan reads it anew


def _thrown_away(part: Consignment, *, party: Party, at: datetime) -> None:
    record("support.consignment_discarded", part, at, party=party)
    part.delete()


# ── sending ──────────────────────────────────────────────────────────────────
def dispatch(
    draft: Consignment, *, on: date, by: Person, at: datetime, version: int, waybill: str = "",
    expected_on: date | None = None, knowing: bool = False,
) -> None:  # fmt: skip
    """Send a planned consignment: all that is packed goes from committed to in transit, of every giver in the box.

    `waybill` and `expected_on` are those of the plan where they are empty. `knowing` says that the sender has read that
    the member says *stop sending* for a need in it, or lets one wait, and sends all the same. With the waybill of what
    the same channel has under way already, for other givers, it is part of that box from now on.

    Raises:
        NotAllowed: `by` acts neither for the giver nor for the channel.
        ConsignmentRefused: `with_others` (the channel sends it, with what others give); `future`; `waybill` is missing;
            `waybill_known`, `waybill_taken`, `too_long`;
            `more_than_committed`; `expired` (a lot, since it was planned);
            `stopped` or `paused` (a need in it, and the sender did not say that it knows); or
            `changed` (changed or sent meanwhile).
    """
    spoken = boxes.whole(draft, SENDERS, by=by)
    said = plain(waybill) or draft.waybill
    if len(said) > LONGEST_WAYBILL:
        raise ConsignmentRefused("too_long")
    if not folded(said):
        raise ConsignmentRefused("waybill")
    if dated.has_not_begun(on, at=at):
        raise ConsignmentRefused("future")
    with books.open(at=at) as book:
        joined = checks.check_waybill(folded(said), [one.part for one in spoken], joining=True)
        expected = expected_on or draft.expected_on
        changes: Mapping[str, object] = {
            "state": State.DISPATCHED, "dispatched_on": on, "waybill": joined[0].waybill if joined else said,
            "waybill_folded": folded(said),
            "expected_on": expected, "box": joined[0].box if joined else draft.box,
        }  # fmt: skip
        number = max((part.part for part in joined), default=0)
        _leaves(spoken, version, changes, after=number)
        knew = _moves(book, spoken, on=on, knowing=knowing, by=by, expected=expected)
        for one in spoken:
            step(one.part, State.DISPATCHED, on=on, by=by, party=one.party, at=book.at)
            record(
                "support.consignment_sent", one.part, book.at, party=one.party, lines=one.part.lines.count(),
                knowing=knew,
            )  # fmt: skip
        tell.sent([one.part for one in spoken], party=spoken[0].party, by=by, at=book.at)


def _leaves(spoken: Sequence[Spoken], version: int, changes: Mapping[str, object], *, after: int) -> None:
    """All parts leave, numbered after those that have left already: all are planned still, as they were read."""
    planned = Consignment.objects.filter(box=spoken[0].part.box, state=State.PLANNED, version=version)
    if planned.count() != len(spoken):
        raise ConsignmentRefused("changed")
    for number, one in enumerate(spoken, after + 1):
        if not planned.filter(pk=one.part.pk).update(**changes, part=number):
            raise ConsignmentRefused("changed")


def _moves(
    book: books.Writer, spoken: Sequence[Spoken], *, on: date, expected: date | None, knowing: bool, by: Person
) -> list[str]:  # fmt: skip
    """Book that all that is packed is in transit. Returns what the sender knew of the needs in it."""
    party_of = {one.part.pk: one.party for one in spoken}
    packed = list(ConsignmentLine.objects.filter(consignment__in=party_of).order_by("pk"))
    lines = checks.fresh({one.line_id for one in packed})
    said_of_needs = signs.of_lines(lines.values())
    if said_of_needs and not knowing:
        raise ConsignmentRefused(said_of_needs[0].kind)
    for one in packed:
        line = lines[one.line_id]
        if one.expires_on is not None and one.expires_on < on:  # it was planned some time ago
            raise ConsignmentRefused("expired", line=line.uuid)
        if line.committed < one.quantity:
            raise ConsignmentRefused("more_than_committed", line=line.uuid, standing=line.committed)
        moving.move(
            book, line, Stage.COMMITTED, Stage.IN_TRANSIT, one.quantity, by=by, party=party_of[one.consignment_id],
            dated_on=on,
        )  # fmt: skip
    expect(lines.values(), expected)
    return sorted({sign.kind for sign in said_of_needs})


# ── what every deed leaves behind ────────────────────────────────────────────
def step(
    consignment: Consignment, state: str, *, on: date, by: Person, party: Party, at: datetime, why: str = "",
    text: str = "", what: str = "", was: str = "", now: str = "",
) -> None:  # fmt: skip
    """Append to what happened to a consignment. `what` is one of `ConsignmentStep.What`, or nothing."""
    ConsignmentStep.objects.create(
        consignment=consignment, state=state, dated_on=on, why=why, text=text, by=by, by_party=party, at=at, what=what,
        was=was, now=now,
    )  # fmt: skip


def record(
    event: str, consignment: Consignment, at: datetime, *, party: Party, reason: str = "", **detail: object
) -> None:
    """One audit row. `party` is the one in whose name it was done."""
    access.record(
        event=event, at=at, party=party, subject_kind="consignment", subject=consignment.uuid, reason=reason,
        detail={"member": consignment.member.code, "giver": consignment.giver.code, **detail},
    )  # fmt: skip
