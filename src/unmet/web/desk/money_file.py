"""The lists of money as one file, whole: what one's parties give, or what comes to them."""

import io
from decimal import Decimal
from typing import Final

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from unmet.access.services import is_demonstration
from unmet.catalogue import rates
from unmet.exchange import download, fts
from unmet.exchange.download import Column, Value
from unmet.support import flow_queries
from unmet.support.models import Flow
from unmet.web.desk.doors import desk_page
from unmet.web.requests import PersonRequest

_COLUMNS: Final = (
    "number", "reference", "source", "destinations", "via", "channel", "instrument", "boundary", "emergency", "sector",
    "item", "currency", "pledged", "committed", "paid", "pledged_usd", "committed_usd", "paid_usd", "public", "text",
    "fact_source",
)  # fmt: skip


@desk_page
@require_GET
def as_csv(request: PersonRequest) -> HttpResponse:
    """Either list as one file, whole."""
    of_us = request.GET.get("list") == "coming"
    chosen = flow_queries.coming() if of_us else flow_queries.given()
    notes = {download.MARK: download.demonstration_words()} if is_demonstration() else {}
    out = io.StringIO(newline="")
    columns = [Column(name, name, "text") for name in _COLUMNS]
    download.write_csv(out, columns, map(_row, flow_queries.for_reading(chosen)), notes=notes, bom=True)
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="money-{"coming" if of_us else "given"}.csv"'
    return response


@desk_page
@require_GET
def as_fts(request: PersonRequest) -> HttpResponse:
    """All that one's parties see, and what sources show to everyone, in the columns of FTS."""
    notes = {download.MARK: download.demonstration_words()} if is_demonstration() else {}
    out, flows = io.StringIO(newline=""), flow_queries.for_reading(fts.seen())
    download.write_csv(out, fts.columns(), fts.cells(fts.rows(flows, of_everyone=False)), notes=notes, bom=True)
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="money-fts.csv"'
    return response


def _row(flow: Flow) -> list[Value]:
    digits = rates.digits(flow.currency)
    amounts = [Decimal(getattr(flow, name)).scaleb(-digits) for name in ("pledged", "committed", "paid")]
    dollars = [Decimal(getattr(flow, f"{name}_cents")).scaleb(-2) for name in ("pledged", "committed", "paid")]
    return [
        str(flow.uuid), flow.reference, flow.source.code,
        " ".join(sorted(row.party.code for row in flow.going_to.all())), flow.via,
        flow.channel.code if flow.channel else "", flow.instrument, flow.boundary, flow.emergency.code,
        flow.sector.code if flow.sector else "", flow.item.code if flow.item else "", flow.currency, *amounts, *dollars,
        flow.public_at.date() if flow.public_at else None, flow.text, flow.fact_source,
    ]  # fmt: skip
