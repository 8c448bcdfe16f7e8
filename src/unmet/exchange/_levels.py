"""The question about lines for the whole country (or everyone) beside lines for a part of it."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from unmet.catalogue.lookup import Lookup
from unmet.exchange.cells import Problem
from unmet.exchange.faults import Option
from unmet.exchange.headers import Headers
from unmet.exchange.parsed import Findings
from unmet.exchange.table import Row
from unmet.needs.lines import UNCHANGED, NeedLine

_CONFIRM: Final = (Option("add_up", None),)
Level = tuple[bool, bool]  # for the whole country, for everyone


def ask_both_levels(
    lines: list[NeedLine], lookup: Lookup, findings: Findings, headers: Mapping[str, Headers]
) -> list[NeedLine]:
    """The lines without those of items that are now stated on both levels; these become one question.

    Lines always add up, so a total beside its parts would count twice. An item that stood on both
    levels before was asked about then.
    """
    doubtful = _mixed_items(lines, lookup)
    if not doubtful:
        return lines
    kept = []
    for line in lines:
        if line.item_id not in doubtful or line.outcome == UNCHANGED or not line.approved:
            kept.append(line)
            continue
        name = lookup.items_by_id[line.item_id].name
        problem = Problem("both_levels", {}, _CONFIRM, "question")
        of_sheet = headers[line.sheet]
        row = Row(line.sheet, line.row, (*(None,) * of_sheet.columns["item"], name))
        findings.refuse(row, of_sheet, [("item", problem)])
    return kept


def _mixed_items(lines: list[NeedLine], lookup: Lookup) -> set[int]:
    """Items that the lines, with what stands beside them, state on both levels for the first time."""
    whole, everyone = lookup.whole_country.id, lookup.everyone.id
    now: defaultdict[int, set[Level]] = defaultdict(set)
    before: defaultdict[int, set[Level]] = defaultdict(set)
    # Each level of an item once: there are as many lines as rows in the table.
    for item_id, on_whole, on_everyone in {
        (line.item_id, line.place_id == whole, line.group_id == everyone) for line in lines if line.approved
    }:
        if item_id is not None:
            now[item_id].add((on_whole, on_everyone))
    for item_id, place_id, group_id in lookup.earlier:
        before[item_id].add((place_id == whole, group_id == everyone))
    restated = {(line.item_id, line.place_id, line.group_id) for line in lines} if lookup.standing else set()
    for key, standing in lookup.standing.items():
        item_id, place_id, group_id = key
        if standing.total:
            level = (place_id == whole, group_id == everyone)
            before[item_id].add(level)
            if key not in restated and item_id in now:
                now[item_id].add(level)
    return {item_id for item_id, levels in now.items() if _mixed(levels) and not _mixed(before[item_id])}


def _mixed(levels: set[Level]) -> bool:
    return any(len({level[axis] for level in levels}) > 1 for axis in (0, 1))
