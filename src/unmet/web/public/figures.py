"""Figures and their definitions; and one figure opened: what it means, its formula, its rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from unmet.access.services import is_demonstration
from unmet.catalogue.models import Item, Round
from unmet.exchange.download import Column, Value
from unmet.figures import ledger, risk, totals
from unmet.figures.definitions import FIGURES, Figure
from unmet.figures.order import window
from unmet.figures.published import NotOverItems, NotOverRounds, Published, TodayOnly, left_over, publish
from unmet.figures.totals import Totals
from unmet.parties.models import Place
from unmet.web import formats
from unmet.web.public import keys, texts
from unmet.web.public.chosen import Chosen
from unmet.web.public.lines import Names, exact, is_finance, unit_of, usd
from unmet.web.public.pages import PER_PAGE, Answer, Pages, Refused, Table, public
from unmet.web.requests import PageRequest

_ABOUT_MEMBERS = ("members_public", "members_reported")
_STATED_BY = {
    "approved": lambda: _("The members’ approvers"),
    "received": lambda: _("The members’ own people"),
    "rejected": lambda: _("The members’ own people"),
    "missing": lambda: _("The members’ own people"),
    "in_transit": lambda: _("The givers, out of what the member accepted"),
    "committed": lambda: _("Accepted by the members"),
    "allocated": lambda: _("The givers"),
    "pledged": lambda: _("The givers"),
    "members_of_date": lambda: _("The list of members of that day"),
    "members_reported": lambda: _("Counted from the returns; only the number is public"),
}


# ── all of them ──────────────────────────────────────────────────────────────
@public
def figures(request: PageRequest) -> Answer:
    """Every figure we publish, with its definition and, over all members, its value."""

    def values() -> Iterator[tuple[Figure, str]]:
        for figure in FIGURES.values():
            try:
                published = publish(figure, Chosen().scope, at=request.at)
            except (NotOverItems, NotOverRounds):
                yield figure, ""
            else:
                yield figure, " ".join(keys.in_words(figure, published.value)).strip()

    def rows() -> Iterator[list[Value]]:
        for figure in FIGURES.values():
            yield [
                figure.code, str(figure.title), str(figure.meaning), str(figure.formula), figure.unit,
                " ".join(figure.inputs), figure.version,
            ]  # fmt: skip

    def table() -> Table:
        named = [
            Column("figure", _("Figure, code"), "text"),
            Column("title", _("Title"), "text"),
            Column("meaning", _("What it means"), "text"),
            Column("formula", _("Formula"), "text"),
            Column("unit", _("Unit"), "text"),
            Column("inputs", _("Inputs"), "text"),
            Column("version", _("Version"), "text"),
        ]
        return Table("unmet-figures", _("Figures and their definitions"), named, rows)

    return Answer("web/public/figures.html", lambda: {"figures": list(values())}, table)


# ── one of them ──────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Term:
    """One part of a formula with its real number: sign, number, what it is, where it is opened."""

    sign: str
    number: str
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A row behind a figure: a member, an item, a round. Names are None for what was withdrawn since."""

    member: Any
    item: Any
    round: Any
    sums: Totals
    query: str = ""


@public
def figure(request: PageRequest, code: str) -> Answer:
    """One figure of the part that the address asks about, now or as known on a past day."""
    definition = FIGURES.get(code)
    if definition is None:
        raise Refused(_("There is no figure with the code “%(code)s”.") % {"code": code[:60]})
    chosen = Chosen.of(request)
    page = _FigurePage(request, definition, chosen)
    try:
        page.published = publish(definition, chosen.scope, at=request.at)
    except (NotOverItems, NotOverRounds):
        return Answer("web/public/figure_parts.html", page.choices, page.choice_table)
    except TodayOnly as today_only:
        raise Refused(
            _("What is at risk is known for today only: expected arrivals are not kept by day."), status=400
        ) from today_only
    return Answer("web/public/figure.html", page.context, page.table)


class _FigurePage:
    """The page of one figure and its table."""

    published: Published

    def __init__(self, request: PageRequest, figure: Figure, chosen: Chosen) -> None:
        self.request, self.figure, self.chosen = request, figure, chosen
        self.names = Names()
        self.at = request.at
        # One member's one item: the lines of the book; more than that: sums by member, item and round.
        one = chosen.need is not None or (chosen.member is not None and chosen.item is not None)
        self.by_line = one and figure.code not in (*_ABOUT_MEMBERS, "at_risk")

    # ── the page ─────────────────────────────────────────────────────────────
    def context(self) -> dict[str, Any]:
        """Values for the template."""
        published, figure, chosen = self.published, self.figure, self.chosen
        number, unit = keys.in_words(figure, published.value, chosen.item)
        exact_number = formats.dollars(int(published.value or 0)) if figure.unit == "usd_cents" else ""
        known_on = chosen.on or self.at.date()
        return {
            "figure": figure,
            "chosen": chosen,
            "number": number,
            "unit": unit,
            "exact_number": exact_number,
            "known_on": known_on,
            "equation": self._equation(),
            "inputs": self._inputs(),
            "by_line": self.by_line,
            "about_members": figure.code in _ABOUT_MEMBERS,
            "finance": (chosen.item is not None and is_finance(chosen.item)) or figure.finance,
            "unit_word": unit_of(chosen.item) if chosen.item is not None else "",
            "today": self.at.date(),
            "demonstration": is_demonstration(),
            "coalition": texts.coalition(),
            "past_days": [self.at.date() - timedelta(days=days) for days in (30, 90, 365)],
            **self._rows_context(),
        }

    def _equation(self) -> list[Term]:
        """The formula with the real numbers; empty where the figure is a plain sum of its rows."""
        sums, figure = self.published.sums, self.figure
        if isinstance(self.published.value, Fraction):
            below, above = figure.inputs[1], figure.inputs[0]
            return [self._term("1 −", above, sums[above]), self._term("÷", below, sums[below])]
        if figure.code in {"not_covered", "finance_not_covered", "not_in_country"}:
            inputs = [name for name in figure.inputs if name in {"approved", "received", "in_transit", "committed"}]
            terms = [self._term("−" if place else "", name, sums[name]) for place, name in enumerate(inputs)]
            if rest := left_over(sums, figure):
                terms.append(Term("+", self._shown(figure, rest), _("over-covered or not assigned to a need"), ""))
            return terms
        return []

    def _term(self, sign: str, measure: str, value: int) -> Term:
        definition = FIGURES[measure]
        return Term(sign, self._shown(definition, value), str(definition.title), self._address(measure))

    def _address(self, measure: str) -> str:
        """Where a measure of the same scope is opened; empty for a quantity over several items."""
        over_items = FIGURES[measure].per_item and self.chosen.item is None
        return "" if over_items else keys.address(measure, self.chosen.query)

    def _shown(self, definition: Figure, value: int) -> str:
        if definition.unit == "usd_cents":
            return formats.dollars(value)
        finance = self.figure.finance or (self.chosen.item is not None and is_finance(self.chosen.item))
        return formats.number(value) if definition.unit == "count" else formats.amount(value, finance=finance)

    def _inputs(self) -> list[dict[str, Any]]:
        sums, found = self.published.sums, []
        for name in self.figure.inputs:
            definition = FIGURES.get(name)
            title = str(definition.title) if definition else _("Members of that day")
            value = sums[name]
            found.append(
                {
                    "title": title,
                    "value": self._shown(definition, value) if definition else formats.number(value),
                    "by": _STATED_BY[name]() if name in _STATED_BY else _("Computed from the rows"),
                    "address": self._address(name) if definition and name != self.figure.code else "",
                }
            )
        return found

    # ── rows ─────────────────────────────────────────────────────────────────
    def _rows_context(self) -> dict[str, Any]:
        if self.figure.code in _ABOUT_MEMBERS:
            return {}
        if self.by_line:
            rows = self._lines()
            pages = Pages.of(self.request, len(rows))
            return {"pages": pages, "rows": self._told(rows[pages.start : pages.stop])}
        count, page_of = self._cells()
        pages = Pages.of(self.request, count)
        return {"pages": pages, "cells": [self._cell_shown(cell) for cell in page_of(pages.start, pages.stop)]}

    def _lines(self) -> list[ledger.Row]:
        """The lines that say something about this figure."""
        wanted = set(self.figure.inputs)
        return [row for row in ledger.rows(self.chosen.scope) if any(row.changes.get(name) for name in wanted)]

    def _told(self, rows: Iterable[ledger.Row]) -> list[dict[str, Any]]:
        rows = list(rows)
        places = Place.objects.in_bulk({row.place for row in rows if row.place is not None})
        finance = self.chosen.item is not None and is_finance(self.chosen.item)
        told = []
        for row in rows:
            measures = [
                (str(FIGURES[name].title), _signed(FIGURES[name], row.changes[name], finance=finance))
                for name in self.figure.inputs
                if row.changes.get(name)
            ]
            place = places.get(row.place) if row.place is not None else None
            told.append({"row": row, "place": place, "measures": measures})
        return told

    def _cells(self) -> tuple[int, Any]:
        """How many cells there are, and a function from start and stop to some of them; members A to Z."""
        figure, scope = self.figure, self.chosen.scope
        goods = False if figure.finance else None
        if figure.code == "at_risk":
            found = self._risk_cells()
            return len(found), lambda start, stop: found[start:stop]
        if scope.on is not None:
            past = self._past_cells(goods)
            return len(past), lambda start, stop: past[start:stop]
        counts = totals.cell_counts(scope, goods=goods, inputs=figure.inputs)

        def some(start: int, stop: int) -> list[Cell]:
            shown = list(window(counts, self.names.members_in_order, start, stop))
            read = totals.cells(scope, goods=goods, inputs=figure.inputs, members=[block for block, _, _ in shown])
            blocks: dict[int, list[tuple[totals.Cell, Totals]]] = {}
            for key, sums in read:
                blocks.setdefault(key[0], []).append((key, sums))
            return [
                self._cell(key, sums)
                for block, begin, end in shown
                for key, sums in sorted(blocks.get(block, ()), key=self._place)[begin:end]
            ]

        return sum(counts.values()), some

    def _past_cells(self, goods: bool | None) -> list[Cell]:
        """As known on a past day. What its member has withdrawn since stands as one sum, without a name."""
        public_now = totals.public_cells(self.chosen.scope)
        kept, withdrawn = [], []
        for key, sums in totals.cells(self.chosen.scope, goods=goods, inputs=self.figure.inputs):
            if key[:2] in public_now:
                kept.append((key, sums))
            else:
                withdrawn.append(sums)
        cells = [self._cell(key, sums) for key, sums in sorted(kept, key=self._place)]
        return cells + ([Cell(None, None, None, totals.add(withdrawn))] if withdrawn else [])

    def _risk_cells(self) -> list[Cell]:
        late = risk.late(self.chosen.scope, on=self.at.date())
        sums = risk.summed(late, lambda one: (one.member, one.item, one.round))
        ordered = sorted(((key, Totals({"at_risk": value})) for key, value in sums.items()), key=self._place)
        return [self._cell(key, value) for key, value in ordered]

    def _place(self, pair: tuple[totals.Cell, Totals]) -> tuple[int, int, int]:
        (member, item, round_), _ = pair
        return self._ranks[0][member], self._ranks[1][item], round_

    @property
    def _ranks(self) -> tuple[Mapping[int, int], Mapping[int, int]]:
        if not hasattr(self, "_ranked"):
            orders = (self.names.members_in_order, self.names.items_in_order)
            self._ranked = tuple({pk: place for place, pk in enumerate(order)} for order in orders)
        return self._ranked[0], self._ranked[1]

    def _cell(self, key: totals.Cell, sums: Totals) -> Cell:
        member, item = self.names.parties[key[0]], self.names.items[key[1]]
        narrowed = self.chosen.but(member=member, item=item)
        return Cell(member, item, self.names.rounds[key[2]], sums, narrowed.query)

    def _cell_shown(self, cell: Cell) -> dict[str, Any]:
        finance = cell.item is not None and is_finance(cell.item)
        value = self.figure.value(cell.sums)
        inputs = [
            (str(FIGURES[name].title), _plain(FIGURES[name], cell.sums[name], finance=finance or self.figure.finance))
            for name in self.figure.inputs
            if name != self.figure.code
        ]
        shown = _plain(self.figure, value, finance=finance)
        narrower = not (self.chosen.member and self.chosen.item)
        address = keys.address(self.figure.code, cell.query) if cell.query and narrower else ""
        return {"cell": cell, "inputs": inputs, "value": shown, "address": address}

    # ── a figure that exists for one item or one round only ──────────────────
    def choices(self) -> dict[str, Any]:
        """The parts for which the figure exists, each with its value."""
        return {"figure": self.figure, "chosen": self.chosen, "parts": list(self._parts())}

    def _parts(self) -> Iterator[tuple[str, str, str, str]]:
        """(title, number, unit, address) of each item or round."""
        for title, part, published in self._published_parts():
            item = part.item
            number, unit = keys.in_words(self.figure, published.value, item)
            yield title, number, unit, keys.address(self.figure.code, part.query)

    def _published_parts(self) -> Iterator[tuple[str, Chosen, Published]]:
        if self.figure.per_round:
            for round_ in Round.objects.exclude(state=Round.State.PLANNED).order_by("-window_from_on"):
                part = self.chosen.but(round=round_)
                yield round_.name, part, publish(self.figure, part.scope, at=self.at)
            return
        if self.figure.code == "at_risk":
            late = risk.summed(risk.late(self.chosen.scope, on=self.at.date()), lambda one: one.item)
            sums = {item: Totals({"at_risk": value}) for item, value in late.items()}
        else:
            sums = totals.by("item", self.chosen.scope, goods=None)
        for pk in self.names.items_in_order:
            item_sums = sums.get(pk)
            if item_sums is not None and any(item_sums[name] for name in self.figure.inputs):
                item = self.names.items[pk]
                part = self.chosen.but(item=item)
                yield item.name, part, Published(self.figure, part.scope, item_sums, self.figure.value(item_sums))

    def choice_table(self) -> Table:
        """The parts as a file."""
        columns = [
            Column("part", _("Item or round, code"), "text"),
            Column("part_name", _("Item or round"), "text"),
            Column("unit", _("Unit"), "text"),
            _value_column(self.figure),
        ]

        def rows() -> Iterator[list[Value]]:
            for title, part, published in self._published_parts():
                code = part.round.code if self.figure.per_round and part.round else part.item.code if part.item else ""
                unit = unit_of(part.item) if part.item is not None else ""
                yield [code, title, unit, _exact(self.figure, published.value, part.item)]

        return Table(f"unmet-{self.figure.code}", str(self.figure.title), columns, rows, self._about())

    # ── as a file ────────────────────────────────────────────────────────────
    def table(self) -> Table:
        """The rows as a file; the sums over its columns are the figure and its inputs."""
        title = str(self.figure.title)
        if self.figure.code in _ABOUT_MEMBERS:
            columns = [Column(name, name, "integer") for name in self.figure.inputs]
            sums = self.published.sums
            known = self.published.value is not None
            rows: Any = lambda: [[sums[name] if known else None for name in self.figure.inputs]]  # noqa: E731
        elif self.by_line:
            columns, rows = self._line_columns(), self._line_rows
        else:
            columns, rows = self._cell_columns(), self._cell_rows
        return Table(f"unmet-{self.figure.code}", title, columns, rows, self._about())

    def _about(self) -> dict[str, str]:
        about = {
            "figure": f"{self.figure.code} {self.figure.version}",
            "meaning": str(self.figure.meaning),
            "formula": str(self.figure.formula),
            "scope": ", ".join(self.chosen.words),
        }
        if self.chosen.on is not None:
            about["known_on"] = self.chosen.on.isoformat()
        if hasattr(self, "published"):
            about["value"] = str(_exact(self.figure, self.published.value, self.chosen.item) or "0")
        return about

    def _line_columns(self) -> list[Column]:
        return [
            Column("line", _("Line of the public book"), "integer"),
            Column("day", _("Day"), "date"),
            Column("movement", _("Movement"), "text"),
            Column("lines", _("Lines in this row"), "integer"),
            Column("takes_back", _("Line that this one takes back"), "integer"),
            Column("place", _("Place"), "text"),
            Column("round", _("Round"), "text"),
            *(_measure_column(name) for name in self.figure.inputs),
        ]

    def _line_rows(self) -> Iterator[list[Value]]:
        item = self.chosen.item
        rows = self._lines()
        places = Place.objects.in_bulk({row.place for row in rows if row.place is not None})
        for row in rows:
            named: list[Value] = [
                row.sequence, row.at.date() if row.at else None, formats.movement(row), row.lines, row.supersedes,
                places[row.place].name if row.place is not None else None,
                self.names.rounds[row.round].code if row.round is not None else None,
            ]  # fmt: skip
            yield [*named, *(_exact(FIGURES[name], row.changes.get(name, 0), item) for name in self.figure.inputs)]

    def _cell_columns(self) -> list[Column]:
        inputs = [name for name in self.figure.inputs if name != self.figure.code]
        return [
            Column("member", _("Member, code"), "text"),
            Column("member_name", _("Member"), "text"),
            Column("item", _("Item, code"), "text"),
            Column("item_name", _("Item"), "text"),
            Column("unit", _("Unit"), "text"),
            Column("round", _("Round"), "text"),
            *(_measure_column(name) for name in inputs),
            _value_column(self.figure),
        ]

    def _cell_rows(self) -> Iterator[list[Value]]:
        count, page_of = self._cells()
        for start in range(0, count, 20 * PER_PAGE):
            for cell in page_of(start, start + 20 * PER_PAGE):
                named: list[Value] = (
                    [
                        cell.member.code, cell.member.name, cell.item.code, cell.item.name, unit_of(cell.item),
                        cell.round.code,
                    ]
                    if cell.member is not None
                    else ["", _("Withdrawn since by their members"), "", "", "", ""]
                )  # fmt: skip
                inputs = [name for name in self.figure.inputs if name != self.figure.code]
                values = [_exact(FIGURES[name], cell.sums[name], cell.item) for name in inputs]
                yield [*named, *values, _exact(self.figure, self.figure.value(cell.sums), cell.item)]


def _measure_column(measure: str) -> Column:
    return _value_column(FIGURES[measure])


def _value_column(figure: Figure) -> Column:
    kinds: dict[str, Any] = {
        "count": "integer", "base_unit": "quantity", "usd_cents": "money", "usd": "money", "share": "percent",
    }  # fmt: skip
    suffix = "_usd" if figure.unit in {"usd_cents", "usd"} else ""
    return Column(f"{figure.code}{suffix}", str(figure.title), kinds[figure.unit])


def _exact(figure: Figure, value: Any, item: Item | None) -> Value:
    """A figure for a file: exact, a share with as many digits as a spreadsheet keeps."""
    if value is None:
        return None
    if isinstance(value, Fraction):
        return round(Decimal(value.numerator) / Decimal(value.denominator), 12)
    if figure.unit == "usd_cents":
        return usd(value)
    if figure.unit == "usd":
        return Decimal(value) / 100_000
    return exact(value, item) if figure.unit == "base_unit" else int(value)


def _plain(figure: Figure, value: Any, *, finance: bool) -> str:
    if value is None:
        return "–"
    if isinstance(value, Fraction):
        return formats.percent(value)
    if figure.unit == "usd_cents":
        return formats.dollars(value)
    if figure.unit == "count":
        return formats.number(value)
    return formats.amount(value, finance=finance or figure.unit == "usd")


def _signed(figure: Figure, value: int, *, finance: bool) -> str:
    if figure.unit == "usd_cents":
        return formats.signed(value * 1000, finance=True)
    if figure.unit == "count":
        return formats.signed(value * 1000)
    return formats.signed(value, finance=finance)
