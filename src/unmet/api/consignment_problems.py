"""What a client is told when something of a consignment, an attestation or a receipt is refused."""

from typing import Any, Final

from unmet.api import amounts, problems
from unmet.api.problems import Problem
from unmet.catalogue.models import Item
from unmet.exchange import consignment_refusals
from unmet.support.consignments import ConsignmentRefused
from unmet.support.models import ConsignmentLine, Line

# Refused because of how things stand, not because of what was said.
_STATES: Final = {
    "more_than_committed", "none_under_way", "not_sent", "paused", "received_already", "same", "state", "still_adds_up",
    "stopped", "superseded", "waybill_known", "waybill_taken", "with_others",
}  # fmt: skip
_MEASURED: Final = {"adds_up", "still_adds_up", "more_than_committed"}


@problems.tells(ConsignmentRefused)
def of_consignment(refused: ConsignmentRefused) -> Problem:
    """The problem with its `reason`.

    Where there is one: the `line` it is about (as it was sent), how much is `standing`, and the `consignment` that
    bears the waybill already.
    """
    more: dict[str, Any] = {"reason": refused.reason}
    item = None
    if refused.line is not None:
        more["line"] = str(refused.line)
    if refused.reason in _MEASURED:
        item = _item(str(refused.line)) if refused.line is not None else None
        more["standing"] = amounts.told(refused.standing, item)
    if refused.known is not None:
        more["consignment"] = str(refused.known.uuid)
    code = "state" if refused.reason in _STATES else "changed-meanwhile" if refused.reason == "changed" else "refused"
    return Problem(code, consignment_refusals.sentence(refused, item, shown=amounts.told), more=more)


def _item(line: str) -> Item | None:
    """The item of a line of a consignment, or of a line of support."""
    packed = ConsignmentLine.objects.filter(uuid=line).select_related("line__item").first()
    support = packed.line if packed else Line.objects.filter(uuid=line).select_related("item").first()
    return support.item if support else None
