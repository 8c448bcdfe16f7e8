"""Money in the columns of OCHA's Financial Tracking Service, as everyone and as one's parties see it."""

# ruff: noqa: N815 - the names of the columns are those of FTS

from collections.abc import Callable

from django.db.models import Q, QuerySet
from pydantic import BaseModel, Field

from unmet.api import lists
from unmet.api.door import ApiRequest, Operations
from unmet.api.lists import Cursor, Limit, Listing, Rows
from unmet.api.problems import Problem
from unmet.exchange import fts
from unmet.figures import money as figures
from unmet.support import flow_queries as queries
from unmet.support.models import Flow

operations = Operations("money", "/money")


class FtsFlow(BaseModel):
    """What stands of one flow at one stage, by the names that FTS has; amounts and rates are exact decimal texts."""

    id: str = Field(description="Of the flow; it comes once for each stage at which something of it stands.")
    versionId: int
    status: str = Field(description="pledge, commitment or paid")
    date: str = Field(description="Of the last step that brought money to this stage.")
    budgetYear: int
    decisionDate: str = Field(description="Of the first step.")
    firstReportedDate: str
    amountUSD: str
    originalAmount: str
    originalCurrency: str
    exchangeRate: str = Field(description="Units of the currency for one US dollar; empty for US dollars.")
    contributionType: str
    flowType: str = Field(description="Standard, or Pass through where it was counted when its source stated it.")
    method: str
    boundary: str = Field(description="incoming, internal or outgoing, seen from the coalition")
    newMoney: str
    parentFlowId: str
    srcOrganization: str
    srcLocations: str
    destOrganization: str
    destLocations: str
    destEmergency: str
    destGlobalClusters: str
    description: str = Field(description="Only of money of your parties.")
    refCode: str = Field(description="Only of money of your parties.")
    instrument: str = Field(description="grant or loan, which are never added; FTS has no such column.")


@operations.listing("/public/fts", FtsFlow)
def public_money_fts(request: ApiRequest, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """Money that its sources show to everyone, in the columns of FTS; what passes on counted money is not in it."""
    return Listing(FtsFlow, _by_stage(figures.counted(queries.public()), of_everyone=True), limit, cursor)


@operations.listing("/fts", FtsFlow, scope="read")
def money_seen_fts(request: ApiRequest, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """All money that you may see, in the columns of FTS: what your parties give, pass on and get, and public money."""
    return Listing(FtsFlow, _by_stage(fts.seen(), of_everyone=False), limit, cursor)


def _by_stage(flows: QuerySet[Flow], *, of_everyone: bool) -> Callable[[str, int], Rows]:
    """One row for each stage at which something stands, in the order in which flows were stated.

    The cursor names the flow and the number of the row within it.
    """
    standing = flows.filter(Q(pledged__gt=0) | Q(committed__gt=0) | Q(paid__gt=0))

    def fetch(after: str, limit: int) -> Rows:
        uuid_, _space, number = after.partition(" ")
        # Each has at least one row, and the one at which the last page ended may have no more.
        shown = queries.for_reading(_from(standing, uuid_)).order_by("pk")[: limit + 1]
        found: list[tuple[str, FtsFlow]] = []
        place, before = 0, ""
        for row in fts.rows(shown, of_everyone=of_everyone):
            place = place + 1 if row["id"] == before else 1
            before = str(row["id"])
            if before != uuid_ or place > int(number):
                found.append((f"{before} {place}", _said(row)))
        return found[:limit]

    return fetch


def _from(flows: QuerySet[Flow], uuid_: str) -> QuerySet[Flow]:
    if not uuid_:
        return flows
    place = Flow.objects.filter(uuid=uuid_).values_list("pk", flat=True).first()
    if place is None:
        raise Problem("cursor")
    return flows.filter(pk__gte=place)


def _said(row: fts.Row) -> FtsFlow:
    """As exact texts; what is counted stays a number."""
    told = {
        name: value if isinstance(value, int) else "" if value is None else str(value) for name, value in row.items()
    }
    return FtsFlow.model_validate(told)
