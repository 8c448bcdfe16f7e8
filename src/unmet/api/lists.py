"""Lists in pages: each page says where the next one begins, and the whole list is a CSV file too.

Pages go by the key of the last row (never by counting rows), so a row that comes in between makes no other row appear
twice or vanish. The cursor is signed for its list and its filters: whoever follows `next` needs to know nothing of it.
"""

import io
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from pydantic import BaseModel, Field

from unmet.access.services import is_demonstration
from unmet.api.problems import Problem
from unmet.exchange.download import MARK, Column, Value, write_csv

DEFAULT: Final = 100
MOST: Final = 500
_SALT: Final = "unmet.api.cursor"

Limit = Annotated[int, Field(ge=1, le=MOST, description="Rows of one page, at most 500.")]
Cursor = Annotated[
    str | None, Field(max_length=500, min_length=1, description="Where to go on; taken from `next` and never made.")
]
Rows = Sequence[tuple[str, BaseModel]]


@dataclass(frozen=True)
class Listing:
    """A list. `fetch` gives up to `limit` rows after a key ("" is the beginning), each with its own key."""

    of: type[BaseModel]
    fetch: Callable[[str, int], Rows]
    limit: int = DEFAULT
    cursor: str | None = None


def by_code(rows: QuerySet[Any], tell: Callable[[Any], BaseModel]) -> Callable[[str, int], Rows]:
    """A list of things that have a code, in the order of their codes."""

    def fetch(after: str, limit: int) -> Rows:
        found = rows.filter(code__gt=after) if after else rows
        return [(one.code, tell(one)) for one in found.order_by("code")[:limit]]

    return fetch


def by_item(rows: QuerySet[Any], tell: Callable[[Any], BaseModel]) -> Callable[[str, int], Rows]:
    """A list of what belongs to items, in the order of their codes. The cursor names the code and the row's number."""

    def fetch(after: str, limit: int) -> Rows:
        found = rows.select_related("item")
        if after:
            code, _space, number = after.rpartition(" ")
            found = found.filter(Q(item__code__gt=code) | Q(item__code=code, pk__gt=int(number)))
        return [(f"{one.item.code} {one.pk}", tell(one)) for one in found.order_by("item__code", "pk")[:limit]]

    return fetch


def by_age(rows: QuerySet[Any], tell: Callable[[Any], BaseModel]) -> Callable[[str, int], Rows]:
    """A list of things that have a uuid, in the order in which they were made. The cursor names the uuid alone."""
    return by_age_together(rows, lambda shown: [tell(one) for one in shown])


def by_age_together(
    rows: QuerySet[Any], tell: Callable[[Sequence[Any]], Sequence[BaseModel]]
) -> Callable[[str, int], Rows]:
    """The same order as `by_age`; what is told of the rows of one page is read for all of them at once."""

    def fetch(after: str, limit: int) -> Rows:
        found = rows.filter(pk__gt=_place(rows.model, after)) if after else rows
        shown = list(found.order_by("pk")[:limit])
        return [(str(one.uuid), told) for one, told in zip(shown, tell(shown), strict=True)]

    return fetch


def by_number(rows: QuerySet[Any], tell: Callable[[Any], BaseModel]) -> Callable[[str, int], Rows]:
    """A list of things that have no uuid of their own, in the order in which they were made."""

    def fetch(after: str, limit: int) -> Rows:
        found = rows.filter(pk__gt=int(after)) if after else rows
        return [(str(one.pk), tell(one)) for one in found.order_by("pk")[:limit]]

    return fetch


def _place(model: type[Model], uuid_: str) -> int:
    place = model._default_manager.filter(uuid=uuid_).order_by("pk").values_list("pk", flat=True).first()
    if place is None:
        raise Problem("cursor")
    return int(place)


# ── as JSON ──────────────────────────────────────────────────────────────────
def page(listing: Listing, request: HttpRequest) -> HttpResponse:
    """One page: {rows, next}. `next` is the address of the next page, None on the last."""
    salt = _salt(request)
    rows = listing.fetch(_after(listing.cursor, salt), listing.limit + 1)
    shown, more = rows[: listing.limit], len(rows) > listing.limit
    following = None
    if more:
        query = request.GET.copy()
        query["cursor"] = signing.dumps(shown[-1][0], salt=salt)
        following = f"{request.path}?{query.urlencode()}"
    told: dict[str, Any] = {"rows": [row.model_dump(mode="json") for _key, row in shown], "next": following}
    if is_demonstration():
        told["demonstration"] = demonstration_words()
    response = HttpResponse(json.dumps(told, ensure_ascii=False), content_type="application/json")
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def _salt(request: HttpRequest) -> str:
    """A cursor is good for one list with the same filters."""
    asked = sorted((name, request.GET.getlist(name)) for name in request.GET if name not in {"cursor", "limit"})
    return f"{_SALT} {request.path.removesuffix('.csv')} {asked!r}"


def _after(cursor: str | None, salt: str) -> str:
    if cursor is None:
        return ""
    try:
        return str(signing.loads(cursor, salt=salt))
    except (signing.BadSignature, ValueError) as wrong:
        raise Problem("cursor") from wrong


# ── as CSV ───────────────────────────────────────────────────────────────────
def csv_file(listing: Listing, request: HttpRequest) -> FileResponse:
    """The list from the cursor on to its end, written to a file of its own before the first byte is sent."""
    names = [name for name, _field in listing.of.model_fields.items()]
    columns = [Column(name, name, "text") for name in names]
    notes = {MARK: demonstration_words()} if is_demonstration() else {}
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    wrapper = io.TextIOWrapper(spool, encoding="utf-8", newline="", write_through=True)
    try:
        write_csv(wrapper, columns, _cells(listing, names, _after(listing.cursor, _salt(request))), notes=notes)
        wrapper.detach()
    except BaseException:
        wrapper.close()
        raise
    spool.seek(0)
    name = request.path.rstrip("/").rsplit("/", 1)[-1].removesuffix(".csv")
    return FileResponse(spool, content_type="text/csv; charset=utf-8", as_attachment=True, filename=f"unmet-{name}.csv")


def _cells(listing: Listing, names: Sequence[str], after: str) -> Iterator[list[Value]]:
    while rows := listing.fetch(after, MOST):
        for _key, row in rows:
            yield [cell(getattr(row, name)) for name in names]
        after = rows[-1][0]
        if len(rows) < MOST:
            return


def cell(value: Any) -> Value:
    """One value of a row; lists in one cell, parted by spaces or as JSON."""
    if value is None or isinstance(value, (str, int, Decimal)) or hasattr(value, "isoformat"):
        return value  # type: ignore[no-any-return]
    if isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value):
        return " ".join(value)
    if isinstance(value, (list, tuple)):
        return json.dumps([one.model_dump(mode="json") for one in value], ensure_ascii=False) if value else ""
    return str(value)


def demonstration_words() -> str:
    """What stands in every list of a demonstration."""
    return _("DEMONSTRATION: the figures are invented or computed. They are not statements of any member.")
