"""What stands, as somebody would type it: the lines with which a form or a workbook is filled in.

The values are plain (text, Decimal, int, date), so that each door writes them in its own way. Read again under the
rules of every door they say the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final, Protocol, TypeVar

from unmet.catalogue.lookup import FINANCE, Found, ItemWord, Lookup, UnitWord, Vocabulary
from unmet.catalogue.models import Round
from unmet.exchange.units import PIECE, find_unit
from unmet.methods import quantify
from unmet.needs import queries
from unmet.needs.models import Statement
from unmet.parties.models import Group, Party, Place

_US_DOLLAR: Final = (100 * PIECE, "US$")

Value = str | Decimal | int | date


def stated(
    statement: Statement, *, approved: bool = False, from_on: date | None = None, lookup: Lookup | None = None
) -> dict[str, Value]:
    """A statement as the line that says the same: field of the form -> value; what is blank is left out.

    `approved` takes the approver's quantity, not the requested one. A date before `from_on` is left out. With a
    `lookup`, names and units are those that its reader knows today: a name that several things bear becomes the code,
    and a unit that now holds something else is turned into the base unit.
    """
    quantity = statement.approved if approved and statement.approved is not None else statement.requested
    need = statement.need
    factor, unit = _unit(statement, lookup)
    gross, method = _gross(statement)
    if any(amount * PIECE % factor for amount in (quantity, statement.stock or 0, statement.pipeline, gross or 0)):
        # The approver's quantity makes no whole packs: say it in the base unit.
        factor, unit = _base_unit(statement, lookup)
    line: dict[str, Value | None] = {
        "item": need.item.name if need.item else statement.words,
        "quantity": Decimal(quantity) / factor,
        "unit": unit,
        "needed_by": None if from_on and statement.needed_by_on < from_on else statement.needed_by_on,
        "rank": statement.rank,
        "stock": None if statement.stock is None else Decimal(statement.stock) / factor,
        "pipeline": Decimal(statement.pipeline) / factor if statement.pipeline else None,
        "place": "" if need.place.kind == Place.Kind.COUNTRY else need.place.own_name,
        "group": "" if need.group.code == Group.EVERYONE else need.group.name,
        "gross": None if gross is None else Decimal(gross) / factor,
        "method": method,
        "remark": statement.remark,
    }
    if lookup is not None:
        line |= _known_names(statement, line, lookup)
    return {name: value for name, value in line.items() if value not in (None, "")}


def last_lines(*, member: Party, round_: Round, lookup: Lookup, at_most: int) -> Iterator[dict[str, Value]]:
    """The lines a workbook begins with, by rank: what the member has said in this round, then what is to be confirmed.

    Needs that were ended are left out. Sent back as they are, the former change nothing and the latter are confirmed.
    """
    now = queries.listed(member=member, round_=round_).exclude(requested=0, pipeline=0)
    earlier = queries.to_confirm(member=member, round_=round_).exclude(pk__in=now.values("pk"))
    for statement in queries.for_reading(now)[:at_most]:
        at_most -= 1
        yield stated(statement, lookup=lookup)
    for statement in queries.for_reading(earlier)[:at_most]:
        yield stated(statement, approved=True, from_on=round_.period_from_on, lookup=lookup)


def _gross(statement: Statement) -> tuple[int | None, str]:
    """The gross quantity (thousandths) and the method that the member stated behind the statement, if it has."""
    behind = statement.calculation
    if behind is None or behind.method != quantify.NET_NEED:
        return None, ""
    return behind.inputs["gross"], behind.inputs["stated_method"]


def _unit(statement: Statement, lookup: Lookup | None) -> tuple[int, str]:
    """Thousandths of the base unit in the unit of the statement, and its name."""
    item = _item(statement, lookup)
    if item is None:
        return statement.pack_factor, statement.unit_name
    known = find_unit(statement.unit_name, item, {})
    if isinstance(known, UnitWord) and known.factor == statement.pack_factor:
        return known.factor, known.name
    return _base_unit(statement, lookup)


def _base_unit(statement: Statement, lookup: Lookup | None) -> tuple[int, str]:
    item = _item(statement, lookup)
    known = find_unit("", item, {}) if item else None
    if isinstance(known, UnitWord):
        return known.factor, known.name
    return _US_DOLLAR if statement.need.item and statement.need.item.kind == FINANCE else (PIECE, "")


def _item(statement: Statement, lookup: Lookup | None) -> ItemWord | None:
    return lookup.items_by_id.get(statement.need.item_id or 0) if lookup else None


def _known_names(statement: Statement, line: Mapping[str, Value | None], lookup: Lookup) -> dict[str, Value | None]:
    """Codes for those names of the line that do not name their one thing."""
    need = statement.need
    codes: dict[str, Value | None] = {}
    if need.item and not _means(lookup.items, str(line["item"]), need.item.pk):
        codes["item"] = need.item.code
    if line["place"] and not _means(lookup.places, str(line["place"]), need.place_id):
        codes["place"] = need.place.code
    if line["group"] and not _means(lookup.groups, str(line["group"]), need.group_id):
        codes["group"] = need.group.code
    return codes


class Named(Protocol):
    """A thing of the catalogue or of a member, by its names."""

    @property
    def id(self) -> int: ...

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...


Word = TypeVar("Word", bound=Named)


def names(words: Iterable[Word], vocabulary: Vocabulary[Word]) -> list[str]:
    """What a list offers for these things: the name, or the code where several things bear the name."""
    return [word.name if _means(vocabulary, word.name, word.id) else word.code for word in words]


def _means(vocabulary: Vocabulary[Word], text: str, pk: int) -> bool:
    found = vocabulary.find(text, suggest=False)
    return isinstance(found, Found) and found.word.id == pk
