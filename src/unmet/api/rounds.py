"""Rounds: the windows in which members answer. A planned one is not shown."""

from typing import Literal

from unmet.api import found, lists
from unmet.api import reference_schemas as said
from unmet.api.door import ApiRequest, One, Operations
from unmet.api.lists import Cursor, Limit, Listing
from unmet.api.values import Code
from unmet.catalogue import models
from unmet.catalogue.models import Emergency

operations = Operations("rounds", "/rounds")


@operations.listing("", said.Round)
def rounds(
    request: ApiRequest, emergency: Code | None = None, state: Literal["open", "closed"] | None = None,
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """Rounds that are or were open, by code."""
    rows = found.rounds().prefetch_related("asked__sector")
    if emergency is not None:
        rows = rows.filter(emergency=found.by_code(Emergency.objects.all(), emergency))
    if state is not None:
        rows = rows.filter(state=state)
    return Listing(said.Round, lists.by_code(rows, _round), limit, cursor)


@operations.one("/{code}", said.Round)
def round_(request: ApiRequest, code: Code) -> One:
    """One round."""
    return One(_round(found.asked_round(code)))


def _round(row: models.Round) -> said.Round:
    return said.Round(
        code=row.code, name=row.name, emergency=row.emergency.code, state=row.state, window_from=row.window_from_on,
        window_until=row.window_until_on, period_from=row.period_from_on, period_until=row.period_until_on,
        freshness_days=row.freshness_days, sectors=sorted(asked.sector.code for asked in row.asked.all()),
    )  # fmt: skip
