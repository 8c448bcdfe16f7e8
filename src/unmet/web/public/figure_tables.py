"""A figure as a file: its rows, or the parts for which it exists."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from unmet.exchange.download import Column, Value
from unmet.figures.definitions import FIGURES
from unmet.parties.models import Place
from unmet.web import formats
from unmet.web.public.figure_rows import ABOUT_MEMBERS, FigureRows
from unmet.web.public.figure_values import in_file, measure_column, value_column
from unmet.web.public.lines import unit_of
from unmet.web.public.pages import PER_PAGE, Table


class FigureTables(FigureRows):
    """The files of one figure."""

    def table(self) -> Table:
        """The rows as a file; the sums over its columns are the figure and its inputs."""
        title = str(self.figure.title)
        if self.figure.code in ABOUT_MEMBERS:
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
            about["value"] = str(in_file(self.figure, self.published.value, self.chosen.item) or "0")
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
            *(measure_column(name) for name in self.figure.inputs),
        ]

    def _line_rows(self) -> Iterator[list[Value]]:
        item = self.chosen.item
        rows = self.lines()
        places = Place.objects.in_bulk({row.place for row in rows if row.place is not None})
        for row in rows:
            named: list[Value] = [
                row.sequence, row.at.date() if row.at else None, formats.movement(row), row.lines, row.supersedes,
                places[row.place].name if row.place is not None else None,
                self.names.rounds[row.round].code if row.round is not None else None,
            ]  # fmt: skip
            yield [*named, *(in_file(FIGURES[name], row.changes.get(name, 0), item) for name in self.figure.inputs)]

    def _cell_columns(self) -> list[Column]:
        inputs = [name for name in self.figure.inputs if name != self.figure.code]
        return [
            Column("member", _("Member, code"), "text"),
            Column("member_name", _("Member"), "text"),
            Column("item", _("Item, code"), "text"),
            Column("item_name", _("Item"), "text"),
            Column("unit", _("Unit"), "text"),
            Column("round", _("Round"), "text"),
            *(measure_column(name) for name in inputs),
            value_column(self.figure),
        ]

    def _cell_rows(self) -> Iterator[list[Value]]:
        count, page_of = self.cells()
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
                values = [in_file(FIGURES[name], cell.sums[name], cell.item) for name in inputs]
                yield [*named, *values, in_file(self.figure, self.figure.value(cell.sums), cell.item)]

    def choice_table(self) -> Table:
        """The parts as a file."""
        columns = [
            Column("part", _("Item or round, code"), "text"),
            Column("part_name", _("Item or round"), "text"),
            Column("unit", _("Unit"), "text"),
            value_column(self.figure),
        ]

        def rows() -> Iterator[list[Value]]:
            for title, part, published in self.published_parts():
                code = part.round.code if self.figure.per_round and part.round else part.item.code if part.item else ""
                unit = unit_of(part.item) if part.item is not None else ""
                yield [code, title, unit, in_file(self.figure, published.value, part.item)]

        return Table(f"unmet-{self.figure.code}", str(self.figure.title), columns, rows, self._about())
