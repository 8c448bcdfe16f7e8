"""What became of retired items: the one in use that each of them leads to."""

from unmet.catalogue.models import Item


def retired_with_successor() -> dict[int, int]:
    """Retired item → the item in use that what is newly typed goes to, through every successor between them."""
    next_ones = dict(Item.objects.filter(retired_on__isnull=False).values_list("pk", "successor"))
    found = {}
    for pk in next_ones:
        last: int | None = pk
        seen: set[int | None] = {pk}
        while last is not None and last in next_ones and (following := next_ones[last]) not in seen:
            last = following
            seen.add(last)
        if last is not None and last != pk:
            found[pk] = last
    return found


def lasting(item: int) -> set[int]:
    """The items under which a need for this one may stand: itself, and the one in use that took its place."""
    return {item, retired_with_successor().get(item, item)}
