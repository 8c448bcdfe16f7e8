"""Public money as a file with the columns that a reader of OCHA's Financial Tracking Service knows."""

from django.utils.translation import gettext as _

from unmet.exchange import fts
from unmet.figures import money as figures
from unmet.support import flow_queries as queries
from unmet.web.public.pages import Answer, Table, public
from unmet.web.requests import PageRequest


@public
def money_fts(request: PageRequest) -> Answer:
    """What its sources show to everyone, one row for each stage."""

    def table() -> Table:
        flows = queries.for_reading(figures.counted(queries.public()))
        about = {"definition": _("What stands at each stage; grants and loans are never added.")}
        return Table(
            "unmet-money-fts", _("Money, in the columns of FTS"), fts.columns(),
            lambda: fts.cells(fts.rows(flows, of_everyone=True)), about,
        )  # fmt: skip

    return Answer("web/public/money.html", dict, table)
