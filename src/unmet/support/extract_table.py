"""The table of an extract: only needs that its recipient may see in detail, and its maker too."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet

from unmet.access import visible
from unmet.access.actors import Actor, acting, current
from unmet.access.models import Role
from unmet.books.models import Account
from unmet.catalogue.models import Emergency, Sector
from unmet.methods.neutral import neutralised
from unmet.parties.models import Party, Person, Place

MOST_ROWS: Final = 50_000
# Names and codes in English, so that the same extract has the same bytes whatever the maker reads.
HEADER: Final = (
    "need", "member", "member_name", "emergency", "round", "sector", "item", "item_name", "unit", "place", "group",
    "needed_by", "rank", "approved", "received", "in_transit", "committed", "not_covered", "not_in_country",
)  # fmt: skip
_QUANTITIES: Final = HEADER[13:]


def as_recipient(party: Party, *, by: Person, at: datetime) -> Actor:
    """What anybody who speaks for a party sees at a moment, and nothing that is the person's own."""
    members = Party.objects.filter(pk=party.pk).members(on=at.date()).values_list("pk", flat=True)
    return Actor(by, at, "page", frozenset({(str(Role.RESPONDER), party.pk)}), frozenset(members))


def accounts(
    recipient: Party, *, member: Party | None, emergency: Emergency | None, sectors: Sequence[Sector]
) -> QuerySet[Account]:
    """Open needs that the recipient may see in detail now, as far as the acting person may too; of a member, its own.

    Both must see a row: what was released to the recipient alone is the member's to send, not coordination's.
    """
    actor = current()
    assert actor.person is not None
    found = Account.objects.filter(kind=Account.Kind.NEED, closed=False, approved__gt=0)
    found = found.exclude(item__flags__contains="SENS")  # a sensitive item goes to nobody line by line
    if member is not None:
        found = found.filter(member=member)
    if emergency is not None:
        found = found.filter(emergency=emergency)
    if sectors:
        found = found.filter(sector__in=sectors)
    with acting(as_recipient(recipient, by=actor.person, at=actor.at)):
        theirs = visible.rows(found, detail=True)
    both = visible.rows(theirs, detail=True)
    named = both.select_related("member", "emergency", "round", "sector", "item__base_unit", "place", "group")
    return named.order_by("member__code", "item__code", "subject")


def written(rows: Sequence[Account], *, mark: str = "") -> bytes:
    """The table as CSV in UTF-8. `mark` stands beside every row, such as DEMONSTRATION."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*HEADER, *(["note"] if mark else [])])
    for row in rows:
        writer.writerow([*map(neutralised, _cells(row)), *([mark] if mark else [])])
    return out.getvalue().encode()


def _cells(row: Account) -> Iterator[str]:
    place = "whole country" if row.place.kind == Place.Kind.COUNTRY else row.place.own_name
    yield from (
        str(row.subject), row.member.code, row.member.name_en, row.emergency.code, row.round.code, row.sector.code,
        row.item.code, row.item.name_en, row.item.base_unit.code, place, row.group.code,
        row.needed_by_on.isoformat() if row.needed_by_on else "", "" if row.rank is None else str(row.rank),
    )  # fmt: skip
    for name in _QUANTITIES:
        yield f"{(Decimal(getattr(row, name)) / 1000).normalize():f}"
