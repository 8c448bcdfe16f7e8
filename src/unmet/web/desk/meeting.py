"""Two people at one return: what one typed beside what the other left standing, line by line. Nothing is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from unmet.access import visible
from unmet.catalogue.models import Item
from unmet.needs.models import Return, Statement
from unmet.needs.queries import Review, for_reading
from unmet.web.requests import PersonRequest

QUANTITY, WHY = "quantity-", "why-"
_MOST: Final = 2000
_PK_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Typed:
    """What the person typed at one line: a quantity of his or her own, and why."""

    quantity: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Met:
    """One line on which two people met. Quantities in thousandths; None where the line did not stand."""

    statement: Statement
    read: int | None
    now: int | None
    approved: int | None
    typed: Typed

    @property
    def item(self) -> Item | None:
        """The item, None for own words."""
        return self.statement.need.item


def sent(request: PersonRequest) -> dict[int, Typed]:
    """What the form of the approver carries, by statement: also lines at which nothing was typed."""
    found = {}
    for name in list(request.POST)[:_MOST]:
        pk = name.removeprefix(QUANTITY)
        if name.startswith(QUANTITY) and pk.isascii() and pk.isdecimal() and len(pk) <= _PK_DIGITS:
            typed = (request.POST[name].strip()[:100], request.POST.get(f"{WHY}{pk}", "").strip()[:500])
            found[int(pk)] = Typed(*typed)
    return found


def carried(typed: Mapping[int, Typed], return_: Return, reviewed: Sequence[Review]) -> dict[int, Typed]:
    """What was typed at a version that is no longer the newest, at the line of the same need that stands now."""
    read = {statement.need_id: typed[statement.pk] for statement in _read(typed, return_)}
    return {
        review.statement.pk: read[review.statement.need_id] for review in reviewed if review.statement.need_id in read
    }


def met(typed: Mapping[int, Typed], return_: Return, reviewed: Sequence[Review]) -> list[Met]:
    """The lines that are no longer as the person read them, and those at which something was typed."""
    read = {statement.need_id: statement for statement in _read(typed, return_)}
    now = {review.statement.need_id: review.statement for review in reviewed}
    last, found = max(typed, default=0), []
    for need in dict.fromkeys([*read, *now]):
        before, after = read.get(need), now.get(need)
        said = typed[before.pk] if before else Typed()
        if before is None:
            # Lines without a field of their own were there too; what was written after all that was read is new.
            same = after is None or after.pk <= last
        else:
            same = after is not None and before.pk == after.pk and after.approved is None
        if same and not (said.quantity or said.why):
            continue
        statement = after or before
        assert statement is not None
        found.append(
            Met(
                statement=statement,
                read=before.requested if before else None,
                now=after.requested if after else None,
                approved=after.approved if after else None,
                typed=said,
            )
        )
    return found


def _read(typed: Mapping[int, Typed], return_: Return) -> list[Statement]:
    """The statements that the form was about; only those of this return."""
    own = visible.own(Statement.objects.filter(in_return=return_, pk__in=list(typed)), visible.STATEMENT)
    return list(for_reading(own))
