"""What was said of a line of support, as its steps tell; and how much of it is packed or travels in consignments."""

from collections.abc import Iterable

from unmet.support.lines import ORDER, RECEIVED
from unmet.support.models import Consignment, Line, Stage, Step


def stated_by_stage(steps: Iterable[Step]) -> dict[str, int]:
    """How much was ever said to have come to each stage, in thousandths; what was taken back was never said.

    Whoever states the same quantity at the same stage again changes nothing; another quantity is refused.
    """
    said: dict[str, int] = {}
    for step in steps:
        source, target = step.from_stage, step.to_stage
        if target and source and ORDER[target] == ORDER[source]:
            _take_back(said, [source], step.quantity)  # a receipt was corrected
        if target:
            said[target] = said.get(target, 0) + step.quantity
            continue
        # What left may have been said at every stage before: stating it again books it again. A surplus that a
        # corrected receipt takes back came from nowhere.
        before = [source] if source == RECEIVED else [stage for stage in ORDER if ORDER[stage] <= ORDER[source]]
        _take_back(said, before, step.quantity)
    return said


def _take_back(said: dict[str, int], stages: Iterable[str], quantity: int) -> None:
    for stage in stages:
        said[stage] = max(said.get(stage, 0) - quantity, 0)


def boxed(line: Line) -> dict[str, int]:
    """How much of a line consignments hold by stage: committed and packed, in transit and not received."""
    held = {Stage.COMMITTED.value: 0, Stage.IN_TRANSIT.value: 0}
    for one in line.consigned.all():
        if one.consignment.state == Consignment.State.PLANNED:
            held[Stage.COMMITTED] += one.quantity
        elif one.consignment.state in Consignment.UNDER_WAY and one.standing_id is None:
            held[Stage.IN_TRANSIT] += one.quantity
    return held
