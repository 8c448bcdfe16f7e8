"""Consignments: what the member has accepted is packed, sent, and received by its receipt (`support.receipts`).

A consignment moves nothing in the books while it is planned; it holds what is packed, so that nobody else packs or
sends it. Dispatch moves it from committed to in transit. What happens on the way is in `support.consignment_ways`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from unmet.access import services as access
from unmet.books import services as books
from unmet.methods.plain import plain
from unmet.parties.models import Party, Person, Place
from unmet.support import consignment_history, dated, moving, signs
from unmet.support import consignment_parties as parties
from unmet.support import consignment_telling as tell
from unmet.support.consignment_days import expect
from unmet.support.consignment_parties import SENDERS
from unmet.support.models import Consignment, ConsignmentLine, ConsignmentStep, Line, Stage
from unmet.support.profile_form import For, wants
from unmet.support.said import boxed
from unmet.support.waybills import LONGEST_WAYBILL, folded

MOST_LINES: Final = 200
LONGEST: Final = 200  # characters of a place, of cold chain and permit
LONGEST_TEXT: Final = 500
COLD: Final = frozenset({For.FRIDGE, For.FREEZER, For.ULTRA})
LICENSED: Final = frozenset({"CTRL", "REG"})  # flags of items: controlled; to be registered or waived

Reason = Literal[
    "changed", "nothing", "too_many", "twice", "givers", "members", "place", "mode", "quantity", "more_than_committed",
    "expired", "too_long", "waybill", "waybill_known", "waybill_taken", "future", "before_dispatch", "state", "why",
    "stopped", "paused", "not_sent", "received_already", "not_in_it", "adds_up", "below_zero", "reason", "superseded",
    "all_lines",
    "past", "same", "listed", "cold_chain", "permit",
    "still_adds_up", "none_under_way",
]  # fmt: skip
State = Consignment.State


class ConsignmentRefused(Exception):
    """Nothing was written. `reason` is one of `Reason`.

    `line` is the uuid of the line it is about, where it is about one; `standing` what stands there (thousandths);
    `known` the consignment that bears the waybill already, where the person may see it.
    """

    def __init__(
        self, reason: Reason, *, line: object = None, standing: int = 0, known: Consignment | None = None
    ) -> None:
        super().__init__(reason)
        self.reason, self.line, self.standing, self.known = reason, line, standing, known


@dataclass(frozen=True, slots=True)
class Packed:
    """How much of a line of support goes into a consignment, of one lot. `quantity` in thousandths of the base unit."""

    line: Line
    quantity: int
    lot: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a consignment is to be."""

    packed: Sequence[Packed]
    to_place: Place
    mode: str
    carrier: Party | None = None
    carrier_name: str = ""
    waybill: str = ""
    from_place: str = ""
    planned_on: date | None = None
    expected_on: date | None = None
    cold_chain: str = ""
    permit: str = ""
    checked: bool = False  # nothing is needed where neither is written


# ── planning ─────────────────────────────────────────────────────────────────
def plan(
    wanted: Plan, *, by: Person, at: datetime, draft: Consignment | None = None, version: int = 0
) -> Consignment:  # fmt: skip
    """Plan a consignment, or change one that is planned, for whoever has read its `version`.

    Raises:
        NotAllowed: `by` does not act for the giver of its lines, nor for their channel.
        ConsignmentRefused: `nothing`, `too_many`, `twice`, `givers` or `members` (lines of several), `place`,
            `mode`, `quantity`, `more_than_committed`, `expired`, `too_long`, `waybill_known` (with the consignment),
            `waybill_taken`, or `changed` (somebody changed or sent it meanwhile); unless it is `checked`,
            `cold_chain` and `permit`: an item asks for one, and nothing is written.
    """
    sides = _sides(wanted, draft)
    _role, party = parties.require(sides, SENDERS, by=by)
    values = _values(wanted)
    _check_asked(wanted, values)
    with books.open(at=at) as book:  # the one lock under which what is committed does not move
        check_waybill(sides.member, values["waybill_folded"], but=draft)
        before: list[ConsignmentLine] = []
        if draft is None:
            draft = Consignment.objects.create(
                giver=sides.giver, channel=sides.channel, member=sides.member, to_place=wanted.to_place,
                carrier=wanted.carrier, made_by=by, made_at=book.at, **values,
            )  # fmt: skip
        else:
            found = Consignment.objects.filter(pk=draft.pk, state=State.PLANNED, version=version)
            changes = {**values, "to_place": wanted.to_place, "carrier": wanted.carrier, "channel": sides.channel}
            if not found.update(version=version + 1, **changes):
                raise ConsignmentRefused("changed")
            draft = Consignment.objects.get(pk=draft.pk)
            before = list(draft.lines.select_related("line__item"))
            draft.lines.all().delete()
        _check_packed(wanted.packed, at.date())
        after = [
            ConsignmentLine(
                consignment=draft, line=one.line, quantity=one.quantity, lot=plain(one.lot), expires_on=one.expires_on
            )
            for one in wanted.packed
        ]
        ConsignmentLine.objects.bulk_create(after)
        record(
            "support.consignment_replanned" if draft.version > 1 else "support.consignment_planned", draft, book.at,
            party=party, version=draft.version, packed=consignment_history.changes(before, after),
        )  # fmt: skip
    return draft


def _sides(wanted: Plan, draft: Consignment | None) -> Consignment:
    """A consignment that is not kept, with the parties that its lines name: whom the rights are asked of."""
    if not wanted.packed:
        raise ConsignmentRefused("nothing")
    if len(wanted.packed) > MOST_LINES:
        raise ConsignmentRefused("too_many")
    lines = [one.line for one in wanted.packed]
    if len({line.giver_id for line in lines} | ({draft.giver_id} if draft else set())) > 1:
        raise ConsignmentRefused("givers")
    if len({line.member_id for line in lines} | ({draft.member_id} if draft else set())) > 1:
        raise ConsignmentRefused("members")
    if wanted.to_place.party_id != lines[0].member_id:
        raise ConsignmentRefused("place")
    channels = {line.channel_id for line in lines}
    channel = lines[0].channel if len(channels) == 1 else None
    return Consignment(giver=lines[0].giver, channel=channel, member=lines[0].member, carrier=None)


def _values(wanted: Plan) -> dict[str, object]:
    words = {
        name: plain(getattr(wanted, name)) for name in ("carrier_name", "waybill", "from_place", "cold_chain", "permit")
    }
    limits = {"carrier_name": 120, "waybill": LONGEST_WAYBILL}
    if any(len(said) > limits.get(name, LONGEST) for name, said in words.items()):
        raise ConsignmentRefused("too_long")
    if wanted.mode not in Consignment.Mode.values:
        raise ConsignmentRefused("mode")
    return {
        **words, "waybill_folded": folded(words["waybill"]), "mode": wanted.mode, "planned_on": wanted.planned_on,
        "expected_on": wanted.expected_on,
    }  # fmt: skip


def _check_asked(wanted: Plan, values: Mapping[str, object]) -> None:
    """Goods that must be kept cold or need a licence ask for it once."""
    for one in () if wanted.checked else wanted.packed:
        item = one.line.item
        asked = wants(item.kind, item.flags)
        if asked & COLD and not values["cold_chain"]:
            raise ConsignmentRefused("cold_chain", line=one.line.uuid)
        if LICENSED & set(item.flags.split()) and not values["permit"]:
            raise ConsignmentRefused("permit", line=one.line.uuid)


def check_waybill(member: Party, waybill: object, *, but: Consignment | None) -> None:
    """One box has one waybill: whoever reports it again is led to the consignment that stands.

    A plan of somebody else keeps the waybill from nobody: the first who sends has it.
    """
    if not waybill:
        return
    found = Consignment.objects.filter(member=member, waybill_folded=waybill)
    if but is not None:
        found = found.exclude(pk=but.pk)
    for known in found.select_related("giver", "channel", "carrier", "member").order_by("pk"):
        if parties.roles(known):
            raise ConsignmentRefused("waybill_known", known=known)
        if known.state != State.PLANNED:
            raise ConsignmentRefused("waybill_taken")


def _check_packed(packed: Sequence[Packed], today: date) -> None:
    keys = {(one.line.pk, plain(one.lot)) for one in packed}
    if len(keys) < len(packed):
        raise ConsignmentRefused("twice")
    wanted: dict[int, int] = defaultdict(int)
    for one in packed:
        if one.quantity <= 0:
            raise ConsignmentRefused("quantity", line=one.line.uuid)
        if len(plain(one.lot)) > LONGEST_WAYBILL:
            raise ConsignmentRefused("too_long", line=one.line.uuid)
        if one.expires_on is not None and one.expires_on < today:
            raise ConsignmentRefused("expired", line=one.line.uuid)
        wanted[one.line.pk] += one.quantity
    for line in fresh(wanted).values():
        free = line.committed - boxed(line)[Stage.COMMITTED]
        if wanted[line.pk] > free:
            raise ConsignmentRefused("more_than_committed", line=line.uuid, standing=max(free, 0))


def fresh(lines: Iterable[int]) -> dict[int, Line]:
    """Lines of support as they stand now, by their ids."""
    found = Line.objects.filter(pk__in=list(lines)).select_related("giver", "member", "item")
    return {line.pk: line for line in found.prefetch_related("consigned__consignment").order_by("pk")}


def discard(draft: Consignment, *, by: Person, at: datetime) -> None:
    """Throw a plan away: what it held is free again.

    Raises:
        NotAllowed: `by` acts neither for the giver nor for the channel.
        ConsignmentRefused: `changed`: it was sent or thrown away meanwhile.
    """
    _role, party = parties.require(draft, SENDERS, by=by)
    with books.open(at=at) as book:
        standing = Consignment.objects.filter(pk=draft.pk, state=State.PLANNED).first()
        if standing is None:
            raise ConsignmentRefused("changed")
        record("support.consignment_discarded", draft, book.at, party=party)
        standing.delete()


# ── sending ──────────────────────────────────────────────────────────────────
def dispatch(
    draft: Consignment, *, on: date, by: Person, at: datetime, version: int, waybill: str = "",
    expected_on: date | None = None, knowing: bool = False,
) -> None:  # fmt: skip
    """Send a planned consignment: all that is packed goes from committed to in transit.

    `waybill` and `expected_on` are those of the plan where they are empty. `knowing` says that the sender has read that
    the member says *stop sending* for a need in it, or lets one wait, and sends all the same.

    Raises:
        NotAllowed: `by` acts neither for the giver nor for the channel.
        ConsignmentRefused: `future`; `waybill` is missing; `waybill_known`, `waybill_taken`, `too_long`;
            `more_than_committed`; `expired` (a lot, since it was planned);
            `stopped` or `paused` (a need in it, and the sender did not say that it knows); or
            `changed` (changed or sent meanwhile).
    """
    _role, party = parties.require(draft, SENDERS, by=by)
    said = plain(waybill) or draft.waybill
    if len(said) > LONGEST_WAYBILL:
        raise ConsignmentRefused("too_long")
    if not folded(said):
        raise ConsignmentRefused("waybill")
    if dated.has_not_begun(on, at=at):
        raise ConsignmentRefused("future")
    with books.open(at=at) as book:
        check_waybill(draft.member, folded(said), but=draft)
        expected = expected_on or draft.expected_on
        found = Consignment.objects.filter(pk=draft.pk, state=State.PLANNED, version=version)
        changes: Mapping[str, object] = {
            "state": State.DISPATCHED, "dispatched_on": on, "waybill": said, "waybill_folded": folded(said),
            "expected_on": expected,
        }  # fmt: skip
        if not found.update(**changes):
            raise ConsignmentRefused("changed")
        packed = list(ConsignmentLine.objects.filter(consignment=draft))
        lines = fresh({one.line_id for one in packed})
        said_of_needs = signs.of_lines(lines.values())
        if said_of_needs and not knowing:
            raise ConsignmentRefused(said_of_needs[0].kind)
        for one in packed:
            line = lines[one.line_id]
            if one.expires_on is not None and one.expires_on < on:  # it was planned some time ago
                raise ConsignmentRefused("expired", line=line.uuid)
            if line.committed < one.quantity:
                raise ConsignmentRefused("more_than_committed", line=line.uuid, standing=line.committed)
            moving.move(book, line, Stage.COMMITTED, Stage.IN_TRANSIT, one.quantity, by=by, party=party, dated_on=on)
        expect(lines.values(), expected)
        step(draft, State.DISPATCHED, on=on, by=by, party=party, at=book.at)
        knew = sorted({sign.kind for sign in said_of_needs})
        record("support.consignment_sent", draft, book.at, party=party, lines=len(packed), knowing=knew)
        tell.sent(draft, party=party, lines=len(packed), by=by, at=book.at)


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
