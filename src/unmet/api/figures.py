"""Figures, for everybody: definitions, values with their inputs, the rows behind them, totals, public needs."""

from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field

from unmet.api import amounts, found, lists
from unmet.api import figure_schemas as said
from unmet.api.door import ApiRequest, One, Operations
from unmet.api.lists import Cursor, Limit, Listing, Rows
from unmet.api.problems import Problem
from unmet.api.values import Code
from unmet.books.models import Clock
from unmet.catalogue.models import Emergency, Item, Round, Sector
from unmet.figures import totals
from unmet.figures.definitions import FIGURES
from unmet.figures.definitions import Figure as Definition
from unmet.figures.lists import Filter, Need, Needs
from unmet.figures.published import Published, publish
from unmet.figures.totals import Scope, Totals
from unmet.parties.models import Group, Party, Place

operations = Operations("figures", "")
Dimension = Literal["member", "item", "sector", "emergency", "round"]
_KINDS: dict[str, Any] = {"member": Party, "item": Item, "sector": Sector, "emergency": Emergency, "round": Round}
_STAGES = ("approved", "received", "in_transit", "committed", "pledged", "not_covered", "not_in_country")
On = Annotated[date | None, Field(description="As known at the end of that day (UTC).")]


class _Asked:
    """The codes of a scope, and the rows behind them."""

    def __init__(self, request: ApiRequest, on: date | None = None, **codes: str | None) -> None:
        if on is not None and on > request.at.date():
            raise Problem("refused", more={"reason": "to_come"})
        self.codes = {name: code for name, code in codes.items() if code is not None}
        self.rows = {name: found.by_code(_rows_of(name), code) for name, code in self.codes.items()}
        self.on = on
        self.scope = Scope(on=on, **{name: row.pk for name, row in self.rows.items()})

    @property
    def item(self) -> Item | None:
        row = self.rows.get("item")
        return row if isinstance(row, Item) else None


def _rows_of(name: str) -> Any:
    if name == "round":
        return found.rounds()
    return Item.objects.select_related("base_unit") if name == "item" else _KINDS[name].objects.all()


# ── definitions and values ───────────────────────────────────────────────────
@operations.listing("/figures", said.Figure)
def figures(request: ApiRequest, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """Every figure that we publish, with its definition."""

    def fetch(after: str, limit: int) -> Rows:
        return [(code, _definition(FIGURES[code])) for code in sorted(FIGURES) if code > after][:limit]

    return Listing(said.Figure, fetch, limit, cursor)


def _definition(figure: Definition) -> said.Figure:
    return said.Figure(
        code=figure.code, title=str(figure.title), meaning=str(figure.meaning), formula=str(figure.formula),
        unit=figure.unit, inputs=list(figure.inputs), version=figure.version, per_item=figure.per_item,
        per_round=figure.per_round,
    )  # fmt: skip


@operations.one("/figures/{code}", said.FigureValue)
def figure(
    request: ApiRequest, code: Code, member: Code | None = None, item: Code | None = None, sector: Code | None = None,
    emergency: Code | None = None, round: Code | None = None, on: On = None,  # noqa: A002
) -> One:  # fmt: skip
    """One figure, over all that is public or over a part of it, with the inputs of its formula."""
    definition = _figure(code)
    asked = _Asked(request, on, member=member, item=item, sector=sector, emergency=emergency, round=round)
    published = publish(definition, asked.scope, at=request.at)
    return One(_value(definition, published, asked, request))


def _figure(code: str) -> Definition:
    if code not in FIGURES:
        raise Problem("not-found")
    return FIGURES[code]


def _value(definition: Definition, published: Published, asked: _Asked, request: ApiRequest) -> said.FigureValue:
    value = published.value
    share = value if isinstance(value, Fraction) else None
    told: str | None = None
    if share is not None:
        told = f"{float(share):.6f}"
    elif value is not None:
        told = _measure(definition, int(value), asked.item)
    return said.FigureValue(
        figure=definition.code, title=str(definition.title), unit=_unit(definition, asked.item),
        version=definition.version, scope=asked.codes, as_known_on=asked.on or request.at.date(),
        public_line=Clock.objects.values_list("public_sequence", flat=True).first() or 0, value=told,
        fraction=f"{share.numerator}/{share.denominator}" if share is not None else None,
        inputs=_inputs(definition, published.sums, asked.item),
    )  # fmt: skip


def _inputs(definition: Definition, sums: Totals, item: Item | None) -> dict[str, str]:
    return {name: _measure(FIGURES.get(name), sums[name], item, within=definition) for name in definition.inputs}


def _measure(figure: Definition | None, value: int, item: Item | None, *, within: Definition | None = None) -> str:
    """A measure as text, by its own unit."""
    unit = figure.unit if figure is not None else "count"
    if unit == "usd_cents":
        return amounts.usd(value)
    if unit == "usd" or (unit == "base_unit" and within is not None and within.finance):
        return amounts.usd(value // 1000)
    return amounts.told(value, item) if unit == "base_unit" else str(value)


def _unit(figure: Definition, item: Item | None) -> str:
    if figure.unit == "base_unit":
        return amounts.unit(item)
    return {"usd_cents": "USD", "usd": "USD"}.get(figure.unit, figure.unit)


@operations.listing("/figures/{code}/rows", said.FigureRow)
def figure_rows(
    request: ApiRequest, code: Code, member: Code | None = None, item: Code | None = None, sector: Code | None = None,
    emergency: Code | None = None, round: Code | None = None,  # noqa: A002
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """The rows behind a figure: what each member, item and round adds to its inputs. They add up to the figure."""
    definition = _figure(code)
    asked = _Asked(request, member=member, item=item, sector=sector, emergency=emergency, round=round)
    return Listing(said.FigureRow, _cells(definition, asked), limit, cursor)


def _cells(definition: Definition, asked: _Asked) -> Callable[[str, int], Rows]:
    names = tuple(name for name in definition.inputs if name not in {"at_risk", "members_of_date"})
    countable = definition.code not in {"at_risk", "members_public", "members_reported"}

    @cache
    def every() -> list[tuple[str, said.FigureRow]]:
        if not countable:
            return []
        parties = dict(Party.objects.values_list("pk", "code"))
        items = Item.objects.select_related("base_unit").in_bulk()
        rounds = dict(Round.objects.values_list("pk", "code"))
        goods = False if definition.finance else None
        rows = []
        for (member, item, round_), sums in totals.cells(asked.scope, goods=goods, inputs=names):
            key = (parties[member], items[item].code, rounds[round_])
            told = {name: _measure(FIGURES.get(name), sums[name], items[item]) for name in names}
            rows.append((" ".join(key), said.FigureRow(member=key[0], item=key[1], round=key[2], inputs=told)))
        return sorted(rows, key=lambda row: row[0])

    return lambda after, limit: [row for row in every() if row[0] > after][:limit]


# ── totals ───────────────────────────────────────────────────────────────────
@operations.listing("/totals", said.Total)
def totals_(
    request: ApiRequest, by: Dimension, member: Code | None = None, item: Code | None = None,
    sector: Code | None = None, emergency: Code | None = None, round: Code | None = None, on: On = None,  # noqa: A002
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """Public sums by member, item, sector, emergency or round, by code; never ranked.

    Values are of goods; money stands beside them as an item of its own. Quantities only where one item is named, or by
    item.
    """
    asked = _Asked(request, on, member=member, item=item, sector=sector, emergency=emergency, round=round)

    def fetch(after: str, limit: int) -> Rows:
        sums = totals.by(by, asked.scope)
        rows = _KINDS[by].objects.filter(pk__in=_public_now(by, asked, sums)).order_by("code")
        rows = rows.select_related("base_unit") if by == "item" else rows
        rows = (rows.filter(code__gt=after) if after else rows)[:limit]
        return [
            (row.code, _total(row, sums.get(row.pk, Totals()), asked.item or (row if by == "item" else None)))
            for row in rows
        ]

    return Listing(said.Total, fetch, limit, cursor)


def _public_now(by: str, asked: _Asked, sums: Iterable[int]) -> set[int]:
    """Of a past day, a member and its items are named only while something of theirs is public now."""
    if asked.on is None or by not in {"member", "item"}:
        return set(sums)
    return set(sums) & {pair[0 if by == "member" else 1] for pair in totals.public_cells(asked.scope)}


def _total(row: Any, sums: Totals, item: Item | None) -> said.Total:
    stages = {stage: amounts.told(sums[stage], item) if item is not None else None for stage in _STAGES}
    return said.Total(
        code=row.code, name=row.name, needs_open=sums["needs_open"], needs_met=sums["needs_met"],
        needs_unpriced=sums["needs_unpriced"], value_approved_usd=amounts.usd(sums["value_approved"]),
        value_not_covered_usd=amounts.usd(sums["value_not_covered"]),
        value_not_in_country_usd=amounts.usd(sums["value_not_in_country"]), **stages,
    )  # fmt: skip


# ── public needs ─────────────────────────────────────────────────────────────
@operations.listing("/needs", said.PublicNeed)
def public_needs(
    request: ApiRequest, member: Code | None = None, item: Code | None = None, sector: Code | None = None,
    emergency: Code | None = None,
    uncovered: Annotated[bool, Field(description="Only those that are not covered in full.")] = False,
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """Public needs, open now. First those whose detail is released, then sums of those released as figures."""
    asked = _Asked(request, member=member, item=item, sector=sector, emergency=emergency)
    scope = asked.scope
    wanted = Filter(
        member=scope.member, item=scope.item, sector=scope.sector, emergency=scope.emergency,
        only_not_covered=uncovered, lapsed_too=True,
    )  # fmt: skip
    listed = Needs(wanted, "member", (), ())

    def fetch(after: str, limit: int) -> Rows:
        rows = listed.following(after, limit)
        names = _Names([need for _key, need in rows])
        return [(key, names.told(need)) for key, need in rows]

    return Listing(said.PublicNeed, fetch, limit, cursor)


class _Names:
    """The codes of what some needs name."""

    def __init__(self, needs: list[Need]) -> None:
        self.parties = dict(Party.objects.filter(pk__in={one.member for one in needs}).values_list("pk", "code"))
        self.items = Item.objects.select_related("base_unit", "sector").in_bulk({one.item for one in needs})
        self.emergencies = dict(Emergency.objects.values_list("pk", "code"))
        self.rounds = dict(Round.objects.values_list("pk", "code"))
        self.places = Place.objects.in_bulk({one.place for one in needs if one.place is not None})
        self.groups = dict(Group.objects.values_list("pk", "code"))

    def told(self, need: Need) -> said.PublicNeed:
        item = self.items[need.item]
        measures = (*_STAGES, "allocated", "last_stated")
        return said.PublicNeed(
            member=self.parties[need.member], item=item.code, unit=amounts.unit(item), sector=item.sector.code,
            emergency=self.emergencies[need.emergency], round=self.rounds[need.round], need=need.subject,
            place=self.places[need.place].name if need.place is not None else None,
            group=self.groups[need.group] if need.group is not None else None, needed_by=need.needed_by,
            rank=need.rank, **{name: amounts.told(getattr(need, name), item) for name in measures},
        )  # fmt: skip
