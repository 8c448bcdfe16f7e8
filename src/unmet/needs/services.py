"""What happens to returns: submit, send back, approve, withdraw. Drafts and releases are called from here too."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.books import bulk
from unmet.books import services as books
from unmet.books.models import Account
from unmet.catalogue.models import Round
from unmet.catalogue.windows import day_still_running
from unmet.methods.plain import plain
from unmet.needs import flash, lapsing, telling
from unmet.needs.drafts import DraftChanged as DraftChanged
from unmet.needs.drafts import discard_draft as discard_draft
from unmet.needs.drafts import save_draft as save_draft
from unmet.needs.lines import NeedLine
from unmet.needs.merge import LineRefused as LineRefused
from unmet.needs.merge import Merge
from unmet.needs.merge import NeedKey as NeedKey
from unmet.needs.models import Calculation, Draft, Proposal, Return, SignedPrint, Statement
from unmet.needs.releases import hold_back as hold_back
from unmet.needs.releases import lift_hold_back as lift_hold_back
from unmet.needs.releases import release as release
from unmet.needs.releases import withdraw_release as withdraw_release
from unmet.parties.models import Party, Person


class RoundNotOpen(Exception):
    """The round takes no returns now: it is planned or closed, or its window has not begun or has ended."""


class NotAMember(Exception):
    """The party is not a member of the coalition on this day, so it states no needs here."""


class OpenNeedsStand(Exception):
    """ "Nothing to report" while needs of that emergency are open; each is ended with 0 first. `count` of them."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class NothingSaid(Exception):
    """A return without a line that is not "nothing to report"."""


class NotYoursToApprove(Exception):
    """The return is not waiting for approval, or the person approving typed a line of it."""


class ScanNotYours(Exception):
    """The signed print is of another version or has no scan, or the person approving attached the scan."""


class ReturnChanged(Exception):
    """Somebody sent a newer version while this page was open."""


class ReasonMissing(Exception):
    """A quantity was changed, or a return sent back, without saying why."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a submission did. `return_` is None when every line was as it stood already.

    `keys` are (item id, own words folded, place id, group id) of the need of each line, in the order of the lines.
    """

    return_: Return | None
    created: int
    updated: int
    unchanged: int
    keys: Sequence[NeedKey] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """The approver's own quantity for a line (thousandths), and why."""

    quantity: int
    reason: str


# ── submitting ───────────────────────────────────────────────────────────────
def submit(
    lines: Sequence[NeedLine],
    *,
    member: Party,
    round_: Round,
    by: Person,
    at: datetime,
    nothing_to_report: bool = False,
    typed_by: Iterable[Person] = (),
    note: str = "",
    calculations: Mapping[int, Calculation] | None = None,
    draft: Draft | None = None,
) -> Submitted:
    """Send lines to the approver. Lines equal to the newest statement of the same round change nothing.

    A return that still waits, or was sent back, is replaced: its lines that are not named again stay in it.
    `calculations` gives, by position of a line, the stored calculation behind its calculated quantity.
    `draft` is the one that these lines were typed in, which has served; another door's lines leave drafts alone.

    Raises:
        NotAllowed, NotAMember, RoundNotOpen, NothingSaid, OpenNeedsStand, LineRefused: see there; nothing is written.
    """
    # What lapsed by now is no longer "unchanged", whether or not anybody has looked since.
    books.settle(at=at)
    _require_may_state(member=member, round_=round_, by=by, at=at)
    with bulk.many_objects():
        merge = Merge(lines, member=member, round_=round_, calculations=calculations or {})
        if not nothing_to_report:
            merge.prepare()
        with transaction.atomic():
            return _submit(
                merge, member=member, round_=round_, by=by, at=at, nothing_to_report=nothing_to_report,
                typed_by=typed_by, note=note, draft=draft,
            )  # fmt: skip


def _submit(
    merge: Merge,
    *,
    member: Party,
    round_: Round,
    by: Person,
    at: datetime,
    nothing_to_report: bool,
    typed_by: Iterable[Person],
    note: str,
    draft: Draft | None,
) -> Submitted:
    _require_may_state(member=member, round_=round_, by=by, at=at)
    # One submission of a member at a time; on SQLite the transaction is the only writer anyway. "No key": the books,
    # open in another transaction, may still insert rows that point to the party, else the two wait for each other.
    Party.objects.select_for_update(no_key=True).get(pk=member.pk)
    # Waits for an approver who is deciding it; what was decided meanwhile is no longer pending.
    waiting = Return.objects.pending().select_for_update(no_key=True)
    pending = waiting.filter(member=member, round=round_).first()
    if nothing_to_report:
        _refuse_nothing_while_needs_stand(member, round_, merge.lines)
    elif not merge.lines:
        raise NothingSaid
    merge.settle()
    flash.note_answer(member=member, round_=round_, at=at)
    typists = list(typed_by)  # read before the draft, whose typists they may be, is gone
    letters: list[int] = []
    if draft is not None:
        # Waits for a colleague who is deleting it: its letters then wait again, and are not in this return.
        Draft.objects.select_for_update().filter(pk=draft.pk).first()
        letters = list(draft.proposals.values_list("pk", flat=True))
        Draft.objects.filter(pk=draft.pk, member=member, round=round_).delete()
    if not merge.fresh and not nothing_to_report and (pending is None or pending.state == Return.State.SUBMITTED):
        return Submitted(pending, 0, 0, merge.unchanged, merge.keys)
    if nothing_to_report and pending and pending.nothing_to_report and pending.state == Return.State.SUBMITTED:
        return Submitted(pending, 0, 0, 0)
    return_ = _next_version(pending, member, round_, by, at, nothing_to_report, note)
    return_.entered_by.add(by, *typists)
    Proposal.objects.filter(pk__in=letters).update(into=return_)
    if nothing_to_report:
        _drop_lines(return_)
    merge.write(return_)
    access.record(
        event="needs.submitted", at=at, party=member, subject_kind="return", subject=return_.uuid,
        revision=return_.revision, created=merge.created, updated=merge.updated, unchanged=merge.unchanged,
        nothing_to_report=nothing_to_report,
    )  # fmt: skip
    telling.submitted(return_, by=by, at=at)
    return Submitted(return_, merge.created, merge.updated, merge.unchanged, merge.keys)


def _require_may_state(*, member: Party, round_: Round, by: Person, at: datetime) -> None:
    may.require(Deed.ENTER_NEEDS, by=by, party=member)
    require_open(round_, at=at)
    if not Party.objects.filter(pk=member.pk).members(on=at.date()).exists():
        raise NotAMember


def require_open(round_: Round, *, at: datetime) -> None:
    """Refuse when a round takes no returns at a moment.

    Raises:
        RoundNotOpen: see there.
    """
    begun = round_.window_from_on <= at.date()
    if round_.state != Round.State.OPEN or not begun or round_.window_until_on < day_still_running(at):
        raise RoundNotOpen


def _refuse_nothing_while_needs_stand(member: Party, round_: Round, lines: Sequence[NeedLine]) -> None:
    standing = Account.objects.filter(
        member=member, emergency=round_.emergency_id, kind=Account.Kind.NEED, closed=False, approved__gt=0
    ).count()
    if standing or lines:
        raise OpenNeedsStand(standing or len(lines))


def _next_version(
    pending: Return | None, member: Party, round_: Round, by: Person, at: datetime, nothing: bool, note: str
) -> Return:
    """The pending return as its next version, or a new one."""
    last = Return.objects.filter(member=member, round=round_).order_by("-revision").first()
    revision = last.revision + 1 if last else 1
    if pending is None:
        return Return.objects.create(
            member=member, round=round_, revision=revision, nothing_to_report=nothing, note=note,
            submitted_by=by, submitted_at=at,
        )  # fmt: skip
    Return.objects.filter(pk=pending.pk).update(
        revision=revision, nothing_to_report=nothing, note=note, submitted_by=by, submitted_at=at,
        state=Return.State.SUBMITTED, decided_by=None, decided_at=None,
    )  # fmt: skip
    pending.refresh_from_db()
    return pending


# ── deciding ─────────────────────────────────────────────────────────────────
def approve(
    return_: Return,
    *,
    by: Person,
    at: datetime,
    revision: int,
    changes: Mapping[int, Change] | None = None,
    countersigned: SignedPrint | None = None,
) -> int:
    """Approve a submitted return, all of its lines or none, and put them in the books.

    `revision` is the version the person has seen; `changes` are quantities of the approver's own, by statement id;
    `countersigned` is the signed print whose scan the person confirms.
    Returns the number of needs whose approved quantity changed.

    Raises:
        NotAllowed: `by` is no approver of the member.
        NotYoursToApprove, ReturnChanged, ReasonMissing: see there.
        ScanNotYours: the print is of another version, has no scan, or `by` attached it.
        books.LaterRoundHolds: a later round has taken a need on.
    """
    may.require(Deed.APPROVE_NEEDS, by=by, party=return_.member)
    changes = changes or {}
    if any(not plain(change.reason) for change in changes.values()):
        raise ReasonMissing
    if countersigned is not None:
        require_scan(countersigned, return_, revision=revision, by=by)
    # Read and built before anything is locked; `revision` proves it is still so.
    with bulk.many_objects():
        postings = _postings(return_, changes)
        prepared = books.prepare(postings, member=return_.member_id, round_=return_.round, at=at)
    with bulk.many_objects(), transaction.atomic():
        # The statements are written before the books are opened: on PostgreSQL nobody waits for that.
        _take(return_, by=by, at=at, revision=revision, state=Return.State.APPROVED)
        if countersigned is not None:
            Return.objects.filter(pk=return_.pk).update(countersigned=countersigned)
        mine = Statement.objects.filter(in_return=return_, newest=True, approved=None)
        for pk, change in changes.items():
            mine.filter(pk=pk).update(approved=change.quantity, approved_at=at, reason=plain(change.reason)[:500])
        mine.update(approved=F("requested"), approved_at=at)
        lapsing.ask(return_, at=at)
        with books.open(at=at) as book:
            changed = book.restate(postings, member=return_.member_id, round_=return_.round, prepared=prepared)
            access.record(
                event="needs.approved", at=book.at, party=return_.member, role=Role.APPROVER, subject_kind="return",
                subject=return_.uuid, revision=revision, lines=len(postings), changed=changed,
                changed_by_approver=len(changes), countersigned=countersigned.code if countersigned else "",
            )  # fmt: skip
            telling.approved(return_, changed=len(changes), by=by, at=book.at)
    return changed


def require_scan(print_: SignedPrint, return_: Return, *, revision: int, by: Person) -> None:
    """Whether a person may confirm the scan of a signed print: of this version, standing, attached by somebody else.

    Raises:
        ScanNotYours: see there.
    """
    scan = print_.scan
    if print_.of_id != return_.pk or print_.revision != revision or scan is None or scan.taken_back_at is not None:
        raise ScanNotYours
    if scan.attached_by == str(by.uuid):
        raise ScanNotYours


def _postings(return_: Return, changes: Mapping[int, Change]) -> list[books.Posting]:
    """The lines of a return that have an item, as the books take them."""
    rows = (
        Statement.objects.filter(in_return=return_, newest=True, approved=None, need__item__isnull=False)
        .order_by("pk")
        .values_list(
            "pk", "requested", "pipeline", "needed_by_on", "rank",
            "need__uuid", "need__item_id", "need__place_id", "need__group_id",
        )
    )  # fmt: skip
    return [
        books.Posting(
            item, place, group, subject, (changes[pk].quantity if pk in changes else requested) + pipeline,
            pk, needed_by, rank,
        )
        for pk, requested, pipeline, needed_by, rank, subject, item, place, group in rows.iterator(chunk_size=5000)
    ]  # fmt: skip


def _take(return_: Return, *, by: Person, at: datetime, revision: int, state: str) -> None:
    """Decide a submitted return in one UPDATE, so that two people who press together cannot both succeed."""
    waiting = Return.objects.submitted().filter(pk=return_.pk)
    # Two people: whoever typed any line of it may not approve it. Sending back is open to every approver.
    if state == Return.State.APPROVED:
        waiting = waiting.exclude(submitted_by=by).exclude(entered_by=by)
    if not waiting.filter(revision=revision).update(state=state, decided_by=by, decided_at=at):
        # Asked afterwards: a newer version may have come while the UPDATE waited for it.
        if Return.objects.submitted().filter(pk=return_.pk).exclude(revision=revision).exists():
            raise ReturnChanged
        raise NotYoursToApprove
    return_.refresh_from_db()


@transaction.atomic
def send_back(return_: Return, *, comment: str, by: Person, at: datetime, revision: int) -> None:
    """Send a submitted return back to those who entered it, with a comment.

    Raises:
        NotAllowed: `by` is no approver of the member.
        ReasonMissing, NotYoursToApprove, ReturnChanged: see there.
    """
    may.require(Deed.APPROVE_NEEDS, by=by, party=return_.member)
    if not plain(comment):
        raise ReasonMissing
    _take(return_, by=by, at=at, revision=revision, state=Return.State.SENT_BACK)
    Return.objects.filter(pk=return_.pk).update(comment=plain(comment))
    access.record(
        event="needs.sent_back", at=at, party=return_.member, role=Role.APPROVER, subject_kind="return",
        subject=return_.uuid, reason=plain(comment), revision=revision,
    )  # fmt: skip
    telling.sent_back(return_, by=by, at=at)


@transaction.atomic
def withdraw(return_: Return, *, by: Person, at: datetime) -> None:
    """The member's people take back a return that is not approved yet. Its lines count nowhere.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        NotYoursToApprove: it is not waiting.
    """
    may.require(Deed.ENTER_NEEDS, by=by, party=return_.member)
    met = (
        Return.objects.pending()
        .filter(pk=return_.pk)
        .update(state=Return.State.WITHDRAWN, decided_by=by, decided_at=at)
    )
    if not met:
        raise NotYoursToApprove
    _drop_lines(return_)
    access.record(event="needs.withdrawn", at=at, party=return_.member, subject_kind="return", subject=return_.uuid)


def _drop_lines(return_: Return) -> None:
    """The lines of a return that are not approved count nowhere; the approved ones they replaced are newest again."""
    dropped = Statement.objects.filter(in_return=return_, newest=True, approved=None)
    needs, round_id = list(dropped.values_list("need_id", flat=True)), return_.round_id
    dropped.update(newest=False)
    for start in range(0, len(needs), 5000):
        last = (
            Statement.objects.filter(need__in=needs[start : start + 5000], round=round_id, approved__isnull=False)
            .values("need")
            .annotate(last=Max("pk"))
            .values("last")
        )
        Statement.objects.filter(pk__in=list(last.values_list("last", flat=True))).update(newest=True)
