"""What happened to a need, a request or an offer, from the audit and the books: as far as the reader may know it.

The audit is the source of every timeline, the books of every quantity in it. The member's own people read all of it.
Whoever else sees a need in detail reads what happened since it was shown to them: what was stated and what arrived,
what parties said beside it and what its own parties did; like the public page, never when something was pledged or
sent. No person is named: parties, roles and moments are.

`Happened.event` names a sentence of `web.desk.history`. Consignments have a file of their own beside this one
(`support.consignment_history`); other rooms read their audit rows with `rows_of` and show them with the same page part.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final

from django.db.models import Max, Min, Sum

from unmet.access import visible
from unmet.access.actors import Actor, current
from unmet.access.models import HoldBack, Release
from unmet.audit.models import AuditRow
from unmet.books.measures import BOOKED, CARRIED
from unmet.books.models import Account, Book, Entry, Movement
from unmet.catalogue.models import Item
from unmet.needs.models import Need, Statement
from unmet.parties.models import Party
from unmet.support import request_queries
from unmet.support.models import AssistanceRequest, Line, Offer, RequestLine, Step

# What those who are asked read of a request beside what their own party did.
_OF_REQUEST: Final = frozenset(
    f"support.request_{what}"
    for what in ("sent", "stopped", "lifted", "withdrawn", "line_withdrawn", "closed")
)  # fmt: skip
# What those to whom it was made read of an offer beside what their own member did.
_OF_OFFER: Final = frozenset(
    {"support.offered", "support.offer_withdrawn", "support.offer_expired", "support.technology_moved"}
)  # fmt: skip
# What the member's people say among themselves about an offer: its giver reads what they decide.
_AMONG_MEMBERS: Final = frozenset(
    {"support.acceptance_proposed", "support.decline_proposed", "support.proposal_sent_back",
     "support.proposal_taken_back"}
)  # fmt: skip
_OF_COMMITMENT: Final = frozenset({"support.commitment_taken_back"})
# What of the detail of an audit row a sentence may use: a list of those asked, say, is for one side only.
_KEPT: Final = ("kind", "line", "audience", "stage")
_ANSWERED: Final = "support.request_answered"
# What whoever sees a need in detail reads of its audit.
_OF_NEED: Final = frozenset(
    {
        "needs.commented", "needs.comment_answered", "needs.comment_withdrawn", "support.need_stopped",
        "support.need_lifted",
    }
)  # fmt: skip
# Like in the public ledger: the day on which something was promised or sent is the business of its two sides.
_DATED: Final = frozenset(Movement.values) - {
    Movement.PLEDGED, Movement.ALLOCATED, Movement.COMMITTED, Movement.DISPATCHED, Movement.LOST, Movement.ASSIGNED,
    Movement.WITHDRAWN_SUPPORT, Movement.RETURNED, Movement.RELEASED, Movement.WITHDRAWN,
}  # fmt: skip
# The audit says these too, with the reason: to the member's own people.
_SAID_BY_AUDIT: Final = frozenset(
    {Movement.PAUSED, Movement.RESUMED, Movement.COVERED_NATIONALLY, Movement.DUPLICATE}
)  # fmt: skip
# Said with how much of it moved, whatever the stages.
_MOVES: Final = frozenset(
    {
        Movement.WITHDRAWN_SUPPORT, Movement.ASSIGNED, Movement.LOST, Movement.CARRIED, Movement.RETURNED,
        Movement.SURPLUS,
    }
)  # fmt: skip
_STAGE_OF: Final = {
    Movement.PLEDGED: "pledged", Movement.ALLOCATED: "allocated", Movement.COMMITTED: "committed",
    Movement.DISPATCHED: "in_transit", Movement.RECEIVED: "received", Movement.REJECTED: "rejected",
    Movement.MISSING: "missing",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Count:
    """What was said of one lot of an item: thousandths of its base unit, and the reasons in words, by name.

    `unlisted`: the lot was seen in a box in whose packing list it does not stand.
    """

    item: Item
    lot: str
    quantities: Mapping[str, int]
    reasons: Mapping[str, str] = field(default_factory=dict)
    unlisted: bool = False


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened. `event` is that of the audit, or `books.` and the name of a movement.

    `party` is the code of the party that did it, `role` in what role, both empty where time did it. `reason` is what
    was typed. `quantities` are thousandths of the base unit, by name; `values` codes, numbers and days. `counts` are
    those of several items.
    """

    at: datetime
    event: str
    party: str = ""
    role: str = ""
    reason: str = ""
    quantities: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    counts: Sequence[Count] = ()


def rows_of(subjects: Iterable[uuid.UUID | str], *, events: Collection[str] | None = None) -> Iterator[Happened]:
    """The audit of some subjects, those events only if named. The caller has made sure that the reader may know it."""
    return (one for _subject, one in _audited(subjects, events=events))


def _audited(
    subjects: Iterable[uuid.UUID | str], *, events: Collection[str] | None
) -> Iterator[tuple[str, Happened]]:  # fmt: skip
    """The same, each with its subject."""
    rows = AuditRow.objects.filter(subject__in=[str(subject) for subject in subjects])
    if events is not None:
        rows = rows.filter(event__in=list(events))
    for row in rows.order_by("pk"):
        quantity = row.detail.get("quantity")
        yield row.subject, Happened(
            row.at, row.event, row.party, row.role, row.reason,
            {"quantity": quantity} if isinstance(quantity, int) else {},
            {name: row.detail[name] for name in _KEPT if name in row.detail},
        )  # fmt: skip


def newest_first(found: Iterable[Happened]) -> list[Happened]:
    """A timeline as it is shown. Of one moment, what was written last stands first."""
    return sorted(found, key=lambda one: one.at)[::-1]


# ── a request ────────────────────────────────────────────────────────────────
def of_request(request: AssistanceRequest) -> list[Happened]:
    """What happened to a request that the acting person sees, the newest first."""
    return newest_first(_of_requests([request]))


def _of_requests(requests: Iterable[AssistanceRequest], *, lines: Collection[str] | None = None) -> Iterator[Happened]:
    actor = current()
    mine = _codes(actor.all_parties)
    for request in requests:
        own = request.member_id in actor.own_parties
        for one in rows_of([request.uuid]):
            # What parties answer is the business of the two sides.
            shown = own or one.event in _OF_REQUEST or (one.event == _ANSWERED and one.party in mine)
            if shown and (lines is None or one.values.get("line", "") in {"", *lines}):
                yield one


def _codes(parties: Collection[int]) -> set[str]:
    return set(Party.objects.filter(pk__in=parties).values_list("code", flat=True))


# ── an offer ─────────────────────────────────────────────────────────────────
def of_offer(offer: Offer) -> list[Happened]:
    """What happened to an offer that the acting person sees, the newest first.

    What a member accepted, declined or took back is read by the giver's people and by its own, with how much it was;
    what was proposed by its own alone.
    """
    actor = current()
    own, mine = offer.giver_id in actor.all_parties, _codes(actor.own_parties)
    items = {str(line.uuid): line.item for line in offer.lines.select_related("item__base_unit")}
    shown = [
        _of_item(one, items.get(one.values.get("line", ""))) for one in rows_of([offer.uuid])
        if one.party in mine or one.event in _OF_OFFER or (own and one.event not in _AMONG_MEMBERS)
    ]  # fmt: skip
    # What came of it: of a member's line its own people read what either side did.
    lines = Line.objects.filter(offered__offer_line__offer=offer).select_related("item__base_unit")
    of_lines = {str(line.uuid): line.item for line in (lines if own else lines.filter(member__in=actor.own_parties))}
    shown += [_of_item(one, of_lines[subject]) for subject, one in _audited(of_lines, events=_OF_COMMITMENT)]
    return newest_first(shown)


def _of_item(one: Happened, item: Item | None) -> Happened:
    """With how much of which item it was."""
    if item is None or "quantity" not in one.quantities:
        return one
    return replace(one, counts=[Count(item, "", one.quantities)])


# ── a need ───────────────────────────────────────────────────────────────────
def of_need(need: Need) -> list[Happened]:
    """What happened to a need that the acting person sees in detail, the newest first."""
    actor = current()
    own = need.member_id in actor.own_parties
    since = None if own else _shown_since(need, actor)
    if not own and since is None:
        return []
    asked = RequestLine.objects.filter(need=need).select_related("request")
    lines = {str(line.uuid) for line in asked}
    requests = request_queries.among({line.request.uuid for line in asked})
    found = [
        *_first_shown(need, since), *_audit_of(need, own=own), *_lines_of(need, own=own, actor=actor),
        *_of_requests(requests, lines=lines),
    ]  # fmt: skip
    return newest_first(one for one in found if since is None or one.at >= since)


def _shown_since(need: Need, actor: Actor) -> datetime | None:
    """Since when a need is shown in detail to somebody else, without a break."""
    sector = need.item.sector.uuid if need.item is not None else None
    covering = visible.standing_releases(at=actor.at).filter(
        visible.audience(actor), member=need.member_id, level=Release.Level.DETAIL, subject__in=[need.uuid, sector]
    )
    first = covering.aggregate(first=Min("granted_at"))["first"]
    held = HoldBack.objects.filter(need=need.uuid).aggregate(last=Max("lifted_at"))["last"]
    return max(first, held) if first and held else first


def _first_shown(need: Need, since: datetime | None) -> Iterator[Happened]:
    """How much was approved when a need was first shown to somebody else: what was before, the timeline leaves out."""
    if since is None:
        return
    before = Entry.objects.filter(account__subject=need.uuid, book=Book.OWN, closed=False, at__lt=since)
    approved = before.aggregate(sum=Sum("approved"))["sum"]
    if approved:
        yield Happened(since, "books.shown", need.member.code, quantities={"quantity": approved})


def _audit_of(need: Need, *, own: bool) -> Iterator[Happened]:
    """What was said beside it; for its own people also the returns it stands in, and who may see it."""
    if not own:
        yield from rows_of([need.uuid], events=_OF_NEED)
        return
    statements = Statement.objects.filter(need=need)
    yield from rows_of([need.uuid, *statements.values_list("in_return__uuid", flat=True).distinct()])
    sector = need.item.sector.uuid if need.item is not None else None
    if sector is not None:
        yield from (one for one in rows_of([sector]) if one.party == need.member.code)


def _lines_of(need: Need, *, own: bool, actor: Actor) -> Iterator[Happened]:
    """What the books hold of it: the old and the new number of a revision are one thing that happened."""
    accounts = list(Account.objects.filter(subject=need.uuid).values_list("pk", flat=True))
    entries = Entry.objects.filter(account__in=accounts, book=Book.OWN, closed=False).order_by("sequence")
    lines = list(entries)
    found = Step.objects.filter(pk__in=[line.source for line in lines if line.movement in _STAGE_OF and line.source])
    steps = {step.pk: step for step in found.select_related("line__giver")}
    old: Entry | None = None
    for line, following in zip_longest(lines, lines[1:]):
        step = steps.get(line.source or 0) if line.movement in _STAGE_OF else None
        if own and line.movement in _SAID_BY_AUDIT:
            continue
        known = own or (step is not None and step.line.giver_id in actor.all_parties)
        if line.movement == Movement.REVISED and line.approved < 0 and _is_other_half(line, following):
            old = line
        elif (known or line.movement in _DATED) and not _leaves(line):
            yield _line(line, need.member.code, before=-old.approved if old else 0, step=step if known else None)
            old = None


def _is_other_half(line: Entry, following: Entry | None) -> bool:
    """Whether the new number comes right after the old one that was taken back; else the need ended."""
    same = following is not None and (following.movement, following.at) == (line.movement, line.at)
    return same and following is not None and following.approved >= 0


def _leaves(line: Entry) -> bool:
    """A carry-over leaves one account and enters another: it is told once, when it enters."""
    return line.movement == Movement.CARRIED and any(getattr(line, stage) < 0 for stage in CARRIED)


def _line(line: Entry, member: str, *, before: int, step: Step | None) -> Happened:
    name = Movement(line.movement).name.lower()
    stage = _STAGE_OF.get(Movement(line.movement))
    quantities = {"quantity": line.approved or line.last_stated}
    # Who gave it is said to those who may know the line of support.
    values = {"giver": step.line.giver.code} if step is not None else {}
    if line.movement == Movement.REVISED and line.approved < 0:
        name, quantities = "ended", {"before": -line.approved}
    elif line.movement == Movement.REVISED:
        # After a lapse nothing is taken back from what is approved: the number is simply stated again.
        name, quantities = ("revised", {"before": before, **quantities}) if before else ("stated", quantities)
    elif line.last_stated > 0:
        quantities = {"quantity": line.last_stated}
    elif stage is not None:
        quantities = {"quantity": getattr(line, stage)}
    elif line.movement == Movement.RECEIPT_CORRECTED:
        name, quantities, values = _corrected(line)
    elif line.movement in _MOVES:
        quantities = {"quantity": max(abs(getattr(line, stage)) for stage in BOOKED)}
    if stage is not None and step is None:
        name += "_unnamed"
    # What time did, nobody did.
    party = "" if line.movement == Movement.LAPSED else member
    return Happened(
        line.at, f"books.{name}", party, reason=step.reason if step else "", quantities=quantities, values=values
    )


def _corrected(line: Entry) -> tuple[str, dict[str, int], dict[str, str]]:
    """A correction of a receipt: from which stage to which it moves how much; or by how much a surplus is less."""
    moved = {stage: getattr(line, stage) for stage in BOOKED}
    less, more = min(moved, key=moved.__getitem__), max(moved, key=moved.__getitem__)
    quantities = {"quantity": -moved[less]}
    if moved[more] <= 0:
        return "surplus_lowered", quantities, {}
    return "receipt_corrected", quantities, {"from": less, "to": more}
