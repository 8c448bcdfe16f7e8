"""Coordination enters what an index of others states of a month, and takes out what it entered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from django.db import transaction

from unmet.access import may
from unmet.access import services as access
from unmet.access.may import Deed
from unmet.access.models import Role
from unmet.methods.plain import plain
from unmet.parties.models import Party, Person, Severity

Reason = Literal["nothing", "future", "source", "value", "shipped"]
HIGHEST, LONGEST = 50, 300


class SeverityRefused(Exception):
    """Nothing was written."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Entered:
    """How many values are new, are others than before, and stood so already."""

    created: int
    changed: int
    unchanged: int


@transaction.atomic
def enter(values: Mapping[Party, int], *, month_on: date, source: str, by: Person, at: datetime) -> Entered:
    """Enter the values of a month, in tenths; a value of the same party and month takes the place of what stood there.

    Raises:
        NotAllowed: `by` is not of coordination.
        SeverityRefused: `nothing`, `future`, `source` (missing or too long), `value` (off the scale of 0 to 5).
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    said, month_on, index = plain(source), month_on.replace(day=1), Severity.Index.INFORM
    _check(values, month_on, said, at)
    rows = Severity.objects.select_for_update().filter(index=index, month_on=month_on, party__in=values)
    standing = {row.party_id: row for row in rows}
    entered: dict[str, list[int | None]] = {}
    for party, tenths in values.items():
        row = standing.get(party.pk)
        if row is not None and (row.tenths, row.source) == (tenths, said):
            continue
        Severity.objects.update_or_create(
            party=party, index=index, month_on=month_on,
            defaults={"tenths": tenths, "source": said, "edited_here": True},
        )  # fmt: skip
        entered[party.code] = [row.tenths if row else None, tenths]
    if entered:
        _record("parties.severity_entered", at, month=f"{month_on:%Y-%m}", source=said, values=entered)
    created = sum(before is None for before, _now in entered.values())
    return Entered(created, len(entered) - created, len(values) - len(entered))


def _check(values: Mapping[Party, int], month_on: date, said: str, at: datetime) -> None:
    if not values:
        raise SeverityRefused("nothing")
    if month_on > at.date():
        raise SeverityRefused("future")
    if not said or len(said) > LONGEST:
        raise SeverityRefused("source")
    if any(not 0 <= tenths <= HIGHEST for tenths in values.values()):
        raise SeverityRefused("value")


@transaction.atomic
def drop(month_on: date, *, by: Person, at: datetime) -> int:
    """Take out what was entered here for a month; how many values. What came with the product stays.

    Raises:
        NotAllowed: `by` is not of coordination.
        SeverityRefused: `shipped`: nothing of that month was entered here.
    """
    may.require(Deed.EDIT_CATALOGUE, by=by)
    rows = Severity.objects.select_for_update().filter(index=Severity.Index.INFORM, month_on=month_on, edition="")
    gone = dict(rows.values_list("party__code", "tenths"))
    if not gone:
        raise SeverityRefused("shipped")
    rows.delete()
    _record("parties.severity_dropped", at, month=f"{month_on:%Y-%m}", values=gone)
    return len(gone)


def _record(event: str, at: datetime, **detail: object) -> None:
    access.record(
        event=event, at=at, role=Role.COORDINATION, subject_kind="severity", subject=str(Severity.Index.INFORM),
        detail=detail,
    )  # fmt: skip
