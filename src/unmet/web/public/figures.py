"""Figures and their definitions; and one figure opened: what it means, its formula, its rows."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from unmet.exchange.download import Column, Value
from unmet.figures.definitions import FIGURES, Figure
from unmet.figures.published import NotOverItems, NotOverRounds, TodayOnly, publish
from unmet.web.public import keys
from unmet.web.public.chosen import Chosen
from unmet.web.public.figure_page import FigurePage
from unmet.web.public.pages import Answer, Refused, Table, public
from unmet.web.requests import PageRequest


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


@public
def figure(request: PageRequest, code: str) -> Answer:
    """One figure of the part that the address asks about, now or as known on a past day."""
    definition = FIGURES.get(code)
    if definition is None:
        raise Refused(_("There is no figure with the code “%(code)s”.") % {"code": code[:60]})
    chosen = Chosen.of(request)
    page = FigurePage(request, definition, chosen)
    try:
        page.published = publish(definition, chosen.scope, at=request.at)
    except (NotOverItems, NotOverRounds):
        return Answer("web/public/figure_parts.html", page.choices, page.choice_table)
    except TodayOnly as today_only:
        raise Refused(
            _("What is at risk is known for today only: expected arrivals are not kept by day."), status=400
        ) from today_only
    return Answer("web/public/figure.html", page.context, page.table)
