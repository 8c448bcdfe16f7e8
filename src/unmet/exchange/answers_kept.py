"""Answers about a table as JSON, so that they are kept with the upload until it is written."""

from collections.abc import Mapping
from typing import Any

from unmet.exchange.answers import Answers


def to_json(answers: Answers) -> dict[str, Any]:
    """The answers as plain JSON; `from_json` gives them back."""
    own = answers.own_words
    return {
        "decimal": dict(answers.decimal),
        "dates": dict(answers.dates),
        "calendars": dict(answers.calendars),
        "equal_less_receipts": dict(answers.equal_less_receipts),
        "mapping": dict(answers.mapping) if answers.mapping is not None else None,
        "sheet": answers.sheet,
        "own_words": own if isinstance(own, bool) else sorted(own),
        "items": dict(answers.items),
        "packs": [[item, unit, factor] for (item, unit), factor in answers.packs.items()],
        "new_places": sorted(answers.new_places) if isinstance(answers.new_places, frozenset) else answers.new_places,
        "both_levels": answers.both_levels,
    }


def from_json(kept: Mapping[str, Any]) -> Answers:
    """The answers from `to_json`; what is not there was not answered."""
    own, places = kept.get("own_words", False), kept.get("new_places", [])
    return Answers(
        decimal=kept.get("decimal", {}),
        dates=kept.get("dates", {}),
        calendars=kept.get("calendars", {}),
        equal_less_receipts=kept.get("equal_less_receipts", {}),
        mapping=kept.get("mapping"),
        sheet=kept.get("sheet"),
        own_words=own if isinstance(own, bool) else frozenset(own),
        items=kept.get("items", {}),
        packs={(item, unit): factor for item, unit, factor in kept.get("packs", [])},
        new_places=places if isinstance(places, bool) else frozenset(places),
        both_levels=kept.get("both_levels", False),
    )
