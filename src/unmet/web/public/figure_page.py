"""The page of one figure: its formula with the real numbers, its inputs and its rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from unmet.access.services import is_demonstration
from unmet.figures import ledger
from unmet.figures.definitions import FIGURES, Figure
from unmet.figures.published import left_over
from unmet.parties.models import Place
from unmet.web import formats
from unmet.web.public import keys, texts
from unmet.web.public.figure_rows import ABOUT_MEMBERS, Cell
from unmet.web.public.figure_tables import FigureTables
from unmet.web.public.figure_values import change_on_page, on_page
from unmet.web.public.lines import is_finance, unit_of
from unmet.web.public.pages import Pages

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


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a formula with its real number: sign, number, what it is, where it is opened."""

    sign: str
    number: str
    title: str
    address: str


class FigurePage(FigureTables):
    """The page of one figure and its table."""

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
            "about_members": figure.code in ABOUT_MEMBERS,
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
        if self.figure.code in ABOUT_MEMBERS:
            return {}
        if self.by_line:
            rows = self.lines()
            pages = Pages.of(self.request, len(rows))
            return {"pages": pages, "rows": self._told(rows[pages.start : pages.stop])}
        count, page_of = self.cells()
        pages = Pages.of(self.request, count)
        return {"pages": pages, "cells": [self._cell_shown(cell) for cell in page_of(pages.start, pages.stop)]}

    def _told(self, rows: Iterable[ledger.Row]) -> list[dict[str, Any]]:
        rows = list(rows)
        places = Place.objects.in_bulk({row.place for row in rows if row.place is not None})
        finance = self.chosen.item is not None and is_finance(self.chosen.item)
        told = []
        for row in rows:
            measures = [
                (str(FIGURES[name].title), change_on_page(FIGURES[name], row.changes[name], finance=finance))
                for name in self.figure.inputs
                if row.changes.get(name)
            ]
            place = places.get(row.place) if row.place is not None else None
            told.append({"row": row, "place": place, "measures": measures})
        return told

    def _cell_shown(self, cell: Cell) -> dict[str, Any]:
        finance = cell.item is not None and is_finance(cell.item)
        value = self.figure.value(cell.sums)
        inputs = [
            (str(FIGURES[name].title), on_page(FIGURES[name], cell.sums[name], finance=finance or self.figure.finance))
            for name in self.figure.inputs
            if name != self.figure.code
        ]
        shown = on_page(self.figure, value, finance=finance)
        narrower = not (self.chosen.member and self.chosen.item)
        address = keys.address(self.figure.code, cell.query) if cell.query and narrower else ""
        return {"cell": cell, "inputs": inputs, "value": shown, "address": address}

    # ── a figure that exists for one item or one round only ──────────────────
    def choices(self) -> dict[str, Any]:
        """The parts for which the figure exists, each with its value."""
        return {"figure": self.figure, "chosen": self.chosen, "parts": list(self._parts())}

    def _parts(self) -> Iterator[tuple[str, str, str, str]]:
        """(title, number, unit, address) of each item or round."""
        for title, part, published in self.published_parts():
            item = part.item
            number, unit = keys.in_words(self.figure, published.value, item)
            yield title, number, unit, keys.address(self.figure.code, part.query)
