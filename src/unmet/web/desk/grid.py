"""Lines of a return as a form shows them: typed, prefilled from what stands, merged with a colleague's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.functional import Promise

from unmet.catalogue.lookup import Lookup
from unmet.exchange.answers import Answers
from unmet.exchange.cells import form_rows
from unmet.exchange.faults import Fault
from unmet.exchange.form import NEEDS, NEEDS_FORM
from unmet.exchange.needs_sheet import Parsed, parse
from unmet.exchange.stated import Value, stated
from unmet.exchange.typed import Ambiguous, parse_number
from unmet.methods.fold import fold
from unmet.needs.lines import NeedLine
from unmet.needs.models import Statement
from unmet.parties.models import Group
from unmet.web import carried, formats
from unmet.web.desk.asking import Asked, asked

FIELDS: Final = NEEDS_FORM.names
FIRST: Final = ("item", "quantity", "unit", "needed_by")  # the rest is folded away until somebody needs it
_LISTS: Final = {"item": "items", "place": "places", "group": "groups"}  # kind of a column: its suggestions
BLANK: Final = 3
MOST: Final = 500  # lines in one form; more come as a table

Typed = dict[str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of one line, with what is wrong with it."""

    name: str
    id: str
    label: str | Promise
    hint: str | Promise
    value: str
    problems: tuple[Asked, ...]
    options: str = ""  # id of the list of suggestions


@dataclass(frozen=True, slots=True)
class GridRow:
    """One line of the form. `whose` says from whom it comes where two drafts are merged."""

    number: int
    first: tuple[Cell, ...]
    rest: tuple[Cell, ...]
    whose: str = ""
    open: bool = False

    @property
    def told(self) -> str:
        """What the folded fields hold, in one line."""
        return " · ".join(f"{cell.label}: {cell.value}" for cell in self.rest if cell.value)


# ── what a form sends ────────────────────────────────────────────────────────
def typed_rows(sent: Mapping[str, str]) -> list[Typed]:
    """The lines of a form, in order, without blank ones and those to be left out."""
    count = carried.number(sent.get("rows", ""), digits=carried.VERSION) or 0
    rows = []
    for number in range(1, min(count, MOST) + 1):
        row = {name: sent.get(f"{name}-{number}", "").strip()[:2000] for name in FIELDS}
        if any(row.values()) and not sent.get(f"drop-{number}"):
            rows.append({name: value for name, value in row.items() if value})
    return rows


def read(rows: Sequence[Typed], lookup: Lookup, answers: Answers) -> Parsed[NeedLine]:
    """The lines under the rules of every door."""
    return parse(form_rows(rows, NEEDS), lookup, answers=answers)


def rows_of(
    rows: Sequence[Typed], *, problems: Iterable[Fault] = (), blank: int = 0, whose: Sequence[str] = ()
) -> list[GridRow]:  # fmt: skip
    """The lines as the form shows them, each with its problems, and some blank ones after them."""
    found = _by_cell(problems)
    shown = []
    for position, row in enumerate([*rows, *({} for _blank in range(blank))]):
        number = position + 1
        cells = [
            Cell(
                name=column.name,
                id=f"{column.name}-{number}",
                label=column.title,
                hint=column.help,
                value=row.get(column.name, ""),
                problems=tuple(found.get((number, column.name), ())),
                options=_LISTS.get(column.kind, ""),
            )
            for column in NEEDS
        ]
        first = tuple(cell for cell in cells if cell.name in FIRST)
        rest = tuple(cell for cell in cells if cell.name not in FIRST)
        shown.append(
            GridRow(
                number=number,
                first=first,
                rest=rest,
                whose=whose[position] if position < len(whose) else "",
                open=any(cell.problems for cell in rest),
            )
        )
    return shown


def _by_cell(problems: Iterable[Fault]) -> dict[tuple[int, str], list[Asked]]:
    """Each problem at its cell; the answer of a question of a column is asked for at the first cell only."""
    found: dict[tuple[int, str], list[Asked]] = {}
    seen: set[str] = set()
    for fault in problems:
        one = asked(fault, [fault.cell])
        if one.name in seen:
            one = one.silent()
        elif one.name:
            seen.add(one.name)
        found.setdefault((fault.row, fault.field), []).append(one)
    return found


# ── what stands, as somebody would type it ───────────────────────────────────
def as_typed(statement: Statement, *, approved: bool = False, from_on: date | None = None) -> Typed:
    """A statement as the line that says the same, as `stated` has it."""
    line = stated(statement, approved=approved, from_on=from_on)
    return {name: _typed(value) for name, value in line.items()}


def _typed(value: Value) -> str:
    if isinstance(value, date):
        return formats.day(value)
    return typed_number(value) if isinstance(value, Decimal) else str(value)


def line_as_typed(line: NeedLine, lookup: Lookup) -> Typed:
    """A line that was read, written so that whoever reads it again, in any language, reads the same.

    Item and group by their codes, the date as 2021-06-30, numbers with one reading.
    """
    scale = Decimal(line.pack_factor)
    groups = {word.id: word.code for word in lookup.groups.words.values() if not isinstance(word, tuple)}
    row = {
        "item": lookup.items_by_id[line.item_id].code if line.item_id is not None else line.words,
        "quantity": typed_number(Decimal(line.quantity) / scale),
        "unit": line.unit_name,
        "needed_by": line.needed_by.isoformat(),
        "rank": str(line.rank or ""),
        "stock": "" if line.stock is None else typed_number(Decimal(line.stock) / scale),
        "pipeline": typed_number(Decimal(line.pipeline) / scale) if line.pipeline else "",
        "gross": "" if line.gross is None else typed_number(Decimal(line.gross) / scale),
        "method": line.method,
        "place": line.place_name,
        "group": "" if groups.get(line.group_id) == Group.EVERYONE else groups.get(line.group_id, ""),
        "remark": line.remark,
    }
    return {name: value for name, value in row.items() if value}


def typed_number(value: Decimal) -> str:
    """A number in a field: grouped by spaces, with the decimal mark of the language, and with one reading only.

    >>> typed_number(Decimal("1450"))
    '1 450'
    """
    text = f"{value:f}"
    whole, _point, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    text = f"{int(whole):,}".replace(",", formats.NO_BREAK)
    if not decimals:
        return text
    mark = formats.number(Decimal("0.5"))[1]
    text = f"{text}{mark}{decimals}"
    # "1,125" would be asked about; "1,1250" has one reading.
    return f"{text}0" if isinstance(parse_number(text, decimal=None), Ambiguous) else text


# ── two people at once ───────────────────────────────────────────────────────
def merged(mine: Sequence[Typed], theirs: Sequence[Typed]) -> tuple[list[Typed], list[str]]:
    """Both drafts as one list, lines about the same thing side by side; and whose each line is: "", mine or theirs."""
    rows: list[Typed] = []
    whose: list[str] = []
    left = list(mine)
    for row in theirs:
        same = next((one for one in left if one == row), None)
        if same is not None:
            left.remove(same)
            rows.append(row)
            whose.append("")
            continue
        rows.append(row)
        whose.append("theirs")
        for one in [one for one in left if _about(one) == _about(row)]:
            left.remove(one)
            rows.append(one)
            whose.append("mine")
    return [*rows, *left], [*whose, *("mine" for _ in left)]


def _about(row: Typed) -> tuple[str, ...]:
    return tuple(fold(row.get(name, "")) for name in ("item", "place", "group"))
