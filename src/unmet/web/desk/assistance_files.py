"""Requests for assistance as a file: the list, and the lines of one of them with the answers that one may read."""

import uuid
from collections.abc import Iterable, Iterator, Sequence

from django.conf import settings
from django.http import FileResponse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from unmet.access.services import is_demonstration
from unmet.exchange import download
from unmet.exchange.download import Column, Value
from unmet.exchange.spooled import TYPES, spooled
from unmet.support import request_queries as queries
from unmet.support.models import AssistanceRequest, RequestLine
from unmet.web.desk import assistance
from unmet.web.desk.doors import desk_page
from unmet.web.public.lines import exact
from unmet.web.requests import PersonRequest
from unmet.web.templatetags.desk import unit_of


@desk_page
@require_GET
def listed(request: PersonRequest, form: str) -> FileResponse:
    """The whole list that the page shows by pages: what one's members ask, or what one's parties are asked."""
    columns = [
        Column("request", _("Request"), "text"), Column("member", _("Member, code"), "text"),
        Column("state", _("State"), "text"), Column("stopped", _("Stop sending since"), "date"),
        Column("sent", _("Sent"), "date"), Column("ended", _("Ended"), "date"), Column("lines", _("Lines"), "integer"),
        Column("answered", _("Lines with an answer"), "integer"),
        Column("seen", _("Lines seen by those asked"), "integer"), Column("text", _("What it is for"), "text"),
    ]  # fmt: skip
    of_us = assistance.of_us(request)
    found = list(queries.received() if of_us else queries.own())
    return _file(form, "unmet-requests", _("Requests for assistance"), columns, _requests(found))


def _requests(found: Sequence[AssistanceRequest]) -> Iterator[list[Value]]:
    come = queries.summaries(found)
    for one in found:
        summary = come[one.pk]
        yield [
            str(one.uuid), one.member.code, one.state, one.stopped_at, one.sent_at, one.ended_at, summary.lines,
            summary.answered, summary.seen, one.text,
        ]  # fmt: skip


@desk_page
@require_GET
def lines(request: PersonRequest, pk: uuid.UUID, form: str) -> FileResponse:
    """One row for each line, or for each answer where it has some."""
    asked = assistance.found(pk)
    columns = [
        Column("line", pgettext("of a request", "Line"), "text"), Column("item", _("Item, code"), "text"),
        Column("item_name", _("Item"), "text"), Column("unit", _("Unit"), "text"), Column("place", _("Place"), "text"),
        Column("group", _("Group"), "text"),
        Column("quantity", _("Quantity asked for"), "quantity"), Column("withdrawn", _("Withdrawn on"), "date"),
        Column("party", _("Party that answers, code"), "text"), Column("answer", _("Answer"), "text"),
        Column("answered", _("Quantity answered"), "quantity"), Column("referred_to", _("Referred to, code"), "text"),
        Column("reason", _("Reason"), "text"), Column("answered_on", _("Answered on"), "date"),
    ]  # fmt: skip
    own = asked.member_id in request.actor.own_parties
    title = _("Request for assistance of %(member)s") % {"member": asked.member.name}
    return _file(form, "unmet-request-lines", title, columns, _lines(list(queries.lines(asked)), own=own))


def _lines(shown: Sequence[RequestLine], *, own: bool) -> Iterator[list[Value]]:
    standing = queries.answers(shown)
    for line in shown:
        need, item = line.need, line.need.item
        assert item is not None  # one asks for needs that have an item
        where = [need.place.name, need.group.name] if own or not item.sensitive else ["", ""]
        row: list[Value] = [
            str(line.uuid), item.code, item.name, unit_of(item), *where, exact(line.quantity, item), line.withdrawn_at,
        ]  # fmt: skip
        for said in standing[line.pk]:
            given = exact(said.quantity, item) if said.quantity is not None else None
            other = said.referred_to.code if said.referred_to else ""
            yield [*row, said.party.code, said.kind, given, other, said.reason, said.at]
        if not standing[line.pk]:
            yield [*row, "", "", None, "", "", None]


def _file(form: str, name: str, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> FileResponse:
    notes = {download.MARK: download.demonstration_words()} if is_demonstration() else {}
    language = get_language() or settings.LANGUAGE_CODE
    spool = spooled(form, columns, rows, title=title, language=language, notes=notes)
    return FileResponse(spool, content_type=TYPES[form], as_attachment=True, filename=f"{name}.{form}")
