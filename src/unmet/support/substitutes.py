"""What is really in a box where a member took a kit or a substitute: the offered item, and how much it counts as.

A line of support is kept in the unit of the need's item, because that is what it covers. Whoever packs, sees or counts
it has the offered item in the hand: quantities are shown and typed in its unit, and converted here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from unmet.catalogue.models import Item
from unmet.support.models import Acceptance


@dataclass(frozen=True, slots=True)
class Substitute:
    """What stands for a line of support: `quantity` of `item` counts as `counts` of the line's item; thousandths."""

    item: Item
    quantity: int
    counts: int

    def real(self, counted: int) -> int:
        """How much of the offered item a quantity of the line's item is; a whole number where it is one but for
        rounding.

        >>> Substitute(Item(), 3_000, 100_000).real(33_333)
        1000
        """
        found = (counted * self.quantity + self.counts // 2) // self.counts
        whole = (found + 500) // 1000 * 1000
        return whole if self.item.whole and abs(self.counted(whole) - counted) <= 1 else found

    def counted(self, real: int, *, at_most: int | None = None) -> int:
        """How much of the line's item a quantity of the offered item counts as; all that there is where it is all.

        >>> Substitute(Item(), 3_000, 100_000).counted(1_000, at_most=33_334)
        33334
        """
        if at_most is not None and real == self.real(at_most):
            return at_most
        return real * self.counts // self.quantity

    def shared(self, reals: Sequence[int], shipped: int) -> list[int]:
        """Parts of what was shipped (of the line's item) as they count; they add up to it where the parts are all.

        >>> Substitute(Item(), 3_000, 100_000).shared([1_000, 2_000, 0], 100_000)
        [33333, 66667, 0]
        """
        whole, found, before, said = self.real(shipped), [], 0, 0
        for one in reals:
            said += one
            total = shipped if said == whole else self.counted(said)
            found.append(total - before)
            before = total
        return found


def of(lines: Iterable[int]) -> dict[int, Substitute]:
    """Line of support, by its id -> what stands for it; those of which the item itself comes are not named."""
    kept: dict[int, Substitute] = {}
    taken = Acceptance.objects.filter(line__in=set(lines)).select_related("offer_line__item__base_unit").order_by("pk")
    rows: dict[int, list[Acceptance]] = {}
    for one in taken:
        rows.setdefault(one.line_id, []).append(one)
    for line, found in rows.items():
        if any(one.counts_as is not None for one in found):
            counts = sum(one.quantity if one.counts_as is None else one.counts_as for one in found)
            kept[line] = Substitute(found[0].offer_line.item, sum(one.quantity for one in found), counts)
    return kept
