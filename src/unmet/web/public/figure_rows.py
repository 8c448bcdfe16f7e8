"""What stands behind a figure: lines of the public book, or sums by member, item and round."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from unmet.catalogue.models import Round
from unmet.figures import ledger, risk, totals
from unmet.figures.definitions import Figure
from unmet.figures.order import window
from unmet.figures.published import Published, publish
from unmet.figures.totals import Totals
from unmet.web.public.chosen import Chosen
from unmet.web.public.lines import Names
from unmet.web.requests import PageRequest

ABOUT_MEMBERS = ("members_public", "members_reported")


@dataclass(frozen=True, slots=True)
class Cell:
    """A row behind a figure: a member, an item, a round. Names are None for what was withdrawn since."""

    member: Any
    item: Any
    round: Any
    sums: Totals
    query: str = ""


class FigureRows:
    """One figure of the part that is chosen, and its rows. `published` is set where the figure has one value."""

    published: Published

    def __init__(self, request: PageRequest, figure: Figure, chosen: Chosen) -> None:
        self.request, self.figure, self.chosen = request, figure, chosen
        self.names = Names()
        self.at = request.at
        # One member's one item: the lines of the book; more than that: sums by member, item and round.
        one = chosen.need is not None or (chosen.member is not None and chosen.item is not None)
        self.by_line = one and figure.code not in (*ABOUT_MEMBERS, "at_risk")

    def lines(self) -> list[ledger.Row]:
        """The lines that say something about this figure."""
        wanted = set(self.figure.inputs)
        return [row for row in ledger.rows(self.chosen.scope) if any(row.changes.get(name) for name in wanted)]

    def cells(self) -> tuple[int, Any]:
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

    # ── a figure that exists for one item or one round only ──────────────────
    def published_parts(self) -> Iterator[tuple[str, Chosen, Published]]:
        """(title, part, value) of each item or round for which the figure exists."""
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
