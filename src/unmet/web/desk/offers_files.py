"""Offers as a file: one row for each line of what one's parties offer, or of what is offered to one's members."""

from collections.abc import Iterator, Sequence
from typing import Final

from django.conf import settings
from django.http import FileResponse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from unmet.access.services import is_demonstration
from unmet.exchange import download
from unmet.exchange.download import Column, Value
from unmet.exchange.spooled import TYPES, spooled
from unmet.support import offer_queries as queries
from unmet.support.models import Offer, OfferLine
from unmet.web.desk import offers_lists
from unmet.web.desk.doors import desk_page
from unmet.web.public.lines import exact
from unmet.web.requests import PersonRequest
from unmet.web.templatetags.desk import unit_of

AT_ONCE: Final = 500  # offers that are read together


@desk_page
@require_GET
def listed(request: PersonRequest, form: str) -> FileResponse:
    """The whole list that the page shows by pages, line by line."""
    columns = [
        Column("offer", pgettext("one offer", "Offer"), "text"), Column("giver", _("Giver, code"), "text"),
        Column("member", _("Member, code"), "text"), Column("aim", _("To whom it is offered"), "text"),
        Column("set", _("Set of members, key"), "text"),
        Column("kind", _("Kind of offer"), "text"), Column("state", _("State"), "text"),
        Column("offered", pgettext("day of an offer", "Offered on"), "date"),
        Column("held_until", _("Held until"), "date"), Column("item", _("Item, code"), "text"),
        Column("item_name", _("Item"), "text"), Column("unit", _("Unit"), "text"),
        Column("quantity", pgettext("quantity of an offer", "Offered"), "quantity"),
        Column("accepted", pgettext("quantity of an offer", "Accepted"), "quantity"),
        Column("left", pgettext("of an offer", "Left"), "quantity"), Column("lot", _("Lot"), "text"),
        Column("expires", _("Expiry date of the goods"), "date"), Column("stands_at", _("Where it stands"), "text"),
        Column("papers", _("Quality papers"), "text"), Column("conditions", _("Conditions"), "text"),
    ]  # fmt: skip
    found = queries.received() if offers_lists.of_us(request) else queries.given()
    notes = {download.MARK: download.demonstration_words()} if is_demonstration() else {}
    language = get_language() or settings.LANGUAGE_CODE
    rows = _rows(request, list(found))
    spool = spooled(form, columns, rows, title=_("Offers"), language=language, notes=notes)
    return FileResponse(spool, content_type=TYPES[form], as_attachment=True, filename=f"unmet-offers.{form}")


def _rows(request: PersonRequest, found: Sequence[Offer]) -> Iterator[list[Value]]:
    for start in range(0, len(found), AT_ONCE):
        shown = found[start : start + AT_ONCE]
        lines: dict[int, list[OfferLine]] = {one.pk: [] for one in shown}
        for line in OfferLine.objects.filter(offer__in=shown).select_related("item__base_unit").order_by("pk"):
            lines[line.offer_id].append(line)
        for one in shown:
            # Past its day it is expired, whether that is posted already or not.
            late = one.state == Offer.State.OFFERED and one.ends_at <= request.at
            head: list[Value] = [
                one.code, one.giver.code, one.member.code if one.member else "", one.aim, one.to_set, one.kind,
                Offer.State.EXPIRED.value if late else one.state, one.offered_at, one.held_until_on,
            ]  # fmt: skip
            yield from ([*head, *_line(line), one.conditions] for line in lines[one.pk])


def _line(line: OfferLine) -> list[Value]:
    item = line.item
    quantities = [exact(quantity, item) for quantity in (line.quantity, line.accepted, line.left)]
    return [
        item.code, item.name, unit_of(item), *quantities, line.lot, line.expires_on, line.stands_at, line.papers,
    ]  # fmt: skip
