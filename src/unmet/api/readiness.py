"""What a request for assistance waits for before anything can be shipped, by the delivery profile of its member."""

import uuid

from unmet.api import lists
from unmet.api import profile_schemas as said
from unmet.api.door import ApiRequest, Operations
from unmet.api.lists import Cursor, Limit, Listing, Rows
from unmet.api.problems import Problem
from unmet.support import profile_queries, request_queries

operations = Operations("requests", "/requests")


@operations.listing("/{id}/readiness", said.ReadinessTick, scope="read")
def request_readiness(
    request: ApiRequest, id: uuid.UUID, limit: Limit = lists.DEFAULT, cursor: Cursor = None,  # noqa: A002
) -> Listing:  # fmt: skip
    """What its goods ask of the delivery profile, and whether it is stated. Empty where none of its lines is goods.

    Of several fields of one row, one will do. When all rows are done, the request is ready to ship.
    """
    row = request_queries.find(id)
    if row is None:
        raise Problem("not-found")
    ticks = profile_queries.readiness([row])[row.pk].ticks

    def fetch(after: str, limit: int) -> Rows:
        start = int(after or 0)
        return [
            (str(place), said.ReadinessTick(fields=[field.name for field in tick.fields], done=tick.done))
            for place, tick in enumerate(ticks[start : start + limit], start + 1)
        ]

    return Listing(said.ReadinessTick, fetch, limit, cursor)
