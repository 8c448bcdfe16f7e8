"""What a consignment is to be, and what none may be: each refusal of a plan, a dispatch or a receipt by its name."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from unmet.methods.plain import plain
from unmet.parties.models import Party, Place
from unmet.support import consignment_parties as parties
from unmet.support.consignment_parties import SENDERS
from unmet.support.models import Consignment, Line, Stage
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
    "all_lines", "with_others",
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
    """What a consignment is to be. Lines of several givers go into one box when one channel carries them all."""

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


# ── a plan ───────────────────────────────────────────────────────────────────
def values(wanted: Plan) -> dict[str, object]:
    """What of a plan is kept as it was said, under the names of the columns."""
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


def check_asked(wanted: Plan, said: Mapping[str, object]) -> None:
    """Goods that must be kept cold or need a licence ask for it once."""
    for one in () if wanted.checked else wanted.packed:
        for name in ("cold_chain", "permit"):
            if name in asked(one.line) and not said[name]:
                raise ConsignmentRefused(name, line=one.line.uuid)


def asked(line: Line) -> set[Literal["cold_chain", "permit"]]:
    """What must be said of these goods in a plan."""
    found: set[Literal["cold_chain", "permit"]] = set()
    if wants(line.item.kind, line.item.flags) & COLD:
        found.add("cold_chain")
    if LICENSED & set(line.item.flags.split()):
        found.add("permit")
    return found


def check_packed(packed: Sequence[Packed], today: date) -> None:
    """Each lot once, none expired, and no more than is committed and free."""
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


# ── one box, one waybill ─────────────────────────────────────────────────────
def check_waybill(waybill: object, parts: Sequence[Consignment], *, joining: bool = False) -> list[Consignment]:
    """One box has one waybill: whoever reports it again is led to the consignment that stands.

    `parts` are those of the box that is to bear the folded waybill. A plan of somebody else keeps the waybill from
    nobody: the first who sends has it. Returns the parts of a box under way that these are to join (`joining`): the
    same channel sends both, and none of these givers is in it.
    """
    if not waybill:
        return []
    found = Consignment.objects.filter(member=parts[0].member_id, waybill_folded=waybill)
    found = found.exclude(pk__in=[part.pk for part in parts if part.pk])
    standing: dict[uuid.UUID, list[Consignment]] = {}
    for known in found.select_related("giver", "channel", "carrier", "member").order_by("pk"):
        standing.setdefault(known.box, []).append(known)
    for box in standing.values():
        mine = [known for known in box if parties.roles(known)]
        if joining and len(mine) == len(box) and _join(box, parts):
            return box
        if mine:
            raise ConsignmentRefused("waybill_known", known=mine[0])
        if any(known.state != State.PLANNED for known in box):
            raise ConsignmentRefused("waybill_taken")
    return []


def _join(box: Sequence[Consignment], parts: Sequence[Consignment]) -> bool:
    if {part.giver_id for part in box} & {part.giver_id for part in parts}:
        return False
    if any(part.state == State.PLANNED for part in box) or all(part.state not in Consignment.UNDER_WAY for part in box):
        return False
    return bool(sender([*box, *parts]))


def sender(parts: Sequence[Consignment]) -> Party | None:
    """Of whom the acting person is who sends all of these: as the channel, or as the giver of what is its own."""
    mine = [
        {party for role, party in parties.roles(part).items() if role in SENDERS} for part in parts
    ]  # fmt: skip
    common = set.intersection(*mine)
    return min(common, key=lambda party: party.pk) if common else None
