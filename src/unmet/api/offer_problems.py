"""What a client is told when something of an offer is refused."""

from typing import Any, Final

from unmet.api import amounts, problems
from unmet.api.problems import Problem
from unmet.catalogue.models import Item
from unmet.exchange import offer_refusals
from unmet.support.offer_rules import OfferRefused

# Refused because of how things stand, not because of what was said.
_STATES: Final = {
    "already_declined", "beyond_need", "expired", "less_left", "more_than_needed", "no_round", "nobody_accepted",
    "not_offered", "order", "proposal", "proposed_already", "stopped",
}  # fmt: skip
_MEASURED: Final = {"beyond_need", "less_left", "more_than_needed"}
# What a person ticks or writes on the page, a program says in this field.
_FIELDS: Final = {"conditions": "conditions_seen", "counts_as": "counts_as", "more_than_needed": "over"}


@problems.tells(OfferRefused)
def of_offer(refused: OfferRefused) -> Problem:
    """The problem with its `reason`.

    Where there is one: the `item` it is about, how much is `standing`, and the `field` that would answer it.
    """
    more: dict[str, Any] = {"reason": refused.reason}
    if refused.item is not None:
        more["item"] = refused.item.code
    if refused.reason in _FIELDS:
        more["field"] = _FIELDS[refused.reason]
    if refused.reason in _MEASURED:
        more["standing"] = amounts.told(refused.standing, refused.item)
    code = "state" if refused.reason in _STATES else "changed-meanwhile" if refused.reason == "changed" else "refused"
    return Problem(code, offer_refusals.sentence(refused, shown=amounts.told, unit=_unit), more=more)


def _unit(item: Item | None) -> str:
    if item is None or item.kind == Item.Kind.FINANCE:
        return amounts.unit(item)
    return item.base_unit.name
