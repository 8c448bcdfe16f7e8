"""What is not covered, by member and item, and the largest gaps: two sums of one measure, read from indexes alone."""

from django.db.models import QuerySet, Sum

from unmet.books.models import Cube
from unmet.figures.totals import Scope


def not_covered(scope: Scope) -> dict[tuple[int, int], int]:
    """Quantity not covered (thousandths of the base unit) by (member, item) of what is public now in a scope."""
    rows = _cube(scope).values_list("member_id", "item_id").annotate(total=Sum("not_covered"))
    return {(member, item): int(total) for member, item, total in rows}


def largest(scope: Scope, count: int = 10) -> list[tuple[int, int]]:
    """The items with the largest value not covered (US cents) of what is public now in a scope: (item, value).

    Items without a value that is not covered are no gap; equal values come in the order of their ids.
    """
    # No cell is below zero, so those that are covered can stay out of the sum.
    rows = _cube(scope).filter(value_not_covered__gt=0).values_list("item_id").annotate(total=Sum("value_not_covered"))
    return [(item, int(total)) for item, total in rows.order_by("-total", "item_id")[:count]]


def _cube(scope: Scope) -> QuerySet[Cube]:
    """The cells of a scope, without an order and without a join where no sector is asked for."""
    wanted = {
        "member": scope.member, "item": scope.item, "emergency": scope.emergency, "round": scope.round,
        "item__sector": scope.sector,
    }  # fmt: skip
    rows = Cube.objects.filter(**{name: value for name, value in wanted.items() if value is not None}).order_by()
    # Open now: the one open account of each need, whatever its round.
    return rows if scope.round is not None else rows.filter(closed=False)
