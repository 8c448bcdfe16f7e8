"""The public page of what was asked, answered and closed, by sector and quarter; and another body's numbers beside."""

import hashlib
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from unmet.catalogue.models import Sector
from unmet.exchange.download import Column, Value
from unmet.figures import asking
from unmet.web.public.pages import Answer, Table, public_beside
from unmet.web.requests import PageRequest


def definition() -> list[tuple[str, str]]:
    """Each number and what it counts."""
    return [
        (
            _("Asked"),
            _(
                "Lines of requests for assistance that were put to everyone and not withdrawn, for needs that are "
                "public. One line is one need."
            ),
        ),
        (_("Answered in full"), _("Those to which at least one party answers “in full” now.")),
        (_("Answered in part"), _("Those that nobody answers in full, and at least one party in part.")),
        (_("Closed"), _("Those whose request the member has closed, answered or not.")),
        (
            _("Days"),
            _(
                "Medians of whole days: from the request to the first answer that says what a party does; from the "
                "request to the first support stated for the need; from the offer of support to its acceptance; from "
                "its acceptance to the first receipt that the member states."
            ),
        ),
        (
            _("Fewer than 3"),
            _(
                "A number behind which stand fewer than three members is not shown, and enters no sum. Members are "
                "never told apart; of each one only its own people read its numbers."
            ),
        ),
    ]


def _edition() -> str:
    """The page depends on what it shows, and on nothing that it does not show."""
    return hashlib.sha256(repr(asking.published()).encode()).hexdigest()


@public_beside(_edition)
def asked(request: PageRequest) -> Answer:
    """Asked, answered, closed."""
    report = asking.published()
    sectors = {sector.pk: sector for sector in Sector.objects.all()}

    def context() -> dict[str, Any]:
        return {
            "report": report,
            "rows": [(sectors[cell.sector], cell) for cell in report.cells],
            "comparisons": asking.comparisons(),
            "definition": definition(),
            "least": asking.LEAST,
        }

    def rows() -> Iterator[list[Value]]:
        for cell in report.cells:
            sector = sectors[cell.sector]
            yield [
                sector.code, sector.name, cell.name, cell.asked, cell.in_full, cell.in_part, cell.closed,
                *(cell.medians[step] for step in asking.STEPS),
            ]  # fmt: skip

    def table() -> Table:
        columns = [
            Column("sector", _("Sector, code"), "text"),
            Column("sector_name", _("Sector"), "text"),
            Column("quarter", _("Quarter"), "text"),
            Column("asked", _("Asked"), "integer"),
            Column("answered_in_full", _("Answered in full"), "integer"),
            Column("answered_in_part", _("Answered in part"), "integer"),
            Column("closed", _("Closed"), "integer"),
            Column("days_to_answer", _("Days from request to answer"), "quantity"),
            Column("days_to_offer", _("Days from request to offer"), "quantity"),
            Column("days_to_acceptance", _("Days from offer to acceptance"), "quantity"),
            Column("days_to_receipt", _("Days from acceptance to receipt"), "quantity"),
        ]
        about = {"definition": " ".join(f"{name}: {means}" for name, means in definition())}
        about |= {f"beside_{one.body}": _comparison(one) for one in asking.comparisons()}
        return Table("unmet-asked", _("Asked, answered, closed"), columns, rows, about)

    return Answer("web/public/asked.html", context, table)


def _comparison(one: asking.Comparison) -> str:
    words = _("%(asked)s requests from %(from)s to %(until)s, %(answered)s answered. Source: %(title)s, %(source)s")
    return words % {
        "asked": one.asked, "from": one.from_on.isoformat(), "until": one.until_on.isoformat(),
        "answered": one.answered, "title": one.title, "source": one.address,
    }  # fmt: skip
