"""Technical comments: what another party says beside a line that it may see in detail. Signed, and binding nobody.

Whoever may see the line in detail sees its comments, and nobody else does; the public never does. Nothing is deleted:
a withdrawn comment is shown as withdrawn.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Count, QuerySet

from unmet.access import may, visible
from unmet.access import services as access
from unmet.access.actors import current
from unmet.access.may import Deed, NotAllowed
from unmet.books.models import Account
from unmet.methods.fold import fold
from unmet.methods.plain import plain
from unmet.needs import telling
from unmet.needs.models import Need, TechnicalComment
from unmet.parties.models import Party, Person

LONGEST = 2000  # characters, as the database has it too


class CommentRefused(Exception):
    """Nothing was written; `reason`: `blank`, `too_long`, `withdrawn` (it is, already) or `answered` (already)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# ── who sees a line, and what was said beside it ─────────────────────────────
def lines() -> QuerySet[Account]:
    """Open needs of other members that the acting person sees in detail. Sensitive items are never shown by place."""
    actor = current()
    found = Account.objects.filter(kind=Account.Kind.NEED, closed=False).exclude(item__flags__contains="SENS")
    if not actor.roles:
        return found.none()
    return visible.rows(found.exclude(member__in=actor.own_parties), detail=True)


def need(pk: uuid.UUID) -> Need | None:
    """The need with this uuid: one's own, or one that the acting person may see in detail. None for all others."""
    return next(iter(needs([pk])), None)


def needs(pks: Iterable[uuid.UUID]) -> list[Need]:
    """Those of some needs that are one's own, or that the acting person may see in detail."""
    actor = current()
    if not actor.roles:
        return []
    found = Need.objects.select_related("member", "emergency", "item__base_unit", "item__sector", "place", "group")
    found = found.filter(uuid__in=list(pks), item__isnull=False)
    own = list(visible.own(found, visible.NEED))
    others = found.exclude(item__flags__contains="SENS").exclude(member__in=actor.own_parties)
    return own + list(visible.rows(others, visible.NEED, detail=True))


def of(line: Need) -> QuerySet[TechnicalComment]:
    """What was said beside a line, the oldest first. The caller has found the line by `need`."""
    return line.comments.select_related("party").order_by("pk")


def counts(needs: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, int]:
    """How many comments that stand each of one's own needs has."""
    standing = TechnicalComment.objects.filter(
        need__uuid__in=list(needs), need__member__in=current().own_parties, withdrawn_at=None
    )
    return dict(standing.values_list("need__uuid").annotate(n=Count("pk")))


def unanswered(*, member: Party) -> QuerySet[TechnicalComment]:
    """Comments on a member's needs that its people have not answered."""
    own = TechnicalComment.objects.filter(need__member=member, need__member__in=current().own_parties)
    return own.filter(withdrawn_at=None, answered_at=None).select_related("party", "need__item").order_by("pk")


def comment(pk: uuid.UUID) -> TechnicalComment | None:
    """The comment with this uuid beside a line that the acting person may see."""
    found = TechnicalComment.objects.select_related("need__member", "party").filter(uuid=pk).first()
    return found if found is not None and need(found.need.uuid) is not None else None


def parties() -> list[Party]:
    """The parties in whose name the acting person may comment, A to Z."""
    actor = current()
    mine = Party.objects.filter(pk__in=actor.all_parties).in_reading_order()
    return [party for party in mine if may.may(actor, Deed.COMMENT, party)]


# ── writing, answering, withdrawing ──────────────────────────────────────────
def _said(text: str) -> str:
    said = plain(text.replace("\r\n", "\n"))
    if not fold(said):
        raise CommentRefused("blank")
    if len(said) > LONGEST:
        raise CommentRefused("too_long")
    return said


@transaction.atomic
def write(line: Need, text: str, *, party: Party, by: Person, at: datetime) -> TechnicalComment:
    """Say something beside a line, in the name of a party. The same words again are the comment that stands.

    Raises:
        NotAllowed: `by` does not speak for the party, may not see the line in detail, or it is the party's own line.
        CommentRefused: see there.
    """
    actor = may.require(Deed.COMMENT, by=by, party=party)
    if line.member_id in actor.own_parties or line.member_id == party.pk or need(line.uuid) is None:
        raise NotAllowed(Deed.COMMENT, party.code)
    said = _said(text)
    standing = TechnicalComment.objects.filter(need=line, party=party, text=said, withdrawn_at=None).first()
    if standing is not None:
        return standing
    made = TechnicalComment.objects.create(
        need=line, party=party, role=may.role_for(actor, Deed.COMMENT, party), text=said, written_by=by, written_at=at
    )
    access.record(
        event="needs.commented", at=at, party=party, role=made.role, subject_kind="need", subject=line.uuid,
        comment=str(made.uuid), member=line.member.code,
    )  # fmt: skip
    telling.commented(made, by=by, at=at)
    telling.commented_to_followers(made, by=by, at=at)
    return made


@transaction.atomic
def answer(said: TechnicalComment, text: str, *, by: Person, at: datetime) -> None:
    """The member's people answer, once. The answer is seen by whoever sees the comment.

    Raises:
        NotAllowed: `by` is no focal point or approver of the member.
        CommentRefused: see there.
    """
    may.require(Deed.ENTER_NEEDS, by=by, party=said.need.member)
    words = _said(text)
    open_ones = TechnicalComment.objects.filter(pk=said.pk, answered_at=None)
    if not open_ones.filter(withdrawn_at=None).update(answer=words, answered_by=by, answered_at=at):
        raise CommentRefused("withdrawn" if open_ones.exists() else "answered")
    access.record(
        event="needs.comment_answered", at=at, party=said.need.member, subject_kind="need", subject=said.need.uuid,
        comment=str(said.uuid),
    )  # fmt: skip
    telling.comment_answered(said, by=by, at=at)


@transaction.atomic
def withdraw(said: TechnicalComment, *, by: Person, at: datetime) -> None:
    """The party that wrote it takes it back: it is shown as withdrawn, without its words.

    Raises:
        NotAllowed: `by` does not speak for that party.
        CommentRefused: it is withdrawn already.
    """
    may.require(Deed.COMMENT, by=by, party=said.party)
    if not TechnicalComment.objects.filter(pk=said.pk, withdrawn_at=None).update(withdrawn_by=by, withdrawn_at=at):
        raise CommentRefused("withdrawn")
    access.record(
        event="needs.comment_withdrawn", at=at, party=said.party, subject_kind="need", subject=said.need.uuid,
        comment=str(said.uuid),
    )  # fmt: skip
