"""Who may SEE what: one page.

Deny by default. A member's own people see its rows; anybody else sees a row only through a standing release that
covers it, unless the member holds its need back. Every row that can be seen carries three columns (party, sector,
uuid of the need), whatever its table; rooms above hand their querysets here and name those columns.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Case, Exists, Model, OuterRef, Q, QuerySet, When

from unmet.access.actors import Actor, current
from unmet.access.models import HoldBack, Release

M = TypeVar("M", bound=Model)
C = TypeVar("C", bound=Model)


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns by which rows are judged."""

    member: str = "member_id"
    sector: str = "sector__uuid"
    subject: str = "subject"


ACCOUNT = Columns()
STATEMENT = Columns(member="need__member_id", sector="need__item__sector__uuid", subject="need__uuid")
NEED = Columns(sector="item__sector__uuid", subject="uuid")


def standing_releases(*, at: datetime) -> QuerySet[Release]:
    """Releases that stand at a moment. Compared with `at` here, so that a late job never leaks."""
    return Release.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), withdrawn_at=None, granted_at__lte=at)


def audience(actor: Actor) -> Q:
    """Releases that are meant for this actor. A wider audience includes the narrower ones; *named* stands by itself."""
    wanted = Q(audience=Release.Audience.EVERYONE)
    if actor.person is None:
        return wanted
    if actor.is_coordination or actor.member_parties:
        wanted |= Q(audience=Release.Audience.MEMBERS)
    if actor.is_coordination:
        wanted |= Q(audience=Release.Audience.COORDINATION)
    if actor.all_parties:
        wanted |= Q(audience=Release.Audience.NAMED, pk__in=_naming(actor))
    return wanted


def _naming(actor: Actor) -> Any:
    return Release.named.through.objects.filter(party_id__in=actor.all_parties).values("release_id")


def rows(queryset: QuerySet[M], columns: Columns = ACCOUNT, *, detail: bool = False) -> QuerySet[M]:
    """Those rows of a queryset that the acting actor may see: as figures, or only those whose detail it may see.

    Raises:
        NoActor: outside `with acting(actor):`.
    """
    actor = current()
    if actor.system:
        return queryset
    own = Q(**{f"{columns.member}__in": actor.own_parties})
    covering = standing_releases(at=actor.at).filter(audience(actor), member=OuterRef(columns.member))
    if detail:
        covering = covering.filter(level=Release.Level.DETAIL)
    released = Exists(covering.filter(subject=OuterRef(columns.sector))) | Exists(
        covering.filter(subject=OuterRef(columns.subject))
    )
    held = Exists(HoldBack.objects.filter(need=OuterRef(columns.subject), lifted_at=None))
    return queryset.filter(own | (Q(released) & ~Q(held)))


@dataclass(frozen=True, slots=True)
class Sums(Generic[C, M]):
    """What adds up to all that the acting actor may see: cells taken whole, and accounts added to them or taken out."""

    cells: QuerySet[C]
    added: QuerySet[M]
    taken_out: QuerySet[M]


def sums(cells: QuerySet[C], accounts: QuerySet[M]) -> Sums[C, M]:
    """The sums of `rows(accounts)`, from cells that are the same accounts summed by member and sector (and more).

    A release of a whole sector shows its cells whole; needs released by name are added one by one, and needs held back
    are taken out again. Many accounts are then answered from few cells.

    Raises:
        NoActor: outside `with acting(actor):`.
    """
    actor = current()
    if actor.system:
        return Sums(cells, accounts.none(), accounts.none())
    own = Q(member__in=actor.own_parties)
    covering = standing_releases(at=actor.at).filter(audience(actor), member=OuterRef("member_id"))
    by_sector = Exists(covering.filter(subject=OuterRef("sector__uuid")))
    by_name = standing_releases(at=actor.at).filter(audience(actor), subject_kind=Release.Subject.NEED)
    covered = Exists(covering.filter(subject=OuterRef("subject")))
    held = HoldBack.objects.filter(lifted_at=None).values("need")
    return Sums(
        cells.filter(own | Q(by_sector)),
        # As `rows` says it, of those that no sector covers; the needs named by releases are where a database begins.
        accounts.filter(~own, ~Q(by_sector), covered, subject__in=by_name.values("subject")).exclude(subject__in=held),
        # As a value and not as a condition: PostgreSQL would else begin with every account of a released sector.
        accounts.filter(~own, subject__in=held).filter(Case(When(by_sector, then=True), default=False)),
    )


def own(queryset: QuerySet[M], columns: Columns = ACCOUNT) -> QuerySet[M]:
    """Rows of the parties whose own people the actor belongs to."""
    return queryset.filter(**{f"{columns.member}__in": current().own_parties})


def were_rows(queryset: QuerySet[M], *, at: datetime, columns: Columns = ACCOUNT, detail: bool = False) -> QuerySet[M]:
    """Rows of others that a past moment showed to the acting person's parties of today: by the releases of then."""
    stood = Release.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=at), Q(withdrawn_at=None) | Q(withdrawn_at__gt=at), granted_at__lte=at
    )
    covering = stood.filter(audience(current()), member=OuterRef(columns.member))
    if detail:
        covering = covering.filter(level=Release.Level.DETAIL)
    held = HoldBack.objects.filter(
        Q(lifted_at=None) | Q(lifted_at__gt=at), need=OuterRef(columns.subject), put_at__lte=at
    )
    return queryset.filter(_covered(covering, columns) & ~Q(Exists(held)))


def touched_rows(queryset: QuerySet[M], *, after: datetime, until: datetime, columns: Columns = ACCOUNT) -> QuerySet[M]:
    """Rows of others to which the acting person's parties may have been let in, or shut out, between two moments.

    More than were; never fewer: to be asked again by `rows` and `were_rows`, which are dear for all rows there are.
    """
    changed = (
        Q(granted_at__gt=after, granted_at__lte=until)
        | Q(withdrawn_at__gt=after, withdrawn_at__lte=until)
        | Q(ends_at__gt=after, ends_at__lte=until)
    )
    releases = Release.objects.filter(changed).filter(audience(current()))
    holds = HoldBack.objects.filter(
        Q(put_at__gt=after, put_at__lte=until) | Q(lifted_at__gt=after, lifted_at__lte=until)
    )
    members = {*releases.values_list("member_id", flat=True), *holds.values_list("member_id", flat=True)}
    held = Exists(holds.filter(need=OuterRef(columns.subject)))
    covering = releases.filter(member=OuterRef(columns.member))
    return queryset.filter(Q(**{f"{columns.member}__in": members}) & (_covered(covering, columns) | Q(held)))


def _covered(covering: QuerySet[Release], columns: Columns) -> Q:
    return Q(Exists(covering.filter(subject=OuterRef(columns.sector)))) | Q(
        Exists(covering.filter(subject=OuterRef(columns.subject)))
    )
