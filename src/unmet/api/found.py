"""What a request names by its code. What is not there and what is not for the reader are the same: not found."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from unmet.api.door import ApiRequest
from unmet.api.problems import Problem
from unmet.catalogue.models import Round
from unmet.parties.models import Party

M = TypeVar("M", bound=Model)


def by_code(rows: QuerySet[M], code: str) -> M:
    """The row with a code.

    Raises:
        Problem: `not-found`.
    """
    return one(rows.filter(code=code))


def one(rows: QuerySet[M]) -> M:
    """The first of some rows.

    Raises:
        Problem: `not-found`.
    """
    row = rows.first()
    if row is None:
        raise Problem("not-found")
    return row


def parties(codes: Iterable[str]) -> list[Party]:
    """The parties with these codes.

    Raises:
        Problem: `not-found`, naming those that are not there.
    """
    wanted = set(codes)
    there = list(Party.objects.filter(code__in=wanted).order_by("code"))
    if len(there) != len(wanted):
        raise Problem("not-found", more={"codes": sorted(wanted - {one.code for one in there})})
    return there


def own_party(request: ApiRequest, code: str) -> Party:
    """The party with this code, of whose own people the person is one.

    Raises:
        Problem: `not-found`.
    """
    return by_code(Party.objects.filter(pk__in=request.actor.own_parties), code)


def in_whose_name(mine: Sequence[Party], code: str | None) -> Party:
    """The one of the person's parties in whose name a deed is done: the one named, or the only one.

    Raises:
        Problem: `not-allowed`: the person has none; `not-found`: not the one named, or several and none named.
    """
    chosen = mine if code is None else [party for party in mine if party.code == code]
    if len(chosen) != 1:
        raise Problem("not-allowed" if code is None and not mine else "not-found")
    return chosen[0]


def asked_round(code: str) -> Round:
    """A round that is or was open; a planned one is nobody's business yet.

    Raises:
        Problem: `not-found`.
    """
    return by_code(rounds(), code)


def rounds() -> QuerySet[Round]:
    """Rounds that are or were open."""
    found: QuerySet[Any] = Round.objects.exclude(state=Round.State.PLANNED).select_related("emergency")
    return found
