"""Parties: states, organisations, funds, banks and networks, with their dated membership."""

from collections.abc import Mapping, Sequence

from django.db.models import QuerySet

from unmet.api import found, lists
from unmet.api import reference_schemas as said
from unmet.api.door import ApiRequest, One, Operations
from unmet.api.lists import Cursor, Limit, Listing
from unmet.api.values import Code
from unmet.parties import models, sets
from unmet.parties.models import Membership

operations = Operations("parties", "/parties")


@operations.listing("", said.Party)
def parties(request: ApiRequest, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """All parties, by code."""
    status = _status(models.Party.objects.all(), request)
    named = sets.named_of(on=request.at.date())
    return Listing(
        said.Party,
        lists.by_code(models.Party.objects.all(), lambda one: _party(one, status.get(one.pk, ""), named)),
        limit, cursor,
    )  # fmt: skip


@operations.one("/{code}", said.PartyWithHistory)
def party(request: ApiRequest, code: Code) -> One:
    """One party, with its memberships."""
    row = found.by_code(models.Party.objects.all(), code)
    status = _status(models.Party.objects.filter(pk=row.pk), request)
    history = [
        said.Membership(status=one.status, from_on=one.from_on, until_on=one.until_on)
        for one in row.memberships.order_by("from_on", "pk")
    ]
    told = _party(row, status.get(row.pk, ""), sets.named_of(on=request.at.date())).model_dump()
    return One(said.PartyWithHistory(**told, memberships=history))


def _status(parties: QuerySet[models.Party], request: ApiRequest) -> dict[int, str]:
    """What parties are today, by id."""
    today = request.at.date()
    observers = parties.observers(on=today).values_list("pk", flat=True)  # type: ignore[attr-defined]
    members = parties.members(on=today).values_list("pk", flat=True)  # type: ignore[attr-defined]
    return dict.fromkeys(observers, str(Membership.Status.OBSERVER)) | dict.fromkeys(
        members, str(Membership.Status.MEMBER)
    )


def _party(row: models.Party, status: str, named: Mapping[int, Sequence[str]]) -> said.Party:
    return said.Party(
        code=row.code, kind=row.kind, name=row.name, iso3=row.iso3, iso2=row.iso2, m49=row.m49,
        regional_group=row.regional_group, sets=list(named.get(row.pk, ())), status=status,
    )  # fmt: skip
