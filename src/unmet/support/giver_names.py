"""A giver shows its name to everyone, beside what members have received of it, or takes that back.

It says so once for all that it gives, and otherwise for one offer, or for one line of support that came of no offer.
Nothing is named before the member has received it, so that nobody reads from it that a consignment is under way; and
nothing that the member has not released to everyone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from unmet.access import may
from unmet.access import services as access
from unmet.access.actors import current
from unmet.access.may import Deed
from unmet.parties.models import Party, Person
from unmet.support import giver_names_telling as tell
from unmet.support.models import GiverName, Line, Offer, OfferedLine

Says = GiverName.Says
Reason = Literal["same", "of_offer", "draft"]


class NameRefused(Exception):
    """It cannot be said: it stands so already (`same`), or of this it is not said (`of_offer`, `draft`)."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


# ── saying ───────────────────────────────────────────────────────────────────
def say(giver: Party, says: str, *, by: Person, at: datetime) -> None:
    """Whether the giver is named beside all that it gives, but for what it says otherwise of.

    Raises:
        NotAllowed: `by` is no approver or responder of the giver.
        NameRefused: it stands so already (`same`).
        ValueError: `says` is an exception's word, or none.
    """
    if says not in (Says.NAMED, Says.NOT_NAMED):
        raise ValueError(says)
    _say(giver, says, by=by, at=at)


def say_of_offer(offer: Offer, says: str, *, by: Person, at: datetime) -> None:
    """The same of all that comes of one offer; *as for all* ends the exception.

    Raises:
        NotAllowed: `by` is no approver or responder of the giver.
        NameRefused: it stands so already (`same`), or the offer is a `draft`, which may still go.
        ValueError: no such word.
    """
    may.require(Deed.NAME_GIVER, by=by, party=offer.giver)
    if offer.state == Offer.State.DRAFT:
        raise NameRefused("draft")
    _say(offer.giver, says, offer=offer, by=by, at=at)


def say_of_line(line: Line, says: str, *, by: Person, at: datetime) -> None:
    """The same of one line of support; *as for all* ends the exception.

    Raises:
        NotAllowed: `by` is no approver or responder of the giver.
        NameRefused: it stands so already (`same`), or the line came `of_offer`, of which it is said.
        ValueError: no such word.
    """
    may.require(Deed.NAME_GIVER, by=by, party=line.giver)
    if OfferedLine.objects.filter(line=line).exists():
        raise NameRefused("of_offer")
    _say(line.giver, says, line=line, by=by, at=at)


@transaction.atomic
def _say(
    giver: Party, says: str, *, by: Person, at: datetime, offer: Offer | None = None, line: Line | None = None
) -> None:
    may.require(Deed.NAME_GIVER, by=by, party=giver)
    word, before = Says(says), Says.NOT_NAMED if offer is None and line is None else Says.AS_ALL
    rows = GiverName.objects.filter(giver=giver, offer=offer, line=line)
    if not rows.exclude(says=word).update(says=word, by=by, at=at):
        if word == before or rows.exists():
            raise NameRefused("same")
        try:
            with transaction.atomic():
                GiverName.objects.create(giver=giver, offer=offer, line=line, says=word, by=by, at=at)
        except IntegrityError:  # a colleague pressed at the same moment
            raise NameRefused("same") from None
    subject = offer or line
    access.record(
        event="support.giver_name", at=at, party=giver,
        subject_kind="party" if subject is None else "offer" if offer else "support",
        subject=giver.uuid if subject is None else subject.uuid, detail={"says": str(word)},
    )  # fmt: skip
    tell.said(giver, of_all=subject is None, by=by, at=at)


# ── reading ──────────────────────────────────────────────────────────────────
def speaking() -> list[Party]:
    """The parties in whose name the acting person gives, A to Z: those whose word on this he or she reads."""
    actor = current()
    mine = Party.objects.filter(pk__in=actor.all_parties).in_reading_order()
    return [party for party in mine if may.may(actor, Deed.STATE_SUPPORT, party)]


def of_all(giver: Party) -> str:
    """What the giver says for all that it gives."""
    rows = GiverName.objects.filter(giver=giver, offer=None, line=None)
    return rows.values_list("says", flat=True).first() or Says.NOT_NAMED


def of_offer(offer: Offer) -> str:
    """What the giver says of one offer."""
    return GiverName.objects.filter(offer=offer).values_list("says", flat=True).first() or Says.AS_ALL


def of_line(line: Line) -> str:
    """What the giver says of one line of support."""
    return GiverName.objects.filter(line=line).values_list("says", flat=True).first() or Says.AS_ALL


def exceptions(giver: Party) -> Sequence[GiverName]:
    """What it says otherwise of, the newest first."""
    rows = GiverName.objects.filter(giver=giver).exclude(offer=None, line=None).exclude(says=Says.AS_ALL)
    return list(rows.select_related("offer", "line__item", "line__member").order_by("-at", "-pk"))


def anybody() -> bool:
    """Whether any giver is named at all; most of the time none is, and readers need not look further."""
    return GiverName.objects.filter(says=Says.NAMED).exists()


def named() -> Q:
    """Lines of support whose giver is named to everyone, as a condition; what of them is public is not asked here."""
    said = GiverName.objects.filter(offer=None, line=None, says=Says.NAMED)
    by_all = Q(giver__in=said.values("giver"))
    return (by_all & ~Q(pk__in=_excepted(Says.NOT_NAMED)) & ~Q(pk__in=_excepted_lines(Says.NOT_NAMED))) | Q(
        pk__in=_excepted(Says.NAMED)
    ) | Q(pk__in=_excepted_lines(Says.NAMED))  # fmt: skip


def _excepted(says: str) -> QuerySet[OfferedLine, int]:
    offers = GiverName.objects.filter(offer__isnull=False, says=says).values("offer")
    return OfferedLine.objects.filter(offer_line__offer__in=offers).values("line")  # type: ignore[return-value]


def _excepted_lines(says: str) -> QuerySet[GiverName, int]:
    return GiverName.objects.filter(line__isnull=False, says=says).values("line")  # type: ignore[return-value]
