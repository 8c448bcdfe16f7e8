"""What stands, said as somebody would type it, reads back as it stands: a law over all that a statement may hold."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.exchange import lookups
from tests.exchange.lookups import GRANT, HANDRUB, MASK
from unmet.catalogue.lookup import ItemWord, Standing
from unmet.catalogue.models import Item
from unmet.exchange._child_rows import text as read_text
from unmet.exchange.download import neutralised, number_text
from unmet.exchange.form import NEEDS_FORM
from unmet.exchange.needs_sheet import parse
from unmet.exchange.stated import Value, stated
from unmet.exchange.table import CellValue, Row
from unmet.methods import quantify
from unmet.needs.lines import UNCHANGED
from unmet.needs.models import Calculation, Need, Statement
from unmet.parties.models import Group, Place

PLACES = {
    lookups.WHOLE.id: Place(pk=1, code="WHOLE", kind=Place.Kind.COUNTRY),
    lookups.KASSALA.id: Place(pk=2, code="SD-KA", kind=Place.Kind.AREA, own_name="Kassala"),
    lookups.TOWN.id: Place(pk=3, code="SD-T1", kind=Place.Kind.AREA, own_name="Newtown"),
}
GROUPS = {
    1: Group(pk=1, code=Group.EVERYONE, name_en="Everyone"),
    2: Group(pk=2, code="U5", name_en="Children under five"),
}
BASE = {MASK.id: ("piece", 1000), HANDRUB.id: ("litre", 1000), GRANT.id: ("US$", 100_000)}
PACKS = {
    MASK.id: ("box of 50", 50_000),
    HANDRUB.id: ("bottle of 500 mL", 500),
    GRANT.id: ("US$ million", 100_000_000_000),
}
# What a cell of text keeps: no control character, no blank at either end, no dash that would be a blank.
words = st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), max_size=30).map(str.strip)
remarks = (words | st.sampled_from(["=1+1", "+263", "-5 °C", "@home", "007", "1,250"])).filter(
    lambda said: said not in {"-", "–", "—", "−"} and not said.startswith("'")
)


@st.composite
def statements(draw: Any) -> tuple[Statement, ItemWord, Standing]:
    """A statement with all that hangs on it, its item, and what the reader knows of it."""
    item = draw(st.sampled_from([MASK, HANDRUB, GRANT]))
    smallest = 1000 if item.whole else 500  # whole units, or packs of half a litre
    amounts = st.integers(0, 10**9).map(lambda number: number * smallest * (100 if item is GRANT else 1))
    unit, factor = draw(st.sampled_from([BASE[item.id], PACKS[item.id], ("sack of old", 3000)]))
    gross, stock = draw(st.none() | amounts), draw(st.none() | amounts)
    method = draw(words.filter(lambda said: not said.startswith("'"))) if gross is not None else ""
    place, group = draw(st.sampled_from(sorted(PLACES))), draw(st.sampled_from(sorted(GROUPS)))
    need = Need(
        item=Item(pk=item.id, code=item.code, name_en=item.name, kind=item.kind),
        place=PLACES[place],
        group=GROUPS[group],
    )
    behind = None
    if gross is not None:
        behind = Calculation(method=quantify.NET_NEED, inputs={"gross": gross, "stated_method": method})
    statement = Statement(
        need=need, requested=draw(amounts), unit_name=unit, pack_factor=factor, stock=stock, pipeline=draw(amounts),
        needed_by_on=draw(st.dates(date(2021, 1, 1), date(2030, 12, 31))), rank=draw(st.none() | st.integers(1, 10**6)),
        remark=draw(remarks), calculation=behind,
    )  # fmt: skip
    standing = Standing(
        item.id, place, group, statement.requested, unit, statement.needed_by_on, statement.rank, statement.stock,
        statement.pipeline, remark=statement.remark, pack_factor=factor, gross=gross, method=method,
    )  # fmt: skip
    return statement, item, standing


def cell(value: Value | None) -> CellValue:
    """A value as a spreadsheet gives it back."""
    if isinstance(value, str):
        return read_text(neutralised(value))
    if isinstance(value, Decimal):
        number = Decimal(number_text(value))
        return int(number) if number == number.to_integral_value() else number
    return value


@given(statements())
def test_it_reads_back_as_it_stands(said: tuple[Statement, ItemWord, Standing]) -> None:
    statement, item, standing = said
    lookup = lookups.words(standing)
    line = stated(statement, lookup=lookup)
    assert set(line) <= set(NEEDS_FORM.names)
    rows = [
        Row("Needs", 1, NEEDS_FORM.names),
        Row("Needs", 2, tuple(cell(line.get(name)) for name in NEEDS_FORM.names)),
    ]
    parsed = parse(rows, lookup)
    assert [fault.to_json() for fault in parsed.problems()] == []
    [read] = parsed.lines
    assert read.outcome == UNCHANGED
    assert (read.item_id, read.quantity, read.gross, read.method) == (
        item.id, statement.requested, standing.gross, standing.method,
    )  # fmt: skip
