"""The transmission record: an extract of released needs for a named body, sent, acknowledged, and what was used of it.

Coordination makes one of all members, a member one of its own needs. It holds what the recipient may see in detail at
that moment and nothing else; it is kept with its hash, and each member sees which extracts held its rows.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from django.db import transaction
from django.db.models import Q, QuerySet

from unmet.access import may
from unmet.access import services as access
from unmet.access.actors import current
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.books import services as books
from unmet.catalogue.models import Emergency, Sector
from unmet.files import services as files
from unmet.methods.plain import plain
from unmet.parties.models import Party, Person
from unmet.support import dated
from unmet.support import extract_table as table
from unmet.support import extract_telling as tell
from unmet.support.models import Extract, ExtractShare, ExtractStep

COORDINATION: Final = "COORD"
LONGEST_OFFICE: Final = 200
LONGEST_TEXT: Final = 1000

Reason = Literal["itself", "nothing", "too_many", "order", "date", "office", "text", "too_long", "count"]
Kind = ExtractStep.Kind
# What must have been stated before, and what may be stated once only.
_AFTER: Final = {Kind.SENT: None, Kind.ACKNOWLEDGED: Kind.SENT, Kind.USED: Kind.ACKNOWLEDGED}


class ExtractRefused(Exception):
    """Nothing was written; `reason` is one of `Reason`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


# ── making ───────────────────────────────────────────────────────────────────
def make(
    *, maker: Party, recipient: Party, emergency: Emergency | None = None, sectors: Sequence[Sector] = (), by: Person,
    at: datetime,
) -> Extract:  # fmt: skip
    """Keep a dated extract for a body: as of the last line of the books, which nobody adds to meanwhile.

    The same again, while nothing has changed, is the extract that stands.

    Raises:
        NotAllowed: `by` is neither of coordination nor one of the member's own people, as the maker is.
        ExtractRefused: `itself`; `nothing` of it may be seen by the recipient and the maker; `too_many` rows.
    """
    may.require(Deed.MAKE_EXTRACT, by=by, party=maker)
    if recipient.pk == maker.pk or recipient.code == COORDINATION:
        raise ExtractRefused("itself")
    member = None if maker.code == COORDINATION else maker
    books.settle(at=at)  # so that nothing is posted while the table is read
    with books.open(at=at) as book:
        found = table.accounts(recipient, member=member, emergency=emergency, sectors=sectors)
        rows = list(found[: table.MOST_ROWS + 1])
        sequence = books.last_sequence()
    if not rows:
        raise ExtractRefused("nothing")
    if len(rows) > table.MOST_ROWS:
        raise ExtractRefused("too_many")
    content = table.written(rows, mark="DEMONSTRATION" if access.is_demonstration() else "")
    shares = Counter(row.member_id for row in rows)
    with transaction.atomic():
        name = f"{maker.code}-{recipient.code}-{book.at:%Y-%m-%d}-{sequence}.csv"
        file = files.keep([content], name=name, owner=maker.code, person=str(by.uuid), at=book.at)
        again = Extract.objects.filter(
            maker=maker, recipient=recipient, sequence=sequence, file__sha256=file.sha256, steps=None
        ).first()
        if again is not None:
            file.delete()
            return again
        made = Extract.objects.create(
            maker=maker, recipient=recipient, emergency=emergency, file=file, rows=len(rows), sequence=sequence,
            made_by=by, made_at=book.at,
        )  # fmt: skip
        made.sectors.set(sectors)
        ExtractShare.objects.bulk_create(
            ExtractShare(extract=made, member_id=party, rows=count) for party, count in shares.items()
        )
        _record("support.extract_made", made, book.at, maker, rows=made.rows, sha256=file.sha256, sequence=sequence)
    return made


# ── what became of it ────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Noted:
    """What one of the two ends states. `office` belongs to sent and acknowledged, `text` to sent and used."""

    kind: str
    dated_on: date
    office: str = ""
    text: str = ""
    rows_used: int | None = None


@transaction.atomic
def note(extract: Extract, noted: Noted, *, party: Party, by: Person, at: datetime) -> ExtractStep:
    """State that an extract was sent (by its maker), acknowledged or used (by either end). The same again changes
    nothing.

    Raises:
        NotAllowed: `by` does not speak for the party, or the party is not the end that may state this.
        ExtractRefused: `order`; `date` (still to come, or before what it follows); `office`, `text` or `too_long`;
            `count` (more rows than it holds).
    """
    ends = {extract.maker_id} if noted.kind == Kind.SENT else {extract.maker_id, extract.recipient_id}
    may.require(Deed.NOTE_EXTRACT, by=by, party=party)
    if party.pk not in ends:
        raise may.NotAllowed(Deed.NOTE_EXTRACT, party.code)
    held = Extract.objects.select_for_update(no_key=True).get(pk=extract.pk)
    meant = _meant(noted)
    steps = list(held.steps.all())
    last = next((step for step in reversed(steps) if step.kind == meant.kind), None)
    if last is not None and _same(last, meant):
        return last
    _check(held, meant, steps, last, at=at)
    made = ExtractStep.objects.create(
        extract=held, kind=meant.kind, dated_on=meant.dated_on, office=meant.office, text=meant.text,
        rows_used=meant.rows_used, by=by, by_party=party, at=at,
    )  # fmt: skip
    _record(f"support.extract_{meant.kind}", held, at, party, dated_on=meant.dated_on.isoformat())
    tell.noted(held, made, by=by, at=at)
    return made


def _meant(noted: Noted) -> Noted:
    """What was stated, without what does not belong to its kind."""
    if noted.kind not in Kind.values:
        raise ExtractRefused("order")
    used = noted.kind == Kind.USED
    office = "" if used else plain(noted.office)
    text = "" if noted.kind == Kind.ACKNOWLEDGED else plain(noted.text)
    if len(office) > LONGEST_OFFICE or len(text) > LONGEST_TEXT:
        raise ExtractRefused("too_long")
    if not used and not office:
        raise ExtractRefused("office")
    if noted.kind != Kind.ACKNOWLEDGED and not text:
        raise ExtractRefused("text")
    return Noted(noted.kind, noted.dated_on, office, text, noted.rows_used if used else None)


def _check(
    extract: Extract, meant: Noted, steps: Sequence[ExtractStep], last: ExtractStep | None, *, at: datetime
) -> None:
    before = next((step for step in steps if step.kind == _AFTER[Kind(meant.kind)]), None)
    if (last is not None and meant.kind != Kind.USED) or (before is None and meant.kind != Kind.SENT):
        raise ExtractRefused("order")
    earliest = before.dated_on if before else extract.made_at.date()
    if meant.dated_on < earliest or dated.has_not_begun(meant.dated_on, at=at):
        raise ExtractRefused("date")
    if meant.rows_used is not None and not 0 <= meant.rows_used <= extract.rows:
        raise ExtractRefused("count")


def _same(last: ExtractStep, meant: Noted) -> bool:
    return (last.dated_on, last.office, last.text, last.rows_used) == (
        meant.dated_on, meant.office, meant.text, meant.rows_used,
    )  # fmt: skip


def _record(event: str, extract: Extract, at: datetime, party: Party, **detail: object) -> None:
    role = Role.COORDINATION if party.code == COORDINATION else ""
    access.record(
        event=event, at=at, party=party, role=role, subject_kind="extract", subject=extract.uuid, detail=detail
    )


# ── who reads it ─────────────────────────────────────────────────────────────
def whole() -> QuerySet[Extract]:
    """Extracts that the acting person's parties made or received: those read with their file. The newest first."""
    actor = current()
    makers = actor.own_parties | actor.parties_as(Role.COORDINATION)
    found = Extract.objects.filter(
        Q(maker__in=makers) | Q(recipient__in=actor.all_parties, steps__kind=Kind.SENT)
    ).distinct()
    return found.select_related("maker", "recipient", "file", "emergency").order_by("-pk")


def holding_own() -> QuerySet[ExtractShare]:
    """Which extracts held rows of the acting person's own members, and how many of theirs; the newest first."""
    found = ExtractShare.objects.filter(member__in=current().own_parties)
    related = found.select_related("extract__maker", "extract__recipient", "extract__file", "member")
    return related.order_by("-extract", "member")


def ends(extract: Extract) -> list[Party]:
    """The parties in whose name the acting person may state what became of an extract: its maker first."""
    actor = current()
    both = [extract.maker, extract.recipient]
    return [party for party in both if may.may(actor, Deed.NOTE_EXTRACT, party)]
