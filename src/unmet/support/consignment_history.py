"""What happened to a consignment, from its plan to its certificate: as far as the reader may know it.

Everybody concerned reads where it came to, who said so, what each party saw and that a receipt was written. How the
plan changed, what a receipt said and the remarks of others are the business of giver, channel and member: a carrier
reads its own remarks, and what stands on the page.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from unmet.access.actors import Actor, current
from unmet.audit.models import AuditRow
from unmet.catalogue.models import Item
from unmet.support import consignment_queries as queries
from unmet.support.history import Count, Happened, newest_first
from unmet.support.models import Attestation, Consignment, ConsignmentLine, ConsignmentStep, Receipt, ReceiptLine

State, What = Consignment.State, ConsignmentStep.What
PLANNED, REPLANNED = "support.consignment_planned", "support.consignment_replanned"
SENT, ATTESTED = "support.consignment_sent", "support.consignment_attested"
RECEIVED, CORRECTED = "support.consignment_received", "support.receipt_corrected"


def of_consignment(*parts: Consignment) -> list[Happened]:
    """What happened to the parts of a box that the acting person sees, the newest first; what was said once is once."""
    actor = current()
    found: dict[tuple[object, ...], Happened] = {}
    for one in (one for part in parts for one in _of_part(part, actor)):
        key = (one.at, one.event, one.party, one.reason, tuple(sorted(one.values.items())))
        before = found.get(key)
        found[key] = replace(one, counts=(*before.counts, *one.counts)) if before else one
    return newest_first(found.values())


def _of_part(box: Consignment, actor: Actor) -> Iterator[Happened]:
    sides = reads_receipts(box, actor)
    steps = list(box.steps.select_related("by_party"))
    # The last receipt ends it: that is said with the receipt, of the same moment.
    ended = {step.at for step in steps if _ends(step)}
    yield from _plans(box, sides=sides)
    yield from (_step(step) for step in steps if not _ends(step))
    yield from _seen(box)
    yield from _receipts(box, ended, sides=sides)


def reads_receipts(box: Consignment, actor: Actor) -> bool:
    """Whether an actor is of the giver, the channel or the member: those who read receipts and their certificates."""
    return box.member_id in actor.own_parties or bool({box.giver_id, box.channel_id} & actor.all_parties)


# ── the plan ─────────────────────────────────────────────────────────────────
def changes(before: Iterable[ConsignmentLine], after: Iterable[ConsignmentLine]) -> list[dict[str, object]]:
    """What the audit keeps of a plan: each lot of which another quantity is packed now, in thousandths.

    Codes instead of rows, so that it is read when the lots are not there any more.
    """
    was, now = ({(one.line_id, one.lot): one for one in lines} for lines in (before, after))
    found: list[dict[str, object]] = []
    for key, one in {**was, **now}.items():
        old, new = (lots[key].quantity if key in lots else 0 for lots in (was, now))
        if old != new:
            found.append({"item": one.line.item.code, "lot": one.lot, "before": old, "quantity": new})
    return found


def _plans(box: Consignment, *, sides: bool) -> Iterator[Happened]:
    rows = list(AuditRow.objects.filter(subject=str(box.uuid), event__in=(PLANNED, REPLANNED)).order_by("pk"))
    codes = {one["item"] for row in rows for one in row.detail.get("packed", ())}
    items = {item.code: item for item in Item.objects.filter(code__in=codes).select_related("base_unit")}
    for row in rows:
        counts = _packed(row.detail.get("packed", ()), items) if sides else ()
        yield Happened(row.at, row.event, row.party, counts=tuple(counts))


def _packed(rows: Iterable[dict[str, Any]], items: dict[str, Item]) -> Iterator[Count]:
    for one in rows:
        if one["item"] in items:
            yield Count(items[one["item"]], one["lot"], {"before": one["before"], "quantity": one["quantity"]})


# ── on the way, and at its end ───────────────────────────────────────────────
def _ends(step: ConsignmentStep) -> bool:
    return step.state == State.RECEIVED and not step.what


def _step(step: ConsignmentStep) -> Happened:
    sent = step.state == State.DISPATCHED and not step.what
    event = SENT if sent else f"support.consignment_{step.what or step.state}"
    values = {"day": step.dated_on, "why": step.why, "was": step.was, "now": step.now}
    if step.what == What.EXPECTED:  # days, as they are written for the reader
        values |= {name: date.fromisoformat(said) if said else None for name, said in _changed(step)}
    return Happened(step.at, event, step.by_party.code, reason=step.text, values=values)


def _changed(step: ConsignmentStep) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("was", step.was), ("now", step.now)


def _seen(box: Consignment) -> Iterator[Happened]:
    """What parties saw: one thing for all lots that one party counted at one place, said at one moment."""
    said: dict[tuple[object, ...], list[Attestation]] = {}
    for row in queries.attestations(box):
        said.setdefault((row.at, row.party_id, row.role, row.place, row.seen_on, row.note), []).append(row)
    for group in said.values():
        one = group[0]
        yield Happened(
            one.at, ATTESTED, one.party.code,
            values={"as": one.role, "day": one.seen_on, "place": one.place, "remark": one.remark},
            counts=[
                Count(row.of_item, row.of_lot, {"quantity": row.quantity}, unlisted=row.line is None) for row in group
            ],
        )  # fmt: skip


def _receipts(box: Consignment, ended: set[datetime], *, sides: bool) -> Iterator[Happened]:
    for receipt in Receipt.objects.filter(consignment=box).select_related("supersedes").order_by("number"):
        values: dict[str, Any] = {"day": receipt.received_on, "number": receipt.number}
        if receipt.supersedes is not None:
            values["corrected"] = receipt.supersedes.number
        elif receipt.at in ended:
            values["ends_it"] = True
        counts: list[Count] = []
        if sides:
            values |= {"certificate": receipt.shown, "remark": receipt.note}
            lines = receipt.lines.select_related("line__line__item__base_unit")
            counts = [_count(line) for line in lines]
        event = CORRECTED if receipt.supersedes is not None else RECEIVED
        yield Happened(receipt.at, event, box.member.code, values=values, counts=counts)


def _count(line: ReceiptLine) -> Count:
    quantities = {name: getattr(line, name) for name in ("accepted", "rejected", "missing", "surplus")}
    reasons = {"rejected": str(line.get_rejected_why_display()), "missing": str(line.get_missing_why_display())}
    return Count(line.line.line.item, line.line.lot, quantities, reasons)
