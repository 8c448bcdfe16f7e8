"""Releases: what a member lets others see, to whom, until when; granted and withdrawn by its approver."""

import uuid
from collections.abc import Iterable

from django.db.models import QuerySet

from unmet.access import may
from unmet.access import models as access
from unmet.access.may import Deed
from unmet.api import found, lists
from unmet.api import release_schemas as said
from unmet.api.door import ApiRequest, One, Operations, require_version
from unmet.api.lists import Cursor, Limit, Listing, Rows
from unmet.api.problems import Problem
from unmet.api.values import Code
from unmet.catalogue.models import Sector
from unmet.needs import services as needs
from unmet.needs.models import Need
from unmet.parties.models import Party

operations = Operations("releases", "/releases")


@operations.listing("", said.Release, scope="read")
def releases(
    request: ApiRequest, member: Code | None = None, limit: Limit = lists.DEFAULT, cursor: Cursor = None
) -> Listing:
    """The releases of your own members, withdrawn ones too, in the order in which they were granted."""
    rows = _own(request)
    if member is not None:
        rows = rows.filter(member=found.own_party(request, member))
    by_age = lists.by_age(rows, lambda row: row)

    def fetch(after: str, limit: int) -> Rows:
        found_ = by_age(after, limit)
        sectors = _sectors()
        return [(key, _release(row, sectors, request)) for key, row in found_]  # type: ignore[arg-type]

    return Listing(said.Release, fetch, limit, cursor)


@operations.one("/{id}", said.Release, scope="read", tagged=True)
def release(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002 - the name in the address
    """One release; its `ETag` is the version that you withdraw."""
    row = found.one(_own(request).filter(uuid=id))
    return One(_release(row, _sectors(), request), etag=_version(row))


@operations.post("", said.Releases, scope="release", status=201)
def grant_releases(request: ApiRequest, body: said.NewRelease) -> One:
    """Let others see sectors or needs of your member, later versions too. To everyone is at once and for all to keep.

    What has been public once cannot be made unseen; a withdrawal takes it out of the public book from then on.
    """
    party = found.own_party(request, body.member)
    may.require(Deed.RELEASE, by=request.person, party=party)
    subjects = [("sector", one.uuid) for one in _all(Sector.objects.all(), body.sectors)]
    subjects += [("need", one) for one in _needs(party, body.needs)]
    granted = needs.release(
        member=party, subjects=subjects, level=body.level, audience=body.audience, until_on=body.until,
        by=request.person, at=request.at, named=_all(Party.objects.all(), body.named),
    )  # fmt: skip
    sectors = _sectors()
    rows = _own(request).filter(pk__in=[one.pk for one in granted]).order_by("pk")
    return One(said.Releases(releases=[_release(row, sectors, request) for row in rows]), status=201)


@operations.post("/{id}/withdrawal", said.Release, scope="release", body="", changes=True, tagged=True)
def withdraw_release(request: ApiRequest, id: uuid.UUID) -> One:  # noqa: A002
    """Take a release back. What it alone made public leaves the public book at once."""
    row = found.one(_own(request).filter(uuid=id))
    may.require(Deed.RELEASE, by=request.person, party=row.member)
    require_version(request, _version(row))
    needs.withdraw_release(row, by=request.person, at=request.at)
    row = found.one(_own(request).filter(uuid=id))
    return One(_release(row, _sectors(), request), etag=_version(row))


def _own(request: ApiRequest) -> QuerySet[access.Release]:
    rows = access.Release.objects.filter(member__in=request.actor.own_parties)
    return rows.select_related("member").prefetch_related("named")


def _version(row: access.Release) -> str:
    return f'"{row.uuid}.{"withdrawn" if row.withdrawn_at else "granted"}"'


def _sectors() -> dict[uuid.UUID, str]:
    return dict(Sector.objects.values_list("uuid", "code"))


def _all(rows: QuerySet, codes: Iterable[str]) -> list:  # type: ignore[type-arg]
    """The rows with these codes.

    Raises:
        Problem: `not-found` when one is not there.
    """
    wanted = set(codes)
    there = list(rows.filter(code__in=wanted))
    if len(there) != len(wanted):
        raise Problem("not-found", more={"codes": sorted(wanted - {one.code for one in there})})
    return there


def _needs(party: Party, wanted: Iterable[str]) -> list[uuid.UUID]:
    ids = set()
    for one in wanted:
        try:
            ids.add(uuid.UUID(one))
        except ValueError as wrong:
            raise Problem("not-found") from wrong
    there = set(Need.objects.filter(member=party, uuid__in=ids).values_list("uuid", flat=True))
    if there != ids:
        raise Problem("not-found")
    return sorted(there)


def _release(row: access.Release, sectors: dict[uuid.UUID, str], request: ApiRequest) -> said.Release:
    return said.Release(
        id=row.uuid, member=row.member.code, subject_kind=row.subject_kind,
        subject=sectors.get(row.subject, str(row.subject)), level=row.level, audience=row.audience,
        named=sorted(party.code for party in row.named.all()), until=row.until_on, granted_at=row.granted_at,
        withdrawn_at=row.withdrawn_at,
        standing=row.withdrawn_at is None and (row.ends_at is None or row.ends_at > request.at),
    )  # fmt: skip
